//! Owns the line between a device and a centre: everything that crosses it is recorded, an answer can be withheld, a
//! request cut, and all of it cut.
//! Refuses to know what the bytes mean, but for the path that a request names.
//! Invariant: bytes pass unchanged and in order, or not at all.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::process::until;

#[derive(Default)]
struct Seen {
    is_cut: bool,
    /// One entry per direction of a connection.
    bytes: Vec<Vec<u8>>,
    withhold: Option<String>,
    cut: Option<String>,
    withheld: usize,
}

/// A line; it lasts as long as this value.
pub struct Line {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    listener: Option<TcpListener>,
    carrying: Option<tokio::task::JoinHandle<()>>,
}

impl Line {
    /// One end of it, at a free port. Whoever connects waits until it leads somewhere.
    pub async fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        Self { address, seen: Arc::default(), listener: Some(listener), carrying: None }
    }

    /// Where a device reaches it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets it lead to a centre.
    pub fn lead_to(&mut self, centre: SocketAddr) {
        let listener = self.listener.take().expect("a line leads to one place");
        let seen = Arc::clone(&self.seen);
        self.carrying = Some(tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if seen.lock().expect("nothing panics while it records").is_cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(centre).await else { continue };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                let asked = Arc::new(Mutex::new(false));
                tokio::spawn(carry(near_in, far_out, Arc::clone(&seen), Way::There(Arc::clone(&asked))));
                tokio::spawn(carry(far_in, near_out, Arc::clone(&seen), Way::Back(asked)));
            }
        }));
    }

    /// From now on, answers to requests that name `path` are swallowed.
    pub fn withhold(&self, path: &str) {
        self.lock().withhold = Some(path.to_owned());
    }

    /// From now on, connections on which a request names `path` are cut before it arrives.
    pub fn cut(&self, path: &str) {
        self.lock().cut = Some(path.to_owned());
    }

    /// From now on, everything passes again.
    pub fn let_pass(&self) {
        let mut seen = self.lock();
        (seen.withhold, seen.cut, seen.is_cut) = (None, None, false);
    }

    /// From now on nothing passes, and whoever connects is sent away.
    pub fn cut_all(&self) {
        self.lock().is_cut = true;
    }

    /// Waits until an answer was swallowed.
    pub async fn withheld(&self) {
        until("an answer that can be withheld", Duration::from_secs(60), async || {
            (self.lock().withheld > 0).then_some(())
        })
        .await;
    }

    /// Everything that crossed it so far: one text of bytes per direction of a connection.
    pub fn recorded(&self) -> Vec<Vec<u8>> {
        self.lock().bytes.clone()
    }

    /// Whether these bytes crossed it.
    pub fn carried(&self, bytes: &[u8]) -> bool {
        self.lock().bytes.iter().any(|way| holds(way, bytes))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().expect("nothing panics while it records")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(carrying) = &self.carrying {
            carrying.abort();
        }
    }
}

/// Whether `part` stands somewhere in `whole`.
pub fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

enum Way {
    /// Towards the centre; notes when a request names the withheld path.
    There(Arc<Mutex<bool>>),
    /// Back; swallowed once that was noted.
    Back(Arc<Mutex<bool>>),
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seen: Arc<Mutex<Seen>>, way: Way) {
    let number = {
        let mut seen = seen.lock().expect("nothing panics while it records");
        seen.bytes.push(Vec::new());
        seen.bytes.len() - 1
    };
    let mut block = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut block).await {
        let passes = {
            let mut seen = seen.lock().expect("nothing panics while it records");
            if seen.is_cut {
                break;
            }
            seen.bytes[number].extend_from_slice(&block[..read]);
            let names = |path: &Option<String>| {
                path.as_ref().is_some_and(|path| holds(&seen.bytes[number], path.as_bytes()))
            };
            let (named, is_cut_off) = (names(&seen.withhold), names(&seen.cut));
            match &way {
                Way::There(_) if is_cut_off => break,
                Way::There(asked) => {
                    *asked.lock().expect("nothing panics while it notes") |= named;
                    true
                }
                Way::Back(asked) => {
                    let swallow = *asked.lock().expect("nothing panics while it notes");
                    seen.withheld += usize::from(swallow);
                    !swallow
                }
            }
        };
        if passes && to.write_all(&block[..read]).await.is_err() {
            break;
        }
    }
    // An error says that the other side is gone already.
    let _ = to.shutdown().await;
}
