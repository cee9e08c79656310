//! The few system calls that have no safe wrapper elsewhere, each behind a function that is safe
//! to call with any argument.
//!
//! What differs between systems is in `unix` and `windows`, which offer the same names. Only this
//! folder and `ffi` may hold unsafe code. Nothing here knows of HTTP or of clients.

mod memory;
mod per_process;
mod poll;
mod reason;
#[cfg_attr(windows, path = "windows/mod.rs")]
#[cfg_attr(unix, path = "unix/mod.rs")]
mod system;
mod watch;

// What takes no lock has them from here: tests/models puts loom's in their place, and in that of a
// mutex one that never may be waited for.
pub(crate) use std::cell::UnsafeCell;
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

pub(crate) use memory::{Block, Text, position};
pub(crate) use per_process::PerProcess;
pub(crate) use poll::{Poll, Ready};
pub(crate) use reason::reason;
pub(crate) use system::{
    Doorbell, Kept, REFUSED, Signal, UNDER_WAY, above_standard_streams_only, begin_look_ups,
    bind_without_port, generation, is_quiet, let_reads_wait, look_up, out_of_descriptors,
    receive_some, send_some, start_thread, stay_loaded, tcp_socket, wait, without_fork,
};
pub(crate) use watch::{Interest, Watch};
