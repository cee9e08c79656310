//! What was to be reached, beside what was.

use super::table::Table;

pub struct Goal {
    pub what: &'static str,
    pub limit: Limit,
    pub unit: Unit,
    /// `None` where a tool or peer is missing.
    pub measured: Option<f64>,
}

pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Clone, Copy)]
pub enum Unit {
    Ratio(&'static str),
    Count,
    Micros,
    Kilobytes,
    Megabytes,
    Seconds,
}

use Limit::{AtLeast, AtMost};
use Unit::{Count, Kilobytes, Megabytes, Micros, Ratio, Seconds};

pub const KB: f64 = 1024.0;
pub const MB: f64 = 1e6;

impl Unit {
    fn show(self, number: f64) -> String {
        match self {
            Ratio(_) => format!("{number:.2}"),
            Count if number.fract().abs() < 0.005 => format!("{number:.0}"),
            Count => format!("{number:.2}"),
            Micros => format!("{number:.2} µs"),
            Kilobytes => format!("{:.1} KB", number / KB),
            Megabytes => format!("{:.2} MB", number / MB),
            Seconds => format!("{number:.2} s"),
        }
    }
}

pub fn table(goals: Vec<Goal>) -> Table {
    let mut table = Table::new(&["", "goal", "measured", ""]);
    for Goal { what, limit, unit, measured } in goals {
        let (goal, met) = match limit {
            AtMost(limit) => (("≤", limit), measured.map(|number| number <= limit)),
            AtLeast(limit) => (("≥", limit), measured.map(|number| number >= limit)),
        };
        let against = if let Ratio(other) = unit { format!(" × {other}") } else { String::new() };
        table.row(vec![
            what.to_owned(),
            format!("{} {}{against}", goal.0, unit.show(goal.1)),
            measured.map_or("–".to_owned(), |number| unit.show(number)),
            met.map_or("not measured", |met| if met { "met" } else { "**missed**" }).to_owned(),
        ]);
    }
    table
}
