//! Owns what is on a session's display, pixel by pixel.
//! Refuses to know which program drew it.
//! Invariant: it looks at the display's own memory, so that looking costs the program nothing.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use harness::session::Session;

/// The wood of the tally's halves, in the light colours of `ui/styles/tokens.css`.
const WOOD: [u8; 3] = [0xef, 0xe7, 0xd6];
/// What the empty window paints.
const EMPTY: [u8; 3] = [0x12, 0x34, 0x56];

/// One pixel of so many in a row, and one row of so many, is looked at.
const LATTICE: usize = 4;

/// A display that is looked at.
pub(crate) struct Screen {
    file: PathBuf,
}

/// What the lattice sees. Two that are alike are told so quickly: the program that is waited for starts on the same two
/// processors meanwhile.
#[derive(PartialEq)]
pub(crate) struct Picture {
    width: usize,
    rows: Vec<u8>,
}

impl Screen {
    /// The display of a session.
    pub(crate) fn of(session: &Session) -> Self {
        Self { file: session.screen_memory() }
    }

    /// The XWD format: a header of big-endian numbers, colours, then rows of pixels.
    pub(crate) fn look(&self) -> Picture {
        let file = File::open(&self.file).unwrap_or_else(|why| panic!("{}: {why}", self.file.display()));
        let mut header = [0; 80];
        file.read_exact_at(&mut header, 0).expect("the display has a header");
        let number = |place: usize| {
            let four = header[4 * place..4 * place + 4].try_into().expect("four bytes");
            u32::from_be_bytes(four) as usize
        };
        let (head, width, height, row, colours) = (number(0), number(4), number(5), number(12), number(19));
        let start = head + 12 * colours;
        let mut rows = vec![0; 4 * width * height.div_ceil(LATTICE)];
        for (at, line) in rows.chunks_exact_mut(4 * width).enumerate() {
            let place = start + at * LATTICE * row;
            file.read_exact_at(line, place as u64).expect("the display has all its rows");
        }
        Picture { width: width / LATTICE, rows }
    }
}

impl Picture {
    fn pixels(&self) -> impl Iterator<Item = [u8; 3]> {
        self.rows.chunks_exact(4 * LATTICE).map(|pixel| [pixel[2], pixel[1], pixel[0]])
    }

    /// Whether a window has drawn something.
    pub(crate) fn shows_anything(&self) -> bool {
        self.pixels().filter(|pixel| *pixel != [0; 3]).count() > 300
    }

    /// Whether the empty window is painted.
    pub(crate) fn shows_the_empty_window(&self) -> bool {
        self.pixels().filter(|pixel| *pixel == EMPTY).count() > 300
    }

    /// Whether digits, and not the dashes of a blank, stand on the tally's halves.
    pub(crate) fn shows_a_code(&self) -> bool {
        let wood = self.pixels().enumerate().filter(|(_, pixel)| *pixel == WOOD).map(|(at, _)| at);
        let wood: Vec<usize> = wood.collect();
        if wood.len() < 125 {
            return false;
        }
        let across = || wood.iter().map(|at| at % self.width);
        let (Some(left), Some(right)) = (across().min(), across().max()) else { return false };
        let (top, bottom) = (wood[0] / self.width, wood[wood.len() - 1] / self.width);
        let is_within = |at: usize| {
            (top..=bottom).contains(&(at / self.width)) && (left..=right).contains(&(at % self.width))
        };
        let is_ink = |pixel: [u8; 3]| pixel.iter().map(|part| u32::from(*part)).sum::<u32>() < 3 * 110;
        self.pixels().enumerate().filter(|(at, pixel)| is_within(*at) && is_ink(*pixel)).count() > 90
    }
}
