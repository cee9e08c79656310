//! The peers side by side.

use super::measured::{Counts, Measured};
use super::rounds::{Figure, Series, ratio};
use super::support::figures::{median, quantile};
use super::support::peer::{CURL, RAW};
use super::support::table::{Table, thousands};

/// One thread: what a call takes. `title` says of which work.
pub fn one_thread(title: &str, all: &[Series], counts: &[Counts]) -> Table {
    let mut table = Table::new(&[
        title,
        "p50, µs",
        "p50, ratio",
        "p99, ratio",
        "CPU, ratio",
        "instructions",
        "ratio",
        "system calls",
        "allocations",
    ]);
    let instructions = |name: &str| counts.iter().find(|c| c.name == name)?.instructions;
    for (series, count) in all.iter().zip(counts) {
        table.row(vec![
            series.name.to_owned(),
            micros(series),
            ratios(all, series, |s| &s.p50),
            ratios(all, series, |s| &s.p99),
            ratios(all, series, |s| &s.cpu),
            number(count.instructions),
            pair([RAW, CURL].map(|other| Some(count.instructions? / instructions(other)?))),
            number(count.system_calls),
            number(count.allocations),
        ]);
    }
    table
}

/// One thread: how long half of the calls took, and no more. `title` says of which work.
pub fn times(title: &str, all: &[Series]) -> Table {
    let mut table = Table::new(&[title, "p50, µs", "p50, ratio"]);
    for series in all {
        table.row(vec![series.name.to_owned(), micros(series), ratios(all, series, |s| &s.p50)]);
    }
    table
}

/// Many threads at once.
pub fn crowd(measured: &Measured) -> Table {
    let Measured { crowd, together, .. } = measured;
    let mut table =
        Table::new(&["64 threads", "calls a second", "ratio", "CPU, ratio", "connections"]);
    for (series, together) in crowd.iter().zip(together) {
        table.row(vec![
            series.name.to_owned(),
            thousands(median(series.rate.iter().copied())),
            ratios(crowd, series, |s| &s.rate),
            ratios(crowd, series, |s| &s.cpu),
            together.connections.to_string(),
        ]);
    }
    table
}

/// Half of the calls took at most so long.
fn micros(series: &Series) -> String {
    format!("{:.1}", quantile(&series.took, 0.5) / 1000.0)
}

fn ratios(all: &[Series], series: &Series, figure: Figure) -> String {
    pair([RAW, CURL].map(|other| ratio(all, figure, series.name, other)))
}

/// The ratio to the raw socket, and that to curl.
fn pair(ratios: [Option<f64>; 2]) -> String {
    let digits = |ratio: f64| if ratio < 9.95 { 2 } else { 1 };
    let [raw, curl] = ratios.map(|ratio| match ratio {
        Some(ratio) => format!("{ratio:.*}", digits(ratio)),
        None => "–".to_owned(),
    });
    if raw == "–" && curl == "–" { raw } else { format!("{raw} / {curl}") }
}

fn number(number: Option<f64>) -> String {
    match number {
        None => "–".to_owned(),
        Some(number) if number < 1000.0 => format!("{number:.1}"),
        Some(number) => thousands(number),
    }
}
