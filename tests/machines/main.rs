//! What shows only on a machine that is set up for it: its names, its addresses, its random
//! numbers, its language. Each test has a machine of its own; root makes it.
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod dns;
mod machine;
mod names;
mod source;
mod surroundings;
