//! What calls from .NET cost, beside HttpClient and System.Text.Json doing the same:
//! `cargo bench --bench dotnet`, with `--quick` for a short one.
//!
//! It prints a table and the goals. A goal that is missed is printed as missed; figures never make
//! this fail.

mod support;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::build::{self, Compiler, Skipped, succeed};
use support::figures::median;
use support::goal::Limit::AtMost;
use support::goal::Unit::{Count, Ratio};
use support::goal::{self, Goal, MB};
use support::peer::{self, Load, Peer, Work};
use support::platform::{Delay, Platform};
use support::sandbox::Sandbox;
use support::server::Server;
use support::table::{Table, thousands};
use support::{dotnet_command, machine, turns};

/// Until the platform answers calls that are made all at once.
const ANSWER_MILLIS: u32 = 500;
/// Of calls one after the other.
const CALLS: usize = 10_000;
const STATE_CALLS: usize = 2_000;
const ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 1;

const HTTP_CLIENT: &str = "HttpClient";
const BY: [&str; 2] = ["ytx", "http"];

/// What is measured: a lock, the state of 200 members, or that of five at the sandbox; how, how many.
#[derive(Clone, Copy)]
struct Way(&'static str, &'static str, usize);

const LOCK: &str = "lock";
const STATE: &str = "state of 200";
const AT_SANDBOX: &str = "state of 5, sandbox";

const WORKS: [Way; 11] = [
    Way(LOCK, "blocking", CALLS),
    Way(LOCK, "awaited", CALLS),
    Way(LOCK, "flight", CALLS * 2),
    Way(LOCK, "at-once", 1_000),
    Way(LOCK, "at-once", 10_000),
    Way(STATE, "blocking", STATE_CALLS),
    Way(STATE, "awaited", STATE_CALLS),
    Way(STATE, "flight", STATE_CALLS),
    Way(AT_SANDBOX, "blocking", CALLS),
    Way(AT_SANDBOX, "awaited", CALLS),
    Way(AT_SANDBOX, "flight", CALLS),
];

/// The medians of some rounds. All but the threads and the memory are a call's.
#[derive(Clone, Copy)]
struct Figures {
    micros: f64,
    cpu: f64,
    threads: f64,
    memory: f64,
    garbage: f64,
}

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(compiler) = Compiler::find() else { return skipped.note("a C compiler") };
    if !dotnet_command::is_installed() {
        return skipped.note(dotnet_command::SDK);
    }
    let program = build(&compiler.library);
    let platform = compiler.compile("platform", &["platform.c"], &[]);
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let server = Server::start();
    let sandbox = Sandbox::start(0);

    let mut all = [[None; BY.len()]; WORKS.len()];
    for (work, figures) in WORKS.iter().zip(&mut all) {
        let mut measured = [Vec::new(), Vec::new()];
        for by in (0..rounds).flat_map(|round| turns::order(round, BY.len())) {
            measured[by].push(run(&program, (&platform, &server, &sandbox), BY[by], *work));
        }
        *figures = measured.map(|rounds| Some(middle(&rounds)));
        let [Some(ours), Some(theirs)] = figures else { unreachable!() };
        eprintln!(
            "{} {} {}: {:.1} and {:.1} µs",
            work.0, work.1, work.2, ours.micros, theirs.micros
        );
    }
    let all = all.map(|pair| pair.map(|figures| figures.expect("it was measured")));
    let in_c = [peer::ytx(&compiler), peer::ytx_members(&compiler)]
        .map(|peer| in_c(&peer, &server, rounds));

    let mut table =
        Table::new(&["", "", "a call", "CPU a call", "garbage a call", "threads", "memory"]);
    for (work, figures) in WORKS.iter().zip(&all) {
        for (by, figures) in ["libytx", HTTP_CLIENT].iter().zip(figures) {
            let Figures { micros, cpu, threads, memory, garbage } = *figures;
            let name = format!("{}, {}, {}", work.0, work.1, thousands(work.2 as f64));
            table.row(vec![
                name,
                (*by).to_owned(),
                format!("{micros:.1} µs"),
                format!("{cpu:.1} µs"),
                format!("{} B", thousands(garbage)),
                format!("{threads:.0}"),
                format!("{:.0} MB", memory / MB),
            ]);
        }
    }
    println!("\n{}.\n\n{table}\n{}", machine::sentence(&[]), goal::table(goals(&all, in_c)));
}

fn goals(all: &[[Figures; 2]; WORKS.len()], in_c: [f64; 2]) -> Vec<Goal> {
    let goal = |what, limit, unit, measured| Goal {
        what,
        limit: AtMost(limit),
        unit,
        measured: Some(measured),
    };
    let [_, _, _, _, [ours, theirs], [state, _], _, _, blocking, awaited, _] = all;
    vec![
        goal(
            "awaited one by one, sandbox",
            1.25,
            Ratio("blocking"),
            awaited[0].micros / blocking[0].micros,
        ),
        goal("10 000 at once, time", 1.0, Ratio(HTTP_CLIENT), ours.micros / theirs.micros),
        goal("10 000 at once, CPU", 0.5, Ratio(HTTP_CLIENT), ours.cpu / theirs.cpu),
        goal("10 000 at once, memory", 0.5, Ratio(HTTP_CLIENT), ours.memory / theirs.memory),
        goal("10 000 at once, threads", 25.0, Count, ours.threads),
        goal("state of 200 members", 1.3, Ratio("C, JSON alone"), state.micros / in_c[0]),
        goal("state of 200 members", 1.3, Ratio("C, members read"), state.micros / in_c[1]),
    ]
}

/// Microseconds of a state of 200 members in C.
fn in_c(peer: &Peer, server: &Server, rounds: usize) -> f64 {
    let load = Load { work: Work::State, threads: 1, calls: STATE_CALLS, rounds: 1 };
    let runs = (0..rounds).map(|_| peer.run(server, load).wall / STATE_CALLS as f64 / 1e3);
    median(runs)
}

/// Builds the program, with the library beside it.
fn build(library: &Path) -> PathBuf {
    let artifacts = build::temporary().join("dotnet-figures");
    let project = build::source("dotnet-figures").join("Figures.csproj");
    let project = project.to_str().expect("text");
    let words = ["build", "--configuration", "Release", "--verbosity", "quiet", project];
    succeed(&mut dotnet_command::command(library, &artifacts, &words));
    let program = artifacts.join("bin/Figures/release/Figures.dll");
    std::fs::copy(library, program.with_file_name("libytx.so")).expect("a copy");
    program
}

fn run(
    program: &Path,
    (platform, server, sandbox): (&Path, &Server, &Sandbox),
    by: &str,
    work: Way,
) -> Figures {
    let Way(what, how, calls) = work;
    let slow = (how == "at-once").then(|| Platform::start(platform, Delay::Millis(ANSWER_MILLIS)));
    let url = match &slow {
        Some(slow) => slow.url(),
        None if what == AT_SANDBOX => sandbox.url().to_owned(),
        None => server.url(),
    };
    let [kind, room] = match what {
        LOCK => ["lock", "-"],
        STATE => ["state", "120"],
        _ => ["state", "002"],
    };
    let mut command = Command::new("timeout");
    command.args(["300", "dotnet", "exec"]).arg(program);
    let printed = succeed(command.args([&url, by, kind, how, &calls.to_string(), room]));
    if let Some(slow) = slow {
        slow.end();
    }
    let numbers: Vec<f64> =
        printed.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let [wall, cpu, threads, memory, garbage] = numbers[..] else { panic!("{printed}") };
    let calls = calls as f64;
    let [micros, cpu] = [wall, cpu].map(|nanoseconds| nanoseconds / calls / 1e3);
    Figures { micros, cpu, threads, memory, garbage: garbage / calls }
}

fn middle(rounds: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(figure));
    Figures {
        micros: of(|figures| figures.micros),
        cpu: of(|figures| figures.cpu),
        threads: of(|figures| figures.threads),
        memory: of(|figures| figures.memory),
        garbage: of(|figures| figures.garbage),
    }
}
