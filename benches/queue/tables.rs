//! The peers side by side.

use super::goals::{at_once, bytes, ratio, seconds, threads};
use super::measured::{FLIGHTS, Flights, Measured, Series};
use super::support::figures::median;
use super::support::goal::KB;
use super::support::table::{Table, thousands};

type Figure = fn(&Series) -> &Vec<f64>;

/// Times in microseconds, and their ratios.
const TIMES: [(&str, Figure); 8] = [
    ("64 in flight, CPU of the process a call, µs", |s| &s.cpu),
    ("64 in flight, CPU of the loop's thread a call, µs", |s| &s.thread),
    ("submission, platform silent, p50, µs", |s| &s.silent.p50),
    ("submission, platform silent, p99, µs", |s| &s.silent.p99),
    ("submission, platform fast, p50, µs", |s| &s.fast.p50),
    ("submission, platform fast, p99, µs", |s| &s.fast.p99),
    ("submission, 64 in flight, p50, µs", |s| &s.busy.p50),
    ("submission, 64 in flight, p99, µs", |s| &s.busy.p99),
];

pub fn beside(measured: &Measured) -> Table {
    let names = measured.peers.iter().map(|series| series.name);
    let heads: Vec<&str> = [""].into_iter().chain(names).chain(["ratio"]).collect();
    let mut table = Table::new(&heads);
    let mut compare = |what: &str, figure: Figure, show: fn(f64) -> String| {
        let cell = |series: &Series| show(median(figure(series).iter().copied()));
        let ratio = ratio(measured, figure);
        let ratio = ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
        row(&mut table, measured, what, cell, ratio);
    };
    compare("64 in flight, calls a second", |s| &s.rate, thousands);
    for (what, figure) in TIMES {
        compare(what, figure, |nanoseconds| format!("{:.1}", nanoseconds / 1000.0));
    }
    for (number, &calls) in FLIGHTS.iter().enumerate() {
        let mut flight = |what, figure: fn(&Flights) -> Option<f64>, show: fn(f64) -> String| {
            let cell = |s: &Series| figure(&s.flights[number]).map_or("–".to_owned(), show);
            let what = format!("{} in flight, {what}", thousands(calls as f64));
            row(&mut table, measured, &what, cell, String::new());
        };
        flight("all done after, s", seconds, |seconds| format!("{seconds:.2}"));
        flight("threads more", threads, thousands);
        flight("memory a call, KB", bytes, |bytes| format!("{:.1}", bytes / KB));
        flight("at the platform at once", at_once, thousands);
    }
    table
}

fn row(
    table: &mut Table,
    measured: &Measured,
    what: &str,
    cell: impl Fn(&Series) -> String,
    ratio: String,
) {
    let cells = measured.peers.iter().map(cell);
    table.row([what.to_owned()].into_iter().chain(cells).chain([ratio]).collect());
}
