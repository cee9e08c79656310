//! Reading lists of members: of an answer, or of what a watch tells. One reader for every language,
//! so that what one takes no other refuses.

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::answer::{StatusCode, status_code};
use crate::meeting::Member;

/// A member, and the platform's bytes for it.
pub(crate) struct Row<'a> {
    pub(crate) raw: &'a str,
    pub(crate) member: Member,
}

/// What a member says, where it stands in the JSON if nothing of it is escaped there.
#[derive(Deserialize)]
pub(crate) struct Texts<'a> {
    #[serde(borrow, rename = "meid")]
    pub(crate) meeting_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) phone: Cow<'a, str>,
    #[serde(borrow, rename = "statusname")]
    pub(crate) presence: Cow<'a, str>,
    #[serde(borrow, rename = "ifmutename")]
    pub(crate) mute: Cow<'a, str>,
}

/// The same of an object; serde would take an array for a struct as well.
struct Object<'a>(Texts<'a>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Object<'de>, D::Error> {
        struct AnObject;

        impl<'de> Visitor<'de> for AnObject {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Object<'de>, M::Error> {
                Texts::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        value.deserialize_map(AnObject)
    }
}

/// The lists there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Joined,
    Left,
    Muted,
    Unmuted,
}

/// Reads the members that an accepted answer lists. `None` when they cannot be read: a member that
/// is no object, lacks a text or has one twice, half of a surrogate pair.
pub(crate) fn of_answer(json: &str) -> Option<Vec<Row<'_>>> {
    #[derive(Deserialize)]
    struct State<'a> {
        #[serde(borrow, rename = "statusMsg")]
        members: Vec<&'a RawValue>,
    }
    rows(serde_json::from_str::<State>(json).ok()?.members)
}

/// Reads one list of an accepted answer, or of an event of a watch. `None` where there is none.
pub(crate) fn of_any(json: &str, which: Which) -> Option<Vec<Row<'_>>> {
    rows(list_of_any(json, which)?)
}

/// The same in one go, without what the platform wrote.
pub(crate) fn texts_of_any(json: &str, which: Which) -> Option<Vec<Texts<'_>>> {
    let objects: Vec<Object> = list_of_any(json, which)?;
    Some(objects.into_iter().map(|Object(texts)| texts).collect())
}

fn list_of_any<'a, T: Deserialize<'a>>(json: &'a str, which: Which) -> Option<Vec<T>> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    // Serde would take an array for the structs below as well.
    if !json.trim_ascii_start().starts_with('{') {
        return None;
    }
    // Which of the two it is goes by what it holds; this only saves a look at the other first.
    if json.starts_with(r#"{"event":"#) {
        list_of_event(json, which).or_else(|| list_of_answer(json, which))
    } else {
        list_of_answer(json, which).or_else(|| list_of_event(json, which))
    }
}

/// Whatever else an answer holds is nobody's business, as for the calls.
fn list_of_answer<'a, T: Deserialize<'a>>(json: &'a str, which: Which) -> Option<Vec<T>> {
    // The members where they stand: what is kept raw first is read twice, and that is most of it.
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: Deserialize<'de>, 'de: 'a"))]
    struct State<'a, T> {
        #[serde(borrow, rename = "statusCode")]
        code: &'a RawValue,
        #[serde(rename = "statusMsg")]
        members: Vec<T>,
    }
    if which != Which::All {
        return None;
    }
    let State { code, members } = serde_json::from_str(json).ok()?;
    let is_accepted = status_code(code.get()) == Some(StatusCode::Platform(0));
    is_accepted.then_some(members)
}

/// Whatever it is, and be it null.
fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

fn list_of_event<'a, T: Deserialize<'a>>(json: &'a str, which: Which) -> Option<Vec<T>> {
    #[derive(Deserialize)]
    struct News<'a> {
        /// An answer has one.
        #[serde(rename = "statusCode", default, deserialize_with = "is_there")]
        has_code: bool,
        #[serde(borrow)]
        event: Cow<'a, str>,
        #[serde(borrow)]
        members: Option<&'a RawValue>,
        #[serde(borrow)]
        joined: Option<&'a RawValue>,
        #[serde(borrow)]
        left: Option<&'a RawValue>,
        #[serde(borrow)]
        muted: Option<&'a RawValue>,
        #[serde(borrow)]
        unmuted: Option<&'a RawValue>,
    }
    let news: News = serde_json::from_str(json).ok()?;
    if news.has_code || !matches!(&*news.event, "snapshot" | "changed" | "lost" | "restored") {
        return None;
    }
    let list = match which {
        Which::All => news.members,
        Which::Joined => news.joined,
        Which::Left => news.left,
        Which::Muted => news.muted,
        Which::Unmuted => news.unmuted,
    };
    serde_json::from_str(list?.get()).ok()
}

fn rows(raw: Vec<&RawValue>) -> Option<Vec<Row<'_>>> {
    raw.into_iter().map(RawValue::get).map(row).collect()
}

fn row(raw: &str) -> Option<Row<'_>> {
    let Object(texts) = serde_json::from_str(raw).ok()?;
    let Texts { meeting_id, phone, presence, mute } = texts;
    let [meeting_id, phone, presence, mute] =
        [meeting_id, phone, presence, mute].map(Cow::into_owned);
    Some(Row { raw, member: Member { meeting_id, phone, presence, mute } })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str =
        r#"{"meid":"2","phone":"131****1314","statusname":"在线","ifmutename":"未静音"}"#;

    fn answer(rows: &str) -> String {
        format!(r#"{{"statusCode":"0","statusMsg":[{rows}]}}"#)
    }

    /// By both ways, which have to agree.
    fn phones(json: &str, which: Which) -> Option<Vec<String>> {
        let rows = of_any(json, which).map(|rows| rows.into_iter().map(|row| row.member.phone));
        let texts = texts_of_any(json, which).map(|texts| texts.into_iter().map(|it| it.phone));
        let [rows, texts] =
            [rows.map(Vec::from_iter), texts.map(|it| it.map(Cow::into_owned).collect())];
        assert_eq!(rows, texts, "{json}");
        rows
    }

    #[test]
    fn an_answer_has_members() {
        let json = answer(&format!(" {ROW} ,{ROW}"));
        let marked = format!("\u{feff}{json}");
        let rows = of_any(&marked, Which::All).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].raw, ROW);
        assert_eq!(rows[0].member.is_online(), Some(true));
        assert_eq!(of_answer(&json).unwrap().len(), 2);
        assert_eq!(phones(&json, Which::Joined), None);
        assert_eq!(phones(&answer(""), Which::All), Some(vec![]));
    }

    #[test]
    fn an_event_has_lists() {
        let json = format!(
            r#"{{"event":"changed","joined":[{ROW}],"left":[],"muted":[],"unmuted":[],"members":[{ROW},{ROW}]}}"#
        );
        assert_eq!(phones(&json, Which::All).unwrap().len(), 2);
        assert_eq!(phones(&json, Which::Joined).unwrap(), ["131****1314"]);
        assert_eq!(phones(&json, Which::Left), Some(vec![]));
        let lost = r#"{"event":"lost","joined":[],"left":[],"muted":[],"unmuted":[],"members":[]}"#;
        assert_eq!(phones(lost, Which::All), Some(vec![]));
    }

    #[test]
    fn what_holds_no_such_list_is_refused() {
        let other = ROW.replace("\"meid\":\"2\",", "");
        let twice = ROW.replace("{", "{\"phone\":\"1\",");
        for json in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"statusCode":"0"}"#,
            r#"{"statusMsg":[]}"#,
            r#"{"statusCode":"0","statusMsg":"提交成功"}"#,
            r#"{"statusCode":"-205","statusMsg":[]}"#,
            r#"{"statusCode":"0","statusMsg":[],"statusMsg":[]}"#,
            r#"{"event":"done","members":[]}"#,
            r#"{"event":"changed"}"#,
            r#"["0",[]]"#,
            r#"[false,"changed",[],[],[],[],[]]"#,
            &answer("1"),
            &answer("[]"),
            &answer(r#"["2","1","在线","未静音"]"#),
            &answer(&other),
            &answer(&twice),
            &answer(&ROW.replace("131****1314", "\\ud800")),
            &answer(&ROW.replace("\"131****1314\"", "131")),
            &answer(&ROW.replace("\"131****1314\"", "null")),
        ] {
            assert_eq!(phones(json, Which::All), None, "{json}");
        }
    }
}
