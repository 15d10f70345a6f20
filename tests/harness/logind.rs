//! Owns a stand-in for logind on a session's own bus: it says that the machine falls asleep and wakes, and can be held up.
//! Refuses to know who holds it up, and everything else that logind does.
//! Invariant: the words on the bus are those of org.freedesktop.login1(5); no machine sleeps.

use std::io::Read as _;
use std::os::fd::OwnedFd as Handle;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedFd;

use crate::process::until;
use crate::session::Session;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const PATIENCE: Duration = Duration::from_secs(60);

/// logind, as programs in the session see it. Ends when it is dropped.
pub struct Logind {
    bus: Connection,
    held: Arc<AtomicUsize>,
}

struct Manager {
    held: Arc<AtomicUsize>,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
        if (what, mode) != ("sleep", "delay") {
            return Err(zbus::fdo::Error::InvalidArgs(format!("{what}, {mode}")));
        }
        let (mut ours, theirs) = std::io::pipe().map_err(|why| zbus::fdo::Error::Failed(why.to_string()))?;
        self.held.fetch_add(1, Ordering::SeqCst);
        let held = Arc::clone(&self.held);
        std::thread::spawn(move || {
            // Nobody writes: it ends when the last copy of the other end is closed.
            let _ = ours.read(&mut [0]);
            held.fetch_sub(1, Ordering::SeqCst);
        });
        Ok(Handle::from(theirs).into())
    }
}

impl Logind {
    /// Puts it on the session's bus, and says to programs that are started from now on that this is the system's.
    pub fn on(session: &mut Session) -> Self {
        let held = Arc::<AtomicUsize>::default();
        let manager = Manager { held: Arc::clone(&held) };
        let bus = Builder::address(session.bus_address())
            .and_then(|bus| bus.name(NAME))
            .and_then(|bus| bus.serve_at(PATH, manager))
            .and_then(Builder::build)
            .expect("the session's bus gives the name to whoever asks");
        let address = session.bus_address().to_owned();
        session.set("DBUS_SYSTEM_BUS_ADDRESS", address);
        Self { bus, held }
    }

    /// Waits until somebody would hold sleep up.
    pub async fn held(&self) {
        until("somebody who holds sleep up", PATIENCE, async || (self.count() > 0).then_some(())).await;
    }

    /// Says that sleep comes, and waits until nobody holds it up any more.
    pub async fn sleep(&self) {
        self.tell(true);
        until("nobody to hold sleep up", PATIENCE, async || (self.count() == 0).then_some(())).await;
    }

    /// Says that the machine is awake.
    pub fn wake(&self) {
        self.tell(false);
    }

    fn count(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    fn tell(&self, sleeps: bool) {
        let told = self.bus.emit_signal(None::<&str>, PATH, MANAGER, "PrepareForSleep", &(sleeps,));
        told.expect("the bus is there as long as the session");
    }
}
