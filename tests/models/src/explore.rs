//! Runs a model with every interleaving.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::sys::atomic;

/// How often a thread that could go on is stopped for another. Three show every fault that `run`
/// plants; each one more takes several times as long.
const PREEMPTIONS: usize = 3;

pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
    // The statics of the library are there once: one model at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);

    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let before = RUNS.load(Ordering::SeqCst);
    let began = Instant::now();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(builder.preemption_bound.unwrap_or(PREEMPTIONS));
    builder.check(move || {
        RUNS.fetch_add(1, Ordering::SeqCst);
        atomic::begin();
        model();
    });
    println!("{} interleavings, {:.1?}", RUNS.load(Ordering::SeqCst) - before, began.elapsed());
}
