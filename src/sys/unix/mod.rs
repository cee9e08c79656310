//! Linux and other Unix systems.

mod descriptor;
mod doorbell;
mod fork;
mod generation;
mod name;
mod signal;
mod socket;
mod thread;

pub(crate) use descriptor::Kept;
pub(crate) use doorbell::Doorbell;
pub(crate) use fork::without_fork;
pub(crate) use generation::generation;
pub(crate) use name::{begin_look_ups, look_up};
pub(crate) use signal::Signal;
pub(crate) use socket::{
    REFUSED, UNDER_WAY, above_standard_streams_only, bind_without_port, is_quiet, let_reads_wait,
    out_of_descriptors, receive_some, send_some, tcp_socket, wait,
};
pub(crate) use thread::{start_thread, stay_loaded};
