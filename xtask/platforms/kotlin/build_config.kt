// Owns what Android's build writes for Tauri's library. Refuses to do anything: it is only compiled.
// Invariant: as the build writes it.
package app.tauri

object BuildConfig {
    const val DEBUG = false
}
