//! Owns the wall: a web view that shows one state of a screen at every width and text size, and judges all of them.
//! Refuses to know what is right; `page/judge.js` does.
//! Invariant: every state that the list holds is shown; what is shown is kept as a picture.

use std::collections::BTreeSet;
use std::path::PathBuf;

use harness::process::until;
use harness::session::{Bus, Session};
use harness::web_view::{Manner, WebView};
use serde::Deserialize;
use serde_json::json;

use crate::studio::{Studio, checkout, states};

/// Room for five widths and one window held sideways beside each other and four text sizes below each other, at two
/// fifths of their size.
const SCREEN: (u32, u32) = (1_650, 3_100);
pub(crate) const LANGUAGES: [&str; 2] = ["ja", "en"];

/// A wall in a session of its own.
pub(crate) struct Wall {
    /// The names of what it can show.
    pub(crate) states: Vec<String>,
    view: WebView,
    theme: &'static str,
    manner: Manner,
    _session: Session,
    _folder: tempfile::TempDir,
}

/// What was found in one state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    findings: Vec<Finding>,
    is_dark: bool,
    is_calm: bool,
    moving: Vec<String>,
    restless: bool,
    /// The classes of what is on.
    pub(crate) screens: Vec<String>,
    /// The test ids that are on.
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    width: u32,
    text: u32,
    why: String,
}

impl Wall {
    /// Hangs it.
    pub(crate) async fn hang(studio: &Studio, manner: Manner) -> Self {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let size = format!("{}x{}", SCREEN.0, SCREEN.1);
        let session = Session::open_with_screen(folder.path(), Bus::Usual, &size);
        let view = WebView::open(&session, manner).await;
        view.page.resize(SCREEN.0, SCREEN.1).await;
        let states = states(&view.page, studio).await;
        view.page.go(&format!("{}/proof/wall.html", studio.url)).await;
        until("the wall", std::time::Duration::from_secs(60), async || {
            view.page.run("return Boolean(window.wall)").await.as_bool()?.then_some(())
        })
        .await;
        let theme = if manner.is_dark { "dark" } else { "light" };
        Self { states, view, theme, manner, _session: session, _folder: folder }
    }

    /// Shows a state and keeps the picture.
    pub(crate) async fn show(&self, state: &str, language: &str) -> Shown {
        let script = "return await window.wall.show(...words)";
        let shown = self.view.page.run_async(script, vec![json!(state), json!(language)]).await;
        let shown = serde_json::from_value(shown).expect("the wall says what it found");
        let picture = self.view.page.picture_of("main").await;
        let file = pictures().join(self.picture(state, language));
        std::fs::write(&file, picture).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        shown
    }

    /// The name of a state's picture.
    pub(crate) fn picture(&self, state: &str, language: &str) -> String {
        format!("{state}-{language}-{}.png", self.theme)
    }

    /// What is wrong with what was shown, in lines.
    pub(crate) fn wrong(&self, state: &str, language: &str, shown: &Shown) -> Vec<String> {
        let place = format!("{state} · {language} · {}", self.theme);
        let mut wrong = Vec::new();
        let whys: BTreeSet<&str> = shown.findings.iter().map(|finding| finding.why.as_str()).collect();
        for why in whys {
            let at = shown.findings.iter().filter(|finding| finding.why == why);
            let at: Vec<String> = at.map(|one| format!("{} px {} %", one.width, one.text)).collect();
            wrong.push(format!("{place}: {why} at {}", at.join(", ")));
        }
        if shown.is_dark != self.manner.is_dark || shown.is_calm != self.manner.is_calm {
            wrong.push(format!("{place}: the session's colours or movements did not reach the page"));
        }
        if shown.restless {
            wrong.push(format!("{place}: never comes to rest: {:?}", shown.moving));
        }
        if shown.is_calm && !shown.moving.is_empty() {
            wrong.push(format!("{place}: moves although it was asked not to: {:?}", shown.moving));
        }
        wrong
    }

    /// What axe has against the state, in lines.
    pub(crate) async fn axe(&self, state: &str, language: &str) -> Vec<String> {
        let words = vec![json!(state), json!(language)];
        let said = self.view.page.run_async("return await window.wall.axe(...words)", words).await;
        serde_json::from_value(said).expect("the wall says what axe found")
    }

    /// What axe has against the page that is on, after `change` was done to the document `doc`.
    pub(crate) async fn axe_after(&self, change: &str) -> Vec<String> {
        let script = format!("return await window.wall.axeAfter((doc) => {{ {change} }})");
        serde_json::from_value(self.view.page.run_async(&script, Vec::new()).await).expect("axe gives lines")
    }

    /// Where a likeness of the state differs from the page itself.
    pub(crate) async fn compare(&self, state: &str) -> Vec<String> {
        let said = self
            .view
            .page
            .run_async("return await window.wall.compare(...words)", vec![json!(state), json!("ja")])
            .await;
        serde_json::from_value(said).expect("the wall compares boxes")
    }

    /// What the judge says of the state that is on, after `change` was done to the document `doc`.
    pub(crate) async fn plant(&self, width: u32, text: u32, change: &str) -> Vec<String> {
        let script = format!("return window.wall.plant({width}, {text}, (doc) => {{ {change} }})");
        serde_json::from_value(self.view.page.run_async(&script, Vec::new()).await)
            .expect("the judge gives lines")
    }
}

/// Where the pictures go.
pub(crate) fn pictures() -> PathBuf {
    std::env::var_os("WARIFU_SCREENS").map_or_else(|| checkout("target/screens"), PathBuf::from)
}
