//! Owns that no code is on show when the machine falls asleep: on Linux, logind waits until the window is blank.
//! Refuses to know codes and pages: the window takes its code away by itself, and says so.
//! Invariant: sleep is put off by two seconds at most. Without logind nothing runs here, and no other file waits for it.
//!
//! While a machine sleeps, the window's own count of time stands still, so that its timers come late by as much as a
//! second after it woke. What is not on show by then cannot be stale.

use std::sync::{Condvar, Mutex, PoisonError};

use tauri::AppHandle;

/// Whether the window has said that it shows no code.
#[derive(Debug, Default)]
pub(crate) struct Blank {
    is_blank: Mutex<bool>,
    told: Condvar,
}

impl Blank {
    /// The window shows no code, and that was drawn.
    pub(crate) fn note(&self) {
        self.set(true);
    }

    fn set(&self, is_blank: bool) {
        *self.is_blank.lock().unwrap_or_else(PoisonError::into_inner) = is_blank;
        self.told.notify_all();
    }
}

/// Follows the machine's sleep, for as long as the app runs.
pub(crate) fn follow(app: &AppHandle) {
    #[cfg(target_os = "linux")]
    linux::follow(app.clone());
    // A phone hides the window first; elsewhere the window finds out by itself, within a second.
    #[cfg(not(target_os = "linux"))]
    let _ = app;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::PoisonError;
    use std::time::Duration;

    use tauri::{AppHandle, Manager as _};
    use zbus::blocking::{Connection, Proxy};
    use zbus::zvariant::OwnedFd;

    use super::Blank;

    const NAME: &str = "org.freedesktop.login1";
    const PATH: &str = "/org/freedesktop/login1";
    const MANAGER: &str = "org.freedesktop.login1.Manager";
    /// logind itself goes on after five.
    const PATIENCE: Duration = Duration::from_secs(2);

    pub(super) fn follow(app: AppHandle) {
        std::thread::spawn(move || {
            // Where there is no logind, the window finds out by itself, within a second.
            let _ = listen(&app);
            // What it said last may have been that sleep comes.
            tell(&app, "awake");
        });
    }

    fn listen(app: &AppHandle) -> zbus::Result<()> {
        let bus = Connection::system()?;
        let logind = Proxy::new(&bus, NAME, PATH, MANAGER)?;
        let signals = logind.receive_signal("PrepareForSleep")?;
        let mut held = hold(&logind);
        for signal in signals {
            if signal.body().deserialize::<bool>()? {
                let blank = app.state::<Blank>();
                blank.set(false);
                tell(app, "sleep");
                wait(&blank);
                drop(held.take());
            } else {
                tell(app, "awake");
                held = held.or_else(|| hold(&logind));
            }
        }
        Ok(())
    }

    /// Sleep is put off for as long as this lives. Without it the window is told all the same, though maybe too late.
    fn hold(logind: &Proxy<'_>) -> Option<OwnedFd> {
        logind.call("Inhibit", &("sleep", "Warifu", "no code stays on show", "delay")).ok()
    }

    fn wait(blank: &Blank) {
        let is_blank = blank.is_blank.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it is blank or does not answer, the machine goes to sleep.
        let _ = blank.told.wait_timeout_while(is_blank, PATIENCE, |is_blank| !*is_blank);
    }

    /// The words are this program's own.
    fn tell(app: &AppHandle, what: &str) {
        if let Some(window) = app.get_webview_window("main") {
            let _ = window.eval(format!("window.dispatchEvent(new Event('{what}'))"));
        }
    }
}
