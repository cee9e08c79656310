//! What a queue's host and the thread that drives its calls have in common: which calls and watches
//! were accepted, what there is to take, and the descriptor that says so.
//!
//! One lock, held for moments only. Nothing here knows how a call is carried out.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::sys::{self, Doorbell};
use crate::transport::Cancel;
use crate::watch::{News, Told};

use super::QueueOptions;
use super::future::wake;
use super::log::Log;
use super::tickets::Tickets;

pub(super) struct Board {
    /// The process that made it.
    generation: u32,
    limits: QueueOptions,
    state: Mutex<State>,
    news: Condvar,
    /// None for a queue that nobody waits for by a descriptor.
    doorbell: Option<Doorbell>,
    /// Calls on their way; polls of watches are not among them.
    in_flight: AtomicUsize,
}

#[derive(Default)]
struct State {
    tickets: Tickets,
    /// Calls accepted and not ended.
    live: BTreeMap<u64, Box<Live>>,
    /// Watches accepted whose end was not taken.
    watches: BTreeMap<u64, Box<Watched>>,
    /// What there is to take, in its order.
    items: VecDeque<Item>,
    /// How many of the items are ends of calls.
    untaken: usize,
    busy: u64,
    closed: bool,
    freed: bool,
    /// A take is to return.
    woken: bool,
    takers: usize,
    /// The descriptor was asked for, and follows from then on.
    has_listener: bool,
    ringing: bool,
    /// Who awaits something to take.
    waker: Option<Waker>,
}

struct Live {
    accepted: Instant,
    cancel: Arc<Cancel>,
}

struct Watched {
    tag: u64,
    cancel: Arc<Cancel>,
    told: Told,
    /// An item says so while there is some.
    news: Option<News>,
    log: Log,
}

enum Item {
    Done(Ended),
    /// A watch of that ticket has news.
    Room(u64),
    Over(Ended),
}

/// A call or a watch that has ended.
pub(super) struct Ended {
    pub(super) ticket: u64,
    pub(super) tag: u64,
    pub(super) result: Result<Answer, Error>,
    pub(super) log: Log,
}

/// What a take found.
pub(super) enum Taken {
    Done(Ended),
    Room {
        ticket: u64,
        tag: u64,
        news: News,
        log: Log,
    },
    /// A watch has ended.
    Over(Ended),
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
    pub(super) watches: usize,
    pub(super) busy: u64,
    pub(super) oldest: Duration,
}

impl Board {
    pub(super) fn new(limits: QueueOptions, has_descriptor: bool) -> io::Result<Board> {
        Ok(Board {
            generation: sys::generation(),
            limits,
            state: Mutex::default(),
            news: Condvar::new(),
            doorbell: if has_descriptor { Some(Doorbell::new()?) } else { None },
            in_flight: AtomicUsize::new(0),
        })
    }

    /// Whether it belongs to this process. In a forked child its lock may be held for ever, so
    /// nothing else is looked at there.
    pub(super) fn is_ours(&self) -> bool {
        self.generation == sys::generation()
    }

    pub(super) fn descriptor(&self) -> Option<isize> {
        let doorbell = self.doorbell.as_ref()?;
        let mut state = self.state();
        let is_open = !state.freed;
        state.has_listener = true;
        self.tell_host(state);
        is_open.then(|| doorbell.raw())
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.limits.max_in_flight as usize
    }

    /// Reserves a place for a call and its end.
    pub(super) fn accept(&self, cancel: &Arc<Cancel>, accepted: Instant) -> Result<u64, Error> {
        let mut state = self.state();
        state.may_enter(cancel)?;
        if state.live.len() + state.untaken >= self.limits.max_pending as usize {
            return Err(state.busy("max_pending calls already: take their events first"));
        }
        let ticket = state.tickets.issue();
        state.live.insert(ticket, Box::new(Live { accepted, cancel: Arc::clone(cancel) }));
        Ok(ticket)
    }

    /// Reserves a place for a watch.
    pub(super) fn accept_watch(&self, cancel: &Arc<Cancel>, tag: u64) -> Result<u64, Error> {
        let mut state = self.state();
        state.may_enter(cancel)?;
        if state.watches.len() >= self.limits.max_watches as usize {
            return Err(state.busy("max_watches watches already: end some and take their ends"));
        }
        let ticket = state.tickets.issue();
        let (cancel, told, log) = (Arc::clone(cancel), Told::default(), Log::default());
        let watched = Watched { tag, cancel, told, news: None, log };
        state.watches.insert(ticket, Box::new(watched));
        Ok(ticket)
    }

    /// A call or watch is gone of which there is nothing to be taken here: nobody could carry it
    /// out, or its result goes elsewhere.
    pub(super) fn forget(&self, ticket: u64) {
        let mut state = self.state();
        state.live.remove(&ticket);
        state.watches.remove(&ticket);
        self.tell_host(state);
    }

    /// A call has ended and its event can be taken. Who does this says afterwards `announce`, for
    /// any number of them at once: each time the host is woken it takes this thread's core away.
    pub(super) fn end(&self, ended: Ended) {
        let mut state = self.state();
        state.live.remove(&ended.ticket);
        if !state.freed {
            state.untaken += 1;
            state.items.push_back(Item::Done(ended));
        }
    }

    /// Tells the host of what can be taken.
    pub(super) fn announce(&self) {
        self.tell_host(self.state());
    }

    /// A watch has ended.
    pub(super) fn end_watch(&self, mut ended: Ended) {
        let mut state = self.state();
        if let Some(watched) = state.watches.get_mut(&ended.ticket) {
            ended.log = watched.log.take().and(ended.log);
            state.items.push_back(Item::Over(ended));
        }
        self.tell_host(state);
    }

    /// What the host has taken of a watch; `None` once nobody is interested.
    pub(super) fn told(&self, ticket: u64) -> Option<Told> {
        self.state().watches.get(&ticket).map(|watched| watched.told.clone())
    }

    /// What is to be told of a watch to a host that has taken `version` events of it; `false` where
    /// it has taken another one meanwhile.
    pub(super) fn tell(&self, ticket: u64, version: u64, news: Option<News>) -> bool {
        let mut state = self.state();
        let State { watches, items, .. } = &mut *state;
        let Some(watched) = watches.get_mut(&ticket) else { return true };
        if watched.told.version() != version {
            return false;
        }
        match (watched.news.is_some(), news.is_some()) {
            (false, true) => items.push_back(Item::Room(ticket)),
            (true, false) => {
                items.retain(|item| !matches!(item, Item::Room(other) if *other == ticket));
            }
            _ => {}
        }
        let before = std::mem::replace(&mut watched.news, news);
        self.tell_host(state);
        drop(before);
        true
    }

    /// Lines to be told with the next event of a watch.
    pub(super) fn note(&self, ticket: u64, log: Log) {
        if let Some(watched) = self.state().watches.get_mut(&ticket) {
            watched.log = watched.log.take().and(log);
        }
    }

    /// Makes descriptor and waiting threads follow the state.
    fn tell_host(&self, mut state: MutexGuard<'_, State>) {
        if state.freed {
            return;
        }
        let is_over = state.is_over();
        let has_news = is_over || !state.items.is_empty();
        if state.has_listener && has_news != state.ringing {
            state.ringing = has_news;
            match &self.doorbell {
                Some(doorbell) if has_news => doorbell.ring(),
                Some(doorbell) => doorbell.silence(),
                None => {}
            }
        }
        match state.takers {
            0 => {}
            _ if is_over => self.news.notify_all(),
            _ if has_news => self.news.notify_one(),
            _ => {}
        }
        let waker = if has_news { state.waker.take() } else { None };
        drop(state);
        if let Some(waker) = waker {
            wake(waker);
        }
    }

    /// The next event, waited for so long; `None` is without end.
    pub(super) fn take(&self, timeout: Option<Duration>) -> Taken {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.state();
        loop {
            match state.next() {
                Taken::Nothing => {}
                taken => {
                    self.tell_host(state);
                    return taken;
                }
            }
            if timeout == Some(Duration::ZERO) || std::mem::take(&mut state.woken) {
                return Taken::Nothing;
            }
            state.takers += 1;
            state = match until {
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.takers -= 1;
                        return Taken::Nothing;
                    }
                    self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.takers -= 1;
        }
    }

    /// The next event; where there is none the waker is called when there is.
    pub(super) fn take_or_register(&self, waker: &Waker) -> Taken {
        let mut state = self.state();
        let taken = state.next();
        if let Taken::Nothing = taken {
            state.waker = Some(waker.clone());
        }
        self.tell_host(state);
        taken
    }

    /// Lets one take that waits, or the next that would, return without an event.
    pub(super) fn wake(&self) {
        let mut state = self.state();
        state.woken = true;
        self.news.notify_one();
    }

    /// Cancels a call or a watch; `false` for a ticket that was never issued here.
    pub(super) fn cancel(&self, ticket: u64) -> bool {
        let state = self.state();
        let call = state.live.get(&ticket).map(|live| &live.cancel);
        let cancel = call.or_else(|| state.watches.get(&ticket).map(|watched| &watched.cancel));
        let cancel = cancel.map(Arc::clone);
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
        let cancels = state.close();
        self.tell_host(state);
        Cancel::cancel_all(&cancels);
    }

    /// Refuses new work and ends the watches; the calls go on.
    pub(super) fn drain(&self) {
        let mut state = self.state();
        state.closed = true;
        let watches = state.watches.values().map(|watched| &watched.cancel);
        let cancels: Vec<_> = watches.map(Arc::clone).collect();
        self.tell_host(state);
        Cancel::cancel_all(&cancels);
    }

    /// Ends the queue: nothing can be taken any more, and the descriptor is closed.
    pub(super) fn free(&self) {
        if self.is_ours() {
            let mut state = self.state();
            let cancels = state.close();
            // In the same moment: no take may see it closed and not yet freed.
            state.freed = true;
            let dropped = (std::mem::take(&mut state.items), std::mem::take(&mut state.watches));
            let waker = state.waker.take();
            self.doorbell.iter().for_each(Doorbell::close);
            self.news.notify_all();
            drop(state);
            Cancel::cancel_all(&cancels);
            drop((dropped, waker));
        } else {
            self.doorbell.iter().for_each(Doorbell::close);
        }
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
            untaken: state.untaken,
            watches: state.watches.len(),
            busy: state.busy,
            oldest: oldest.unwrap_or_default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn may_enter(&self, cancel: &Cancel) -> Result<(), Error> {
        let what = match (self.closed, cancel.is_cancelled()) {
            (true, _) => "the queue was closed",
            (false, true) => "the client was cancelled",
            (false, false) => return Ok(()),
        };
        Err(Error::new(Kind::Cancelled, what))
    }

    fn busy(&mut self, why: &str) -> Error {
        self.busy += 1;
        Error::new(Kind::Busy, format!("the queue holds {why}"))
    }

    /// Refuses new work. What is returned is to be cancelled, with the state unlocked.
    fn close(&mut self) -> Vec<Arc<Cancel>> {
        self.closed = true;
        let calls = self.live.values().map(|live| &live.cancel);
        let watches = self.watches.values().map(|watched| &watched.cancel);
        calls.chain(watches).map(Arc::clone).collect()
    }

    fn is_over(&self) -> bool {
        self.closed && self.live.is_empty() && self.watches.is_empty() && self.items.is_empty()
    }

    /// What there is to take now.
    fn next(&mut self) -> Taken {
        if self.freed {
            return Taken::Freed;
        }
        while let Some(item) = self.items.pop_front() {
            match item {
                Item::Done(ended) => {
                    self.untaken -= 1;
                    return Taken::Done(ended);
                }
                Item::Over(ended) => {
                    self.watches.remove(&ended.ticket);
                    return Taken::Over(ended);
                }
                Item::Room(ticket) => {
                    if let Some(watched) = self.watches.get_mut(&ticket)
                        && let Some(news) = watched.news.take()
                    {
                        watched.told = news.told.clone();
                        let (tag, log) = (watched.tag, watched.log.take());
                        return Taken::Room { ticket, tag, news, log };
                    }
                }
            }
        }
        if self.is_over() { Taken::Closed } else { Taken::Nothing }
    }
}
