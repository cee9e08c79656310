//! The server over real sockets; what it decides is tested with the platform.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::time::Instant;

use super::*;
use crate::{ACCOUNT_SID, AUTH_TOKEN, CONFID};

fn start() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().strip_prefix("http://").unwrap()).unwrap()
}

/// One unsigned request on a connection that is kept: status line and body of the answer.
fn ask(stream: &TcpStream) -> (String, String) {
    let body = "{}";
    let length = body.len();
    let request = format!(
        "POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx?Sign=x HTTP/1.1\r\nHost: sandbox\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    (&*stream).write_all(request.as_bytes()).unwrap();
    read_answer(stream)
}

fn read_answer(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (lines[0].clone(), String::from_utf8(body).unwrap())
}

#[test]
fn connections_and_requests_are_counted_and_logged() {
    let sandbox = start();
    let (first, second) = (connect(&sandbox), connect(&sandbox));
    for stream in [&first, &first, &second] {
        let (status, body) = ask(stream);
        assert_eq!(status, "HTTP/1.1 200 OK");
        assert_eq!(body, r#"{"statusCode":"-202","statusMsg":"包头验证信息错误","requestId":""}"#);
    }
    assert_eq!((sandbox.connections(), sandbox.requests()), (2, 3));
    let log = sandbox.log();
    assert_eq!(log.len(), 3);
    assert_eq!(log[2], "3 -202 包头验证信息错误: there is no Authorization header");
}

#[test]
fn faults_happen_to_as_many_requests_as_asked_for() {
    let sandbox = start();
    let stream = connect(&sandbox);
    sandbox.inject(Fault::Status(503), Count::Next(1));
    sandbox.inject(Fault::Throttle, Count::Next(1));
    assert_eq!(ask(&stream).0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(ask(&stream).1, r#"{"statusCode":"-104","statusMsg":"请求频率过高"}"#);
    assert!(ask(&stream).1.contains("-202"));

    let delay = Duration::from_millis(50);
    sandbox.inject(Fault::Late(delay), Count::Always);
    let begun = Instant::now();
    ask(&stream);
    assert!(begun.elapsed() >= delay);
    assert!(sandbox.log().last().unwrap().ends_with("; answered 50 ms late"));
    sandbox.clear_faults();
    ask(&stream);
    assert!(!sandbox.log().last().unwrap().contains("late"));
}

/// A signed balance query with these headers and this body, and its answer.
fn ask_signed(sandbox: &Sandbox, headers: &str, body: &str) -> (String, String) {
    use base64::Engine as _;
    let stamp = crate::signature::timestamp(OffsetDateTime::now_utc());
    let sign = md5::compute(format!("{ACCOUNT_SID}{AUTH_TOKEN}{stamp}"));
    let authorization = format!("{ACCOUNT_SID}|{stamp}");
    let authorization = base64::engine::general_purpose::STANDARD.encode(authorization);
    let request = format!(
        "POST /201612/sid/{ACCOUNT_SID}/account/getBlance.wx?Sign={sign:x} HTTP/1.1\r\n\
         Host: sandbox\r\nAuthorization: {authorization}\r\n{headers}\r\n{body}"
    );
    let stream = connect(sandbox);
    // Far more than it takes: this only ends a wait for an answer that doesn't come.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    (&stream).write_all(request.as_bytes()).unwrap();
    read_answer(&stream)
}

#[test]
fn a_body_in_chunks_is_taken() {
    let sandbox = start();
    let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let (status, body) = ask_signed(&sandbox, headers, "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains("Blance"), "{body}");
    let log = sandbox.log();
    assert!(log[0].ends_with("; but the body came in chunks: the page shows content-length"));
}

#[test]
fn headers_that_clients_get_wrong_are_remarked_on() {
    let sandbox = start();
    let headers = "Accept: application/json;\r\nContent-Encoding: UTF-8\r\nContent-Length: 2\r\n";
    assert!(ask_signed(&sandbox, headers, "{}").1.contains("Blance"));
    let log = sandbox.log();
    assert!(log[0].contains("; but there is no Content-Type"), "{log:?}");
    assert!(log[0].contains("; but Content-Encoding"), "{log:?}");
}

#[test]
fn no_length_and_no_chunks_is_an_empty_body() {
    let sandbox = start();
    let (status, body) = ask_signed(&sandbox, "", "");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains(r#""statusCode":"-4""#), "{body}");
    assert_eq!(sandbox.log(), ["1 -4 无效的JSON: the body is empty"]);
}

#[test]
fn a_body_that_is_too_large_or_not_whole_is_an_http_error() {
    let sandbox = start();
    let chunked = "Transfer-Encoding: chunked\r\n";
    let (status, _) = ask_signed(&sandbox, chunked, "2\r\n{}\r\nno chunk\r\n");
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
    let large = format!("{:x}\r\n{}\r\n0\r\n\r\n", LARGEST_BODY + 1, " ".repeat(LARGEST_BODY + 1));
    let (status, _) = ask_signed(&sandbox, chunked, &large);
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
    let length = format!("Content-Length: {}\r\n", LARGEST_BODY + 1);
    assert_eq!(ask_signed(&sandbox, &length, "{}").0, "HTTP/1.1 413 Payload Too Large");
}

#[test]
fn rooms_can_be_looked_at_and_filled() {
    let sandbox = start();
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    assert_eq!(sandbox.is_locked("7"), None);
    sandbox.set_member("7", Member { phone: "1".to_owned(), online: true, muted: false });
    assert_eq!(sandbox.is_locked("7"), Some(false));
}

#[test]
fn it_stops_at_once_even_with_an_answer_under_way() {
    let sandbox = start();
    sandbox.inject(Fault::Late(Duration::from_secs(600)), Count::Always);
    let mut stream = connect(&sandbox);
    let request = b"POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request).unwrap();
    while sandbox.requests() == 0 {
        thread::yield_now();
    }
    let begun = Instant::now();
    drop(sandbox);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)), "the connection has been closed");
}

/// The server's thread is held, so that it accepts none: they wait at the system.
#[test]
fn a_thousand_may_connect_at_once() {
    let sandbox = start();
    let address = sandbox.url().strip_prefix("http://").unwrap().parse().unwrap();
    let asking = connect(&sandbox);
    let inner = sandbox.shared.lock();
    let head = format!("POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx HTTP/1.1\r\n\r\n");
    (&asking).write_all(head.as_bytes()).unwrap();
    let soon = Duration::from_millis(500); // a connect that was dropped comes back after 1 s
    let all: Result<Vec<_>, _> =
        (0..1000).map(|_| TcpStream::connect_timeout(&address, soon)).collect();
    drop(inner);
    assert_eq!(all.unwrap().len(), 1000);
}

#[test]
fn who_comes_while_a_request_is_answered_finds_room() {
    let sandbox = Sandbox::start_with(Config::default(), 64).unwrap();
    let address = sandbox.shared.listen;
    let answering = sandbox.shared.lock();
    let mut first = connect(&sandbox);
    let head = format!("POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx HTTP/1.1\r\n\r\n");
    first.write_all(head.as_bytes()).unwrap();
    // More than the runtime accepts before it turns to the one that waits for the lock.
    let come = || TcpStream::connect_timeout(&address, Duration::from_secs(10)).unwrap();
    let others: Vec<_> = (0..400).map(|_| come()).collect();
    drop(answering);
    assert_eq!(ask(others.last().unwrap()).0, "HTTP/1.1 200 OK");
    assert_eq!(sandbox.connections(), 401);
}
