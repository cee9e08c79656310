//! All that is measured, in the order in which it is.

use super::alone::{self, Alone};
use super::own::{self, Own};
use super::rounds::{self, Series, cores, pin};
use super::support::build::{Compiler, Skipped, has_tool};
use super::support::count;
use super::support::peer::{self, Load, Peer, Work};
use super::support::server::Server;

/// The most threads on one client.
pub const CROWD: usize = 64;
const ROUNDS: usize = 40;
const QUICK_ROUNDS: usize = 3;

pub struct Measured {
    /// One thread, small answer.
    pub lock: Vec<Series>,
    /// One thread, 200 members.
    pub state: Vec<Series>,
    /// Many threads, small answer.
    pub crowd: Vec<Series>,
    /// The same, starting together again and again.
    pub together: Vec<Series>,
    /// What is counted a call, a peer each as above; then the same of 200 members.
    pub lock_counts: Vec<Counts>,
    pub state_counts: Vec<Counts>,
    pub alone: Alone,
    pub own: Own,
}

/// `None` where it cannot be counted.
pub struct Counts {
    pub name: &'static str,
    pub instructions: Option<f64>,
    pub system_calls: Option<f64>,
    pub allocations: Option<f64>,
}

/// `None` when there is no way to begin.
pub fn measure(quick: bool, skipped: &mut Skipped) -> Option<Measured> {
    let Some(compiler) = Compiler::find() else {
        skipped.note("a C compiler");
        return None;
    };
    let own = own::measure();
    let peers = peer::all(&compiler, skipped);
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let all_cores = cores();
    let first_core = all_cores.split([',', '-']).next().unwrap_or_default();

    let server = Server::start();
    let alone = alone::measure(&compiler, &server.url(), rounds);
    let count = |work, skipped: &mut Skipped| counts(&peers, &server.url(), work, skipped);
    let (lock_counts, state_counts) = (count(Work::Lock, skipped), count(Work::State, skipped));
    let run = |load: fn(&Peer) -> Load| rounds::run(&peers, &server, rounds, load);
    let crowd =
        run(|peer| Load { work: Work::Lock, threads: CROWD, calls: peer.calls / 10, rounds: 1 });
    let together = rounds::run(&peers, &server, QUICK_ROUNDS, |peer| Load {
        work: Work::Lock,
        threads: CROWD,
        calls: peer.calls / 200,
        rounds: 20,
    });
    pin(first_core);
    let one = |work, peer: &Peer| Load { work, threads: 1, calls: peer.calls, rounds: 1 };
    let lock = rounds::run(&peers, &server, rounds, |peer| one(Work::Lock, peer));
    let state = rounds::run(&peers, &server, rounds, |peer| one(Work::State, peer));
    Some(Measured { lock, state, crowd, together, lock_counts, state_counts, alone, own })
}

fn counts(peers: &[Peer], url: &str, work: Work, skipped: &mut Skipped) -> Vec<Counts> {
    let mut tool = |name| {
        let found = has_tool(name);
        if !found {
            skipped.note(name);
        }
        found
    };
    let (valgrind, strace) = (tool("valgrind"), tool("strace"));
    let count = |peer: &Peer| {
        let inside = valgrind && peer.is_native;
        Counts {
            name: peer.name,
            instructions: inside.then(|| count::instructions(peer, url, work)),
            system_calls: strace.then(|| count::system_calls(peer, url, work)),
            allocations: inside.then(|| count::allocations(peer, url, work)),
        }
    };
    peers.iter().map(count).collect()
}
