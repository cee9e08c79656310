//! How the Go programs of `examples/go` are built with a library that is not installed. The tests,
//! the quickstart and the benchmark do it so.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// What of the tools is missing.
pub fn missing_tool() -> Option<&'static str> {
    let runs = |program: &str, argument| {
        let mut command = Command::new(program);
        command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !runs(&name(), "version") {
        return Some("Go");
    }
    if !runs("pkg-config", "--version") {
        return Some("pkg-config");
    }
    None
}

/// `GO` names the command if it is not `go`.
fn name() -> String {
    env::var("GO").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "go".to_owned())
}

/// The `go` command, among the sources, for the library in this folder; programs find it there when
/// they run. In `scratch` it is given a ytx.pc.
pub fn command(library: &Path, scratch: &Path) -> io::Result<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let include = root.join("include");
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
    go.current_dir(root.join("examples/go"))
        .env("PKG_CONFIG_PATH", scratch)
        .env("CGO_CFLAGS", format!("-g -O2 '-I{include}' -DYTX_HEADER_HASH={}", header.finish()))
        .env("CGO_LDFLAGS", format!("'-L{library}' '-Wl,-rpath,{library}'"))
        // It has no dependencies, so nothing is to be fetched.
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off")])
        // Cargo's would come before a program's own way to the library.
        .env_remove("LD_LIBRARY_PATH");
    Ok(go)
}
