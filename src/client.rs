//! A client of one account: what it was made with, and the calls that can be made on it.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Error;
#[cfg(doc)]
use crate::error::Kind;
use crate::figures::{ClientStats, Figures};
use crate::log::{Level, Logger};
use crate::meeting::{Lock, MeetingState};
use crate::options::{Options, Settings};
use crate::queue::{self, Queue, Watch};
use crate::request::{self, Request};
use crate::sign::Account;
use crate::transport::{Cancel, Deadline, Transport};

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

/// What all handles on an account have in common.
pub(crate) struct Shared {
    pub(crate) account: Account,
    pub(crate) transport: Transport,
    pub(crate) logger: Logger,
    pub(crate) max_retries: u32,
    pub(crate) figures: Figures,
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
            shared: Arc::new(Shared {
                account,
                transport,
                logger,
                max_retries,
                figures: Figures::default(),
            }),
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
        queue::handle_cancelled();
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
        self.call(|| Request::lock_meeting(appid, confid, lock))
    }

    /// Tells who is in a room. The arguments are those of [`Client::lock_meeting`].
    ///
    /// # Errors
    /// As for [`Client::lock_meeting`], and [`Kind::Response`] when the members cannot be read.
    pub fn meeting_state(&self, appid: &str, confid: &str) -> Result<MeetingState, Error> {
        MeetingState::from_answer(self.call(|| Request::meeting_state(appid, confid))?)
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
        self.call(|| Request::generic(version, func, func_url, body))
    }

    /// [`Client::lock_meeting`] on a queue's threads, for any executor to await. It is under way
    /// once this has returned; dropping the future cancels it.
    pub fn lock_meeting_async(
        &self,
        queue: &Queue,
        appid: &str,
        confid: &str,
        lock: Lock,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + use<> {
        let request = Request::lock_meeting(appid, confid, lock);
        queue.submit_for_future(self, request)
    }

    /// [`Client::meeting_state`], as [`Client::lock_meeting_async`].
    pub fn meeting_state_async(
        &self,
        queue: &Queue,
        appid: &str,
        confid: &str,
    ) -> impl Future<Output = Result<MeetingState, Error>> + Send + use<> {
        let answer = queue.submit_for_future(self, Request::meeting_state(appid, confid));
        async move { MeetingState::from_answer(answer.await?) }
    }

    /// Watches a room: its state is asked for every `interval` (at least 200 ms) and the differences
    /// told, until [`Watch`] is dropped or fails for good.
    ///
    /// # Errors
    /// [`Kind::Cancelled`] when the client is cancelled, [`Kind::Internal`] when no thread can be
    /// started.
    pub fn watch_meeting(
        &self,
        appid: &str,
        confid: &str,
        interval: Duration,
    ) -> Result<Watch, Error> {
        Watch::new(self, appid, confid, interval)
    }

    /// [`Client::request`], as [`Client::lock_meeting_async`].
    pub fn request_async(
        &self,
        queue: &Queue,
        version: Option<&str>,
        func: &str,
        func_url: &str,
        body: &str,
    ) -> impl Future<Output = Result<Answer, Error>> + Send + use<> {
        let version = version.unwrap_or(request::VERSION);
        queue.submit_for_future(self, Request::generic(version, func, func_url, body))
    }

    /// Carries a request out, within the deadline, as often as it may be and needs to be sent.
    pub(crate) fn call<'a>(
        &self,
        request: impl FnOnce() -> Result<Request<'a>, Error>,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        let request = request().inspect_err(|error| self.count_refused(error, started))?;
        let deadline = Deadline::new(started, self.timeout, &self.cancel);
        Call::new(&self.shared, request, deadline, started).run()
    }

    /// What it has done since it was made, all handles on it together.
    #[must_use]
    pub fn stats(&self) -> ClientStats {
        let Shared { figures, transport, .. } = &*self.shared;
        figures.stats(transport.connections_opened(), transport.connections_idle())
    }

    /// Counts a call that came to nothing for its arguments.
    pub(crate) fn count_refused(&self, error: &Error, started: Instant) {
        self.shared.figures.ended(error.status(), started.elapsed());
    }

    /// What it shares with all handles on it, as long as there are any.
    pub(crate) fn shared(&self) -> Weak<Shared> {
        Arc::downgrade(&self.shared)
    }

    /// What ends one queued call alone.
    pub(crate) fn cancel_of_one_call(&self) -> Arc<Cancel> {
        Arc::new(Cancel::of_one_call(&self.cancel))
    }

    /// A call for a queue to carry out.
    pub(crate) fn queued(
        &self,
        request: Request<'static>,
        cancel: &Arc<Cancel>,
        ticket: u64,
        accepted: Instant,
    ) -> Call<'static> {
        let deadline = Deadline::new(accepted, self.timeout, cancel);
        Call::new(&self.shared, request, deadline, accepted).queued(ticket)
    }

    /// What calls have in common that lock or unlock the same room of the same account.
    pub(crate) fn locked_room(&self, request: &Request) -> Option<Vec<u8>> {
        let base = &self.shared.transport.settings().base;
        let account = [&base.origin, &base.prefix, self.shared.account.sid()];
        // No part may hold a NUL.
        Some([account.join("\0").as_bytes(), request.locked_room()?].join(&0))
    }

    /// Tells the log of something that is not a call.
    pub(crate) fn log_error(&self, line: &str) {
        self.shared.logger.line(Level::Error, || line.to_owned());
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
