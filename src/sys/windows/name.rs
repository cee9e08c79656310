//! From a host's name to its addresses, by the system's look-up.

use std::net::{SocketAddr, ToSocketAddrs};

use crate::sys::reason;

/// Nothing has to be done for a thread that looks names up.
pub(crate) fn begin_look_ups() {}

/// Every address of the name; else why there is none. It blocks for as long as the system likes.
pub(crate) fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    (host, port).to_socket_addrs().map(Iterator::collect).map_err(|error| reason(&error))
}
