//! A conformance case in Rust.

use std::time::Duration;

use serde_json::{Value, json};
use ytx::{
    Answer, Client, Error, Event, Lock, MeetingState, Member, Options, Queue, QueueOptions, status,
};

/// Makes the call and compares what came of it with what the case expects.
pub fn check(case: &Value) {
    let mut events = Vec::new();
    let mut seen = match call(case, &mut events) {
        Ok(seen) => seen,
        Err(error) => json!({
            "status": error.status(),
            "retryable": error.is_retryable(),
            "says": error.message(),
            "sent": error.was_sent(),
            "attempts": error.attempts(),
            "http_status": error.http_status(),
        }),
    };
    seen["events"] = events.into();
    let name = status::describe(seen["status"].as_i64().unwrap().try_into().unwrap());
    let name = name.map_or("YTX_UNKNOWN", |status| status.name.to_str().unwrap());
    let expected = case["expect"].as_object().unwrap();
    for (what, expected) in expected {
        let as_expected = match (what.as_str(), expected) {
            ("name", _) => name == expected,
            ("says", Value::String(part)) => seen["says"].as_str().unwrap().contains(part),
            _ => seen.get(what) == Some(expected),
        };
        assert!(as_expected, "{}: {what} is not {expected} in {name} {seen}", case["name"]);
    }
}

fn call(case: &Value, events: &mut Vec<Value>) -> Result<Value, Error> {
    let text = |name: &str| case[name].as_str().unwrap();
    let mut client = Client::new(text("account_sid"), text("auth_token"), options(case))?;
    if let Some(deadline) = case["deadline_ms"].as_u64() {
        client = client.with_timeout(Duration::from_millis(deadline));
    }
    if case["cancelled"] == true {
        client.cancel();
    }
    let mut seen = json!({ "status": 0, "retryable": false });
    if text("call") == "watch_meeting" {
        watch(&client, case, events)?;
        return Ok(seen);
    }
    if case["queued"] == true {
        let answer = submit(&client, case)?;
        if text("call") == "meeting_state" {
            let members = MeetingState::try_from(answer)?.members;
            seen["members"] = members.iter().map(member).collect();
        } else {
            seen["answer"] = answer.json().into();
        }
        return Ok(seen);
    }
    match text("call") {
        "lock_meeting" => _ = client.lock_meeting(text("appid"), text("confid"), Lock::Locked)?,
        "unlock_meeting" => {
            _ = client.lock_meeting(text("appid"), text("confid"), Lock::Unlocked)?
        }
        "meeting_state" => {
            let members = client.meeting_state(text("appid"), text("confid"))?.members;
            seen["members"] = members.iter().map(member).collect();
        }
        "request" => {
            let version = case["version"].as_str();
            let (func, func_url, body) = (text("func"), text("func_url"), text("body_json"));
            seen["answer"] = client.request(version, func, func_url, body)?.json().into();
        }
        unknown => panic!("no call {unknown}"),
    }
    Ok(seen)
}

/// The same calls, which come back as an event.
fn submit(client: &Client, case: &Value) -> Result<Answer, Error> {
    let text = |name: &str| case[name].as_str().unwrap();
    let queue = Queue::new(QueueOptions::default())?;
    let (appid, confid) = (text("appid"), text("confid"));
    let ticket = match text("call") {
        "lock_meeting" => queue.lock_meeting(client, appid, confid, Lock::Locked, 7)?,
        "unlock_meeting" => queue.lock_meeting(client, appid, confid, Lock::Unlocked, 7)?,
        "meeting_state" => queue.meeting_state(client, appid, confid, 7)?,
        "request" => {
            let (func, func_url, body) = (text("func"), text("func_url"), text("body_json"));
            queue.request(client, case["version"].as_str(), func, func_url, body, 7)?
        }
        unknown => panic!("no call {unknown}"),
    };
    if case["cancel"] == true {
        assert!(queue.cancel(ticket));
    }
    match queue.take(None) {
        Some(Event::Done { ticket: ended, tag: 7, result }) if ended == ticket => result,
        other => panic!("{other:?}"),
    }
}

fn watch(client: &Client, case: &Value, events: &mut Vec<Value>) -> Result<(), Error> {
    let text = |name: &str| case[name].as_str().unwrap();
    let interval = Duration::from_millis(case["interval_ms"].as_u64().unwrap_or(5000));
    let expected = case["expect"]["events"].as_array().unwrap().len();
    let phones = |members: &[Member]| -> Value {
        members.iter().map(|member| member.phone.clone()).collect()
    };
    for event in client.watch_meeting(text("appid"), text("confid"), interval)? {
        let event = event?;
        events.push(json!({
            "kind": format!("{:?}", event.kind).to_lowercase(),
            "version": event.version,
            "polls": event.polls,
            "online": event.online,
            "joined": phones(&event.joined),
            "left": phones(&event.left),
            "muted": phones(&event.muted),
            "unmuted": phones(&event.unmuted),
            "members": phones(&event.members),
            "error": event.error.map(|error| error.status()),
        }));
        if case["expect"]["status"] == 0 && events.len() == expected {
            break;
        }
    }
    Ok(())
}

fn options(case: &Value) -> Options {
    let mut options = Options::default();
    for (name, value) in case["options"].as_object().unwrap() {
        let text = || value.as_str().unwrap().to_owned();
        let number = || u32::try_from(value.as_u64().unwrap()).unwrap();
        match name.as_str() {
            "base_url" => options.base_url = text(),
            "timeout_ms" => options.timeout = Duration::from_millis(number().into()),
            "connect_timeout_ms" => {
                options.connect_timeout = Duration::from_millis(number().into());
            }
            "idle_timeout_ms" => options.idle_timeout = Duration::from_millis(number().into()),
            "max_idle_connections" => options.max_idle_connections = number(),
            "max_retries" => options.max_retries = number(),
            "max_response_bytes" => options.max_response_bytes = number(),
            "proxy" => options.proxy = Some(text()),
            "ca_file" => options.ca_file = Some(text().into()),
            "user_agent" => options.user_agent = text(),
            unknown => panic!("no option {unknown}"),
        }
    }
    options
}

fn member(member: &Member) -> Value {
    json!({
        "meeting_id": member.meeting_id,
        "phone": member.phone,
        "presence": member.presence,
        "mute": member.mute,
        "online": member.is_online(),
        "muted": member.is_muted(),
    })
}
