//! Calls that do not block, driven by the C programs `tests/c/queue_*.c`: each says what it expects,
//! and here stands what the server must have seen of it.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

use support::addresses;
use support::behaviour::behave;
use support::cc::Program;
use support::server::{Reply, Request, Server, Step};

/// Compiles a program and runs it; what it prints is for its author, so it should print nothing.
/// False when there is no compiler.
fn passes(program: &str, arguments: &[&str]) -> bool {
    let Some(program) = Program::compile(program) else { return false };
    assert_eq!(program.run(arguments), "", "{arguments:?}");
    true
}

#[test]
fn submissions_are_accepted_or_refused_and_keep_their_deadlines() {
    let server = Server::start(behave);
    if passes("queue_submit", &[&server.url()]) {
        assert!(server.seen("never").is_empty() && server.seen("never.wx").is_empty());
    }
}

#[test]
fn events_are_taken_and_the_descriptor_says_when() {
    let server = Server::start(behave);
    passes("queue_take", &[&server.url()]);
}

/// A megabyte is announced, and a tenth of it comes.
fn with_half_of_much(request: &Request) -> Reply {
    if request.key() != "half of much" {
        return behave(request);
    }
    let mut half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    half.resize(100_000, b' ');
    vec![Step::Send(half), Step::Open("half sent"), Step::Stall]
}

#[test]
fn calls_are_cancelled_and_queues_closed_and_freed() {
    let server = Server::start(with_half_of_much);
    let (_held, hanging) = addresses::hanging(([127, 0, 0, 1], 0).into());
    if passes("queue_end", &[&server.url(), &hanging]) {
        assert!(server.seen("never").is_empty());
    }
}

#[test]
fn calls_end_exactly_once_and_those_of_a_room_in_order() {
    let server = Server::start(behave);
    if !passes("queue_order", &[&server.url()]) {
        return;
    }
    let requests = server.requests();
    let in_order: Vec<String> = requests
        .iter()
        .filter(|request| request.key() == "in order")
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert_eq!(in_order.len(), 20);
    for (number, body) in in_order.iter().enumerate() {
        let expected = format!(r#""lackstate":"{}""#, (number + 1) % 2);
        assert!(body.contains(&expected), "{number}: {body}");
    }
    // All but the first lock call's follower went out.
    assert_eq!(server.seen("held room").len(), 8);
    let turns: Vec<&str> =
        requests.iter().map(Request::key).filter(|key| key.starts_with("turn ")).collect();
    let expected: Vec<String> = (2..12).map(|number| format!("turn {number}")).collect();
    assert_eq!(turns, expected);
}

#[test]
fn log_lines_are_told_by_who_takes() {
    let server = Server::start(behave);
    let (_held, refusing) = addresses::refusing();
    passes("queue_log", &[&server.url(), &refusing]);
}

#[test]
fn a_forked_child_of_a_log_callback_takes_nothing() {
    let server = Server::start(behave);
    passes("queue_log", &[&server.url(), "fork"]);
}

/// A listener that takes nobody in: the system lets its clients connect and send, and they hear
/// nothing.
fn silent() -> (Socket, String) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(4096).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap().as_socket().unwrap());
    (socket, url)
}

#[test]
fn a_thousand_calls_that_wait_take_few_threads_and_a_socket_each() {
    let server = Server::start(behave);
    let (_held, silent) = silent();
    passes("queue_threads", &["thousand", &server.url(), &silent]);
}

#[test]
fn calls_stuck_in_handshakes_take_no_more_threads_than_allowed() {
    let server = Server::start(behave);
    let (_held, silent) = silent();
    passes("queue_threads", &["stuck", &server.url(), &silent]);
}

#[test]
fn a_program_may_end_with_calls_under_way() {
    let server = Server::start(behave);
    let (_held, silent) = silent();
    passes("queue_threads", &["exit", &server.url(), &silent]);
}

#[test]
fn a_daemon_without_standard_streams_gets_none_of_ours() {
    let server = Server::start(behave);
    passes("queue_threads", &["daemon", &server.url(), ""]);
}

#[test]
fn a_forked_child_has_queues_of_its_own() {
    let server = Server::start(behave);
    if !passes("queue_fork", &[&server.url()]) {
        return;
    }
    assert!(server.seen("never").is_empty());
    let requests = server.requests();
    let of = |who: &str| {
        let matching = requests.iter().filter(|request| request.key().starts_with(who));
        let connections: HashSet<usize> = matching.map(|request| request.connection).collect();
        assert!(!connections.is_empty(), "nobody asked for {who}");
        connections
    };
    // A child never shares a connection with its parent.
    for who in ["fork ", "clone "] {
        assert!(of(who).is_disjoint(&of("untaken")) && of(who).is_disjoint(&of("held parent")));
    }
}

#[test]
fn calls_that_are_stuck_delay_nobody_elses() {
    let server = Server::start(with_half_of_much);
    let (_held, hanging) = addresses::hanging(([127, 0, 0, 1], 0).into());
    if passes("queue_traps", &["stuck", &server.url(), &hanging]) {
        assert!(server.seen("never").is_empty());
    }
}

#[test]
fn answers_that_drip_hold_nobody() {
    let server = Server::start(behave);
    passes("queue_traps", &["drips", &server.url()]);
}

#[test]
fn calls_wait_for_a_descriptor() {
    let server = Server::start(behave);
    if passes("queue_traps", &["nofile", &server.url()]) {
        assert!(server.seen("never").is_empty());
    }
}
