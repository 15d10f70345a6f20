//! Owns which browser and system a request says it comes from, in a few words that people know.
//! Refuses to believe it: a browser says what it likes.
//! Invariant: what is kept is one of a few words of our own, never what was sent.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

use crate::bilingual::Text;

/// The first that is found names it; those that pretend to be another one stand before it.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

const UNKNOWN: &str = "不明なブラウザー";

/// `Firefox（Windows）`
pub(crate) fn words(headers: &HeaderMap) -> String {
    let said = said(headers);
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| said.contains(mark)).map(|(_, words)| *words)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}（{system}）"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => UNKNOWN.to_owned(),
    }
}

/// What [`words`] gave, for a page.
pub(crate) fn told(words: String) -> Text {
    let en = match words.as_str() {
        UNKNOWN => "Unknown browser".to_owned(),
        known => known.replace('（', " (").replace('）', ")"),
    };
    Text::new(words, en)
}

/// The system alone.
pub(crate) fn system(headers: &HeaderMap) -> Option<&'static str> {
    let said = said(headers);
    SYSTEMS.iter().find(|(mark, _)| said.contains(mark)).map(|(_, words)| *words)
}

fn said(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_our_own_words() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, text.parse().unwrap());
            words(&headers)
        };
        let chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";
        assert_eq!(of(chrome), "Chrome（Android）");
        assert_eq!(
            of(&format!("{} Edg/126", chrome.replace("Linux; Android 14", "Windows NT 10.0"))),
            "Edge（Windows）"
        );
        assert_eq!(
            of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1"),
            "Safari（iPhone）"
        );
        assert_eq!(of("<script>"), "不明なブラウザー");
        assert_eq!(words(&HeaderMap::new()), "不明なブラウザー");
        assert_eq!(told(of(chrome)).en, "Chrome (Android)");
        assert_eq!(told(UNKNOWN.to_owned()).en, "Unknown browser");
    }
}
