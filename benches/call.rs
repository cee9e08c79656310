//! What a call costs, beside what other ways to make it cost: `cargo bench --bench call`.
//!
//! It prints tables, and writes them with a picture into the README when everything could be
//! measured. With `--quick` it is short and writes nothing. A goal that is missed is printed as
//! missed; times never make this fail.

#[path = "call/alone.rs"]
mod alone;
#[path = "call/goals.rs"]
mod goals;
#[path = "call/measured.rs"]
mod measured;
#[path = "call/own.rs"]
mod own;
#[path = "call/picture.rs"]
mod picture;
#[path = "call/rounds.rs"]
mod rounds;
mod support;
#[path = "call/tables.rs"]
mod tables;
#[path = "call/tools.rs"]
mod tools;

use std::env;

use support::build::Skipped;
use support::root::root;
use support::{goal, machine, readme};

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(measured) = measured::measure(quick, &mut skipped) else { return };
    let tables = [
        goal::table(goals::goals(&measured)),
        tables::one_thread("small answer", &measured.lock, &measured.lock_counts),
        tables::one_thread("200 members", &measured.state, &measured.state_counts),
        tables::times("small answer, inside TLS", &measured.lock_in_tls),
        tables::times("small answer, on one core", &measured.lock_on_one_core),
        tables::crowd(&measured),
    ];
    let tables = tables.map(|table| table.to_string()).join("\n");
    println!("\n{tables}");
    if quick {
        return println!("A quick run: the README and the picture stay as they are.");
    }
    if skipped.any() {
        return println!("Not all was measured: the README and the picture stay as they are.");
    }
    let panels =
        [("Small answer, 45 bytes", &*measured.lock), ("200 members, 17 KB", &measured.state)];
    let file = root().join("benches/latency.svg");
    picture::draw(&file, &panels).expect("a picture");
    let machine = machine::sentence(&tools::tools());
    readme::renew(&root().join("README.md"), "call", &format!("\n{machine}.\n\n{tables}\n"));
}
