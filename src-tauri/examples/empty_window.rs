//! Owns what the app's weight is compared with: an empty window of the same toolkit, built the same way.
//! Refuses to change anything of how WebKit draws by itself.
//! Invariant: it shows one colour, by which it is seen that it is on screen.

use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAINT: &str =
    "addEventListener('DOMContentLoaded', () => { document.documentElement.style.background = '#123456'; });";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::External("about:blank".parse()?))
                .inner_size(420.0, 760.0)
                .initialization_script(PAINT)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
