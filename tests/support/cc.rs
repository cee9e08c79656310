//! Compiles the C programs of `tests/c` against the header and the library under test, and runs
//! them.
//!
//! `CC` and `CFLAGS` mean what they always mean; `YTX_TEST_RUNNER` is put before each program, for
//! valgrind and its like.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far more than any program needs on a busy machine: this only ends one that hangs.
const LIMIT: Duration = Duration::from_secs(180);

/// A port that nobody listens on. Every program finds it as its proxy in the environment, which
/// the library is never to look at.
const NO_PROXY_HERE: &str = "http://127.0.0.1:1";
const PROXY_VARIABLES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The shared library just built. `cargo test` leaves it beside the test programs only.
pub fn library() -> PathBuf {
    let this_test = env::current_exe().unwrap();
    let name = format!("{}ytx{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let library = this_test.with_file_name(name);
    assert!(library.is_file(), "there is no {}", library.display());
    library
}

/// Without a tool a test is skipped, and says so; where CI is set that is a failure.
pub fn skip(missing: &str) {
    assert!(env::var_os("CI").is_none(), "{missing} is missing");
    eprintln!("skipped: {missing} is missing");
}

/// A compiled program; its file goes with it.
pub struct Program {
    path: PathBuf,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // left behind in the target directory, at worst
    }
}

impl Program {
    /// Compiles `tests/c/<name>.c`; `None` when there is no compiler.
    pub fn compile(name: &str) -> Option<Program> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let Some(mut compiler) = compiler() else {
            skip("a C compiler");
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}-{number}", std::process::id()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let library = library();
        let folder = library.parent().unwrap();
        compiler
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-pthread"])
            .args(words("CFLAGS"))
            .arg("-I")
            .arg(root.join("include"))
            .arg(root.join("tests/c").join(name).with_extension("c"))
            .arg("-o")
            .arg(&path)
            .arg("-L")
            .arg(folder)
            .args(["-Wl,--as-needed", "-lytx", "-ldl"])
            .arg(format!("-Wl,-rpath,{}", folder.display()));
        let output = compiler.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{compiler:?}\n{errors}");
        if words("CFLAGS").iter().any(|flag| flag.starts_with("-fsanitize=address")) {
            // A flag that did not take would make every test pass.
            let program = fs::read(&path).unwrap();
            let runtime = b"__asan_init";
            assert!(program.windows(runtime.len()).any(|part| part == runtime), "no sanitizer");
        }
        Some(Program { path })
    }

    /// Runs the program to its end and returns what it has printed. A program that fails, or that
    /// does not end, fails the test.
    pub fn run(&self, arguments: &[&str]) -> String {
        let mut line = words("YTX_TEST_RUNNER");
        line.push(self.path.display().to_string());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]);
        let (mut reader, writer) = io::pipe().unwrap();
        command
            .args(arguments)
            .envs(PROXY_VARIABLES.map(|name| (name, NO_PROXY_HERE)))
            .env_remove("LD_LIBRARY_PATH") // cargo's would come before the program's own path
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer);
        let mut child = command.spawn().unwrap();
        drop(command); // and with it our ends for writing
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            let mut output = Vec::new();
            let _ = reader.read_to_end(&mut output);
            let _ = ended.send(String::from_utf8_lossy(&output).into_owned());
        });
        let output = end.recv_timeout(LIMIT).ok();
        let in_time = output.is_some();
        if !in_time {
            let _ = child.kill();
        }
        // The pipe of a killed program closes too, unless it has left a child behind.
        let output = output.or_else(|| end.recv_timeout(Duration::from_secs(5)).ok());
        let output = output.unwrap_or_default();
        let status = child.wait().unwrap();
        let name = self.path.display();
        assert!(in_time, "{name} {arguments:?} did not end; it printed:\n{output}");
        assert!(status.success(), "{name} {arguments:?} ended with {status}:\n{output}");
        output
    }
}

fn compiler() -> Option<Command> {
    if env::var_os("CC").is_some() {
        let mut words = words("CC").into_iter();
        let mut compiler = Command::new(words.next()?);
        compiler.args(words);
        return Some(compiler);
    }
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    ["cc", "gcc", "clang"].iter().find(|name| runs(name)).map(Command::new)
}

/// The words of an environment variable, none when it is not set.
fn words(variable: &str) -> Vec<String> {
    let value = env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}
