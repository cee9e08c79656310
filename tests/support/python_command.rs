//! How a Python program uses the package of `examples/python` and a library that is not installed.
//! The tests, the quickstart and the benchmark do it so.

use std::env;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::root::root;

/// What has to be there, by what the package's code uses.
pub const PYTHON: &str = "Python 3.9 or later";

/// What is missing of it.
pub fn missing_tool() -> Option<String> {
    let mut python = Command::new(name());
    let enough = python.args(["-c", "import ctypes, sys; sys.exit(sys.version_info < (3, 9))"]);
    let enough = enough.output().is_ok_and(|output| output.status.success());
    (!enough).then(|| PYTHON.to_owned())
}

/// `PYTHON` names the command if it is not `python3`.
pub fn name() -> String {
    let name = env::var("PYTHON").ok().filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| "python3".to_owned())
}

/// A Python that finds the package, and this library before one that is installed: by a link in
/// `scratch`, which may be there already.
pub fn command(python: &Path, library: &Path, scratch: &Path) -> Command {
    let link = scratch.join("libytx.so.0");
    let _ = symlink(library, &link); // without it the package says where it looked
    let mut command = Command::new(python);
    command
        .env("PYTHONPATH", root().join("examples/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1") // nothing is to be left among the sources
        .env("PYTHONIOENCODING", "utf-8")
        .env("LD_LIBRARY_PATH", scratch)
        .args(["-W", "error"]);
    command
}
