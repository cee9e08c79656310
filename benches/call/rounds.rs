//! Runs the peers by turns, in many short rounds, so that whatever else the machine does hits all
//! alike. A comparison is the median over the rounds of the ratio within each round.

use std::fs;
use std::process::{self, Command};

use super::support::build::succeed;
use super::support::figures::{median, quantile};
use super::support::peer::{Load, Peer};
use super::support::server::Server;
use super::support::turns;

/// What was measured of one peer, round by round, times in nanoseconds.
#[derive(Default)]
pub struct Series {
    pub name: &'static str,
    pub p50: Vec<f64>,
    pub p99: Vec<f64>,
    /// CPU time a call.
    pub cpu: Vec<f64>,
    /// Calls a second.
    pub rate: Vec<f64>,
    /// What each call of all rounds took, sorted.
    pub took: Vec<u64>,
    /// The most connections that one run opened.
    pub connections: usize,
}

/// Makes the peers run by turns, each with the load that it is given.
pub fn run(
    peers: &[Peer],
    server: &Server,
    rounds: usize,
    load: impl Fn(&Peer) -> Load,
) -> Vec<Series> {
    let new = |peer: &Peer| Series { name: peer.name, ..Series::default() };
    let mut all: Vec<Series> = peers.iter().map(new).collect();
    for round in 0..rounds {
        for peer in turns::order(round, peers.len()) {
            server.take_connections();
            let mut run = peers[peer].run(server, load(&peers[peer]));
            let series = &mut all[peer];
            series.connections = series.connections.max(server.take_connections());
            run.took.sort_unstable();
            let calls = run.took.len() as f64;
            series.p50.push(quantile(&run.took, 0.50));
            series.p99.push(quantile(&run.took, 0.99));
            series.cpu.push(run.cpu / calls);
            series.rate.push(calls / run.wall * 1e9);
            series.took.append(&mut run.took);
        }
    }
    all.iter_mut().for_each(|series| series.took.sort_unstable());
    all
}

/// How one peer compares with another: the median of the ratios round by round. `None` where one
/// of them is missing.
pub fn ratio(all: &[Series], figure: Figure, one: &str, other: &str) -> Option<f64> {
    compare(all, figure, one, other, |one, other| one / other)
}

/// The same of the differences.
pub fn difference(all: &[Series], figure: Figure, one: &str, other: &str) -> Option<f64> {
    compare(all, figure, one, other, |one, other| one - other)
}

fn compare(
    all: &[Series],
    figure: Figure,
    one: &str,
    other: &str,
    by: fn(f64, f64) -> f64,
) -> Option<f64> {
    let (one, other) = (figure(find(all, one)?), figure(find(all, other)?));
    Some(median(one.iter().zip(other).map(|(&one, &other)| by(one, other))))
}

/// A column of `Series`.
pub type Figure = fn(&Series) -> &Vec<f64>;

pub fn find<'a>(all: &'a [Series], name: &str) -> Option<&'a Series> {
    all.iter().find(|series| series.name == name)
}

/// The first and the last core that this process may run on.
pub fn cores() -> [String; 2] {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let list = list.expect("a list of cores").trim();
    let separators = [',', '-'];
    [list.split(separators).next(), list.rsplit(separators).next()]
        .map(|core| core.unwrap_or_default().to_owned())
}

/// Lets this thread, and all threads and programs that it starts from now on, run on this core
/// only.
///
/// Left alone, the scheduler moves client and server together and apart again, and one peer is
/// compared on one core with another on two (a ratio to the raw socket was 0.66 to 1.36 in
/// different rounds). Many threads run on all cores, or they would never be in each other's way.
pub fn pin(core: &str) {
    // The main thread has the process's number.
    let thread = process::id().to_string();
    succeed(Command::new("taskset").args(["-c", "-p", core, &thread]));
}
