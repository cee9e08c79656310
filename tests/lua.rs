//! `examples/lua`, run by LuaJIT. tests/conformance.rs has the cases of every language.
#![cfg(target_os = "linux")]

mod support;

use support::account;
use support::behaviour::behave;
use support::cc;
use support::lua;
use support::server::Server;

#[test]
fn the_quickstart_locks_and_unlocks() {
    let Some(mut command) = lua::command("quickstart.lua") else { return };
    let lines = ["locked room 002", "138****0001 (muted)", "unlocked room 002"];
    account::quickstart(&lines, |environment| {
        command.envs(environment.iter().copied());
        cc::output(command)
    });
}

#[test]
fn its_own_tests_pass() {
    let Some(mut command) = lua::command("tests/behaviour.lua") else { return };
    let server = Server::start(behave);
    command.arg(server.url());
    let printed = cc::output(command);
    assert_eq!(printed.lines().filter(|line| line.starts_with("ok ")).count(), 8, "{printed}");
}
