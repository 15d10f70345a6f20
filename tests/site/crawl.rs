//! Owns finding every page that can be reached by links in one state, and every form that can be sent empty.
//! Refuses to know what the pages are for.
//! Invariant: only GET is followed, and only forms are sent that hold a field to be filled: empty they change nothing.

use std::collections::{BTreeSet, VecDeque};

use harness::browser::Browser;

use crate::stage::Stage;

/// Parts of addresses that lead to the same page with other numbers, or in the other language.
const ENDLESS: [&str; 5] = ["ago=", "before=", "after=", "print", "/language"];
const LINKS: &str =
    "return [...document.querySelectorAll('a[href^=\"/\"]')].map((a) => a.getAttribute('href'))";
const EMPTY_FORMS: &str = "return [...document.forms].filter((f) => f.method === 'post'
    && f.querySelector('input[type=text], input[type=password], input[type=email], textarea')).length";

/// Whoever judges the pages that are found.
pub(crate) trait Eye {
    /// Looks at what the browser shows now; whether it is worth a look in the other language.
    async fn at(&mut self, browser: &Browser, name: &str) -> bool;
    /// Looks at the same page after its switch.
    async fn in_english(&mut self, browser: &Browser, name: &str);
}

/// Visits whatever is linked from `start` in this state.
pub(crate) async fn crawl(stage: &Stage, look: &mut impl Eye, state: &str, start: &str) {
    let mut known = BTreeSet::from([key(start)]);
    let mut ahead = VecDeque::from([start.to_owned()]);
    while let Some(path) = ahead.pop_front() {
        stage.go(&path).await;
        let screen = screen(stage).await;
        let name = format!("{state}-{screen}");
        if look.at(&stage.browser, &name).await {
            in_english(stage, look, &name).await;
        }
        for link in stage.page().run(LINKS).await.as_array().into_iter().flatten() {
            let link = link.as_str().unwrap_or_default().to_owned();
            let is_ours = link.starts_with("/staff") == start.starts_with("/staff");
            if is_ours && !ENDLESS.iter().any(|part| link.contains(part)) && known.insert(key(&link)) {
                ahead.push_back(link);
            }
        }
        let forms = stage.page().run(EMPTY_FORMS).await.as_u64().unwrap_or(0);
        for form in 0..forms {
            stage.go(&path).await;
            let send = format!(
                "const forms = [...document.forms].filter((f) => f.method === 'post'
                    && f.querySelector('input[type=text], input[type=password], input[type=email], textarea'));
                 const f = forms[{form}];
                 for (const field of f.querySelectorAll('input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea')) field.value = '';
                 const button = f.querySelector('button');
                 setTimeout(() => f.requestSubmit(button), 0)"
            );
            stage.page().run(&send).await;
            stage.page().see("errors").await;
            look.at(&stage.browser, &format!("{name}-empty")).await;
        }
    }
}

/// The same page after its switch, and back again.
async fn in_english(stage: &Stage, look: &mut impl Eye, name: &str) {
    stage.page().press("language").await;
    stage.page().read_until("language", "日本語").await;
    look.in_english(&stage.browser, name).await;
    stage.page().press("language").await;
    stage.page().read_until("language", "English").await;
}

/// The name of the screen that is shown.
pub(crate) async fn screen(stage: &Stage) -> String {
    let said = stage.page().run("return document.querySelector('main')?.dataset.testid ?? ''").await;
    said.as_str().unwrap_or_default().trim_start_matches("screen-").to_owned()
}

/// Which page it is: without the query, unless the query is a word.
fn key(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    if query.contains('=') { path.to_owned() } else { link.to_owned() }
}
