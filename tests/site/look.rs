//! Owns how a page is looked at: its pictures in every size and scheme, what axe finds, what does not fit.
//! Refuses to know which page it is.
//! Invariant: a page is judged as it is; what is changed to judge it is put back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use harness::browser::Browser;
use serde_json::{Value, json};

use crate::crawl::Eye;

const WIDTHS: [u32; 3] = [360, 768, 1280];
const SCHEMES: [&str; 2] = ["light", "dark"];
/// A page's picture is not higher than this.
const HIGHEST: u64 = 4_000;
/// Nor that of all pages.
const HIGHEST_SHEET: u64 = 14_000;

/// The pictures' folder, and what was seen.
pub(crate) struct Look {
    folder: PathBuf,
    axe: String,
    taken: Vec<String>,
    seen: BTreeSet<u64>,
    /// The names of the screens that were looked at.
    screens: BTreeSet<String>,
    /// What is wrong, page by page.
    pub(crate) complaints: Vec<String>,
}

impl Look {
    /// Opens `target/pages`, or `WARIFU_PAGES`, and empties it.
    pub(crate) fn open() -> Self {
        let folder = std::env::var_os("WARIFU_PAGES")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pages"), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        for old in folder.read_dir().expect("the folder was just made").flatten() {
            if old.path().extension().is_some_and(|ending| ending == "png") {
                std::fs::remove_file(old.path()).expect("an old picture can be removed");
            }
        }
        let axe = std::env::var_os("WARIFU_AXE")
            .expect("WARIFU_AXE names axe.min.js; `cargo xtask test site` brings it");
        let axe = std::fs::read_to_string(axe).expect("axe can be read");
        let (taken, complaints) = (Vec::new(), Vec::new());
        Self { folder, axe, taken, seen: BTreeSet::new(), screens: BTreeSet::new(), complaints }
    }

    /// The screens that the portal's templates have and nobody looked at, and those that were looked at and no template has.
    pub(crate) fn missed(&self) -> Vec<String> {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../portal/templates");
        let all = screens_in(&templates);
        assert!(all.len() > 40 && all.contains("screen-transfer-done"), "{all:?}");
        all.symmetric_difference(&self.screens).cloned().collect()
    }
}

impl Eye for Look {
    /// Unless the same was looked at before.
    async fn at(&mut self, browser: &Browser, name: &str) -> bool {
        let page = &browser.page;
        let screen = page.run("return document.querySelector('main').dataset.testid").await;
        self.screens.insert(screen.as_str().unwrap_or_default().to_owned());
        let said = page.run("return document.title + document.querySelector('main').innerText").await;
        let said: String =
            said.as_str().expect("a page has text").chars().filter(|c| !c.is_ascii_digit()).collect();
        if !self.seen.insert(digest(&said)) {
            return false;
        }
        let name = format!("{:03}-{name}", self.taken.len() + 1);
        println!("   {name}");
        for scheme in SCHEMES {
            let wish = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", wish).await;
            self.ask_axe(browser, &name, scheme).await;
            for width in WIDTHS {
                size(browser, width).await;
                let file = self.folder.join(format!("{name}-{width}-{scheme}.png"));
                std::fs::write(&file, picture(browser, width, HIGHEST).await)
                    .expect("a picture can be written");
            }
        }
        self.fits(browser, &name, 240, "100%").await;
        self.fits(browser, &name, 360, "200%").await;
        self.fits(browser, &name, 1280, "200%").await;
        browser.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        self.taken.push(name);
        true
    }

    /// Once, in the light, where it is narrowest.
    async fn in_english(&mut self, browser: &Browser, name: &str) {
        let name = format!("{:03}-{name}-en", self.taken.len());
        println!("   {name}");
        size(browser, 360).await;
        self.ask_axe(browser, &name, "light").await;
        let file = self.folder.join(format!("{name}-360-light.png"));
        std::fs::write(&file, picture(browser, 360, HIGHEST).await).expect("a picture can be written");
        self.fits(browser, &name, 240, "100%").await;
        self.fits(browser, &name, 360, "200%").await;
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }
}

impl Look {
    /// What comes out of a printer: the page without what only a screen needs.
    pub(crate) async fn on_paper(&self, browser: &Browser, name: &str) {
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        size(browser, 768).await;
        let seen = "return [...document.querySelectorAll('nav, button, .button, .skip')].filter((e) => e.checkVisibility()).length";
        assert_eq!(browser.page.run(seen).await, 0, "{name} prints what only a screen needs");
        let file = self.folder.join(format!("{name}-on-paper.png"));
        std::fs::write(&file, picture(browser, 768, HIGHEST).await).expect("a picture can be written");
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn ask_axe(&mut self, browser: &Browser, name: &str, scheme: &str) {
        // In the dark only colours are others.
        let rules = if scheme == "dark" { ", runOnly: ['color-contrast', 'link-in-text-block']" } else { "" };
        let script = format!(
            "{}; const found = await window.axe.run(document, {{ resultTypes: ['violations']{rules} }});
             return found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' ' + n.failureSummary));",
            self.axe
        );
        let found = browser.page.run_async(&script, Vec::new()).await;
        for complaint in found.as_array().expect("axe gives a list") {
            self.complaints.push(format!("{name} ({scheme}): {}", complaint.as_str().unwrap_or_default()));
        }
    }

    /// Nothing may be wider than the page, nor be cut off, at this width and text size.
    async fn fits(&mut self, browser: &Browser, name: &str, width: u32, text: &str) {
        const OUTSIDE: &str = "
            const root = document.documentElement;
            const scrolls = (e) => { for (; e && e !== document.body; e = e.parentElement)
                if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true; return false; };
            const bad = [...document.querySelectorAll('body *')].filter((e) => {
                const box = e.getBoundingClientRect(); const style = getComputedStyle(e);
                if (!box.width || style.position === 'absolute' || style.position === 'fixed' || scrolls(e)) return false;
                return box.right > root.clientWidth + 1
                    || (style.overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1);
            });
            return bad.slice(0, 3).map((e) => e.tagName + ' ' + (e.dataset.testid || e.className) + ' ' + e.textContent.slice(0, 20));";
        size(browser, width).await;
        let set = format!("document.documentElement.style.fontSize = '{text}'");
        browser.page.run(&set).await;
        let outside = browser.page.run(OUTSIDE).await;
        browser.page.run("document.documentElement.style.fontSize = ''").await;
        for what in outside.as_array().expect("a list of elements") {
            let what = what.as_str().unwrap_or_default();
            self.complaints.push(format!("{name} ({width} px, {text} text): too wide: {what}"));
        }
    }

    /// One picture of all of them for each size and scheme.
    pub(crate) async fn sheet(&self, browser: &Browser) {
        for (width, scheme) in WIDTHS.iter().flat_map(|w| SCHEMES.map(|s| (w, s))) {
            let figures: String = self
                .taken
                .iter()
                .map(|name| format!("<figure><img src='{name}-{width}-{scheme}.png'><figcaption>{name}</figcaption></figure>"))
                .collect();
            let html = format!(
                "<!doctype html><meta charset=utf-8><title>{width} {scheme}</title><style>body{{display:flex;flex-wrap:wrap;\
                 gap:8px;font:12px sans-serif;background:#888}}figure{{margin:0;width:230px;height:340px;overflow:hidden;\
                 background:#ccc}}img{{width:230px}}figcaption{{position:relative}}</style>{figures}"
            );
            let html = html.replace("<figure><img", "<figure><!-- --><img");
            let file = self.folder.join(format!("sheet-{width}-{scheme}.html"));
            std::fs::write(&file, html).expect("a sheet can be written");
            let file = file.canonicalize().expect("the sheet was just written");
            browser.page.go(&format!("file://{}", file.display())).await;
            size(browser, 1680).await;
            let picture = picture(browser, 1680, HIGHEST_SHEET).await;
            std::fs::write(file.with_extension("png"), picture).expect("a picture can be written");
        }
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        println!("   {} pages in {}", self.taken.len(), self.folder.display());
    }
}

/// The names of the screens that the templates below a folder give.
fn screens_in(folder: &Path) -> BTreeSet<String> {
    let entries = folder.read_dir().unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder's entry can be read").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                return screens_in(&path);
            }
            let text = std::fs::read_to_string(&path).expect("a template can be read");
            let names = text.split("block screen %}").skip(1).filter_map(|rest| rest.split('{').next());
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
        })
        .collect()
}

async fn size(browser: &Browser, width: u32) {
    let wish = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", wish).await;
}

/// The whole page, however long.
async fn picture(browser: &Browser, width: u32, highest: u64) -> Vec<u8> {
    let height = browser.page.run("return document.documentElement.scrollHeight").await;
    let height = height.as_u64().unwrap_or(900).min(highest);
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let wish = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
    let taken: Value = browser.devtools("Page.captureScreenshot", wish).await;
    let data = taken["data"].as_str().expect("a picture was taken");
    base64::engine::general_purpose::STANDARD.decode(data).expect("a picture comes in base64")
}

fn digest(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
