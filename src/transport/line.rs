//! A line to the platform: one ureq agent that keeps at most one connection, used by one thread
//! at a time. Threads therefore never meet in a lock of ureq's, and a fork finds none taken.

#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Instant;

use ureq::config::Config;
use ureq::http;

use crate::error::Kind;
use crate::options::Settings;

use super::connector::{Dialer, NoResolver};
use super::exchange::{Exchange, State};
use super::tls::Tls;
use super::{Attempt, Failure, Reply};

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
type Outcome = Result<(http::response::Parts, Result<Vec<u8>, &'static str>), ureq::Error>;

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
        let mut head = String::with_capacity(512 + attempt.target.len() + user_agent.len());
        // A proxy for plain HTTP is asked for the whole URL; everyone else for the path.
        let proxy = proxy.as_ref().filter(|_| !base.https);
        let origin = if proxy.is_some() { &*base.origin } else { "" };
        let _ = write!(
            head,
            "POST {origin}{} HTTP/1.1\r\n\
             Authorization: {}\r\n\
             Accept: application/json\r\n\
             Content-Type: application/json;charset=utf-8\r\n\
             User-Agent: {user_agent}\r\n",
            attempt.target, attempt.authorization,
        );
        if let Some(authorization) = proxy.and_then(|proxy| proxy.authorization.as_ref()) {
            let _ = write!(head, "Proxy-Authorization: {}\r\n", **authorization);
        }
        head
    }

    fn talk(&self, body: &[u8]) -> Outcome {
        let origin = match &self.origin {
            Ok(origin) => origin.clone(),
            Err(_) => return Err(ureq::Error::HostNotFound),
        };
        let request = http::Request::post(origin).body(body)?;
        let (parts, body) = self.agent.run(request)?.into_parts();
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
                retry_after: header(&parts, http::header::RETRY_AFTER),
                date: header(&parts, http::header::DATE),
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
            Err(ureq::Error::Io(error)) => {
                Err(failure(Kind::Io, format!("the connection to {server} broke: {error}")))
            }
            Err(error) => {
                Err(failure(Kind::Response, format!("the answer of {server} is not HTTP: {error}")))
            }
        }
    }
}

fn header(parts: &http::response::Parts, name: http::HeaderName) -> Option<String> {
    parts.headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Reads a body to its end, which is what lets the connection be kept. The inner error says why
/// a body that did come is none to use.
fn read(body: ureq::Body, limit: usize) -> Result<Result<Vec<u8>, &'static str>, ureq::Error> {
    const TOO_LARGE: &str = "is larger than max_response_bytes";
    /// A server can claim any length; only this much is believed before it comes.
    const BELIEVED: u64 = 64 * 1024;
    let claimed = body.content_length().unwrap_or(0);
    if claimed > limit as u64 {
        return Ok(Err(TOO_LARGE));
    }
    let mut bytes = Vec::with_capacity(claimed.min(BELIEVED) as usize);
    body.into_reader().take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() > limit { Err(TOO_LARGE) } else { Ok(bytes) })
}
