//! One call, from its first attempt to its end: a state machine that never waits for time to pass.
//!
//! Each step says what the call waits for next; `run` drives it on the caller's thread. Each
//! attempt is signed afresh, from one reading of the clock. This is the only place that writes log
//! lines about calls.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use time::OffsetDateTime;

use crate::answer::{Answer, StatusCode};
use crate::backoff;
use crate::client::Shared;
use crate::error::{Error, Kind};
use crate::log::Level;
use crate::request::Request;
use crate::status;
use crate::sys::Block;
use crate::transport::{Attempt, Deadline, Failure, Headers, Reply, Sent, Stop};

/// A clock that differs by more than this is worth a word when the platform refuses a timestamp.
const NOTABLE_SKEW: time::Duration = time::Duration::minutes(5);

pub(crate) struct Call<'a> {
    shared: Arc<Shared>,
    request: Request<'a>,
    deadline: Deadline,
    started: Instant,
    retries: u32,
    /// Whether it was sent again because its kept connection had been closed.
    resent: bool,
    tally: Tally,
    /// What the last attempt failed with, during the pause before the next.
    failed: Option<Error>,
}

/// What a call waits for.
pub(crate) enum Step {
    /// To be sent.
    Send,
    /// For its answer.
    Receive(Sent),
    /// For the moment to try again.
    Pause(Instant),
    /// For nothing: it is over.
    Done(Result<Answer, Error>),
}

impl<'a> Call<'a> {
    /// A call that began at `started`.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        request: Request<'a>,
        deadline: Deadline,
        started: Instant,
    ) -> Call<'a> {
        Call {
            shared: Arc::clone(shared),
            request,
            deadline,
            started,
            retries: 0,
            resent: false,
            tally: Tally::default(),
            failed: None,
        }
    }

    /// Carries the call out on this thread.
    pub(crate) fn run(mut self) -> Result<Answer, Error> {
        let mut step = self.begin();
        loop {
            step = match step {
                Step::Send => self.send(),
                Step::Receive(sent) => self.receive(sent),
                Step::Pause(until) => {
                    let pause = self.deadline.pause(until);
                    self.resume(pause)
                }
                Step::Done(result) => return result,
            };
        }
    }

    fn begin(&mut self) -> Step {
        if self.deadline.is_cancelled() { self.done(Err(cancelled())) } else { Step::Send }
    }

    fn send(&mut self) -> Step {
        self.tally.attempts += 1;
        let Shared { account, transport, .. } = &*self.shared;
        let signature = account.sign(SystemTime::now());
        let prefix = &transport.settings().base.prefix;
        let sent = transport.send(Attempt {
            target: &self.request.target(prefix, account.sid(), &signature.sign),
            authorization: &signature.authorization,
            body: &self.request.body,
            deadline: self.deadline.clone(),
            anew: self.resent,
        });
        match sent {
            Ok(sent) => Step::Receive(sent),
            Err(failure) => self.broke(failure),
        }
    }

    fn receive(&mut self, sent: Sent) -> Step {
        match self.shared.transport.receive(sent) {
            Ok(reply) => self.answered(reply),
            Err(failure) => self.broke(failure),
        }
    }

    fn answered(&mut self, reply: Reply) -> Step {
        self.tally.sent = true;
        self.tally.reused = reply.reused;
        // The server gave the connection up just when the request came.
        if reply.status == 408 && reply.reused && !self.resent && self.request.repeatable {
            return self.send_again();
        }
        match self.judge(reply.status, reply.body) {
            Ok(answer) => self.done(Ok(answer)),
            Err(mut error) => {
                self.tally.note_headers(&reply.headers);
                if let Kind::Refused(code) = error.kind {
                    error.message += &self.tally.skew_if(code).unwrap_or_default();
                }
                self.failed(error)
            }
        }
    }

    fn broke(&mut self, failure: Failure) -> Step {
        self.tally.sent |= failure.sent;
        if failure.stale && !self.resent && (self.request.repeatable || !failure.sent) {
            return self.send_again();
        }
        let error = self.refused_by_proxy(&failure).unwrap_or_else(|| failure.into());
        self.failed(error)
    }

    fn send_again(&mut self) -> Step {
        self.resent = true;
        self.log(Level::Info, || "the kept connection was closed; sent again");
        self.begin()
    }

    /// An attempt has failed: there is another one, or the call has.
    fn failed(&mut self, error: Error) -> Step {
        let may_retry = self.request.repeatable && self.retries < self.shared.max_retries;
        if !may_retry || !is_worth_a_retry(&error) {
            return self.done(Err(error));
        }
        let asked_for = self.tally.retry_after.take().unwrap_or_default();
        let pause = backoff::pause(self.retries).max(asked_for);
        if pause >= self.deadline.left() {
            return self.done(Err(error));
        }
        self.retries += 1;
        self.log(Level::Warn, || {
            let name = status_name(error.status());
            format!("{name}; retry {} in {} ms", self.retries, pause.as_millis())
        });
        self.failed = Some(error);
        Step::Pause(Instant::now() + pause)
    }

    /// The pause is over, or was cut short.
    fn resume(&mut self, pause: Result<(), Stop>) -> Step {
        match (self.failed.take(), pause) {
            (Some(error), Err(_)) if self.deadline.is_cancelled() => {
                self.done(Err(Error { http_status: error.http_status, ..cancelled() }))
            }
            (Some(error), Err(_)) => self.done(Err(error)),
            _ => self.begin(),
        }
    }

    fn done(&self, result: Result<Answer, Error>) -> Step {
        let Tally { sent, attempts, .. } = self.tally;
        let result = result.map_err(|error| Error { sent, attempts, ..error });
        self.report(&result);
        Step::Done(result)
    }

    /// Whether a reply is the success that the request asked for.
    fn judge(&self, status: u16, body: Result<Block, &'static str>) -> Result<Answer, Error> {
        let settings = self.shared.transport.settings();
        let server = &settings.base.endpoint;
        let error = |kind, message: String| Error {
            http_status: Some(status),
            ..Error::new(kind, message)
        };
        if let Some(refusal) = self.proxys_refusal(status) {
            return Err(refusal);
        }
        match body.and_then(Answer::read) {
            Ok((answer, StatusCode::Platform(code))) if code < 0 => {
                let message = status_message(&answer);
                Err(Error { answer: Some(answer), ..error(Kind::Refused(code), message) })
            }
            _ if status != 200 => {
                let hint = match status {
                    300..=399 => "; redirects are not followed: check base_url",
                    _ => "",
                };
                Err(error(Kind::Http, format!("{server} answered HTTP {status}{hint}")))
            }
            Ok((answer, StatusCode::Platform(_))) => Ok(answer),
            Ok((answer, StatusCode::Missing)) if !self.request.needs_status => Ok(answer),
            Ok((_, StatusCode::Missing)) => {
                Err(error(Kind::Response, format!("the answer of {server} has no statusCode")))
            }
            Ok((answer, StatusCode::Foreign)) => Err(Error {
                answer: Some(answer),
                ..error(Kind::Platform, "the platform's statusCode is none of its codes".to_owned())
            }),
            Err(why) => Err(error(Kind::Response, format!("the answer of {server} {why}"))),
        }
    }

    /// The proxy's refusal of a plain request, if this HTTP status is one. (A tunnel's is told by
    /// `transport`.)
    fn proxys_refusal(&self, status: u16) -> Option<Error> {
        let settings = self.shared.transport.settings();
        let proxy = settings.proxy.as_ref().filter(|_| status == 407 && !settings.base.https)?;
        let refusal = Error::new(Kind::Connect, proxy.wants_password());
        Some(Error { http_status: Some(status), ..refusal })
    }

    /// The same where the proxy closed before its page was read: it may, since it does not read on.
    fn refused_by_proxy(&self, failure: &Failure) -> Option<Error> {
        let status = failure.status.filter(|_| failure.kind == Kind::Io)?;
        self.proxys_refusal(status)
    }

    /// One line about a call that has ended. Refusals are named by their code only: the
    /// platform's words can hold a phone number.
    fn report(&self, result: &Result<Answer, Error>) {
        let millis = || self.started.elapsed().as_millis();
        let Tally { attempts, reused, .. } = &self.tally;
        match result {
            Ok(_) => self.log(Level::Debug, || {
                let connection = if *reused { "kept" } else { "new" };
                format!("accepted in {} ms, attempt {attempts}, {connection} connection", millis())
            }),
            Err(error) => self.log(Level::Warn, || {
                let name = status_name(error.status());
                let (words, code, skew) = match error.kind {
                    Kind::Refused(code) => {
                        ("refused by the platform", format!(" {code}"), self.tally.skew_if(code))
                    }
                    _ => (error.message(), String::new(), None),
                };
                let skew = skew.unwrap_or_default();
                format!("{name}{code} after {} ms, attempt {attempts}: {words}{skew}", millis())
            }),
        }
    }

    fn log<S: AsRef<str>>(&self, level: Level, words: impl FnOnce() -> S) {
        let line = || format!("{}: {}", self.request.label, words().as_ref());
        self.shared.logger.line(level, line);
    }
}

/// What has happened in a call so far.
#[derive(Default)]
struct Tally {
    attempts: u32,
    sent: bool,
    reused: bool,
    retry_after: Option<Duration>,
    server_clock_ahead: Option<time::Duration>,
}

impl Tally {
    /// Reads what only matters once a call has failed.
    fn note_headers(&mut self, headers: &Headers) {
        let now = OffsetDateTime::now_utc();
        let servers = headers.date().and_then(backoff::http_date);
        // A moment that the server names is one of its own clock.
        self.retry_after = headers
            .retry_after()
            .and_then(|value| backoff::retry_after(value, servers.unwrap_or(now)));
        self.server_clock_ahead = servers.map(|date| date - now);
    }

    /// A remark on a refused timestamp, when the two clocks differ enough to be the reason.
    fn skew_if(&self, refusal: i32) -> Option<String> {
        let ahead = self.server_clock_ahead.filter(|_| refusal == status::YTX_BAD_AUTHORIZATION)?;
        let minutes = ahead.whole_minutes().unsigned_abs();
        let side = if ahead.is_positive() { "behind" } else { "ahead of" };
        (ahead.abs() > NOTABLE_SKEW)
            .then(|| format!("; this machine's clock is {minutes} min {side} the server's"))
    }
}

/// Failures that pass, and that say nothing of a meeting request having been wrong.
fn is_worth_a_retry(error: &Error) -> bool {
    matches!(error.kind, Kind::Connect | Kind::Io)
        || error.kind == Kind::Refused(status::YTX_TOO_MANY_REQUESTS)
        // Whatever the body says: with these a gateway asks for patience.
        || matches!((error.kind, error.http_status), (Kind::Http | Kind::Refused(_), Some(502..=504)))
}

fn cancelled() -> Error {
    Error::new(Kind::Cancelled, "the call was cancelled")
}

fn status_name(status: i32) -> &'static str {
    status::describe(status).and_then(|status| status.name.to_str().ok()).unwrap_or("YTX_UNKNOWN")
}

/// The platform's own words for a refusal.
fn status_message(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "statusMsg")]
        message: String,
    }
    serde_json::from_str(answer.json()).map(|Refusal { message }| message).unwrap_or_default()
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        Error { http_status: failure.status, ..Error::new(failure.kind, failure.message) }
    }
}
