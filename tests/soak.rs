//! Very many calls with faults mixed in: see `tests/c/soak.c`. `YTX_SOAK_CALLS` says how many;
//! without it there are few enough for every day.
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

#[test]
fn a_long_run_leaves_nothing_behind() {
    let calls = std::env::var("YTX_SOAK_CALLS").unwrap_or_else(|_| "20000".to_owned());
    let Some(program) = Program::compile("soak") else { return };
    let server = Server::start(behave);
    println!("{}", program.run(&[&server.url(), "64", &calls]));
}
