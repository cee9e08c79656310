//! Windows.

mod descriptor;
mod doorbell;
mod name;
mod process;
mod signal;
mod socket;

pub(crate) use descriptor::Kept;
pub(crate) use doorbell::Doorbell;
pub(crate) use name::{begin_look_ups, look_up};
pub(crate) use process::{generation, start_thread, stay_loaded, without_fork};
pub(crate) use signal::Signal;
pub(crate) use socket::{
    REFUSED, UNDER_WAY, above_standard_streams_only, bind_without_port, is_quiet, let_reads_wait,
    out_of_descriptors, receive_some, send_some, tcp_socket, wait,
};
