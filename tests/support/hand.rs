//! The hand on a sandbox, as a test script in any language has it: `/sandbox/…` over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use ytx_sandbox::{CONFID, Sandbox};

/// A POST that has to succeed, and what it is answered with.
pub fn post(sandbox: &Sandbox, name: &str, body: Value) -> Value {
    let (status, answer) = ask(sandbox, "POST", name, &body.to_string());
    assert!(matches!(status, 200 | 201), "{name} {body}: {answer}");
    answer
}

/// What happens to a member of the ready-made room: `join`, `leave`, `mute` or `unmute`.
pub fn member(sandbox: &Sandbox, name: &str, phone: &str) {
    post(sandbox, name, json!({ "confid": CONFID, "phone": phone }));
}

/// Whether a room is locked; `None` when there is no such room.
pub fn is_locked(sandbox: &Sandbox, confid: &str) -> Option<bool> {
    let (status, room) = ask(sandbox, "GET", &format!("room?confid={confid}"), "");
    assert!(matches!(status, 200 | 404), "{room}");
    room["locked"].as_bool()
}

fn ask(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, Value) {
    let address = sandbox.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "{method} /sandbox/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}
