//! Runs the C quickstart on a machine that has Rust and a C compiler, and nothing else; with `-- go`
//! the one in Go, with `-- dotnet` that of .NET, with `-- python` that in Python.
//!
//! `cargo run --example quickstart` has just built the library. This starts the local sandbox,
//! compiles `examples/c/quickstart.c` against both, runs it, and shows what the sandbox saw.

#[path = "../tests/support/dotnet_command.rs"]
mod dotnet_command;
#[path = "../tests/support/go_command.rs"]
mod go_command;
#[path = "../tests/support/python_command.rs"]
mod python_command;
#[path = "../tests/support/root.rs"]
mod root;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use root::root;
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Sandbox};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the program was content.
fn run() -> Result<bool, String> {
    let folder = Folder::new()?;
    let mut program = match env::args().nth(1).as_deref() {
        None | Some("c") => c(&folder.0)?,
        Some("go") => go(&folder.0)?,
        Some("dotnet") => dotnet(&folder.0)?,
        Some("python") => python(&folder.0)?,
        Some(other) => {
            return Err(format!("there is none in {other}: try c, go, dotnet or python"));
        }
    };

    let sandbox =
        Sandbox::start(Config::default()).map_err(|e| format!("can't start the sandbox: {e}"))?;
    println!("The sandbox plays the platform at {}.\n", sandbox.url());
    let name = program.get_program().to_string_lossy().into_owned();
    let status = program
        .env("YTX_BASE_URL", sandbox.url())
        .env("YTX_ACCOUNT_SID", ACCOUNT_SID)
        .env("YTX_AUTH_TOKEN", AUTH_TOKEN)
        .env("YTX_APPID", APPID)
        .env("YTX_CONFID", CONFID)
        .status()
        .map_err(|e| format!("can't run {name}: {e}"))?;

    let (requests, connections) = (sandbox.requests(), sandbox.connections());
    println!("\nWhat the sandbox saw: {requests} requests on {connections} connection(s)");
    for line in sandbox.log() {
        println!("   {line}");
    }
    Ok(status.success())
}

/// The C program, compiled.
fn c(folder: &Path) -> Result<Command, String> {
    let program = folder.join("quickstart");
    let library = library()?;
    let source = root();
    let name = env::var("CC").ok().filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| "cc".to_owned());
    let mut words = name.split_whitespace();
    let mut compiler = Command::new(words.next().unwrap_or("cc"));
    compiler
        .args(words)
        .args(["-std=c99", "-Wall", "-Wextra", "-pedantic", "-I"])
        .arg(source.join("include"))
        .arg(source.join("examples/c/quickstart.c"))
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&library)
        .arg("-lytx")
        .arg(format!("-Wl,-rpath,{}", library.display()));
    match compiler.status() {
        Ok(status) if status.success() => Ok(knowing_its_way(program)),
        Ok(status) => Err(format!("`{name}` can't compile examples/c/quickstart.c ({status})")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!(
            "there is no C compiler called `{name}`. Install one (Debian, Ubuntu: apt install gcc \
             libc6-dev; Fedora: dnf install gcc; macOS: xcode-select --install), or set CC to the \
             one you have."
        )),
        Err(error) => Err(format!("can't start the C compiler `{name}`: {error}")),
    }
}

/// The Go program, built.
fn go(folder: &Path) -> Result<Command, String> {
    if let Some(tool) = go_command::missing_tool() {
        return Err(format!("{tool} is missing; Go, pkg-config and a C compiler are needed"));
    }
    let program = folder.join("quickstart");
    let mut go = go_command::command(&library()?, folder)
        .map_err(|e| format!("can't write to {}: {e}", folder.display()))?;
    match go.args(["build", "-o"]).arg(&program).arg("./quickstart").status() {
        Ok(status) if status.success() => Ok(knowing_its_way(program)),
        Ok(status) => Err(format!("Go can't build examples/go/quickstart ({status})")),
        Err(error) => Err(format!("can't start Go: {error}")),
    }
}

/// The .NET program, built, with the library beside it.
fn dotnet(folder: &Path) -> Result<Command, String> {
    if !dotnet_command::is_installed() {
        return Err(format!("{} is missing", dotnet_command::SDK));
    }
    let native = format!("{}ytx{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let native = library()?.join(native);
    // Kept, so that the next time is faster.
    let artifacts = native.with_file_name("quickstart-dotnet");
    let words = ["build", "--verbosity", "quiet", "Quickstart"];
    match dotnet_command::command(&native, &artifacts, &words).status() {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("dotnet can't build examples/dotnet ({status})")),
        Err(error) => return Err(format!("can't start dotnet: {error}")),
    }
    let mut run = knowing_its_way("dotnet");
    run.current_dir(folder).arg("exec").arg(artifacts.join("bin/Quickstart/debug/Quickstart.dll"));
    Ok(run)
}

/// A program that knows its own way to the library: what Cargo sets for this example would come
/// before it.
fn knowing_its_way(program: impl AsRef<OsStr>) -> Command {
    let mut program = Command::new(program);
    program.env_remove("LD_LIBRARY_PATH");
    program
}

/// The Python program, with its package from the sources.
fn python(folder: &Path) -> Result<Command, String> {
    if let Some(tool) = python_command::missing_tool() {
        return Err(format!("{tool} is missing"));
    }
    let library = library()?.join("libytx.so");
    let mut python = python_command::command(python_command::name().as_ref(), &library, folder);
    python.arg(root().join("examples/python/quickstart.py"));
    Ok(python)
}

/// The folder of the shared library just built: `deps`, beside the folder of the examples.
fn library() -> Result<PathBuf, String> {
    let example = env::current_exe().map_err(|e| format!("can't tell where this is: {e}"))?;
    let profile = example.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let folder = profile.join("deps");
    let name = format!("{}ytx{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    if folder.join(&name).is_file() {
        Ok(folder)
    } else {
        Err(format!("there is no {name} in {}: start this with cargo", folder.display()))
    }
}

/// A folder of our own for the compiled program; it goes when we are done.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder, String> {
        let path = env::temp_dir().join(format!("ytx-quickstart-{}", std::process::id()));
        // Fails when it is there already: then it is somebody else's.
        fs::create_dir(&path).map_err(|e| format!("can't make {}: {e}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // at worst the system clears it away
    }
}
