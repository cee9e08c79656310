//! What a call costs, beside what other ways to make it cost: `cargo bench --bench call`.
//!
//! It prints tables, and writes them with a picture into the README when everything could be
//! measured. With `--quick` it is short and writes nothing. A goal that is missed is printed as
//! missed; times never make this fail.

#[path = "call/alone.rs"]
mod alone;
#[path = "call/figures.rs"]
mod figures;
#[path = "call/goals.rs"]
mod goals;
#[path = "call/measured.rs"]
mod measured;
#[path = "call/own.rs"]
mod own;
#[path = "call/rounds.rs"]
mod rounds;
mod support;
#[path = "call/table.rs"]
mod table;
#[path = "call/tables.rs"]
mod tables;

use std::env;

use support::build::Skipped;

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(measured) = measured::measure(quick, &mut skipped) else { return };
    println!("{}", goals::table(&measured));
    println!("{}", tables::one_thread("small answer", &measured.lock, &measured.lock_counts));
    println!("{}", tables::one_thread("200 members", &measured.state, &measured.state_counts));
    println!("{}", tables::crowd(&measured));
}
