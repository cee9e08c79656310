//! Every code of the platform, from the ready-made data.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::data::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Member};

mod functions;
mod meeting;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 +8);
const MEETING: &str = "call/TeleMeeting.wx";

/// A request that is right in every way; each test spoils one thing.
struct Call {
    method: &'static str,
    path: String,
    query: String,
    content_type: Option<&'static str>,
    content_encoding: Option<&'static str>,
    is_chunked: bool,
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
        content_encoding: None,
        is_chunked: false,
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

fn create(parties: &Value) -> Value {
    json!({
        "action": "createMeeting", "meetingname": "weekly", "creator": "", "parties": parties,
        "appid": APPID, "dstclid": "", "srcclid": "", "bookmeeting": "0", "confid": "",
        "booktime": "", "shownumber": "",
    })
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
        content_encoding: call.content_encoding,
        is_chunked: call.is_chunked,
        authorization: call.authorization.as_deref(),
        body: call.body.as_bytes(),
        peer: IpAddr::from(Ipv4Addr::LOCALHOST),
    };
    let answer = platform.answer(&request, now);
    let sign = call.query.rsplit('=').next().unwrap();
    for secret in [AUTH_TOKEN, sign, call.authorization.as_deref().unwrap_or("-none-")] {
        assert!(
            secret.is_empty() || !answer.told.line().contains(secret),
            "{}",
            answer.told.line()
        );
    }
    answer
}

fn code(answer: &Answer) -> i32 {
    assert_eq!(answer.status, 200, "{}", answer.told.line());
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["statusCode"].as_str().unwrap().parse().unwrap()
}

/// The code for one call on a fresh platform.
fn code_of(call: &Call) -> i32 {
    code(&send(&mut platform(), call, NOW))
}

#[test]
fn what_has_another_path_or_method_never_reaches_the_platform() {
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

    assert_eq!(with(|it| it.path = it.path.replace("201612", "201512")), -101);
    assert_eq!(with(|it| it.path = it.path.replace("TeleMeeting", "Tele")), -101);
    assert_eq!(with(|it| it.query.clear()), -2);
    assert_eq!(with(|it| it.query = it.query.replace("Sign", "sign")), -2);
    assert_eq!(with(|it| it.path = it.path.replace("ff80", "ff81")), -200);
    assert_eq!(with(|it| it.authorization = None), -202);
    assert_eq!(with(|it| it.authorization = Some("Zm9v".to_owned())), -202);
    assert_eq!(with(|it| it.query = format!("Sign={}", "0".repeat(32))), -203);
    assert_eq!(with(|it| it.body = "[]".to_owned()), -4);
    assert_eq!(with(|it| it.body.clear()), -4);
}

/// Each with how many remarks it earns.
const CONTENT_TYPES: [(Option<&str>, usize); 9] = [
    (Some("application/json;charset=utf-8"), 0),
    (Some("application/json;charset=utf-8;"), 0),
    (Some("Application/JSON; charset=\"UTF-8\""), 0),
    (Some("application/x-www-form-urlencoded; charset=UTF-8"), 1),
    (Some("application/x-www-from-urlencoded"), 1),
    (Some("application/json;charset=gbk"), 1),
    (Some("text/plain; charset=ISO-8859-1"), 2),
    (Some(""), 1),
    (None, 1),
];

fn remarks(answer: &Answer) -> Vec<&str> {
    let told = &answer.told;
    assert_eq!(told.line().matches("; but ").count(), told.remarks.len());
    told.remarks.iter().map(|remark| &*remark.en).collect()
}

#[test]
fn whatever_the_content_type_the_decision_is_the_same() {
    let calls = [
        meeting(&lock(CONFID, "1")),
        meeting(&state(APPID, "003")),
        meeting(&create(&json!([{"name": "a", "phone": "13112341314"}]))),
        meeting(&lock(CONFID, "2")),
        meeting(&lock("100", "1")),
        meeting(&json!({"action": "lockmeeting"})),
        meeting(&json!({"action": "lockMeeting"})),
        meeting(&state("no-such-app", CONFID)),
        meeting(&json!("a string")),
        call("poor-account", "201612", MEETING, &lock(CONFID, "1")),
        call(ACCOUNT_SID, "201612", "account/getBlance.wx", &json!({})),
        Call { authorization: None, ..meeting(&lock(CONFID, "1")) },
        Call { query: format!("Sign={}", "0".repeat(32)), ..meeting(&lock(CONFID, "1")) },
        Call { body: String::new(), ..meeting(&lock(CONFID, "1")) },
        Call { body: "action=lockMeeting".to_owned(), ..meeting(&lock(CONFID, "1")) },
    ];
    for mut call in calls {
        call.content_type = Some("application/json;charset=utf-8");
        let expected = send(&mut platform(), &call, NOW);
        let is_accepted = !expected.body.contains(r#""statusCode":"-"#);
        for (content_type, count) in CONTENT_TYPES {
            call.content_type = content_type;
            for (content_encoding, is_chunked) in
                [(None, false), (Some("UTF-8"), false), (None, true), (Some("UTF-8"), true)]
            {
                call.content_encoding = content_encoding;
                call.is_chunked = is_chunked;
                let answer = send(&mut platform(), &call, NOW);
                assert_eq!(answer.body, expected.body, "{content_type:?}");
                let more = usize::from(content_encoding.is_some()) + usize::from(is_chunked);
                let count = if is_accepted { count + more } else { 0 };
                assert_eq!(remarks(&answer).len(), count, "{}", answer.told.line());
            }
        }
    }
}

#[test]
fn remarks_say_what_the_page_asks_for() {
    let mut call = meeting(&lock(CONFID, "1"));
    call.content_type = Some("application/x-www-form-urlencoded; charset=UTF-8");
    call.is_chunked = true;
    let answer = send(&mut platform(), &call, NOW);
    assert_eq!(
        answer.told.line(),
        "call/TeleMeeting.wx: room 002 is locked; but Content-Type is not application/json, which \
         the page asks for; but the body came in chunks: the page shows content-length"
    );
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
    assert!(utc.told.line().contains("signed in UTC"), "{}", utc.told.line());
}

#[test]
fn a_clock_that_is_off_is_mentioned_although_it_passes() {
    let call = meeting(&state(APPID, CONFID));
    let answer = send(&mut platform(), &call, NOW + time::Duration::hours(8));
    assert_eq!(code(&answer), 0);
    assert!(answer.told.line().contains("signed in UTC"), "{}", answer.told.line());
    assert!(!send(&mut platform(), &call, NOW).told.line().contains("behind"));
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
