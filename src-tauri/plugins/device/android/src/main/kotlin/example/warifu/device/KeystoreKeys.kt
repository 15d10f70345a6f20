// Owns HMAC-SHA-256 keys inside the Android Keystore: taken in, computed with, forgotten.
// Refuses to know who asks and what a MAC is for.
// Invariant: what was taken in cannot be read back, by this app or any other; it goes into no backup.
package example.warifu.device

import android.os.Build
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.KeyProtection
import java.security.KeyStore
import javax.crypto.Mac
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.SecretKeySpec

private const val PROVIDER = "AndroidKeyStore"
private const val ALGORITHM = KeyProperties.KEY_ALGORITHM_HMAC_SHA256

// Build.VERSION_CODES by number: an older SDK does not know the later names.
private const val ANDROID_9 = 28
private const val ANDROID_12 = 31

internal class KeystoreKeys {
    private val store = KeyStore.getInstance(PROVIDER).apply { load(null) }

    /** Takes a key in, in place of the one by that name. Tells whether it lies in secure hardware. */
    fun takeIn(name: String, key: ByteArray): Boolean {
        forget(name)
        if (Build.VERSION.SDK_INT < ANDROID_9 || !takeInto(name, key, strongBox = true)) {
            check(takeInto(name, key, strongBox = false)) { "the key was not taken in" }
        }
        return isInHardware(found(name) ?: throw IllegalStateException("the key was not kept"))
    }

    /** The MAC over a message; null when there is no key by that name. */
    fun hmac(name: String, message: ByteArray): ByteArray? {
        val key = found(name) ?: return null
        return Mac.getInstance(ALGORITHM).run {
            init(key)
            doFinal(message)
        }
    }

    fun forget(name: String) {
        if (store.containsAlias(name)) {
            store.deleteEntry(name)
        }
    }

    private fun found(name: String): SecretKey? = store.getKey(name, null) as SecretKey?

    /** A phone without a StrongBox, or with one that refuses such keys, says so by one of several exceptions. */
    private fun takeInto(name: String, key: ByteArray, strongBox: Boolean): Boolean {
        val protection = KeyProtection.Builder(KeyProperties.PURPOSE_SIGN)
            .setDigests(KeyProperties.DIGEST_SHA256)
        if (strongBox) {
            protection.setIsStrongBoxBacked(true)
        }
        return try {
            val entry = KeyStore.SecretKeyEntry(SecretKeySpec(key, ALGORITHM))
            store.setEntry(name, entry, protection.build())
            true
        } catch (why: Exception) {
            if (!strongBox) throw why
            forget(name)
            false
        }
    }

    private fun isInHardware(key: SecretKey): Boolean {
        val factory = SecretKeyFactory.getInstance(key.algorithm, PROVIDER)
        val info = factory.getKeySpec(key, KeyInfo::class.java) as KeyInfo
        if (Build.VERSION.SDK_INT < ANDROID_12) {
            @Suppress("DEPRECATION")
            return info.isInsideSecureHardware
        }
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT,
            KeyProperties.SECURITY_LEVEL_STRONGBOX,
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> true
            else -> false
        }
    }
}
