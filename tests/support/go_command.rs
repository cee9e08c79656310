//! How the Go programs of `examples/go` are built with a library that is not installed. The tests,
//! the quickstart and the benchmark do it so.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use super::root::root;

/// What of the tools is missing; so is a Go older than go.mod asks for.
pub fn missing_tool() -> Option<String> {
    let needed = include_str!("../../examples/go/go.mod").lines();
    let needed = needed.filter_map(|line| line.strip_prefix("go ")).next().unwrap();
    let Some(printed) = prints(&name(), "version") else {
        return Some(format!("Go {needed} or later"));
    };
    // As in "go version go1.27.3 linux/amd64"; "devel" may come before it.
    let found = printed.split_once(" go").map_or("", |(_, found)| found);
    let found = found.split(' ').next().unwrap_or_default();
    if numbers(found) < numbers(needed) {
        return Some(format!("Go {needed} or later (found: {found})"));
    }
    prints("pkg-config", "--version").is_none().then(|| "pkg-config".to_owned())
}

/// What a tool prints; `None` when it does not run.
fn prints(program: &str, argument: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.arg(argument).env("GOTOOLCHAIN", "local");
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The numbers that a version begins with: of 1.24rc1 these are 1 and 24.
fn numbers(version: &str) -> Vec<u32> {
    let parts = version.split(|c: char| !c.is_ascii_digit());
    parts.map_while(|part| part.parse().ok()).collect()
}

/// `GO` names the command if it is not `go`.
fn name() -> String {
    env::var("GO").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "go".to_owned())
}

/// The `go` command, among the sources, for the library in this folder; programs find it there when
/// they run. In `scratch` it is given a ytx.pc.
pub fn command(library: &Path, scratch: &Path) -> io::Result<Command> {
    let include = root().join("include");
    let version = env!("CARGO_PKG_VERSION");
    fs::write(
        scratch.join("ytx.pc"),
        format!(
            "Name: ytx\nDescription: libytx, not installed\nVersion: {version}\nLibs: -lytx\n\
             Libs.private: -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc\n"
        ),
    )?;
    // Of C, Go's cache knows neither what pkg-config says nor the headers, but the flags in the
    // environment. So all that may change is among them.
    let mut header = DefaultHasher::new();
    fs::read(include.join("ytx.h"))?.hash(&mut header);
    let (include, library) = (include.display(), library.display());
    let mut go = Command::new(name());
    go.current_dir(root().join("examples/go"))
        .env("PKG_CONFIG_PATH", scratch)
        .env("CGO_CFLAGS", format!("-g -O2 '-I{include}' -DYTX_HEADER_HASH={}", header.finish()))
        .env("CGO_LDFLAGS", format!("'-L{library}' '-Wl,-rpath,{library}'"))
        // It has no dependencies, so nothing is to be fetched.
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off")])
        // Cargo's would come before a program's own way to the library.
        .env_remove("LD_LIBRARY_PATH");
    Ok(go)
}
