//! Reading an answer: is it the platform's, and what does its statusCode say.
//!
//! The bytes are checked in one pass without building a tree, and handed on as they came. How a
//! statusCode is read is the C contract's: see "Status" in the header.

#![forbid(unsafe_code)]

use std::alloc::{Layout, handle_alloc_error};
use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::sys::{Block, Text};

/// What the platform answered, byte for byte (a byte-order mark aside): one JSON object.
#[derive(Debug)]
pub struct Answer {
    json: Text,
}

/// What an answer's statusCode says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatusCode {
    /// There is none.
    Missing,
    /// Zero for success, below it the platform's refusal.
    Platform(i32),
    /// A text or integer that is neither.
    Foreign,
}

impl Answer {
    /// The answer's JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The answer in the memory that C frees.
    pub(crate) fn into_text(self) -> Text {
        self.json
    }

    /// Checks a body; the error says in a few words why it is no answer of the platform.
    pub(crate) fn read(mut body: Block) -> Result<(Answer, StatusCode), &'static str> {
        if body.starts_with(b"\xEF\xBB\xBF") {
            body.remove_first(3);
        }
        let json = Text::new(body).ok_or("is not UTF-8")?;
        let Object { status_codes } =
            serde_json::from_str(&json).map_err(|_| "is not a JSON object")?;
        let code = match status_codes {
            Codes::None => StatusCode::Missing,
            Codes::One(raw) => status_code(raw.get()).ok_or("has an unreadable statusCode")?,
            Codes::More => return Err("has more than one statusCode"),
        };
        Ok((Answer { json }, code))
    }
}

impl Clone for Answer {
    fn clone(&self) -> Answer {
        match Text::copy(&self.json) {
            Some(json) => Answer { json },
            None => handle_alloc_error(Layout::for_value::<str>(&self.json)),
        }
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Answer) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Answer {}

/// Whether a text is exactly one JSON object.
pub(crate) fn is_object(text: &str) -> bool {
    serde_json::from_str::<Object>(text).is_ok()
}

/// Reads the raw JSON value of a statusCode; `None` when it is neither text nor integer.
pub(crate) fn status_code(raw: &str) -> Option<StatusCode> {
    let quoted = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = match quoted {
        Some(text) if text.contains('\\') => match serde_json::from_str::<String>(raw) {
            Ok(text) => Cow::Owned(text),
            Err(_) => return Some(StatusCode::Foreign), // half of a surrogate pair
        },
        Some(text) => Cow::Borrowed(text),
        None => Cow::Borrowed(raw),
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_integer {
        return quoted.map(|_| StatusCode::Foreign);
    }
    match text.parse::<i32>() {
        Ok(code) if code <= 0 => Some(StatusCode::Platform(code)),
        _ => Some(StatusCode::Foreign),
    }
}

/// A JSON object of which only the statusCode is kept.
struct Object<'a> {
    status_codes: Codes<'a>,
}

enum Codes<'a> {
    None,
    One(&'a RawValue),
    More,
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut status_codes = Codes::None;
        // Keys are taken raw: one with half of a surrogate pair is allowed, but is no text.
        while let Some(key) = map.next_key::<&RawValue>()? {
            if is_status_code(key.get()) {
                let value = map.next_value()?;
                status_codes = match status_codes {
                    Codes::None => Codes::One(value),
                    _ => Codes::More,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Object { status_codes })
    }
}

/// Compares after unescaping: `"status\u0043ode"` is the same key.
fn is_status_code(raw_key: &str) -> bool {
    raw_key == "\"statusCode\""
        || (raw_key.contains('\\')
            && serde_json::from_str::<String>(raw_key).is_ok_and(|key| key == "statusCode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(body: &[u8]) -> Block {
        Block::copy(body).unwrap()
    }

    fn read(body: &str) -> Result<StatusCode, &'static str> {
        Answer::read(block(body.as_bytes())).map(|(_, code)| code)
    }

    #[test]
    fn a_status_code_is_a_text_or_an_integer() {
        for (value, expected) in [
            (r#""0""#, StatusCode::Platform(0)),
            ("0", StatusCode::Platform(0)),
            ("-0", StatusCode::Platform(0)),
            (r#""-0""#, StatusCode::Platform(0)),
            (r#""000""#, StatusCode::Platform(0)),
            (r#""-205""#, StatusCode::Platform(-205)),
            ("-205", StatusCode::Platform(-205)),
            (r#""\u002d2""#, StatusCode::Platform(-2)),
            ("-2147483648", StatusCode::Platform(i32::MIN)),
            ("-2147483649", StatusCode::Foreign),
            ("7", StatusCode::Foreign),
            (r#""1004""#, StatusCode::Foreign),
            (r#""""#, StatusCode::Foreign),
            (r#"" 0""#, StatusCode::Foreign),
            (r#""+0""#, StatusCode::Foreign),
            (r#""-""#, StatusCode::Foreign),
            (r#""0.0""#, StatusCode::Foreign),
            (r#""ok""#, StatusCode::Foreign),
            (r#""\ud800""#, StatusCode::Foreign),
            ("99999999999999999999", StatusCode::Foreign),
        ] {
            assert_eq!(read(&format!("{{\"statusCode\":{value}}}")), Ok(expected), "{value}");
        }
        for value in ["null", "true", "0.0", "0e1", "1E400", "[]", "{}", "[0]"] {
            assert!(read(&format!("{{\"statusCode\":{value}}}")).is_err(), "{value}");
        }
    }

    #[test]
    fn only_the_outermost_status_code_counts_and_only_one() {
        assert_eq!(read(r#"{"a":{"statusCode":"0"}}"#), Ok(StatusCode::Missing));
        assert_eq!(read(r#"{"status\u0043ode":"-2"}"#), Ok(StatusCode::Platform(-2)));
        assert!(read(r#"{"statusCode":"0","statusCode":"0"}"#).is_err());
        assert!(read(r#"{"statusCode":"0","\u0073tatusCode":"-1"}"#).is_err());
        assert_eq!(read(r#"{"statuscode":"0"}"#), Ok(StatusCode::Missing));
        assert_eq!(read(r#"{"\ud800":1,"statusCode":"0"}"#), Ok(StatusCode::Platform(0)));
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for body in ["", " ", "[]", "0", "{", "{}{}", "{} x", "{'a':1}", "{\"a\":01}", "<html>"] {
            assert!(read(body).is_err(), "{body}");
        }
        assert!(Answer::read(block(b"{\"statusCode\":\"0\",\"a\":\"\xff\"}")).is_err());
        assert!(Answer::read(block(b"{\"statusCode\":\"0\",\"a\":\"\0\"}")).is_err());
        assert!(Answer::read(block(b"{\"statusCode\":\"0\"}\0")).is_err());
    }

    #[test]
    fn the_bytes_are_handed_on_as_they_came_but_for_a_byte_order_mark() {
        let body = " {\"statusCode\" : 0, \"a\":\"\\u0000 \\ud800 \u{2028}\"}\r\n";
        let with_mark = format!("\u{feff}{body}");
        assert_eq!(Answer::read(block(with_mark.as_bytes())).unwrap().0.json(), body);
        assert!(read(&format!("\u{feff}\u{feff}{body}")).is_err());
    }

    /// A small generator, so that a failure can be repeated (xorshift64).
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % limit as u64) as usize
        }
    }

    // serde_json's tree is the second opinion. It is stricter in two points that do not change
    // the bytes: it wants whole surrogate pairs and numbers that it can hold.
    #[test]
    fn whatever_comes_is_handed_on_byte_for_byte_or_refused() {
        let seeds = [
            "{\"statusCode\":\"0\",\"statusMsg\":\"提交成功\"}",
            "\u{feff}{\"statusCode\":-2,\"a\":[{\"b\":null},true,-1.5e3,\"\\u0000\\n\"]}",
            "{\"status\\u0043ode\":\"\\u0030\"} ",
        ];
        let pieces =
            ["\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "e", "\0", " ", "u", "\u{4e91}"];
        let mut chance = Chance(0x5eed);
        let (mut handed_on, mut refused) = (0, 0);
        for _ in 0..60_000 {
            let mut body = seeds[chance.below(seeds.len())].as_bytes().to_vec();
            for _ in 0..chance.below(4) {
                let (at, piece) = (chance.below(body.len()), pieces[chance.below(pieces.len())]);
                match chance.below(3) {
                    0 => body[at] = chance.below(256) as u8,
                    1 => _ = body.remove(at),
                    _ => _ = body.splice(at..at, piece.bytes()),
                }
            }
            let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
            let tree = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(text);
            match Answer::read(block(&body)) {
                Ok((answer, _)) => {
                    assert_eq!(answer.json().as_bytes(), text);
                    assert!(!text.contains(&0));
                    handed_on += 1;
                }
                Err(why) => {
                    let by_code = why.contains("statusCode");
                    assert!(tree.is_err() || by_code, "{why}: {}", String::from_utf8_lossy(text));
                    refused += 1;
                }
            }
        }
        assert!(handed_on > 1000 && refused > 1000, "{handed_on} and {refused}");
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!("{{\"statusCode\":\"0\",\"statusMsg\":{deep}}}");
        let on_a_small_stack = std::thread::Builder::new().stack_size(64 * 1024);
        let thread = on_a_small_stack.spawn(move || (read(&body), read(&deep))).unwrap();
        let (wrapped, bare) = thread.join().unwrap();
        assert_eq!(wrapped, Ok(StatusCode::Platform(0)));
        assert!(bare.is_err());
    }
}
