//! The few system calls that have no safe wrapper elsewhere, each behind a function that is safe
//! to call with any argument.
//!
//! Only this folder and `ffi` may hold unsafe code. Nothing here knows of HTTP or of clients.

mod memory;
mod process;
mod signal;
mod socket;

pub(crate) use memory::{Block, Text};
pub(crate) use process::{PerProcess, generation, with_signals_blocked};
pub(crate) use signal::Signal;
pub(crate) use socket::{Interest, Watch, above_standard_streams, is_quiet, send_some, wait};
