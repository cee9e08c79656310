//! One TCP connection as a ureq transport: bytes out, bytes in, within the attempt's deadline.

#![forbid(unsafe_code)]

use std::io::{self, Read as _};
use std::mem;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::error::Kind;
use crate::options::Endpoint;
use crate::sys::{self, Interest, Watch};

use super::deadline::Deadline;
use super::exchange::{Exchange, Phase};

/// How long a read blocks in the kernel before the wait is handed to poll, which a cancel can
/// end. Most answers are there sooner, and cost one system call instead of three.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);

/// The input buffer's size at first: the answer of most functions fits.
const SMALL: usize = 2 * 1024;

/// Its size once that was too small, and the largest that an idle connection keeps: the state of a
/// room with two hundred members fits and comes in one system call from then on.
const LARGE: usize = 18 * 1024;

/// The largest head of an answer.
pub(super) const MAX_HEAD: usize = 32 * 1024;

/// The most that may come without the reader having any use for it: a head, or a line within
/// chunks, without end.
const MAX_INPUT: usize = 2 * MAX_HEAD;

/// The room for output: TLS sends from it; else ureq only writes there what nobody reads.
pub(super) fn output_room(tls: bool) -> usize {
    if tls { 8 * 1024 } else { 128 }
}

#[derive(Debug)]
pub(super) struct Socket {
    /// Its reads wait for `PATIENCE` where the system can do that, else not at all.
    stream: TcpStream,
    /// Whom it leads to, for messages.
    server: Endpoint,
    exchange: Arc<Exchange>,
    generation: u32,
    input: Input,
    output: Vec<u8>,
    /// The server has hung up while it was being sent to, and had answered before.
    hung_up: bool,
    output_room: usize,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        server: &Endpoint,
        output_room: usize,
        exchange: &Arc<Exchange>,
    ) -> Socket {
        Socket {
            stream,
            server: server.clone(),
            exchange: Arc::clone(exchange),
            generation: sys::generation(),
            input: Input::default(),
            output: Vec::new(),
            hung_up: false,
            output_room,
        }
    }

    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), ureq::Error> {
        let (deadline, _) = self.deadline()?;
        while !bytes.is_empty() && !self.hung_up {
            match sys::send_some(&self.stream, bytes) {
                Ok(count) => {
                    self.exchange.with(|state| state.sent |= state.phase == Phase::Talking);
                    bytes = &bytes[count..];
                }
                Err(error) if is_no_fault(&error) => self.wait(&deadline, Interest::Writable)?,
                // What the answer says matters more than that nobody read the rest.
                Err(error) if is_hang_up(&error) && self.has_answered() => self.hung_up = true,
                Err(error) => return Err(self.broken(&error)),
            }
        }
        Ok(())
    }

    /// Whether something has come although the request is not all out: a server that refuses a
    /// large request may answer and hang up without reading the rest.
    fn has_answered(&mut self) -> bool {
        let talking = self.exchange.with(|state| state.phase == Phase::Talking);
        let came = (&self.stream).read(self.input.room()).unwrap_or(0);
        self.input.add(came);
        talking == Some(true) && came > 0
    }

    /// Adds what has come to the input; `false` when the server has closed.
    pub(super) fn receive(&mut self) -> Result<bool, ureq::Error> {
        let (deadline, left) = self.deadline()?;
        if self.input.filled().len() >= MAX_INPUT {
            let message = format!("the answer of {} has a line without end", self.server);
            return Err(self.exchange.fail(Kind::Response, message));
        }
        if left <= PATIENCE {
            self.wait(&deadline, Interest::Readable)?;
        }
        loop {
            match (&self.stream).read(self.input.room()) {
                Ok(count) => {
                    self.input.add(count);
                    return Ok(count > 0);
                }
                Err(error) if is_no_fault(&error) => self.wait(&deadline, Interest::Readable)?,
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    pub(super) fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    /// The attempt's deadline, and how long that is from now.
    fn deadline(&self) -> Result<(Deadline, Duration), ureq::Error> {
        let deadline = self.exchange.deadline()?;
        if self.generation != sys::generation() {
            // Only a log callback that forks comes here, in the child.
            let message =
                format!("the process forked while the call to {} was under way", self.server);
            return Err(self.exchange.fail(Kind::Io, message));
        }
        match deadline.check() {
            Ok(left) => Ok((deadline, left)),
            Err(stop) => Err(self.exchange.stopped(stop, &deadline, &self.server)),
        }
    }

    fn wait(&self, deadline: &Deadline, interest: Interest) -> Result<(), ureq::Error> {
        deadline
            .wait(&mut [Watch::new(&self.stream, interest)])
            .map_err(|stop| self.exchange.stopped(stop, deadline, &self.server))
    }

    fn broken(&self, error: &io::Error) -> ureq::Error {
        self.exchange.fail(Kind::Io, format!("the connection to {} broke: {error}", self.server))
    }
}

/// Nothing to be had yet, or a signal came first. Either way the wait looks at the deadline, so
/// that signals without end cannot outlast it.
fn is_no_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    // Windows says "aborted".
    matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted)
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let output = mem::take(&mut self.output);
        let sent = self.send(&output[..amount]);
        self.output = output;
        sent
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.receive()
    }

    fn is_open(&mut self) -> bool {
        match self.exchange.with(|state| state.phase) {
            // ureq asks at the end of an answer: what has come with it belongs to nobody.
            Some(Phase::Talking) => {
                self.input.shrink();
                self.input.filled().is_empty() && !self.hung_up
            }
            _ => self.generation == sys::generation() && sys::is_quiet(&self.stream),
        }
    }
}

impl Buffers for Socket {
    fn output(&mut self) -> &mut [u8] {
        self.output.resize(self.output_room, 0);
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        self.input.filled()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn input_appended(&mut self, amount: usize) {
        self.input.add(amount);
    }

    fn input_consume(&mut self, amount: usize) {
        self.input.consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.output.resize(self.output_room, 0);
        (self.input.room(), &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.input.can_use()
    }
}

/// What has been received and not yet been read.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The last that came filled the buffer, so there is probably more.
    was_filled: bool,
    /// Whether the reader could use the last of it; if not, it wants more before it looks again.
    progress: bool,
}

impl Input {
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.start = (self.start + amount).min(self.end);
    }

    fn can_use(&self) -> bool {
        self.progress && !self.filled().is_empty()
    }

    /// Where to put more; never empty.
    fn room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let size = self.bytes.len();
        if size - self.end < SMALL / 4 || (self.was_filled && size < LARGE) {
            let larger = match size {
                0 => SMALL,
                SMALL => LARGE,
                _ => size * 2,
            };
            self.bytes.resize(larger, 0);
        }
        &mut self.bytes[self.end..]
    }

    fn add(&mut self, count: usize) {
        self.end += count;
        self.was_filled = self.end == self.bytes.len();
    }

    /// Gives back what an idle connection does not keep.
    fn shrink(&mut self) {
        if self.filled().is_empty() && self.bytes.len() > LARGE {
            *self = Input::default();
        }
    }
}
