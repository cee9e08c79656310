//! The outermost transport, between ureq and the socket or TLS. It has two jobs.
//!
//! It keeps what is secret out of ureq: ureq is asked for `POST /`, and only here, on the way
//! out, does the real request target with its Sign and the Authorization take that line's place.
//! No error, log line or debug print of ureq can hold what ureq never saw. And it gathers head
//! and body, so that a request leaves in one piece when its answer is first waited for.

#![forbid(unsafe_code)]

use std::sync::Arc;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::error::Kind;

use super::exchange::{Exchange, Phase};
use super::socket::Socket;

/// What ureq writes first when it is asked to post to `/`.
const FIRST_LINE: &[u8] = b"POST / HTTP/1.1\r\n";

/// A larger request goes out in pieces of about this size.
const PIECE: usize = 64 * 1024;

/// What an idle connection keeps for the next request.
const KEPT: usize = 2 * 1024;

#[derive(Debug)]
pub(super) struct Wire {
    below: Below,
    exchange: Arc<Exchange>,
    /// What ureq has written and is not out yet.
    gathered: Vec<u8>,
}

/// What carries the bytes.
#[derive(Debug)]
pub(super) enum Below {
    Plain(Socket),
    Tls(Box<dyn Transport>),
}

impl Below {
    fn send(&mut self, bytes: &[u8]) -> Result<(), ureq::Error> {
        match self {
            Below::Plain(socket) => socket.send(bytes),
            Below::Tls(tls) => send_through(&mut **tls, bytes),
        }
    }

    fn transport(&mut self) -> &mut dyn Transport {
        match self {
            Below::Plain(socket) => socket,
            Below::Tls(tls) => &mut **tls,
        }
    }
}

/// Sends by way of a transport's own buffer.
fn send_through(transport: &mut dyn Transport, mut bytes: &[u8]) -> Result<(), ureq::Error> {
    while !bytes.is_empty() {
        let output = transport.buffers().output();
        let (now, later) = bytes.split_at(bytes.len().min(output.len()));
        output[..now.len()].copy_from_slice(now);
        transport.transmit_output(now.len(), NextTimeout::default())?;
        bytes = later;
    }
    Ok(())
}

impl Wire {
    pub(super) fn new(below: Below, exchange: &Arc<Exchange>) -> Wire {
        Wire { below, exchange: Arc::clone(exchange), gathered: Vec::new() }
    }

    /// Sends what has been gathered, behind the real head if that is not out yet.
    fn flush(&mut self) -> Result<(), ureq::Error> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let sent = match self.exchange.with(|state| state.head.take()).flatten() {
            Some(head) => {
                let rest = self.gathered.strip_prefix(FIRST_LINE).ok_or_else(|| {
                    let message = "ureq began its request with an unexpected line".to_owned();
                    self.exchange.fail(Kind::Internal, message)
                })?;
                let mut request = head.into_bytes();
                request.extend_from_slice(rest);
                self.below.send(&request)
            }
            None => self.below.send(&self.gathered),
        };
        self.gathered.clear();
        self.gathered.shrink_to(KEPT);
        sent
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
        self.below.transport().buffers()
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let output = self.below.transport().buffers().output();
        self.gathered.extend_from_slice(&output[..amount]);
        if self.gathered.len() < PIECE { Ok(()) } else { self.flush() }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.flush()?;
        let more = self.below.transport().await_input(timeout)?;
        let below = self.below.transport();
        self.exchange.with(|state| {
            state.answered |= more;
            if state.status.is_none() {
                // 1xx says that the answer's own status line is still to come.
                state.status = status_line(below.buffers().input()).filter(|s| *s >= 200);
            }
        });
        Ok(more)
    }

    /// ureq asks twice: before it uses a kept connection, and at the end of an answer whether to
    /// keep it.
    fn is_open(&mut self) -> bool {
        let phase = self.exchange.with(|state| state.phase);
        let open =
            phase != Some(Phase::Choosing { anew: true }) && self.below.transport().is_open();
        self.exchange.with(|state| match state.phase {
            Phase::Choosing { .. } if open => {
                state.phase = Phase::Talking;
                state.reused = true;
            }
            Phase::Talking => state.kept = open,
            _ => {}
        });
        open
    }

    fn is_tls(&self) -> bool {
        matches!(self.below, Below::Tls(_))
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
