//! One call, from its first attempt to its end: a state machine that never waits for time to pass.
//!
//! Each step says what the call waits for next; `run` drives it on the caller's thread, `queue`
//! without one. Each attempt is signed afresh, from one reading of the clock. This is the only
//! place that writes log lines about calls.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use time::OffsetDateTime;

use crate::answer::{Answer, StatusCode};
use crate::backoff;
use crate::client::Shared;
use crate::error::{Error, Kind};
use crate::log::{Level, Logger};
use crate::request::Request;
use crate::status;
use crate::sys::Block;
use crate::transport::{
    Attempt, Deadline, Failure, Headers, Kept, Received, Reply, Sent, Stop, Transport,
};

/// A clock that differs by more than this is worth a word when the platform refuses a timestamp.
const NOTABLE_SKEW: time::Duration = time::Duration::minutes(5);

pub(crate) struct Call<'a> {
    shared: Arc<Shared>,
    request: Request<'a>,
    deadline: Deadline,
    started: Instant,
    retries: u32,
    max_retries: u32,
    /// Whether it was sent again because its kept connection had been closed.
    resent: bool,
    tally: Tally,
    /// What the last attempt failed with, during the pause before the next.
    failed: Option<Error>,
    /// Where its log lines are kept until they can be told; `None`: they are told at once.
    lines: Option<Vec<Line>>,
    /// The number by which its queue knows it.
    ticket: Option<u64>,
    /// Whether it is counted among those on their way.
    on_its_way: bool,
}

/// A log line that is told later.
pub(crate) type Line = (Level, String);

/// A longer body is not sent without a thread that can wait for room.
const SHORT: usize = 8 * 1024;

/// What a call waits for.
pub(crate) enum Step {
    /// To be sent.
    Send,
    /// For its answer.
    Receive(Sent),
    /// For the moment to try again.
    Pause(Instant),
    /// For a descriptor, which other calls may set free. Only a queued call ends so.
    Starve(Failure),
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
            max_retries: shared.max_retries,
            resent: false,
            tally: Tally::default(),
            failed: None,
            lines: None,
            ticket: None,
            on_its_way: false,
        }
    }

    /// One that is carried out step by step, by a queue: its log lines are kept.
    pub(crate) fn queued(mut self, ticket: u64) -> Self {
        self.lines = Some(Vec::new());
        self.ticket = Some(ticket);
        self
    }

    /// One that is not tried again by itself, whatever max_retries says.
    pub(crate) fn tried_once(mut self) -> Self {
        self.max_retries = 0;
        self
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
                Step::Starve(failure) => self.starved(failure),
                Step::Done(result) => return result,
            };
        }
    }

    pub(crate) fn begin(&mut self) -> Step {
        if self.deadline.is_cancelled() { self.done(Err(cancelled())) } else { Step::Send }
    }

    pub(crate) fn send(&mut self) -> Step {
        let transport = &self.shared.transport;
        // A connection that was found closed is not followed by another kept one.
        let kept = if self.resent { None } else { transport.kept() };
        self.attempt(|transport, attempt| transport.send(attempt, kept))
    }

    /// Sends where nothing has to be waited for; `None` where that cannot be.
    pub(crate) fn send_at_once(&mut self) -> Option<Step> {
        if self.resent || self.request.body.len() > SHORT {
            return None;
        }
        let kept: Kept = self.shared.transport.kept()?;
        Some(self.attempt(|transport, attempt| transport.send_at_once(attempt, kept)))
    }

    fn attempt(&mut self, send: impl FnOnce(&Transport, Attempt) -> Result<Sent, Failure>) -> Step {
        self.tally.attempts += 1;
        let figures = &self.shared.figures;
        figures.attempts.fetch_add(1, Relaxed);
        figures.in_flight().fetch_add(1, Relaxed);
        self.on_its_way = true;
        let Shared { account, transport, .. } = &*self.shared;
        let signature = account.sign(SystemTime::now());
        let prefix = &transport.settings().base.prefix;
        let attempt = Attempt {
            target: &self.request.target(prefix, account.sid(), &signature.sign),
            authorization: &signature.authorization,
            body: &self.request.body,
            deadline: self.deadline.clone(),
        };
        match send(transport, attempt) {
            Ok(sent) => Step::Receive(sent),
            Err(failure) if failure.starved && self.lines.is_some() => {
                self.is_back();
                Step::Starve(failure)
            }
            Err(failure) => self.broke(failure),
        }
    }

    pub(crate) fn receive(&mut self, sent: Sent) -> Step {
        match self.shared.transport.receive(sent) {
            Ok(reply) => self.answered(reply),
            Err(failure) => self.broke(failure),
        }
    }

    /// Goes on with what has come of the answer.
    pub(crate) fn receive_at_once(&mut self, sent: Sent) -> Step {
        match self.shared.transport.receive_at_once(sent) {
            Received::Over(Ok(reply)) => self.answered(reply),
            Received::Over(Err(failure)) => self.broke(failure),
            Received::Unfinished(sent) => Step::Receive(sent),
        }
    }

    /// The answer is waited for no longer.
    pub(crate) fn stop(&mut self, sent: Sent, stop: Stop) -> Step {
        let failure = self.shared.transport.stop(sent, stop);
        self.broke(failure)
    }

    /// There is no descriptor for it, and no other call that could set one free.
    pub(crate) fn starved(&mut self, failure: Failure) -> Step {
        self.broke(failure)
    }

    /// There may be a descriptor for it now; the attempt that found none does not count.
    pub(crate) fn try_again(&mut self) -> Step {
        self.tally.attempts -= 1;
        self.shared.figures.attempts.fetch_sub(1, Relaxed);
        self.begin()
    }

    /// Its time is over before the next attempt could begin.
    pub(crate) fn out_of_time(&mut self, why: &str, remedy: &str) -> Step {
        let millis = self.deadline.allowed.as_millis();
        let message = format!("{why} within {millis} ms{remedy}");
        self.done(Err(Error::new(Kind::Timeout, message)))
    }

    /// There is no descriptor for what would carry it out.
    pub(crate) fn without_descriptor(&mut self, why: &str) -> Result<Answer, Error> {
        let error =
            Error::new(Kind::Connect, format!("no descriptor is left for the queue: {why}"));
        self.over(Err(error))
    }

    /// A number for the client that all handles on it share.
    pub(crate) fn client(&self) -> usize {
        Arc::as_ptr(&self.shared) as usize
    }

    pub(crate) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Connections used or tried so far.
    pub(crate) fn attempts(&self) -> u32 {
        self.tally.attempts
    }

    /// How long the server has asked to be left alone, if it has and the call has failed.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.tally.retry_after
    }

    /// The log lines that were kept, and who is to hear them.
    pub(crate) fn take_lines(&mut self) -> (Logger, Vec<Line>) {
        (self.shared.logger.clone(), self.lines.take().unwrap_or_default())
    }

    fn answered(&mut self, reply: Reply) -> Step {
        self.is_back();
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
        self.is_back();
        self.tally.sent |= failure.sent;
        if failure.stale && !self.resent && (self.request.repeatable || !failure.sent) {
            return self.send_again();
        }
        let error = self.refused_by_proxy(&failure).unwrap_or_else(|| failure.into());
        self.failed(error)
    }

    fn send_again(&mut self) -> Step {
        self.resent = true;
        self.shared.figures.resends.fetch_add(1, Relaxed);
        self.log(Level::Info, || "the kept connection was closed; sent again");
        self.begin()
    }

    /// An attempt has failed: there is another one, or the call has.
    fn failed(&mut self, error: Error) -> Step {
        let may_retry = self.request.repeatable && self.retries < self.max_retries;
        if !may_retry || !is_worth_a_retry(&error) {
            return self.done(Err(error));
        }
        let asked_for = self.tally.retry_after.take().unwrap_or_default();
        let pause = backoff::pause(self.retries).max(asked_for);
        if pause >= self.deadline.left() {
            return self.done(Err(error));
        }
        self.retries += 1;
        self.shared.figures.retries.fetch_add(1, Relaxed);
        let retries = self.retries;
        self.log(Level::Warn, || {
            let name = status_name(error.status());
            format!("{name}; retry {retries} in {} ms", pause.as_millis())
        });
        self.failed = Some(error);
        Step::Pause(Instant::now() + pause)
    }

    /// The pause is over, or was cut short.
    pub(crate) fn resume(&mut self, pause: Result<(), Stop>) -> Step {
        match (self.failed.take(), pause) {
            (Some(error), Err(_)) if self.deadline.is_cancelled() => {
                self.done(Err(Error { http_status: error.http_status, ..cancelled() }))
            }
            (Some(error), Err(_)) => self.done(Err(error)),
            _ => self.begin(),
        }
    }

    fn done(&mut self, result: Result<Answer, Error>) -> Step {
        Step::Done(self.over(result))
    }

    fn over(&mut self, result: Result<Answer, Error>) -> Result<Answer, Error> {
        let Tally { sent, attempts, .. } = self.tally;
        let result = result.map_err(|error| Error { sent, attempts, ..error });
        self.report(&result);
        let status = result.as_ref().map_or_else(Error::status, |_| status::YTX_OK);
        self.shared.figures.ended(status, self.started.elapsed());
        result
    }

    /// An attempt is over.
    fn is_back(&mut self) {
        if std::mem::take(&mut self.on_its_way) {
            self.shared.figures.in_flight().fetch_sub(1, Relaxed);
        }
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
    fn report(&mut self, result: &Result<Answer, Error>) {
        let started = self.started;
        let millis = || started.elapsed().as_millis();
        let Tally { attempts, reused, .. } = self.tally;
        match result {
            Ok(_) => self.log(Level::Debug, || {
                let connection = if reused { "kept" } else { "new" };
                format!("accepted in {} ms, attempt {attempts}, {connection} connection", millis())
            }),
            Err(error) => {
                let skew = match error.kind {
                    Kind::Refused(code) => self.tally.skew_if(code).unwrap_or_default(),
                    _ => String::new(),
                };
                self.log(Level::Warn, || {
                    let name = status_name(error.status());
                    let (words, code) = match error.kind {
                        Kind::Refused(code) => ("refused by the platform", format!(" {code}")),
                        _ => (error.message(), String::new()),
                    };
                    format!("{name}{code} after {} ms, attempt {attempts}: {words}{skew}", millis())
                });
            }
        }
    }

    fn log<S: AsRef<str>>(&mut self, level: Level, words: impl FnOnce() -> S) {
        let line = || {
            let ticket = self.ticket.map_or_else(String::new, |ticket| format!(" #{ticket}"));
            format!("{}{ticket}: {}", self.request.label(), words().as_ref())
        };
        let logger = &self.shared.logger;
        match &mut self.lines {
            None => logger.line(level, line),
            Some(lines) if logger.hears(level) => lines.push((level, line())),
            Some(_) => {}
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.is_back();
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

pub(crate) fn cancelled() -> Error {
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
