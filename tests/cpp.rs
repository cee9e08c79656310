//! `include/ytx.hpp`, driven by the C++ programs of `tests/cpp`: each says what it expects, and
//! here stands what the server must have seen of it.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use support::account;
use support::behaviour::behave;
use support::cc::{self, CPP, Program};
use support::room;
use support::rooms::script;
use support::server::{Request, Server};

/// GCC 12 and clang 14 know the last one by this name only.
const STANDARDS: [&str; 3] = ["-std=c++17", "-std=c++20", "-std=c++2b"];
const NO_EXCEPTIONS: &str = "-fno-exceptions";

fn source(name: &str) -> PathBuf {
    cc::root().join("tests/cpp").join(name).with_extension("cpp")
}

/// Compiles a program; `None` when there is no compiler.
fn compile(name: &str, flags: &[&str]) -> Option<Program> {
    let mut compiler = CPP.compiler()?;
    compiler.args(flags);
    Some(Program::build(compiler, &[source(name)]))
}

/// Compiles a program and runs it; what it prints is for its author, so it should print nothing.
/// False when there is no compiler.
fn passes(name: &str, flags: &[&str], arguments: &[&str]) -> bool {
    let Some(program) = compile(name, flags) else { return false };
    assert_eq!(program.run(arguments), "", "{flags:?}");
    true
}

/// What was asked, beside the account: the path's end and the body.
fn asked(request: &Request) -> (String, Value) {
    let (_, path) = request.path().split_once("/account-1/").unwrap();
    let version = request.path().split('/').nth(1).unwrap();
    (format!("{version} {path}"), serde_json::from_slice(&request.body).unwrap())
}

/// Each kind of call leaves as what it says it is; `name` tells the programs apart.
fn check_calls(server: &Server, name: &str) {
    let meeting = |number, action, lackstate: Option<&str>| {
        let confid = format!("{name} {number}");
        let mut body = json!({ "action": action, "appid": "app-1", "confid": confid });
        if let Some(lackstate) = lackstate {
            body["lackstate"] = lackstate.into();
        }
        ("201612 call/TeleMeeting.wx".to_owned(), body)
    };
    let upper = name[..1].to_uppercase() + &name[1..];
    let expected = [
        meeting(1, "lockMeeting", Some("1")),
        meeting(2, "lockMeeting", Some("0")),
        meeting(3, "meetingState", None),
        (format!("201612 call/{upper}4.wx"), json!({})),
        (format!("201701 sms/{upper}5.wx"), json!({})),
    ];
    let requests = server.requests();
    let first: Vec<_> = requests.iter().take(expected.len()).map(asked).collect();
    assert_eq!(first, expected);
    assert!(server.seen("never").is_empty());
}

/// The programs that make every call, compiled with these flags: those that throw nothing, and
/// those that do.
fn makes_every_call(flags: &[&str]) {
    let programs = [
        ("values", "value"),
        ("queue", "queued"),
        ("exceptions", "thrown"),
        ("queue_exceptions", "awaited"),
    ];
    let count = if flags.contains(&NO_EXCEPTIONS) { 2 } else { programs.len() };
    for (program, name) in &programs[..count] {
        let server = Server::start(behave);
        if passes(program, flags, &[&server.url()]) {
            check_calls(&server, name);
        }
    }
}

#[test]
fn every_call_in_every_standard() {
    makes_every_call(&[STANDARDS[0]]);
    makes_every_call(&[STANDARDS[1], NO_EXCEPTIONS, "-fno-rtti"]);
    makes_every_call(&[STANDARDS[2]]);
}

#[test]
#[ignore = "takes minutes: .ci/full runs it, for each compiler"]
fn every_call_with_every_combination_of_flags() {
    for standard in STANDARDS {
        for optimisation in ["-O0", "-O2"] {
            for rtti in ["-frtti", "-fno-rtti"] {
                for exceptions in ["-fexceptions", NO_EXCEPTIONS] {
                    makes_every_call(&[standard, optimisation, rtti, exceptions]);
                }
            }
        }
    }
}

#[test]
fn the_library_is_told_what_it_should_be() {
    passes("told", &[STANDARDS[0]], &[]);
}

#[test]
fn strings_with_a_nul_never_reach_the_server() {
    let server = Server::start(behave);
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
    let file = cc::scratch("certificate");
    fs::write(&file, certificate.pem()).unwrap();
    passes("arguments", &[STANDARDS[0]], &[&server.url(), file.to_str().unwrap()]);
    fs::remove_file(file).unwrap();
    assert_eq!((server.connections(), server.requests().len()), (0, 0));
}

#[test]
fn the_log_is_kept_and_may_throw() {
    let server = Server::start(behave);
    if passes("log", &[STANDARDS[0]], &[&server.url()]) {
        assert!(!server.seen("from the log").is_empty());
    }
}

#[test]
fn threads_share_a_client_and_cancel_each_other() {
    let server = Server::start(behave);
    if passes("threads", &[STANDARDS[0]], &[&server.url()]) {
        let calls = server.requests().iter().filter(|r| r.key().starts_with('t')).count();
        assert_eq!(calls, 16 * 25);
    }
}

#[test]
fn the_library_is_told_of_a_queue_what_it_should_be() {
    passes("queue_told", &[STANDARDS[0]], &[]);
}

#[test]
fn rooms_are_watched_and_members_read() {
    for flags in [&[STANDARDS[0]][..], &[STANDARDS[1], NO_EXCEPTIONS, "-fno-rtti"]] {
        let server = Server::start(script);
        passes("watch", flags, &[&server.url()]);
    }
}

#[test]
fn threads_submit_and_take() {
    let server = Server::start(behave);
    passes("queue_threads", &[STANDARDS[0]], &[&server.url()]);
}

#[test]
fn two_files_include_the_header() {
    for flags in [None, Some(NO_EXCEPTIONS)] {
        let Some(mut compiler) = CPP.compiler() else { return };
        let object = cc::scratch("other_file.o");
        compiler.arg(STANDARDS[0]).args(flags).arg("-c").arg(source("other_file"));
        compiler.arg("-o").arg(&object);
        cc::succeed(compiler);

        let mut compiler = CPP.compiler().unwrap();
        compiler.arg(STANDARDS[0]);
        // The other file comes first: of what both define, the linker takes its.
        let program = Program::build(compiler, &[object.clone(), source("two_files")]);
        fs::remove_file(object).unwrap();
        let server = Server::start(behave);
        assert_eq!(program.run(&[&server.url()]), "");
        assert_eq!((server.seen("this file").len(), server.seen("other file").len()), (1, 1));
    }
}

#[test]
fn macros_and_other_versions_may_be_around() {
    passes("neighbours", &[STANDARDS[0]], &[]);
}

#[test]
fn the_quickstart_against_the_sandbox() {
    let Some(mut compiler) = CPP.compiler() else { return };
    compiler.arg(STANDARDS[0]);
    let program = Program::build(compiler, &[cc::root().join("examples/cpp/quickstart.cpp")]);
    let lines =
        ["Room 002 is locked.", "131****1314", "Room 002 is open.", "YTX_APP_CHECK_FAILED: "];
    account::quickstart(&lines, |environment| program.run_in(environment, &[]));
}

/// Leg 1's call is never answered: that it ends, and leg 2's before it, is the loop's doing.
#[test]
fn the_event_loop_waits_for_nobody() {
    let Some(mut compiler) = CPP.compiler() else { return };
    compiler.arg(STANDARDS[0]);
    let program = Program::build(compiler, &[cc::root().join("examples/cpp/event_loop.cpp")]);
    let server = Server::start(behave);
    let mut command = room::under(&["timeout", "120"], &program.command());
    command.envs(account::environment(&server.url()));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().map(Result::unwrap);

    input.write_all(b"1 lock held1\n1 lock 002\n2 unlock 002\n").unwrap();
    assert_eq!(next().as_deref(), Some("leg 1: not now"));
    assert_eq!(next().as_deref(), Some("leg 2: YTX_OK"));
    input.write_all(b"2 lock a\x07\n1 hangup\n").unwrap();
    let mut last = [next(), next()];
    last.sort();
    let expected = ["leg 1: YTX_E_CANCELLED", "leg 2: YTX_E_INVALID_ARGUMENT"];
    assert_eq!(last.map(Option::unwrap), expected);
    input.write_all(b"3 lock 003\n").unwrap();
    drop(input);
    assert_eq!(next().as_deref(), Some("leg 3: YTX_OK"));
    assert_eq!(next(), None);
    assert!(child.wait().unwrap().success());
}
