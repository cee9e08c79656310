//! Whether Mono and its compiler are there, for C# programs that are one file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

/// What has to be installed.
pub const MONO: &str = "Mono (Debian, Ubuntu: apt install mono-mcs mono-runtime)";

/// Whether it is installed. The assemblies are in packages of their own, so an empty source is
/// compiled with them, in `scratch`.
pub fn is_installed(scratch: &Path) -> io::Result<bool> {
    let empty = scratch.join("empty.cs");
    fs::write(&empty, "")?;
    let mut compiler = Command::new("mcs");
    compiler.arg("-target:library").arg(format!("-out:{}", scratch.join("empty.dll").display()));
    compiler.arg(empty);
    let mut runtime = Command::new("mono");
    runtime.arg("--version");
    Ok([compiler, runtime].iter_mut().all(|command| {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }))
}
