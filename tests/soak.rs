//! Very many calls with faults mixed in: see `tests/c/soak.c`, and `soak_queue.c` for a queue's.
//! `YTX_SOAK_CALLS` says how many; without it there are few enough for every day.
#![cfg(target_os = "linux")]

mod support;

use support::cc::Program;
use support::server::{Reply, Request, Server, Step, echo, http, json};

fn behave(request: &Request) -> Reply {
    match request.key().chars().last() {
        Some('o') => echo(request),
        Some('c') => vec![Step::Close],
        Some('b') => {
            vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into()), Step::Reset]
        }
        Some('r') => json(r#"{"statusCode":"-205","statusMsg":"应用验证失败"}"#),
        Some('h') => vec![Step::Send(http(500, &[], b"<html>"))],
        Some('g') => json("garbage"),
        _ => vec![Step::Stall],
    }
}

fn soak(program: &str, threads: &str) {
    let calls = std::env::var("YTX_SOAK_CALLS").unwrap_or_else(|_| "20000".to_owned());
    let Some(program) = Program::compile(program) else { return };
    let server = Server::start(behave);
    // Threads come and go: each would have an arena of its own, full of holes.
    let few_arenas = [("MALLOC_ARENA_MAX", "2")];
    println!("{}", program.run_in(&few_arenas, &[&server.url(), threads, &calls]));
}

#[test]
fn a_long_run_leaves_nothing_behind() {
    soak("soak", "64");
}

#[test]
fn a_long_run_through_one_queue_leaves_nothing_behind() {
    soak("soak_queue", "8");
}
