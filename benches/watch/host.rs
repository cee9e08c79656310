//! A C program that watches, as its users would write it: see `benches/peers/watch.c`.

use std::path::PathBuf;
use std::process::Command;

use super::platform::Platform;
use super::support::build::{Compiler, succeed};

/// Seconds after which a run is ended: far more than any takes.
const LIMIT: &str = "180";

/// So many intervals go by before anything is looked at. All watches begin at once; by then they have
/// spread.
const UNMEASURED: u64 = 6;

/// How finely the requests at the platform are counted.
pub const SLOT_MILLIS: u64 = 100;

pub struct Host {
    program: PathBuf,
}

/// What was seen of so many watches.
pub struct Seen {
    pub rooms: usize,
    pub interval_millis: u64,
    /// CPU time by time.
    pub cpu: f64,
    /// At most, the host's own included.
    pub threads: f64,
    /// Resident, of all watches.
    pub bytes: f64,
    /// At the platform, a second.
    pub requests: f64,
    /// How many came in each slot, sorted.
    pub slots: Vec<u64>,
    /// Nanoseconds until an event was taken, from the change and from the answer, sorted.
    pub from_change: Vec<u64>,
    pub from_answer: Vec<u64>,
}

impl Host {
    pub fn build(compiler: &Compiler) -> Host {
        Host { program: compiler.compile("watch", &["watch.c"], &["-lytx"]) }
    }

    pub fn watch(&self, rooms: usize, interval_millis: u64, measured_millis: u64) -> Seen {
        let platform = Platform::start(interval_millis);
        let mut command = Command::new("timeout");
        command.arg(LIMIT).arg(&self.program).arg(platform.url());
        let numbers =
            [rooms as u64, interval_millis, UNMEASURED * interval_millis, measured_millis];
        let printed = succeed(command.args(numbers.map(|number| number.to_string())));
        let printed: Vec<u64> =
            printed.lines().map(|line| line.parse().expect("a number")).collect();
        let (&[begin, end, cpu, threads, bytes, events], late) =
            printed.split_first_chunk().expect("figures");
        assert_eq!(late.len() as u64, 2 * events, "two numbers an event");

        let time = (end - begin) as f64;
        let slot = SLOT_MILLIS * 1_000_000;
        let mut slots = vec![0; ((end - begin) / slot) as usize];
        let requests = platform.requests();
        let within = requests.iter().filter_map(|at| at.checked_sub(begin));
        for at in within {
            if let Some(count) = slots.get_mut((at / slot) as usize) {
                *count += 1;
            }
        }
        let total: u64 = slots.iter().sum();
        slots.sort_unstable();
        let sorted = |from: usize| {
            let mut times: Vec<u64> = late.iter().skip(from).step_by(2).copied().collect();
            times.sort_unstable();
            times
        };
        Seen {
            rooms,
            interval_millis,
            cpu: cpu as f64 / time,
            threads: threads as f64,
            bytes: bytes as f64,
            requests: total as f64 / (slots.len() as f64 * SLOT_MILLIS as f64 / 1000.0),
            slots,
            from_change: sorted(0),
            from_answer: sorted(1),
        }
    }
}
