//! All that is measured, in the order in which it is.

use std::fs;
use std::path::Path;

use super::peer::{self, Peer};
use super::support::build::{Compiler, Skipped};
use super::support::figures::quantile;
use super::support::platform::{Delay, Platform};
use super::support::turns;

/// How many calls are under way at once where their number a second is measured.
const SLOTS: usize = 64;
const CALLS: usize = 20_000;
const PACED_CALLS: usize = 550;
/// How long the platform takes to answer a flight.
const ANSWER_MILLIS: u32 = 2000;
pub const FLIGHTS: [usize; 2] = [1_000, 10_000];
/// Descriptors that are no connection's.
const OTHERS: usize = 100;

const ROUNDS: usize = 20;
const FLIGHT_ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 3;
const QUICK_FLIGHT_ROUNDS: usize = 1;

pub struct Measured {
    pub peers: Vec<Series>,
    /// Bytes of the library.
    pub size: f64,
}

/// What was measured of one peer, round by round, times in nanoseconds.
#[derive(Default)]
pub struct Series {
    pub name: &'static str,
    /// Calls a second, with 64 under way.
    pub rate: Vec<f64>,
    /// CPU time a call of the process, and of the loop's thread.
    pub cpu: Vec<f64>,
    pub thread: Vec<f64>,
    /// Submissions, one a millisecond, to a platform that answers, and to one that does not.
    pub fast: Submissions,
    pub silent: Submissions,
    /// Submissions with 64 under way.
    pub busy: Submissions,
    /// As `FLIGHTS`; one that this machine does not allow is empty.
    pub flights: [Flights; FLIGHTS.len()],
}

#[derive(Default)]
pub struct Submissions {
    pub p50: Vec<f64>,
    pub p99: Vec<f64>,
}

#[derive(Default)]
pub struct Flights {
    pub nanoseconds: Vec<f64>,
    pub threads: Vec<f64>,
    pub bytes: Vec<f64>,
    /// How many requests waited for their answer at once.
    pub at_once: Vec<f64>,
}

/// `None` when there is no way to begin.
pub fn measure(quick: bool, skipped: &mut Skipped) -> Option<Measured> {
    let Some(compiler) = Compiler::find() else {
        skipped.note("a C compiler");
        return None;
    };
    let peers = peer::all(&compiler, skipped);
    let platform = compiler.compile("platform", &["platform.c"], &[]);
    let [rounds, flight_rounds] =
        if quick { [QUICK_ROUNDS, QUICK_FLIGHT_ROUNDS] } else { [ROUNDS, FLIGHT_ROUNDS] };

    let mut all: Vec<Series> =
        peers.iter().map(|peer| Series { name: peer.name, ..Series::default() }).collect();
    let fast = Platform::start(&platform, Delay::None);
    by_turns(&peers, &mut all, rounds, |peer, series| under_way(peer, &fast, series));
    by_turns(&peers, &mut all, rounds, |peer, series| submissions(peer, &fast, &platform, series));
    fast.end();

    let descriptors = most_descriptors();
    for (number, &calls) in FLIGHTS.iter().enumerate() {
        if descriptors < calls + OTHERS {
            skipped.note(&format!("the right to {} descriptors", calls + OTHERS));
            continue;
        }
        by_turns(&peers, &mut all, flight_rounds, |peer, series| {
            flight(peer, &platform, calls, &mut series.flights[number]);
        });
    }
    let size = fs::metadata(&compiler.library).expect("it was built").len() as f64;
    Some(Measured { peers: all, size })
}

fn by_turns(
    peers: &[Peer],
    all: &mut [Series],
    rounds: usize,
    mut run: impl FnMut(&Peer, &mut Series),
) {
    for round in 0..rounds {
        turns::order(round, peers.len())
            .into_iter()
            .for_each(|peer| run(&peers[peer], &mut all[peer]));
    }
}

fn under_way(peer: &Peer, fast: &Platform, series: &mut Series) {
    let rate = peer.rate(&fast.url(), SLOTS, CALLS);
    let calls = CALLS as f64;
    series.rate.push(calls / rate.wall * 1e9);
    series.cpu.push(rate.cpu / calls);
    series.thread.push(rate.thread / calls);
    series.busy.push(&peer.busy(&fast.url(), SLOTS, CALLS));
}

fn submissions(peer: &Peer, fast: &Platform, platform: &Path, series: &mut Series) {
    series.fast.push(&peer.paced(&fast.url(), PACED_CALLS));
    let silent = Platform::start(platform, Delay::ForEver);
    series.silent.push(&peer.paced(&silent.url(), PACED_CALLS));
    silent.end();
}

/// Each to a platform of its own, which tells how many it had to answer at once.
fn flight(peer: &Peer, platform: &Path, calls: usize, flights: &mut Flights) {
    let slow = Platform::start(platform, Delay::Millis(ANSWER_MILLIS));
    let flight = peer.flight(&slow.url(), calls);
    flights.nanoseconds.push(flight.nanoseconds);
    flights.threads.push(flight.threads);
    flights.bytes.push(flight.bytes);
    flights.at_once.push(slow.end() as f64);
}

impl Submissions {
    fn push(&mut self, took: &[u64]) {
        self.p50.push(quantile(took, 0.50));
        self.p99.push(quantile(took, 0.99));
    }
}

/// How many descriptors a program may allow itself.
fn most_descriptors() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("this limit");
    let hard = line.split_whitespace().nth(4).expect("the hard one");
    hard.parse().unwrap_or(usize::MAX) // "unlimited"
}
