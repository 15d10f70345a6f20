//! Owns the QR code of a setup link, drawn as one path of an SVG element.
//! Refuses to know what the link says.
//! Invariant: the quiet zone that scanners need is part of it.

use qrcode::{Color, EcLevel, QrCode};

use crate::failure::Failure;

/// A QR code: the side of its square in modules, and the path of the dark ones.
pub(crate) struct Qr {
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
        for (at, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        }
        Ok(Self { side: width + 2 * QUIET, path })
    }
}
