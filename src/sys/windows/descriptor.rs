//! Sockets that are kept for long. No process forks here, and none closes what it does not own.

use std::ops::Deref;

/// An open socket.
#[derive(Debug)]
pub(crate) struct Kept<T>(T);

impl<T> Kept<T> {
    pub(crate) fn new(opened: T) -> Kept<T> {
        Kept(opened)
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
