//! Owns that the app runs once: a second start tells the first of itself and ends.
//! Refuses to know what the window shows when it comes to the front.
//! Invariant: a second process does not get as far as opening the folder, where the system tells it of the first.

use tauri::{Builder, Wry};

/// A second start ends at once and brings the first to the front, with the link that it was started with. It is told
/// over the session's bus; where there is none, the lock of the app's folder stands, and the second window says so.
#[cfg(desktop)]
pub(crate) fn alone(app: Builder<Wry>) -> Builder<Wry> {
    app.plugin(tauri_plugin_single_instance::init(|app, arguments, _folder| {
        come_to_the_front(app, arguments)
    }))
}

/// The system itself runs an app once.
#[cfg(mobile)]
pub(crate) fn alone(app: Builder<Wry>) -> Builder<Wry> {
    app
}

/// When the first ended just while it was told, this start is the first.
pub(crate) fn told(why: &tauri::Error) {
    if matches!(why, tauri::Error::PluginInitialization(name, _) if name == "single-instance") {
        crate::surroundings::start_once_more();
    }
}

#[cfg(desktop)]
fn come_to_the_front(app: &tauri::AppHandle, arguments: Vec<String>) {
    use tauri::Manager as _;

    let Some(window) = app.get_webview_window("main") else { return };
    // What the window system refuses, it refuses: the window is there either way.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
    offer(app, arguments.into_iter().skip(1).map(Into::into));
}

/// Tells the window of a link among `links`.
pub(crate) fn offer(app: &tauri::AppHandle, links: impl Iterator<Item = std::ffi::OsString>) {
    use tauri::Manager as _;

    if app.state::<crate::link::Offered>().take(links)
        && let Some(window) = app.get_webview_window("main")
    {
        // The words are this program's own; what was offered is asked for by a command.
        let _ = window.eval("window.dispatchEvent(new Event('offered'))");
    }
}
