//! Chromium, driven through its driver by the WebDriver protocol. What a test waits for is waited
//! for in the page, by its own changes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::support::cc;

const DRIVER: &str = "chromedriver";

/// How the page is looked at.
#[derive(Clone, Copy)]
pub struct Look {
    pub language: &'static str,
    pub dark: bool,
    pub size: (u32, u32),
}

impl Default for Look {
    fn default() -> Look {
        Look { language: "en-US", dark: false, size: (1280, 800) }
    }
}

/// A browser with one page. The driver ends with this, and with it the browser.
pub struct Browser {
    client: Client,
    driver: Child,
}

/// How long a test waits for what has to come: this only ends a wait for what does not.
const LIMIT: u32 = 30_000;

impl Browser {
    /// `None` when there is no driver.
    pub async fn open(url: &str, look: Look) -> Option<Browser> {
        if !cc::have(&[DRIVER]) {
            return None;
        }
        let mut driver =
            Command::new(DRIVER).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map(Result::unwrap).find_map(|line| {
            line.split("started successfully on port ")
                .nth(1)
                .map(|it| it.trim_end_matches('.').to_owned())
        });
        let (width, height) = look.size;
        let language = look.language;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(), // there may be nobody else than root
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--lang={language}"),
            format!("--accept-lang={language}"),
        ];
        if look.dark {
            arguments.push("--force-dark-mode".to_owned());
        }
        let mut options = json!({ "args": arguments });
        // No window is narrower than 500 pixels.
        if width < 500 {
            options["mobileEmulation"] = json!({
                "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0, "touch": false }
            });
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        capabilities.insert("timeouts".to_owned(), json!({ "script": LIMIT }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", port.unwrap()))
            .await
            .unwrap();
        let browser = Browser { client, driver };
        browser.go(url).await;
        Some(browser)
    }

    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }

    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// The script's last argument is called with what it found.
    pub async fn script_later(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.unwrap()
    }

    /// Waits until one of the elements that a selector finds has this text in it.
    pub async fn see(&self, selector: &str, text: &str) {
        let script = "const [selector, text, limit, done] = arguments;
            const found = () => [...document.querySelectorAll(selector)];
            const is = () => found().some(it => it.textContent.includes(text));
            if (is()) return done(true);
            const observer = new MutationObserver(() => { if (is()) end(true); });
            const end = value => { observer.disconnect(); clearTimeout(timer); done(value); };
            const timer = setTimeout(() => end(found().map(it => it.textContent)), limit);
            observer.observe(document, { subtree: true, childList: true, characterData: true,
              attributes: true });";
        let arguments = vec![json!(selector), json!(text), json!(LIMIT - 5000)];
        let seen = self.client.execute_async(script, arguments).await.unwrap();
        assert_eq!(seen, true, "{selector} does not show {text}");
    }

    pub async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.unwrap().len()
    }

    pub async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Puts a text into a field, in place of what stands there.
    pub async fn write(&self, selector: &str, text: &str) {
        let field = self.client.find(Locator::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    pub async fn has_focus(&self, selector: &str) -> bool {
        let script = "return document.activeElement.matches(arguments[0])";
        self.client.execute(script, vec![json!(selector)]).await.unwrap() == true
    }

    /// Presses the tab key until this has the focus.
    pub async fn tab_to(&self, selector: &str) {
        self.go_by_tab(selector, "\u{e004}").await;
    }

    pub async fn tab_back_to(&self, selector: &str) {
        let back = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: '\u{e008}' })
            .then(KeyAction::Down { value: '\u{e004}' })
            .then(KeyAction::Up { value: '\u{e004}' })
            .then(KeyAction::Up { value: '\u{e008}' });
        for _ in 0..100 {
            if self.has_focus(selector).await {
                return;
            }
            self.client.perform_actions(back.clone()).await.unwrap();
        }
        panic!("no way by keyboard to {selector}");
    }

    async fn go_by_tab(&self, selector: &str, key: &str) {
        for _ in 0..100 {
            if self.has_focus(selector).await {
                return;
            }
            self.press(key).await;
        }
        panic!("no way by keyboard to {selector}");
    }

    /// Leaves a picture of the page in the target directory.
    pub async fn picture(&self, name: &str) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name).with_extension("png");
        fs::write(&path, self.client.screenshot().await.unwrap()).unwrap();
        path
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
