//! Owns what is on a session's display, pixel by pixel.
//! Refuses to know which program drew it.
//! Invariant: it looks at the display's own memory, so that looking costs the program nothing.

use std::path::PathBuf;

use harness::session::Session;

/// The wood of the tally's halves, in the light colours of `ui/styles/tokens.css`.
const WOOD: [u8; 3] = [0xef, 0xe7, 0xd6];
/// What the empty window paints.
const EMPTY: [u8; 3] = [0x12, 0x34, 0x56];

/// A display that is looked at.
pub(crate) struct Screen {
    file: PathBuf,
}

struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Screen {
    /// The display of a session.
    pub(crate) fn of(session: &Session) -> Self {
        Self { file: session.screen_memory() }
    }

    /// The XWD format: a header of big-endian numbers, colours, then rows of pixels.
    fn look(&self) -> Picture {
        let bytes = std::fs::read(&self.file).unwrap_or_else(|why| panic!("{}: {why}", self.file.display()));
        let number = |place: usize| {
            let four = bytes[4 * place..4 * place + 4].try_into().expect("four bytes");
            u32::from_be_bytes(four) as usize
        };
        let (head, width, height, row, colours) = (number(0), number(4), number(5), number(12), number(19));
        let start = head + 12 * colours;
        let pixels = (0..height).flat_map(|line| {
            bytes[start + line * row..][..4 * width]
                .chunks_exact(4)
                .map(|pixel| [pixel[2], pixel[1], pixel[0]])
        });
        let pixels = pixels.collect();
        Picture { width, pixels }
    }

    /// Whether a window has drawn something.
    pub(crate) fn shows_anything(&self) -> bool {
        self.look().pixels.iter().filter(|pixel| **pixel != [0; 3]).count() > 5_000
    }

    /// Whether the empty window is painted.
    pub(crate) fn shows_the_empty_window(&self) -> bool {
        self.look().pixels.iter().filter(|pixel| **pixel == EMPTY).count() > 5_000
    }

    /// Whether digits, and not the dashes of a blank, stand on the tally's halves.
    pub(crate) fn shows_a_code(&self) -> bool {
        let picture = self.look();
        let wood = picture.pixels.iter().enumerate().filter(|(_, pixel)| **pixel == WOOD).map(|(at, _)| at);
        let wood: Vec<usize> = wood.collect();
        if wood.len() < 2_000 {
            return false;
        }
        let across = || wood.iter().map(|at| at % picture.width);
        let (Some(left), Some(right)) = (across().min(), across().max()) else { return false };
        let (top, bottom) = (wood[0] / picture.width, wood[wood.len() - 1] / picture.width);
        let is_ink = |pixel: &[u8; 3]| pixel.iter().map(|part| u32::from(*part)).sum::<u32>() < 3 * 110;
        let rows = picture.pixels.chunks_exact(picture.width).take(bottom + 1).skip(top);
        rows.flat_map(|row| &row[left..=right]).filter(|pixel| is_ink(pixel)).count() > 1_500
    }
}
