//! Instructions that a call of libytx costs, beside the committed baseline:
//! `cargo bench --bench instructions`.
//!
//! Unlike times they do not depend on what else the machine does, so more than 5 % above the
//! baseline is a failure. `-- --write` renews the baseline. Other compilers, C libraries and
//! instruction sets give other numbers.

mod support;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::{env, fs};

use support::build::{Compiler, Skipped};
use support::count::instructions;
use support::peer::{self, Work};
use support::root::root;
use support::server::Server;

const ALLOWED: f64 = 0.05;
const HEAD: &str =
    "# Instructions a call. Renew it by: cargo bench --bench instructions -- --write\n";

fn main() -> ExitCode {
    let mut skipped = Skipped::default();
    let Some(compiler) = Compiler::find() else {
        skipped.note("a C compiler");
        return ExitCode::SUCCESS;
    };
    if !skipped.has_tool("valgrind") {
        return ExitCode::SUCCESS;
    }
    let server = Server::start();
    let peer = peer::ytx(&compiler);
    let count = |work| instructions(&peer, &server.url(), work).round();
    let counted = [("lock", count(Work::Lock)), ("state", count(Work::State))];

    let file = root().join("benches/instructions.txt");
    if env::args().any(|argument| argument == "--write") {
        let lines = counted.map(|(name, number)| format!("{name} {number}\n")).concat();
        fs::write(&file, HEAD.to_owned() + &lines).expect("the baseline");
    }
    let baseline = fs::read_to_string(file).expect("the baseline");
    let baseline = read(&baseline);
    let mut outcome = ExitCode::SUCCESS;
    println!("\n{:8}{:>12}{:>12}{:>9}", "", "baseline", "now", "change");
    for (name, now) in counted {
        let before = baseline[name];
        let change = now / before - 1.0;
        let verdict = if change > ALLOWED {
            outcome = ExitCode::FAILURE;
            "  too many: find out why, or renew the baseline with -- --write"
        } else if change < -ALLOWED {
            "  well done: renew the baseline with -- --write"
        } else {
            ""
        };
        println!("{name:8}{before:>12}{now:>12}{:>+8.1}%{verdict}", change * 100.0);
    }
    outcome
}

/// A name and a number a line.
fn read(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs.map(|(name, number)| (name, number.parse().expect("a number"))).collect()
}
