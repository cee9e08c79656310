//! Connections are kept, shared, and let go.

mod support;

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use support::server::{Server, Step, echo, http, json};
use ytx::{Client, Kind, Lock, Options};

fn client(server: &Server, change: impl FnOnce(&mut Options)) -> Client {
    let mut options = Options::default();
    options.base_url = server.url();
    options.timeout = Duration::from_secs(60);
    change(&mut options);
    Client::new("sid", "token", options).unwrap()
}

fn lock(client: &Client, confid: &str) {
    let answer = client.lock_meeting("app", confid, Lock::Locked).unwrap();
    assert!(answer.json().contains(&format!(r#""echo":"{confid}""#)), "{}", answer.json());
}

#[test]
fn a_thousand_calls_on_one_thread_use_one_connection() {
    let server = Server::start(echo);
    let client = client(&server, |_| {});
    (0..1000).for_each(|call| lock(&client, &call.to_string()));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_request_is_what_the_platforms_page_asks_for() {
    let server = Server::start(echo);
    let client = client(&server, |_| {});
    lock(&client, "002");
    let request = &server.requests()[0];
    let (target, authorization) = (request.target(), request.header("Authorization").unwrap());
    let sign = target.strip_prefix("/201612/sid/sid/call/TeleMeeting.wx?Sign=").unwrap();
    assert!(sign.len() == 32 && sign.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    let host = server.url().replace("http://", "");
    let version = env!("CARGO_PKG_VERSION");
    let length = request.body.len();
    assert_eq!(
        request.head,
        format!(
            "POST {target} HTTP/1.1\r\n\
             Host: {host}\r\n\
             Accept: application/json\r\n\
             Content-Type: application/json;charset=utf-8\r\n\
             User-Agent: ytx/{version}\r\n\
             Authorization: {authorization}\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    );
}

#[test]
fn bodies_of_every_size_arrive_whole() {
    let server = Server::start(|request| json(&request.body));
    let client = client(&server, |_| {});
    for size in [16, 16 * 1024, 16 * 1024 + 1, 300_000, 6_000_000] {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8));
        let answer = client.request(None, "call", "Echo.wx", &body).unwrap();
        assert!(answer.json() == body, "{size}");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn threads_that_start_together_use_no_more_connections_than_they_are() {
    const THREADS: usize = 64;
    let server = Server::start(echo);
    let client = client(&server, |_| {});
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, start) = (&client, &start);
            scope.spawn(move || {
                for round in 0..20 {
                    start.wait();
                    lock(client, &format!("{thread}-{round}"));
                }
            });
        }
    });
    assert!(server.connections() <= THREADS, "{} connections", server.connections());
}

#[test]
fn no_more_connections_are_kept_than_asked_for() {
    // Both calls are under way at once: each answer waits for the other's request.
    let server = Server::start(|request| {
        let (mine, others) = if request.key() == "a" { ("a", "b") } else { ("b", "a") };
        match request.key() {
            "a" | "b" => {
                [vec![Step::Open(mine), Step::Await(others.into())], echo(request)].concat()
            }
            _ => echo(request),
        }
    });
    let client = client(&server, |options| options.max_idle_connections = 1);
    thread::scope(|scope| {
        scope.spawn(|| lock(&client, "a"));
        scope.spawn(|| lock(&client, "b"));
    });
    assert_eq!(server.connections(), 2);
    lock(&client, "c");
    assert_eq!(server.connections(), 2);
    let used = server.seen("c")[0];
    lock(&client, "d");
    assert_eq!(server.seen("d"), [used]);
}

#[test]
fn a_connection_idle_for_too_long_is_not_used_again() {
    let server = Server::start(echo);
    let client = client(&server, |options| options.idle_timeout = Duration::from_millis(20));
    lock(&client, "1");
    // Nothing tells when it has grown old but the time.
    thread::sleep(Duration::from_millis(60));
    lock(&client, "2");
    assert_eq!((server.seen("1"), server.seen("2")), (vec![0], vec![1]));
}

#[test]
fn a_connection_in_steady_use_is_replaced_in_time() {
    let server = Server::start(echo);
    // Four times as long and no longer; a minute with the default.
    let client = client(&server, |options| options.idle_timeout = Duration::from_millis(100));
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1300) {
        lock(&client, "steady");
        thread::sleep(Duration::from_millis(5));
    }
    // More only where this thread itself was held up.
    assert!(server.connections() >= 4, "{} connections", server.connections());
    assert!(server.connections() < server.requests().len() / 2);
}

/// A client with so many kept connections, on which nothing but this step answers what comes next.
/// New ones answer as they should.
fn keeping(kept: usize, then: Step) -> (Server, Client) {
    let server = Server::start(move |request| {
        if request.key().starts_with("warm") {
            // Each answer waits until all requests have come.
            let all = (0..kept).map(|thread| Step::Await(format!("warm {thread}")));
            return all.chain(echo(request)).collect();
        }
        if request.connection < kept { vec![then.clone()] } else { echo(request) }
    });
    let client = client(&server, |_| {});
    thread::scope(|scope| {
        for thread in 0..kept {
            let client = &client;
            scope.spawn(move || lock(client, &format!("warm {thread}")));
        }
    });
    assert_eq!(server.connections(), kept);
    (server, client)
}

#[test]
fn a_peer_that_fell_silent_costs_one_timeout() {
    const KEPT: usize = 16;
    let (server, client) = keeping(KEPT, Step::Stall);
    let hurried = client.with_timeout(Duration::from_millis(200));
    let error = hurried.lock_meeting("app", "silent", Lock::Locked).unwrap_err();
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    lock(&client, "after it");
    assert_eq!((server.connections(), server.seen("after it")), (KEPT + 1, vec![KEPT]));
}

#[test]
fn a_kept_connection_that_breaks_takes_those_like_it_along() {
    const KEPT: usize = 8;
    let (server, client) = keeping(KEPT, Step::Reset);
    let error = client.request(None, "call", "once", "{}").unwrap_err();
    assert_eq!(error.kind(), Kind::Io, "{error}");
    lock(&client, "next");
    assert_eq!((server.connections(), server.seen("next")), (KEPT + 1, vec![KEPT]));
}

#[test]
fn a_new_connection_that_breaks_says_nothing_of_the_others() {
    let server = Server::start(|request| match request.key() {
        "slow" => [vec![Step::Await("broken".into())], echo(request)].concat(),
        "broken" => vec![Step::Reset],
        _ => echo(request),
    });
    let client = client(&server, |options| options.max_idle_connections = 1);
    lock(&client, "first");
    thread::scope(|scope| {
        scope.spawn(|| lock(&client, "slow"));
        while server.seen("slow").is_empty() {
            thread::yield_now();
        }
        let error = client.request(None, "call", "broken", "{}").unwrap_err();
        assert_eq!(error.kind(), Kind::Io, "{error}");
    });
    lock(&client, "after it");
    assert_eq!(server.seen("after it"), server.seen("first"));
}

#[test]
fn a_server_in_trouble_is_given_up() {
    let server = Server::start(|request| match request.key() {
        "5xx" => vec![Step::Send(http(503, &[], b"busy"))],
        "4xx" => vec![Step::Send(http(404, &[], b"nothing"))],
        _ => echo(request),
    });
    let client = client(&server, |_| {});
    for (key, expected) in [("1", 0), ("4xx", 0), ("2", 0), ("5xx", 0), ("3", 1)] {
        let _ = client.lock_meeting("app", key, Lock::Locked);
        assert_eq!(server.seen(key), [expected], "{key}");
    }
}

#[test]
fn a_408_that_crosses_a_request_is_as_good_as_a_close() {
    let timed_out = || vec![Step::Send(http(408, &["Connection: close"], b"")), Step::Close];
    let server = Server::start(move |request| match (request.key(), request.earlier) {
        ("crossed" | "generic", 0) | ("always", _) => timed_out(),
        _ => echo(request),
    });
    let client = client(&server, |_| {});
    lock(&client, "warm");
    lock(&client, "crossed");
    assert_eq!(server.seen("crossed"), [0, 1]);
    // What may not be sent twice is not, and the answer is what it is.
    let error = client.request(None, "call", "generic", "{}").unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(408)), "{error}");
    assert_eq!(server.seen("generic"), [1]);
    // On a new connection a 408 has crossed nothing.
    let error = client.lock_meeting("app", "always", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(408)), "{error}");
    assert_eq!((error.attempts(), server.seen("always").len()), (1, 1));
    // Sent again once, not for ever.
    lock(&client, "warm again");
    let error = client.lock_meeting("app", "always", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Http, 2), "{error}");
}

#[test]
fn an_interim_answer_alone_is_no_answer() {
    let interim = || Step::Send(b"HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n".to_vec());
    let server = Server::start(move |request| match (request.key(), request.earlier) {
        ("closed", 0) => vec![interim(), Step::Close],
        _ => echo(request),
    });
    let client = client(&server, |_| {});
    lock(&client, "warm");
    lock(&client, "closed"); // sent again: nothing was answered
    assert_eq!(server.seen("closed"), [0, 1]);
}

#[test]
fn a_408_need_not_come_whole() {
    // The server closes with the request unread, which cuts its answer off.
    for cut in ["HTTP/1.0 408 Request Time-out\r\n\r\n<html>", "HTTP/1.1 408 Request Time-out\r\nA"]
    {
        let server = Server::start(move |request| match (request.key(), request.earlier) {
            ("crossed" | "generic", 0) => vec![Step::Send(cut.into()), Step::Reset],
            _ => echo(request),
        });
        let client = client(&server, |_| {});
        lock(&client, "warm");
        lock(&client, "crossed");
        assert_eq!(server.seen("crossed"), [0, 1]);
        let error = client.request(None, "call", "generic", "{}").unwrap_err();
        assert_eq!((error.http_status(), error.attempts()), (Some(408), 1), "{error}");
        assert_eq!(server.seen("generic"), [1]);
    }
}

#[test]
fn a_date_to_come_back_at_is_one_of_the_servers_clock() {
    // An hour behind: by this machine's clock the moment would have passed long ago.
    let busy = |headers: &[&str]| vec![Step::Send(http(503, headers, b""))];
    let server = Server::start(move |request| match (request.key(), request.earlier) {
        ("date", 0) => busy(&[
            "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "Retry-After: Sun, 06 Nov 1994 08:49:38 GMT",
        ]),
        ("too long", _) => busy(&["Retry-After: 99999999999999999999"]),
        ("no date", 0) => busy(&["Retry-After: Sun, 06 Nov 1994 08:49:38 GMT"]),
        _ => echo(request),
    });
    let client = client(&server, |options| options.max_retries = 1);
    let start = Instant::now();
    lock(&client, "date");
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    lock(&client, "no date");
    let error = client.lock_meeting("app", "too long", Lock::Locked).unwrap_err();
    assert_eq!((error.http_status(), server.seen("too long").len()), (Some(503), 1), "{error}");
}

#[test]
fn handles_with_their_own_deadline_share_connections() {
    let server = Server::start(echo);
    let client = client(&server, |_| {});
    for call in 0..50 {
        lock(&client.with_timeout(Duration::from_secs(30)), &call.to_string());
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_cancelled_handle_ends_alone_and_its_connection_is_not_used_again() {
    let server = Server::start(|request| match request.key() {
        "slow" => vec![Step::Open("slow"), Step::Stall],
        "barrier" => [vec![Step::Await("slow".into())], echo(request)].concat(),
        _ => echo(request),
    });
    let client = client(&server, |_| {});
    lock(&client, "first");
    let handle = client.with_timeout(Duration::ZERO);
    thread::scope(|scope| {
        let call = scope.spawn(|| handle.lock_meeting("app", "slow", Lock::Locked));
        lock(&client.clone(), "barrier"); // now the slow one is under way
        handle.cancel();
        let error = call.join().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.was_sent()), (Kind::Cancelled, true), "{error}");
    });
    let error = handle.lock_meeting("app", "never", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (Kind::Cancelled, 0), "{error}");
    assert!(server.seen("never").is_empty());
    lock(&handle.with_timeout(Duration::ZERO), "derived");
    lock(&client, "parent");
    let dead = server.seen("slow")[0];
    assert!(!server.seen("derived").contains(&dead) && !server.seen("parent").contains(&dead));
}

#[test]
fn a_log_line_that_calls_the_library_does_no_harm() {
    let server = Server::start(echo);
    let url = server.url();
    let client = client(&server, |options| {
        options.log(ytx::Level::Debug, move |_, line| {
            if line.contains("accepted") {
                let mut options = Options::default();
                options.base_url.clone_from(&url);
                lock(&Client::new("sid", "token", options).unwrap(), "from the log");
            }
        });
    });
    lock(&client, "1");
    assert_eq!(server.seen("from the log").len(), 1);
}

#[test]
fn a_name_that_does_not_exist_is_a_failed_connect() {
    let mut options = Options::default();
    options.base_url = format!("http://{}", "a".repeat(300));
    options.timeout = Duration::from_secs(20);
    let client = Client::new("sid", "token", options).unwrap();
    let error = client.lock_meeting("app", "1", Lock::Locked).unwrap_err();
    assert_eq!((error.kind(), error.was_sent(), error.attempts()), (Kind::Connect, false, 1));
}
