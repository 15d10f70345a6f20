//! Owns the proof that whoever reads no Japanese gets by, member or staff: every screen and what is refused there, in English.
//! Refuses to know how good the English is.
//! Invariant: no Japanese sign is on any page but in names and in the institution's own texts, which say that they are.

mod before;
mod in_use;
mod staff;

use std::collections::BTreeSet;
use std::path::Path;

use crate::staff::answers::GETS;
use crate::support::browser::{Answer, Browser};
use crate::support::staff::{AUDITOR, first_sign_in};
use crate::support::{LOGIN_ID, LOGIN_PASSWORD, Portal, activate};

/// What a member with a token in use can open.
const PAGES: [&str; 10] = [
    "/",
    "/otp",
    "/otp/history",
    "/otp/stop",
    "/otp/revoke",
    "/otp/resync",
    "/limit",
    "/details",
    "/transfer",
    "/sessions",
];
/// What everybody can.
const OPEN: [&str; 3] = ["/lost-phone", "/download", "/nowhere"];

/// A browser whose every page is read.
struct Reader {
    browser: Browser,
    screens: BTreeSet<String>,
}

impl Reader {
    fn new(portal: &Portal) -> Self {
        let mut browser = portal.browser();
        browser.languages = Some("en-US,en;q=0.9,ja;q=0.1");
        Self { browser, screens: BTreeSet::new() }
    }

    async fn signed_in(portal: &Portal) -> Self {
        let mut reader = Self::new(portal);
        reader.browser.sign_in(LOGIN_ID, LOGIN_PASSWORD).await.redirects_to("/");
        reader
    }

    async fn get(&mut self, path: &str) -> Answer {
        let answer = self.browser.get(path).await;
        self.read(path, &answer);
        answer
    }

    async fn submit(&mut self, action: &str, typed: &[(&str, &str)]) -> Answer {
        let answer = self.browser.submit(action, typed).await;
        self.read(action, &answer);
        answer
    }

    #[track_caller]
    fn read(&mut self, path: &str, answer: &Answer) {
        if !answer.body.contains("<html") {
            return;
        }
        assert!(answer.body.contains("<html lang=\"en\">"), "{path}: {}", answer.body);
        let rest = without_japanese_parts(&answer.body);
        if let Some(line) = rest.lines().find(|line| line.chars().any(is_japanese)) {
            panic!("{path} still says:\n{line}");
        }
        let screen =
            answer.body.split("data-testid=\"screen-").nth(1).and_then(|rest| rest.split('"').next());
        self.screens.extend(screen.map(str::to_owned));
    }

    /// The same form once for each of these values of its field.
    async fn each(
        &mut self,
        action: &str,
        typed: &[(&str, &str)],
        field: &str,
        values: &[&str],
        status: u16,
    ) {
        for value in values {
            let fields: Vec<_> =
                typed.iter().map(|(name, old)| (*name, if *name == field { *value } else { *old })).collect();
            self.submit(action, &fields).await.is(status);
        }
    }
}

fn is_japanese(sign: char) -> bool {
    matches!(sign, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// A page without what says that it is in Japanese, the institution's name in its title, and what was typed.
fn without_japanese_parts(page: &str) -> String {
    let mut rest = page.replace(" | 仙北信用組合</title>", "</title>");
    for typed in ["センボクハナコ", "センボク ハナコ", "仙北花子", "五万"] {
        rest = rest.replace(&format!("value=\"{typed}\""), "");
    }
    while let Some(at) = rest.find(" lang=\"ja\"") {
        let open = rest[..at].rfind('<').unwrap();
        let name: String = rest[open + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let end = format!("</{name}>");
        let close = at + rest[at..].find(&end).expect("it ends") + end.len();
        rest.replace_range(open..close, "");
    }
    rest
}

/// Three words of Latin letters in a row: no Japanese page has them.
fn is_english(text: &str) -> bool {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(3).any(|three| three.iter().all(is_word))
}

/// What stands between the tags of a page.
fn texts(page: &str) -> Vec<&str> {
    page.split('>').filter_map(|part| part.split('<').next()).collect()
}

/// The screens that there are, from the templates in these folders.
fn screens<const N: usize>(folders: [&str; N]) -> BTreeSet<String> {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let folders = folders.map(|folder| templates.join(folder));
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap()).map(|file| file.unwrap().path());
    let texts = files.filter(|file| file.is_file()).map(|file| std::fs::read_to_string(file).unwrap());
    // What does not begin with the frame is a part of a page.
    let pages = texts.filter(|text| text.starts_with("{% extends"));
    let name = |text: String| {
        let (_, rest) = text.split_once("{% block screen %}screen-").expect("a page names its screen");
        rest.split('{').next().unwrap().to_owned()
    };
    pages.map(name).collect()
}

#[tokio::test]
async fn every_screen_of_the_members_and_what_is_refused_there_can_be_read_in_english() {
    let mut seen = BTreeSet::new();
    seen.extend(before::strangers(&Portal::start().await).await);
    seen.extend(before::without_a_token(&Portal::start().await).await);
    seen.extend(before::applying(&Portal::start().await).await);
    seen.extend(before::setting_up(&Portal::start().await).await);
    seen.extend(in_use::changing(&Portal::start().await).await);
    seen.extend(in_use::transferring(&Portal::start().await).await);
    seen.extend(in_use::ending(&Portal::start().await).await);
    seen.extend(in_use::away(&Portal::start().await).await);
    assert_eq!(seen, screens(["pages", "pages/transfer"]));
}

#[tokio::test]
async fn every_screen_of_the_staff_and_what_is_refused_there_can_be_read_in_english() {
    let mut seen = BTreeSet::new();
    seen.extend(staff::beginning(&Portal::start().await).await);
    seen.extend(staff::desk(&Portal::start().await).await);
    let two = Portal::start_with(|config| config.staff.second_approval = true).await;
    seen.extend(staff::deciding(&two).await);
    seen.extend(staff::overseeing(&Portal::start().await).await);
    let mut all = screens(["staff"]);
    all.insert("failure".to_owned());
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_japanese_page_is_told_from_an_english_one_and_neither_holds_sentences_of_the_other() {
    let portal = Portal::start().await;
    let mut member = portal.signed_in().await;
    activate(&portal, &mut member).await;
    for path in PAGES.into_iter().chain(OPEN) {
        holds_one_language(&mut member, path).await;
    }
    for colleague in [AUDITOR, "staff04"] {
        let mut colleague = first_sign_in(&portal, colleague).await;
        for path in GETS {
            holds_one_language(&mut colleague, path).await;
        }
    }
}

/// In either language, whatever is shown instead of the page as well.
async fn holds_one_language(browser: &mut Browser, path: &str) {
    browser.languages = None;
    let answer = browser.get(path).await;
    if answer.status.is_redirection() {
        return;
    }
    let page = answer.body;
    // The whole page says that it is in Japanese: only its parts are left out.
    let parts = page.replacen(" lang=\"ja\"", "", 1);
    assert!(without_japanese_parts(&parts).chars().any(is_japanese), "{path} is found to be Japanese");
    assert_eq!(texts(&page).into_iter().find(|text| is_english(text)), None, "{path}");
    browser.languages = Some("en");
    let page = browser.get(path).await.body;
    assert!(texts(&page).into_iter().any(is_english), "{path} is found to be English");
}
