//! Owns the institution's colour and mark: shades for light and dark ground, the sheet that carries them, the picture.
//! Refuses to know where the colour appears.
//! Invariant: words in the colour, and words on it, keep a contrast of 4.5 or more (WCAG 2.2, 1.4.3).

use std::path::PathBuf;

use serde::Deserialize;

const PAPER: Rgb = Rgb([0xfa, 0xf8, 0xf3]);
const DARK_CARD: Rgb = Rgb([0x19, 0x21, 0x2a]);
const WOOD: Rgb = Rgb([0xef, 0xe7, 0xd6]);
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
        let contrast =
            [PAPER, WOOD, WHITE].map(|ground| colour.contrast(ground)).into_iter().fold(21.0, f64::min);
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

    /// The same hue, lighter until it can be read on the dark card with ease.
    fn on_dark(self) -> Rgb {
        let (hue, saturation, lightness) = self.0.hsl();
        (0..=100)
            .map(|step| {
                Rgb::from_hsl(hue, saturation, lightness + (1.0 - lightness) * f64::from(step) / 100.0)
            })
            .find(|colour| colour.contrast(DARK_CARD) >= 8.0)
            .unwrap_or(WHITE)
    }
}

/// The institution's own mark, a square picture. It is read with the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "PathBuf")]
pub struct Logo {
    /// `svg` or `png`.
    pub(crate) ending: String,
    pub(crate) bytes: Vec<u8>,
}

/// The largest picture that every page may carry.
const LARGEST_LOGO: usize = 100 * 1024;

impl TryFrom<PathBuf> for Logo {
    type Error = String;
    fn try_from(file: PathBuf) -> Result<Self, String> {
        let bytes = std::fs::read(&file).map_err(|why| format!("logo {}: {why}", file.display()))?;
        let ending = match file.extension().and_then(|ending| ending.to_str()) {
            Some(ending @ ("svg" | "png")) => ending.to_owned(),
            _ => return Err(format!("logo {} is no .svg and no .png", file.display())),
        };
        if bytes.len() > LARGEST_LOGO {
            return Err(format!("logo {} is larger than {LARGEST_LOGO} bytes", file.display()));
        }
        Ok(Self { ending, bytes })
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

    /// Hue 0 to 6, saturation and lightness 0 to 1.
    fn hsl(self) -> (f64, f64, f64) {
        let [r, g, b] = self.0.map(|byte| f64::from(byte) / 255.0);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        let (spread, lightness) = (most - least, f64::midpoint(most, least));
        if spread == 0.0 {
            return (0.0, 0.0, lightness);
        }
        let hue = if most == r {
            ((g - b) / spread).rem_euclid(6.0)
        } else if most == g {
            (b - r) / spread + 2.0
        } else {
            (r - g) / spread + 4.0
        };
        (hue, spread / (1.0 - (2.0 * lightness - 1.0).abs()), lightness)
    }

    fn from_hsl(hue: f64, saturation: f64, lightness: f64) -> Self {
        let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
        let channel = |shift: f64| {
            let distance = ((hue + shift).rem_euclid(6.0) - 3.0).abs() - 1.0;
            let value = lightness + chroma * (distance.clamp(0.0, 1.0) - 0.5);
            (value * 255.0).round().clamp(0.0, 255.0) as u8
        };
        Self([channel(0.0), channel(4.0), channel(2.0)])
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
    fn a_logo_that_is_no_picture_or_too_large_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, size: usize| {
            let file = folder.path().join(name);
            std::fs::write(&file, vec![b' '; size]).unwrap();
            Logo::try_from(file)
        };
        assert_eq!(file("a.svg", 9).unwrap().ending, "svg");
        assert!(file("a.gif", 9).is_err() && file("a.png", LARGEST_LOGO + 1).is_err());
        assert!(Logo::try_from(folder.path().join("none.png")).is_err());
    }

    #[test]
    fn a_colour_comes_back_from_its_hue_saturation_and_lightness() {
        for text in ["#1f3f6b", "#7a1f2b", "#0b5d3b", "#000000", "#ffffff", "#5b2a86", "#808080"] {
            let colour = Rgb::parse(text).unwrap();
            let (hue, saturation, lightness) = colour.hsl();
            assert_eq!(Rgb::from_hsl(hue, saturation, lightness).text(), text);
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
