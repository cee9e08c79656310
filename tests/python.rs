//! The Python package of `examples/python`: its own tests and those who look after its sources, its
//! quickstart, and the README's program, with the library under test.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use ytx_sandbox::{CONFID, Config, Sandbox};

use support::account;
use support::cc;
use support::hand;
use support::python::Python;

/// How late the slow sandbox answers: see `examples/python/tests/conftest.py`.
const LATE: Duration = Duration::from_millis(500);

#[test]
fn the_sources_are_as_they_should_be() {
    let Some(python) = Python::find() else { return };
    let Some(tools) = python.tools() else { return };
    cc::succeed(tools.command("ruff", &["format", "--no-cache", "--check", "."]));
    cc::succeed(tools.command("ruff", &["check", "--no-cache", "."]));
    cc::succeed(tools.command("mypy", &["--cache-dir=/dev/null"]));
}

/// Runs its own tests, against a sandbox that answers at once and one that is slow.
fn pytest(arguments: &[&str]) {
    let Some(python) = Python::find() else { return };
    let Some(tools) = python.tools() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let slow = Sandbox::start(Config::default()).unwrap();
    hand::post(&slow, "delay", json!({ "ms": LATE.as_millis(), "requests": "always" }));
    let mut test = tools.command("pytest", arguments);
    test.envs(account::environment(sandbox.url())).env("YTX_SLOW_URL", slow.url());
    cc::output(test);
}

#[test]
fn its_own_tests_pass() {
    pytest(&["-q", "-m", "not long"]);
}

#[test]
#[ignore = "needs ten thousand connections: .ci/full runs it"]
fn its_long_tests_pass() {
    pytest(&["-q", "-m", "long"]);
}

#[test]
fn the_quickstart() {
    let Some(python) = Python::find() else { return };
    let lines = [
        "1. Lock room 002",
        "   131****1314  on line: False  muted: True",
        "   189****5326  on line: True   muted: False",
        "   5 in the room",
        "   refused by the platform: -205 ",
        "   Worth trying again: True. Sent: False.",
        "   10 answers",
        "All as it should be.",
    ];
    account::quickstart(&lines, |environment| {
        let mut program = python.command("quickstart.py");
        program.envs(environment.iter().copied());
        cc::output(program)
    });
}

/// What its README shows, in either language.
#[test]
fn the_readmes_programs() {
    let Some(python) = Python::find() else { return };
    for readme in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(cc::root().join("examples/python").join(readme)).unwrap();
        let programs: Vec<_> = text.split("```python\n").skip(1).collect();
        assert_eq!(programs.len(), 3, "{readme}");
        for program in programs {
            let sandbox = Sandbox::start(Config::default()).unwrap();
            let (program, _) = program.split_once("```\n").unwrap();
            let file = cc::scratch("readme-python").with_extension("py");
            fs::write(&file, program.replace("http://127.0.0.1:8089", sandbox.url())).unwrap();
            let mut run: Command = python.command(file.to_str().unwrap());
            run.env("PYTHONUTF8", "1");
            cc::output(run);
            fs::remove_file(file).unwrap();
            assert_eq!(hand::is_locked(&sandbox, CONFID), Some(true), "{program}");
        }
    }
}
