//! What a thread waits for.

use socket2::SockRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Readable,
    Writable,
}

/// One socket to wait for, and whether it is ready.
pub(crate) struct Watch<'a> {
    pub(super) socket: SockRef<'a>,
    pub(super) interest: Interest,
    pub(crate) ready: bool,
}

impl<'a> Watch<'a> {
    /// A `Signal` may be watched as well.
    pub(crate) fn new<S>(socket: &'a S, interest: Interest) -> Self
    where
        SockRef<'a>: From<&'a S>,
    {
        Watch { socket: SockRef::from(socket), interest, ready: false }
    }
}
