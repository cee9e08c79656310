//! Reading the members of an answer, beside jansson: see `benches/peers/read_members.c`.

use std::fs;
use std::process::Command;

use super::support::answers;
use super::support::build::{Compiler, Skipped, succeed, temporary};
use super::support::figures::median;

const ROUNDS: usize = 40;
const QUICK_ROUNDS: usize = 5;
const READS: usize = 200;

/// Nanoseconds a read, and the ratio of both round by round.
pub struct Members {
    pub ytx: f64,
    pub jansson: f64,
    pub ratio: f64,
}

/// `None` where there is no jansson.
pub fn measure(compiler: &Compiler, quick: bool, skipped: &mut Skipped) -> Option<Members> {
    if !compiler.has_header("jansson.h") {
        skipped.note("jansson");
        return None;
    }
    let program = compiler.compile("read-members", &["read_members.c"], &["-lytx", "-ljansson"]);
    let file = temporary().join("members.json");
    fs::write(&file, answers::state()).expect("a file");
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let mut command = Command::new(program);
    let printed = succeed(command.arg(file).args([rounds, READS].map(|number| number.to_string())));
    let rounds: Vec<[f64; 2]> = printed
        .lines()
        .map(|line| {
            let (ytx, jansson) = line.split_once(' ').expect("two numbers");
            [ytx, jansson].map(|number| number.parse().expect("a number"))
        })
        .collect();
    let middle = |figure: fn(&[f64; 2]) -> f64| median(rounds.iter().map(figure));
    Some(Members {
        ytx: middle(|[ytx, _]| *ytx),
        jansson: middle(|[_, jansson]| *jansson),
        ratio: middle(|[ytx, jansson]| ytx / jansson),
    })
}
