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
        r#"{"statusCode":"0","statusMsg":"提交成功","requestId":"20260101000000000000000000001"}"#
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
    answer.note.split("; but ").skip(1).collect()
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
                assert_eq!(remarks(&answer).len(), count, "{}", answer.note);
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
        answer.note,
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
    assert_eq!(with("lackstate", json!(true)), -101);
    assert_eq!(with("lackstate", json!(2)), -101);
    assert_eq!(with("confid", json!(2)), -101);
    assert_eq!(with("confid", json!(["002"])), -101);
    assert_eq!(with("confid", json!("004")), -101);
    assert_eq!(with("confid", json!("100")), -100);
}

#[test]
fn a_meetings_numbers_pass_with_a_remark() {
    let mut platform = platform();
    platform.set_member("200", Member { phone: "1".to_owned(), online: true, muted: false });
    let mut body = lock("200", "1");
    body["confid"] = json!(200);
    body["lackstate"] = json!(1);
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert_eq!(code(&answer), 0);
    assert!(platform.room("200").unwrap().locked);
    let [remark] = remarks(&answer)[..] else { panic!("{}", answer.note) };
    assert!(remark.starts_with("confid and lackstate are JSON numbers"), "{remark}");
    body["confid"] = json!(2);
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert!(answer.note.contains("leading zeros"), "{}", answer.note);
}

fn create(parties: &Value) -> Value {
    json!({
        "action": "createMeeting", "meetingname": "weekly", "creator": "", "parties": parties,
        "appid": APPID, "dstclid": "", "srcclid": "", "bookmeeting": "0", "confid": "",
        "booktime": "", "shownumber": "",
    })
}

fn phones(platform: &Platform, confid: &str) -> Vec<String> {
    platform.room(confid).unwrap().members.iter().map(|it| it.phone.clone()).collect()
}

#[test]
fn a_whole_conference_is_played_through() {
    let mut platform = platform();
    let mut body = create(&json!([
        {"name": "a", "phone": "13112341314"},
        {"name": "b", "phone": 18_912_345_326_u64},
        {"name": "a once more", "phone": "+8613112341314"},
    ]));
    body["creator"] = json!("13800000001");
    let answer = send(&mut platform, &meeting(&body), NOW);
    assert_eq!(
        answer.body,
        r#"{"statusCode":"0","statusMsg":"提交成功","requestId":"20260101000000000000000000001","meid":"101"}"#
    );
    assert!(answer.note.contains("room 101 is made, with 3 members"), "{}", answer.note);
    assert!(answer.note.contains("is a guess"), "{}", answer.note);
    assert!(remarks(&answer).is_empty(), "{}", answer.note);

    let state = send(&mut platform, &meeting(&state(APPID, "101")), NOW);
    let state: Value = serde_json::from_str(&state.body).unwrap();
    let member = |phone: &str| json!({"meid": "101", "phone": phone, "statusname": "在线", "ifmutename": "未静音"});
    let members = ["138****0001", "131****1314", "189****5326"].map(member);
    assert_eq!(state["statusMsg"], json!(members));

    assert_eq!(code(&send(&mut platform, &meeting(&lock("101", "1")), NOW)), 0);
    assert!(platform.room("101").unwrap().locked);
    let next = send(&mut platform, &meeting(&body), NOW);
    assert!(next.body.ends_with(r#""meid":"102"}"#), "{}", next.body);
    assert!(!platform.room("102").unwrap().locked);
}

#[test]
fn a_room_is_made_of_what_it_cannot_do_without() {
    let mut platform = platform();
    let mut made = |body: &Value| code(&send(&mut platform, &meeting(body), NOW));
    let least =
        json!({"action": "createMeeting", "appid": APPID, "parties": [{"phone": "13112341314"}]});
    assert_eq!(made(&least), 0);
    let alone = json!({"action": "createMeeting", "appid": APPID, "creator": "13112341314"});
    assert_eq!(made(&alone), 0);
    let mut named = least.clone();
    named["creator"] = json!("somebody's name");
    assert_eq!(made(&named), 0);
    named["confid"] = json!("0815");
    assert_eq!(made(&named), 0);
    assert_eq!(made(&named), -101, "the number is taken");
    for rest in ["101", "102", "103", "0815"] {
        assert_eq!(phones(&platform, rest), ["131****1314"], "{rest}");
    }
}

#[test]
fn a_room_that_makes_no_sense_is_refused_and_not_made() {
    let with = |name: &str, value: Value| {
        let mut platform = platform();
        let mut body = create(&json!([{"name": "a", "phone": "13112341314"}]));
        body[name] = value;
        let answer = send(&mut platform, &meeting(&body), NOW);
        assert!(platform.room("101").is_none());
        code(&answer)
    };
    assert_eq!(with("appid", json!("")), -2);
    assert_eq!(with("appid", json!("no-conference-app")), -205);
    assert_eq!(with("parties", json!(null)), -2);
    assert_eq!(with("parties", json!([])), -2);
    assert_eq!(with("parties", json!("13112341314")), -101);
    assert_eq!(with("parties", json!(["13112341314"])), -101);
    assert_eq!(with("parties", json!([{"name": "a"}])), -2);
    assert_eq!(with("parties", json!([{"phone": "nobody"}])), -1);
    assert_eq!(with("parties", json!([{"phone": "110"}])), -102);
    assert_eq!(with("confid", json!(CONFID)), -101);
    assert_eq!(with("confid", json!("my room")), -101);
    assert_eq!(with("confid", json!([7])), -101);
    assert_eq!(with("action", json!("createmeeting")), -3);
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

fn dial(body: &Value) -> Call {
    call(ACCOUNT_SID, "201512", "call/DailbackCall.wx", body)
}

#[test]
fn other_functions_check_phone_numbers_and_the_application() {
    let dial = |dst: &str, appid: &str| {
        let body =
            json!({"action": "callDailBack", "appid": appid, "src": "13800000000", "dst": dst});
        code_of(&dial(&body))
    };
    assert_eq!(dial("13800000001", APPID), 0);
    assert_eq!(dial("13800000001", "no-conference-app"), 0);
    assert_eq!(dial("13800000001", "not-online-app"), -205);
    assert_eq!(dial("nobody", APPID), -1);
    assert_eq!(dial("110", APPID), -102);
    assert_eq!(dial("", APPID), -2);
}

#[test]
fn what_clients_send_as_numbers_is_taken_as_numbers() {
    let body = json!({
        "action": "callDailBack", "appid": APPID, "src": 13_800_000_000_u64,
        "dst": 13_900_000_000_u64, "srctimeout": 30, "dsttimeout": 50, "credit": 180,
        "customParm": ["anything", {"at": "all"}],
    });
    let answer = send(&mut platform(), &dial(&body), NOW);
    assert_eq!(code(&answer), 0);
    assert!(remarks(&answer).is_empty(), "{}", answer.note);
    for (function, body) in [
        ("call/NoticeCall.wx", json!({"dst": "13800000000|13900000000", "templateId": 7})),
        ("call/CodeCallOut.wx", json!({"dst": 13_800_000_000_u64, "code": 4711, "time": 3})),
        ("sms/TemplateSMS.wx", json!({"mobile": 13_800_000_000_u64, "datas": ["a", 1]})),
        ("haoma/NumberTag.wx", json!({"phone": 13_800_000_000_u64})),
    ] {
        let mut body = body;
        body["action"] = json!("any");
        body["appid"] = json!(APPID);
        let answer = send(&mut platform(), &call(ACCOUNT_SID, "201612", function, &body), NOW);
        assert_eq!(code(&answer), 0, "{}", answer.note);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let id = body["requestId"].as_str().unwrap();
        assert!(id.len() == 29 && id.bytes().all(|it| it.is_ascii_digit()), "{id}");
        assert!(remarks(&answer).is_empty(), "{}", answer.note);
    }
}

#[test]
fn calls_are_read_back_without_a_status_code() {
    let mut platform = platform();
    let body = json!({
        "action": "callDailBack", "appid": APPID, "src": "13800000000", "dst": "13900000000",
        "customParm": 7,
    });
    send(&mut platform, &dial(&body), NOW);
    let body = json!({
        "action": "templateNoticeCall", "appid": APPID, "dst": "13811111111|13822222222",
        "dstclid": "01053189990",
    });
    send(&mut platform, &call(ACCOUNT_SID, "201512", "call/NoticeCall.wx", &body), NOW);
    let refused = json!({"action": "callDailBack", "appid": APPID, "src": "1", "dst": "1"});
    send(&mut platform, &dial(&refused), NOW);

    let mut read = |body: &Value| {
        let call = call(ACCOUNT_SID, "201512", "call/CallCdr.wx", body);
        let answer = send(&mut platform, &call, NOW);
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    let by_id = json!({
        "action": "getCdrByResId", "appid": APPID, "fid": "4", "lastresid": "0", "limit": 1,
    });
    let answer = read(&by_id);
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    let [record] = &answer["cdr"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!(record["requestid"], "20260101000000000000000000001");
    assert_eq!(
        (&record["caller"], &record["called"]),
        (&json!("13800000000"), &json!("13900000000"))
    );
    assert_eq!((&record["fid"], &record["customParm"]), (&json!(4), &json!("7")));
    assert_eq!(record["callerstime"], "2026-01-01 00:00:00");

    let by_time = json!({
        "action": "getCdrByTime", "appid": APPID, "fid": "1", "pdate": "20260101", "ptime": "00",
    });
    let answer = read(&by_time);
    let sides: Vec<_> =
        answer["cdr"].as_array().unwrap().iter().map(|it| (&it["caller"], &it["called"])).collect();
    let notice = json!("01053189990");
    assert_eq!(sides.len(), 3);
    assert_eq!(sides[1..], [(&notice, &json!("13811111111")), (&notice, &json!("13822222222"))]);
    assert_eq!(answer["cdr"][2]["fid"], 1);

    assert_eq!(
        read(&json!({"action": "getCdrByResId", "appid": "not-online-app"}))["statusCode"],
        "-205"
    );
    assert_eq!(read(&json!({"action": "getCdrs", "appid": APPID}))["statusCode"], "-3");
    assert_eq!(read(&json!({"action": "getCdrByResId"}))["statusCode"], "-2");
}

#[test]
fn an_order_is_taken_and_never_found() {
    let order = |action: &str| {
        let body = json!({"action": action, "appid": APPID, "customParm": "7"});
        code_of(&call(ACCOUNT_SID, "201612", "Unicom/Order.wx", &body))
    };
    assert_eq!(order("productOrder"), 0);
    assert_eq!(order("getOrderResult"), -704);
}

#[test]
fn the_balance_comes_without_a_status_code_even_when_it_is_gone() {
    for (sid, balance) in [(ACCOUNT_SID, "12.5"), ("poor-account", "0.0")] {
        let body = json!({"action": "queryBlance", "appid": APPID});
        let call = call(sid, "201612", "account/getBlance.wx", &body);
        let answer = send(&mut platform(), &call, NOW);
        assert_eq!(answer.content_type, "application/json;charset=utf-8");
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
