// Owns the members of Android's security classes that came after API 23, whose jar the Kotlin is compiled against,
// and those older ones which the same classes have to go on having.
// Refuses to do anything: it is only compiled. Invariant: names and types are those of API 36.
@file:Suppress("UNUSED_PARAMETER", "unused")

package android.security.keystore

import java.security.KeyStore
import java.security.spec.KeySpec

class KeyProtection private constructor() : KeyStore.ProtectionParameter {
    class Builder(purposes: Int) {
        fun setDigests(vararg digests: String): Builder = TODO()
        fun setIsStrongBoxBacked(isStrongBoxBacked: Boolean): Builder = TODO()
        fun build(): KeyProtection = TODO()
    }
}

class KeyInfo private constructor() : KeySpec {
    @Deprecated("since API 31")
    val isInsideSecureHardware: Boolean get() = TODO()
    val securityLevel: Int get() = TODO()
}

object KeyProperties {
    const val PURPOSE_SIGN = 4
    const val DIGEST_SHA256 = "SHA-256"
    const val KEY_ALGORITHM_HMAC_SHA256 = "HmacSHA256"
    const val SECURITY_LEVEL_UNKNOWN_SECURE = -1
    const val SECURITY_LEVEL_TRUSTED_ENVIRONMENT = 1
    const val SECURITY_LEVEL_STRONGBOX = 2
}
