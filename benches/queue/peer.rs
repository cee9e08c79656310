//! The programs that make the same calls from an event loop, and how one is run: see
//! `benches/peers/loop.c`.

use std::path::PathBuf;
use std::process::Command;

use super::support::build::{Compiler, Skipped, succeed};

/// Seconds after which a run is ended: far more than any takes.
const LIMIT: &str = "120";

pub const YTX: &str = "libytx's queue";
pub const CURL: &str = "libcurl multi";

pub struct Peer {
    pub name: &'static str,
    program: PathBuf,
}

/// Nanoseconds, for all calls together.
pub struct Rate {
    pub wall: f64,
    /// CPU time of the process, and of the loop's thread alone.
    pub cpu: f64,
    pub thread: f64,
}

pub struct Flight {
    pub nanoseconds: f64,
    /// How many more there were at most.
    pub threads: f64,
    /// Resident, a call under way.
    pub bytes: f64,
}

impl Peer {
    /// So many at once, so many in all.
    pub fn rate(&self, url: &str, slots: usize, calls: usize) -> Rate {
        let [wall, cpu, thread] = self.figures(url, "rate", &[slots, calls]);
        Rate { wall, cpu, thread }
    }

    /// What each submission took, sorted.
    pub fn busy(&self, url: &str, slots: usize, calls: usize) -> Vec<u64> {
        self.sorted(url, "busy", &[slots, calls])
    }

    /// The same, at one call a millisecond.
    pub fn paced(&self, url: &str, calls: usize) -> Vec<u64> {
        self.sorted(url, "paced", &[calls])
    }

    pub fn flight(&self, url: &str, calls: usize) -> Flight {
        let [nanoseconds, threads, bytes] = self.figures(url, "flight", &[calls]);
        Flight { nanoseconds, threads, bytes }
    }

    fn figures<const N: usize>(&self, url: &str, work: &str, numbers: &[usize]) -> [f64; N] {
        let printed = self.run(url, work, numbers).into_iter().map(|number| number as f64);
        printed.collect::<Vec<_>>().try_into().expect("as many figures")
    }

    fn sorted(&self, url: &str, work: &str, numbers: &[usize]) -> Vec<u64> {
        let mut took = self.run(url, work, numbers);
        took.sort_unstable();
        took
    }

    fn run(&self, url: &str, work: &str, numbers: &[usize]) -> Vec<u64> {
        let mut command = Command::new("timeout");
        command.arg(LIMIT).arg(&self.program).args([url, work]);
        let printed = succeed(command.args(numbers.iter().map(usize::to_string)));
        printed.lines().map(|line| line.parse().expect("a number")).collect()
    }
}

/// All that can be built here.
pub fn all(compiler: &Compiler, skipped: &mut Skipped) -> Vec<Peer> {
    let peer = |name, file, sources: &[&str], flags: &[&str]| {
        let sources = [&["loop.c"], sources].concat();
        Peer { name, program: compiler.compile(file, &sources, flags) }
    };
    let mut peers = vec![peer(YTX, "loop-ytx", &["loop_ytx.c"], &["-lytx"])];
    if ["openssl/evp.h", "curl/curl.h", "jansson.h"].iter().all(|name| compiler.has_header(name)) {
        let libraries = ["-lcurl", "-ljansson", "-lcrypto"];
        peers.push(peer(CURL, "loop-curl", &["loop_curl.c", "request.c"], &libraries));
    } else {
        skipped.note("libcurl, OpenSSL or jansson");
    }
    peers
}
