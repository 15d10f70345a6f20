//! Owns that no key reaches the disk by way of the swap: the pages that keys lie on stay in memory.
//! Refuses to know what the keys are for.
//! Invariant: a page that held a key stays locked until the process ends; nothing here reads or changes memory.

#[cfg(not(any(target_os = "android", target_os = "ios")))]
use std::mem::forget;
#[cfg(not(any(target_os = "android", target_os = "ios")))]
use std::sync::Once;

/// From now on, every key's pages are locked before the key is written to them (docs/decisions/0012).
#[cfg(not(any(target_os = "android", target_os = "ios")))]
pub(crate) fn lock_keys() {
    warifu_core::secret::keep_with(lock);
}

/// Phones do not write an app's memory to a swap on the disk.
#[cfg(any(target_os = "android", target_os = "ios"))]
pub(crate) fn lock_keys() {}

#[cfg(not(any(target_os = "android", target_os = "ios")))]
fn lock(memory: &[u8]) {
    static TOLD: Once = Once::new();
    match region::lock(memory.as_ptr(), memory.len()) {
        // Pages are locked as wholes and not counted: to unlock one key's would unlock its neighbours'.
        Ok(guard) => forget(guard),
        Err(why) => TOLD.call_once(|| eprintln!("warifu: memory could not be locked: {why}")),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use warifu_core::secret::Secret;

    use super::*;

    /// What the kernel says that this process keeps in memory, KiB.
    fn locked() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmLck:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn the_pages_of_keys_are_locked_and_stay_so() {
        lock_keys();
        let keys: Vec<Secret<4096>> = (0..8).map(|byte| Secret::new([byte; 4096])).collect();
        let held = locked();
        assert!(held >= 32, "{held} KiB are locked");
        drop(keys);
        assert!(locked() <= held, "a key that is gone locks nothing more");
    }
}
