//! Owns the QR code of a link into the app, drawn as one path of an SVG element, with the link itself beside it.
//! Refuses to know what the link says.
//! Invariant: the quiet zone that scanners need is part of it; the page opens and shows what the picture says.

use qrcode::{Color, EcLevel, QrCode};

use crate::failure::Failure;

/// A QR code: what it says, the side of its square in modules, and the path of the dark ones.
pub(crate) struct Qr {
    pub(crate) text: String,
    pub(crate) side: usize,
    pub(crate) path: String,
}

const QUIET: usize = 4;

impl Qr {
    pub(crate) fn of(text: &str) -> Result<Self, Failure> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|e| Failure::Internal(Box::new(e)))?;
        let width = code.width();
        let mut path = String::new();
        for (row, modules) in code.to_colors().chunks(width).enumerate() {
            let mut column = 0;
            // Dark neighbours are one bar: drawn one by one, a transfer's would be the largest part of its page.
            for run in modules.chunk_by(|one, next| one == next) {
                if run[0] == Color::Dark {
                    let (x, y, long) = (column + QUIET, row + QUIET, run.len());
                    path.push_str(&format!("M{x} {y}h{long}v1h-{long}z"));
                }
                column += run.len();
            }
        }
        Ok(Self { text: text.to_owned(), side: width + 2 * QUIET, path })
    }
}
