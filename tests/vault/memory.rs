//! Owns a look into the memory of running programs, as the same user could take it if the programs allowed it.
//! Refuses to know what is looked for.
//! Invariant: all that a program wrote to and that lies in memory is looked at; nothing is changed.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;

/// What is read at once.
const PIECE: u64 = 1 << 20;
/// How much of a piece is looked at again with the next one: longer than any form.
const OVERLAP: usize = 128;

/// A running program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    id: u32,
}

/// The programs of a process group.
pub(crate) fn programs(group: u32) -> Vec<Program> {
    let entries = std::fs::read_dir("/proc").expect("the system has /proc");
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|id: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name stands in brackets and may hold anything; after it: state, parent, group.
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(") ")?;
        let its_group: u32 = rest.split(' ').nth(2)?.parse().ok()?;
        (its_group == group).then(|| Program { name: name.to_owned(), id })
    })
    .collect()
}

impl Program {
    /// Which of the forms lie in its memory.
    pub(crate) fn holds(&self, forms: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
        let maps = self.read("maps");
        let mut memory = File::open(format!("/proc/{}/mem", self.id))
            .unwrap_or_else(|why| panic!("the memory of {} cannot be read: {why}", self.name));
        let presence = Presence::of(self.id);
        let beginnings = Beginnings::of(forms);
        let mut found = Vec::new();
        let mut seen = 0;
        for line in maps.lines().filter(|line| was_written(line)) {
            let (from, to) = range(line).unwrap_or_else(|| panic!("not a mapping: {line}"));
            let mut kept = Vec::new();
            for at in (from..to).step_by(PIECE as usize) {
                // A web view reserves gigabytes that it never touches; to read them would make them.
                if !presence.is_any(at, PIECE.min(to - at)) {
                    kept.clear();
                    continue;
                }
                let mut piece = vec![0; PIECE.min(to - at) as usize];
                // A page that is gone meanwhile, or one of a device: there is nothing to read.
                if memory.seek(SeekFrom::Start(at)).and_then(|_| memory.read_exact(&mut piece)).is_err() {
                    kept.clear();
                    continue;
                }
                seen += piece.len();
                if piece == vec![0; piece.len()] {
                    kept.clear();
                    continue;
                }
                kept.extend_from_slice(&piece);
                beginnings.look(&kept, forms, &mut found);
                kept.drain(..kept.len().saturating_sub(OVERLAP));
            }
        }
        assert!(seen > 1 << 20, "of {} only {seen} bytes could be looked at", self.name);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn read(&self, what: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{what}", self.id))
            .unwrap_or_else(|why| panic!("{what} of {} cannot be read: {why}", self.name))
    }
}

/// Which pages of a program exist, in memory or in the swap (Linux' pagemap).
struct Presence {
    pages: File,
    page: u64,
}

impl Presence {
    fn of(id: u32) -> Self {
        let pages =
            File::open(format!("/proc/{id}/pagemap")).expect("whoever may read the memory may read this");
        let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
        Self { pages, page: page.and_then(|bytes| u64::try_from(bytes).ok()).expect("memory has pages") }
    }

    fn is_any(&self, from: u64, length: u64) -> bool {
        let mut words = vec![0; (length.div_ceil(self.page) * 8) as usize];
        // What cannot be told is looked at.
        self.pages.read_exact_at(&mut words, from / self.page * 8).is_err()
            || words.chunks_exact(8).any(|word| word[7] & 0b1100_0000 != 0)
    }
}

/// The first two bytes of all forms: one pass over a memory finds them all.
struct Beginnings(Vec<bool>);

impl Beginnings {
    fn of(forms: &[(&'static str, Vec<u8>)]) -> Self {
        let mut begins = vec![false; 1 << 16];
        for (_, form) in forms {
            begins[usize::from(u16::from_be_bytes([form[0], form[1]]))] = true;
        }
        Self(begins)
    }

    fn look(&self, bytes: &[u8], forms: &[(&'static str, Vec<u8>)], found: &mut Vec<&'static str>) {
        let mut last = 0;
        for (at, byte) in bytes.iter().enumerate() {
            last = (last << 8 | usize::from(*byte)) & 0xffff;
            if self.0[last] && at > 0 {
                let rest = &bytes[at - 1..];
                found.extend(forms.iter().filter(|(_, form)| rest.starts_with(form)).map(|(name, _)| *name));
            }
        }
    }
}

/// Whether the program may have put something there: what it only reads from a file is no place for a secret.
fn was_written(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let rights = words.nth(1).unwrap_or_default();
    let from_file = words.nth(2).is_some_and(|inode| inode != "0");
    rights.starts_with('r') && (rights.contains('w') || !from_file) && !line.ends_with("[vvar]")
}

fn range(line: &str) -> Option<(u64, u64)> {
    let (from, to) = line.split_ascii_whitespace().next()?.split_once('-')?;
    Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
}
