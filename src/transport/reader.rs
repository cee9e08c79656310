//! Reads an answer by ureq: it is lent a connection on which the request has gone out already.
//!
//! ureq is asked for `GET /`, and what it writes for that goes nowhere. So no error, log line or
//! debug print of its HTTP code can hold what is secret. It looks nothing up and connects to
//! nobody.

#![forbid(unsafe_code)]

use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ureq::config::Config;
use ureq::http::{Request, Uri, response};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Agent, Error};

use crate::error::Kind;
use crate::sys::Block;

use super::connection::Connection;
use super::failure::Failure;
use super::head::MAX_HEAD;

/// An agent of ureq's, used by one connection: threads never meet in a lock of ureq's, and a fork
/// finds none taken.
pub(super) struct Reader {
    agent: Agent,
    slot: Arc<Slot>,
    question: Request<()>,
}

/// Where the connection lies on its way to ureq and back. Nobody ever waits for it.
#[derive(Debug, Default)]
struct Slot(Mutex<Option<Box<Connection>>>);

/// An answer's head, and its body or why that is none to use.
pub(super) type Answer = (response::Parts, Result<Block, &'static str>);

impl Reader {
    pub(super) fn new() -> Reader {
        let slot = Arc::new(Slot::default());
        let agent = Agent::with_parts(config().clone(), Lender(Arc::clone(&slot)), NoResolver);
        let mut question = Request::new(());
        // It names no port, which would cost time.
        *question.uri_mut() = Uri::from_static("http://ytx/");
        Reader { agent, slot, question }
    }

    /// Reads the answer whose head lies in the connection's input. The connection comes back, but
    /// for a fault of ureq's.
    pub(super) fn read(
        &self,
        connection: Box<Connection>,
        limit: usize,
    ) -> (Option<Box<Connection>>, Result<Answer, Error>) {
        *self.slot.lock() = Some(connection);
        let answer = self.agent.run(self.question.clone()).and_then(|answer| {
            let (parts, body) = answer.into_parts();
            Ok((parts, read_body(body, limit)?))
        });
        (self.slot.lock().take(), answer)
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Box<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What ureq is told. Its defaults include redirects, errors for statuses, a proxy from the
/// environment, and buffers of 128 KiB; none of that is wanted.
///
/// Making it reads the proxy variables of the environment: ureq offers no other way. What they
/// hold is thrown away. It is made once, when the library is loaded: see `ffi::load`.
pub(super) fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .max_response_header_size(MAX_HEAD)
            .input_buffer_size(2 * MAX_HEAD)
            .output_buffer_size(QUESTION)
            .max_idle_connections(0)
            .build()
    })
}

/// Room for the question, which nobody reads.
const QUESTION: usize = 128;

/// Reads a body to its end, which is what lets the connection be kept. The inner error says why
/// a body that did come is none to use.
fn read_body(body: ureq::Body, limit: usize) -> Result<Result<Block, &'static str>, Error> {
    const TOO_LARGE: &str = "is larger than max_response_bytes";
    /// A server can claim any length; only this much is believed before it comes.
    const BELIEVED: u64 = 64 * 1024;
    /// What a body of unknown length gets at first.
    const UNKNOWN: u64 = 2 * 1024;
    let claimed = body.content_length();
    if claimed.is_some_and(|claimed| claimed > limit as u64) {
        return Ok(Err(TOO_LARGE));
    }
    // The byte more is for the read that finds the end.
    let expected = claimed.unwrap_or(UNKNOWN).min(BELIEVED) as usize + 1;
    let mut bytes = Block::with_capacity(expected).ok_or_else(Failure::no_memory)?;
    let mut reader = body.into_reader();
    loop {
        let count = reader.read(bytes.room().ok_or_else(Failure::no_memory)?)?;
        if count == 0 {
            return Ok(Ok(bytes));
        }
        bytes.fill(count);
        if bytes.len() > limit {
            return Ok(Err(TOO_LARGE));
        }
    }
}

/// What an error of ureq's means for the attempt on this connection.
pub(super) fn failure(error: Error, connection: &Connection) -> Failure {
    let server = &connection.server;
    match error {
        Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<Failure>()) => {
            match error.downcast::<Failure>() {
                Ok(Failure { kind, message, .. }) => connection.failure(kind, message),
                Err(error) => connection.failure(Kind::Io, error.to_string()),
            }
        }
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => connection.closed(),
        error => {
            let message = format!("the answer of {server} is not HTTP: {error}");
            connection.failure(Kind::Response, message)
        }
    }
}

#[derive(Debug)]
struct Lender(Arc<Slot>);

impl Connector for Lender {
    type Out = Lent;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Lent>, Error> {
        let connection = self.0.lock().take();
        Ok(connection.map(|connection| Lent {
            connection: Some(connection),
            slot: Arc::clone(&self.0),
            question: [0; QUESTION],
        }))
    }
}

/// A connection while ureq has it.
#[derive(Debug)]
struct Lent {
    /// `None` only once it is dropped.
    connection: Option<Box<Connection>>,
    slot: Arc<Slot>,
    question: [u8; QUESTION],
}

impl Lent {
    fn connection(&mut self) -> &mut Connection {
        match &mut self.connection {
            Some(connection) => connection,
            None => unreachable!("it has its connection until it is dropped"),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.slot.lock() = self.connection.take();
    }
}

impl Transport for Lent {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        Ok(self.connection().receive()?)
    }

    /// ureq asks at the end of an answer whether it may keep the connection. It may not: the pool
    /// keeps it.
    fn is_open(&mut self) -> bool {
        let connection = self.connection();
        connection.attempt.clean = connection.is_at_rest();
        false
    }
}

impl Buffers for Lent {
    fn output(&mut self) -> &mut [u8] {
        &mut self.question
    }

    fn input(&self) -> &[u8] {
        self.connection.as_ref().map_or(&[], |connection| connection.filled())
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.connection().input().room()
    }

    fn input_appended(&mut self, amount: usize) {
        self.connection().input().add(amount);
    }

    fn input_consume(&mut self, amount: usize) {
        self.connection().input().consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        let room = match &mut self.connection {
            Some(connection) => connection.input().room(),
            None => &mut [],
        };
        (room, &mut self.question)
    }

    fn can_use_input(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.can_use_input())
    }
}

#[derive(Debug)]
struct NoResolver;

impl Resolver for NoResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}
