// Owns the members of Android's clipboard that came after API 23, whose jar the Kotlin is compiled against, and those
// older ones which the same classes have to go on having.
// Refuses to do anything: it is only compiled. Invariant: names and types are those of API 36.
@file:Suppress("UNUSED_PARAMETER", "unused")

package android.content

import android.os.PersistableBundle

class ClipDescription {
    var extras: PersistableBundle?
        get() = TODO()
        set(value) = TODO()
}

class ClipData private constructor() {
    val description: ClipDescription get() = TODO()
    fun getItemAt(index: Int): Item = TODO()

    class Item {
        val text: CharSequence? get() = TODO()
    }

    companion object {
        @JvmStatic
        fun newPlainText(label: CharSequence, text: CharSequence): ClipData = TODO()
    }
}

class ClipboardManager private constructor() {
    val primaryClip: ClipData? get() = TODO()
    fun setPrimaryClip(clip: ClipData): Unit = TODO()
    fun clearPrimaryClip(): Unit = TODO()
}
