//! Owns the bytes of one HTTP message: read whole, cut, torn or flipped, written again.
//! Refuses to know what a body says.
//! Invariant: a message that was not damaged is written byte for byte as it was read.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// No message of the device API is longer, head and all.
const LONGEST: usize = 64 * 1024;

/// A request or an answer.
#[derive(Clone)]
pub(crate) struct Message {
    /// First line and headers, without the blank line.
    head: String,
    body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` when the connection ends before it is whole.
    pub(crate) async fn read(from: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let (head, begin) = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break (String::from_utf8(bytes[..end].to_vec()).ok()?, end + 4);
            }
            more(from, &mut bytes).await?;
        };
        let length = header(&head, "content-length").map_or(Some(0), |length| length.parse().ok())?;
        while bytes.len() < begin + length {
            more(from, &mut bytes).await?;
        }
        Some(Self { body: bytes[begin..begin + length].to_vec(), head })
    }

    /// The path that a request names.
    pub(crate) fn path(&self) -> Option<&str> {
        self.head.split(' ').nth(1)
    }

    /// As it travels.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n\r\n", &self.body].concat()
    }

    /// A message that says itself how short it is.
    pub(crate) fn cut(&self, keep: u16) -> Self {
        let body = self.body[..self.kept(keep)].to_vec();
        let lines = self.head.split("\r\n").map(|line| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("content-length") => {
                format!("{name}: {}", body.len())
            }
            _ => line.to_owned(),
        });
        Self { head: lines.collect::<Vec<_>>().join("\r\n"), body }
    }

    /// A message whose rest never comes.
    pub(crate) fn torn(&self, keep: u16) -> Vec<u8> {
        let keep = self.kept(keep);
        [self.head.as_bytes(), b"\r\n\r\n", &self.body[..keep]].concat()
    }

    /// One bit of its body is another.
    pub(crate) fn flipped(&self, at: u16, bit: u8) -> Self {
        let mut flipped = self.clone();
        if !flipped.body.is_empty() {
            let at = usize::from(at) % flipped.body.len();
            flipped.body[at] ^= 1 << (bit % 8);
        }
        flipped
    }

    /// Less than all of it.
    fn kept(&self, keep: u16) -> usize {
        usize::from(keep) % self.body.len().max(1)
    }
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then_some(value.trim())
    })
}

async fn more(from: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    if bytes.len() > LONGEST {
        return None;
    }
    match from.read_buf(bytes).await {
        Ok(1..) => Some(()),
        _ => None,
    }
}
