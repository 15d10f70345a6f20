//! Owns the proof that a keyboard is enough: every control is reached in its order, and shows that it has the focus.
//! Refuses to know what a control does.
//! Invariant: keys go the way of real ones, through the web view's own handling of them.

use std::time::Duration;

use harness::page::{Key, Page};
use harness::process::until;
use harness::session::{Bus, Session};
use harness::web_view::{Manner, WebView};
use serde::Deserialize;
use serde_json::json;

use crate::studio::{Studio, states};

/// Notes every element that gets the focus, with what shows it: `document.activeElement` and its outline.
const WATCH: &str = r#"
    const controls = [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
        .filter((control) => !control.disabled && control.checkVisibility({ visibilityProperty: true }));
    // One radio button of a group takes the focus, the chosen one.
    const stops = controls.filter((control) => control.type !== 'radio' || control.checked);
    const name = (element) => element.dataset.testid ?? element.localName;
    window.WATCHED = { wanted: stops.map(name), met: [] };
    document.addEventListener('focusin', ({ target }) => {
        if (!stops.includes(target)) return;
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        const isSeen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
        window.WATCHED.met.push([name(target), isSeen]);
    });
    document.querySelector('h1')?.focus();
    return stops.length;
"#;

#[derive(Debug, Deserialize)]
struct Watched {
    wanted: Vec<String>,
    met: Vec<(String, bool)>,
}

/// Shows a state as the only page of a view.
pub(crate) async fn show(page: &Page, studio: &Studio, state: &str, language: &str) {
    page.go(&format!("{}/index.html?state={state}&lang={language}", studio.url)).await;
    let failures = until(&format!("{state} to be drawn"), Duration::from_secs(30), async || {
        let drawn = "return document.documentElement.dataset.drawn ? window.FAILURES : null";
        Some(page.run(drawn).await).filter(|said| !said.is_null())
    })
    .await;
    assert_eq!(failures, json!([]), "{state}");
}

#[tokio::test]
async fn every_control_is_reached_by_the_tab_key_alone_in_its_order_and_shows_its_focus() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let studio = Studio::open().await;
    let session = Session::open_on(folder.path(), Bus::Usual);
    let view = WebView::open(&session, Manner { is_dark: true, is_calm: true }).await;
    let mut wrong = Vec::new();
    for state in states(&view.page, &studio).await {
        show(&view.page, &studio, &state, "en").await;
        let stops = view.page.run(WATCH).await.as_u64().expect("a number of stops");
        view.page.press_key(Key::Tab, usize::try_from(stops).expect("a page has few controls")).await;
        let watched = view.page.run("return window.WATCHED").await;
        let Watched { wanted, met } =
            serde_json::from_value(watched).expect("the page tells what it watched");
        let order: Vec<String> = met.iter().map(|(name, _)| name.clone()).collect();
        if order != wanted {
            wrong.push(format!("{state}: Tab met {order:?}, there are {wanted:?}"));
        }
        let unseen: Vec<_> = met.iter().filter(|(_, is_seen)| !is_seen).map(|(name, _)| name).collect();
        if !unseen.is_empty() {
            wrong.push(format!("{state}: {unseen:?} do not show that they have the focus"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_way_from_the_code_to_its_settings_and_back_needs_no_pointer() {
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let studio = Studio::open().await;
    let session = Session::open_on(folder.path(), Bus::Usual);
    let view = WebView::open(&session, Manner { is_dark: false, is_calm: false }).await;
    let page = &view.page;
    show(page, &studio, "code", "ja").await;
    let focus = async |wanted: &str| {
        for _ in 0..40 {
            let at = page.run("return document.activeElement?.dataset?.testid ?? ''").await;
            if at == wanted {
                return;
            }
            page.press_key(Key::Tab, 1).await;
        }
        panic!("{wanted} was not reached by Tab");
    };
    focus("menu").await;
    page.press_key(Key::Enter, 1).await;
    focus("open-about").await;
    page.press_key(Key::Enter, 1).await;
    page.see("about").await;
    // A group of choices is one stop; the arrows choose in it, and the focus stays where the choice is.
    focus("language-system").await;
    page.press_key(Key::Down, 1).await;
    focus("language-ja").await;
    page.press_key(Key::Down, 1).await;
    page.read_until("about", "Version").await;
    let at = page.run("return document.activeElement?.dataset?.testid").await;
    assert_eq!(at, "language-en", "the focus is where the choice was made");
    focus("back").await;
    page.press_key(Key::Enter, 1).await;
    page.see("code").await;
}
