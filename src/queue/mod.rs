//! Calls that block nobody: handed to a queue, carried out by few threads, and taken from it as
//! events when a descriptor says so.
//!
//! `board` is what host and library have in common, `hub` the way to the one thread (`driver`)
//! that owns all calls under way; `lane` knows their order, `workers` do what has to be waited for.
//! What a call does is decided in `call`, as for one that blocks.
//!
//! What the maps here hold by number is boxed: one map's code then does for all of them.

#![forbid(unsafe_code)]

mod board;
mod driver;
mod future;
mod hub;
mod lane;
mod log;
mod pauses;
#[cfg(test)]
mod simulation;
mod task;
mod tickets;
mod watch;
mod watcher;
mod workers;

use std::fmt;
use std::future::Future;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::call::cancelled;
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::meeting::Lock;
use crate::request::{self, Request};
use crate::sys::{self, Text};
use crate::watch::{Course, News, RoomEvent};

use board::{Board, Ended, Taken};
use future::{Pending, Promise};
use hub::{Hub, Message};
use log::Log;
use task::{Outlet, Submission};
pub use watch::Watch;
use watcher::Watcher;

/// A completion queue: calls are submitted to it, and it gives an event for each that has ended.
///
/// Any number of threads may submit, take, cancel and close at the same time; a clone is the same
/// queue. It belongs to the process that made it: in a forked child it counts as closed, and
/// submissions to it end with [`Kind::InvalidHandle`]. When the last clone is dropped, calls under
/// way are cancelled and what was not taken is lost.
#[derive(Clone)]
pub struct Queue(Arc<Open>);

/// What ends with the last clone.
struct Open {
    board: Arc<Board>,
}

/// How much a [`Queue`] takes on. Start from `QueueOptions::default()` and change fields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct QueueOptions {
    /// Calls accepted and not yet taken; more are refused with [`Kind::Busy`]. Default: 4 096.
    pub max_pending: u32,
    /// Requests on their way at once; the rest wait their turn. Default: 256.
    pub max_in_flight: u32,
    /// Watches; more are refused with [`Kind::Busy`]. Default: 1 024.
    pub max_watches: u32,
}

impl Default for QueueOptions {
    fn default() -> Self {
        QueueOptions { max_pending: 4096, max_in_flight: 256, max_watches: 1024 }
    }
}

/// A call that a queue accepted. No number is issued twice in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(NonZeroU64);

impl Ticket {
    /// The number, as log lines and the C library have it.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }

    fn new(number: u64) -> Ticket {
        Ticket(NonZeroU64::new(number).unwrap_or(NonZeroU64::MAX))
    }
}

/// What a queue has to tell.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A call has ended.
    Done {
        /// The call.
        ticket: Ticket,
        /// What was passed when it was submitted.
        tag: u64,
        /// What the blocking call would have returned. For the state of a meeting, see
        /// [`MeetingState::try_from`](crate::MeetingState#impl-TryFrom<Answer>-for-MeetingState).
        result: Result<Answer, Error>,
    },
    /// A watch has news of its room.
    Room {
        /// The watch.
        ticket: Ticket,
        /// What was passed when it was submitted.
        tag: u64,
        /// The news.
        event: RoomEvent,
    },
    /// A watch has ended.
    Ended {
        /// The watch.
        ticket: Ticket,
        /// What was passed when it was submitted.
        tag: u64,
        /// Why.
        error: Error,
    },
    /// The queue was closed and holds nothing more. Every later take says so as well.
    Closed,
}

/// What a queue has at the moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Requests on their way.
    pub in_flight: usize,
    /// Calls that wait: for their turn, behind another lock call of their room, or for a retry.
    pub waiting: usize,
    /// Ends of calls that nobody has taken yet.
    pub untaken: usize,
    /// Watches that have not ended, and whose end was not taken.
    pub watches: usize,
    /// Submissions refused with [`Kind::Busy`] so far.
    pub busy: u64,
    /// Threads that serve all queues of the process.
    pub threads: usize,
    /// How long ago the oldest call was submitted that has not ended.
    pub oldest: Duration,
}

/// A shorter interval is refused.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);

/// What C is told.
pub(crate) struct RawEvent {
    pub(crate) ticket: u64,
    pub(crate) tag: u64,
    pub(crate) what: What,
}

pub(crate) enum What {
    Done(Result<Answer, Error>),
    Room { status: i32, json: Option<Text> },
    Ended(Result<Answer, Error>),
    Closed,
}

impl Event {
    /// `None` where there is nothing.
    fn of(taken: Taken) -> Option<Event> {
        Some(match taken {
            Taken::Done(Ended { ticket, tag, result, .. }) => {
                Event::Done { ticket: Ticket::new(ticket), tag, result }
            }
            Taken::Room { ticket, tag, news, .. } => {
                Event::Room { ticket: Ticket::new(ticket), tag, event: RoomEvent::new(news) }
            }
            Taken::Over(Ended { ticket, tag, result, .. }) => {
                let error = result.err().unwrap_or_else(cancelled);
                Event::Ended { ticket: Ticket::new(ticket), tag, error }
            }
            Taken::Closed | Taken::Freed => Event::Closed,
            Taken::Nothing => return None,
        })
    }
}

/// The queue is no more. Only the C library can see one that is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Freed;

impl Queue {
    /// Makes a queue. No thread is started.
    ///
    /// # Errors
    /// [`Kind::Internal`] when no descriptor is to be had.
    pub fn new(options: QueueOptions) -> Result<Queue, Error> {
        Queue::make(options, true)
    }

    /// One that is only taken from and awaited.
    pub(crate) fn without_descriptor(options: QueueOptions) -> Result<Queue, Error> {
        Queue::make(options, false)
    }

    fn make(options: QueueOptions, has_descriptor: bool) -> Result<Queue, Error> {
        sys::stay_loaded();
        let board = Board::new(options, has_descriptor).map_err(|error| {
            let why = sys::reason(&error);
            Error::new(Kind::Internal, format!("no descriptor for the queue: {why}"))
        })?;
        Ok(Queue(Arc::new(Open { board: Arc::new(board) })))
    }

    /// Submits [`Client::lock_meeting`]. Those of one queue for the same room go out one after the
    /// other, in the order in which they were submitted.
    ///
    /// Arguments that are not allowed are reported by the event.
    ///
    /// # Errors
    /// [`Kind::Busy`], [`Kind::Cancelled`] when the queue is closed or the client cancelled,
    /// [`Kind::InvalidHandle`] in a forked child, [`Kind::Internal`] when no thread can be started.
    pub fn lock_meeting(
        &self,
        client: &Client,
        appid: &str,
        confid: &str,
        lock: Lock,
        tag: u64,
    ) -> Result<Ticket, Error> {
        let request = Request::lock_meeting(appid, confid, lock);
        self.submit(client, request, Outlet::Event { tag })
    }

    /// Submits [`Client::meeting_state`].
    ///
    /// # Errors
    /// As for [`Queue::lock_meeting`].
    pub fn meeting_state(
        &self,
        client: &Client,
        appid: &str,
        confid: &str,
        tag: u64,
    ) -> Result<Ticket, Error> {
        let request = Request::meeting_state(appid, confid);
        self.submit(client, request, Outlet::Event { tag })
    }

    /// Submits [`Client::request`].
    ///
    /// # Errors
    /// As for [`Queue::lock_meeting`].
    pub fn request(
        &self,
        client: &Client,
        version: Option<&str>,
        func: &str,
        func_url: &str,
        body: &str,
        tag: u64,
    ) -> Result<Ticket, Error> {
        let version = version.unwrap_or(request::VERSION);
        let request = Request::generic(version, func, func_url, body);
        self.submit(client, request, Outlet::Event { tag })
    }

    /// Submits a watch of a room: its state is asked for every `interval` (at least 200 ms), and
    /// what has changed is told by [`Event::Room`], until [`Event::Ended`].
    ///
    /// # Errors
    /// As for [`Queue::lock_meeting`]; [`Kind::Busy`] when there are `max_watches`.
    pub fn watch_meeting(
        &self,
        client: &Client,
        appid: &str,
        confid: &str,
        interval: Duration,
        tag: u64,
    ) -> Result<Ticket, Error> {
        self.submit_watch(client, Request::meeting_state(appid, confid), interval, tag)
    }

    /// The next event, waited for no longer than `timeout` (`None`: without end); `None` when there
    /// was none, or [`Queue::wake`] was called. Log lines of the call are told first, on this thread.
    #[must_use]
    pub fn take(&self, timeout: Option<Duration>) -> Option<Event> {
        let taken = self.board().map_or(Taken::Freed, |board| board.take(timeout));
        Event::of(self.tell_log(taken))
    }

    /// The next event, or `Pending`: then the waker is called when there is one.
    pub(crate) fn poll_take(&self, waker: &Waker) -> Poll<Event> {
        let taken = self.board().map_or(Taken::Freed, |board| board.take_or_register(waker));
        Event::of(self.tell_log(taken)).map_or(Poll::Pending, Poll::Ready)
    }

    /// The same for C, which has use for less.
    pub(crate) fn take_raw(&self, timeout: Option<Duration>) -> Result<Option<RawEvent>, Freed> {
        let raw = |ticket, tag, what| Ok(Some(RawEvent { ticket, tag, what }));
        match self.tell_log(self.board()?.take(timeout)) {
            Taken::Done(Ended { ticket, tag, result, .. }) => raw(ticket, tag, What::Done(result)),
            Taken::Over(Ended { ticket, tag, result, .. }) => raw(ticket, tag, What::Ended(result)),
            Taken::Room { ticket, tag, news, .. } => {
                let News { status, json, .. } = news;
                raw(ticket, tag, What::Room { status, json })
            }
            Taken::Closed => raw(0, 0, What::Closed),
            Taken::Nothing => Ok(None),
            Taken::Freed => Err(Freed),
        }
    }

    /// Tells the log lines of what was taken, before anyone is told of it.
    fn tell_log(&self, mut taken: Taken) -> Taken {
        let log = match &mut taken {
            Taken::Done(ended) | Taken::Over(ended) => &mut ended.log,
            Taken::Room { log, .. } => log,
            Taken::Closed | Taken::Nothing | Taken::Freed => return taken,
        };
        if log.is_empty() {
            return taken;
        }
        log.take().tell();
        // A log callback may do what it likes, forking and freeing included.
        if self.0.board.is_freed() { Taken::Freed } else { taken }
    }

    /// Lets one take that waits, or the next one that would wait, return without an event.
    pub fn wake(&self) {
        if let Ok(board) = self.board() {
            board.wake();
        }
    }

    /// Ends a call: its event comes at once, with [`Kind::Cancelled`] unless the answer was there
    /// first. `false` for a ticket that this queue never issued.
    pub fn cancel(&self, ticket: Ticket) -> bool {
        self.cancel_number(ticket.get())
    }

    pub(crate) fn cancel_number(&self, ticket: u64) -> bool {
        let Ok(board) = self.board() else { return false };
        let is_known = board.cancel(ticket);
        if is_known && let Some(hub) = Hub::existing() {
            hub.post(Message::Cancelled(ticket));
        }
        is_known
    }

    /// Refuses new calls and cancels those under way. Each still gives its event; then every take
    /// gives [`Event::Closed`].
    pub fn close(&self) {
        if let Ok(board) = self.board() {
            board.close();
            self.0.tell_hub();
        }
    }

    /// Refuses new calls and ends the watches, but lets the calls that were accepted come to their
    /// own end; then every take gives [`Event::Closed`].
    pub fn drain(&self) {
        if let Ok(board) = self.board() {
            board.drain();
            self.0.tell_hub();
        }
    }

    /// What it has at the moment.
    #[must_use]
    pub fn stats(&self) -> QueueStats {
        let threads = Hub::existing().map_or(0, |hub| hub.threads());
        let census = self.board().map(|board| board.census()).unwrap_or_default();
        let board::Census { in_flight, waiting, untaken, watches, busy, oldest } = census;
        QueueStats { in_flight, waiting, untaken, watches, busy, threads, oldest }
    }

    /// Ends it although clones of it live.
    pub(crate) fn free(&self) {
        self.0.end();
    }

    /// The descriptor, or on Windows the socket, that is readable while there is an event to take.
    pub(crate) fn descriptor(&self) -> Result<isize, Freed> {
        self.board()?.descriptor().ok_or(Freed)
    }

    /// Whether it can be used in this process.
    pub(crate) fn is_ours(&self) -> bool {
        self.board().is_ok()
    }

    fn board(&self) -> Result<&Arc<Board>, Freed> {
        let board = &self.0.board;
        if board.is_ours() { Ok(board) } else { Err(Freed) }
    }

    pub(crate) fn submit_for_event(
        &self,
        client: &Client,
        request: Result<Request, Error>,
        tag: u64,
    ) -> Result<u64, Error> {
        self.submit(client, request, Outlet::Event { tag }).map(Ticket::get)
    }

    pub(crate) fn submit_watch(
        &self,
        client: &Client,
        request: Result<Request, Error>,
        interval: Duration,
        tag: u64,
    ) -> Result<Ticket, Error> {
        let due = Instant::now();
        let board = self.usable_board()?;
        let cancel = client.cancel_of_one_call();
        let ticket = board.accept_watch(&cancel, tag)?;
        let checked = request.and_then(|request| match interval < SHORTEST_INTERVAL {
            false => Ok(request.into_owned()),
            true => Err(Error::argument("interval_ms is less than 200")),
        });
        match checked {
            Ok(request) => {
                let course = Course::new(request.confid(), interval);
                let mut watcher = Watcher::new(client, request, &cancel, course, due);
                let call = watcher.poll(ticket, due);
                let outlet = Outlet::Watch { tag, watcher: Box::new(watcher) };
                self.hand_over(Submission {
                    board: Arc::clone(board),
                    ticket,
                    outlet,
                    call,
                    room: None,
                })?;
            }
            Err(error) => {
                client.count_refused(&error, due);
                board.end_watch(Ended { ticket, tag, result: Err(error), log: Log::default() });
            }
        }
        Ok(Ticket::new(ticket))
    }

    /// Submits a call that is awaited.
    pub(crate) fn submit_for_future(
        &self,
        client: &Client,
        request: Result<Request, Error>,
    ) -> impl Future<Output = Result<Answer, Error>> + use<> {
        let promise = Arc::new(Promise::default());
        let outlet = Outlet::Promise(Arc::clone(&promise));
        let ticket = self.submit(client, request, outlet);
        let pending = ticket.map(|ticket| Pending::new(promise, self.clone(), ticket.get()));
        async move { pending?.await }
    }

    fn submit(
        &self,
        client: &Client,
        request: Result<Request, Error>,
        outlet: Outlet,
    ) -> Result<Ticket, Error> {
        let accepted = Instant::now();
        let board = self.usable_board()?;
        let cancel = client.cancel_of_one_call();
        let ticket = board.accept(&cancel, accepted)?;
        match request {
            Ok(request) => {
                let room = client.locked_room(&request);
                let call = Box::new(client.queued(request.into_owned(), &cancel, ticket, accepted));
                self.hand_over(Submission {
                    board: Arc::clone(board),
                    ticket,
                    outlet,
                    call,
                    room,
                })?;
            }
            Err(error) => {
                client.count_refused(&error, accepted);
                outlet.end(board, ticket, Err(error), Log::default());
                board.announce();
            }
        }
        Ok(Ticket::new(ticket))
    }

    fn hand_over(&self, submission: Submission) -> Result<(), Error> {
        let Err((submission, error)) = Hub::get().submit(Box::new(submission)) else {
            return Ok(());
        };
        let Submission { board, ticket, outlet, mut call, .. } = *submission;
        let why = sys::reason(&error);
        // As where there is none for its connection. A watch goes on after a failed connect, and
        // cannot without a thread.
        if sys::out_of_descriptors(&error) && !matches!(outlet, Outlet::Watch { .. }) {
            let result = call.without_descriptor(&why);
            let (logger, lines) = call.take_lines();
            outlet.end(&board, ticket, result, Log::new(logger, lines));
            return Ok(());
        }
        board.forget(ticket);
        let message = format!("no thread for the queue can be started: {why}");
        Err(Error::new(Kind::Internal, message))
    }

    fn usable_board(&self) -> Result<&Arc<Board>, Error> {
        let foreign = |Freed| Error::new(Kind::InvalidHandle, "the queue is another process's");
        self.board().map_err(foreign)
    }
}

/// A client's handle was cancelled, which its queued calls have to hear.
pub(crate) fn handle_cancelled() {
    if let Some(hub) = Hub::existing() {
        hub.post(Message::HandleCancelled);
    }
}

impl Open {
    fn end(&self) {
        self.board.free();
        if self.board.is_ours() {
            self.tell_hub();
        }
    }

    fn tell_hub(&self) {
        if let Some(hub) = Hub::existing() {
            hub.post(Message::Closed(Arc::clone(&self.board)));
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
