//! Owns looking at a page and acting on it as a person does, in the app's window and in a browser alike.
//! Refuses to know which page it is; elements are found by `data-testid` alone.
//! Invariant: no step waits for ever, and a picture shows what the page shows now.

use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
pub use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;

use crate::process::until;

/// How long anything on a page may take; one Argon2 of an unoptimised build is within it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one answer of a driver may take.
const ANSWER: Duration = Duration::from_secs(60);

/// A page that is being looked at.
pub struct Page {
    client: Client,
}

/// Waits until a driver listens.
pub async fn listens(port: u16) {
    until("the driver", Duration::from_secs(20), async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
}

/// Waits for a driver and begins a session with it.
///
/// # Errors
/// Why there is none, after `within`.
pub async fn begin(port: u16, wishes: Capabilities, within: Duration) -> Result<Page, String> {
    listens(port).await;
    let address = format!("http://127.0.0.1:{port}");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let begun = tokio::time::timeout(within, builder.capabilities(wishes).connect(&address)).await;
    match begun {
        Ok(Ok(client)) => Ok(Page { client }),
        Ok(Err(why)) => Err(why.to_string()),
        Err(_) => Err(format!("no session within {} s", within.as_secs())),
    }
}

async fn answer<T, E: std::fmt::Display>(what: &str, asked: impl Future<Output = Result<T, E>>) -> T {
    match tokio::time::timeout(ANSWER, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => panic!("{what}: {why}"),
        Err(_) => panic!("{what}: the driver did not answer within {} s", ANSWER.as_secs()),
    }
}

fn selector(test_id: &str) -> String {
    format!(r#"[data-testid="{test_id}"]"#)
}

impl Page {
    /// The number under which the driver knows it.
    pub(crate) async fn session(&self) -> String {
        answer("the session", self.client.session_id()).await.expect("a page has a session")
    }

    /// Goes to an address.
    pub async fn go(&self, url: &str) {
        answer(url, self.client.goto(url)).await;
    }

    /// Waits until the element is on the page and can be seen.
    pub async fn see(&self, test_id: &str) -> Element {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(element) = self.visible(test_id).await {
                    return element;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        match waited {
            Ok(element) => element,
            Err(_) => panic!("{test_id} was not seen; the page says:\n{}", self.all_text().await),
        }
    }

    /// Whether the element can be seen now.
    pub async fn sees(&self, test_id: &str) -> bool {
        self.visible(test_id).await.is_some()
    }

    async fn visible(&self, test_id: &str) -> Option<Element> {
        let css = selector(test_id);
        // A page that is just being replaced has no elements; that is no error.
        let found = tokio::time::timeout(ANSWER, self.client.find(Locator::Css(&css))).await.ok()?.ok()?;
        let displayed = tokio::time::timeout(ANSWER, found.is_displayed()).await.ok()?.ok()?;
        displayed.then_some(found)
    }

    /// The text of an element, once it is seen.
    pub async fn read(&self, test_id: &str) -> String {
        self.of(test_id, async |element| element.text().await).await.trim().to_owned()
    }

    /// Waits until the element's text holds `text`.
    pub async fn read_until(&self, test_id: &str, text: &str) -> String {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(element) = self.visible(test_id).await {
                let shown = tokio::time::timeout(ANSWER, element.text()).await.ok().and_then(Result::ok);
                if let Some(shown) = shown.filter(|shown| shown.contains(text)) {
                    return shown;
                }
            }
            if tokio::time::Instant::now() > end {
                panic!("{test_id} never said {text}; the page says:\n{}", self.all_text().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What stands in a field.
    pub async fn value(&self, test_id: &str) -> String {
        self.of(test_id, async |element| element.prop("value").await).await.unwrap_or_default()
    }

    /// Whether it can be used.
    pub async fn is_enabled(&self, test_id: &str) -> bool {
        self.of(test_id, async |element| element.is_enabled().await).await
    }

    /// Types into a field, after what stands in it was removed.
    pub async fn fill(&self, test_id: &str, text: &str) {
        self.of(test_id, async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    /// Presses it.
    pub async fn press(&self, test_id: &str) {
        self.of(test_id, async |element| element.click().await).await;
    }

    /// What the element answers, once it is seen. One that was replaced between the look and the question did nothing: the
    /// one in its place is asked.
    async fn of<T>(&self, test_id: &str, ask: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let element = self.see(test_id).await;
            match tokio::time::timeout(ANSWER, ask(element)).await {
                Ok(Err(why)) if why.is_stale_element_reference() && tokio::time::Instant::now() < end => {}
                said => return answer(test_id, async { said.unwrap_or(Err(CmdError::WaitTimeout)) }).await,
            }
        }
    }

    /// Presses it and waits until another page has come, which may look like this one.
    pub async fn press_on(&self, test_id: &str) {
        const MARK: &str = "document.documentElement.dataset.left = 'no'";
        const IS_NEW: &str = "return document.readyState === 'complete' && document.documentElement.dataset.left === undefined";
        self.see(test_id).await;
        self.run(MARK).await;
        self.press(test_id).await;
        until(&format!("another page after {test_id}"), PATIENCE, async || {
            // A page that is just being replaced runs no script; that is no error.
            let said = tokio::time::timeout(ANSWER, self.client.execute(IS_NEW, Vec::new())).await;
            matches!(said, Ok(Ok(serde_json::Value::Bool(true)))).then_some(())
        })
        .await;
    }

    /// Waits until it can be used, then presses it.
    pub async fn press_when_enabled(&self, test_id: &str) {
        until(&format!("{test_id} to be enabled"), PATIENCE, async || {
            self.is_enabled(test_id).await.then_some(())
        })
        .await;
        self.press(test_id).await;
    }

    /// All the text of the page, for a failure's message.
    pub async fn all_text(&self) -> String {
        let script = "return document.title + '\\n' + document.body.innerText";
        let said = tokio::time::timeout(ANSWER, self.client.execute(script, Vec::new())).await;
        match said {
            Ok(Ok(text)) => text.as_str().unwrap_or_default().to_owned(),
            _ => "(the page does not answer)".to_owned(),
        }
    }

    /// Whether the page is visible, focused and loaded, for a failure's message.
    pub async fn state(&self) -> String {
        let script = "return `${document.visibilityState}, ${document.hasFocus() ? '' : 'not '}focused, ${document.readyState}`";
        let said = tokio::time::timeout(ANSWER, self.client.execute(script, Vec::new())).await;
        format!("{:?}", said.map(|said| said.map_err(|why| why.to_string())))
    }

    /// Runs a script in the page and gives what it returns.
    pub async fn run(&self, script: &str) -> serde_json::Value {
        answer("a script", self.client.execute(script, Vec::new())).await
    }

    /// Runs a script in the page that answers later: `await`s are allowed in it, and `words` are its `arguments`.
    pub async fn run_async(&self, script: &str, words: Vec<serde_json::Value>) -> serde_json::Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const words = [...arguments].slice(0, -1);
            (async () => {{ {script} }})().then((said) => done({{ said }}), (why) => done({{ why: `${{why}}\n${{why?.stack}}` }}));"
        );
        let mut answered = answer("a script", self.client.execute_async(&script, words)).await;
        assert!(answered.get("why").is_none(), "a script failed: {}", answered["why"]);
        answered["said"].take()
    }

    /// Makes the window this large.
    pub async fn resize(&self, width: u32, height: u32) {
        answer("a size", self.client.set_window_rect(0, 0, width, height)).await;
    }

    /// Presses a key so many times, as a keyboard does, whatever has the focus.
    pub async fn press_key(&self, key: Key, times: usize) {
        let stroke = [KeyAction::Down { value: key.into() }, KeyAction::Up { value: key.into() }];
        let strokes = stroke.iter().cycle().take(2 * times);
        let strokes = strokes.fold(KeyActions::new("keyboard".to_owned()), |all, one| all.then(one.clone()));
        answer("a key", self.client.perform_actions(strokes)).await;
    }

    /// What is drawn of the element that this selects, also where it is larger than a screen is.
    pub async fn picture_of(&self, css: &str) -> Vec<u8> {
        let element = answer(css, self.client.find(Locator::Css(css))).await;
        self.stir().await;
        let picture = answer("a picture", element.screenshot()).await;
        self.rest().await;
        picture
    }

    /// The page as a PNG.
    pub async fn picture(&self) -> Vec<u8> {
        self.stir().await;
        let picture = answer("a picture", self.client.screenshot()).await;
        self.rest().await;
        picture
    }

    /// The first picture after a change is stale, so two frames go by first; and WebKit takes one only with the next
    /// frame that it presents, so a point in the corner changes until it is taken.
    async fn stir(&self) {
        const STIR: &str = "const done = arguments[0]; const point = document.createElement('i'); point.id = 'stir';
            Object.assign(point.style, { position: 'fixed', right: 0, bottom: 0, width: '1px', height: '1px' });
            document.body.append(point);
            let odd = false;
            const stir = () => {
                if (!point.isConnected) return;
                odd = !odd;
                point.style.background = odd ? 'rgb(0 0 0 / 1%)' : 'rgb(0 0 0 / 2%)';
                requestAnimationFrame(stir);
            };
            stir();
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        // A window that is hard at work may owe its frames for longer than the driver waits for a script.
        for _ in 0..2 {
            if let Ok(Ok(_)) = tokio::time::timeout(ANSWER, self.client.execute_async(STIR, Vec::new())).await
            {
                return;
            }
            self.rest().await;
        }
        answer("two frames", self.client.execute_async(STIR, Vec::new())).await;
    }

    async fn rest(&self) {
        self.run("document.getElementById('stir')?.remove()").await;
    }

    /// Ends the session, and with it the window.
    pub async fn close(self) {
        // A window that is gone already is what was wanted.
        let _ = tokio::time::timeout(ANSWER, self.client.close()).await;
    }
}
