//! Counts of what a call costs: exact, unlike times.
//!
//! Each is the difference between two runs, by the number of calls that they differ in. So the
//! start of the program, its first call and its end do not count.

use std::fs;
use std::path::PathBuf;

use super::build::{succeed, temporary};
use super::peer::{Load, Peer, Work};

const FEW: usize = 100;
const MANY: usize = 500;

/// Instructions in user space, by callgrind.
pub fn instructions(peer: &Peer, url: &str, work: Work) -> f64 {
    let file = file("callgrind");
    let out = format!("--callgrind-out-file={}", file.display());
    // Only within a call: printing the time that each took is not the library's.
    let under = ["valgrind", "-q", "--tool=callgrind", "--toggle-collect=peer_call", &out];
    a_call(|calls| {
        succeed(&mut peer.command(&under, url, load(work, calls)));
        let written = fs::read_to_string(&file).expect("callgrind's file");
        number_after(&written, "totals: ")
    })
}

/// System calls, by strace.
pub fn system_calls(peer: &Peer, url: &str, work: Work) -> f64 {
    let file = file("strace");
    let name = file.to_str().expect("a path of letters");
    let under = ["strace", "-f", "-c", "--summary-columns=calls,name", "-o", name];
    a_call(|calls| {
        succeed(&mut peer.command(&under, url, load(work, calls)));
        let written = fs::read_to_string(&file).expect("strace's file");
        let total = written.lines().find(|line| line.ends_with(" total")).expect("a total");
        total.split_whitespace().next().and_then(|count| count.parse().ok()).expect("a count")
    })
}

/// Blocks of memory asked for, by memcheck.
pub fn allocations(peer: &Peer, url: &str, work: Work) -> f64 {
    let file = file("memcheck");
    let log = format!("--log-file={}", file.display());
    let under = ["valgrind", "--leak-check=no", &log];
    a_call(|calls| {
        succeed(&mut peer.command(&under, url, load(work, calls)));
        let written = fs::read_to_string(&file).expect("memcheck's file");
        number_after(&written, "total heap usage: ")
    })
}

fn load(work: Work, calls: usize) -> Load {
    Load { work, threads: 1, calls, rounds: 1 }
}

fn a_call(count: impl Fn(usize) -> u64) -> f64 {
    (count(MANY) as f64 - count(FEW) as f64) / (MANY - FEW) as f64
}

fn file(name: &str) -> PathBuf {
    temporary().join(format!("{name}-{}", std::process::id()))
}

fn number_after(text: &str, words: &str) -> u64 {
    let (_, rest) = text.split_once(words).expect(words);
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    number.replace(',', "").parse().expect("a number")
}
