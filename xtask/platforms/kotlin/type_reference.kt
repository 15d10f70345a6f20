// Owns the type that one of `ObjectMapper`'s members takes. Refuses to do anything: it is only compiled.
// Invariant: as in Jackson 2.15.
package com.fasterxml.jackson.core.type

abstract class TypeReference<T>
