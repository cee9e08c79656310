//! What only concerns libytx: memory, descriptors, the time it takes to load it, its size.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::build::{Compiler, library_without_tls, succeed};
use super::support::figures::median;

pub struct Alone {
    /// Resident bytes.
    pub client_at_rest: f64,
    pub connection_after_lock: f64,
    pub connection_after_state: f64,
    /// How many bytes and descriptors more there are after 10 000 clients than before.
    pub memory_left: f64,
    pub descriptors_left: f64,
    /// Nanoseconds of dlopen().
    pub load: f64,
    pub load_curl: Option<f64>,
    /// Bytes of the libraries.
    pub size: f64,
    pub size_without_tls: f64,
}

/// Whether there is a libcurl to compare with, the caller knows.
pub fn measure(compiler: &Compiler, url: &str, rounds: usize, curl: bool) -> Alone {
    let memory = compiler.compile("memory", &["memory.c"], &["-lytx"]);
    let memory = |arguments: &[&str]| numbers(Command::new(&memory).arg(url).args(arguments));
    let (lock, state) = (memory(&["each", "lock"]), memory(&["each", "state"]));
    let laps = memory(&["lap"]); // the first only warms up

    let loader = compiler.compile("load", &["load.c"], &["-ldl"]);
    let load = |library: &Path| numbers(Command::new(&loader).arg(library))[0];
    // By turns, so that the same noise hits both.
    let (mut ours, mut curls) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(load(&compiler.library));
        if curl {
            curls.push(load(Path::new("libcurl.so.4")));
        }
    }

    Alone {
        client_at_rest: lock[0],
        connection_after_lock: lock[1],
        connection_after_state: state[1],
        memory_left: laps[4] - laps[2],
        descriptors_left: laps[5] - laps[3],
        load: median(ours),
        load_curl: curl.then(|| median(curls)),
        size: size(&compiler.library),
        size_without_tls: size(&library_without_tls()),
    }
}

fn numbers(command: &mut Command) -> Vec<f64> {
    let output = succeed(command);
    output.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

fn size(library: &Path) -> f64 {
    fs::metadata(library).expect("it was built").len() as f64
}
