// Owns a text of ours on the clipboard: put there as sensitive, and taken away again.
// Refuses to know what the text is, and to look at anything else that is there.
// Invariant: only a clipboard that still holds our text is cleared. Without the focus Android lets nobody look: then later.
package example.warifu.device

import android.app.Activity
import android.content.ClipData
import android.content.ClipboardManager
import android.content.Context
import android.os.Build
import android.os.PersistableBundle

// ClipDescription.EXTRA_IS_SENSITIVE and Build.VERSION_CODES by their values: an older SDK does not know the names.
private const val IS_SENSITIVE = "android.content.extra.IS_SENSITIVE"
private const val ANDROID_7 = 24
private const val ANDROID_9 = 28

/** To be used on the thread that draws. */
internal class CopiedText(private val activity: Activity) {
    private val clipboard = activity.getSystemService(Context.CLIPBOARD_SERVICE) as ClipboardManager
    private var ours: String? = null
    private var isDue = false

    init {
        activity.window.decorView.viewTreeObserver.addOnWindowFocusChangeListener { hasFocus ->
            if (hasFocus && isDue) clear()
        }
    }

    fun put(text: String) {
        val clip = ClipData.newPlainText("", text)
        if (Build.VERSION.SDK_INT >= ANDROID_7) {
            clip.description.extras = PersistableBundle().apply { putBoolean(IS_SENSITIVE, true) }
        }
        clipboard.setPrimaryClip(clip)
        ours = text
        isDue = false
    }

    fun clear() {
        val text = ours ?: return
        isDue = !activity.hasWindowFocus()
        if (isDue) return
        ours = null
        if (clipboard.primaryClip?.getItemAt(0)?.text?.toString() != text) return
        if (Build.VERSION.SDK_INT >= ANDROID_9) {
            clipboard.clearPrimaryClip()
        } else {
            clipboard.setPrimaryClip(ClipData.newPlainText("", ""))
        }
    }
}
