//! What it costs to watch rooms, how late news is, and how fast members are read:
//! `cargo bench --bench watch`.
//!
//! It prints tables, and writes them into the guide in both languages when everything could be
//! measured. With `--quick` it is short and writes nothing. A goal that is missed is printed as
//! missed; figures never make this fail.

#[path = "watch/host.rs"]
mod host;
#[path = "watch/members.rs"]
mod members;
#[path = "watch/platform.rs"]
mod platform;
mod support;
#[path = "watch/tables.rs"]
mod tables;

use std::env;

use host::{Host, Seen};
use support::build::{Compiler, Skipped};
use support::{guide, machine};

/// Rooms, the interval in milliseconds, and for how long events are looked at.
const MANY: (usize, u64, u64) = (500, 5000, 30_000);
const OFTEN: [(usize, u64, u64); 2] = [(100, 200, 6000), (200, 1000, 8000)];
/// A quick run is so much shorter.
const QUICK: u64 = 4;

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(compiler) = Compiler::find() else { return skipped.note("a C compiler") };
    let host = Host::build(&compiler);
    let run = |(rooms, interval, millis): (usize, u64, u64)| -> Seen {
        host.watch(rooms, interval, millis / if quick { QUICK } else { 1 })
    };
    let many = run(MANY);
    let often = OFTEN.map(run);
    let members = members::measure(&compiler, quick, &mut skipped);

    let [few, some] = &often;
    let news = tables::news(&[few, some, &many]);
    let tables = [tables::goals(&many, members.as_ref()), tables::spread(&many), news];
    let tables = tables.map(|table| table.to_string()).join("\n");
    println!("\n{tables}");
    if quick {
        return println!("A quick run: the guide stays as it is.");
    }
    if skipped.any() {
        return println!("Not all was measured: the guide stays as it is.");
    }
    let measured_on = machine::sentence(&[]);
    let chinese = format!("\n测量环境：{measured_on}。\n\n{}\n", tables::in_chinese(&tables));
    guide::renew("watch-a-room", "watch", "en", &format!("\n{measured_on}.\n\n{tables}\n"));
    guide::renew("watch-a-room", "watch", "zh-CN", &chinese);
}
