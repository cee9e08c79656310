//! A connection that only knows its age and a number, and counts itself.

use std::time::Instant;

use crate::client::{Client, Living};

pub(super) struct Connection {
    pub(super) made: Instant,
    pub(super) expires: u64,
    /// In place of all that a connection holds: loom watches who comes to it.
    inside: Client,
}

impl Connection {
    pub(super) fn new(number: u32, made: Instant, living: &Living) -> Connection {
        Connection { made, expires: 0, inside: Client::new(number, living) }
    }

    pub(super) fn number(&self) -> u32 {
        self.inside.number()
    }

    pub(super) fn rest(&mut self, expires: u64) {
        self.expires = expires;
    }

    /// The server has said nothing.
    pub(super) fn is_quiet(&self) -> bool {
        true
    }
}
