//! The library against the sandbox: what is signed is accepted, and every code comes through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ytx::{Client, Error, Kind, Lock, Options};
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Count, Fault, Sandbox};

fn client_as(sandbox: &Sandbox, sid: &str, token: &str) -> Client {
    let mut options = Options::default();
    options.base_url = sandbox.url().to_owned();
    options.timeout = Duration::from_secs(60);
    Client::new(sid, token, options).unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    client_as(sandbox, ACCOUNT_SID, AUTH_TOKEN)
}

fn sandbox() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

#[test]
fn a_room_is_locked_looked_into_and_unlocked() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    client.lock_meeting(APPID, CONFID, Lock::Locked).unwrap();
    assert_eq!(sandbox.is_locked(CONFID), Some(true));

    let members = client.meeting_state(APPID, CONFID).unwrap().members;
    let first = &members[0];
    assert_eq!((first.meeting_id.as_str(), first.phone.as_str()), (CONFID, "131****1314"));
    assert_eq!((first.is_online(), first.is_muted()), (Some(false), Some(true)));
    assert!(members.iter().any(|m| m.is_online() == Some(true) && m.is_muted() == Some(false)));
    assert!(client.meeting_state(APPID, "003").unwrap().members.is_empty());

    client.lock_meeting(APPID, CONFID, Lock::Unlocked).unwrap();
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    assert_eq!((sandbox.requests(), sandbox.connections()), (4, 1));
}

#[test]
fn a_conference_is_made_locked_and_looked_into() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let body = json!({
        "action": "createMeeting", "appid": APPID, "meetingname": "weekly", "creator": "13800000001",
        "parties": [{"name": "Li", "phone": "13112341314"}, {"name": "Wang", "phone": "18912345326"}],
    });
    let made = client.request(None, "call", "TeleMeeting.wx", &body.to_string()).unwrap();
    let made: Value = serde_json::from_str(made.json()).unwrap();
    let room = made["meid"].as_str().unwrap();

    client.lock_meeting(APPID, room, Lock::Locked).unwrap();
    assert_eq!(sandbox.is_locked(room), Some(true));
    let members = client.meeting_state(APPID, room).unwrap().members;
    let phones: Vec<&str> = members.iter().map(|member| member.phone.as_str()).collect();
    assert_eq!(phones, ["138****0001", "131****1314", "189****5326"]);
    assert!(members.iter().all(|m| m.meeting_id == room && m.is_online() == Some(true)));
    let log = sandbox.log();
    assert!(log.iter().all(|line| !line.contains("; but ")), "nothing to remark on: {log:?}");
}

#[test]
fn a_call_is_read_back() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let request = |func_url: &str, body: Value| {
        let answer = client.request(Some("201512"), "call", func_url, &body.to_string()).unwrap();
        serde_json::from_str::<Value>(answer.json()).unwrap()
    };
    let call = request(
        "NoticeCall.wx",
        json!({"action": "templateNoticeCall", "appid": APPID, "dst": "13112341314|18912345326"}),
    );
    let read = json!({"action": "getCdrByResId", "appid": APPID, "lastresid": "0", "limit": 9});
    let read = request("CallCdr.wx", read);
    let records = read["cdr"].as_array().unwrap();
    assert!(records.iter().all(|it| it["requestid"] == call["requestId"]), "{read}");
    let called: Vec<&Value> = records.iter().map(|record| &record["called"]).collect();
    assert_eq!(called, ["13112341314", "18912345326"]);
}

#[test]
fn an_answer_without_a_status_code_is_a_success_for_a_generic_request() {
    let sandbox = sandbox();
    let answer = client(&sandbox).request(None, "account", "getBlance.wx", "{}").unwrap();
    assert!(!answer.json().contains("statusCode"), "{}", answer.json());
}

/// What the platform refused with, and that the answer is its own.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> i32 {
    let error = result.unwrap_err();
    let Kind::Refused(code) = error.kind() else { panic!("{error:?}") };
    let answer = error.answer().unwrap();
    assert!(answer.contains(&format!("\"statusCode\":\"{code}\"")), "{answer}");
    assert!(answer.contains(error.message()), "{error:?}");
    assert_eq!(error.http_status(), Some(200));
    code
}

#[test]
fn every_code_of_the_table() {
    let sandbox = sandbox();
    let good = client(&sandbox);
    let state = |appid: &str, confid: &str| refusal(good.meeting_state(appid, confid));
    let request = |func_url: &str, body: &str| refusal(good.request(None, "call", func_url, body));
    let call = |from: &str| {
        let body = format!(
            r#"{{"action":"callDailBack","appid":"{APPID}","src":"{from}","dst":"13800138000"}}"#
        );
        request("DailbackCall.wx", &body)
    };
    assert_eq!(call("no number"), -1);
    assert_eq!(call("110"), -102);
    assert_eq!(request("TeleMeeting.wx", r#"{"action":"meetingState"}"#), -2);
    assert_eq!(request("TeleMeeting.wx", r#"{"action":"meetingstate"}"#), -3);
    assert_eq!(state(APPID, "100"), -100);
    assert_eq!(state(APPID, "no such room"), -101);
    let order = format!(r#"{{"action":"getOrderResult","appid":"{APPID}","customParm":"7"}}"#);
    assert_eq!(refusal(good.request(None, "Unicom", "Order.wx", &order)), -704);
    for app in ["x", "production-app", "no-conference-app", "not-online-app", "whitelisted-app"] {
        assert_eq!(state(app, CONFID), -205, "{app}");
    }
    sandbox.inject(Fault::Throttle, Count::Next(1));
    assert_eq!(state(APPID, CONFID), -104);

    let state_as = |sid: &str, token: &str| {
        refusal(client_as(&sandbox, sid, token).meeting_state(APPID, CONFID))
    };
    assert_eq!(state_as("nobody", AUTH_TOKEN), -200);
    assert_eq!(state_as("disabled-account", AUTH_TOKEN), -201);
    assert_eq!(state_as(ACCOUNT_SID, "another token"), -203);
    assert_eq!(state_as("poor-account", AUTH_TOKEN), -204);

    // Any signature is too old for this one.
    let strict = Config { validity: Duration::ZERO, ..Config::default() };
    let strict = Sandbox::start(strict).unwrap();
    assert_eq!(refusal(client(&strict).meeting_state(APPID, CONFID)), -202);
}

// The library cannot send what is no JSON, so the bytes go out by hand.
#[test]
fn the_code_for_a_body_that_is_not_json() {
    use base64::Engine as _;
    let sandbox = sandbox();
    let now = time::OffsetDateTime::now_utc() + time::Duration::hours(8);
    let (date, time) = (now.date(), now.time());
    let timestamp = format!(
        "{}{:02}{:02}{:02}{:02}{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let sign = md5::compute(format!("{ACCOUNT_SID}{AUTH_TOKEN}{timestamp}"));
    let authorization =
        base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT_SID}|{timestamp}"));
    let mut stream = TcpStream::connect(sandbox.url().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx?Sign={sign:x} HTTP/1.1\r\nHost: x\r\n\
         Authorization: {authorization}\r\nContent-Type: application/json;charset=utf-8\r\n\
         Content-Length: 1\r\nConnection: close\r\n\r\n{{"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""statusCode":"-4""#), "{answer}");
}

#[test]
fn the_sandbox_can_be_late_busy_or_broken() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    sandbox.inject(Fault::Late(Duration::from_secs(30)), Count::Next(1));
    let begun = Instant::now();
    let hasty = client.with_timeout(Duration::from_millis(100));
    assert_eq!(hasty.meeting_state(APPID, CONFID).unwrap_err().kind(), Kind::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(10));

    sandbox.inject(Fault::Status(503), Count::Always);
    let error = client.meeting_state(APPID, CONFID).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(503)));
    assert!(error.is_retryable());
    sandbox.clear_faults();
    assert!(client.meeting_state(APPID, CONFID).is_ok());
}

#[test]
fn a_refusal_names_its_remedy() {
    let sandbox = sandbox();
    let error = client(&sandbox).meeting_state("x", CONFID).unwrap_err();
    assert!(error.to_string().contains("whitelist"), "{error}");
}

#[test]
fn many_threads_get_their_own_rooms() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    for number in 0..16 {
        let member = ytx_sandbox::Member { phone: number.to_string(), online: true, muted: false };
        sandbox.set_member(&format!("room-{number}"), member);
    }
    std::thread::scope(|scope| {
        for number in 0..16 {
            let client = &client;
            scope.spawn(move || {
                for _ in 0..50 {
                    let state = client.meeting_state(APPID, &format!("room-{number}")).unwrap();
                    assert_eq!(state.members[0].phone, number.to_string());
                }
            });
        }
    });
    assert!(sandbox.connections() <= 16, "{}", sandbox.connections());
}
