//! LuaJIT, with `examples/lua` and the library under test.

use std::process::Command;

use super::cc;

/// `None` when there is no LuaJIT.
pub fn command(script: &str) -> Option<Command> {
    if Command::new("luajit").arg("-v").output().is_err() {
        cc::skip("luajit");
        return None;
    }
    let folder = cc::root().join("examples/lua");
    let line = ["luajit".to_owned(), folder.join(script).display().to_string()];
    let line = [cc::words("YTX_TEST_RUNNER"), line.to_vec()].concat();
    let mut command = cc::command(&line);
    command.env("YTX_LIBRARY", cc::library());
    command.env("LUA_PATH", format!("{}/?.lua;;", folder.display()));
    Some(command)
}
