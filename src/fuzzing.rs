//! Doors for the fuzz targets in `fuzz/`. They exist only in a build for fuzzing.

#![forbid(unsafe_code)]
#![allow(missing_docs)]

use std::cell::RefCell;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use crate::answer::Answer;
use crate::sys::Block;

thread_local! {
    /// The client's end of the next connection, and the server's ends, which stay open until the
    /// next answer so that requests can be sent.
    static NEXT: RefCell<Option<UnixStream>> = const { RefCell::new(None) };
    static SERVERS: RefCell<Option<UnixStream>> = const { RefCell::new(None) };
}

/// Reads a body as an answer; `Some` when it is handed on.
pub fn read_answer(body: &[u8]) -> Option<String> {
    Answer::read(Block::copy(body)?).ok().map(|(answer, _)| answer.json().to_owned())
}

/// Lets this thread's next connection bring exactly these bytes, whatever is sent on it.
pub fn answer_with(bytes: &[u8]) {
    let (ours, mut servers) = UnixStream::pair().expect("a pair of sockets");
    servers.set_nonblocking(true).expect("a socket");
    let _ = servers.write(bytes); // what does not fit is a shorter answer
    servers.shutdown(Shutdown::Write).expect("a socket");
    NEXT.set(Some(ours));
    SERVERS.set(Some(servers));
}

/// Stands in for connecting.
pub(crate) fn next_connection() -> Option<TcpStream> {
    Some(TcpStream::from(OwnedFd::from(NEXT.take()?)))
}
