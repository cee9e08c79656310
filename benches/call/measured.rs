//! All that is measured, in the order in which it is.

use super::alone::{self, Alone};
use super::own::{self, Own};
use super::rounds::{self, Series, cores, pin};
use super::support::build::{Compiler, Skipped};
use super::support::count;
use super::support::peer::{self, Load, Peer, Work};
use super::support::server::Server;

/// The most threads on one client.
pub const CROWD: usize = 64;
const ROUNDS: usize = 40;
const QUICK_ROUNDS: usize = 3;

pub struct Measured {
    /// One thread, small answer, the server on another core, as in life on another machine: what
    /// a client does while the server works costs no time.
    pub lock: Vec<Series>,
    /// The same, 200 members.
    pub state: Vec<Series>,
    /// As the first, inside TLS: of libytx, and of libcurl over OpenSSL.
    pub lock_in_tls: Vec<Series>,
    /// Small answer, the server on the same core: nothing is done at the same time, and no core
    /// has to wake up.
    pub lock_on_one_core: Vec<Series>,
    /// The same of libytx from C and from other languages.
    pub bindings: Vec<Series>,
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
    let bindings = peer::bindings(&compiler, skipped);
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };

    let server = Server::start();
    let has_curl = peers.iter().any(|peer| peer.name == peer::CURL);
    let alone = alone::measure(&compiler, &server.url(), rounds, has_curl);
    let [valgrind, strace] = ["valgrind", "strace"].map(|tool| skipped.has_tool(tool));
    let [lock_counts, state_counts] = [Work::Lock, Work::State].map(|work| {
        peers.iter().map(|peer| Counts::of(peer, &server.url(), work, valgrind, strace)).collect()
    });

    let load = |work, threads, calls, rounds| Load { work, threads, calls, rounds };
    let run =
        |server, rounds, load: &dyn Fn(&Peer) -> Load| rounds::run(&peers, server, rounds, load);
    let crowd = run(&server, rounds, &|peer| load(Work::Lock, CROWD, peer.calls / 10, 1));
    let together =
        run(&server, QUICK_ROUNDS, &|peer| load(Work::Lock, CROWD, peer.calls / 200, 20));
    let [servers, clients] = cores();
    pin(&servers);
    let server = Server::start(); // another one, whose threads are pinned as well
    let tls_server = Server::start_tls();
    pin(&clients);
    let one_thread = |work| run(&server, rounds, &|peer| load(work, 1, peer.calls, 1));
    let (lock, state) = (one_thread(Work::Lock), one_thread(Work::State));
    let in_tls = [peer::YTX, peer::CURL];
    let in_tls: Vec<Peer> =
        peers.iter().filter(|peer| in_tls.contains(&peer.name)).cloned().collect();
    let lock_in_tls =
        rounds::run(&in_tls, &tls_server, rounds, |peer| load(Work::Lock, 1, peer.calls, 1));
    pin(&servers);
    let lock_on_one_core = one_thread(Work::Lock);
    let bindings =
        rounds::run(&bindings, &server, rounds, |peer| load(Work::Lock, 1, peer.calls, 1));
    Some(Measured {
        lock,
        state,
        lock_in_tls,
        lock_on_one_core,
        bindings,
        crowd,
        together,
        lock_counts,
        state_counts,
        alone,
        own,
    })
}

impl Counts {
    fn of(peer: &Peer, url: &str, work: Work, valgrind: bool, strace: bool) -> Counts {
        let inside = valgrind && peer.is_native;
        Counts {
            name: peer.name,
            instructions: inside.then(|| count::instructions(peer, url, work)),
            system_calls: strace.then(|| count::system_calls(peer, url, work)),
            allocations: inside.then(|| count::allocations(peer, url, work)),
        }
    }
}
