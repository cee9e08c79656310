//! `examples/sofia-sip`: built by its own Makefile against the library under test, and started.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::account;
use super::cc::{self, C, Program};
use super::prometheus;

/// The desk, built once for all tests; `None` when what it needs is missing.
fn program() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(build).as_ref()
}

fn build() -> Option<PathBuf> {
    if !cc::have(&["make", "sipp"]) {
        return None;
    }
    cc::pkg_config("sofia-sip-ua")?;
    let compiler = C.compiler()?;
    let folder = cc::scratch("desk");
    fs::create_dir(&folder).unwrap();
    cc::description_of_library(&folder);
    let flags: Vec<_> = compiler.get_args().map(OsStr::to_str).map(Option::unwrap).collect();
    let mut make = Command::new("make");
    make.arg("-C").arg(cc::root().join("examples/sofia-sip"));
    make.arg(format!("OUT={}", folder.display()));
    make.arg(format!("CC={}", compiler.get_program().to_str().unwrap()));
    make.arg(format!("CFLAGS={}", flags.join(" ")));
    make.env("PKG_CONFIG_PATH", &folder);
    cc::succeed(make);
    Some(folder.join("ytx-desk"))
}

/// The same desk with calls that wait for the platform; `None` when what it needs is missing.
pub fn blocking() -> Option<Program> {
    program()?;
    let mut compiler = C.compiler()?;
    let (folder, examples) = (cc::root().join("examples/sofia-sip"), cc::root().join("examples/c"));
    compiler.arg("-D_POSIX_C_SOURCE=200809L").arg("-I").arg(&folder).arg("-I").arg(examples);
    let (paths, libraries): (Vec<_>, Vec<_>) =
        cc::pkg_config("sofia-sip-ua")?.into_iter().partition(|flag| flag.starts_with("-I"));
    compiler.args(paths);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "c"));
    let mut sources: Vec<_> = files.filter(|path| !path.ends_with("platform.c")).collect();
    sources.push(cc::root().join("tests/c/blocking_platform.c"));
    Some(Program::build_with(compiler, &sources, &libraries))
}

/// A desk that runs, with the sandbox's account.
pub struct Desk {
    child: Child,
    pub port: u16,
    pub metrics: u16,
}

impl Desk {
    /// `None` when it cannot be built here.
    pub fn start(url: &str, options: &str) -> Option<Desk> {
        Desk::start_with(url, options, &[])
    }

    /// The same with these variables in place of the account's.
    pub fn start_with(url: &str, options: &str, variables: &[(&str, &str)]) -> Option<Desk> {
        let program = program()?.to_str().unwrap().to_owned();
        let line = [cc::words("YTX_TEST_RUNNER"), vec![program]].concat();
        Some(Desk::run(cc::command(&line), url, options, variables))
    }

    /// The same with another program that takes the same options.
    pub fn run(mut command: Command, url: &str, options: &str, variables: &[(&str, &str)]) -> Desk {
        let [port, metrics] = free_ports();
        command.envs(account::environment(url)).envs(variables.iter().copied());
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--metrics", &format!("127.0.0.1:{metrics}")]);
        command.args(options.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let desk = Desk { child, port, metrics };
        assert_eq!(line, "ready\n");
        desk
    }

    /// What it answers to `GET`, head and all.
    pub fn get(&self, path: &str) -> String {
        prometheus::get(self.metrics, path)
    }

    /// The value of one of its figures.
    pub fn figure(&self, name: &str) -> f64 {
        let figures = self.get("/metrics");
        prometheus::value(&figures, name)
            .unwrap_or_else(|| panic!("there is no {name} in\n{figures}"))
    }

    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for its end, by the SIGTERM that it got.
    pub fn end(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }

    pub fn stop(self) {
        self.terminate();
        self.end();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
    }
}

/// Two ports that nobody has, neither by UDP nor by TCP.
pub fn free_ports() -> [u16; 2] {
    let taken = || loop {
        let udp = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        if let Ok(tcp) = TcpListener::bind(("127.0.0.1", port)) {
            return (port, udp, tcp);
        }
    };
    let both = [taken(), taken()]; // at the same time, so that they differ
    both.map(|(port, ..)| port)
}
