//! How the class library of `examples/dotnet` and programs for it are compiled with Mono. The
//! tests, the quickstart and the benchmark do it so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use super::root::root;

/// What has to be installed.
pub const MONO: &str = "Mono (Debian, Ubuntu: apt install mono-mcs mono-runtime \
    libmono-system-runtime-serialization4.0-cil libmono-system-xml-linq4.0-cil)";

/// The class library's sources.
pub const CLASS_LIBRARY: &str = "examples/dotnet/Ytx";

/// The assemblies of the framework that the compiler does not refer to by itself.
const FRAMEWORK: &str =
    "-r:System.Core.dll,System.Runtime.Serialization.dll,System.Xml.dll,System.Xml.Linq.dll";

/// Whether it is installed. The assemblies are in packages of their own, so an empty source is
/// compiled with them, in `scratch`.
pub fn is_installed(scratch: &Path) -> io::Result<bool> {
    let empty = scratch.join("empty.cs");
    fs::write(&empty, "")?;
    let mut compiler = command(&[], &scratch.join("empty.dll"));
    compiler.arg("-target:library").arg(empty);
    let mut runtime = Command::new("mono");
    runtime.arg("--version");
    Ok([compiler, runtime].iter_mut().all(|command| {
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }))
}

/// The compiler, for the class library.
pub fn class_library(assembly: &Path) -> Command {
    let mut mcs = command(&[CLASS_LIBRARY], assembly);
    mcs.args(["-target:library", "-unsafe"]);
    mcs
}

/// The compiler, for all that is in these folders of the repository.
pub fn command(folders: &[&str], assembly: &Path) -> Command {
    let mut mcs = Command::new("mcs");
    // Mono has an attribute of ours too, for itself, which is no conflict.
    mcs.args(["-nologo", "-langversion:7.2", "-nowarn:436", FRAMEWORK])
        .arg(format!("-out:{}", assembly.display()))
        .args(folders.iter().map(|folder| root().join(folder).join("*.cs")));
    mcs
}
