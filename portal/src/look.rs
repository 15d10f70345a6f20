//! Owns the institution's colour: its shades for light and dark ground, and the sheet that carries them.
//! Refuses to know where the colour appears.
//! Invariant: words in the colour, and words on it, keep a contrast of 4.5 or more (WCAG 2.2, 1.4.3).

use serde::Deserialize;

const PAPER: Rgb = Rgb([0xfa, 0xf8, 0xf3]);
const DARK_CARD: Rgb = Rgb([0x19, 0x21, 0x2a]);
const WHITE: Rgb = Rgb([0xff; 3]);
const READABLE: f64 = 4.5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rgb([u8; 3]);

/// An accent colour that is readable on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Accent(Rgb);

impl Default for Accent {
    fn default() -> Self {
        Self(Rgb([0x1f, 0x3f, 0x6b]))
    }
}

impl TryFrom<String> for Accent {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let colour =
            Rgb::parse(&text).ok_or_else(|| format!("accent {text:?} is not a colour like #1f3f6b"))?;
        let contrast = colour.contrast(PAPER).min(colour.contrast(WHITE));
        if contrast < READABLE {
            return Err(format!(
                "accent {text} has a contrast of {contrast:.1} on paper; it needs {READABLE}"
            ));
        }
        Ok(Self(colour))
    }
}

impl Accent {
    /// The sheet that lays the colour over the tokens.
    pub fn sheet(self) -> String {
        let dark = self.on_dark();
        format!(
            ":root{{--accent:{};--on-accent:#ffffff}}\n\
             @media (prefers-color-scheme:dark){{:root{{--accent:{};--on-accent:#0c1520}}}}\n",
            self.0.text(),
            dark.text()
        )
    }

    /// Mixed with white until it can be read on the dark card with ease.
    fn on_dark(self) -> Rgb {
        (0..=20u16)
            .map(|step| self.0.mixed(WHITE, step))
            .find(|colour| colour.contrast(DARK_CARD) >= 7.5)
            .unwrap_or(WHITE)
    }
}

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.strip_prefix('#')?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    fn text(self) -> String {
        format!("#{}", hex::encode(self.0))
    }

    /// `step` twentieths of `other`.
    fn mixed(self, other: Self, step: u16) -> Self {
        let mix = |a: u8, b: u8| {
            u8::try_from((u16::from(a) * (20 - step) + u16::from(b) * step) / 20).unwrap_or(u8::MAX)
        };
        Self([mix(self.0[0], other.0[0]), mix(self.0[1], other.0[1]), mix(self.0[2], other.0[2])])
    }

    /// WCAG 2.2: relative luminance.
    fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0[0]) + 0.7152 * linear(self.0[1]) + 0.0722 * linear(self.0[2])
    }

    /// WCAG 2.2: contrast ratio, 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_cannot_be_read_on_paper_is_refused() {
        for bad in ["#9dc0ee", "#ffd000", "1f3f6b", "#1f3f6", "red", ""] {
            assert!(Accent::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_accepted_colour_has_a_readable_twin_on_dark_ground() {
        for fine in ["#1f3f6b", "#7a1f2b", "#0b5d3b", "#000000", "#5b2a86"] {
            let accent = Accent::try_from(fine.to_owned()).unwrap();
            assert!(accent.on_dark().contrast(DARK_CARD) >= READABLE, "{fine}");
            assert!(accent.on_dark().contrast(Rgb([0x0c, 0x15, 0x20])) >= READABLE, "{fine}");
        }
    }
}
