// Owns what the app's Rust half may ask of Android, and that its window is neither recorded nor shown in Recents.
// Refuses to know what a key is for. The window's pages are given no way to call this.
// Invariant: no answer holds a key; a rejection says what failed, never with what.
package example.warifu.device

import android.app.Activity
import android.util.Base64
import android.view.WindowManager
import app.tauri.annotation.Command
import app.tauri.annotation.InvokeArg
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.JSObject
import app.tauri.plugin.Plugin
import java.util.concurrent.Executors

@InvokeArg
class TakeInArgs {
    lateinit var name: String
    lateinit var keys: List<String>
}

@InvokeArg
class HmacArgs {
    lateinit var name: String
    var key: Int = 0
    lateinit var message: String
}

@InvokeArg
class ForgetArgs {
    lateinit var name: String
}

@InvokeArg
class PutTextArgs {
    lateinit var text: String
}

/** More keys than this are never kept under one name. */
private const val MOST_KEYS = 8

@TauriPlugin
class DevicePlugin(private val activity: Activity) : Plugin(activity) {
    private val keys by lazy { KeystoreKeys() }
    private val copied by lazy { CopiedText(activity) }

    // A StrongBox takes a tenth of a second for a MAC: not on the thread that draws.
    private val worker = Executors.newSingleThreadExecutor()

    init {
        activity.runOnUiThread {
            activity.window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
        }
    }

    /** Takes keys in under a name. If one fails, none stays. */
    @Command
    fun takeIn(invoke: Invoke) = answered(invoke) {
        val args = invoke.parseArgs(TakeInArgs::class.java)
        require(args.keys.size <= MOST_KEYS) { "too many keys" }
        forgetAll(args.name)
        try {
            var inHardware = true
            args.keys.forEachIndexed { at, text ->
                val key = Base64.decode(text, Base64.NO_WRAP)
                try {
                    inHardware = keys.takeIn(nameOf(args.name, at), key) && inHardware
                } finally {
                    key.fill(0)
                }
            }
            invoke.resolve(JSObject().put("inHardware", inHardware))
        } catch (why: Exception) {
            forgetAll(args.name)
            throw why
        }
    }

    /** The MAC over a message, with one of the keys under a name. */
    @Command
    fun hmac(invoke: Invoke) = answered(invoke) {
        val args = invoke.parseArgs(HmacArgs::class.java)
        val mac = keys.hmac(nameOf(args.name, args.key), Base64.decode(args.message, Base64.NO_WRAP))
        if (mac == null) {
            invoke.reject("there is no such key", "missing")
        } else {
            invoke.resolve(JSObject().put("mac", Base64.encodeToString(mac, Base64.NO_WRAP)))
        }
    }

    /** Forgets all keys under a name. */
    @Command
    fun forget(invoke: Invoke) = answered(invoke) {
        forgetAll(invoke.parseArgs(ForgetArgs::class.java).name)
        invoke.resolve()
    }

    /** Puts a text on the clipboard, as sensitive. */
    @Command
    fun putText(invoke: Invoke) {
        val text = try {
            invoke.parseArgs(PutTextArgs::class.java).text
        } catch (why: Exception) {
            return invoke.reject(why.javaClass.simpleName, "failed")
        }
        drawn(invoke) { copied.put(text) }
    }

    /** Takes it away, if it is still there, as soon as Android lets the app look. */
    @Command
    fun clearText(invoke: Invoke) = drawn(invoke) { copied.clear() }

    private fun forgetAll(name: String) {
        for (at in 0 until MOST_KEYS) {
            keys.forget(nameOf(name, at))
        }
    }

    private fun nameOf(name: String, at: Int) = "warifu.$name.$at"

    /** The exception's class tells enough; its text may quote what it was given. */
    private fun answered(invoke: Invoke, action: () -> Unit) {
        worker.execute {
            try {
                action()
            } catch (why: Exception) {
                invoke.reject(why.javaClass.simpleName, "failed")
            }
        }
    }

    /** On the thread that draws, whose the focus is. */
    private fun drawn(invoke: Invoke, action: () -> Unit) {
        activity.runOnUiThread {
            try {
                action()
                invoke.resolve()
            } catch (why: Exception) {
                invoke.reject(why.javaClass.simpleName, "failed")
            }
        }
    }
}
