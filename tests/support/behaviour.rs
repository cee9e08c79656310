//! What the server does for each key (a confid, mostly) that the C programs use: a key no rule
//! knows is answered with success and repeated.

use std::time::Duration;

use super::server::{Reply, Request, Step, chunked, echo, http, http_1_0, json};
use Step::{Await, Close, Drip, Flood, Open, Pause, Reset, Send, Stall};

const BETWEEN_DRIPS: Duration = Duration::from_millis(20);
const GOOD: &[u8] = br#"{"statusCode":"0"}"#;

pub fn behave(request: &Request) -> Reply {
    let key = request.key();
    if request.head.starts_with("CONNECT ") {
        return vec![send(http(403, &[], b""))];
    }
    if let Some(what) = key.strip_prefix("await ") {
        return [vec![Await(what.to_owned())], echo(request)].concat();
    }
    if let Some(which) = key.strip_prefix("held") {
        return [vec![Await(format!("release{which}"))], echo(request)].concat();
    }
    let rules = told(key).or_else(|| failing_at_times(request));
    rules.or_else(|| misbehaving(key, request.earlier)).unwrap_or_else(|| match key {
        "slow" => [vec![Pause(Duration::from_millis(500))], echo(request)].concat(),
        "too much" => {
            let answer = br#"{"statusCode":"0","echo":"too much"}"#;
            vec![send([http(200, &[], answer).as_slice(), GOOD].concat())]
        }
        "close after it" => [echo(request), vec![Close, Open("closed")]].concat(),
        _ => echo(request),
    })
}

/// The connection, or HTTP, goes wrong.
fn misbehaving(key: &str, earlier: usize) -> Option<Reply> {
    let length_100 = || ok("Content-Length: 100\r\n\r\n{\"statusCode\":");
    let first_chunk = || ok("Transfer-Encoding: chunked\r\n\r\n10\r\n{\"statusCode\":\"0\r\n");
    let first_time = earlier == 0;
    Some(match key {
        "close" | "close a request" | "close always" => vec![Close],
        "close once" if first_time => vec![Close],
        "reset" => vec![Reset],
        "reset once" if first_time => vec![Reset],
        "close in the status line" => vec![send("HTTP/1.1 20"), Close],
        "close in the head" | "close in a warm head" => vec![ok("Content-"), Close],
        "reset in the head" => vec![ok("Content-"), Reset],
        "close in the body" => vec![length_100(), Close],
        "reset in the body" => vec![length_100(), Reset],
        "close in a chunk" => vec![ok("Transfer-Encoding: chunked\r\n\r\nff\r\n{\"st"), Close],
        "close before the last chunk" => vec![first_chunk(), Close],

        "silence" => vec![Stall],
        "silence in the head" => vec![ok("Content-"), Stall],
        "silence in the body" => vec![length_100(), Stall],
        "silence in a chunk" => vec![first_chunk(), Stall],
        "half" => vec![length_100(), Open("half sent"), Stall],
        "dripping head" => vec![ok("X: "), drip(10_000)],
        "dripping body" => vec![ok("Content-Length: 10000\r\n\r\n"), drip(10_000)],
        "dripping chunks" => vec![
            ok("Transfer-Encoding: chunked\r\n\r\n"),
            Drip(b"1\r\nx\r\n".repeat(1000), BETWEEN_DRIPS),
        ],

        "not HTTP" => vec![send("SSH-2.0-server\r\n\r\n")],
        "no status" => vec![send("HTTP/1.1 okay\r\nContent-Length: 0\r\n\r\n")],
        "two lengths" => {
            vec![ok("Content-Length: 18\r\nContent-Length: 2\r\n\r\n{\"statusCode\":\"0\"}")]
        }
        "negative length" => vec![ok("Content-Length: -18\r\n\r\n{\"statusCode\":\"0\"}")],
        "broken chunk" => {
            vec![ok("Transfer-Encoding: chunked\r\n\r\nzz\r\n{\"statusCode\":\"0\"}\r\n0\r\n\r\n")]
        }
        "endless status line" => vec![send("HTTP/1.1 200 "), Flood(b"very ".repeat(1000))],
        "endless header" => vec![ok("X: "), Flood(b"very ".repeat(1000))],
        "endless headers" => vec![ok(""), Flood(b"X: very\r\n".repeat(1000))],
        "endless body" => vec![ok("\r\n"), Flood(vec![b' '; 100_000])],
        "endless chunks" => {
            let chunk = [b"10000\r\n", [b' '; 0x10000].as_slice(), b"\r\n"].concat();
            vec![ok("Transfer-Encoding: chunked\r\n\r\n"), Flood(chunk)]
        }
        "proxy 407" => vec![send(http(407, &["Proxy-Authenticate: Basic realm=\"x\""], b""))],
        "proxy 407 cut off" => {
            vec![send("HTTP/1.1 407 No\r\nContent-Length: 100\r\n\r\n<html>"), Reset]
        }
        _ => return None,
    })
}

/// "503 twice": the failure first, how long it lasts after it.
fn failing_at_times(request: &Request) -> Option<Reply> {
    let (failure, how_long) = request.key().split_once(' ')?;
    let times = match how_long {
        "once, a second" => 1,
        "twice" => 2,
        "always" | "for ever" | "request" | "later" | "in half a minute" => usize::MAX,
        _ => return None,
    };
    if request.earlier >= times {
        return Some(echo(request));
    }
    let after = match how_long {
        "once, a second" => vec!["Retry-After: 1"],
        "in half a minute" => vec!["Retry-After: 30"],
        "later" => vec!["Retry-After: 3600"],
        _ => vec![],
    };
    Some(match failure.parse::<i32>() {
        Ok(refusal @ ..0) => json(format!(r#"{{"statusCode":"{refusal}"}}"#)),
        Ok(status) => vec![send(http(status.try_into().unwrap(), &after, b"<html>"))],
        Err(_) if failure == "close" => vec![Close],
        Err(_) if failure == "cut" => vec![ok("Content-Length: 100\r\n\r\n{"), Close],
        Err(_) => json(failure),
    })
}

/// "200:7b7d": the manner, and the body in hexadecimal.
fn told(key: &str) -> Option<Reply> {
    let (manner, body) = key.split_once(':')?;
    let body = unhex(body)?;
    Some(match manner {
        "chunked" => chunked(&body, 7),
        "drip" => vec![Drip(http(200, &[], &body), Duration::ZERO)],
        "http1.0" => http_1_0(&body),
        "close" => vec![send(http(200, &["Connection: close"], &body)), Close],
        "continue" => {
            let first = b"HTTP/1.1 100 Continue\r\n\r\n";
            vec![send([first, http(200, &[], &body).as_slice()].concat())]
        }
        "lower case" => {
            let head = format!("http/1.1 200 ok\r\ncontent-length:{}\r\n\r\n", body.len());
            vec![send(head.replace("http", "HTTP")), send(body)]
        }
        status => vec![send(http(status.parse().ok()?, &[], &body))],
    })
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let bytes = (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16));
    bytes.collect::<Result<_, _>>().ok()
}

fn send(bytes: impl AsRef<[u8]>) -> Step {
    Send(bytes.as_ref().to_vec())
}

/// A good status line and whatever follows it.
fn ok(rest: &str) -> Step {
    send(format!("HTTP/1.1 200 OK\r\n{rest}"))
}

fn drip(length: usize) -> Step {
    Drip(vec![b' '; length], BETWEEN_DRIPS)
}

/// The answer of a server that takes whatever comes for a request, as one that speaks plain HTTP
/// does with a TLS handshake.
pub fn bad_request() -> Reply {
    vec![send(http(400, &["Connection: close"], GOOD))]
}
