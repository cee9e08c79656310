//! Compiles the programs of `tests/c` and `tests/cpp` against the headers and the library under
//! test, and runs them.
//!
//! `CC`, `CFLAGS`, `CXX` and `CXXFLAGS` mean what they always mean; `YTX_TEST_RUNNER` is put before
//! each program, for valgrind and its like. `YTX_TEST_LIBRARY` is another library than the one just
//! built; if it is a DLL, its import library lies beside it and the programs are for Windows.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use super::root::root;

/// Far more than any program needs on a busy machine: this only ends one that hangs. What is meant to
/// take long has `YTX_TEST_LIMIT`, in seconds.
fn limit() -> Duration {
    let seconds = env::var("YTX_TEST_LIMIT").map_or(180, |limit| limit.parse().unwrap());
    Duration::from_secs(seconds)
}

/// A port that nobody listens on. Every program finds it as its proxy in the environment, which
/// the library is never to look at.
pub const NO_PROXY_HERE: &str = "http://127.0.0.1:1";
pub const PROXY_VARIABLES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The shared library under test. `cargo test` leaves it beside the test programs only.
pub fn library() -> PathBuf {
    let library = env::var_os("YTX_TEST_LIBRARY").map_or_else(
        || {
            let name = format!("{}ytx{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
            env::current_exe().unwrap().with_file_name(name)
        },
        PathBuf::from,
    );
    assert!(library.is_file(), "there is no {}", library.display());
    library
}

/// Without a tool a test is skipped, and says so; where CI is set that is a failure.
pub fn skip(missing: &str) {
    assert!(env::var_os("CI").is_none(), "{missing} is missing");
    // Not by a macro: cargo shows what those print of failing tests only.
    let _ = writeln!(io::stderr(), "skipped: {missing} is missing");
}

/// Whether all of these programs start; the tests that need one that does not are skipped.
pub fn have(tools: &[&str]) -> bool {
    tools.iter().all(|tool| {
        let there = Command::new(tool).arg("--version").output().is_ok();
        if !there {
            skip(tool);
        }
        there
    })
}

/// A language of the programs, and how its compiler is found and called.
pub struct Language {
    compiler: &'static str,
    /// The environment variables that name the compiler and give it more flags.
    variables: [&'static str; 2],
    candidates: [&'static str; 3],
    flags: &'static [&'static str],
}

pub const C: Language = Language {
    compiler: "a C compiler",
    variables: ["CC", "CFLAGS"],
    candidates: ["cc", "gcc", "clang"],
    flags: &["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"],
};

pub const CPP: Language = Language {
    compiler: "a C++ compiler",
    variables: ["CXX", "CXXFLAGS"],
    candidates: ["c++", "g++", "clang++"],
    flags: &["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"],
};

impl Language {
    /// The compiler with all it needs but the sources; `None` when there is none.
    pub fn compiler(&self) -> Option<Command> {
        let [mut name, flags] = self.variables.map(words);
        if name.is_empty() {
            let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
            name.extend(self.candidates.iter().copied().find(runs).map(str::to_owned));
        }
        let Some((name, first_flags)) = name.split_first() else {
            skip(self.compiler);
            return None;
        };
        let mut compiler = Command::new(name);
        compiler.args(first_flags).args(self.flags).args(["-g", "-pthread"]).args(flags);
        compiler.arg("-I").arg(root().join("include"));
        Some(compiler)
    }
}

/// The flags with which a library is used and linked; `None` when it is not installed.
pub fn pkg_config(library: &str) -> Option<Vec<String>> {
    let output = Command::new("pkg-config").args(["--cflags", "--libs", library]).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        skip(&format!("{library} (by pkg-config)"));
        return None;
    };
    let flags = String::from_utf8(output.stdout).unwrap();
    Some(flags.split_whitespace().map(str::to_owned).collect())
}

/// Writes ytx.pc for the library under test into a folder, so that pkg-config finds it.
pub fn description_of_library(folder: &Path) -> PathBuf {
    let library = library();
    let library = library.parent().unwrap().display();
    let include = root().join("include");
    let description = format!(
        "Name: ytx\nDescription: under test\nVersion: 0\nCflags: -I{}\n\
         Libs: -L{library} -lytx -Wl,-rpath,{library}\n",
        include.display()
    );
    let file = folder.join("ytx.pc");
    fs::write(&file, description).unwrap();
    file
}

/// Runs a tool, for as long as it takes, and returns what it has printed; a failure fails the test.
pub fn succeed(mut command: Command) -> String {
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{printed}{errors}");
    printed
}

/// The symbols that a shared library defines for others; `None` when nm is missing.
pub fn exported(library: &Path) -> Option<BTreeSet<String>> {
    let Ok(nm) = Command::new("nm").args(["-D", "--defined-only"]).arg(library).output() else {
        skip("nm");
        return None;
    };
    assert!(nm.status.success(), "{}", String::from_utf8_lossy(&nm.stderr));
    let listing = String::from_utf8(nm.stdout).unwrap();
    Some(listing.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect())
}

/// A new path in the target directory for something that is compiled.
pub fn scratch(name: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{name}-{}-{number}", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A new folder in the target directory; it goes with this.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = scratch(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // left behind in the target directory, at worst
    }
}

/// A compiled program; its file goes with it.
pub struct Program {
    pub path: PathBuf,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // left behind in the target directory, at worst
    }
}

impl Program {
    /// Compiles `tests/c/<name>.c`; `None` when there is no compiler.
    pub fn compile(name: &str) -> Option<Program> {
        let source = root().join("tests/c").join(name).with_extension("c");
        Some(Program::build(C.compiler()?, &[source]))
    }

    /// Compiles and links what may be sources and objects; the program is named for the first.
    pub fn build(compiler: Command, sources: &[PathBuf]) -> Program {
        Program::build_with(compiler, sources, &[])
    }

    /// The same with libraries of others.
    pub fn build_with(mut compiler: Command, sources: &[PathBuf], libraries: &[String]) -> Program {
        let mut path = scratch(sources[0].file_stem().unwrap().to_str().unwrap());
        let library = library();
        let folder = library.parent().unwrap();
        if library.extension().is_some_and(|extension| extension == "dll") {
            path.set_extension("exe");
            compiler.args(sources).arg(folder.join("libytx.dll.a")).arg("-lws2_32");
        } else {
            compiler.args(sources).arg("-L").arg(folder);
            compiler.args(["-Wl,--as-needed", "-lytx", "-ldl"]).args(libraries);
            compiler.arg(format!("-Wl,-rpath,{}", folder.display()));
        }
        compiler.arg("-o").arg(&path);
        let sanitized = |flag: &OsStr| flag.as_encoded_bytes().starts_with(b"-fsanitize=address");
        let sanitized = compiler.get_args().any(sanitized);
        succeed(compiler);
        if sanitized {
            // A flag that did not take would make every test pass.
            let program = fs::read(&path).unwrap();
            let runtime = b"__asan_init";
            assert!(program.windows(runtime.len()).any(|part| part == runtime), "no sanitizer");
        }
        Program { path }
    }

    /// The program, ready to be started.
    pub fn command(&self) -> Command {
        let mut line = words("YTX_TEST_RUNNER");
        line.push(self.path.display().to_string());
        command(&line)
    }

    /// Runs the program to its end and returns what it has printed. A program that fails, or that
    /// does not end, fails the test.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.run_in(&[], arguments)
    }

    /// The same with these variables in its environment.
    pub fn run_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = self.command();
        command.envs(environment.iter().copied()).args(arguments);
        output(command)
    }
}

/// A program and its first arguments, in the environment of every program under test.
pub fn command(line: &[String]) -> Command {
    let mut command = Command::new(&line[0]);
    command
        .args(&line[1..])
        .envs(PROXY_VARIABLES.map(|name| (name, NO_PROXY_HERE)))
        .env_remove("LD_LIBRARY_PATH"); // cargo's would come before the program's own path
    command
}

/// Runs a command to its end and returns what it has printed. One that fails, or that does not
/// end, fails the test.
pub fn output(command: Command) -> String {
    output_with(command, Stdio::null())
}

/// The same with something else as its standard input.
pub fn output_with(mut command: Command, input: impl Into<Stdio>) -> String {
    let what = format!("{:?} {:?}", command.get_program(), command.get_args());
    let (mut reader, writer) = io::pipe().unwrap();
    command.stdin(input).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command); // and with it our ends for writing
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let _ = reader.read_to_end(&mut output);
        let _ = ended.send(String::from_utf8_lossy(&output).into_owned());
    });
    let output = end.recv_timeout(limit()).ok();
    let in_time = output.is_some();
    if !in_time {
        let _ = child.kill();
    }
    // The pipe of a killed program closes too, unless it has left a child behind.
    let output = output.or_else(|| end.recv_timeout(Duration::from_secs(5)).ok());
    let output = output.unwrap_or_default();
    let status = child.wait().unwrap();
    assert!(in_time, "{what} did not end; it printed:\n{output}");
    assert!(status.success(), "{what} ended with {status}:\n{output}");
    output
}

/// The words of an environment variable, none when it is not set.
pub fn words(variable: &str) -> Vec<String> {
    let value = env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}
