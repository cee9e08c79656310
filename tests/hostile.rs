//! Nothing a server does may hurt the caller: each case ends with its status, on time, is seen by
//! the server as often as it may be, and the next call works.
//!
//! `tests/hostile.md` lists the cases with their statuses; it is made from this file. To renew it:
//! `YTX_RENEW_TABLE=1 cargo test --test hostile`

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use support::server::{Reply, Request, Server, Step, chunked, echo, http, http_1_0, json};
use ytx::{Answer, Client, Error, Event, Kind, Lock, Options, Queue, QueueOptions};

const OK: &str = r#"{"statusCode":"0"}"#;
const REFUSAL: &str = r#"{"statusCode":"-205","statusMsg":"应用验证失败"}"#;

/// What a call has to end with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Accepted,
    Fails(Kind),
    /// An HTTP status that is no answer.
    Http(u16),
}

use End::{Accepted, Fails};

/// What the server does with a request, and how the call then ends.
struct Case {
    name: &'static str,
    reply: Reply,
    end: End,
}

fn case(name: &'static str, end: End, reply: Reply) -> Case {
    Case { name, reply, end }
}

fn raw(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

fn head(lines: &str) -> Step {
    raw(format!("HTTP/1.1 200 OK\r\n{lines}\r\n"))
}

fn status(status: u16, headers: &[&str], body: &str) -> Reply {
    vec![Step::Send(http(status, headers, body.as_bytes()))]
}

fn drip() -> Step {
    Step::Drip(vec![b'a'; 100_000], Duration::from_millis(20))
}

fn broken_connections() -> Vec<Case> {
    let io = Fails(Kind::Io);
    let part = || raw("HTTP/1.1 200 OK\r\nContent-Le");
    let body = || [head("Content-Length: 18\r\n"), raw(&OK[..9])];
    vec![
        case("closes before the head", io, vec![Step::Close]),
        case("resets before the head", io, vec![Step::Reset]),
        case("says 100 and closes", io, vec![raw("HTTP/1.1 100 Continue\r\n\r\n"), Step::Close]),
        case("closes within the head", io, vec![part(), Step::Close]),
        case("resets within the head", io, vec![part(), Step::Reset]),
        case("closes after the head", io, vec![head("Content-Length: 18\r\n"), Step::Close]),
        case("closes within the body", io, [&body()[..], &[Step::Close]].concat()),
        case("resets within the body", io, [&body()[..], &[Step::Reset]].concat()),
        case(
            "closes within a chunk",
            io,
            vec![head("Transfer-Encoding: chunked\r\n"), raw("12\r\n{\"sta"), Step::Close],
        ),
        case(
            "resets a body that its close would end",
            io,
            vec![raw(format!("HTTP/1.0 200 OK\r\n\r\n{OK}")), Step::Pause(PAUSE), Step::Reset],
        ),
    ]
}

/// Long enough for bytes sent before to have been read.
const PAUSE: Duration = Duration::from_millis(100);

fn slow_servers() -> Vec<Case> {
    let timeout = Fails(Kind::Timeout);
    vec![
        case("never answers", timeout, vec![Step::Stall]),
        case(
            "says 100 and nothing more",
            timeout,
            vec![raw("HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n"), Step::Stall],
        ),
        case("stops within the head", timeout, vec![raw("HTTP/1.1 200 OK\r\n"), Step::Stall]),
        case("drips its head", timeout, vec![raw("HTTP/1.1 200 OK\r\nX: "), drip()]),
        case(
            "drips its body",
            timeout,
            vec![head("Content-Length: 50000\r\n"), drip(), Step::Stall],
        ),
        case("drips chunks", timeout, vec![head("Transfer-Encoding: chunked\r\n"), drip_chunks()]),
        case("drips a body without length", timeout, vec![raw("HTTP/1.0 200 OK\r\n\r\n"), drip()]),
        case(
            "promises more than it sends",
            timeout,
            vec![head("Content-Length: 100\r\n"), raw(OK), Step::Stall],
        ),
        case(
            "says 100 Continue for ever",
            timeout,
            vec![Step::Flood(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())],
        ),
    ]
}

fn drip_chunks() -> Step {
    Step::Drip(b"1\r\na\r\n".repeat(10_000), Duration::from_millis(5))
}

fn broken_framing() -> Vec<Case> {
    let response = Fails(Kind::Response);
    let length = |lines: &str| vec![head(lines), raw(OK)];
    let chunks = |text: &str| vec![head("Transfer-Encoding: chunked\r\n"), raw(text), Step::Stall];
    let flood = |text: &str| Step::Flood(text.repeat(1000).into_bytes());
    let many = "X-Header: 1\r\n".repeat(3000);
    vec![
        case("is not HTTP", response, vec![raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"), Step::Stall]),
        case("sends an endless header", response, vec![raw("HTTP/1.1 200 OK\r\nX: "), flood("a")]),
        case("sends a header without a colon", response, length("Content-Length\r\n")),
        case(
            "sends headers without end",
            response,
            vec![raw("HTTP/1.1 200 OK\r\n"), flood("X: 1\r\n")],
        ),
        case("sends thousands of headers", response, length(&many)),
        case("sends a negative length", response, length("Content-Length: -1\r\n")),
        case("sends a length in words", response, length("Content-Length: ten\r\n")),
        case(
            "sends two different lengths",
            response,
            length("Content-Length: 18\r\nContent-Length: 17\r\n"),
        ),
        case("sends too short a length", response, length("Content-Length: 9\r\n")),
        case(
            "sends a length beyond belief",
            response,
            length("Content-Length: 99999999999999\r\n"),
        ),
        case(
            "sends the largest length there is",
            response,
            length("Content-Length: 18446744073709551615\r\n"),
        ),
        case(
            "sends a length beyond numbers",
            response,
            length("Content-Length: 99999999999999999999999\r\n"),
        ),
        case("sends an endless body", response, vec![raw("HTTP/1.0 200 OK\r\n\r\n"), flood("a")]),
        case(
            "sends endless chunks",
            response,
            vec![head("Transfer-Encoding: chunked\r\n"), flood("5\r\naaaaa\r\n")],
        ),
        case("sends a chunk of no number", response, chunks("zz\r\n{}\r\n0\r\n\r\n")),
        case(
            "sends the largest chunk there is",
            Fails(Kind::Timeout),
            chunks("ffffffffffffffff\r\n{}"),
        ),
        case("sends a chunk beyond numbers", response, chunks("fffffffffffffffffff\r\n{}")),
        case(
            "sends a chunk's length without end",
            response,
            vec![head("Transfer-Encoding: chunked\r\n"), flood("1")],
        ),
        case(
            "sends a chunk without its end",
            response,
            chunks("12\r\n{\"statusCode\":\"0\"}xx0\r\n\r\n"),
        ),
        case(
            "names a header in a strange way, and stops there",
            response,
            vec![head("X Y: 1\r\nContent-Length: 18\r\n"), Step::Stall],
        ),
        case(
            "announces too large an answer, and stops there",
            response,
            vec![head("Content-Length: 300000\r\n"), Step::Stall],
        ),
        case("sends nothing", response, status(200, &[], "")),
    ]
}

fn unusual_but_right() -> Vec<Case> {
    let informed = |first: &str| vec![raw(first), Step::Send(http(200, &[], OK.as_bytes()))];
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        case("sends chunks", Accepted, chunked(OK.as_bytes(), 3)),
        case(
            "sends chunks with extensions and a trailer",
            Accepted,
            vec![
                head("Transfer-Encoding: chunked\r\n"),
                raw("12;name=value\r\n{\"statusCode\":\"0\"}\r\n0\r\nX-Sum: 1\r\n\r\n"),
            ],
        ),
        case("speaks HTTP/1.0", Accepted, http_1_0(OK.as_bytes())),
        case("says 100 first", Accepted, informed("HTTP/1.1 100 Continue\r\n\r\n")),
        case(
            "says 103 first",
            Accepted,
            informed("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ),
        case(
            "says 100 first, with headers",
            Accepted,
            informed(
                "HTTP/1.1 100 Continue\r\nServer: x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
            ),
        ),
        case(
            "says 100 first, with a length and folded headers",
            Accepted,
            informed("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\nX: a\r\n b\r\n\r\n"),
        ),
        case(
            "says 100, 102 and 103 first, drop by drop",
            Accepted,
            vec![
                Step::Drip(
                    b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.0 102 Processing\n\n\
                      HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 20"
                        .to_vec(),
                    Duration::from_millis(1),
                ),
                raw(format!("0 OK\r\nContent-Length: 18\r\n\r\n{OK}")),
            ],
        ),
        case(
            "says 100 and refuses",
            Fails(Kind::Refused(-205)),
            [vec![raw("HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n")], json(REFUSAL)].concat(),
        ),
        case(
            "ends its lines with LF alone",
            Accepted,
            vec![raw(format!("HTTP/1.1 200 OK\nContent-Length: 18\nA: b\n\n{OK}"))],
        ),
        case("begins with empty lines", Accepted, informed("\r\n\n\r\n")),
        case(
            "folds its headers",
            Accepted,
            vec![head("X: a\r\n b\r\n\tc\r\nContent-Length:\r\n 18\r\n"), raw(OK)],
        ),
        case("closes after its answer", Accepted, [json(OK), vec![Step::Close]].concat()),
        case("says close", Accepted, status(200, &["Connection: close"], OK)),
        case("sends more than its answer", Accepted, vec![twice()]),
        case(
            "sends more than its chunks",
            Accepted,
            vec![
                head("Transfer-Encoding: chunked\r\n"),
                raw("12\r\n{\"statusCode\":\"0\"}\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"),
            ],
        ),
        case(
            "has in its chunks what ends chunks",
            Accepted,
            vec![
                head("Transfer-Encoding: chunked\r\n"),
                raw("1b\r\n{\"statusCode\":\"0\",\"a\":0\r\n\r\n"),
                Step::Pause(PAUSE),
                raw("\r\n1\r\n}\r\n0"),
                Step::Pause(PAUSE),
                raw("\r\n\r\n"),
            ],
        ),
        case("sends a byte-order mark", Accepted, json(format!("\u{feff}{OK}"))),
        case("escapes a NUL", Accepted, json(r#"{"statusCode":"0","a":"\u0000"}"#)),
        case("nests deep", Accepted, json(format!(r#"{{"statusCode":"0","a":{deep}}}"#))),
        case(
            "sends huge numbers",
            Accepted,
            json(format!(r#"{{"statusCode":0,"a":1e{}}}"#, "9".repeat(999))),
        ),
        case("refuses", Fails(Kind::Refused(-205)), json(REFUSAL)),
    ]
}

/// In one piece: what comes after the next request has been sent cannot be told from its answer,
/// by any client.
fn twice() -> Step {
    Step::Send([http(200, &[], OK.as_bytes()), http(200, &[], REFUSAL.as_bytes())].concat())
}

fn not_an_answer() -> Vec<Case> {
    let response = Fails(Kind::Response);
    let elsewhere = "Location: http://127.0.0.1:1/stolen";
    let html = "<html>no</html>";
    vec![
        case(
            "sends gzip",
            response,
            vec![Step::Send(http(200, &["Content-Encoding: gzip"], b"\x1f\x8b\x08\0"))],
        ),
        case(
            "sends GBK",
            response,
            json(b"{\"statusCode\":\"0\",\"statusMsg\":\"\xcc\xe1\xbd\xbb\"}"),
        ),
        case("sends a raw NUL", response, json(b"{\"statusCode\":\"0\"}\0")),
        case("sends HTML", response, json(html)),
        case("sends an array", response, json("[]")),
        case("sends two statusCodes", response, json(r#"{"statusCode":"0","statusCode":"0"}"#)),
        case("sends brackets only", response, json("[".repeat(100_000))),
        case("sends a word for a code", Fails(Kind::Platform), json(r#"{"statusCode":"ok"}"#)),
        case("answers 204", End::Http(204), vec![raw("HTTP/1.1 204 No Content\r\n\r\n")]),
        case("answers 301", End::Http(301), status(301, &[elsewhere], "")),
        case("answers 307", End::Http(307), status(307, &[elsewhere], html)),
        case("answers 404", End::Http(404), status(404, &[], html)),
        case("answers 500 in HTML", End::Http(500), status(500, &[], html)),
        case("answers 500 with nothing", End::Http(500), status(500, &[], "")),
        case("answers 500 with success", End::Http(500), status(500, &[], OK)),
        case("answers 500 with a refusal", Fails(Kind::Refused(-205)), status(500, &[], REFUSAL)),
        case(
            "answers 500 in broken chunks",
            End::Http(500),
            vec![raw("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Step::Stall],
        ),
        case(
            "answers 500 and is too large",
            End::Http(500),
            status(500, &[], &"x".repeat(300 * 1024)),
        ),
        case("answers 503", End::Http(503), status(503, &[], html)),
        case(
            "answers 101",
            End::Http(101),
            vec![raw("HTTP/1.1 101 Switching Protocols\r\n\r\n"), Step::Close],
        ),
    ]
}

fn client(server: &Server, change: impl FnOnce(&mut Options)) -> Client {
    let mut options = Options::default();
    options.base_url = server.url();
    options.timeout = Duration::from_secs(60);
    options.max_response_bytes = 256 * 1024;
    change(&mut options);
    Client::new("sid", "token", options).unwrap()
}

fn check_end(name: &str, result: &Result<Answer, Error>, end: End) {
    match (result, end) {
        (Ok(_), Accepted) => {}
        (Err(error), End::Http(status)) => {
            assert_eq!(
                (error.kind(), error.http_status()),
                (Kind::Http, Some(status)),
                "{name}: {error}"
            );
        }
        (Err(error), Fails(kind)) => {
            assert_eq!(error.kind(), kind, "{name}: {error}");
        }
        (result, end) => panic!("{name}: {result:?}, not {end:?}"),
    }
}

/// This process's memory, where the system tells.
fn resident_mib() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|sizes| sizes.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()));
    pages.unwrap_or(0) * 4096 / (1024 * 1024)
}

/// What a call through a queue ends with.
fn queued(
    queue: &Queue,
    submit: impl FnOnce(&Queue) -> Result<ytx::Ticket, Error>,
) -> Result<Answer, Error> {
    let submitted = submit(queue).unwrap();
    match queue.take(Some(Duration::from_secs(60))) {
        Some(Event::Done { ticket, result, .. }) if ticket == submitted => result,
        other => panic!("{other:?}"),
    }
}

/// Everything that a result says.
fn told(result: Result<Answer, Error>) -> Result<String, String> {
    result.map(|answer| answer.json().to_owned()).map_err(|error| {
        let answer = error.answer();
        let (sent, attempts) = (error.was_sent(), error.attempts());
        format!(
            "{error}, HTTP {:?}, sent {sent}, attempts {attempts}, {answer:?}",
            error.http_status()
        )
    })
}

/// Runs each case once as a meeting call and once as a generic request, on a connection that was
/// used before; and the same through a queue, which has to end with the same to the byte.
fn run(cases: Vec<Case>) {
    let resident = resident_mib();
    let queue = Queue::new(QueueOptions::default()).unwrap();
    for Case { name, reply, end } in cases {
        let server = Server::start(move |request: &Request| match request.key() {
            "fine" => echo(request),
            _ => reply.clone(),
        });
        let patient = client(&server, |_| {});
        let wait = if end == Fails(Kind::Timeout) { 500 } else { 60_000 };
        let client = patient.with_timeout(Duration::from_millis(wait));
        let begun = Instant::now();

        let fine = || assert!(patient.lock_meeting("app", "fine", Lock::Locked).is_ok(), "{name}");
        let as_meeting = client.lock_meeting("app", "case", Lock::Locked);
        check_end(name, &as_meeting, end);
        assert_eq!(server.seen("case").len(), 1, "{name}");
        fine();
        let as_request = client.request(None, "call", "case.wx", "{}");
        check_end(name, &as_request, end);
        assert_eq!(server.seen("case.wx").len(), 1, "{name}");
        fine();
        let again = client.lock_meeting("app", "again", Lock::Locked);
        fine();
        let result =
            queued(&queue, |queue| queue.lock_meeting(&client, "app", "queued", Lock::Locked, 1));
        assert_eq!(told(result), told(again), "{name}, queued");
        assert_eq!(server.seen("queued").len(), server.seen("again").len(), "{name}, queued");
        fine();
        let result =
            queued(&queue, |queue| queue.request(&client, None, "call", "queued.wx", "{}", 1));
        assert_eq!(told(result), told(as_request), "{name}, queued");
        assert_eq!(server.seen("queued.wx").len(), 1, "{name}, queued");
        let next = patient.lock_meeting("app", "fine", Lock::Locked).unwrap();
        assert!(next.json().contains(r#""echo":"fine""#), "{name}: {}", next.json());

        let limit = if wait == 500 { 5 } else { 30 };
        assert!(begun.elapsed() < Duration::from_secs(limit), "{name}: {:?}", begun.elapsed());
        // The other groups run beside this one, perhaps under a sanitizer that keeps what is freed.
        // An endless body without a bound would bring gigabytes before the deadline.
        let grown = resident_mib().saturating_sub(resident);
        assert!(grown < 512, "{name}: {grown} MiB more");
    }
}

/// The page that lists the cases, as it has to be.
fn page() -> String {
    let groups = [
        ("Connections that break", broken_connections()),
        ("Servers that take their time", slow_servers()),
        ("Framing that does not hold", broken_framing()),
        ("Answers that are none", not_an_answer()),
        ("Answers that are unusual but right", unusual_but_right()),
    ];
    let mut page = "# What a server can do, and what the call ends with\n\n\
        Made from `tests/hostile.rs`, which runs each case as a meeting call and as a generic\n\
        request, sees that the server got either one once only, and that the next call works.\n"
        .to_owned();
    for (title, cases) in groups {
        page += &format!("\n## {title}\n\n| the server | the call ends with |\n|---|---|\n");
        for Case { name, end, .. } in cases {
            let (kind, note) = match end {
                Accepted => (0, String::new()),
                Fails(kind) => (kind.status(), String::new()),
                End::Http(status) => (Kind::Http.status(), format!(" ({status})")),
            };
            let status = ytx::status::describe(kind).unwrap().name.to_str().unwrap();
            page += &format!("| {name} | `{status}`{note} |\n");
        }
    }
    page
}

#[test]
fn the_page_lists_every_case() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile.md");
    if std::env::var_os("YTX_RENEW_TABLE").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == page(),
        "tests/hostile.md is out of date; renew it with\n\
         YTX_RENEW_TABLE=1 cargo test --test hostile"
    );
}

#[test]
fn connections_that_break() {
    run(broken_connections());
}

#[test]
fn servers_that_take_their_time() {
    run(slow_servers());
}

#[test]
fn framing_that_does_not_hold() {
    run(broken_framing());
}

#[test]
fn answers_that_are_unusual_but_right() {
    run(unusual_but_right());
}

#[test]
fn answers_that_are_none() {
    run(not_an_answer());
}

/// A server whose first connection is left by `parting` once it has answered, and on which
/// "barrier" is answered when that is done.
fn parting_server(parting: Step) -> Server {
    Server::start(move |request| match (request.key(), request.connection) {
        ("barrier", _) => [vec![Step::Await("parted".into())], echo(request)].concat(),
        (_, 0) => [echo(request), vec![parting.clone(), Step::Open("parted")]].concat(),
        _ => echo(request),
    })
}

#[test]
fn a_kept_connection_that_was_left_costs_nothing() {
    for parting in [Step::Close, Step::Reset, twice(), raw("x")] {
        let server = parting_server(parting);
        let one = client(&server, |_| {});
        assert!(one.lock_meeting("app", "1", Lock::Locked).is_ok());
        let barrier = client(&server, |_| {}).lock_meeting("app", "barrier", Lock::Locked);
        assert!(barrier.is_ok());
        // It is not safe to send this one twice, and it need not be.
        let answer = one.request(None, "call", "2.wx", "{}").unwrap();
        assert!(answer.json().contains(r#""echo":"2.wx""#), "{}", answer.json());
        assert_eq!(server.seen("2.wx").len(), 1);
    }
}

#[test]
fn a_connection_closed_as_the_request_goes_out_is_resent_only_where_that_is_safe() {
    // The second request on a connection is read, and then the connection is closed.
    let server = Server::start(|request| match request.key() {
        "second" if request.connection == 0 => vec![Step::Close],
        "second.wx" if request.connection == 1 => vec![Step::Close],
        _ => echo(request),
    });
    let client = client(&server, |_| {});
    assert!(client.lock_meeting("app", "first", Lock::Locked).is_ok());
    assert!(client.lock_meeting("app", "second", Lock::Locked).is_ok());
    assert_eq!(server.seen("second"), [0, 1]);

    let error = client.request(None, "call", "second.wx", "{}").unwrap_err();
    assert_eq!((error.kind(), error.was_sent(), error.attempts()), (Kind::Io, true, 1), "{error}");
    assert_eq!(server.seen("second.wx"), [1]);
}

#[test]
fn retries_are_made_for_meeting_calls_only_and_as_often_as_asked() {
    for (reply, kind) in [
        (status(503, &[], ""), Kind::Http),
        (status(502, &[], ""), Kind::Http),
        (vec![Step::Close], Kind::Io),
        (json(r#"{"statusCode":"-104","statusMsg":"请求频率过高"}"#), Kind::Refused(-104)),
    ] {
        let server = Server::start(move |_| reply.clone());
        let client = client(&server, |options| options.max_retries = 2);
        let error = client.lock_meeting("app", "1", Lock::Locked).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 3), "{error}");
        assert_eq!(server.seen("1").len(), 3);
        let error = client.request(None, "call", "2.wx", "{}").unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1), "{error}");
        assert_eq!(server.seen("2.wx").len(), 1);
    }
    for reply in [status(500, &[], ""), json(REFUSAL), json("?")] {
        let server = Server::start(move |_| reply.clone());
        let client = client(&server, |options| options.max_retries = 2);
        assert_eq!(client.lock_meeting("app", "1", Lock::Locked).unwrap_err().attempts(), 1);
        assert_eq!(server.seen("1").len(), 1);
    }
}

#[test]
fn a_retry_that_helps_is_a_success() {
    let server = Server::start(|request| match request.connection {
        0 => status(503, &["Retry-After: 0", "Connection: close"], ""),
        _ => echo(request),
    });
    let client = client(&server, |options| options.max_retries = 1);
    assert!(client.lock_meeting("app", "1", Lock::Locked).is_ok());
    let targets: Vec<String> =
        server.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets.len(), 2);
}

#[test]
fn a_retry_after_beyond_the_deadline_ends_the_call_at_once() {
    let server = Server::start(|_| status(503, &["Retry-After: 3600"], ""));
    let client = client(&server, |options| options.max_retries = 5);
    let begun = Instant::now();
    let error = client.lock_meeting("app", "1", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Http, 1));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn the_http_status_is_told_once_its_line_was_read() {
    let body = || vec![head("Content-Length: 18\r\n"), raw("{"), Step::Close];
    for (reply, told) in [
        (vec![Step::Close], None),
        (vec![raw("HTTP/1.1 20"), Step::Close], None),
        (vec![raw("HTTP/1.1 100 Continue\r\n\r\n"), Step::Close], None),
        (vec![raw("HTTP/1.1 200 OK\r\nContent-Le"), Step::Close], Some(200)),
        (vec![raw("HTTP/1.1 502 Bad\r\n\u{1}\r\n\r\n"), Step::Stall], Some(502)),
        (body(), Some(200)),
        (
            vec![
                raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
                Step::Close,
            ],
            Some(200),
        ),
    ] {
        let server = Server::start(move |_| reply.clone());
        let error = client(&server, |_| {}).lock_meeting("app", "1", Lock::Locked).unwrap_err();
        assert_eq!(error.http_status(), told, "{error}");
    }
}

#[test]
fn a_retry_after_is_for_the_next_attempt_only() {
    let server = Server::start(|request| match request.connection {
        0 => status(503, &["Retry-After: 4", "Connection: close"], ""),
        1 => vec![Step::Close],
        _ => echo(request),
    });
    // Waiting those four seconds a second time would be too long.
    let client = client(&server, |options| {
        options.max_retries = 2;
        options.timeout = Duration::from_millis(7900);
    });
    assert!(client.lock_meeting("app", "1", Lock::Locked).is_ok());
}

#[test]
fn a_bad_gateway_is_tried_again_whatever_its_body_says() {
    let server = Server::start(|_| status(503, &[], REFUSAL));
    let client = client(&server, |options| options.max_retries = 1);
    let error = client.lock_meeting("app", "1", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Refused(-205), 2));
}

#[test]
fn an_answer_to_a_request_that_nobody_read_to_its_end_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 100]).unwrap();
            stream.write_all(&http(413, &[], b"too large")).unwrap();
            // Closed with the rest unread: what is still sent meets a reset.
        }
    });
    let mut options = Options::default();
    options.base_url = url;
    options.timeout = Duration::from_secs(60);
    let client = Client::new("sid", "token", options).unwrap();
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(4 << 20));
    for _ in 0..2 {
        let error = client.request(None, "call", "x.wx", &body).unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(413)), "{error}");
        assert!(error.was_sent());
    }
    server.join().unwrap();
}

#[test]
fn a_clock_that_is_off_is_named_when_the_timestamp_is_refused() {
    let server = Server::start(|_| {
        let date = "Date: Thu, 01 Jan 2032 00:00:00 GMT";
        status(200, &[date], r#"{"statusCode":"-202","statusMsg":"包头验证信息错误"}"#)
    });
    let error = client(&server, |_| {}).lock_meeting("app", "1", Lock::Locked).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused(-202));
    assert!(error.message().contains("clock is") && error.message().contains("behind"), "{error}");
}
