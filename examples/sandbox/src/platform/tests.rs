//! Every code of the platform, from the ready-made data.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::data::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 +8);
const MEETING: &str = "call/TeleMeeting.wx";

/// A request that is right in every way; each test spoils one thing.
struct Call {
    method: &'static str,
    path: String,
    query: String,
    content_type: Option<&'static str>,
    has_length: bool,
    authorization: Option<String>,
    body: String,
}

fn call(sid: &str, version: &str, function: &str, body: &Value) -> Call {
    let stamp = signature::timestamp(NOW);
    Call {
        method: "POST",
        path: format!("/{version}/sid/{sid}/{function}"),
        query: format!("Sign={:X}", md5::compute(format!("{sid}{AUTH_TOKEN}{stamp}"))),
        content_type: Some("application/json;charset=utf-8"),
        has_length: true,
        authorization: Some(STANDARD.encode(format!("{sid}|{stamp}"))),
        body: body.to_string(),
    }
}

fn meeting(body: &Value) -> Call {
    call(ACCOUNT_SID, "201612", MEETING, body)
}

fn lock(confid: &str, lackstate: &str) -> Value {
    json!({"action": "lockMeeting", "appid": APPID, "confid": confid, "lackstate": lackstate})
}

fn state(appid: &str, confid: &str) -> Value {
    json!({"action": "meetingState", "appid": appid, "confid": confid})
}

fn platform() -> Platform {
    Platform::new(Config::default())
}

fn send(platform: &mut Platform, call: &Call, now: OffsetDateTime) -> Answer {
    let request = Request {
        method: call.method,
        path: &call.path,
        query: &call.query,
        content_type: call.content_type,
        has_length: call.has_length,
        authorization: call.authorization.as_deref(),
        body: call.body.as_bytes(),
        peer: IpAddr::from(Ipv4Addr::LOCALHOST),
    };
    let answer = platform.answer(&request, now);
    let sign = call.query.rsplit('=').next().unwrap();
    for secret in [AUTH_TOKEN, sign, call.authorization.as_deref().unwrap_or("-none-")] {
        assert!(secret.is_empty() || !answer.note.contains(secret), "{}", answer.note);
    }
    answer
}

fn code(answer: &Answer) -> i32 {
    assert_eq!(answer.status, 200, "{}", answer.note);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["statusCode"].as_str().unwrap().parse().unwrap()
}

/// The code for one call on a fresh platform.
fn code_of(call: &Call) -> i32 {
    code(&send(&mut platform(), call, NOW))
}

#[test]
fn a_lock_is_set_and_taken_off() {
    let mut platform = platform();
    let answer = send(&mut platform, &meeting(&lock(CONFID, "1")), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":"提交成功","requestId":"2026010100000000000001"}"#
    );
    assert!(platform.room(CONFID).unwrap().locked);
    assert_eq!(code(&send(&mut platform, &meeting(&lock(CONFID, "0")), NOW)), 0);
    assert!(!platform.room(CONFID).unwrap().locked);
}

#[test]
fn a_state_lists_the_members_in_the_pages_shape() {
    let mut platform = platform();
    let member = |online, muted| Member { phone: "131****1314".to_owned(), online, muted };
    platform.set_member("120", member(false, true));
    let answer = send(&mut platform, &meeting(&state(APPID, "120")), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":[{"meid":"120","phone":"131****1314","statusname":"不在线","ifmutename":"已静音"}]}"#
    );
    platform.set_member("120", member(true, false)); // the same one
    let answer = send(&mut platform, &meeting(&state(APPID, "120")), NOW);
    assert!(answer.body.ends_with(r#""statusname":"在线","ifmutename":"未静音"}]}"#));
    assert_eq!(answer.body.matches("phone").count(), 1);

    let answer = send(&mut platform, &meeting(&state(APPID, "003")), NOW);
    assert_eq!(answer.body, r#"{"statusCode":"0","statusMsg":[]}"#);
}

#[test]
fn what_has_another_path_method_or_framing_never_reaches_the_platform() {
    let status = |change: fn(&mut Call)| {
        let mut call = meeting(&state(APPID, CONFID));
        change(&mut call);
        let answer = send(&mut platform(), &call, NOW);
        assert_eq!(answer.content_type, "text/html;charset=utf-8");
        answer.status
    };
    assert_eq!(status(|it| it.path = "/".to_owned()), 404);
    assert_eq!(status(|it| it.path += "/"), 404);
    assert_eq!(status(|it| it.path = it.path.replace("/sid/", "/SID/")), 404);
    assert_eq!(status(|it| it.path = it.path.replace("201612", "")), 404);
    assert_eq!(status(|it| it.method = "GET"), 405);
    assert_eq!(status(|it| it.has_length = false), 411);
}

#[test]
fn the_envelope_is_checked() {
    let with = |change: fn(&mut Call)| {
        let mut call = meeting(&state(APPID, CONFID));
        change(&mut call);
        code_of(&call)
    };
    assert_eq!(with(|_| ()), 0);
    assert_eq!(with(|it| it.query = it.query.to_lowercase().replace("sign", "Sign")), 0);
    assert_eq!(with(|it| it.content_type = Some("application/json")), 0);
    assert_eq!(with(|it| it.content_type = Some("Application/JSON; charset=\"UTF-8\";")), 0);

    assert_eq!(with(|it| it.path = it.path.replace("201612", "201512")), -101);
    assert_eq!(with(|it| it.path = it.path.replace("TeleMeeting", "Tele")), -101);
    assert_eq!(with(|it| it.query.clear()), -2);
    assert_eq!(with(|it| it.query = it.query.replace("Sign", "sign")), -2);
    assert_eq!(with(|it| it.path = it.path.replace("ff80", "ff81")), -200);
    assert_eq!(with(|it| it.authorization = None), -202);
    assert_eq!(with(|it| it.authorization = Some("Zm9v".to_owned())), -202);
    assert_eq!(with(|it| it.query = format!("Sign={}", "0".repeat(32))), -203);
    assert_eq!(with(|it| it.content_type = None), -4);
    assert_eq!(with(|it| it.content_type = Some("text/plain")), -4);
    assert_eq!(with(|it| it.content_type = Some("application/json;charset=gbk")), -4);
    assert_eq!(with(|it| it.body = "[]".to_owned()), -4);
}

#[test]
fn a_signature_expires() {
    let call = meeting(&state(APPID, CONFID));
    let mut platform = platform();
    let day = time::Duration::DAY;
    assert_eq!(code(&send(&mut platform, &call, NOW + day)), 0);
    assert_eq!(code(&send(&mut platform, &call, NOW + day + time::Duration::SECOND)), -202);
    platform.config.validity = Duration::from_secs(600);
    let utc = send(&mut platform, &call, NOW + time::Duration::hours(8));
    assert!(utc.note.contains("signed in UTC"), "{}", utc.note);
}

#[test]
fn a_clock_that_is_off_is_mentioned_although_it_passes() {
    let call = meeting(&state(APPID, CONFID));
    let answer = send(&mut platform(), &call, NOW + time::Duration::hours(8));
    assert_eq!(code(&answer), 0);
    assert!(answer.note.contains("signed in UTC"), "{}", answer.note);
    assert!(!send(&mut platform(), &call, NOW).note.contains("behind"));
}

#[test]
fn accounts_are_checked() {
    for (sid, expected) in
        [("disabled-account", -201), ("poor-account", -204), ("no-such-account", -200)]
    {
        assert_eq!(code_of(&call(sid, "201612", MEETING, &lock(CONFID, "1"))), expected, "{sid}");
    }
}

#[test]
fn parameters_are_checked() {
    let without = |name: &str| {
        let mut body = lock(CONFID, "1");
        body.as_object_mut().unwrap().remove(name);
        code_of(&meeting(&body))
    };
    for name in ["action", "appid", "confid", "lackstate"] {
        assert_eq!(without(name), -2, "{name}");
    }
    let with = |name: &str, value: Value| {
        let mut body = lock(CONFID, "1");
        body[name] = value;
        code_of(&meeting(&body))
    };
    assert_eq!(with("action", json!("lockmeeting")), -3);
    assert_eq!(with("lackstate", json!("2")), -101);
    assert_eq!(with("lackstate", json!(1)), -101);
    assert_eq!(with("confid", json!("004")), -101);
    assert_eq!(with("confid", json!("100")), -100);
}

#[test]
fn applications_are_checked() {
    for appid in
        ["no-such-app", "production-app", "no-conference-app", "not-online-app", "whitelisted-app"]
    {
        assert_eq!(code_of(&meeting(&state(appid, CONFID))), -205, "{appid}");
    }
    let mut platform = platform();
    platform.config.environment = crate::data::Environment::Production;
    assert_eq!(code(&send(&mut platform, &meeting(&state("production-app", CONFID)), NOW)), 0);
    assert_eq!(code(&send(&mut platform, &meeting(&state(APPID, CONFID)), NOW)), -205);
}

#[test]
fn a_refused_lock_changes_nothing() {
    let mut platform = platform();
    let mut body = lock(CONFID, "1");
    body["appid"] = json!("no-such-app");
    send(&mut platform, &meeting(&body), NOW);
    assert!(!platform.room(CONFID).unwrap().locked);
}

#[test]
fn other_functions_check_phone_numbers_and_the_application() {
    let dial = |dst: &str, appid: &str| {
        let body =
            json!({"action": "callDailBack", "appid": appid, "src": "13800000000", "dst": dst});
        code_of(&call(ACCOUNT_SID, "201512", "call/DailbackCall.wx", &body))
    };
    assert_eq!(dial("13800000001", APPID), 0);
    assert_eq!(dial("13800000001", "no-conference-app"), 0);
    assert_eq!(dial("13800000001", "not-online-app"), -205);
    assert_eq!(dial("nobody", APPID), -1);
    assert_eq!(dial("110", APPID), -102);
    assert_eq!(dial("", APPID), -2);
}

#[test]
fn the_balance_comes_without_a_status_code_even_when_it_is_gone() {
    for (sid, balance) in [(ACCOUNT_SID, "12.5"), ("poor-account", "0.0")] {
        let body = json!({"action": "queryBlance", "appid": APPID});
        let call = call(sid, "201612", "account/getBlance.wx", &body);
        let answer = send(&mut platform(), &call, NOW);
        assert_eq!(answer.body, format!(r#"{{"AccountSID":"{sid}","Blance":{balance}}}"#));
    }
}

#[test]
fn more_requests_than_allowed_within_a_second_are_refused() {
    let mut platform = platform();
    platform.config.throttle = Some(2);
    let call = meeting(&state(APPID, CONFID));
    let codes: Vec<i32> = (0..4)
        .map(|i| code(&send(&mut platform, &call, NOW + time::Duration::milliseconds(i * 300))))
        .collect();
    assert_eq!(codes, [0, 0, -104, -104]);
    assert_eq!(code(&send(&mut platform, &call, NOW + time::Duration::SECOND)), 0);
}
