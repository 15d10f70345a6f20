//! Owns a code on the clipboard: put there, marked as sensitive where the platform can, taken away after 30 seconds.
//! Refuses to know what else is on it.
//! Invariant: only a clipboard that still holds our code is cleared; the member's own text survives.

use warifu_core::otp::Code;

use crate::refusal::Refusal;

/// Every platform has one that can be cleared.
pub(crate) const IS_THERE: bool = true;

/// For how long a code stays on the clipboard, seconds. `WARIFU_QA_CLIPBOARD_S`: a test does not wait as long.
fn stays() -> u64 {
    const STAYS: u64 = 30;
    #[cfg(feature = "qa")]
    if let Some(wished) = std::env::var("WARIFU_QA_CLIPBOARD_S").ok().and_then(|text| text.parse().ok()) {
        return wished;
    }
    STAYS
}

#[cfg(not(any(target_os = "android", target_os = "ios")))]
mod desktop {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::{Code, Refusal, stays};

    /// The system's clipboard. On X11 what is on it is served by this process, so it is held open.
    #[derive(Default)]
    pub(crate) struct Clipboard {
        held: Mutex<Option<Held>>,
    }

    struct Held {
        system: arboard::Clipboard,
        ours: Option<Zeroizing<String>>,
        copies: u64,
    }

    impl Clipboard {
        /// Puts a code there; answers with the seconds it stays.
        pub(crate) fn copy(self: &Arc<Self>, code: &Code) -> Result<u64, Refusal> {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let copies = held.as_ref().map_or(0, |before| before.copies) + 1;
            let mut system = match held.take() {
                Some(before) => before.system,
                None => arboard::Clipboard::new().map_err(|_| Refusal::CopyFailed)?,
            };
            let put = sensitive(system.set()).text(code.expose());
            let ours = Some(Zeroizing::new(code.expose().to_owned()));
            *held = Some(Held { system, ours, copies });
            put.map_err(|_| Refusal::CopyFailed)?;
            let (later, stays) = (Arc::clone(self), stays());
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(Duration::from_secs(stays)).await;
                // Whether or not it can be cleared, there is nobody left to tell.
                let _ = tauri::async_runtime::spawn_blocking(move || later.clear(Some(copies))).await;
            });
            Ok(stays)
        }

        /// Takes our code away, if it is still there; with `only`, if it is still that copy's.
        pub(crate) fn clear(&self, only: Option<u64>) {
            let mut guard = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(held) = guard.as_mut() else { return };
            if only.is_some_and(|copy| copy != held.copies) {
                return;
            }
            let Some(ours) = held.ours.take() else { return };
            if held.system.get_text().is_ok_and(|text| text == *ours) {
                let _ = held.system.clear();
            }
        }
    }

    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    fn sensitive(set: arboard::Set<'_>) -> arboard::Set<'_> {
        arboard::SetExtLinux::exclude_from_history(set)
    }

    #[cfg(target_os = "macos")]
    fn sensitive(set: arboard::Set<'_>) -> arboard::Set<'_> {
        arboard::SetExtApple::exclude_from_history(set)
    }

    #[cfg(target_os = "windows")]
    fn sensitive(set: arboard::Set<'_>) -> arboard::Set<'_> {
        use arboard::SetExtWindows as _;
        set.exclude_from_monitoring().exclude_from_cloud().exclude_from_history()
    }
}

#[cfg(any(target_os = "android", target_os = "ios"))]
mod phone {
    use std::sync::Arc;

    use warifu_device::clipboard;

    use super::{Code, Refusal, stays};

    /// The phone's clipboard. iOS takes a code away by itself; Android lets an app look at what is there only while it is
    /// in front, so there the code goes when that is the case again.
    #[derive(Default)]
    pub(crate) struct Clipboard {
        #[cfg(target_os = "android")]
        copies: std::sync::atomic::AtomicU64,
    }

    impl Clipboard {
        /// Puts a code there; answers with the seconds it stays.
        pub(crate) fn copy(self: &Arc<Self>, code: &Code) -> Result<u64, Refusal> {
            let stays = stays();
            clipboard::put(code.expose(), stays).map_err(|_| Refusal::CopyFailed)?;
            #[cfg(target_os = "android")]
            self.clear_in(stays);
            Ok(stays)
        }

        #[cfg(target_os = "android")]
        fn clear_in(self: &Arc<Self>, seconds: u64) {
            use std::sync::atomic::Ordering;

            let copy = self.copies.fetch_add(1, Ordering::SeqCst) + 1;
            let held = Arc::clone(self);
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
                let clear = move || {
                    if held.copies.load(Ordering::SeqCst) == copy {
                        // Whether or not it can be cleared, there is nobody left to tell.
                        let _ = clipboard::clear();
                    }
                };
                let _ = tauri::async_runtime::spawn_blocking(clear).await;
            });
        }

        /// A phone ends an app without asking it, and its own languages are not to be waited for on the window's thread.
        pub(crate) fn clear(&self, _only: Option<u64>) {}
    }
}

#[cfg(not(any(target_os = "android", target_os = "ios")))]
pub(crate) use desktop::Clipboard;
#[cfg(any(target_os = "android", target_os = "ios"))]
pub(crate) use phone::Clipboard;
