//! The server over real sockets; what it decides is tested with the platform.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::time::Instant;

use super::*;
use crate::{ACCOUNT_SID, CONFID};

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

#[test]
fn a_chunked_request_is_told_to_send_its_length() {
    let sandbox = start();
    let stream = connect(&sandbox);
    let request = format!(
        "POST /201612/sid/{ACCOUNT_SID}/call/TeleMeeting.wx?Sign=x HTTP/1.1\r\nHost: sandbox\r\n\
         Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
    );
    (&stream).write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(&stream).0, "HTTP/1.1 411 Length Required");
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
