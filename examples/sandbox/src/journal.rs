//! The last requests as the page shows them: head and body as they came, what was answered and why.
//!
//! Nothing that may sign a request is kept. Sign and Authorization, whatever else by its name may be
//! a secret, and the tokens of the sandbox's accounts are masked before a request gets here. What
//! is kept of one request is bounded, and so are the requests.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{Version, request};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::answer::{Outcome, Told};
use crate::words::{Part, Words};

/// How many requests are kept.
pub(crate) const REQUESTS: usize = 1_000;

/// How much of a head, a body or an answer is kept.
const LONGEST: usize = 16 * 1024;

/// A shorter value would be found in much that is no secret.
const SHORTEST_SECRET: usize = 6;

#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    tokens: Vec<String>,
}

/// A connection, as a request tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// One request and what became of it.
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) at: OffsetDateTime,
    pub(crate) link: Link,
    pub(crate) told: Told,
    pub(crate) status: u16,
    pub(crate) late: Option<Duration>,
    pub(crate) end: End,
    pub(crate) came: Came,
    pub(crate) answer: String,
}

/// A request as it came, but for its secrets.
pub(crate) struct Came {
    /// The first line and the headers.
    head: String,
    method_bytes: usize,
    body: String,
    body_bytes: usize,
}

#[derive(Clone, Copy)]
pub(crate) enum End {
    /// The answer is held back.
    Waits,
    Answered(Duration),
    /// The client went before the answer.
    Gone(Duration),
}

/// An entry as a list has it.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    number: u64,
    /// In milliseconds since 1970, by the machine's clock.
    at: i64,
    method: &'a str,
    path: &'a str,
    /// `func/funcURL`, or what stands there.
    function: &'a str,
    action: Option<String>,
    confid: Option<String>,
    status: u16,
    /// The platform's code; none where the answer has none.
    code: Option<i32>,
    message: Option<&'static str>,
    refused: bool,
    what: &'a Words,
    remarks: &'a [Words],
    /// Whether the signature was right. If not, and there is no part that is wrong, the request was
    /// refused before anybody looked.
    signed: bool,
    part: Option<Part>,
    late_ms: Option<u64>,
    /// None as long as the answer is held back.
    micros: Option<u64>,
    gone: bool,
    connection: u64,
    peer: SocketAddr,
}

/// An entry with all there is.
#[derive(Serialize)]
pub(crate) struct Whole<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    head: &'a str,
    body: &'a str,
    body_bytes: usize,
    answer: &'a str,
}

impl Journal {
    pub(crate) fn new(tokens: impl Iterator<Item = String>) -> Journal {
        let mut tokens: Vec<String> = tokens.filter(|it| it.len() >= SHORTEST_SECRET).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Journal { entries: VecDeque::new(), tokens }
    }

    pub(crate) fn add(&mut self, entry: Entry) -> &Entry {
        if self.entries.len() == REQUESTS {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        &self.entries[self.entries.len() - 1]
    }

    /// Oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn find(&self, number: u64) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.number == number)
    }

    /// Says how a request ended that was being held back.
    pub(crate) fn end(&mut self, number: u64, end: End) -> Option<&Entry> {
        let entry = self.entries.iter_mut().rev().find(|entry| entry.number == number)?;
        entry.end = end;
        Some(entry)
    }

    /// A request without its secrets. Each is masked wherever it stands, in its own place or not.
    /// Every request pays for this, so it goes over the text as few times as it can.
    pub(crate) fn masked(&self, head: &request::Parts, body: &[u8]) -> Came {
        let whole = head.uri.path_and_query().map_or_else(|| head.uri.path(), |it| it.as_str());
        let query = whole.split_once('?').map_or("", |(_, query)| query);
        let body_bytes = body.len();
        let mut body = String::from_utf8_lossy(&body[..body_bytes.min(LONGEST)]).into_owned();
        let of_body = named_in(&body);

        let mut secrets: Vec<&str> = self.tokens.iter().map(String::as_str).collect();
        secrets.extend(of_body.iter().map(String::as_str));

        let mut text = String::with_capacity(512);
        text += head.method.as_str();
        text += " ";
        let (path, _) = whole.split_once('?').unwrap_or((whole, ""));
        text += cut(path);
        let mut mark = "?";
        for pair in query.split('&').filter(|_| path.len() < whole.len()) {
            text += mark;
            mark = "&";
            match pair.split_once('=') {
                Some((name, value)) if is_secret(name) => {
                    text += name;
                    text += "=";
                    text += &hidden(value.len());
                    secrets.push(value);
                }
                _ => text += cut(pair),
            }
            if text.len() > LONGEST {
                break;
            }
        }
        text += if head.version == Version::HTTP_10 { " HTTP/1.0" } else { " HTTP/1.1" };
        for (name, value) in &head.headers {
            let value = value.as_bytes();
            if text.len() + value.len() > LONGEST {
                text += "\n…";
                break;
            }
            text += "\n";
            text += name.as_str();
            text += ": ";
            if is_secret(name.as_str()) {
                text += &hidden(value.len());
                secrets.extend(std::str::from_utf8(value).ok().map(str::trim));
            } else {
                text += &String::from_utf8_lossy(value);
            }
        }
        // The longest first: one may be a part of another.
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            mask(&mut text, secret);
            mask(&mut body, secret);
        }
        Came { method_bytes: head.method.as_str().len(), head: text, body, body_bytes }
    }
}

impl Came {
    fn method(&self) -> &str {
        &self.head[..self.method_bytes]
    }

    /// Path and query.
    fn target(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        let target = &line[self.method_bytes + 1..];
        target.rsplit_once(' ').map_or(target, |(target, _)| target)
    }
}

/// Whether a text has one of these in it, in any case: what it names, or what stands beside it, is
/// nobody's business.
fn is_secret(text: &str) -> bool {
    let text = text.as_bytes();
    let begins = |place: usize, word: &str| {
        text.get(place..place + word.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    text.iter().enumerate().any(|(place, byte)| match byte | 0x20 {
        b's' => begins(place, "sign") || begins(place, "secret"),
        b'a' => begins(place, "auth"),
        b't' => begins(place, "token"),
        b'c' => begins(place, "cookie"),
        b'p' => begins(place, "password"),
        _ => false,
    })
}

/// The texts that a body, a JSON object or a form, has under a secret's name.
fn named_in(body: &str) -> Vec<String> {
    if !is_secret(body) {
        return Vec::new();
    }
    if let Ok(Value::Object(map)) = serde_json::from_str(body) {
        let named = map.into_iter().filter(|(name, _)| is_secret(name));
        return named.filter_map(|(_, it)| it.as_str().map(str::to_owned)).collect();
    }
    let pairs = body.trim().split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| is_secret(name)).map(|(_, value)| value.to_owned()).collect()
}

fn mask(text: &mut String, secret: &str) {
    // Nearly always it is not there: that is seen sooner by its beginning than by all of it.
    let begins = &secret.as_bytes()[..4];
    if text.as_bytes().windows(4).any(|it| it == begins) && text.contains(secret) {
        *text = text.replace(secret, &hidden(secret.len()));
    }
}

fn hidden(length: usize) -> String {
    format!("‹masked, {length} characters›")
}

/// The beginning of a text that is too long.
pub(crate) fn cut(text: &str) -> &str {
    let mut end = LONGEST.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Entry {
    pub(crate) fn line(&self) -> Line<'_> {
        let (code, message) = match self.told.outcome {
            // Two answers have none; the page shows what they are.
            Outcome::Done if self.answer.starts_with("{\"statusCode\":\"0\"") => (Some(0), None),
            Outcome::Done | Outcome::Http(_) => (None, None),
            Outcome::Refused(code) => (Some(code as i32), Some(code.words())),
        };
        let (micros, gone) = match self.end {
            End::Waits => (None, false),
            End::Answered(after) => (Some(after), false),
            End::Gone(after) => (Some(after), true),
        };
        let path = self.came.target().split('?').next().unwrap_or_default();
        let (action, confid) = self.asked();
        Line {
            number: self.number,
            at: i64::try_from(self.at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default(),
            method: self.came.method(),
            path,
            function: path.splitn(5, '/').nth(4).unwrap_or_default(),
            action,
            confid,
            status: self.status,
            code,
            message,
            refused: self.is_refused(),
            what: &self.told.what,
            remarks: &self.told.remarks,
            signed: self.told.signed,
            part: self.told.what.part,
            late_ms: self.late.map(millis),
            micros: micros.map(|it| u64::try_from(it.as_micros()).unwrap_or(u64::MAX)),
            gone,
            connection: self.link.number,
            peer: self.link.remote,
        }
    }

    pub(crate) fn whole(&self) -> Whole<'_> {
        Whole {
            line: self.line(),
            head: &self.came.head,
            body: &self.came.body,
            body_bytes: self.came.body_bytes,
            answer: &self.answer,
        }
    }

    /// The action and the room that a request is about, also where it was refused before anybody
    /// looked. A room that was made without a number got it in the answer.
    fn asked(&self) -> (Option<String>, Option<String>) {
        let body: Value = serde_json::from_str(&self.came.body).unwrap_or_default();
        let text = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let action = text(&body["action"]);
        let made = || {
            let answer: Value = serde_json::from_str(&self.answer).ok()?;
            text(&answer["meid"])
        };
        let confid = text(&body["confid"])
            .or_else(|| action.as_ref().filter(|it| *it == "createMeeting").and_then(|_| made()));
        (action, confid)
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.told.outcome != Outcome::Done
    }

    pub(crate) fn is_about(&self, confid: &str) -> bool {
        self.asked().1.as_deref() == Some(confid)
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const SIGN: &str = "BCD248389EC778E2CBDCEDB490B38B61";

    fn journal() -> Journal {
        Journal::new([TOKEN.to_owned(), TOKEN.to_owned()].into_iter())
    }

    fn came(target: &str, headers: &[(&str, &str)], body: &str) -> Came {
        let mut request = Request::builder().method("POST").uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        journal().masked(&head, body.as_bytes())
    }

    #[test]
    fn sign_and_authorization_are_masked_and_the_rest_is_kept() {
        let came = came(
            &format!("/201612/sid/me/call/TeleMeeting.wx?Sign={SIGN}&x=1"),
            &[("Host", "h"), ("Authorization", "bWV8MjAyNjAxMDEwMDAwMDA=")],
            "{\"action\":\"lockMeeting\"}",
        );
        assert_eq!(
            came.head,
            "POST /201612/sid/me/call/TeleMeeting.wx?Sign=‹masked, 32 characters›&x=1 HTTP/1.1\n\
             host: h\nauthorization: ‹masked, 24 characters›"
        );
        assert_eq!(came.body, "{\"action\":\"lockMeeting\"}");
        assert_eq!(came.method(), "POST");
        let target = "/201612/sid/me/call/TeleMeeting.wx?Sign=‹masked, 32 characters›&x=1";
        assert_eq!(came.target(), target);
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_masked_too() {
        let authorization = "bWV8MjAyNjAxMDEwMDAwMDA=";
        let came = came(
            &format!("/{TOKEN}/sid/{SIGN}/call/x?sign={SIGN}&Authorization=abcdefgh"),
            &[("X-Note", TOKEN), ("Authorization", authorization), ("X-My-Token", "hunter2!")],
            &format!("{{\"Sign\":\"another one\",\"a\":\"{authorization}\",\"b\":\"{TOKEN}\"}}"),
        );
        let kept = format!("{}{}", came.head, came.body);
        for secret in [TOKEN, SIGN, "abcdefgh", authorization, "hunter2", "another one"] {
            assert!(!kept.contains(secret), "{secret}: {kept}");
        }
        let form = self::came("/x", &[], "action=x&token=abcdefgh&appid=7");
        assert_eq!(form.body, "action=x&token=‹masked, 8 characters›&appid=7");
    }

    #[test]
    fn what_is_kept_of_a_request_is_bounded() {
        let body = "好".repeat(LONGEST);
        let long = "x".repeat(1024);
        let headers: Vec<(String, &str)> =
            (0..50).map(|number| (format!("h{number}"), long.as_str())).collect();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let came = came("/x", &headers, &body);
        assert!(came.body.len() <= LONGEST + 3 && came.body_bytes == 3 * LONGEST);
        assert!(came.head.len() <= LONGEST + 64 && came.head.ends_with('…'));
        let long = format!("/x?{}", "abcdefgh=1&".repeat(4000));
        assert!(self::came(&long, &[], "").head.len() <= LONGEST + 64);
    }
}
