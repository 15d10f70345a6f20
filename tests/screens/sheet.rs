//! Owns the contact sheet: one page that shows every picture, by state.
//! Refuses to judge pictures; people do.
//! Invariant: every picture that was taken is on it.

use std::fmt::Write as _;
use std::path::Path;

/// Writes `index.html` beside the pictures.
pub(crate) fn write(folder: &Path, light: &[String], dark: &[String]) {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Screens</title>\n\
         <style>body { font: 16px/1.5 sans-serif; margin: 24px } div { display: flex; gap: 12px; overflow-x: auto }\n\
         img { width: 604px; border: 1px solid #ccc }</style>\n\
         <h1>Every screen: 240, 320, 390, 768, 1280 px × text 100, 150, 200, 310 %, and 844 × 390 px, at two fifths of its size</h1>\n",
    );
    for (light, dark) in light.iter().zip(dark) {
        let name = light.trim_end_matches("-light.png");
        writeln!(
            page,
            "<h2>{name}</h2><div><a href=\"{light}\"><img loading=\"lazy\" alt=\"light\" src=\"{light}\"></a>\
             <a href=\"{dark}\"><img loading=\"lazy\" alt=\"dark\" src=\"{dark}\"></a></div>"
        )
        .expect("a text can be written to");
    }
    let file = folder.join("index.html");
    std::fs::write(&file, page).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
}
