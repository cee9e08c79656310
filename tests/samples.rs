//! "Lock the room once everyone invited has joined" in every language: each says the same while
//! the room fills.
#![cfg(target_os = "linux")]

mod support;

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use ytx_sandbox::{CONFID, Config, Sandbox};

use support::account;
use support::cc::{self, C, CPP, Language, Program};
use support::dotnet::{Dotnet, Runtime};
use support::go::Go;
use support::hand;
use support::python::Python;
use support::room;
use support::server::Server;

/// As they were invited; the room shows their middle hidden, and the second one on line.
const INVITED: [&str; 3] = ["13112341314", "18912345326", "13912342468"];

/// Runs a sample, made anew for each run, while the room fills, and when it may not.
fn check(sample: impl Fn() -> Command) {
    // None runs on for ever, whatever becomes of the test.
    let sample = || room::under(&["timeout", "120"], &sample());
    locks_when_complete(sample());
    gives_up(sample());
    takes_no_text_for_an_empty_room(sample());
    says_what_it_needs(sample());
}

fn locks_when_complete(mut sample: Command) {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    sample
        .envs(account::environment(sandbox.url()))
        .args(INVITED)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = sample.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap_or_else(|| Ok("nothing more".to_owned())).unwrap();

    assert_eq!(next(), "room 002: 1 of 3 joined, waiting for 13112341314, 13912342468");
    hand::post(&sandbox, "fail", json!({ "status": 503 }));
    // Asked again, it has nothing new to say.
    let asked = sandbox.requests();
    while sandbox.requests() < asked + 2 {
        assert!(child.try_wait().unwrap().is_none(), "it goes on asking");
        thread::sleep(Duration::from_millis(20));
    }
    hand::member(&sandbox, "join", "139****2468");
    assert_eq!(next(), "room 002: 2 of 3 joined, waiting for 13112341314");
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(false));
    hand::member(&sandbox, "join", "131****1314");
    assert_eq!(next(), "room 002: 3 of 3 joined");
    assert_eq!(next(), "room 002: locked");
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(true));

    assert!(child.wait().unwrap().success());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "", "one failed poll is nothing");
}

/// What trying again will not mend ends it.
fn gives_up(mut sample: Command) {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    sample.envs(account::environment(sandbox.url())).args(INVITED);
    let output = sample.env("YTX_APPID", "of-nobody").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("room 002: ") && errors.lines().count() == 1, "{errors}");
    assert_eq!(sandbox.requests(), 1);
}

/// A watch goes on where the text may yet be a list.
fn takes_no_text_for_an_empty_room(mut sample: Command) {
    let answers = AtomicUsize::new(0);
    let server = Server::start(move |_| match answers.fetch_add(1, Ordering::Relaxed) {
        0..=2 | 4 => room::refusal("0", "提交成功"), // the last of them to the lock
        _ => room::room(&INVITED.map(|number| room::member(number, "在线", "未静音"))),
    });
    sample.envs(account::environment(&server.url())).args(INVITED);
    let output = sample.output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let lines = String::from_utf8_lossy(&output.stdout);
    assert_eq!(lines, "room 002: 3 of 3 joined\nroom 002: locked\n");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("room 002: ") && errors.lines().count() == 1, "{errors}");
    assert!(errors.ends_with("; trying again\n"), "{errors}");
    assert_eq!(server.requests().len(), 5);
}

fn says_what_it_needs(mut sample: Command) {
    sample.env_remove("YTX_APPID").env_remove("YTX_CONFID").env("YTX_ACCOUNT_SID", "a");
    sample.env("YTX_AUTH_TOKEN", "b");
    let output = sample.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    for words in ["usage: ", "YTX_APPID", "YTX_CONFID"] {
        assert!(errors.contains(words), "{words} is not in\n{errors}");
    }
    assert!(!errors.contains("YTX_AUTH_TOKEN"), "{errors}");
}

fn compile(language: &Language, source: &str, standard: &str) -> Option<Program> {
    let mut compiler = language.compiler()?;
    compiler.arg(standard);
    Some(Program::build(compiler, &[cc::root().join("examples").join(source)]))
}

#[test]
fn in_c() {
    let sample = compile(&C, "c/lock_when_complete.c", "-std=c99");
    let Some(sample) = sample else { return };
    check(|| sample.command());
}

#[test]
fn in_cpp() {
    let sample = compile(&CPP, "cpp/lock_when_complete.cpp", "-std=c++17");
    let Some(sample) = sample else { return };
    check(|| sample.command());
}

#[test]
fn in_go() {
    let Some(go) = Go::find() else { return };
    let sample = go.build("lockwhencomplete", &[]);
    check(|| sample.command());
}

#[test]
fn in_rust() {
    check(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--example", "lock_when_complete", "--"]);
        // What Cargo tells this test of its package would have ring built anew, here and afterwards.
        for (name, _) in env::vars() {
            if name == "OUT_DIR"
                || ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
            {
                cargo.env_remove(name);
            }
        }
        cargo
    });
}

#[test]
fn in_dotnet() {
    let Some(dotnet) = Dotnet::new("LockWhenComplete", Runtime::Net) else { return };
    check(|| dotnet.command());
}

/// As a service manager or a user ends it.
#[test]
fn in_dotnet_until_a_signal() {
    let Some(dotnet) = Dotnet::new("LockWhenComplete", Runtime::Net) else { return };
    for signal in ["INT", "TERM"] {
        let sandbox = Sandbox::start(Config::default()).unwrap();
        let mut sample = room::under(&["timeout", "120"], &dotnet.command());
        sample.envs(account::environment(sandbox.url())).args(INVITED);
        let mut child = sample.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().starts_with("room 002: 1 of 3 joined"));
        // `timeout` passes it on.
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "room 002: stopped before all had joined\n"
        );
        assert_eq!(hand::is_locked(&sandbox, CONFID), Some(false));
    }
}

#[test]
fn in_python() {
    let Some(python) = Python::find() else { return };
    check(|| python.command("lock_when_complete.py"));
}
