//! The hand on a sandbox: who joins, leaves and is muted, locks, rooms, faults and the clock. Each
//! is a POST with a JSON object; what is asked twice is done once.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Answered, Failure, fail, ok, settings};
use crate::data::{Member, Room};
use crate::fault::{Count, Fault};
use crate::rooms::{self, Rooms};
use crate::server::{Inner, Shared};
use crate::signature;

/// What there is to do.
pub(super) const NAMES: [&str; 13] = [
    "room", "lock", "unlock", "join", "leave", "mute", "unmute", "delay", "throttle", "fail",
    "clear", "rate", "clock",
];

/// Longer texts would only fill the page.
const LONGEST: usize = 64;

/// The longest delay: a day.
const LONGEST_DELAY: u64 = 24 * 60 * 60 * 1000;

/// How far the clock may be turned: a hundred years.
const FARTHEST: i64 = 100 * 365 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRoom {
    confid: Option<String>,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    broken: bool,
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhichRoom {
    confid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    confid: String,
    phone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Joins {
    confid: String,
    phone: String,
    muted: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    ms: u64,
    requests: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Throttle {
    requests: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fail {
    status: u16,
    requests: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    per_second: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    seconds: Option<i64>,
    at: Option<String>,
}

pub(super) fn carry_out(shared: &Shared, name: &str, body: &[u8]) -> Answered {
    let mut inner = shared.lock();
    let rooms = inner.platform.rooms_mut();
    let answer = match name {
        "room" => make(rooms, parse(body)?),
        "lock" | "unlock" => set_lock(rooms, &parse::<WhichRoom>(body)?.confid, name == "lock"),
        "join" => join(rooms, parse(body)?),
        "leave" => change(rooms, &parse(body)?, |member| member.online = false),
        "mute" => change(rooms, &parse(body)?, |member| member.muted = true),
        "unmute" => change(rooms, &parse(body)?, |member| member.muted = false),
        _ => return set(&mut inner, name, body),
    };
    inner.tell_of_rooms();
    answer
}

fn set(inner: &mut Inner, name: &str, body: &[u8]) -> Answered {
    match name {
        "delay" => {
            let Delay { ms, requests } = parse(body)?;
            if ms > LONGEST_DELAY {
                return fail(StatusCode::BAD_REQUEST, "ms is more than a day");
            }
            inner.faults.add(Fault::Late(Duration::from_millis(ms)), count(requests.as_ref())?);
        }
        "throttle" => {
            let Throttle { requests } = parse(body)?;
            inner.faults.add(Fault::Throttle, count(requests.as_ref())?);
        }
        "fail" => {
            let Fail { status, requests } = parse(body)?;
            if !(200..=599).contains(&status) {
                return fail(StatusCode::BAD_REQUEST, "status is not an HTTP status, 200 to 599");
            }
            inner.faults.add(Fault::Status(status), count(requests.as_ref())?);
        }
        "rate" => inner.platform.set_throttle(parse::<Rate>(body)?.per_second),
        "clock" => inner.clock = clock(&parse(body)?)?,
        _ => {
            let Nothing {} = parse(body)?;
            inner.faults.clear();
        }
    }
    inner.tell_of_settings();
    ok(settings(inner))
}

/// No body is an object with nothing in it.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    // The words name fields, and repeat nothing that the page would not show anyway.
    serde_json::from_slice(body)
        .map_err(|error| Failure(StatusCode::BAD_REQUEST, error.to_string()))
}

/// The next one, unless told.
fn count(requests: Option<&Value>) -> Result<Count, Failure> {
    match requests {
        None | Some(Value::Null) => Ok(Count::Next(1)),
        Some(Value::String(text)) if text == "always" => Ok(Count::Always),
        Some(value) => match value.as_u64().and_then(|it| u32::try_from(it).ok()) {
            Some(number @ 1..) => Ok(Count::Next(number)),
            _ => fail(
                StatusCode::BAD_REQUEST,
                "requests is neither a number from 1 on nor \"always\"",
            ),
        },
    }
}

fn clock(clock: &Clock) -> Result<time::Duration, Failure> {
    let off = match clock {
        Clock { seconds: Some(seconds), at: None } => time::Duration::seconds(*seconds),
        Clock { seconds: None, at: Some(at) } => match signature::moment(at) {
            Some(moment) => moment - OffsetDateTime::now_utc(),
            None => return fail(StatusCode::BAD_REQUEST, "at is not a yyyyMMddHHmmss"),
        },
        _ => return fail(StatusCode::BAD_REQUEST, "either seconds or at has to be there"),
    };
    if off.whole_seconds().unsigned_abs() > FARTHEST.unsigned_abs() {
        return fail(StatusCode::BAD_REQUEST, "the clock cannot be turned that far");
    }
    Ok(off)
}

fn short(name: &str, text: &str) -> Result<(), Failure> {
    if text.is_empty() || text.chars().count() > LONGEST {
        let why = format!("{name} is empty, or longer than {LONGEST} characters");
        return fail(StatusCode::BAD_REQUEST, why);
    }
    Ok(())
}

/// A phone number as the platform shows it. What is none, or hidden already, stays as it is.
fn shown(phone: &str) -> Result<String, Failure> {
    short("phone", phone)?;
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    let is_number = digits.len() >= 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
    Ok(if is_number { rooms::shown(phone) } else { phone.to_owned() })
}

fn make(rooms: &mut Rooms, new: NewRoom) -> Answered {
    let confid = new.confid.unwrap_or_else(|| rooms.free_number());
    short("confid", &confid)?;
    let mut members: Vec<Member> = Vec::new();
    for member in new.members {
        let phone = shown(&member.phone)?;
        if members.iter().any(|other| other.phone == phone) {
            return fail(StatusCode::BAD_REQUEST, "two members have the same phone");
        }
        members.push(Member { phone, ..member });
    }
    let room = Room { confid: confid.clone(), locked: new.locked, broken: new.broken, members };
    if !rooms.add(room) {
        return fail(StatusCode::CONFLICT, "there is a room with this confid already");
    }
    show(rooms, &confid).map(|(_, room)| (StatusCode::CREATED, room))
}

fn set_lock(rooms: &mut Rooms, confid: &str, locked: bool) -> Answered {
    rooms.set_lock(confid, locked);
    show(rooms, confid)
}

fn join(rooms: &mut Rooms, Joins { confid, phone, muted }: Joins) -> Answered {
    let phone = shown(&phone)?;
    if rooms.find(&confid).is_none() {
        return no_room();
    }
    let was_muted = rooms.member_mut(&confid, &phone).is_some_and(|member| member.muted);
    let muted = muted.unwrap_or(was_muted);
    rooms.set_member(&confid, Member { phone, online: true, muted });
    show(rooms, &confid)
}

fn change(rooms: &mut Rooms, who: &Who, change: impl FnOnce(&mut Member)) -> Answered {
    if rooms.find(&who.confid).is_none() {
        return no_room();
    }
    let Some(member) = rooms.member_mut(&who.confid, &shown(&who.phone)?) else {
        return fail(StatusCode::NOT_FOUND, "nobody in the room has this phone");
    };
    change(member);
    show(rooms, &who.confid)
}

fn show(rooms: &Rooms, confid: &str) -> Answered {
    rooms.find(confid).map_or_else(no_room, ok)
}

pub(super) fn no_room() -> Answered {
    fail(StatusCode::NOT_FOUND, "there is no room with this confid")
}

/// One fault of [`settings`].
pub(super) fn fault(fault: Fault, count: Count) -> Value {
    let mut value = match fault {
        Fault::Late(delay) => json!({ "kind": "delay", "ms": crate::journal::millis(delay) }),
        Fault::Throttle => json!({ "kind": "throttle" }),
        Fault::Status(status) => json!({ "kind": "fail", "status": status }),
    };
    value["requests"] = match count {
        Count::Always => "always".into(),
        Count::Next(number) => number.into(),
    };
    value
}
