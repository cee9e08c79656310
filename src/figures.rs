//! What a client counts for those who operate it. Counting takes no lock, and asking stops nobody.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::atomic::{
    AtomicI32, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::time::Duration;

use crate::status::{NAMED, TABLE};
use crate::sys::PerProcess;

/// The upper ends of the buckets that durations are counted in, in milliseconds; what takes longer
/// than the last is in none but the whole.
const BOUNDS: [Duration; 13] = [
    Duration::from_micros(1_000),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1_000),
    Duration::from_millis(2_500),
    Duration::from_millis(5_000),
    Duration::from_millis(10_000),
];

/// How many codes are told apart that this version has no name for.
const UNKNOWN: usize = 32;

#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) attempts: AtomicU64,
    pub(crate) retries: AtomicU64,
    pub(crate) resends: AtomicU64,
    /// A forked child has none of its parent's on their way.
    in_flight: PerProcess<AtomicUsize>,
    /// By the place of the status in the table; success is one of them.
    known: [AtomicU64; NAMED],
    unknown: [Unknown; UNKNOWN],
    /// Codes for which there was no place left.
    others: AtomicU64,
    /// How many took no longer than each bound but longer than the one before.
    buckets: [AtomicU64; BOUNDS.len()],
    nanoseconds: AtomicU64,
}

/// A code of the platform without a name; 0 while nothing is counted here.
#[derive(Default)]
struct Unknown {
    code: AtomicI32,
    count: AtomicU64,
}

/// What a client has done since it was made, all handles on it together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClientStats {
    /// Calls that have ended, those refused for their arguments included.
    pub calls: u64,
    /// Those that the platform accepted.
    pub succeeded: u64,
    /// The others, by their status.
    pub failed: BTreeMap<i32, u64>,
    /// The others whose codes are too many to be told apart. They are in `calls` as well.
    pub failed_otherwise: u64,
    /// Connections used or tried for them.
    pub attempts: u64,
    /// How often a call was tried again after a passing failure.
    pub retries: u64,
    /// How often a request was sent again because its kept connection had been closed.
    pub resends: u64,
    /// Requests on their way now.
    pub in_flight: usize,
    /// Connections made.
    pub connections_opened: u64,
    /// Connections kept for reuse now.
    pub connections_idle: usize,
    /// How long the calls took, together; from the submission on where there was a queue.
    pub duration: Duration,
    /// How many calls took no longer than so long: each bound's count includes those before it.
    pub durations: Vec<(Duration, u64)>,
}

impl Figures {
    /// How many requests are on their way in this process.
    pub(crate) fn in_flight(&self) -> &AtomicUsize {
        self.in_flight.get_or_init(AtomicUsize::default)
    }

    /// A call has ended with that status after so long.
    pub(crate) fn ended(&self, status: i32, took: Duration) {
        match TABLE.iter().position(|known| known.code == status) {
            Some(place) => self.known[place].fetch_add(1, Relaxed),
            None => self.unknown(status).fetch_add(1, Relaxed),
        };
        // What took longer than the last is in none but the whole.
        if let Some(bucket) = BOUNDS.iter().position(|&bound| took <= bound) {
            self.buckets[bucket].fetch_add(1, Release);
        }
        self.nanoseconds.fetch_add(took.as_nanos() as u64, Relaxed);
    }

    fn unknown(&self, code: i32) -> &AtomicU64 {
        let place = self.unknown.iter().find(|place| {
            let taken = place.code.compare_exchange(0, code, Relaxed, Relaxed);
            taken.is_ok() || taken == Err(code)
        });
        place.map_or(&self.others, |place| &place.count)
    }

    /// What was counted; of connections somebody else knows.
    pub(crate) fn stats(&self, connections_opened: u64, connections_idle: usize) -> ClientStats {
        // First what is counted last, so that no bucket is larger than the whole.
        let mut so_far = 0;
        let durations = BOUNDS.iter().zip(&self.buckets).map(|(&bound, count)| {
            so_far += count.load(Acquire);
            (bound, so_far)
        });
        let durations = durations.collect();
        let known = TABLE.iter().zip(&self.known).map(|(status, count)| (status.code, count));
        let unknown = self.unknown.iter().map(|place| (place.code.load(Relaxed), &place.count));
        let counted = known.chain(unknown).map(|(code, count)| (code, count.load(Relaxed)));
        // Not collected: that would bring code into the library that sorts.
        let mut by_code = BTreeMap::new();
        for (code, count) in counted.filter(|&(_, count)| count > 0) {
            by_code.insert(code, count);
        }
        let succeeded = by_code.remove(&0).unwrap_or_default();
        let failed_otherwise = self.others.load(Relaxed);
        ClientStats {
            durations,
            calls: succeeded + by_code.values().sum::<u64>() + failed_otherwise,
            succeeded,
            failed: by_code,
            failed_otherwise,
            attempts: self.attempts.load(Relaxed),
            retries: self.retries.load(Relaxed),
            resends: self.resends.load(Relaxed),
            in_flight: self.in_flight.get().map_or(0, |count| count.load(Relaxed)),
            connections_opened,
            connections_idle,
            duration: Duration::from_nanos(self.nanoseconds.load(Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_status_and_duration() {
        let figures = Figures::default();
        for (status, millis) in [(0, 1), (0, 2), (-205, 3), (1004, 20_000), (-999, 0), (-999, 10)] {
            figures.ended(status, Duration::from_millis(millis));
        }
        let stats = figures.stats(2, 1);
        assert_eq!((stats.calls, stats.succeeded), (6, 2));
        assert_eq!(stats.failed, BTreeMap::from([(-999, 2), (-205, 1), (1004, 1)]));
        assert_eq!(stats.duration, Duration::from_millis(20_016));
        let counts: Vec<u64> = stats.durations.iter().map(|&(_, count)| count).collect();
        assert_eq!(counts, [2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
    }

    #[test]
    fn more_codes_than_can_be_told_apart_are_counted_together() {
        let figures = Figures::default();
        for code in 1000..1000 + UNKNOWN as i32 + 5 {
            figures.ended(-code, Duration::ZERO);
        }
        let stats = figures.stats(0, 0);
        assert_eq!((stats.failed.len(), stats.failed_otherwise), (UNKNOWN, 5));
        assert_eq!(stats.calls, UNKNOWN as u64 + 5);
    }
}
