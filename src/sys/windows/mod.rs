//! Windows.

mod process;
mod signal;
mod socket;

pub(crate) use process::{generation, start_thread, stay_loaded};
pub(crate) use signal::Signal;
pub(crate) use socket::{
    REFUSED, UNDER_WAY, is_quiet, let_reads_wait, send_some, tcp_socket, wait,
};
