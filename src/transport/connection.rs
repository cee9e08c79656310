//! One connection: its socket, TLS over it, what has come in, and what has happened on it in the
//! attempt under way. Every wait here ends with the attempt's deadline.

#![forbid(unsafe_code)]

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::error::Kind;
use crate::sys::{self, Interest, Kept, Watch};
use crate::url::Endpoint;

use super::deadline::{Deadline, Stop};
use super::failure::Failure;
use super::head::{self, Extent, Front, MAX_HEAD};
use super::input::Input;
use super::reader::Reader;
use super::tls::Session;

/// How long a read blocks in the kernel before the wait is handed to poll, which a cancel can
/// end. Most answers are there sooner, and cost one system call instead of three.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);

/// The most of an answer that is held for a call that waits without a thread.
const MOST_HELD: usize = 48 * 1024;

/// The most that may come without the reader having any use for it: a line within chunks, without
/// end.
const MAX_INPUT: usize = 2 * MAX_HEAD;

pub(super) struct Connection {
    /// Its reads wait for `PATIENCE` where the system can do that, else not at all.
    stream: Kept<TcpStream>,
    tls: Option<Session>,
    /// Whom it leads to, for messages.
    pub(super) server: Endpoint,
    generation: u32,
    pub(super) made: Instant,
    /// When it, unused, serves no more: see `pool`.
    pub(super) expires: u64,
    input: Input,
    pub(super) attempt: Attempted,
    /// Reads the answers; made for the first.
    pub(super) reader: Option<Reader>,
}

/// What has happened in the attempt under way.
#[derive(Default)]
pub(super) struct Attempted {
    /// None between attempts.
    deadline: Option<Deadline>,
    /// The connection is open to requests: bytes sent are an attempt's.
    talking: bool,
    /// It has served an earlier attempt.
    pub(super) reused: bool,
    /// Whether a byte of the request may have left.
    sent: bool,
    /// Whether a byte of the answer has come.
    answered: bool,
    /// The number in the status line, of the server or of a proxy that refused.
    pub(super) status: Option<u16>,
    /// The server has hung up while it was being sent to, and had answered before.
    hung_up: bool,
    /// The answer was read to its end, and the connection may serve again.
    pub(super) clean: bool,
    /// The reader has looked at the head of the answer: it refuses some at once.
    head_was_read: bool,
    /// Nothing is to be waited for now.
    at_once: bool,
    /// Something would have had to be waited for.
    would_wait: bool,
}

/// What there is of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gathered {
    /// Not all.
    Part,
    /// By its looks, all, or all of its head for the first time, which may be refused.
    Whole,
    /// Not all, and more than what is held for a call that waits without a thread.
    Much,
}

impl Connection {
    /// A connection to `server` that is still being set up.
    pub(super) fn new(stream: TcpStream, server: &Endpoint, deadline: Deadline) -> Connection {
        Connection {
            stream: Kept::new(stream),
            tls: None,
            server: server.clone(),
            generation: sys::generation(),
            made: Instant::now(),
            expires: 0,
            input: Input::default(),
            attempt: Attempted { deadline: Some(deadline), ..Attempted::default() },
            reader: None,
        }
    }

    /// Begins an attempt on it.
    pub(super) fn begin(&mut self, deadline: Deadline, reused: bool) {
        self.attempt =
            Attempted { deadline: Some(deadline), talking: true, reused, ..Attempted::default() };
    }

    /// Ends the attempt; it may be long until the next.
    pub(super) fn rest(&mut self, expires: u64) {
        self.attempt = Attempted::default();
        self.input.shrink();
        self.expires = expires;
    }

    /// Whether, unused, it is still open and nothing has come that belongs to no answer.
    pub(super) fn is_quiet(&self) -> bool {
        self.generation == sys::generation() && sys::is_quiet(&self.stream)
    }

    /// Shakes hands for TLS.
    pub(super) fn secure(&mut self, session: Session) -> Result<(), Failure> {
        let tls = self.tls.insert(session);
        // What came behind a proxy's answer; a server says nothing before it is spoken to.
        let early = self.input.filled().len();
        if early > 0 {
            let fed = tls.read_from(&mut self.input.filled());
            fed.map_err(|error| error.to_string()).and_then(|_| tls.process()).map_err(|why| {
                Failure::new(Kind::Tls, format!("TLS with {} failed: {why}", self.server))
            })?;
            self.input.consume(early);
        }
        while self.is_handshaking() {
            self.flush()?;
            if self.is_handshaking() && !self.receive_tls()? {
                let message = format!("{} closed the connection", self.server);
                return Err(self.failure(Kind::Io, message));
            }
        }
        self.flush()
    }

    /// Sends what can be sent without waiting, and says how much of it that was. TLS may keep some of
    /// it to itself: see `wants_to_send`.
    pub(super) fn send_at_once(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        self.attempt.at_once = true;
        let mut rest = bytes;
        let result = match self.tls.as_mut() {
            Some(tls) => {
                while !rest.is_empty() {
                    let count = tls.queue(rest);
                    if count == 0 {
                        break; // as much as it takes before something has left
                    }
                    rest = &rest[count..];
                }
                self.flush()
            }
            None => self.send_plain(&mut rest),
        };
        self.attempt.at_once = false;
        let waits = std::mem::take(&mut self.attempt.would_wait);
        if waits || result.is_ok() { Ok(bytes.len() - rest.len()) } else { result.map(|()| 0) }
    }

    /// Whether bytes that were sent still wait inside TLS.
    pub(super) fn wants_to_send(&self) -> bool {
        !self.attempt.hung_up && self.tls.as_ref().is_some_and(Session::wants_to_write)
    }

    fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(Session::is_handshaking)
    }

    pub(super) fn send(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        if self.tls.is_none() {
            return self.send_plain(&mut bytes);
        }
        self.flush()?;
        while let Some(tls) = self.tls.as_mut().filter(|_| !bytes.is_empty()) {
            if self.attempt.hung_up {
                break; // nothing leaves any more, and its buffer is full at some point
            }
            let count = tls.queue(bytes);
            bytes = &bytes[count..];
            self.flush()?;
        }
        Ok(())
    }

    fn send_plain(&mut self, bytes: &mut &[u8]) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(()); // the clock need not be looked at
        }
        let deadline = self.deadline()?.0.clone();
        while !bytes.is_empty() && !self.attempt.hung_up {
            match sys::send_some(&self.stream, bytes) {
                Ok(count) => {
                    self.note_sent();
                    *bytes = &bytes[count..];
                }
                Err(error) => self.sending_stopped(&error, &deadline)?,
            }
        }
        Ok(())
    }

    /// Sends what TLS has to send.
    fn flush(&mut self) -> Result<(), Failure> {
        if !self.wants_to_send() {
            return Ok(()); // nor is the clock needed here
        }
        let deadline = self.deadline()?.0.clone();
        while let Some(tls) = self.tls.as_mut().filter(|tls| tls.wants_to_write()) {
            if self.attempt.hung_up {
                break;
            }
            match tls.write_to(&self.stream) {
                Ok(_) => self.note_sent(),
                Err(error) => self.sending_stopped(&error, &deadline)?,
            }
        }
        Ok(())
    }

    fn note_sent(&mut self) {
        self.attempt.sent |= self.attempt.talking;
    }

    /// Waits for room, or learns that there will be none.
    fn sending_stopped(&mut self, error: &io::Error, deadline: &Deadline) -> Result<(), Failure> {
        if is_no_fault(error) {
            return self.wait(deadline, Interest::Writable);
        }
        // What the answer says matters more than that nobody read the rest.
        if is_hang_up(error) && self.attempt.talking && self.has_answered() {
            self.attempt.hung_up = true;
            return Ok(());
        }
        Err(self.broken(error))
    }

    /// Whether something has come although the request is not all out: a server that refuses a
    /// large request may answer and hang up without reading the rest.
    fn has_answered(&mut self) -> bool {
        match &mut self.tls {
            None => {
                let came = (&*self.stream).read(self.input.room()).unwrap_or(0);
                self.input.add(came);
                self.attempt.answered |= came > 0;
                came > 0
            }
            // The answer may lie behind session tickets, and in a record longer than one read.
            Some(tls) => loop {
                let came = tls.read_from(&mut &*self.stream).is_ok_and(|count| count > 0);
                if !came || tls.process().is_err() {
                    break false;
                }
                if tls.has_plaintext() {
                    break true;
                }
            },
        }
    }

    /// Takes what has come of the answer, without waiting for more. A body of more than `limit`
    /// bytes is not waited for.
    pub(super) fn gather(&mut self, limit: usize) -> Result<Gathered, Failure> {
        self.attempt.at_once = true;
        let gathered = self.gather_until_it_would_wait(MOST_HELD.min(limit));
        self.attempt.at_once = false;
        match gathered {
            Err(_) if std::mem::take(&mut self.attempt.would_wait) => Ok(Gathered::Part),
            gathered => gathered,
        }
    }

    fn gather_until_it_would_wait(&mut self, most: usize) -> Result<Gathered, Failure> {
        loop {
            if let Some((status, length)) = self.next_head()? {
                self.attempt.status = Some(status);
                let (head, body) = self.input.filled().split_at(length);
                let extent = head::extent(status, head, body);
                let has_length = self.input.filled().len();
                match extent {
                    Extent::Whole => return Ok(Gathered::Whole),
                    _ if !std::mem::replace(&mut self.attempt.head_was_read, true) => {
                        return Ok(Gathered::Whole);
                    }
                    Extent::Unknown if has_length < most => {}
                    Extent::Missing(count) if count.saturating_add(has_length) <= most => {}
                    _ => return Ok(Gathered::Much),
                }
            }
            if !self.receive()? {
                // It says how it ended where the answer is read.
                return Ok(Gathered::Whole);
            }
        }
    }

    /// Whether some of the answer has come already, with what was read for other reasons.
    pub(super) fn has_input(&mut self) -> bool {
        !self.input.filled().is_empty() || self.tls.as_mut().is_some_and(Session::has_plaintext)
    }

    /// Lets what is read from here on be read again, and nothing be waited for.
    pub(super) fn try_reading(&mut self) {
        self.input.mark();
        self.attempt.at_once = true;
    }

    /// Ends that; `false` when there was not enough to read, and all is as before.
    pub(super) fn has_succeeded(&mut self) -> bool {
        self.attempt.at_once = false;
        let would_wait = std::mem::take(&mut self.attempt.would_wait);
        if would_wait {
            self.input.rewind();
        }
        self.input.unmark();
        !would_wait
    }

    /// The socket, to be watched while nobody reads from it.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Reads until the head of the answer is there. It stays in the input, for ureq.
    pub(super) fn receive_head(&mut self) -> Result<u16, Failure> {
        let (status, _) = self.await_head()?;
        self.attempt.status = Some(status);
        self.input.offer();
        Ok(status)
    }

    /// The head of a proxy's answer to CONNECT: its status. Nothing of it stays in the input.
    pub(super) fn receive_tunnel(&mut self) -> Result<u16, Failure> {
        let (status, length) = self.await_head()?;
        self.input.consume(length);
        Ok(status)
    }

    /// Reads until a head is there whole: interim answers are passed over.
    fn await_head(&mut self) -> Result<(u16, usize), Failure> {
        loop {
            match self.next_head()? {
                Some(head) => return Ok(head),
                None if self.receive()? => {}
                None => return Err(self.closed()),
            }
        }
    }

    /// The status and length of the head at the front of the input, if it is all there.
    fn next_head(&mut self) -> Result<Option<(u16, usize)>, Failure> {
        loop {
            match head::front(self.input.filled_mut()) {
                Front::Head { status, length } => return Ok(Some((status, length))),
                Front::Unfinished { status } => {
                    self.note_status(status);
                    return Ok(None);
                }
                Front::Nothing(length) => {
                    self.input.consume(length);
                    // Only what follows is the answer.
                    self.attempt.answered = !self.input.filled().is_empty();
                }
                Front::Strange { why, status } => {
                    self.note_status(status);
                    let message = format!("the answer of {} {why}", self.server);
                    return Err(self.failure(Kind::Response, message));
                }
            }
        }
    }

    /// A proxy's consent is no status of the server's.
    fn note_status(&mut self, status: Option<u16>) {
        let is_consent = |status: &u16| !self.attempt.talking && (200..300).contains(status);
        self.attempt.status = status.filter(|status| !is_consent(status));
    }

    /// Adds what has come to the input; `false` when the server has closed.
    pub(super) fn receive(&mut self) -> Result<bool, Failure> {
        if self.input.filled().len() >= MAX_INPUT {
            let message = format!("the answer of {} has a line without end", self.server);
            return Err(self.failure(Kind::Response, message));
        }
        let more = match self.tls {
            None => {
                let count = self.read(|inlet, input| inlet.read(input.room()))?;
                self.input.add(count);
                count > 0
            }
            Some(_) => self.receive_through_tls()?,
        };
        self.attempt.answered |= more && self.attempt.talking;
        Ok(more)
    }

    fn receive_through_tls(&mut self) -> Result<bool, Failure> {
        while let Some(tls) = &mut self.tls {
            match tls.plaintext(self.input.room()) {
                Ok(count) => {
                    self.input.add(count);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.receive_tls()? {
                        break;
                    }
                }
                // Closed without a word of TLS. Whether the answer was whole its framing tells.
                Err(_) => break,
            }
        }
        Ok(false)
    }

    /// Takes what TLS has received, and answers what wants an answer; `false` at the end.
    fn receive_tls(&mut self) -> Result<bool, Failure> {
        let mut tls = self.tls.take();
        let count = match &mut tls {
            None => Ok(0),
            Some(tls) => self.read(|inlet, _| tls.read_from(inlet)),
        };
        self.tls = tls;
        let count = count?;
        if let Some(tls) = &mut self.tls
            && let Err(error) = tls.process()
        {
            // It has queued why; whether that still leaves matters little.
            let _ = tls.write_to(&self.stream);
            let message = format!("TLS with {} failed: {error}", self.server);
            return Err(self.failure(Kind::Tls, message));
        }
        self.flush()?;
        Ok(count > 0)
    }

    /// Reads once something is there.
    fn read(
        &mut self,
        mut read: impl FnMut(&mut Inlet, &mut Input) -> io::Result<usize>,
    ) -> Result<usize, Failure> {
        let (deadline, left) = self.deadline()?;
        let deadline = deadline.clone();
        let at_once = self.attempt.at_once;
        if left <= PATIENCE && !at_once {
            self.wait(&deadline, Interest::Readable)?;
        }
        loop {
            match read(&mut Inlet { stream: &self.stream, at_once }, &mut self.input) {
                Ok(count) => return Ok(count),
                Err(error) if is_no_fault(&error) => self.wait(&deadline, Interest::Readable)?,
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    pub(super) fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    pub(super) fn filled(&self) -> &[u8] {
        self.input.filled()
    }

    pub(super) fn can_use_input(&self) -> bool {
        self.input.can_use()
    }

    /// Whether, the answer read, nothing stands in the way of another request.
    pub(super) fn is_at_rest(&mut self) -> bool {
        self.input.filled().is_empty()
            && !self.attempt.hung_up
            && !self.tls.as_mut().is_some_and(Session::has_plaintext)
    }

    /// The attempt's deadline, and how long that is from now.
    fn deadline(&self) -> Result<(&Deadline, Duration), Failure> {
        let Some(deadline) = &self.attempt.deadline else {
            return Err(self.failure(Kind::Internal, "there is no attempt".to_owned()));
        };
        if self.generation != sys::generation() {
            // Only a log callback that forks comes here, in the child.
            let message =
                format!("the process forked while the call to {} was under way", self.server);
            return Err(self.failure(Kind::Io, message));
        }
        match deadline.check() {
            Ok(left) => Ok((deadline, left)),
            Err(stop) => Err(self.stopped(stop, deadline)),
        }
    }

    fn wait(&mut self, deadline: &Deadline, interest: Interest) -> Result<(), Failure> {
        if self.attempt.at_once {
            self.attempt.would_wait = true;
            return Err(self.failure(Kind::Internal, "this was not to be waited for".to_owned()));
        }
        deadline
            .wait(&mut [Watch::new(&*self.stream, interest)])
            .map_err(|stop| self.stopped(stop, deadline))
    }

    /// Ends the attempt from outside, while nobody works on it.
    pub(super) fn stop(&self, stop: Stop) -> Failure {
        match &self.attempt.deadline {
            Some(deadline) => self.stopped(stop, deadline),
            None => self.failure(Kind::Internal, "there is no attempt".to_owned()),
        }
    }

    fn stopped(&self, stop: Stop, deadline: &Deadline) -> Failure {
        let Failure { kind, message, .. } = Failure::stopped(stop, || {
            let what = if self.attempt.talking { "answer from" } else { "connection to" };
            format!("no {what} {} within {} ms", self.server, deadline.allowed.as_millis())
        });
        self.failure(kind, message)
    }

    fn broken(&self, error: &io::Error) -> Failure {
        let why = sys::reason(error);
        self.failure(Kind::Io, format!("the connection to {} broke: {why}", self.server))
    }

    /// The server has closed where an answer, or more of it, should have come.
    pub(super) fn closed(&self) -> Failure {
        let when = if self.attempt.answered { "within its answer" } else { "before it answered" };
        self.failure(Kind::Io, format!("{} closed the connection {when}", self.server))
    }

    /// A failure of the attempt, with what has happened in it so far.
    pub(super) fn failure(&self, kind: Kind, message: String) -> Failure {
        let Attempted { reused, sent, answered, status, .. } = self.attempt;
        // Who gives a connection up says nothing, or 408; the rest of that is often cut off by
        // the request which it crossed.
        let given_up = match kind {
            Kind::Io => !answered || status == Some(408),
            Kind::Response => status == Some(408),
            _ => false,
        };
        Failure {
            kind: match (kind, status) {
                // What is wrong with the answer matters less than that it is no success.
                (Kind::Response, Some(status)) if status != 200 => Kind::Http,
                _ => kind,
            },
            message,
            sent,
            stale: reused && given_up,
            status,
            starved: false,
        }
    }
}

// By hand: what came in is nobody's business. ureq wants it of what it is lent.
impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.server)
    }
}

/// A socket that is read from.
struct Inlet<'a> {
    stream: &'a TcpStream,
    at_once: bool,
}

impl io::Read for Inlet<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.at_once {
            true => sys::receive_some(self.stream, room),
            false => (&mut &*self.stream).read(room),
        }
    }
}

/// Nothing to be had yet, or a signal came first. Either way the wait looks at the deadline, so
/// that signals without end cannot outlast it.
fn is_no_fault(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
