//! Watches of rooms, readers of members, and figures, driven by the C programs `tests/c/watch_*.c`,
//! `members.c` and `figures.c`. They tell the server in a confid what it has to answer. How Rust
//! programs see watches is in `watching_rust`, which links what a sanitizer of the programs would reach.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use support::cc::Program;
use support::rooms::script;
use support::server::Server;

fn passes(program: &str, arguments: &[&str]) -> bool {
    let Some(program) = Program::compile(program) else { return false };
    assert_eq!(program.run(arguments), "", "{arguments:?}");
    true
}

/// How often each key was asked for.
fn counts(server: &Server) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in server.requests() {
        *counts.entry(request.key().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn each_kind_of_news_is_told() {
    let server = Server::start(script);
    passes("watch_events", &[&server.url()]);
}

#[test]
fn watches_end_where_waiting_cures_nothing_and_where_they_are_told_to() {
    let server = Server::start(script);
    if passes("watch_ends", &[&server.url()]) {
        let counts = counts(&server);
        assert!(!counts.keys().any(|key| key.starts_with("never")), "{counts:?}");
        let long = counts.iter().find(|(key, _)| key.starts_with("long;")).unwrap();
        assert_eq!(*long.1, 1, "it did not wait");
    }
}

/// When each request came, by its key, in milliseconds since the server was started.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<HashMap<String, Vec<u64>>>>);

impl Times {
    fn server(&self) -> Server {
        let (times, start) = (self.clone(), Instant::now());
        Server::start(move |request| {
            let millis = start.elapsed().as_millis() as u64;
            times.0.lock().unwrap().entry(request.key().to_owned()).or_default().push(millis);
            script(request)
        })
    }

    fn of(&self, name: &str) -> Vec<u64> {
        let times = self.0.lock().unwrap();
        let key = times.keys().find(|key| key.split(';').next() == Some(name));
        times[key.unwrap_or_else(|| panic!("nobody asked for {name}"))].clone()
    }

    /// How long each of the first polls of a room came after the one before.
    fn gaps<const N: usize>(&self, name: &str) -> [u64; N] {
        let times = self.of(name);
        std::array::from_fn(|poll| times[poll + 1] - times[poll])
    }
}

// A busy machine is late by any time, so what comes too late is given much, and what comes too soon
// is given a little where the one before may have been late.
#[test]
fn polls_come_as_often_as_they_should() {
    let times = Times::default();
    let server = times.server();
    if !passes("watch_pace", &[&server.url()]) {
        return;
    }
    let [gap] = times.gaps("default");
    assert!((4200..8500).contains(&gap), "5 s are the default: {gap} ms");

    // From start to start, however long an answer takes: 0.9 s a poll otherwise.
    let late = times.of("late");
    assert!((2400..4200).contains(&(late[6] - late[0])), "{late:?}");

    let evens: Vec<[u64; 5]> = (0..10).map(|n| times.gaps(&format!("even {n}"))).collect();
    let mut gaps: Vec<u64> = evens.concat();
    gaps.sort_unstable();
    let mean = gaps.iter().sum::<u64>() / 50;
    assert!((950..1400).contains(&mean), "{mean} ms: {gaps:?}");
    assert!(gaps[4] > 850, "more than a tenth less: {gaps:?}");
    assert!(gaps[49] - gaps[0] > 100, "all at once, for ever: {gaps:?}");
    let firsts: Vec<u64> = (0..10).map(|n| times.of(&format!("even {n}"))[0]).collect();
    assert!(firsts.iter().all(|&first| first < 5000), "the first at once: {firsts:?}");

    // Each failure doubles it, a success ends that.
    let [first, second, third] = times.gaps("failing");
    assert!(first > 330 && second > 690 && third < 690, "{:?}", times.of("failing"));

    // Never before a Retry-After; one that is over at once makes no poll come sooner.
    for name in ["seconds", "date"] {
        let [gap] = times.gaps(name);
        assert!((1990..6000).contains(&gap), "{name}: {gap} ms");
    }
    let [_, after] = times.gaps("past");
    assert!(after > 690, "{after} ms");

    // One request each, whatever max_retries; the client with the short deadline has its own.
    assert_eq!((times.of("slowest").len(), times.of("distant").len()), (1, 1));
    for name in ["once", "silent"] {
        assert!((3..5).contains(&times.of(name).len()), "{name}: {:?}", times.of(name));
    }
}

#[test]
fn members_are_read_without_a_json_library() {
    let server = Server::start(script);
    passes("members", &[&server.url()]);
}

fn hosts(part: &str) -> Server {
    let server = Server::start(script);
    passes("watch_hosts", &[part, &server.url()]);
    assert!(!counts(&server).keys().any(|key| key.starts_with("never")));
    server
}

#[test]
fn hundreds_of_watches_take_few_threads() {
    hosts("threads");
}

#[test]
fn a_watch_outlives_its_client() {
    hosts("freed");
}

#[test]
fn a_forked_child_has_watches_of_its_own() {
    hosts("forked");
}

#[test]
fn lines_of_polls_are_told_with_the_next_event() {
    hosts("logged");
}

#[test]
fn polls_wait_for_their_turn_beside_calls() {
    hosts("beside");
}

#[test]
fn takes_and_polls_may_meet() {
    hosts("raced");
}

#[test]
fn a_forked_child_has_figures_of_its_own() {
    let server = Server::start(script);
    passes("figures", &[&server.url(), "child"]);
}

#[test]
fn figures_follow_what_happens() {
    let server = Server::start(script);
    if passes("figures", &[&server.url()]) {
        assert!(!counts(&server).keys().any(|key| key.starts_with("never")));
    }
}
