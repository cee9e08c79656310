//! The C face of the library. C pointers become Rust values here, and Rust results C strings and
//! statuses; what a call does is decided in `client`.
//!
//! The conventions, once for every function:
//!
//! - Each export is a few lines around `guard`: a panic never crosses into C.
//! - `argument` checks what a pointer alone can get wrong (NULL, not UTF-8). What a value may be
//!   is checked in `crate::check` and `crate::options`.
//! - A `ytx_client *` or `ytx_queue *` is a number looked up in `handle`; it is never dereferenced.
//! - Strings that C frees are `sys::Text`, from malloc. Strings that C must not free are static.
//! - The doc comments are the C manual: cbindgen carries them into `include/ytx.h`, so they
//!   speak of C, and say for each function what it does, returns, and owns.

mod argument;
mod calls;
mod client;
mod guard;
mod handle;
mod load;
mod members;
mod options;
#[cfg(feature = "_parts")]
#[path = "../../benches/parts/doors.rs"]
pub mod parts;
mod queue;
mod requests;
mod sized;
mod stats;
mod status;
mod string;
mod submit;
mod version;
