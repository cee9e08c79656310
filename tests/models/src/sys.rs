//! The parts of `sys` that are modelled, and what they need of the rest.

pub(crate) mod atomic;
#[path = "../../../src/sys/unix/generation.rs"]
mod generation;
mod models;
mod mutex;
#[path = "../../../src/sys/per_process.rs"]
mod per_process;

pub(crate) use atomic::UnsafeCell;
use generation::generation;
pub(crate) use mutex::{Mutex, MutexGuard};
use per_process::PerProcess;

/// In place of the system calls of `fork.rs`.
mod fork {
    use super::atomic::AtomicU32;

    pub(super) fn watch_forks() {}

    /// Never unmapped.
    pub(super) fn wiped_page() -> Option<*mut AtomicU32> {
        Some(Box::into_raw(Box::new(AtomicU32::made_now())))
    }
}
