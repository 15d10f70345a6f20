//! Owns the proof of what a screen reader gets: roles and names of every control, the code digit by digit, one
//! announcement for a new code, silence about the seconds.
//! Refuses to know how AT-SPI travels; `tree.py` reads it as a screen reader does.
//! Invariant: what is compared with the tree is the page itself, asked by the driver.

use std::io::Write as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use harness::centre::{Centre, SERVICE_ID, Wishes, request_id};
use harness::clock::Clock;
use harness::page::{Key, Page};
use harness::phone::{self, Ids};
use harness::process::{Process, until};
use harness::programs;
use harness::session::{Bus, Session};
use harness::web_view::{Manner, WebView};
use harness::window::Opening;
use serde::Deserialize;
use serde_json::json;
use warifu_core::wire::bank::Issued;

use crate::keyboard::show;
use crate::studio::{Studio, checkout, states};

const SOON: Duration = Duration::from_secs(30);
/// How long its start and one look at a whole tree may take on a busy machine.
const LONG: Duration = Duration::from_secs(120);
/// How controls are called in the tree.
const CONTROLS: [&str; 9] = [
    "push button",
    "toggle button",
    "check box",
    "radio button",
    "entry",
    "password text",
    "link",
    "button",
    "disclosure triangle",
];

/// A screen reader that only listens. Ends when it is dropped.
struct Reader {
    process: Process,
    ask: ChildStdin,
}

#[derive(Debug, Deserialize)]
struct Node {
    role: String,
    name: String,
    text: String,
    states: Vec<String>,
    children: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Event {
    event: String,
    role: String,
    live: String,
    said: String,
}

impl Reader {
    /// Starts it in a session, before the app.
    fn start(session: &Session) -> Self {
        let mut command: Command = session.command(Path::new("/usr/bin/python3"));
        command.arg(checkout("tests/screens/tree.py")).stdin(Stdio::piped());
        let mut process = Process::start("reader", &mut command, session.folder());
        assert_eq!(process.ready("", LONG), "ready", "the reader of the tree did not start");
        Self { ask: process.input(), process }
    }

    fn ask<T: for<'a> Deserialize<'a>>(&mut self, what: &str) -> Option<T> {
        writeln!(self.ask, "{what}").expect("the reader listens");
        serde_json::from_str(&self.process.line("did not answer", LONG)).ok()
    }

    /// The page that is on, as a tree.
    fn page(&mut self) -> Option<Node> {
        self.ask("read")
    }

    /// What was heard since the last time.
    fn events(&mut self) -> Vec<Event> {
        self.ask("events").expect("events have a JSON form")
    }
}

impl Node {
    fn all<'a>(&'a self, found: &mut Vec<&'a Self>) {
        found.push(self);
        self.children.iter().for_each(|child| child.all(found));
    }

    fn every(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        self.all(&mut found);
        found
    }

    fn is_control(&self) -> bool {
        CONTROLS.contains(&self.role.as_str()) && self.states.iter().any(|state| state == "visible")
    }
}

/// How many controls a person sees on the page.
async fn controls_of(page: &Page) -> u64 {
    let script = "return [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
        .filter((control) => control.checkVisibility({ visibilityProperty: true })).length";
    page.run(script).await.as_u64().expect("a number")
}

/// The page's tree once it is as wanted: it follows the page in a moment of its own.
async fn settled(reader: &mut Reader, is_whole: impl Fn(&Node) -> bool) -> Option<Node> {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        if let Some(tree) = reader.page().filter(&is_whole) {
            return Some(tree);
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    None
}

#[tokio::test]
async fn every_control_of_every_screen_has_its_role_and_a_name_in_the_accessibility_tree() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let studio = Studio::open().await;
    let session = Session::open_on(folder.path(), Bus::Usual);
    let mut reader = Reader::start(&session);
    let view = WebView::open(&session, Manner { is_dark: false, is_calm: true }).await;
    let mut wrong = Vec::new();
    for state in states(&view.page, &studio).await {
        show(&view.page, &studio, &state, "ja").await;
        let wanted = controls_of(&view.page).await;
        let title = view.page.run("return document.querySelector('h1').textContent").await;
        let title = title.as_str().expect("every screen has a title").to_owned();
        let is_whole = |tree: &Node| {
            let every = tree.every();
            let controls = every.iter().filter(|node| node.is_control()).count();
            controls as u64 == wanted && every.iter().any(|node| node.role == "heading" && node.name == title)
        };
        let Some(found) = settled(&mut reader, is_whole).await else {
            let tree = reader.page();
            let roles = tree.as_ref().map(Node::every).unwrap_or_default();
            let roles: Vec<_> = roles.iter().map(|node| (&node.role, &node.name)).collect();
            panic!("{state}: {wanted} controls and the title {title} are not in the tree: {roles:?}");
        };
        let nameless =
            found.every().iter().filter(|node| node.is_control() && node.name.trim().is_empty()).count();
        if nameless > 0 {
            wrong.push(format!("{state}: {nameless} controls have no name"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said of `words` until nothing more comes.
async fn said_of(reader: &mut Reader, words: &str) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    until(&format!("{words} to be said"), SOON, async || {
        let heard = reader.events().into_iter().filter(is_said).map(|event| event.said);
        said.extend(heard.filter(|said| said.contains(words)));
        (!said.is_empty()).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let more = reader.events().into_iter().filter(is_said).map(|event| event.said);
    said.extend(more.filter(|said| said.contains(words)));
    said
}

#[tokio::test]
async fn a_fields_mistake_the_centres_later_word_and_a_copy_that_failed_are_said_once_each() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let studio = Studio::open().await;
    let session = Session::open_on(folder.path(), Bus::Usual);
    let mut reader = Reader::start(&session);
    let view = WebView::open(&session, Manner { is_dark: false, is_calm: true }).await;
    let page = &view.page;
    show(page, &studio, "setup", "ja").await;
    until("the page in the tree", SOON, async || reader.page()).await;
    reader.events();
    page.fill("service-id", "1011").await;
    page.press_key(Key::Tab, 1).await;
    let said = said_of(&mut reader, "あと4桁足りません").await;
    assert_eq!(said.len(), 1, "{said:?}");
    page.press_key(Key::Tab, 2).await;
    let again: Vec<_> = reader.events().into_iter().filter(is_said).collect();
    assert!(again.is_empty(), "said although nothing is new: {again:?}");

    reader.events();
    show(page, &studio, "code-with-news", "ja").await;
    let said = said_of(&mut reader, "停止中").await;
    assert_eq!(said.len(), 1, "{said:?}");

    reader.events();
    show(page, &studio, "code-not-on-the-clipboard", "ja").await;
    let said = said_of(&mut reader, "番号を見て入力してください").await;
    assert_eq!(said.len(), 1, "{said:?}");
}

#[tokio::test]
async fn the_code_is_read_digit_by_digit_a_new_one_is_said_once_and_the_seconds_never_by_themselves() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let clock = Clock::new(folder.path());
    let centre = Centre::start(folder.path(), &clock, &Wishes::default());
    let wish = json!({
        "request_id": request_id(), "mail": "taro@data-bank.example.jp", "start_password": "1949",
    });
    let issued: Issued = centre.ask("m-1", "issue", &wish).await.expect();
    let ids = Ids { service_id: SERVICE_ID.to_owned(), user_id: issued.user_id.to_string() };
    let session = Session::open(folder.path()).await;
    let mut reader = Reader::start(&session);
    let opening = Opening { session: &session, centre: &centre.url, clock: &clock, folder: folder.path() };
    let window = opening.open(&programs::qa("warifu")).await;
    phone::set_up(&window.page, &ids, "1949").await;

    clock.leave_at_least(30);
    // For a moment the page still counts by what the clock was before it was moved.
    until("a page that knows of it", SOON, async || {
        let left = window.page.read("remaining").await.parse::<i64>().ok()?;
        let wanted = (60_000 - clock.now().0.rem_euclid(60_000)) / 1_000;
        (left - wanted).abs().le(&1).then_some(())
    })
    .await;
    let code = phone::code(&window.page).await;
    let spoken = |code: &str| {
        let apart = |digits: &str| digits.chars().map(String::from).collect::<Vec<_>>().join(" ");
        (apart(&code[..4]), apart(&code[4..]))
    };
    let reads = |tree: &Node, code: &str| {
        let (first, second) = spoken(code);
        tree.every().iter().any(|node| {
            node.name.find(&first).is_some_and(|at| node.name[at + first.len()..].contains(&second))
        })
    };
    let tree =
        until("the code in the tree", SOON, async || reader.page().filter(|tree| reads(tree, &code))).await;
    let whole = tree.every().iter().any(|node| node.name.contains(&code) || node.text.contains(&code));
    assert!(!whole, "the eight digits stand nowhere as one number, which would be read as millions");
    let names: Vec<&str> = tree.every().iter().map(|node| node.name.as_str()).collect();
    assert!(
        names.iter().any(|name| name.contains("仙北信用組合"))
            || format!("{tree:?}").contains("仙北信用組合")
    );

    // On request the seconds are there, as a number that a reader finds by itself.
    until("the seconds in the tree", SOON, async || {
        let tree = reader.page()?;
        let every = tree.every();
        let timer = every.iter().find(|node| node.role == "timer")?;
        let every = timer.every();
        let read =
            every.iter().flat_map(|node| [&node.text, &node.name]).find_map(|said| said.trim().parse().ok());
        let read: i64 = read?;
        let shown: i64 = window.page.read("remaining").await.parse().ok()?;
        // A second may go by between the two looks.
        ((1..=60).contains(&read) && (read - shown).abs() <= 1).then_some(())
    })
    .await;

    // What the centre says of the token comes by itself, once.
    until("the centre's word of the token", SOON, async || {
        let heard = reader.events();
        heard.iter().any(|event| is_said(event) && event.said.contains("利用開始")).then_some(())
    })
    .await;

    // Seconds go by, and nothing is said. What the tree tells of the number that changes is in no live region.
    reader.events();
    let left = window.page.read("remaining").await;
    until("two seconds on the page", SOON, async || {
        let now = window.page.read("remaining").await;
        (left.parse::<i64>().ok()? - now.parse::<i64>().ok()? >= 2).then_some(())
    })
    .await;
    let heard = reader.events();
    let spoken_up: Vec<_> = heard.iter().filter(|event| is_said(event)).collect();
    assert!(spoken_up.is_empty(), "said although only seconds went by: {spoken_up:?}");

    // A new code is said once.
    clock.next_step();
    let next = phone::other_code(&window.page, &code).await;
    let (first, second) = spoken(&next);
    let mut heard = Vec::new();
    until("the new code to be said", SOON, async || {
        heard.extend(reader.events());
        heard.iter().any(|event| is_said(event) && event.said.contains(&first)).then_some(())
    })
    .await;
    let left = window.page.read("remaining").await;
    until("two more seconds", SOON, async || {
        let now = window.page.read("remaining").await;
        (left.parse::<i64>().ok()? - now.parse::<i64>().ok()? >= 2).then_some(())
    })
    .await;
    heard.extend(reader.events());
    let said: Vec<_> = heard.iter().filter(|event| is_said(event)).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].said.contains(&second), "{said:?}");
    window.close().await;
}

/// What a screen reader says without being asked: something new in a live region.
fn is_said(event: &Event) -> bool {
    let is_news =
        event.event.starts_with("object:children-changed:add") || event.event.contains("announcement");
    is_news
        && matches!(event.live.as_str(), "polite" | "assertive")
        && event.role != "timer"
        && !event.said.is_empty()
}
