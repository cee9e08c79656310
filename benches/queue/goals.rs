//! What calls that do not block were to cost from the beginning, and whether they do. The goals
//! stand only here. (Blocking calls have theirs in `benches/call`.)

use super::measured::{Flights, Measured, Series};
use super::peer::{CURL, YTX};
use super::support::figures::median;
use super::support::goal::Limit::{AtLeast, AtMost};
use super::support::goal::Unit::{Count, Kilobytes, Megabytes, Ratio, Seconds};
use super::support::goal::{Goal, KB, MB};

pub fn goals(measured: &Measured) -> Vec<Goal> {
    let goal = |what, limit, unit, measured| Goal { what, limit, unit, measured };
    let compare = |what, limit, figure| goal(what, limit, Ratio(CURL), ratio(measured, figure));
    let flight = |what, limit, unit, number: usize, figure: fn(&Flights) -> Option<f64>| {
        let figure = measured.find(YTX).and_then(|series| figure(&series.flights[number]));
        goal(what, limit, unit, figure)
    };
    vec![
        compare("64 in flight, calls a second", AtLeast(1.5), |s| &s.rate),
        compare("64 in flight, CPU of the process", AtMost(0.6), |s| &s.cpu),
        flight("1 000 to a platform that takes 2 s", AtMost(2.6), Seconds, 0, seconds),
        flight("1 000, threads more", AtMost(8.0), Count, 0, threads),
        flight("1 000, memory a call", AtMost(16.0 * KB), Kilobytes, 0, bytes),
        flight("10 000 to a platform that takes 2 s", AtMost(4.0), Seconds, 1, seconds),
        flight("10 000, threads more", AtMost(8.0), Count, 1, threads),
        flight("10 000, memory a call", AtMost(16.0 * KB), Kilobytes, 1, bytes),
        compare("submission, platform silent, p50", AtMost(0.4), |s| &s.silent.p50),
        compare("submission, platform silent, p99", AtMost(0.7), |s| &s.silent.p99),
        compare("submission, platform fast, p50", AtMost(0.4), |s| &s.fast.p50),
        compare("submission, platform fast, p99", AtMost(0.7), |s| &s.fast.p99),
        compare("submission, 64 in flight, p50", AtMost(0.4), |s| &s.busy.p50),
        compare("submission, 64 in flight, p99", AtMost(0.7), |s| &s.busy.p99),
        goal("release library with TLS", AtMost(2.35 * MB), Megabytes, Some(measured.size)),
    ]
}

/// The median of the ratios round by round. `None` where the other one is missing.
pub fn ratio(measured: &Measured, figure: fn(&Series) -> &Vec<f64>) -> Option<f64> {
    let [ours, theirs] = [YTX, CURL].map(|name| measured.find(name).map(figure));
    let pairs = ours?.iter().zip(theirs?);
    Some(median(pairs.map(|(ours, theirs)| ours / theirs)))
}

/// Half of the flights took at most so long.
pub fn seconds(flights: &Flights) -> Option<f64> {
    middle(&flights.nanoseconds).map(|nanoseconds| nanoseconds / 1e9)
}

/// No flight had more.
pub fn threads(flights: &Flights) -> Option<f64> {
    flights.threads.iter().copied().reduce(f64::max)
}

pub fn bytes(flights: &Flights) -> Option<f64> {
    middle(&flights.bytes)
}

pub fn at_once(flights: &Flights) -> Option<f64> {
    middle(&flights.at_once)
}

/// `None` where nothing was measured.
fn middle(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| median(numbers.iter().copied()))
}

impl Measured {
    fn find(&self, name: &str) -> Option<&Series> {
        self.peers.iter().find(|series| series.name == name)
    }
}
