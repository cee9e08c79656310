//! The Go package of `examples/go`: its own tests, its quickstart and the README's program, with
//! the library under test.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Sandbox};

use support::cc;
use support::go::Go;

#[test]
fn the_sources_are_as_go_wants_them() {
    let Some(go) = Go::find() else { return };
    let root = go.run(&["env", "GOROOT"]);
    let mut gofmt = Command::new(Path::new(root.trim()).join("bin/gofmt"));
    gofmt.args(["-l", "."]).current_dir(cc::root().join("examples/go"));
    assert_eq!(cc::output(gofmt), "", "these are not as gofmt writes them");
    go.run(&["vet", "./..."]);
}

#[test]
fn its_own_tests_pass_and_find_no_data_race() {
    let Some(go) = Go::find() else { return };
    go.run(&["test", "-race", "-count=1", "./..."]);
}

#[test]
fn the_quickstart_against_the_sandbox() {
    let Some(go) = Go::find() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let environment = [
        ("YTX_BASE_URL", sandbox.url()),
        ("YTX_ACCOUNT_SID", ACCOUNT_SID),
        ("YTX_AUTH_TOKEN", AUTH_TOKEN),
        ("YTX_APPID", APPID),
        ("YTX_CONFID", CONFID),
    ];
    let output = go.build("quickstart").run_in(&environment, &[]);
    for line in [
        "1. Lock room 002",
        "   131****1314  on line: false  muted: true",
        "   189****5326  on line: true   muted: false",
        "   5 in the room",
        "   ytx: refused by the platform: -205 ",
        "   Worth trying again: true. Sent: false.",
        "All as it should be.",
    ] {
        assert!(output.contains(line), "{line} is not in\n{output}");
    }
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
}

/// What the README says to do in a folder beside the repository's own.
#[test]
fn the_readmes_program() {
    let Some(go) = Go::find() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let (_, section) = include_str!("../README.md").split_once("\n## From Go\n").unwrap();
    let block = |fence: &str| {
        let (_, block) = section.split_once(fence).unwrap();
        block.split_once("```\n").unwrap().0
    };
    let folder = cc::scratch("readme-go");
    fs::create_dir(&folder).unwrap();
    let program = block("```go\n").replace("http://127.0.0.1:8089", sandbox.url());
    fs::write(folder.join("main.go"), program).unwrap();
    let package = cc::root().join("examples/go").display().to_string();
    for line in block("cd lock-go\n").lines() {
        let line = line.replace("../examples/go", &package);
        let (_, arguments) = line.split_once("go ").unwrap();
        let mut command = go.command(&arguments.split(' ').collect::<Vec<_>>());
        command.current_dir(&folder);
        cc::output(command);
    }
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
}
