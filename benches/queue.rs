//! What calls that do not block cost, beside what libcurl's multi interface makes of them:
//! `cargo bench --bench queue`.
//!
//! It prints tables, and writes them into the README when everything could be measured. With
//! `--quick` it is short and writes nothing. A goal that is missed is printed as missed; figures
//! never make this fail.

#[path = "queue/goals.rs"]
mod goals;
#[path = "queue/measured.rs"]
mod measured;
#[path = "queue/peer.rs"]
mod peer;
mod support;
#[path = "queue/tables.rs"]
mod tables;

use std::env;

use support::build::Skipped;
use support::root::root;
use support::{goal, machine, readme};

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(measured) = measured::measure(quick, &mut skipped) else { return };
    let tables = [goal::table(goals::goals(&measured)), tables::beside(&measured)];
    let tables = tables.map(|table| table.to_string()).join("\n");
    println!("\n{tables}");
    if quick {
        return println!("A quick run: the README stays as it is.");
    }
    if skipped.any() {
        return println!("Not all was measured: the README stays as it is.");
    }
    readme::renew(
        &root().join("README.md"),
        "queue",
        &format!("\n{}.\n\n{tables}\n", machine::sentence(&[])),
    );
}
