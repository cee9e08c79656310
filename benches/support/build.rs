//! Builds the library as its users do, and the programs it is measured beside.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::root::root;
use super::{dotnet_command, go_command};

/// Where cargo builds; what is built here goes there as well.
pub fn target() -> &'static Path {
    temporary().parent().expect("it is target/tmp")
}

pub fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The shared library that the README's build command makes for C programs.
///
/// It has a folder of its own. `cargo bench` builds another library, with what the tests and
/// benchmarks ask of the dependencies, and writes it to the same file.
fn library() -> PathBuf {
    cargo_build("shipped", &[])
}

/// The same without TLS.
pub fn library_without_tls() -> PathBuf {
    cargo_build("shipped-without-tls", &["--no-default-features"])
}

fn cargo_build(folder: &str, arguments: &[&str]) -> PathBuf {
    let target = target().join(folder);
    let mut build = cargo();
    build.args(["rustc", "--release", "--features", "capi", "--crate-type", "cdylib", "--quiet"]);
    succeed(build.arg("--target-dir").arg(&target).args(arguments));
    target.join("release/libytx.so")
}

/// Cargo, in the repository's root.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo runs this"));
    cargo.current_dir(root());
    cargo
}

/// What stands in `benches/peers`.
pub fn source(name: &str) -> PathBuf {
    root().join("benches/peers").join(name)
}

/// Compiles C programs of `benches/peers`.
pub struct Compiler {
    /// The library that they are linked with.
    pub library: PathBuf,
}

impl Compiler {
    /// With the library just built; `None` when there is no C compiler.
    pub fn find() -> Option<Compiler> {
        has_tool("cc").then(|| Compiler { library: library() })
    }

    /// Whether a library's headers are installed.
    pub fn has_header(&self, header: &str) -> bool {
        let mut cc = Command::new("cc");
        cc.args(["-E", "-include", header, "-x", "c", "/dev/null"]);
        works(&mut cc)
    }

    /// Compiles sources to a program of this name. Flags that begin with `-l` are libraries; with
    /// `-lytx` it is the one that has just been built.
    pub fn compile(&self, name: &str, sources: &[&str], flags: &[&str]) -> PathBuf {
        let program = temporary().join(format!("peer-{name}"));
        let folder = self.library.parent().expect("it is in a folder");
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-pthread", "-I"])
            .arg(root().join("include"))
            .args(sources.iter().map(|name| source(name)))
            .arg("-o")
            .arg(&program)
            .arg("-L")
            .arg(folder)
            .arg(format!("-Wl,-rpath,{}", folder.display()))
            .args(flags);
        succeed(&mut cc);
        program
    }

    /// A Go peer; `None` where a tool is missing.
    pub fn go_peer(&self, name: &str, flags: &[&str]) -> Option<PathBuf> {
        if go_command::missing_tool().is_some() {
            return None;
        }
        let program = temporary().join(format!("peer-{name}"));
        let folder = self.library.parent().expect("it is in a folder");
        let mut go = go_command::command(folder, temporary()).expect("a file can be written");
        go.arg("build").args(flags).arg("-o").arg(&program).arg(".").current_dir(source("go"));
        succeed(&mut go);
        Some(program)
    }
}

/// The .NET peer, beside the library that it loads; `None` where the SDK or Mono is missing.
pub fn dotnet_peer(library: &Path) -> Option<PathBuf> {
    if !dotnet_command::is_installed() || !has_tool("mono") {
        return None;
    }
    let artifacts = temporary().join("peer-dotnet");
    let project = source("dotnet").join("Peer.csproj");
    let project = project.to_str().expect("text");
    let words = ["build", "--configuration", "Release", "--verbosity", "quiet", project];
    succeed(&mut dotnet_command::command(library, &artifacts, &words));
    let program = artifacts.join("bin/Peer/release/Peer.dll");
    fs::copy(library, program.with_file_name("libytx.so")).expect("a copy");
    Some(program)
}

fn has_tool(name: &str) -> bool {
    works(Command::new(name).arg("--version"))
}

/// Whether a command is there and ends well; what it prints is nobody's business.
pub fn works(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a command to its end and returns what it has printed; a failure ends the benchmark.
pub fn succeed(command: &mut Command) -> String {
    // Cargo's would come before a program's own path, and lead to another libytx.
    command.env_remove("LD_LIBRARY_PATH");
    let output = match command.stderr(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(error) => panic!("{command:?}: {error}"),
    };
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Whether something could not be done for want of a tool.
#[derive(Default)]
pub struct Skipped(bool);

impl Skipped {
    /// Says so; where CI is set it is a failure.
    pub fn note(&mut self, missing: &str) {
        assert!(env::var_os("CI").is_none(), "{missing} is missing");
        println!("skipped: {missing} is missing");
        self.0 = true;
    }

    /// Whether a tool is there; if not, this is noted.
    pub fn has_tool(&mut self, tool: &str) -> bool {
        let found = has_tool(tool);
        if !found {
            self.note(tool);
        }
        found
    }

    pub fn any(&self) -> bool {
        self.0
    }
}
