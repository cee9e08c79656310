//! The programs that make the same calls, and how one is run: see `benches/peers/peer.c`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::build::{self, Compiler, Skipped, source, succeed};
use super::server::Server;

/// Seconds after which a run is ended: far more than any takes.
const LIMIT: &str = "300";

pub const RAW: &str = "raw socket";
pub const YTX: &str = "libytx";
pub const CURL: &str = "libcurl, jansson";
pub const CURL_UNPARSED: &str = "libcurl, unparsed";
const CURL_ANEW: &str = "libcurl, anew each call";
const GO: &str = "Go net/http";
pub const DOTNET: &str = "libytx from .NET (Mono)";
const PYTHON: &str = "Python requests";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Lock,
    State,
}

/// So many threads make so many calls each, and start together so many times.
#[derive(Clone, Copy)]
pub struct Load {
    pub work: Work,
    pub threads: usize,
    pub calls: usize,
    pub rounds: usize,
}

/// What a run has printed, in nanoseconds.
pub struct Run {
    pub wall: f64,
    pub cpu: f64,
    /// Of each call.
    pub took: Vec<u64>,
}

#[derive(Clone)]
pub struct Peer {
    pub name: &'static str,
    command: Vec<OsString>,
    /// How many calls make a short round on one thread.
    pub calls: usize,
    /// Whether valgrind can look into it.
    pub is_native: bool,
}

impl Peer {
    fn native(name: &'static str, program: PathBuf) -> Peer {
        Peer { name, command: vec![program.into()], calls: 1000, is_native: true }
    }

    /// Runs it under the tools named first.
    pub fn command(&self, under: &[&str], url: &str, load: Load) -> Command {
        let mut command = Command::new("timeout");
        command.arg(LIMIT).args(under).args(&self.command);
        command.arg(url).arg(match load.work {
            Work::Lock => "lock",
            Work::State => "state",
        });
        command.args([load.threads, load.calls, load.rounds].map(|number| number.to_string()));
        command
    }

    pub fn run(&self, server: &Server, load: Load) -> Run {
        let mut command = self.command(&[], &server.url(), load);
        if let Some(file) = server.ca_file() {
            command.env("PEER_CA_FILE", file);
        }
        let output = succeed(&mut command);
        let mut numbers = output.split_whitespace().map(|word| word.parse::<u64>());
        let mut next = || numbers.next()?.ok();
        let [Some(wall), Some(cpu)] = [next(), next()] else {
            panic!("{} printed {output:?}", self.name)
        };
        let took = std::iter::from_fn(next).collect::<Vec<_>>();
        assert_eq!(took.len(), load.threads * load.calls * load.rounds, "{}", self.name);
        Run { wall: wall as f64, cpu: cpu as f64, took }
    }
}

/// Only libytx's.
pub fn ytx(compiler: &Compiler) -> Peer {
    Peer::native(YTX, compiler.compile("ytx", &["ytx.c", "peer.c"], &["-lytx"]))
}

/// The same, reading the members of a state.
pub fn ytx_members(compiler: &Compiler) -> Peer {
    let sources = ["ytx_members.c", "peer.c"];
    Peer::native(YTX, compiler.compile("ytx-members", &sources, &["-lytx"]))
}

/// A peer in Go; `None` where a tool is missing.
pub fn go(compiler: &Compiler, file: &'static str, flags: &[&str]) -> Option<Peer> {
    let program = compiler.go_peer(file, flags)?;
    Some(Peer { is_native: false, ..Peer::native(file, program) })
}

/// libytx from C, and from .NET as it blocks.
pub fn bindings(compiler: &Compiler, skipped: &mut Skipped) -> Vec<Peer> {
    let mut peers = vec![ytx(compiler)];
    match build::dotnet_peer(&compiler.library) {
        Some(program) => {
            let command = vec!["mono".into(), program.into()];
            peers.push(Peer { name: DOTNET, command, calls: 1000, is_native: false });
        }
        None => skipped.note("the .NET SDK or Mono"),
    }
    peers
}

/// All that can be built here, the floor first.
pub fn all(compiler: &Compiler, skipped: &mut Skipped) -> Vec<Peer> {
    let mut peers = Vec::new();
    let c = |name: &'static str, file: &str, source: &str, flags: &[&str]| {
        Peer::native(name, compiler.compile(file, &[source, "peer.c", "request.c"], flags))
    };
    let openssl = compiler.has_header("openssl/evp.h");
    if openssl {
        peers.push(c(RAW, "raw", "raw.c", &["-lcrypto"]));
    } else {
        skipped.note("OpenSSL");
    }
    peers.push(ytx(compiler));
    if openssl && compiler.has_header("curl/curl.h") && compiler.has_header("jansson.h") {
        let libraries = ["-lcurl", "-ljansson", "-lcrypto"];
        let with = |definition| [&[definition], &libraries[..]].concat();
        peers.push(c(CURL, "curl", "curl.c", &libraries));
        peers.push(c(CURL_UNPARSED, "curl-unparsed", "curl.c", &with("-DUNPARSED")));
        // Few calls: each leaves a port behind that cannot be used for a while.
        let anew = c(CURL_ANEW, "curl-anew", "curl.c", &with("-DANEW"));
        peers.push(Peer { calls: 200, ..anew });
    } else {
        skipped.note("libcurl or jansson");
    }
    match go(compiler, "go", &[]) {
        Some(peer) => peers.push(Peer { name: GO, ..peer }),
        None => skipped.note("Go or pkg-config"),
    }
    if build::works(Command::new("python3").args(["-c", "import requests"])) {
        let command = vec!["python3".into(), source("requests_peer.py").into()];
        peers.push(Peer { name: PYTHON, command, calls: 200, is_native: false });
    } else {
        skipped.note("Python's requests");
    }
    peers
}
