//! A client of one account: puts together what a call needs, and decides when it is tried again.
//!
//! Each attempt is signed afresh, from one reading of the clock. This is the only place that
//! writes log lines about calls.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use time::OffsetDateTime;

use crate::answer::{Answer, StatusCode};
use crate::backoff;
use crate::error::{Error, Kind};
use crate::log::{Level, Logger};
use crate::meeting::{Lock, MeetingState};
use crate::options::{Options, Settings};
use crate::request::{self, Request};
use crate::sign::Account;
use crate::status;
use crate::sys::Block;
use crate::transport::{Attempt, Cancel, Deadline, Failure, Headers, Reply, Transport};

/// A clock that differs by more than this is worth a word when the platform refuses a timestamp.
const NOTABLE_SKEW: time::Duration = time::Duration::minutes(5);

/// A connection to the platform on behalf of one account.
///
/// It never changes once made and any number of threads may use it at once. A clone is the same
/// client; [`Client::with_timeout`] makes another one on the same account and connections.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    timeout: Duration,
    cancel: Arc<Cancel>,
}

struct Shared {
    account: Account,
    transport: Transport,
    logger: Logger,
    max_retries: u32,
}

impl Client {
    /// Makes a client. Nothing is sent and no thread is started.
    ///
    /// # Errors
    /// [`Kind::InvalidArgument`] when an argument or option is not allowed; the message names it.
    pub fn new(account_sid: &str, auth_token: &str, options: Options) -> Result<Client, Error> {
        let account = Account::new(account_sid, auth_token)?;
        let settings = Settings::new(&options)?;
        let transport = Transport::new(settings)?;
        let logger = options.logger;
        let base = &transport.settings().base;
        let server = &base.endpoint;
        logger.line(Level::Info, || format!("client for {server} made"));
        if base.is_exposed() {
            logger.line(Level::Warn, || {
                format!(
                    "{server} is called without TLS: a Sign read on the way can be used again \
                     while its timestamp is valid; use https:// where the server has it"
                )
            });
        }
        let max_retries = options.max_retries;
        Ok(Client {
            shared: Arc::new(Shared { account, transport, logger, max_retries }),
            timeout: options.timeout,
            cancel: Arc::default(),
        })
    }

    /// Another client on the same account and connections with a deadline of its own, uncancelled;
    /// zero keeps this one's deadline. It is cheap enough to make for a single call.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Client {
        Client {
            shared: Arc::clone(&self.shared),
            timeout: if timeout.is_zero() { self.timeout } else { timeout },
            cancel: Arc::default(),
        }
    }

    /// Ends this client's calls, those under way and those to come, with [`Kind::Cancelled`].
    /// Clients made with [`Client::with_timeout`], and the one this was made from, go on.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Locks or unlocks a room. `confid` is the room's number, the `meid` that creating it
    /// returned; `appid` is an application with the telephone-conference feature.
    ///
    /// The lock is an absolute value, so a call that broke off may be made again. A repeated lock
    /// can overtake another client's unlock.
    ///
    /// # Errors
    /// [`Kind::Refused`] when the platform refused; the others say what went wrong on the way.
    pub fn lock_meeting(&self, appid: &str, confid: &str, lock: Lock) -> Result<Answer, Error> {
        self.call(&Request::lock_meeting(appid, confid, lock)?)
    }

    /// Tells who is in a room. The arguments are those of [`Client::lock_meeting`].
    ///
    /// # Errors
    /// As for [`Client::lock_meeting`], and [`Kind::Response`] when the members cannot be read.
    pub fn meeting_state(&self, appid: &str, confid: &str) -> Result<MeetingState, Error> {
        MeetingState::from_answer(self.call(&Request::meeting_state(appid, confid)?)?)
    }

    /// Signs and sends any other request of the platform. `body` is one JSON object, sent byte
    /// for byte; an answer without a `statusCode` counts as success. It is never sent twice.
    ///
    /// `version` is the interface's, `None` for 201612; `func` is `call`, `sms`, `traffic` or
    /// `account`; `func_url` is the function's name, such as `NoticeCall.wx`.
    ///
    /// # Errors
    /// As for [`Client::lock_meeting`].
    pub fn request(
        &self,
        version: Option<&str>,
        func: &str,
        func_url: &str,
        body: &str,
    ) -> Result<Answer, Error> {
        let version = version.unwrap_or(request::VERSION);
        self.call(&Request::generic(version, func, func_url, body)?)
    }

    /// Carries a request out, within the deadline, as often as it may be and needs to be sent.
    pub(crate) fn call(&self, request: &Request) -> Result<Answer, Error> {
        let started = Instant::now();
        let deadline = Deadline::new(started, self.timeout, &self.cancel);
        let mut tally = Tally::default();
        let result =
            self.attempt_until_done(request, &deadline, &mut tally).map_err(|mut error| {
                error.sent = tally.sent;
                error.attempts = tally.attempts;
                error
            });
        self.report(request, &result, &tally, started);
        result
    }

    fn attempt_until_done(
        &self,
        request: &Request,
        deadline: &Deadline,
        tally: &mut Tally,
    ) -> Result<Answer, Error> {
        let mut retries = 0;
        let mut resent = false;
        loop {
            if deadline.is_cancelled() {
                return Err(cancelled());
            }
            tally.attempts += 1;
            let error = match self.attempt(request, deadline, resent) {
                Ok(reply) => {
                    tally.sent = true;
                    tally.reused = reply.reused;
                    // The server gave the connection up just when the request came.
                    if reply.status == 408 && reply.reused && !resent && request.repeatable {
                        resent = true;
                        self.log_resend(request);
                        continue;
                    }
                    match self.judge(reply.status, reply.body, request) {
                        Ok(answer) => return Ok(answer),
                        Err(mut error) => {
                            tally.note_headers(&reply.headers);
                            if let Kind::Refused(code) = error.kind {
                                error.message += &tally.skew_if(code).unwrap_or_default();
                            }
                            error
                        }
                    }
                }
                Err(failure) => {
                    tally.sent |= failure.sent;
                    if failure.stale && !resent && (request.repeatable || !failure.sent) {
                        resent = true;
                        self.log_resend(request);
                        continue;
                    }
                    self.refused_by_proxy(&failure).unwrap_or_else(|| failure.into())
                }
            };
            let may_retry = request.repeatable && retries < self.shared.max_retries;
            if !may_retry || !is_worth_a_retry(&error) {
                return Err(error);
            }
            let pause = backoff::pause(retries).max(tally.retry_after.take().unwrap_or_default());
            if pause >= deadline.left() {
                return Err(error);
            }
            retries += 1;
            self.log(Level::Warn, request, || {
                let name = status_name(error.status());
                format!("{name}; retry {retries} in {} ms", pause.as_millis())
            });
            if deadline.pause(pause).is_err() {
                let cut_short = Error { http_status: error.http_status, ..cancelled() };
                return Err(if deadline.is_cancelled() { cut_short } else { error });
            }
        }
    }

    fn attempt(
        &self,
        request: &Request,
        deadline: &Deadline,
        anew: bool,
    ) -> Result<Reply, Failure> {
        let Shared { account, transport, .. } = &*self.shared;
        let signature = account.sign(SystemTime::now());
        let prefix = &transport.settings().base.prefix;
        let sent = transport.send(Attempt {
            target: &request.target(prefix, account.sid(), &signature.sign),
            authorization: &signature.authorization,
            body: &request.body,
            deadline: deadline.clone(),
            anew,
        })?;
        sent.receive()
    }

    /// Whether a reply is the success that the request asked for.
    fn judge(
        &self,
        status: u16,
        body: Result<Block, &'static str>,
        request: &Request,
    ) -> Result<Answer, Error> {
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
            Ok((answer, StatusCode::Missing)) if !request.needs_status => Ok(answer),
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

    /// Tells the log of something that is not a call.
    pub(crate) fn log_error(&self, line: &str) {
        self.shared.logger.line(Level::Error, || line.to_owned());
    }

    /// One line about a call that has ended. Refusals are named by their code only: the
    /// platform's words can hold a phone number.
    fn report(
        &self,
        request: &Request,
        result: &Result<Answer, Error>,
        tally: &Tally,
        started: Instant,
    ) {
        let millis = || started.elapsed().as_millis();
        let Tally { attempts, reused, .. } = tally;
        match result {
            Ok(_) => self.log(Level::Debug, request, || {
                let connection = if *reused { "kept" } else { "new" };
                format!("accepted in {} ms, attempt {attempts}, {connection} connection", millis())
            }),
            Err(error) => self.log(Level::Warn, request, || {
                let name = status_name(error.status());
                let (words, code, skew) = match error.kind {
                    Kind::Refused(code) => {
                        ("refused by the platform", format!(" {code}"), tally.skew_if(code))
                    }
                    _ => (error.message(), String::new(), None),
                };
                let skew = skew.unwrap_or_default();
                format!("{name}{code} after {} ms, attempt {attempts}: {words}{skew}", millis())
            }),
        }
    }

    fn log_resend(&self, request: &Request) {
        self.log(Level::Info, request, || "the kept connection was closed; sent again");
    }

    fn log<S: AsRef<str>>(&self, level: Level, request: &Request, words: impl FnOnce() -> S) {
        self.shared.logger.line(level, || format!("{}: {}", request.label, words().as_ref()));
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.shared.account)
            .field("settings", self.shared.transport.settings())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
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
