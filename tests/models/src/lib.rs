//! What the library does without a lock, under loom: each model runs again and again, with every
//! order in which its threads may come and every value that an atomic may still show them.
//!
//! The sources are the library's own, `src/ffi/handle.rs`, `src/transport/pool.rs`,
//! `src/sys/per_process.rs` and `src/sys/unix/generation.rs`; `sys`, `client` and `connection`
//! stand here for what surrounds them. `run` runs the models, and then runs them on a copy in which
//! an ordering is wrong, where they have to fail.
//!
//! Modelled are two or three threads with a few steps each and at most three preemptions. Loom
//! takes SeqCst for AcqRel, so nothing here relies on more. Not modelled are
//!
//! - a fork in the middle of a step, for loom knows one process only: a child is a process of one
//!   thread whose page has been wiped, as the tests of `generation.rs` show of the system;
//! - the first use of an atomic in a new block of slots (see `sys::atomic`);
//! - a slot's retirement after its last generation, and blocks after the first;
//! - a pool of more than one shelf, and time that passes during a step;
//! - locks and condition variables: the gate of `fork.rs`, the look-ups.

#![cfg(test)]

mod client;
mod explore;
mod ffi;
mod sys;
mod transport;
