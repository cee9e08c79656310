//! Each path of the table in the guide, with each of its codes, over a socket.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{ACCOUNT_SID, APPID, CONFID, Config, Count, Fault, Member, Sandbox};

fn start() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    let stream = TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap();
    // Far more than it takes: this only ends a wait for an answer that doesn't come.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Status and headers, and the rest of the connection.
fn send(
    sandbox: &Sandbox,
    line: &str,
    headers: &str,
    body: &str,
) -> (Vec<String>, impl Read + use<>) {
    let mut stream = connect(sandbox);
    let length = body.len();
    let request = format!("{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => return (lines, reader),
            line => lines.push(line.to_owned()),
        }
    }
}

fn read(lines: &[String], mut rest: impl Read) -> (u16, String) {
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    rest.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

fn ask(sandbox: &Sandbox, line: &str, body: &str) -> (u16, Value) {
    let (lines, rest) = send(sandbox, line, "Host: localhost\r\n", body);
    let (status, body) = read(&lines, rest);
    (status, serde_json::from_str(&body).unwrap())
}

fn get(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    ask(sandbox, &format!("GET /sandbox/{path}"), "")
}

fn post(sandbox: &Sandbox, path: &str, body: &Value) -> (u16, Value) {
    ask(sandbox, &format!("POST /sandbox/{path}"), &body.to_string())
}

/// An unsigned request to the platform.
fn call(sandbox: &Sandbox, host: &str) -> (u16, String) {
    let line = format!("POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx?Sign=SECRET7890");
    let headers = format!("Host: {host}\r\nOrigin: http://{host}\r\n");
    let body = format!(r#"{{"action":"lockMeeting","appid":"{APPID}","confid":"002"}}"#);
    let (lines, rest) = send(sandbox, &line, &headers, &body);
    read(&lines, rest)
}

fn member(phone: &str, online: bool, muted: bool) -> Member {
    Member { phone: phone.to_owned(), online, muted }
}

#[test]
fn members_join_leave_and_are_muted() {
    let sandbox = start();
    let hand = |name: &str, body: Value| post(&sandbox, name, &body).0;
    let with = |phone: &str| json!({ "confid": "003", "phone": phone });

    let (status, room) = post(&sandbox, "join", &with("13112341314"));
    let expected = json!([{ "phone": "131****1314", "online": true, "muted": false }]);
    assert_eq!((status, &room["members"]), (200, &expected));
    assert_eq!(hand("mute", with("131****1314")), 200);
    assert_eq!(hand("mute", with("13112341314")), 200);
    assert_eq!(hand("leave", with("131****1314")), 200);
    assert_eq!(sandbox.members("003"), [member("131****1314", false, true)]);
    assert_eq!(hand("join", with("131****1314")), 200);
    assert_eq!(sandbox.members("003"), [member("131****1314", true, true)]);
    assert_eq!(hand("unmute", with("131****1314")), 200);
    assert_eq!(hand("join", json!({"confid": "003", "phone": "<b>", "muted": true})), 200);
    let both = [member("131****1314", true, false), member("<b>", true, true)];
    assert_eq!(sandbox.members("003"), both);

    for name in ["join", "leave", "mute", "unmute"] {
        assert_eq!(hand(name, json!({ "confid": "7", "phone": "1" })), 404, "{name}");
        assert_eq!(hand(name, json!({ "phone": "1" })), 400, "{name}");
        assert_eq!(hand(name, json!({ "confid": "003", "phone": "" })), 400, "{name}");
        assert_eq!(hand(name, json!({ "confid": "003", "phone": "x".repeat(65) })), 400, "{name}");
        assert_eq!(hand(name, json!({ "confid": "003", "phone": "1", "x": 1 })), 400, "{name}");
        if name != "join" {
            assert_eq!(hand(name, with("139****0000")), 404, "{name}");
        }
    }
}

#[test]
fn rooms_are_made_and_locked() {
    let sandbox = start();
    assert_eq!(post(&sandbox, "lock", &json!({ "confid": CONFID })).1["locked"], true);
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    assert_eq!(post(&sandbox, "unlock", &json!({ "confid": CONFID })).0, 200);
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    for name in ["lock", "unlock"] {
        assert_eq!(post(&sandbox, name, &json!({ "confid": "7" })).0, 404);
        assert_eq!(post(&sandbox, name, &json!({})).0, 400);
    }

    let made = post(&sandbox, "room", &json!({}));
    let expected = json!({"confid": "101", "locked": false, "broken": false, "members": []});
    assert_eq!(made, (201, expected));
    let room = json!({"confid": "8", "locked": true, "broken": true, "members":
        [{"phone": "13112341314", "online": false, "muted": true}]});
    assert_eq!(post(&sandbox, "room", &room).0, 201);
    assert_eq!(sandbox.members("8"), [member("131****1314", false, true)]);
    assert_eq!(sandbox.is_locked("8"), Some(true));
    assert_eq!(post(&sandbox, "room", &room).0, 409);
    assert_eq!(post(&sandbox, "room", &json!({ "confid": "" })).0, 400);
    let twice = json!([{"phone": "1", "online": true, "muted": true},
        {"phone": "1", "online": true, "muted": true}]);
    assert_eq!(post(&sandbox, "room", &json!({ "members": twice })).0, 400);
    assert_eq!(get(&sandbox, "room?confid=8").1["locked"], true);
    assert_eq!(get(&sandbox, "room?confid=9").0, 404);
    assert_eq!(get(&sandbox, "room").0, 400);
    assert_eq!(post(&sandbox, "join", &json!({ "confid": "8", "phone": "é +%" })).0, 200);
    assert_eq!(post(&sandbox, "room", &json!({ "confid": "a b+%c" })).0, 201);
    assert_eq!(get(&sandbox, "room?confid=a+b%2b%25c").1["confid"], "a b+%c");
}

#[test]
fn faults_are_injected_and_cleared() {
    let sandbox = start();
    let (status, settings) = post(&sandbox, "delay", &json!({ "ms": 20, "requests": 2 }));
    let delay = json!({ "kind": "delay", "ms": 20, "requests": 2 });
    assert_eq!((status, &settings["faults"]), (200, &json!([delay])));
    assert_eq!(post(&sandbox, "fail", &json!({ "status": 503 })).0, 200);
    let (_, settings) = post(&sandbox, "throttle", &json!({ "requests": "always" }));
    let fail = json!({ "kind": "fail", "status": 503, "requests": 1 });
    let throttle = json!({ "kind": "throttle", "requests": "always" });
    assert_eq!(settings["faults"], json!([delay, fail, throttle]));

    assert_eq!(call(&sandbox, "x").0, 503);
    assert!(call(&sandbox, "x").1.contains("-104"));
    assert!(sandbox.log()[1].ends_with("answered 20 ms late"));
    assert_eq!(get(&sandbox, "state").1["settings"]["faults"], json!([throttle]));
    assert_eq!(post(&sandbox, "clear", &json!({})).1["faults"], json!([]));
    assert!(call(&sandbox, "x").1.contains("-202"));

    assert_eq!(post(&sandbox, "rate", &json!({ "per_second": 0 })).1["per_second"], 0);
    assert!(call(&sandbox, "x").1.contains("-104"));
    assert_eq!(post(&sandbox, "rate", &json!({ "per_second": null })).0, 200);
    assert!(call(&sandbox, "x").1.contains("-202"));

    for (name, body) in [
        ("delay", json!({})),
        ("delay", json!({ "ms": 86_400_001 })),
        ("delay", json!({ "ms": 1, "requests": 0 })),
        ("throttle", json!({ "requests": "never" })),
        ("fail", json!({ "status": 199 })),
        ("fail", json!({ "status": 600 })),
        ("rate", json!({ "per_second": -1 })),
        ("clear", json!({ "x": 1 })),
    ] {
        assert_eq!(post(&sandbox, name, &body).0, 400, "{name} {body}");
    }
}

#[test]
fn the_clock_is_turned() {
    let sandbox = start();
    let ahead = post(&sandbox, "clock", &json!({ "seconds": 90_000 }));
    assert_eq!((ahead.0, &ahead.1["clock_seconds"]), (200, &json!(90_000)));
    assert!(sandbox.sign_in_with_the_machines_clock().contains("-202"));
    assert_eq!(post(&sandbox, "clock", &json!({ "at": "20260101000000" })).0, 200);
    assert!(sandbox.sign_in_with_the_machines_clock().contains("-202"));
    assert!(sandbox.log()[1].contains("the platform's clock, 202601010000"));
    assert_eq!(post(&sandbox, "clock", &json!({ "seconds": 0 })).0, 200);
    assert!(sandbox.sign_in_with_the_machines_clock().contains("Blance"));
    for body in [
        json!({}),
        json!({ "seconds": 1, "at": "20260101000000" }),
        json!({ "at": "2026" }),
        json!({ "seconds": 4_000_000_000_i64 }),
        json!({ "seconds": i64::MIN }),
    ] {
        assert_eq!(post(&sandbox, "clock", &body).0, 400, "{body}");
    }
}

impl Sandbox {
    fn sign_in_with_the_machines_clock(&self) -> String {
        use base64::Engine as _;
        let stamp = crate::signature::timestamp(time::OffsetDateTime::now_utc());
        let sign = md5::compute(format!("{ACCOUNT_SID}{}{stamp}", crate::AUTH_TOKEN));
        let authorization = format!("{ACCOUNT_SID}|{stamp}");
        let authorization = base64::engine::general_purpose::STANDARD.encode(authorization);
        let line = format!("POST /201612/sid/{ACCOUNT_SID}/account/getBlance.wx?Sign={sign:x}");
        let headers = format!("Host: x\r\nAuthorization: {authorization}\r\n");
        let (lines, rest) = send(self, &line, &headers, "{}");
        read(&lines, rest).1
    }
}

#[test]
fn requests_are_kept_with_why_and_without_secrets() {
    let sandbox = start();
    call(&sandbox, "any.example");
    sandbox.sign_in_with_the_machines_clock();
    let (_, lines) = get(&sandbox, "requests");
    let first = &lines[0];
    assert_eq!((&first["number"], &first["code"]), (&json!(1), &json!(-202)));
    assert_eq!(first["message"], "包头验证信息错误");
    assert_eq!(first["what"]["en"], "there is no Authorization header");
    assert_eq!(first["what"]["zh"], "没有 Authorization 请求头");
    assert_eq!((&first["part"], &first["refused"]), (&json!("authorization"), &json!(true)));
    assert_eq!((&first["action"], &first["confid"]), (&json!("lockMeeting"), &json!("002")));
    assert_eq!(first["function"], "call/TeleMeeting.wx");
    assert_eq!((&first["connection"], first["micros"].is_u64()), (&json!(1), true));
    assert_eq!(first["signed"], false);
    let second = &lines[1];
    assert_eq!((&second["signed"], &second["part"]), (&json!(true), &Value::Null));
    assert_eq!((&second["refused"], &second["code"]), (&json!(false), &Value::Null));
    assert_eq!(
        second["remarks"][0]["zh"],
        "没有 Content-Type：平台页面要求 application/json;charset=utf-8"
    );

    let numbers = |query: &str| {
        let (status, lines) = get(&sandbox, &format!("requests?{query}"));
        assert_eq!(status, 200);
        lines.as_array().unwrap().iter().map(|line| line["number"].as_u64().unwrap()).collect()
    };
    let none: [u64; 0] = [];
    let check = |query: &str, expected: &[u64]| {
        let found: Vec<u64> = numbers(query);
        assert_eq!(found, expected, "{query}");
    };
    check("", &[1, 2]);
    check("refused=1", &[1]);
    check("refused=0", &[1, 2]);
    check("confid=002", &[1]);
    check("confid=003", &none);
    check("after=1", &[2]);
    assert_eq!(get(&sandbox, "requests?after=x").0, 400);

    let (status, whole) = get(&sandbox, "request?number=1");
    assert_eq!(status, 200);
    let head = whole["head"].as_str().unwrap();
    assert!(head.contains("Sign=‹masked, 10 characters› HTTP/1.1\nhost: any.example"), "{head}");
    assert!(whole["body"].as_str().unwrap().starts_with("{\"action\":\"lockMeeting\""));
    assert!(whole["answer"].as_str().unwrap().contains("-202"));
    assert!(!get(&sandbox, "state").1.to_string().contains("SECRET7890"));
    assert_eq!(get(&sandbox, "request?number=9").0, 404);
    assert_eq!(get(&sandbox, "request").0, 400);
}

#[test]
fn of_many_requests_the_last_thousand_are_kept() {
    let sandbox = start();
    let body = "x".repeat(64 * 1024);
    for number in 1..=crate::journal::REQUESTS + 5 {
        let (lines, rest) = send(&sandbox, "POST /x", "Host: x\r\n", &body);
        assert_eq!(read(&lines, rest).0, 404, "{number}");
    }
    let (_, lines) = get(&sandbox, "requests");
    let lines = lines.as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["number"]), (1000, &json!(6)));
    let (_, whole) = get(&sandbox, "request?number=1005");
    assert_eq!(whole["body"].as_str().unwrap().len(), 16 * 1024);
    assert_eq!(whole["body_bytes"], 64 * 1024);
}

/// The name and data of the next event.
fn event(stream: &mut impl BufRead) -> (String, Value) {
    let mut name = String::new();
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the stream has ended");
        if let Some(it) = line.strip_prefix("event: ") {
            name = it.trim_end().to_owned();
        } else if let Some(data) = line.strip_prefix("data: ") {
            return (name, serde_json::from_str(data).unwrap());
        }
    }
}

#[test]
fn what_happens_is_told_as_it_happens() {
    let sandbox = start();
    call(&sandbox, "x");
    let line = "GET /sandbox/events";
    let (lines, rest) = send(&sandbox, line, "Host: localhost\r\n", "");
    assert!(lines.contains(&"content-type: text/event-stream".to_owned()), "{lines:?}");
    let mut stream = BufReader::new(rest);
    let (name, state) = event(&mut stream);
    assert_eq!((name.as_str(), state["requests"].as_array().unwrap().len()), ("state", 1));
    assert_eq!((&state["rooms"][0]["confid"], &state["open"]), (&json!("002"), &json!(false)));

    call(&sandbox, "x");
    let (name, request) = event(&mut stream);
    assert_eq!((name.as_str(), &request["number"]), ("request", &json!(2)));
    sandbox.set_member("003", member("1", true, false));
    let (name, room) = event(&mut stream);
    assert_eq!((name.as_str(), &room["members"][0]["phone"]), ("room", &json!("1")));
    sandbox.inject(Fault::Late(Duration::from_millis(1)), Count::Next(1));
    assert_eq!(event(&mut stream).0, "settings");
    call(&sandbox, "x");
    let (name, settings) = event(&mut stream);
    assert_eq!((name.as_str(), &settings["faults"]), ("settings", &json!([])));
    assert_eq!(event(&mut stream).1["micros"], Value::Null, "held back");
    let (_, ended) = event(&mut stream);
    assert!(ended["micros"].as_u64().unwrap() >= 1000 && ended["gone"] == false, "{ended}");

    sandbox.inject(Fault::Late(Duration::from_secs(600)), Count::Next(1));
    assert_eq!(event(&mut stream).0, "settings");
    let mut impatient = connect(&sandbox);
    impatient.write_all(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert_eq!(event(&mut stream).0, "settings");
    assert_eq!(event(&mut stream).0, "request");
    drop(impatient);
    assert_eq!(event(&mut stream).1["gone"], true);
}

#[test]
fn another_run_has_another_name() {
    let run = || get(&start(), "state").1["run"].as_str().unwrap().to_owned();
    let (first, second) = (run(), run());
    assert!(first.len() == 32 && first != second, "{first} {second}");
}

#[test]
fn what_is_asked_wrongly_is_told_so() {
    let sandbox = start();
    assert_eq!(get(&sandbox, "nothing").0, 404);
    assert_eq!(get(&sandbox, "").0, 404);
    assert_eq!(get(&sandbox, "lock").0, 405);
    assert_eq!(post(&sandbox, "state", &json!({})).0, 405);
    assert_eq!(ask(&sandbox, "DELETE /sandbox/events", "").0, 405);
    let room = "GET /sandbox/lock";
    let (lines, _) = send(&sandbox, room, "Host: localhost\r\n", "");
    assert!(lines.contains(&"allow: POST".to_owned()), "{lines:?}");
    assert_eq!(ask(&sandbox, "POST /sandbox/lock", "confid=002").0, 400);
    let large = " ".repeat(super::LARGEST_BODY + 1);
    assert_eq!(ask(&sandbox, "POST /sandbox/lock", &large).0, 413);
    assert_eq!((sandbox.requests(), sandbox.log().len()), (0, 0), "none is the platform's");
}

#[test]
fn another_site_may_neither_drive_nor_read_it() {
    let sandbox = start();
    let own = sandbox.url().to_owned();
    let body = format!("{{\"confid\":\"{CONFID}\"}}");
    let status = |line: &str, headers: &str| {
        let (lines, rest) = send(&sandbox, line, headers, &body);
        (read(&lines, rest).0, lines)
    };
    for headers in [
        "Host: evil.example\r\n".to_owned(),
        "Host: evil.example\r\nOrigin: http://evil.example\r\n".to_owned(),
        "Host: localhost\r\nOrigin: http://evil.example\r\n".to_owned(),
        "Host: localhost\r\nOrigin: null\r\n".to_owned(),
        "Host: 10.0.0.1\r\n".to_owned(),
    ] {
        for line in ["GET /", "HEAD /", "GET /sandbox/state", "GET /sandbox/events"] {
            assert_eq!(send(&sandbox, line, &headers, "").0[0], "HTTP/1.1 403 Forbidden", "{line}");
        }
        assert_eq!(status("POST /sandbox/lock", &headers).0, 403, "{headers}");
    }
    let cross = "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n";
    assert_eq!(status("GET /sandbox/state", cross).0, 403);
    assert_eq!(sandbox.is_locked(CONFID), Some(false));

    let itself = format!("Host: {}\r\nOrigin: {own}\r\n", own.strip_prefix("http://").unwrap());
    assert_eq!(status("POST /sandbox/lock", &itself).0, 200);
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    let (_, headers) = status("GET /sandbox/state", &itself);
    assert!(!headers.iter().any(|line| line.starts_with("access-control")), "{headers:?}");
    assert!(headers.contains(&"cross-origin-resource-policy: same-origin".to_owned()));

    // The platform's own paths take any.
    assert!(call(&sandbox, "evil.example").1.contains("-202"));
    assert_eq!(status("POST /", "Host: evil.example\r\n").0, 404);
}

#[test]
fn one_more_host_may_be_named() {
    let config = Config { hosts: vec!["team.example".to_owned()], ..Config::default() };
    let sandbox = Sandbox::start(config).unwrap();
    let status =
        |host: &str| send(&sandbox, "GET /", &format!("Host: {host}\r\n"), "").0[0].clone();
    assert_eq!(status("team.example:8089"), "HTTP/1.1 200 OK");
    assert_eq!(status("other.example:8089"), "HTTP/1.1 403 Forbidden");
}

#[test]
fn the_page_asks_nobody_else_and_runs_nothing_else() {
    let sandbox = start();
    let page = || {
        let (lines, rest) = send(&sandbox, "GET /", "Host: localhost\r\n", "");
        let policy = lines.iter().find_map(|it| it.strip_prefix("content-security-policy: "));
        (policy.unwrap().to_owned(), read(&lines, rest).1)
    };
    let (policy, text) = page();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(nonce.len() == 32 && !text.contains(super::NONCE));
    let tags = ["<script", "<style"];
    for tag in tags {
        assert!(text.contains(tag));
        for rest in text.split(tag).skip(1) {
            assert!(rest.starts_with(&format!(" nonce=\"{nonce}\">")), "{tag}");
        }
    }
    for part in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_ne!(page().0, policy, "a nonce is for once");
    for other in ["http://", "https://", "//cdn", "@import", "url(", ".innerHTML", "eval("] {
        assert!(!text.replace("http://www.w3.org/2000/svg", "").contains(other), "{other}");
    }
}

/// Requests, in this order, and their codes. `X` asks with more than may be.
const EXAMPLES: [(&str, &str, u16); 53] = [
    ("POST /sandbox/room", r#"{"confid":"9"}"#, 201),
    ("POST /sandbox/room", r#"{"confid":"9"}"#, 409),
    ("POST /sandbox/room", r#"{"room":"9"}"#, 400),
    ("POST /sandbox/lock", r#"{"confid":"9"}"#, 200),
    ("POST /sandbox/lock", r#"{"confid":9}"#, 400),
    ("POST /sandbox/lock", r#"{"confid":"8"}"#, 404),
    ("POST /sandbox/unlock", r#"{"confid":"9"}"#, 200),
    ("POST /sandbox/unlock", "", 400),
    ("POST /sandbox/unlock", r#"{"confid":"8"}"#, 404),
    ("POST /sandbox/join", r#"{"confid":"9","phone":"1","muted":true}"#, 200),
    ("POST /sandbox/join", r#"{"confid":"9"}"#, 400),
    ("POST /sandbox/join", r#"{"confid":"8","phone":"1"}"#, 404),
    ("POST /sandbox/leave", r#"{"confid":"9","phone":"1"}"#, 200),
    ("POST /sandbox/leave", r#"{"confid":"9"}"#, 400),
    ("POST /sandbox/leave", r#"{"confid":"9","phone":"2"}"#, 404),
    ("POST /sandbox/mute", r#"{"confid":"9","phone":"1"}"#, 200),
    ("POST /sandbox/mute", r#"{"confid":"9"}"#, 400),
    ("POST /sandbox/mute", r#"{"confid":"9","phone":"2"}"#, 404),
    ("POST /sandbox/unmute", r#"{"confid":"9","phone":"1"}"#, 200),
    ("POST /sandbox/unmute", r#"{"confid":"9"}"#, 400),
    ("POST /sandbox/unmute", r#"{"confid":"9","phone":"2"}"#, 404),
    ("POST /sandbox/delay", r#"{"ms":1,"requests":1}"#, 200),
    ("POST /sandbox/delay", r#"{"requests":1}"#, 400),
    ("POST /sandbox/throttle", r#"{"requests":"always"}"#, 200),
    ("POST /sandbox/throttle", r#"{"requests":-1}"#, 400),
    ("POST /sandbox/fail", r#"{"status":503,"requests":1}"#, 200),
    ("POST /sandbox/fail", r#"{"status":42}"#, 400),
    ("POST /sandbox/clear", "", 200),
    ("POST /sandbox/clear", "[1]", 400),
    ("POST /sandbox/rate", r#"{"per_second":5}"#, 200),
    ("POST /sandbox/rate", r#"{"per_second":"5"}"#, 400),
    ("POST /sandbox/rate", r#"{"per_second":null}"#, 200),
    ("POST /sandbox/clock", r#"{"seconds":5}"#, 200),
    ("POST /sandbox/clock", r#"{"at":"20260101000000"}"#, 200),
    ("POST /sandbox/clock", "{}", 400),
    ("GET /sandbox/state", "", 200),
    ("GET /sandbox/room?confid=9", "", 200),
    ("GET /sandbox/room", "", 400),
    ("GET /sandbox/room?confid=8", "", 404),
    ("GET /sandbox/requests", "", 200),
    ("GET /sandbox/requests?after=0&confid=9&refused=1", "", 200),
    ("GET /sandbox/requests?after=x", "", 400),
    ("GET /sandbox/request?number=1", "", 200),
    ("GET /sandbox/request", "", 400),
    ("GET /sandbox/request?number=2", "", 404),
    ("GET /sandbox/events", "", 200),
    ("GET /sandbox/events", "X", 503),
    // Beside the table.
    ("GET /sandbox/nothing", "", 404),
    ("GET /sandbox/lock", "", 405),
    ("POST /sandbox/state", "", 405),
    ("POST /sandbox/events", "", 405),
    ("DELETE /sandbox/room", "", 405),
    ("POST /sandbox/nothing", "", 404),
];

#[test]
fn each_row_of_the_guides_table_is_so() {
    let sandbox = start();
    call(&sandbox, "x");
    let mut streams = Vec::new();
    let mut shown = BTreeSet::new();
    for (line, body, code) in EXAMPLES {
        while body == "X" && streams.len() < 64 {
            streams.push(send(&sandbox, line, "Host: localhost\r\n", "").1);
        }
        let (lines, rest) = send(&sandbox, line, "Host: localhost\r\n", body);
        let status = lines[0].split(' ').nth(1).unwrap();
        assert_eq!(status, code.to_string(), "{line} {body}");
        streams.extend((line == "GET /sandbox/events" && code == 200).then_some(rest));
        if code != 405 && !line.ends_with("nothing") {
            shown.insert((line.split('?').next().unwrap().to_owned(), status.to_owned()));
        }
    }

    for guide in [
        include_str!("../../../../docs/en/sandbox.md"),
        include_str!("../../../../docs/zh-CN/sandbox.md"),
    ] {
        let mut documented = BTreeSet::new();
        for row in
            guide.lines().filter(|line| line.starts_with("| `") && line.contains(" /sandbox/"))
        {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let path = cells[0].trim_matches('`').to_owned();
            documented.extend(cells[2].split(", ").map(|code| (path.clone(), code.to_owned())));
        }
        assert_eq!(documented, shown);
    }
    for name in super::hand::NAMES {
        assert!(shown.iter().any(|(path, _)| path.ends_with(&format!("/{name}"))), "{name}");
    }
}
