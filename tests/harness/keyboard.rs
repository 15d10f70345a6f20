//! Owns typing on the display of a private session, for an app that lets no driver in.
//! Refuses to know what the window shows; it only knows the order in which Tab goes.
//! Invariant: keys reach only windows of that display.

use std::path::Path;
use std::time::Duration;

use crate::process::until;
use crate::session::Session;

/// The keyboard of a session.
pub struct Keyboard<'a> {
    session: &'a Session,
    window: String,
}

impl<'a> Keyboard<'a> {
    /// Takes hold of the app's window, once it is there and had time to draw its first screen.
    pub async fn of(session: &'a Session) -> Self {
        let search = ["search", "--onlyvisible", "--class", "warifu"];
        let window = until("the app's window", Duration::from_secs(60), async || {
            let answer = xdotool(session, &search);
            answer.lines().last().map(str::to_owned)
        })
        .await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let keyboard = Self { session, window };
        keyboard.send(&["windowfocus", "--sync", &keyboard.window]);
        keyboard
    }

    /// Goes to the next element.
    pub fn tab(&self) {
        self.send(&["key", "Tab"]);
    }

    /// Types digits.
    pub fn digits(&self, digits: &str) {
        self.send(&["type", "--delay", "20", digits]);
    }

    /// Presses what has the focus.
    pub fn press(&self) {
        self.send(&["key", "space"]);
    }

    fn send(&self, words: &[&str]) {
        xdotool(self.session, words);
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn xdotool(session: &Session, words: &[&str]) -> String {
    let answer = session.command(Path::new("xdotool")).args(words).output();
    let answer = answer.unwrap_or_else(|why| {
        panic!("xdotool could not be started ({why}); `cargo xtask doctor` says how to get it")
    });
    String::from_utf8_lossy(&answer.stdout).into_owned()
}
