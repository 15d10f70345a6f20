//! Owns the member's app: one window, the device's half of the tally behind it.
//! Refuses to know how the centre judges a code.
//! Invariant: the window draws what a [`view`] holds and asks through [`commands`]; nothing else crosses.

mod centre;
mod channel;
mod clipboard;
mod clock;
mod commands;
mod enrol;
mod expiry;
#[cfg(feature = "qa")]
pub mod headless;
mod language;
mod link;
mod link_handler;
mod memory;
#[cfg(test)]
mod page_tests;
#[cfg(mobile)]
pub mod phone;
mod refusal;
mod second_start;
mod session;
mod settings;
mod sign;
mod sleep;
pub mod surroundings;
mod sweep;
mod tokens;
mod vault;
mod view;

use std::sync::Arc;

use tauri::{App, AppHandle, Manager as _, RunEvent, Url, WebviewWindowBuilder};

use crate::clipboard::Clipboard;
use crate::link::Offered;
use crate::session::Session;
use crate::sleep::Blank;

/// Opens the window and stays until it is closed.
///
/// # Errors
/// Those of the window toolkit: no display, no web view.
pub fn run() -> tauri::Result<()> {
    memory::lock_keys();
    let builder = second_start::alone(tauri::Builder::default());
    #[cfg(mobile)]
    let builder = builder.plugin(warifu_device::plugin());
    let app = builder
        // There before anything can bring a link.
        .manage(Offered::in_arguments(std::env::args_os().skip(1)))
        .invoke_handler(tauri::generate_handler![
            commands::open,
            commands::offered,
            commands::look,
            commands::enrol,
            commands::resume,
            commands::read_done,
            commands::read_ending,
            commands::show_code,
            commands::tick,
            commands::put_away,
            commands::blanked,
            commands::copy_code,
            commands::remove,
            commands::is_clear,
            commands::whose,
            commands::list_tokens,
            commands::choose_token,
            commands::add_token,
            commands::about,
            commands::choose_language,
            commands::choose_settings,
            commands::read_expiring,
            commands::read_link,
            commands::check,
            commands::status,
            commands::stop,
            commands::read_transaction,
            commands::sign,
        ])
        .setup(|app| Ok(set_up(app)?))
        .build(tauri::generate_context!())
        .inspect_err(second_start::told)?;
    app.run(|app, event| {
        match event {
            RunEvent::Exit => leave(app),
            // Apple's systems and Android hand a link to the app instead of starting it with one as an argument.
            #[cfg(any(target_os = "macos", mobile))]
            RunEvent::Opened { urls } => {
                second_start::offer(app, urls.iter().map(|url| url.as_str().to_owned().into()));
            }
            _ => {}
        }
    });
    Ok(())
}

fn set_up(app: &App) -> tauri::Result<()> {
    // The machine's own folder: what roams with the user's account would look like a copy.
    let folder = app.path().app_local_data_dir()?.join("vault");
    let session = Arc::new(Session::new(folder));
    session.look_ahead();
    app.manage(session);
    app.manage(Arc::new(Clipboard::default()));
    app.manage(Blank::default());
    link_handler::register();
    let window = app.config().app.windows.first().expect("tauri.conf.json describes the window");
    WebviewWindowBuilder::from_config(app.handle(), window)?
        .on_navigation(is_own_page)
        // What the window shows and loads leaves no trace on the disk. WebKitGTK cannot be driven by a test like that.
        .incognito(!cfg!(feature = "qa"))
        .build()?;
    sleep::follow(app.handle());
    watch(app.handle().clone());
    Ok(())
}

/// The window asks what time it is when its own count does not tell it any more.
fn watch(app: AppHandle) {
    std::thread::spawn(move || {
        let session = Arc::clone(&app.state::<Arc<Session>>());
        loop {
            session.watch.wait(&session.clock);
            if let Some(window) = app.get_webview_window("main") {
                // The words are this program's own.
                let _ = window.eval("window.dispatchEvent(new Event('clock'))");
            }
        }
    });
}

/// The window never shows anything but the pages inside this program.
fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

/// A code does not outlive the app on the clipboard.
fn leave(app: &AppHandle) {
    app.state::<Arc<Clipboard>>().clear(None);
}
