// Owns the two classes of Tauri's Android library whose own sources need AndroidX, and the part of Jackson that the
// others need. Refuses to do anything: it is only compiled. Invariant: the members have the names and types of the originals.
@file:Suppress("UNUSED_PARAMETER", "unused")

package app.tauri.plugin

abstract class Plugin(private val activity: android.app.Activity) {
    open fun load(webView: android.webkit.WebView) {}
}
