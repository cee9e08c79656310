//! What is asked of the platform, in the platform's spelling: function, path and JSON body.
//!
//! Arguments are checked here, through `check`; nothing here knows of accounts or connections.

#![forbid(unsafe_code)]

use std::borrow::Cow;

use crate::answer;
use crate::check;
use crate::error::Error;
use crate::meeting::Lock;

/// The interface version of the meeting functions, and the default of the generic request.
pub(crate) const VERSION: &str = "201612";

/// The action that locks and unlocks.
const LOCK: &str = "lockMeeting";

/// One checked request, ready to be signed and sent as often as need be.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    /// The action of a meeting call.
    action: Option<&'static str>,
    /// Its room; empty for other requests.
    confid: Cow<'a, str>,
    version: Cow<'a, str>,
    func: Cow<'a, str>,
    func_url: Cow<'a, str>,
    pub(crate) body: Cow<'a, [u8]>,
    /// Whether sending it twice does the same as sending it once.
    pub(crate) repeatable: bool,
    /// Whether an answer has to carry a statusCode.
    pub(crate) needs_status: bool,
}

impl<'a> Request<'a> {
    /// Lock or unlock a room. It sets an absolute value, so it is repeatable.
    pub(crate) fn lock_meeting(appid: &str, confid: &'a str, lock: Lock) -> Result<Self, Error> {
        let lackstate = match lock {
            Lock::Unlocked => "0",
            Lock::Locked => "1",
        };
        Request::meeting(LOCK, appid, confid, Some(lackstate))
    }

    /// Who is in a room.
    pub(crate) fn meeting_state(appid: &str, confid: &'a str) -> Result<Self, Error> {
        Request::meeting("meetingState", appid, confid, None)
    }

    fn meeting(
        action: &'static str,
        appid: &str,
        confid: &'a str,
        lackstate: Option<&str>,
    ) -> Result<Self, Error> {
        check::text("appid", appid)?;
        check::text("confid", confid)?;
        Ok(Request {
            action: Some(action),
            confid: confid.into(),
            version: VERSION.into(),
            func: "call".into(),
            func_url: "TeleMeeting.wx".into(),
            body: Cow::Owned(meeting_body(action, appid, confid, lackstate)?),
            repeatable: true,
            needs_status: true,
        })
    }

    /// Any other function of the platform. What it does is unknown, so it is never repeatable.
    pub(crate) fn generic(
        version: &'a str,
        func: &'a str,
        func_url: &'a str,
        body: &'a str,
    ) -> Result<Self, Error> {
        check::version(version)?;
        check::segment("func", func)?;
        check::segment("func_url", func_url)?;
        check::not_empty("body_json", body)?;
        check::no_control_in_json("body_json", body)?;
        if !answer::is_object(body) {
            return Err(Error::argument("body_json is not one JSON object"));
        }
        Ok(Request {
            action: None,
            confid: "".into(),
            version: version.into(),
            func: func.into(),
            func_url: func_url.into(),
            body: Cow::Borrowed(body.as_bytes()),
            repeatable: false,
            needs_status: false,
        })
    }

    /// The same, borrowing nothing.
    pub(crate) fn into_owned(self) -> Request<'static> {
        let own = |text: Cow<str>| Cow::Owned(text.into_owned());
        Request {
            confid: own(self.confid),
            version: own(self.version),
            func: own(self.func),
            func_url: own(self.func_url),
            body: Cow::Owned(self.body.into_owned()),
            ..self
        }
    }

    /// The room of a meeting call.
    pub(crate) fn confid(&self) -> &str {
        &self.confid
    }

    /// What the requests have in common that lock or unlock the same room.
    pub(crate) fn locked_room(&self) -> Option<&[u8]> {
        // All of the body but its last field: the same room is written in the same bytes.
        let last = br#","lackstate":"0"}"#.len();
        (self.action == Some(LOCK)).then(|| &self.body[..self.body.len().saturating_sub(last)])
    }

    /// What log lines call it: the action and the room, or the function's name.
    pub(crate) fn label(&self) -> Cow<'_, str> {
        /// So much of a room's number is told.
        const MOST: usize = 64;
        let confid = &*self.confid;
        match self.action {
            None => Cow::Borrowed(&self.func_url),
            Some(action) if confid.len() <= MOST => Cow::Owned(format!("{action} {confid}")),
            Some(action) => {
                let end = (0..=MOST).rev().find(|&end| confid.is_char_boundary(end));
                Cow::Owned(format!("{action} {}…", &confid[..end.unwrap_or(0)]))
            }
        }
    }

    /// The pieces of the request target. One of them is secret: the Sign.
    pub(crate) fn target<'t>(
        &'t self,
        prefix: &'t str,
        account_sid: &'t str,
        sign: &'t str,
    ) -> [&'t str; 11] {
        let Request { version, func, func_url, .. } = self;
        [prefix, "/", version, "/sid/", account_sid, "/", func, "/", func_url, "?Sign=", sign]
    }
}

/// The body of a meeting action; the order of its fields is the page's.
fn meeting_body(
    action: &str,
    appid: &str,
    confid: &str,
    lackstate: Option<&str>,
) -> Result<Vec<u8>, Error> {
    // Room for the words of the longest body, and for what is passed in.
    let mut body = Vec::with_capacity(96 + appid.len() + confid.len());
    let mut field = |separator: &str, name: &str, value: &str| {
        body.extend_from_slice(separator.as_bytes());
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\":");
        serde_json::to_writer(&mut body, value)
            .map_err(|_| Error::argument(format!("{name} cannot be written as JSON")))
    };
    field("{\"", "action", action)?;
    field(",\"", "appid", appid)?;
    field(",\"", "confid", confid)?;
    if let Some(lackstate) = lackstate {
        field(",\"", "lackstate", lackstate)?;
    }
    body.push(b'}');
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(request: &'a Request) -> &'a str {
        std::str::from_utf8(&request.body).unwrap()
    }

    // The request samples of the platform's page (its Sign has a blank in it: a misprint).
    #[test]
    fn the_pages_own_samples() {
        let lock = Request::lock_meeting("ff8080813fc70a7b013fc72312324213", "002", Lock::Locked);
        let lock = lock.unwrap();
        assert_eq!(
            text(&lock),
            r#"{"action":"lockMeeting","appid":"ff8080813fc70a7b013fc72312324213","confid":"002","lackstate":"1"}"#
        );
        assert_eq!(
            lock.target("", "abcdefghijklmnopqrstuvwxyz012345", "C1F20E7A9733CE94F680C70A1DBABCDE")
                .concat(),
            "/201612/sid/abcdefghijklmnopqrstuvwxyz012345/call/TeleMeeting.wx?Sign=C1F20E7A9733CE94F680C70A1DBABCDE"
        );
        let state = Request::meeting_state("ff8080813fc70a7b013fc72312324213", "002").unwrap();
        assert_eq!(
            text(&state),
            r#"{"action":"meetingState","appid":"ff8080813fc70a7b013fc72312324213","confid":"002"}"#
        );
    }

    #[test]
    fn a_lock_and_an_unlock_know_that_they_are_of_one_room() {
        let lock = |confid, lock| Request::lock_meeting("a", confid, lock).unwrap();
        let one = lock("1", Lock::Locked);
        assert_eq!(one.locked_room(), lock("1", Lock::Unlocked).locked_room());
        assert_ne!(one.locked_room(), lock("11", Lock::Locked).locked_room());
        assert!(one.locked_room().is_some_and(|room| room.ends_with(br#""confid":"1""#)));
        assert_eq!(Request::meeting_state("a", "1").unwrap().locked_room(), None);
    }

    #[test]
    fn a_label_names_the_room_and_not_too_much_of_it() {
        let label =
            |confid: &str| Request::meeting_state("a", confid).unwrap().label().into_owned();
        assert_eq!(label("002"), "meetingState 002");
        assert_eq!(label(&"1".repeat(64)), format!("meetingState {}", "1".repeat(64)));
        assert_eq!(label(&"1".repeat(65)), format!("meetingState {}…", "1".repeat(64)));
        assert_eq!(label(&"云".repeat(22)), format!("meetingState {}…", "云".repeat(21)));
        assert_eq!(Request::generic("201612", "call", "x.wx", "{}").unwrap().label(), "x.wx");
    }

    #[test]
    fn unlocking_sends_a_zero() {
        let unlock = Request::lock_meeting("a", "b", Lock::Unlocked).unwrap();
        assert!(text(&unlock).ends_with(r#""lackstate":"0"}"#));
    }

    #[test]
    fn values_are_escaped() {
        let state = Request::meeting_state("\"\\", "😀").unwrap();
        assert_eq!(text(&state), r#"{"action":"meetingState","appid":"\"\\","confid":"😀"}"#);
    }

    #[test]
    fn a_generic_body_is_sent_as_it_came() {
        let body = " {\"a\" : [1, 2]}\r\n";
        let request = Request::generic("201512", "sms", "TemplateSMS.wx", body).unwrap();
        assert_eq!(text(&request), body);
        assert!(!request.repeatable);
    }

    #[test]
    fn a_generic_body_is_one_object() {
        for body in ["[]", "\"x\"", "{}{}", "{} x", "{", "null", "{\"a\":1,}", "\u{feff}{}"] {
            let error = Request::generic(VERSION, "call", "x", body).unwrap_err();
            assert!(error.message().contains("body_json"), "{body}");
        }
    }
}
