//! A line to the platform: at most one connection, and the ureq agent that reads its answers, used
//! by one thread at a time. Threads therefore never meet in a lock of ureq's, and a fork finds
//! none taken.

#![forbid(unsafe_code)]

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use ureq::config::Config;
use ureq::http;

use crate::error::Kind;
use crate::options::Settings;
use crate::sys::Block;

use super::agent;
use super::connection::Connection;
use super::dial::Dialer;
use super::exchange::{Exchange, Phase, State};
use super::tls::Tls;
use super::{Attempt, Failure, Headers, Reply};

/// A larger body is not copied to go out together with its head.
const TOGETHER: usize = 16 * 1024;

pub(super) struct Line {
    dialer: Dialer,
    connection: Option<Connection>,
    agent: ureq::Agent,
    question: http::Request<()>,
    exchange: Arc<Exchange>,
    settings: Arc<Settings>,
    /// The header lines that are the same in every request.
    headers: String,
    /// When the pool got it back.
    pub(super) idle_since: Instant,
}

/// What ureq made of an attempt.
type Outcome = Result<(http::response::Parts, Result<Block, &'static str>), ureq::Error>;

impl Line {
    pub(super) fn new(settings: &Arc<Settings>, config: &Config, tls: &Tls) -> Line {
        let exchange = Arc::new(Exchange::default());
        Line {
            dialer: Dialer {
                settings: Arc::clone(settings),
                exchange: Arc::clone(&exchange),
                tls: tls.clone(),
            },
            connection: None,
            agent: agent::agent(config, &exchange),
            question: agent::question(),
            exchange,
            settings: Arc::clone(settings),
            headers: headers(settings),
            idle_since: Instant::now(),
        }
    }

    pub(super) fn run(&mut self, attempt: Attempt) -> Result<Reply, Failure> {
        let request = self.request(&attempt);
        self.exchange.begin(attempt.deadline);
        let kept = self.connection.take_if(|kept| !attempt.anew && kept.transport().is_open());
        self.connection = None;
        let reused = kept.is_some();
        let outcome = self.talk(kept, request);
        let mut state = self.exchange.end();
        self.connection = state.as_mut().and_then(|state| state.returned.take());
        self.judge(outcome, state, reused)
    }

    /// Whether its connection is worth keeping.
    pub(super) fn is_kept(&self) -> bool {
        self.connection.is_some()
    }

    /// The request as it goes out: in one piece, or its large body as a second one.
    fn request<'a>(&self, attempt: &Attempt<'a>) -> (Vec<u8>, &'a [u8]) {
        let Settings { base, proxy, .. } = &*self.settings;
        // A proxy for plain HTTP is asked for the whole URL; everyone else for the path.
        let proxy = proxy.as_ref().filter(|_| !base.https);
        let password = proxy.and_then(|proxy| proxy.authorization.as_ref());
        let body = attempt.body;
        let (together, apart) = body.split_at(if body.len() <= TOGETHER { body.len() } else { 0 });
        let mut first = Vec::with_capacity(768 + together.len());
        let mut put = |text: &str| first.extend_from_slice(text.as_bytes());
        put("POST ");
        put(proxy.map_or("", |_| &base.origin));
        attempt.target.iter().copied().for_each(&mut put);
        put(" HTTP/1.1\r\n");
        put(&self.headers);
        if let Some(password) = password {
            put("Proxy-Authorization: ");
            put(password);
            put("\r\n");
        }
        put("Authorization: ");
        put(attempt.authorization);
        // It cannot fail: a Vec takes whatever comes.
        let _ = write!(first, "\r\nContent-Length: {}\r\n\r\n", body.len());
        first.extend_from_slice(together);
        (first, apart)
    }

    /// Sends the request on the kept connection or a new one, and lets ureq read the answer.
    fn talk(&self, kept: Option<Connection>, (first, rest): (Vec<u8>, &[u8])) -> Outcome {
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.dialer.dial()?,
        };
        self.exchange.with(|state| state.phase = Phase::Talking);
        connection.send(&first)?;
        if !rest.is_empty() {
            connection.send(rest)?;
        }
        self.exchange.with(|state| state.handed = Some(connection));
        let (parts, body) = self.agent.run(self.question.clone())?.into_parts();
        // `wire` has not seen it when it came together with an interim answer.
        self.exchange.with(|state| state.status = Some(parts.status.as_u16()));
        let body = read(body, self.settings.max_response_bytes)?;
        Ok((parts, body))
    }

    /// Puts together what ureq says and what was noted below it; what was noted is nearer to the
    /// cause.
    fn judge(
        &self,
        outcome: Outcome,
        state: Option<State>,
        reused: bool,
    ) -> Result<Reply, Failure> {
        let server = &self.settings.base.endpoint;
        let status = state.as_ref().and_then(|state| state.status);
        let failure = |kind, message: String| Failure {
            kind: match (kind, status) {
                // What is wrong with the answer matters less than that it is no success.
                (Kind::Response, Some(status)) if status != 200 => Kind::Http,
                _ => kind,
            },
            message,
            sent: state.as_ref().is_some_and(|state| state.sent),
            stale: kind == Kind::Io
                && reused
                && state.as_ref().is_some_and(|state| !state.answered),
            status,
        };
        if let Some((kind, message)) = state.as_ref().and_then(|state| state.failure.clone()) {
            return Err(failure(kind, message));
        }
        match outcome {
            Ok((parts, body)) => Ok(Reply {
                status: parts.status.as_u16(),
                headers: Headers(parts.headers),
                body,
                reused,
            }),
            Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let when = match &state {
                    Some(state) if state.answered => "within its answer",
                    _ => "before it answered",
                };
                Err(failure(Kind::Io, format!("{server} closed the connection {when}")))
            }
            // rustls reports everything it dislikes in this kind.
            Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(failure(Kind::Tls, format!("TLS with {server} failed: {error}")))
            }
            Err(ureq::Error::Io(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
                Err(failure(Kind::Internal, "there is no memory for the answer".to_owned()))
            }
            Err(ureq::Error::Io(error)) => {
                Err(failure(Kind::Io, format!("the connection to {server} broke: {error}")))
            }
            Err(error) => {
                Err(failure(Kind::Response, format!("the answer of {server} is not HTTP: {error}")))
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // After a panic the exchange can hold a connection, which holds the exchange.
        self.exchange.end();
    }
}

fn headers(settings: &Settings) -> String {
    let Settings { base, user_agent, .. } = settings;
    format!(
        "Host: {}\r\n\
         Accept: application/json\r\n\
         Content-Type: application/json;charset=utf-8\r\n\
         User-Agent: {user_agent}\r\n",
        base.host_header
    )
}

/// Reads a body to its end, which is what lets the connection be kept. The inner error says why
/// a body that did come is none to use.
fn read(body: ureq::Body, limit: usize) -> Result<Result<Block, &'static str>, ureq::Error> {
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
    let mut bytes = Block::with_capacity(expected).ok_or_else(no_memory)?;
    let mut reader = body.into_reader();
    loop {
        let count = reader.read(bytes.room().ok_or_else(no_memory)?)?;
        if count == 0 {
            return Ok(Ok(bytes));
        }
        bytes.fill(count);
        if bytes.len() > limit {
            return Ok(Err(TOO_LARGE));
        }
    }
}

fn no_memory() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}
