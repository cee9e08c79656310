//! Waiting for a thousand sockets at once, on one thread: epoll and its kin on other systems.

use std::io;
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::time::Instant;

use polling::{Event, Events, Poller};

use super::above_standard_streams_only;

/// Sockets to be watched until they become readable, and a bell.
pub(crate) struct Poll(Poller);

/// Which of them have.
pub(crate) struct Ready(Events);

impl Poll {
    pub(crate) fn new() -> io::Result<Poll> {
        above_standard_streams_only(Poller::new).map(Poll)
    }

    /// Watches a socket until it is readable, or broken: `wait` then tells `key`, once. It has to be
    /// forgotten before it is closed.
    pub(crate) fn watch(&self, socket: &TcpStream, key: usize) -> io::Result<()> {
        // SAFETY: what is asked is that the socket be forgotten before it is closed. Its only user
        // does that; where it did not, a later wait would tell of a key too many, which is allowed.
        unsafe { self.0.add(socket, Event::readable(key)) }
    }

    pub(crate) fn forget(&self, socket: &TcpStream) {
        // It fails only for a socket that is not watched.
        let _ = self.0.delete(socket);
    }

    /// Waits until a socket is readable, the bell has been rung since the last wait, or the moment
    /// has come. It may return for no reason.
    pub(crate) fn wait(&self, ready: &mut Ready, until: Instant) -> io::Result<()> {
        ready.0.clear();
        let timeout = until.saturating_duration_since(Instant::now());
        match self.0.wait(&mut ready.0, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    /// Ends a wait, or the next one.
    pub(crate) fn ring(&self) {
        // It fails only where the bell has been rung already.
        let _ = self.0.notify();
    }
}

impl Ready {
    pub(crate) fn new() -> Ready {
        Ready(Events::with_capacity(NonZeroUsize::new(256).unwrap_or(NonZeroUsize::MIN)))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|event| event.key)
    }
}
