//! A line to the platform: one ureq agent that keeps at most one connection, used by one thread
//! at a time. Threads therefore never meet in a lock of ureq's, and a fork finds none taken.

#![forbid(unsafe_code)]

use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Instant;

use ureq::config::Config;
use ureq::http;

use crate::error::Kind;
use crate::options::Settings;
use crate::sys::Block;

use super::connector::{Dialer, NoResolver};
use super::exchange::{Exchange, State};
use super::tls::Tls;
use super::{Attempt, Failure, Headers, Reply};

pub(super) struct Line {
    agent: ureq::Agent,
    exchange: Arc<Exchange>,
    settings: Arc<Settings>,
    /// What ureq is told to post to: scheme, host and port, and no path.
    origin: Result<http::Uri, http::Error>,
    kept: bool,
    /// When the pool got it back.
    pub(super) idle_since: Instant,
}

/// What ureq made of an attempt.
type Outcome = Result<(http::response::Parts, Result<Block, &'static str>), ureq::Error>;

impl Line {
    pub(super) fn new(settings: &Arc<Settings>, config: &Config, tls: &Tls) -> Line {
        let exchange = Arc::new(Exchange::default());
        let dialer = Dialer::new(settings, &exchange, tls);
        Line {
            agent: ureq::Agent::with_parts(config.clone(), dialer, NoResolver),
            exchange,
            settings: Arc::clone(settings),
            origin: http::Uri::try_from(format!("{}/", settings.base.origin))
                .map_err(http::Error::from),
            kept: false,
            idle_since: Instant::now(),
        }
    }

    pub(super) fn run(&mut self, attempt: Attempt) -> Result<Reply, Failure> {
        let head = self.head(&attempt);
        self.exchange.begin(attempt.deadline, head, attempt.anew);
        let outcome = self.talk(attempt.body);
        let state = self.exchange.end();
        self.kept = state.as_ref().is_some_and(|state| state.kept);
        self.judge(outcome, state)
    }

    /// Whether its connection is worth keeping.
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    /// The lines that ureq must not see, and those whose length a caller chooses.
    fn head(&self, attempt: &Attempt) -> String {
        let Settings { base, proxy, user_agent, .. } = &*self.settings;
        // Room for most requests with their bodies, in a size that malloc keeps at hand.
        let mut head = String::with_capacity(768);
        head.push_str("POST ");
        // A proxy for plain HTTP is asked for the whole URL; everyone else for the path.
        let proxy = proxy.as_ref().filter(|_| !base.https);
        if proxy.is_some() {
            head.push_str(&base.origin);
        }
        head.extend(attempt.target.iter().copied());
        head.extend([
            " HTTP/1.1\r\nAuthorization: ",
            attempt.authorization,
            "\r\nAccept: application/json\r\n\
             Content-Type: application/json;charset=utf-8\r\n\
             User-Agent: ",
            user_agent,
            "\r\n",
        ]);
        if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.as_ref()) {
            head.extend(["Proxy-Authorization: ", authorization, "\r\n"]);
        }
        head
    }

    fn talk(&self, body: &[u8]) -> Outcome {
        let origin = match &self.origin {
            Ok(origin) => origin.clone(),
            Err(_) => return Err(ureq::Error::HostNotFound),
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = origin;
        let (parts, body) = self.agent.run(request)?.into_parts();
        // `wire` has not seen it when it came together with an interim answer.
        self.exchange.with(|state| state.status = Some(parts.status.as_u16()));
        let body = read(body, self.settings.max_response_bytes)?;
        Ok((parts, body))
    }

    /// Puts together what ureq says and what was noted below it; what was noted is nearer to the
    /// cause.
    fn judge(&self, outcome: Outcome, state: Option<State>) -> Result<Reply, Failure> {
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
                && state.as_ref().is_some_and(|state| state.reused && !state.answered),
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
                reused: state.is_some_and(|state| state.reused),
            }),
            Err(ureq::Error::HostNotFound) => {
                Err(failure(Kind::Connect, format!("cannot connect to {server}: no such name")))
            }
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
