// Owns the members of Jackson that Tauri's `Invoke` calls.
// Refuses to do anything: it is only compiled. Invariant: names and types are those of Jackson 2.15.
@file:Suppress("UNUSED_PARAMETER", "unused")

package com.fasterxml.jackson.databind

import com.fasterxml.jackson.core.type.TypeReference

class ObjectMapper {
    fun <T> readValue(content: String, valueType: Class<T>): T = TODO()
    fun <T> readValue(content: String, valueTypeRef: TypeReference<T>): T = TODO()
    fun writeValueAsString(value: Any?): String = TODO()
}
