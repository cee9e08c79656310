//! What a queue's host and the thread that drives its calls have in common: which calls were
//! accepted, which have ended, and the descriptor that says so.
//!
//! One lock, held for moments only. Nothing here knows how a call is carried out.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::call::Line;
use crate::error::{Error, Kind};
use crate::log::Logger;
use crate::sys::{self, Doorbell};
use crate::transport::Cancel;

use super::QueueOptions;
use super::tickets::Tickets;

pub(super) struct Board {
    /// The process that made it.
    generation: u32,
    limits: QueueOptions,
    state: Mutex<State>,
    news: Condvar,
    doorbell: Doorbell,
    in_flight: AtomicUsize,
}

#[derive(Default)]
struct State {
    tickets: Tickets,
    /// Accepted and not ended.
    live: BTreeMap<u64, Live>,
    ended: VecDeque<Ended>,
    busy: u64,
    closed: bool,
    freed: bool,
    /// A take is to return.
    woken: bool,
    takers: usize,
    ringing: bool,
}

struct Live {
    accepted: Instant,
    cancel: Arc<Cancel>,
}

/// A call that has ended.
pub(super) struct Ended {
    pub(super) ticket: u64,
    pub(super) tag: u64,
    pub(super) result: Result<Answer, Error>,
    pub(super) told: Told,
}

/// What is to be told of a call before its end is.
#[derive(Default)]
pub(super) struct Told {
    pub(super) logger: Logger,
    pub(super) lines: Vec<Line>,
}

impl Told {
    /// Tells it, on this thread and with no lock held.
    pub(super) fn tell(&mut self) {
        for (level, line) in self.lines.drain(..) {
            self.logger.tell(level, &line);
        }
    }
}

/// What a take found.
pub(super) enum Taken {
    Ended(Ended),
    Closed,
    Nothing,
    /// The queue is no more.
    Freed,
}

/// What a queue has at the moment.
#[derive(Default)]
pub(super) struct Census {
    pub(super) in_flight: usize,
    pub(super) waiting: usize,
    pub(super) untaken: usize,
    pub(super) busy: u64,
    pub(super) oldest: Duration,
}

impl Board {
    pub(super) fn new(limits: QueueOptions) -> io::Result<Board> {
        Ok(Board {
            generation: sys::generation(),
            limits,
            state: Mutex::default(),
            news: Condvar::new(),
            doorbell: Doorbell::new()?,
            in_flight: AtomicUsize::new(0),
        })
    }

    /// Whether it belongs to this process. In a forked child its lock may be held for ever, so
    /// nothing else is looked at there.
    pub(super) fn is_ours(&self) -> bool {
        self.generation == sys::generation()
    }

    pub(super) fn descriptor(&self) -> isize {
        self.doorbell.raw()
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.limits.max_in_flight as usize
    }

    /// Reserves a place for a call and its end.
    pub(super) fn accept(&self, cancel: &Arc<Cancel>, accepted: Instant) -> Result<u64, Error> {
        let mut state = self.state();
        if state.closed || cancel.is_cancelled() {
            let what = if state.closed { "queue was closed" } else { "client was cancelled" };
            return Err(Error::new(Kind::Cancelled, format!("the {what}")));
        }
        if state.live.len() + state.ended.len() >= self.limits.max_pending as usize {
            state.busy += 1;
            return Err(Error::new(
                Kind::Busy,
                "the queue holds max_pending calls already: take their events first",
            ));
        }
        let ticket = state.tickets.issue();
        state.live.insert(ticket, Live { accepted, cancel: Arc::clone(cancel) });
        Ok(ticket)
    }

    /// A call is gone of which there is nothing to be taken here: nobody could carry it out, or its
    /// result goes elsewhere.
    pub(super) fn forget(&self, ticket: u64) {
        let mut state = self.state();
        state.live.remove(&ticket);
        self.tell_host(&mut state);
    }

    /// A call has ended and its event waits to be taken.
    pub(super) fn end(&self, ended: Ended) {
        let mut state = self.state();
        state.live.remove(&ended.ticket);
        // One that nobody can take any more is dropped after the lock.
        let dropped = if state.freed {
            Some(ended)
        } else {
            state.ended.push_back(ended);
            None
        };
        self.tell_host(&mut state);
        drop(state);
        drop(dropped);
    }

    /// Makes descriptor and waiting threads follow the state.
    fn tell_host(&self, state: &mut State) {
        if state.freed {
            return;
        }
        let is_over = state.closed && state.live.is_empty() && state.ended.is_empty();
        let has_news = is_over || !state.ended.is_empty();
        if has_news != state.ringing {
            state.ringing = has_news;
            if has_news { self.doorbell.ring() } else { self.doorbell.silence() }
        }
        match state.takers {
            0 => {}
            _ if is_over => self.news.notify_all(),
            _ if has_news => self.news.notify_one(),
            _ => {}
        }
    }

    /// The next event, waited for so long; `None` is without end.
    pub(super) fn take(&self, timeout: Option<Duration>) -> Taken {
        let until = timeout.map(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.state();
        loop {
            if state.freed {
                return Taken::Freed;
            }
            if let Some(ended) = state.ended.pop_front() {
                self.tell_host(&mut state);
                return Taken::Ended(ended);
            }
            if state.closed && state.live.is_empty() {
                return Taken::Closed;
            }
            if timeout == Some(Duration::ZERO) {
                return Taken::Nothing;
            }
            if std::mem::take(&mut state.woken) {
                return Taken::Nothing;
            }
            let left = match until.flatten() {
                None => None,
                Some(until) => match until.saturating_duration_since(Instant::now()) {
                    Duration::ZERO => return Taken::Nothing,
                    left => Some(left),
                },
            };
            state.takers += 1;
            state = match left {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.takers -= 1;
        }
    }

    /// Lets one take that waits, or the next that would, return without an event.
    pub(super) fn wake(&self) {
        let mut state = self.state();
        state.woken = true;
        self.news.notify_one();
    }

    /// Cancels a call; `false` for a ticket that was never issued here.
    pub(super) fn cancel(&self, ticket: u64) -> bool {
        let state = self.state();
        let cancel = state.live.get(&ticket).map(|live| Arc::clone(&live.cancel));
        let is_known = state.tickets.has_issued(ticket);
        drop(state);
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
        is_known
    }

    /// Refuses new work and cancels what is under way.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let cancels: Vec<_> = state.live.values().map(|live| Arc::clone(&live.cancel)).collect();
        self.tell_host(&mut state);
        drop(state);
        cancels.iter().for_each(|cancel| cancel.cancel());
    }

    /// Ends the queue: nothing can be taken any more, and the descriptor is closed.
    pub(super) fn free(&self) {
        if !self.is_ours() {
            return self.doorbell.close();
        }
        self.close();
        let mut state = self.state();
        state.freed = true;
        let dropped = std::mem::take(&mut state.ended);
        self.doorbell.close();
        self.news.notify_all();
        drop(state);
        drop(dropped);
    }

    pub(super) fn is_freed(&self) -> bool {
        !self.is_ours() || self.state().freed
    }

    pub(super) fn note_in_flight(&self, count: usize) {
        self.in_flight.store(count, Ordering::Relaxed);
    }

    pub(super) fn census(&self) -> Census {
        let state = self.state();
        let live = state.live.len();
        let in_flight = self.in_flight.load(Ordering::Relaxed).min(live);
        // Tickets are issued in order, and so are moments.
        let oldest = state.live.values().next().map(|live| live.accepted.elapsed());
        Census {
            in_flight,
            waiting: live - in_flight,
            untaken: state.ended.len(),
            busy: state.busy,
            oldest: oldest.unwrap_or_default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
