//! Doors for the fuzz targets in `fuzz/`. They exist only in a build for fuzzing.

#![forbid(unsafe_code)]
#![allow(missing_docs)]

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;
use crate::sys::Block;

/// The client's end of the next connection, whichever thread makes it, and the servers' ends, which
/// stay open until the next answer so that requests can be sent.
static NEXT: Mutex<Vec<UnixStream>> = Mutex::new(Vec::new());
static SERVERS: Mutex<Vec<UnixStream>> = Mutex::new(Vec::new());

/// Reads a body as an answer; `Some` when it is handed on.
pub fn read_answer(body: &[u8]) -> Option<String> {
    Answer::read(Block::copy(body)?).ok().map(|(answer, _)| answer.json().to_owned())
}

/// Lets the next connection, and no other, bring exactly these bytes, whatever is sent on it.
pub fn answer_with(bytes: &[u8]) {
    lock(&NEXT).clear();
    lock(&SERVERS).clear();
    answer_also_with(bytes);
}

/// Lets one more connection bring these bytes.
pub fn answer_also_with(bytes: &[u8]) {
    let (ours, mut servers) = UnixStream::pair().expect("a pair of sockets");
    servers.set_nonblocking(true).expect("a socket");
    let _ = servers.write(bytes); // what does not fit is a shorter answer
    servers.shutdown(Shutdown::Write).expect("a socket");
    lock(&NEXT).insert(0, ours);
    lock(&SERVERS).push(servers);
}

/// Stands in for connecting.
pub(crate) fn next_connection() -> Option<TcpStream> {
    Some(TcpStream::from(OwnedFd::from(lock(&NEXT).pop()?)))
}

fn lock(streams: &Mutex<Vec<UnixStream>>) -> MutexGuard<'_, Vec<UnixStream>> {
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}
