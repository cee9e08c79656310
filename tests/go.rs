//! The Go package of `examples/go`: its own tests, its quickstart and its README's program, with
//! the library under test.
#![cfg(target_os = "linux")]

mod support;

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use ytx_sandbox::{CONFID, Config, Sandbox};

use support::account;
use support::cc::{self, Program};
use support::go::Go;
use support::hand;

#[test]
fn the_sources_are_as_go_wants_them() {
    let Some(go) = Go::find() else { return };
    let root = go.run(&["env", "GOROOT"]);
    let mut gofmt = Command::new(Path::new(root.trim()).join("bin/gofmt"));
    gofmt.args(["-l", "."]).current_dir(cc::root().join("examples/go"));
    assert_eq!(cc::succeed(gofmt), "", "these are not as gofmt writes them");
    go.run(&["vet", "./..."]);
}

/// With the Go that it was made for: it reads what that has compiled.
#[test]
#[ignore = "needs staticcheck: .ci/full runs it"]
fn staticcheck_finds_nothing() {
    let Some(go) = Go::find() else { return };
    let Some(tool) = env::var_os("YTX_TEST_STATICCHECK") else { return cc::skip("staticcheck") };
    let mut command = Command::new(tool);
    let prepared = go.command(&[]);
    for (name, value) in prepared.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.arg("./...").current_dir(prepared.get_current_dir().unwrap());
    assert_eq!(cc::succeed(command), "");
}

#[test]
fn its_own_tests_pass() {
    let Some(go) = Go::find() else { return };
    go.run(&["test", "-short", "-count=1", "./..."]);
}

#[test]
#[ignore = "takes a while: .ci/full runs it"]
fn its_own_tests_find_no_data_race() {
    let Some(go) = Go::find() else { return };
    go.run(&["test", "-race", "-count=1", "./..."]);
}

/// Each answer comes half a second later, so that all calls are under way at once.
#[test]
#[ignore = "takes 20 000 descriptors: .ci/full runs it"]
fn ten_thousand_calls_at_once_take_few_threads() {
    let Some(go) = Go::find() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    hand::post(&sandbox, "delay", json!({ "ms": 500, "requests": "always" }));
    let output = go.run(&["run", "./internal/many", sandbox.url(), "10000", "ytx"]);
    assert_eq!(sandbox.requests(), 10_000);
    let threads: u32 = output.split_whitespace().nth(2).unwrap().parse().unwrap();
    assert!(threads < 100, "{output}");
}

#[test]
#[ignore = "takes minutes: .ci/full runs it"]
fn no_memory_is_left_or_misused() {
    let Some(go) = Go::find() else { return };
    go.run(&["test", "-asan", "-count=1", "./..."]);
}

#[test]
#[ignore = "takes minutes: .ci/full runs it"]
fn c_is_given_no_pointer_that_it_may_not_have() {
    let Some(go) = Go::find() else { return };
    let mut test = go.command(&["test", "-count=1", "./..."]);
    test.env("GOEXPERIMENT", "cgocheck2");
    cc::succeed(test);
}

#[test]
#[ignore = "takes a while: .ci/full runs it"]
fn strings_made_at_random_do_no_harm() {
    let Some(go) = Go::find() else { return };
    let targets = go.run(&["test", "-list=^Fuzz", "./ytx"]);
    let targets: Vec<_> = targets.lines().filter(|line| line.starts_with("Fuzz")).collect();
    assert_eq!(targets.len(), 2);
    for target in targets {
        let only = format!("-fuzz=^{target}$");
        go.run(&["test", "-run=^$", &only, "-fuzztime=10s", "./ytx"]);
    }
}

/// Debian 12's, for one, answers and then cannot build the package.
#[test]
fn a_go_too_old_is_a_missing_one() {
    let go = cc::scratch("old-go");
    let version = "#!/bin/sh\necho go version go1.19.8 linux/amd64\n";
    fs::write(&go, version).unwrap();
    fs::set_permissions(&go, Permissions::from_mode(0o755)).unwrap();
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "the_sources_are_as_go_wants_them", "--nocapture"]);
    test.env("GO", &go).env_remove("CI");
    let output = test.output().unwrap();
    fs::remove_file(go).unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    let skipped = "skipped: Go 1.24 or later (found: 1.19.8) is missing";
    assert!(printed.lines().any(|line| line == skipped), "{printed}");
}

/// Runs the quickstart, built in this way.
fn quickstart(flags: &[&str]) -> Option<Program> {
    let program = Go::find()?.build("quickstart", flags);
    let lines = [
        "1. Lock room 002",
        "   131****1314  on line: false  muted: true",
        "   189****5326  on line: true   muted: false",
        "   5 in the room",
        "   ytx: refused by the platform: -205 ",
        "   Worth trying again: true. Sent: false.",
        "All as it should be.",
    ];
    account::quickstart(&lines, |environment| program.run_in(environment, &[]));
    Some(program)
}

/// The shared libraries that a program asks for.
fn needed(program: &Program) -> String {
    let mut readelf = Command::new("readelf");
    readelf.arg("-d").arg(&program.path);
    let all = cc::succeed(readelf);
    all.lines().filter(|line| line.contains("(NEEDED)")).collect()
}

#[test]
fn the_quickstart_loads_the_library() {
    if let Some(program) = quickstart(&[]) {
        assert!(needed(&program).contains("[libytx.so]"));
    }
}

#[test]
fn the_quickstart_contains_the_library() {
    if let Some(program) = quickstart(&["-tags", "ytx_static"]) {
        assert!(!needed(&program).contains("ytx"));
    }
}

/// What its README says to do in a folder beside the repository's own.
#[test]
fn the_readmes_program() {
    program_of_another_module(&[]);
}

#[test]
fn the_readmes_program_with_the_library_inside() {
    program_of_another_module(&["-tags", "ytx_static"]);
}

fn program_of_another_module(flags: &[&str]) {
    let Some(go) = Go::find() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let [readme, in_chinese] =
        [include_str!("../examples/go/README.md"), include_str!("../examples/go/README.zh-CN.md")];
    let block = |fence: &str| {
        let block = |readme: &'static str| {
            let (_, block) = readme.split_once(fence).unwrap();
            block.split_once("```\n").unwrap().0
        };
        assert_eq!(block(readme), block(in_chinese));
        block(readme)
    };
    let folder = cc::scratch(if flags.is_empty() { "readme-go" } else { "readme-go-static" });
    fs::create_dir(&folder).unwrap();
    let program = block("```go\n").replace("http://127.0.0.1:8089", sandbox.url());
    fs::write(folder.join("main.go"), program).unwrap();
    let package = cc::root().join("examples/go").display().to_string();
    for line in block("cd lock-go\n").lines() {
        let line = line.replace("../examples/go", &package);
        let (_, arguments) = line.split_once("go ").unwrap();
        let mut arguments: Vec<_> = arguments.split(' ').collect();
        if arguments[0] == "run" {
            arguments.splice(1..1, flags.iter().copied());
        }
        let mut command = go.command(&arguments);
        command.current_dir(&folder).env("CGO_ENABLED", "1");
        cc::succeed(command);
    }
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(true));
}
