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
        rested(xdotool(session, &["getwindowpid", &window]).trim()).await;
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

/// Gives the focus to a window, by its class, once it is there.
pub async fn focus(session: &Session, class: &str) {
    let search = ["search", "--onlyvisible", "--class", class];
    let window = until(class, Duration::from_secs(60), async || {
        xdotool(session, &search).lines().last().map(str::to_owned)
    })
    .await;
    xdotool(session, &["windowfocus", &window]);
}

/// Waits until the app has drawn its screen: it and its web processes rest for two seconds in a row.
async fn rested(app: &str) {
    const LOOK: Duration = Duration::from_millis(500);
    /// Clock ticks in that time that a window at rest stays below.
    const BUSY: u64 = 5;
    let (mut before, mut quiet) = (0, 0);
    for _ in 0..120 {
        tokio::time::sleep(LOOK).await;
        let now = ticks(app);
        quiet = if now - before < BUSY && now > 0 { quiet + 1 } else { 0 };
        before = now;
        if quiet == 4 {
            return;
        }
    }
    panic!("the app does not come to rest within a minute");
}

/// Processor time that a process and all below it have used, clock ticks (proc(5), `stat`).
fn ticks(process: &str) -> u64 {
    let folder = Path::new("/proc").join(process);
    let stat = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
    // Behind the name, which may hold blanks, the fields from the state on: user and system time are the 12th and 13th.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let own: u64 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    let tasks = std::fs::read_dir(folder.join("task")).into_iter().flatten().flatten();
    let below = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    own + below.map(|list| list.split_whitespace().map(ticks).sum::<u64>()).sum::<u64>()
}

fn xdotool(session: &Session, words: &[&str]) -> String {
    let answer = session.command(Path::new("xdotool")).args(words).output();
    let answer = answer.unwrap_or_else(|why| {
        panic!("xdotool could not be started ({why}); `cargo xtask doctor` says how to get it")
    });
    String::from_utf8_lossy(&answer.stdout).into_owned()
}
