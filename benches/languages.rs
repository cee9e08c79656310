//! What calls from Go and Python cost, beside C, net/http and aiohttp:
//! `cargo bench --bench languages`, with `--quick` for a short one.
//!
//! It prints tables, and writes each language's into its README when all could be measured and it was
//! not quick. A goal that is missed is printed as missed; figures never make this fail.

mod support;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use support::build::{self, Compiler, Skipped, source, succeed};
use support::figures::median;
use support::goal::Limit::AtMost;
use support::goal::Unit::Ratio;
use support::goal::{self, Goal, MB};
use support::peer::{self, Load, Peer, Work};
use support::root::root;
use support::sandbox::Sandbox;
use support::server::Server;
use support::table::{Table, thousands};
use support::{go_command, machine, pages, turns};

/// Until the sandbox answers calls that are made all at once.
const ANSWER_MILLIS: u32 = 500;
const AT_ONCE: usize = 10_000;
/// How many are under way where they are not made one after the other.
const SLOTS: usize = 64;
const CALLS: usize = 4_000;
const ROUNDS: usize = 9;
const QUICK_ROUNDS: usize = 1;

const C_BLOCKING: &str = "C, a call that blocks";
const C_QUEUE: &str = "C, a queue";
const GO: &str = "Go";
const NET_HTTP: &str = "Go, net/http";
const ASYNCIO: &str = "Python, asyncio";
const AIOHTTP: &str = "Python, aiohttp";

/// A program that locks rooms, so many of them under way at once.
struct Way {
    name: &'static str,
    /// That of C which it is compared with.
    base: Option<&'static str>,
    /// As its name says, or both.
    language: Option<Language>,
    program: Program,
    slots: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Go,
    Python,
}

enum Program {
    Peer(Peer),
    /// `benches/peers/loop.c`
    Loop(PathBuf),
    /// `benches/peers/python_figures.py`: by what, and how.
    Python(&'static str, &'static str),
}

/// Microseconds a call, by the clock and of CPU time; and of the process.
#[derive(Clone, Copy)]
struct Figures {
    micros: f64,
    cpu: f64,
    threads: f64,
    bytes: f64,
}

fn main() {
    let quick = env::args().any(|argument| argument == "--quick");
    let mut skipped = Skipped::default();
    let Some(compiler) = Compiler::find() else { return skipped.note("a C compiler") };
    if let Some(tool) = go_command::missing_tool() {
        return skipped.note(&tool);
    }
    if !build::works(Command::new("python3").args(["-c", "import aiohttp"])) {
        return skipped.note("Python's aiohttp");
    }
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let ways = ways(&compiler);
    let server = Server::start();
    let mut locks: Vec<Vec<Figures>> = ways.iter().map(|_| Vec::new()).collect();
    for way in (0..rounds).flat_map(|round| turns::order(round, ways.len())) {
        locks[way].push(ways[way].run(&compiler, &server));
    }
    let many = go_many(&compiler);
    let mut at_once = AT_ONCE_BY.map(|_| Vec::new());
    for by in (0..rounds).flat_map(|round| turns::order(round, AT_ONCE_BY.len())) {
        at_once[by].push(run_at_once(&compiler, &many, AT_ONCE_BY[by]));
    }
    let at_once = at_once.map(|rounds| middle(&rounds));

    for (language, file, peers) in [
        (Language::Go, "examples/go/README.md", [0, 1]),
        (Language::Python, "examples/python/README.md", [2, 3]),
    ] {
        let of = peers.map(|peer| (AT_ONCE_BY[peer], at_once[peer]));
        let tables = [
            goal::table(goals(of)),
            at_once_table(of),
            locks_table("one after the other", 1, language, &ways, &locks),
            locks_table("64 under way", SLOTS, language, &ways, &locks),
        ];
        let tables = tables.map(|table| table.to_string()).join("\n");
        println!("\n{file}\n\n{tables}");
        if !quick {
            let tool = match language {
                Language::Go => machine::said("go", &["env", "GOVERSION"]),
                Language::Python => python(),
            };
            let text = format!("\n{}.\n\n{tables}\n", machine::sentence(&[tool]));
            pages::renew(&[file], "languages", &text);
        }
    }
    if quick {
        println!("A quick run: the READMEs stay as they are.");
    }
}

fn ways(compiler: &Compiler) -> Vec<Way> {
    let blocking = peer::ytx(compiler);
    let queue = compiler.compile("loop-ytx-lock", &["loop_ytx.c", "loop.c"], &["-DLOCKS", "-lytx"]);
    let go = |file, flags: &[&str]| peer::go(compiler, file, flags).expect("Go is there");
    let direct = go("go-direct", &["-tags=direct"]);
    let [package, http] = [go("ytx-from-go", &["-tags=ytx"]), go("go", &[])];
    let cancellable = go("go-cancellable", &["-tags=ytx", "-ldflags=-X main.cancellable=yes"]);
    let way = |name, base, language, program, slots| Way { name, base, language, program, slots };
    let (in_go, in_python) = (Some(Language::Go), Some(Language::Python));
    let mut ways = vec![
        way(C_BLOCKING, None, None, Program::Peer(blocking), 1),
        way(
            "Go, a direct call of C that blocks",
            Some(C_BLOCKING),
            in_go,
            Program::Peer(direct),
            1,
        ),
        way(
            "Python, on a thread",
            Some(C_BLOCKING),
            in_python,
            Program::Python("ytx", "thread"),
            1,
        ),
        way(
            "Python, on the main thread",
            Some(C_QUEUE),
            in_python,
            Program::Python("ytx", "blocking"),
            1,
        ),
        way("Go, a context that can end it", Some(C_QUEUE), in_go, Program::Peer(cancellable), 1),
    ];
    for slots in [1, SLOTS] {
        let [package, http] = [&package, &http].map(|peer| Program::Peer(peer.clone()));
        ways.extend([
            way(C_QUEUE, None, None, Program::Loop(queue.clone()), slots),
            way(GO, Some(C_QUEUE), in_go, package, slots),
            way(ASYNCIO, Some(C_QUEUE), in_python, Program::Python("ytx", "awaited"), slots),
            way(NET_HTTP, Some(C_QUEUE), in_go, http, slots),
            way(AIOHTTP, Some(C_QUEUE), in_python, Program::Python("aiohttp", "awaited"), slots),
        ]);
    }
    ways
}

impl Way {
    fn run(&self, compiler: &Compiler, server: &Server) -> Figures {
        let (slots, calls) = (self.slots, CALLS / self.slots * self.slots);
        let a_call = |nanoseconds: f64| nanoseconds / calls as f64 / 1e3;
        let [wall, cpu] = match &self.program {
            Program::Peer(peer) => {
                let load =
                    Load { work: Work::Lock, threads: slots, calls: calls / slots, rounds: 1 };
                let run = peer.run(server, load);
                [run.wall, run.cpu]
            }
            Program::Loop(program) => {
                let mut command = limited();
                command.arg(program).args([&server.url(), "rate", &slots.to_string()]);
                let numbers = numbers(&succeed(command.arg(calls.to_string())));
                [numbers[0], numbers[1]]
            }
            Program::Python(by, how) => {
                let mut command = python_figures(compiler, by, how, &server.url());
                command.arg(calls.to_string());
                if *how == "awaited" {
                    command.arg(slots.to_string());
                }
                let numbers = numbers(&succeed(&mut command));
                [numbers[0], numbers[1]]
            }
        };
        Figures { micros: a_call(wall), cpu: a_call(cpu), threads: 0.0, bytes: 0.0 }
    }
}

const AT_ONCE_BY: [&str; 4] = [GO, NET_HTTP, ASYNCIO, AIOHTTP];

/// Asks for the state of a room so many times at once, of a sandbox that is used by nobody else.
fn run_at_once(compiler: &Compiler, many: &str, by: &str) -> Figures {
    let sandbox = Sandbox::start(ANSWER_MILLIS);
    let calls = AT_ONCE.to_string();
    let mut command = match by {
        GO | NET_HTTP => {
            let mut command = limited();
            command.args([many, sandbox.url(), &calls, if by == GO { "ytx" } else { "net/http" }]);
            command
        }
        _ => {
            let by = if by == ASYNCIO { "ytx" } else { "aiohttp" };
            let mut command = python_figures(compiler, by, "at-once", sandbox.url());
            command.arg(&calls);
            command
        }
    };
    let [wall, cpu, threads, bytes] = numbers(&succeed(&mut command))[..] else {
        panic!("{by} prints four numbers")
    };
    let [micros, cpu] = [wall, cpu].map(|nanoseconds| nanoseconds / AT_ONCE as f64 / 1e3);
    Figures { micros, cpu, threads, bytes }
}

/// `examples/go/internal/many`
fn go_many(compiler: &Compiler) -> String {
    let program = build::temporary().join("go-many");
    let folder = compiler.library.parent().expect("it is in a folder");
    let mut go = go_command::command(folder, build::temporary()).expect("a file can be written");
    succeed(go.arg("build").arg("-o").arg(&program).arg("./internal/many"));
    program.to_str().expect("text").to_owned()
}

fn python_figures(compiler: &Compiler, by: &str, how: &str, url: &str) -> Command {
    let mut command = limited();
    let library = compiler.library.parent().expect("it is in a folder").display().to_string();
    // succeed() takes cargo's path to libraries away.
    command.arg("env").arg(format!("LD_LIBRARY_PATH={library}"));
    command.arg("python3").arg(source("python_figures.py")).args([by, how, url]);
    command.env("PYTHONPATH", root().join("examples/python")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Nothing takes so long.
fn limited() -> Command {
    let mut command = Command::new("timeout");
    command.arg("300");
    command
}

fn python() -> String {
    let aiohttp = machine::said("python3", &["-c", "import aiohttp; print(aiohttp.__version__)"]);
    format!("{} with aiohttp {aiohttp}", machine::said("python3", &["--version"]))
}

fn numbers(printed: &str) -> Vec<f64> {
    printed.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

fn goals([(_, ours), (by, theirs)]: [(&'static str, Figures); 2]) -> Vec<Goal> {
    let goal = |what, limit, measured| Goal {
        what,
        limit: AtMost(limit),
        unit: Ratio(by),
        measured: Some(measured),
    };
    vec![
        goal("10 000 states at once, time", 1.0, ours.micros / theirs.micros),
        goal("10 000 states at once, CPU", 0.5, ours.cpu / theirs.cpu),
    ]
}

fn at_once_table(of: [(&str, Figures); 2]) -> Table {
    let mut table = Table::new(&["10 000 states at once", "time", "CPU", "threads", "memory"]);
    for (name, Figures { micros, cpu, threads, bytes }) in of {
        let seconds = |a_call: f64| format!("{:.2} s", a_call * AT_ONCE as f64 / 1e6);
        let memory = format!("{:.0} MB", bytes / MB);
        table.row(vec![name.to_owned(), seconds(micros), seconds(cpu), thousands(threads), memory]);
    }
    table
}

fn locks_table(
    title: &str,
    slots: usize,
    language: Language,
    ways: &[Way],
    measured: &[Vec<Figures>],
) -> Table {
    let title = format!("locks, {title}");
    let mut table = Table::new(&[&title, "a call", "over C", "CPU a call", "over C"]);
    let all = || ways.iter().zip(measured).filter(|(way, _)| way.slots == slots);
    for (way, rounds) in all().filter(|(way, _)| way.language.is_none_or(|of| of == language)) {
        let Figures { micros, cpu, .. } = middle(rounds);
        let base = all().find(|(other, _)| Some(other.name) == way.base).map(|(_, base)| base);
        // The median of the differences round by round.
        let over = |figure: fn(&Figures) -> f64| {
            base.map_or("–".to_owned(), |base| {
                let pairs = rounds.iter().zip(base);
                format!("{:.1} µs", median(pairs.map(|(one, c)| figure(one) - figure(c))))
            })
        };
        table.row(vec![
            way.name.to_owned(),
            format!("{micros:.1} µs"),
            over(|figures| figures.micros),
            format!("{cpu:.1} µs"),
            over(|figures| figures.cpu),
        ]);
    }
    table
}

fn middle(rounds: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(figure));
    Figures {
        micros: of(|figures| figures.micros),
        cpu: of(|figures| figures.cpu),
        threads: of(|figures| figures.threads),
        bytes: of(|figures| figures.bytes),
    }
}
