//! What a call is to cost, and whether it does. The goals stand only here.

use super::measured::{Counts, Measured};
use super::rounds::{difference, find, ratio};
use super::support::goal::Limit::{AtLeast, AtMost};
use super::support::goal::Unit::{Count, Kilobytes, Megabytes, Micros, Ratio};
use super::support::goal::{Goal, KB, MB};
use super::support::peer::{CURL, CURL_UNPARSED, DOTNET, RAW, YTX};

/// Resident memory comes and goes with the allocator's habits; a leak of ten bytes a client would
/// be more than this.
const AS_BEFORE: f64 = 64.0 * KB;

/// Five rows, one of each kind that a visitor asks for. "small answer, p50" is two of them.
const IN_THE_README: [&str; 4] = [
    "small answer, p50",
    "64 threads on one client, calls a second",
    "system calls a call, kept connection",
    "release library with TLS",
];

pub fn for_the_readme(measured: &Measured) -> Vec<Goal> {
    let few = goals(measured).into_iter().filter(|goal| IN_THE_README.contains(&goal.what));
    let few: Vec<_> = few.collect();
    assert_eq!(few.len(), 5, "the README has five rows");
    few
}

pub fn goals(measured: &Measured) -> Vec<Goal> {
    let Measured { lock, state, lock_in_tls, crowd, together, .. } = measured;
    let Measured { lock_counts, alone, own, bindings, .. } = measured;
    let goal = |what, limit, unit, measured| Goal { what, limit, unit, measured };
    let count = |name, figure: fn(&Counts) -> Option<f64>| {
        figure(lock_counts.iter().find(|counts| counts.name == name)?)
    };
    let instructions = || {
        let [ours, theirs] = [YTX, CURL].map(|name| count(name, |counts| counts.instructions));
        Some(ours? / theirs?)
    };
    let connections = find(together, YTX).map(|series| series.connections as f64);
    let over_c = |name| Some(difference(bindings, |s| &s.p50, name, YTX)? / 1000.0);
    let by_raw = Ratio("raw socket that signs");
    let by_curl = Ratio("libcurl, OpenSSL, jansson");
    vec![
        goal("small answer, p50", AtMost(1.08), by_raw, ratio(lock, |s| &s.p50, YTX, RAW)),
        goal("small answer, p50", AtMost(0.65), by_curl, ratio(lock, |s| &s.p50, YTX, CURL)),
        goal("small answer, CPU", AtMost(0.75), by_curl, ratio(lock, |s| &s.cpu, YTX, CURL)),
        goal("small answer, instructions", AtMost(0.18), by_curl, instructions()),
        goal(
            "200 members, validated, p50",
            AtMost(1.35),
            Ratio("raw socket without validation"),
            ratio(state, |s| &s.p50, YTX, RAW),
        ),
        goal(
            "200 members, validated, p50",
            AtMost(0.95),
            Ratio("libcurl without any parsing"),
            ratio(state, |s| &s.p50, YTX, CURL_UNPARSED),
        ),
        goal(
            "small answer inside TLS, p50",
            AtMost(0.75),
            by_curl,
            ratio(lock_in_tls, |s| &s.p50, YTX, CURL),
        ),
        goal(
            "64 threads on one client, calls a second",
            AtLeast(0.8),
            Ratio("raw, a socket a thread"),
            ratio(crowd, |s| &s.rate, YTX, RAW),
        ),
        goal("64 threads starting together, connections", AtMost(64.0), Count, connections),
        goal(
            "system calls a call, kept connection",
            AtMost(3.0),
            Count,
            count(YTX, |counts| counts.system_calls),
        ),
        goal("a call's own share, time", AtMost(2.0), Micros, Some(own.nanoseconds / 1000.0)),
        goal("a call's own share, allocations", AtMost(4.0), Count, Some(own.allocations)),
        goal(".NET (Mono) over C, a call", AtMost(3.0), Micros, over_c(DOTNET)),
        goal("a client at rest", AtMost(32.0 * KB), Kilobytes, Some(alone.client_at_rest)),
        goal(
            "its kept connection, after small answers",
            AtMost(24.0 * KB),
            Kilobytes,
            Some(alone.connection_after_lock),
        ),
        goal(
            "its kept connection, after 200 members",
            AtMost(24.0 * KB),
            Kilobytes,
            Some(alone.connection_after_state),
        ),
        goal(
            "memory left by 10 000 clients made, used and freed",
            AtMost(AS_BEFORE),
            Kilobytes,
            Some(alone.memory_left),
        ),
        goal("descriptors left by them", AtMost(0.0), Count, Some(alone.descriptors_left)),
        goal("release library with TLS", AtMost(2.35 * MB), Megabytes, Some(alone.size)),
        goal("without TLS", AtMost(0.85 * MB), Megabytes, Some(alone.size_without_tls)),
        goal(
            "dlopen",
            AtMost(0.1),
            Ratio("libcurl.so.4"),
            alone.load_curl.map(|curl| alone.load / curl),
        ),
    ]
}
