//! Owns level *HardwareComputed*: the app without its window over real TPMs, which are programs here.
//! Refuses to know which objects the TPM holds for the app.
//! Invariant: every TPM belongs to one test.
