//! `examples/c/loops`: each loop goes on while its calls wait, loses no event when it ends, and
//! needs few lines for that.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::time::Duration;

use serde_json::json;
use ytx_sandbox::{CONFID, Config, Sandbox};

use support::account;
use support::cc::{self, C, Program};
use support::hand;

/// What the guide promises of each file.
const MOST_LINES: usize = 80;

/// How long the sandbox takes for each answer: five ticks of a loop on a busy machine, and more.
const LATE: Duration = Duration::from_secs(1);

/// Ticks of 10 ms while the lock and then the unlock wait. A loop that waits with them has none.
const FEWEST_TICKS: u32 = 20;

fn check(name: &str, library: Option<&str>) {
    let libraries = library.map_or_else(|| Some(Vec::new()), cc::pkg_config);
    let (Some(libraries), Some(mut compiler)) = (libraries, C.compiler()) else { return };
    let (paths, libraries): (Vec<_>, _) =
        libraries.into_iter().partition(|flag| flag.starts_with("-I") || flag.starts_with("-D"));
    compiler.args(paths);
    let source = cc::root().join("examples/c/loops").join(name).with_extension("c");
    let program = Program::build_with(compiler, &[source], &libraries);

    let sandbox = Sandbox::start(Config::default()).unwrap();
    hand::post(&sandbox, "delay", json!({ "ms": LATE.as_millis(), "requests": "always" }));
    let printed = program.run_in(&account::environment(sandbox.url()), &[]);
    let (calls, end) = printed.split_once("the end, after ").expect(&printed);
    let mut calls: Vec<_> = calls.lines().collect();
    // The lock and the state are answered at the same time.
    calls[1..3].sort_unstable();
    let expected = [
        "hangup: YTX_E_CANCELLED",
        "lock: YTX_OK",
        "state: YTX_OK",
        "unlock: YTX_OK",
        "late: YTX_E_CANCELLED",
    ];
    assert_eq!(calls, expected);
    let ticks: u32 = end.strip_suffix(" ticks\n").and_then(|it| it.parse().ok()).expect(end);
    assert!(ticks >= FEWEST_TICKS, "{ticks} ticks");
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(false));
}

#[test]
fn libuv() {
    check("libuv", Some("libuv"));
}

#[test]
fn glib() {
    check("glib", Some("glib-2.0"));
}

#[test]
fn sofia_sip() {
    check("sofia", Some("sofia-sip-ua"));
}

#[test]
fn re() {
    check("re", Some("libre"));
}

#[test]
fn a_thread_that_takes() {
    check("thread", None);
}

/// Without an account nothing is accepted, and a loop is not entered.
#[test]
fn what_cannot_begin_ends() {
    let Some(compiler) = C.compiler() else { return };
    let program = Program::build(compiler, &[cc::root().join("examples/c/loops/thread.c")]);
    let mut command = program.command();
    let output = command.env_remove("YTX_ACCOUNT_SID").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "the end, after 0 ticks\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("lock: "));
}

#[test]
fn each_is_as_short_as_the_guide_says() {
    let examples = cc::root().join("examples/c");
    let loops = fs::read_dir(examples.join("loops")).unwrap().map(|file| file.unwrap().path());
    let loops: Vec<_> = loops.filter(|path| path.extension().is_some_and(|it| it == "c")).collect();
    assert_eq!(loops.len(), 5, "a loop is run by no test here");
    for path in loops.into_iter().chain([examples.join("event_loop.c")]) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{}: {lines} lines", path.display());
    }
}
