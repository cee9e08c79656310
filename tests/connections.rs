//! Connections are kept, shared, and let go.

mod support;

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use support::server::{Server, Step, echo, json};
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
