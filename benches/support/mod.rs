//! What the benchmarks share. Each of them is a program of its own and uses a part of it.
#![allow(dead_code)] // what one benchmark leaves unused another one uses

pub mod answers;
pub mod build;
pub mod count;
pub mod peer;
pub mod server;
