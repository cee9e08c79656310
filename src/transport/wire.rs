//! A connection as ureq gets it: the request has gone out on it already, and ureq is to read the
//! answer.
//!
//! ureq is asked for `GET /`, and what it writes for that goes nowhere. So no error, log line or
//! debug print of its HTTP code can hold what is secret, and it does its writing while the real
//! request is on its way.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::connection::Connection;
use super::exchange::Exchange;

#[derive(Debug)]
pub(super) struct Wire {
    /// `None` only once it is dropped.
    connection: Option<Connection>,
    exchange: Arc<Exchange>,
    /// Whether the answer has been read to its end and nothing came after it.
    clean: bool,
}

impl Wire {
    pub(super) fn new(connection: Connection, exchange: &Arc<Exchange>) -> Wire {
        Wire { connection: Some(connection), exchange: Arc::clone(exchange), clean: false }
    }

    fn transport(&mut self) -> &mut dyn Transport {
        match &mut self.connection {
            Some(connection) => connection.transport(),
            None => unreachable!("a wire has its connection until it is dropped"),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take_if(|_| self.clean) {
            self.exchange.with(|state| state.returned = Some(connection));
        }
    }
}

/// The number in a complete `HTTP/1.1 200 OK` line.
pub(super) fn status_line(input: &[u8]) -> Option<u16> {
    let line = input.split_inclusive(|&byte| byte == b'\n').next()?;
    let after_version = line.strip_suffix(b"\n")?.strip_prefix(b"HTTP/1.")?.get(1..)?;
    let digits = after_version.strip_prefix(b" ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport().buffers()
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let more = self.transport().await_input(timeout)?;
        let exchange = Arc::clone(&self.exchange);
        let input = self.buffers().input();
        exchange.with(|state| {
            state.answered |= more;
            if state.status.is_none() {
                // 1xx says that the answer's own status line is still to come.
                state.status = status_line(input).filter(|status| *status >= 200);
            }
        });
        Ok(more)
    }

    /// ureq asks at the end of an answer whether it may keep the connection. It may not: the line
    /// keeps it.
    fn is_open(&mut self) -> bool {
        self.clean = self.transport().is_open();
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_once_its_line_is_complete() {
        assert_eq!(status_line(b"HTTP/1.1 200 OK\r\nContent-"), Some(200));
        assert_eq!(status_line(b"HTTP/1.0 503\r\n"), Some(503));
        for input in
            ["", "HTTP/1.1 200 OK", "HTTP/1.1 2\n", "HTTP/1.1 abc\n", "x\nHTTP/1.1 200 OK\n"]
        {
            assert_eq!(status_line(input.as_bytes()), None, "{input}");
        }
    }
}
