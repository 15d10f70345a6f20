//! Owns the icon set: every size that a platform asks for, drawn from `icons/icon.svg`.
//! Refuses to know what the icon shows.
//! Invariant: nothing but the drawing decides; `icons/made-from` names the drawing that the set was made from.

use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::checkout::Checkout;
use crate::packages::{self, For};

const DRAWING: &str = "icon.svg";
const MADE_FROM: &str = "made-from";
/// Linux, and what the window itself carries.
const LINUX: [u32; 8] = [16, 24, 32, 48, 64, 128, 256, 512];
/// Windows: all of them in `icon.ico`.
const WINDOWS: [u32; 7] = [16, 24, 32, 48, 64, 128, 256];
/// macOS: all of them in `icon.icns`, by the names that the format gives them.
const MACOS: [(&[u8; 4], u32); 10] = [
    (b"icp4", 16),
    (b"icp5", 32),
    (b"ic07", 128),
    (b"ic08", 256),
    (b"ic09", 512),
    (b"ic10", 1024),
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic13", 256),
    (b"ic14", 512),
];
/// Android, by density: how many pixels a launcher icon has, and its layer that the launcher cuts to shape.
const ANDROID: [(&str, u32, u32); 5] =
    [("mdpi", 48, 108), ("hdpi", 72, 162), ("xhdpi", 96, 216), ("xxhdpi", 144, 324), ("xxxhdpi", 192, 432)];
/// iOS and iPadOS: without transparency, the system rounds the corners.
const IOS: [u32; 13] = [20, 29, 40, 58, 60, 76, 80, 87, 120, 152, 167, 180, 1024];
/// The drawing's ground, which reaches into the corners where the system rounds them.
const GROUND: &str = "#1f3f6b";

/// Draws the whole set.
pub(crate) fn icons(here: &Checkout) -> Result<(), String> {
    packages::ensure(&[For::Icons])?;
    let folder = here.root().join("icons");
    let drawing = read(&folder.join(DRAWING))?;
    let text = String::from_utf8(drawing.clone()).map_err(|why| format!("{DRAWING}: {why}"))?;
    for size in LINUX {
        write(&folder.join(format!("{size}.png")), &draw(&text, size, None)?)?;
    }
    let mut pictures = Vec::new();
    for size in WINDOWS {
        pictures.push((size, draw(&text, size, None)?));
    }
    write(&folder.join("icon.ico"), &ico(&pictures)?)?;
    let mut pictures = Vec::new();
    for (name, size) in MACOS {
        pictures.push((name, draw(&text, size, None)?));
    }
    write(&folder.join("icon.icns"), &icns(&pictures)?)?;
    let layer = layer(&text)?;
    for (density, whole, cut) in ANDROID {
        let folder = folder.join("android").join(format!("mipmap-{density}"));
        write(&folder.join("ic_launcher.png"), &draw(&text, whole, None)?)?;
        write(&folder.join("ic_launcher_foreground.png"), &draw(&layer, cut, None)?)?;
    }
    for size in IOS {
        write(&folder.join(format!("ios/{size}.png")), &draw(&text, size, Some(GROUND))?)?;
    }
    write(&folder.join(MADE_FROM), format!("{}\n", digest(&drawing)).as_bytes())?;
    println!("{} holds the set.", folder.display());
    Ok(())
}

/// The halves alone, small enough for the middle that every launcher's shape leaves.
fn layer(drawing: &str) -> Result<String, String> {
    let ground = drawing.lines().find(|line| line.contains("<rect")).ok_or("the drawing has no ground")?;
    let turn = r#"<g transform="rotate(-8 64 64)">"#;
    if !drawing.contains(turn) {
        return Err(format!("the drawing has no {turn}"));
    }
    let small = r#"<g transform="translate(64 64) scale(0.62) rotate(-8) translate(-64 -64)">"#;
    Ok(drawing.replace(ground, "").replace(turn, small))
}

fn draw(drawing: &str, size: u32, ground: Option<&str>) -> Result<Vec<u8>, String> {
    let size = size.to_string();
    let file = tempfile::NamedTempFile::new().map_err(|why| why.to_string())?;
    write(file.path(), drawing.as_bytes())?;
    let mut convert = Command::new("rsvg-convert");
    convert.args(["--width", &size, "--height", &size]).arg(file.path());
    if let Some(ground) = ground {
        convert.args(["--background-color", ground]);
    }
    let drawn = convert.output().map_err(|why| format!("rsvg-convert: {why}"))?;
    if !drawn.status.success() {
        return Err(String::from_utf8_lossy(&drawn.stderr).into_owned());
    }
    Ok(drawn.stdout)
}

/// A Windows icon: a list of pictures, then the pictures, as PNG.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let too_large = |_| "a picture is too large".to_owned();
    let count = u16::try_from(pictures.len()).map_err(too_large)?;
    let mut file = [0u16, 1, count].map(u16::to_le_bytes).concat();
    let mut at = 6 + 16 * pictures.len();
    for (size, png) in pictures {
        // 256 is written as 0.
        let side = u8::try_from(*size).unwrap_or(0);
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(u32::try_from(png.len()).map_err(too_large)?.to_le_bytes());
        file.extend(u32::try_from(at).map_err(too_large)?.to_le_bytes());
        at += png.len();
    }
    pictures.iter().for_each(|(_, png)| file.extend(png));
    Ok(file)
}

/// A macOS icon: each picture after its name and length, as PNG.
fn icns(pictures: &[(&[u8; 4], Vec<u8>)]) -> Result<Vec<u8>, String> {
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| "a picture is too large".to_owned());
    let mut body = Vec::new();
    for (name, png) in pictures {
        body.extend(*name);
        body.extend(length(png.len() + 8)?.to_be_bytes());
        body.extend(png);
    }
    Ok([&b"icns"[..], &length(body.len() + 8)?.to_be_bytes(), &body].concat())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|why| format!("{}: {why}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = file.parent().ok_or("a file lies in a folder")?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(file, bytes))
        .map_err(|why| format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icons() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../icons")
    }

    /// The sides of a PNG, from its header.
    fn sides(png: &[u8]) -> [u32; 2] {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        [16, 20].map(|at| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()))
    }

    #[test]
    fn the_icon_set_was_made_from_the_drawing_that_is_there() {
        let made_from = String::from_utf8(read(&icons().join(MADE_FROM)).unwrap()).unwrap();
        let drawing = read(&icons().join(DRAWING)).unwrap();
        assert_eq!(made_from.trim(), digest(&drawing), "`cargo xtask icons` draws the set anew");
    }

    #[test]
    fn every_platform_has_every_size() {
        let mut wanted: Vec<(String, u32)> = LINUX.map(|size| (format!("{size}.png"), size)).into();
        wanted.extend(IOS.map(|size| (format!("ios/{size}.png"), size)));
        for (density, whole, cut) in ANDROID {
            wanted.push((format!("android/mipmap-{density}/ic_launcher.png"), whole));
            wanted.push((format!("android/mipmap-{density}/ic_launcher_foreground.png"), cut));
        }
        for (name, size) in wanted {
            assert_eq!(sides(&read(&icons().join(&name)).unwrap()), [size, size], "{name}");
        }
    }

    #[test]
    fn the_windows_icon_holds_the_pictures_that_its_list_names() {
        let file = read(&icons().join("icon.ico")).unwrap();
        assert_eq!(file[..6], [0, 0, 1, 0, 7, 0]);
        for (place, size) in WINDOWS.into_iter().enumerate() {
            let entry = &file[6 + 16 * place..][..16];
            let number = |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().unwrap()) as usize;
            assert_eq!(sides(&file[number(12)..][..number(8)]), [size, size]);
            assert_eq!(u32::from(entry[0]), size % 256);
        }
    }

    #[test]
    fn the_macos_icon_holds_every_size_under_its_name() {
        let file = read(&icons().join("icon.icns")).unwrap();
        let length = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!((&file[..4], length(4)), (&b"icns"[..], file.len()));
        let mut at = 8;
        for (name, size) in MACOS {
            assert_eq!(&file[at..at + 4], name);
            assert_eq!(sides(&file[at + 8..]), [size, size]);
            at += length(at + 4);
        }
        assert_eq!(at, file.len());
    }
}
