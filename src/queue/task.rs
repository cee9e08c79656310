//! A call or a watch as its queue knows it: where it stands, and where what comes of it goes.

#![forbid(unsafe_code)]

use std::sync::{Arc, Weak};
use std::time::Instant;

use crate::answer::Answer;
use crate::call::Call;
use crate::client::Shared;
use crate::error::Error;
use crate::transport::{Deadline, Sent};

use super::board::{Board, Ended};
use super::future::Promise;
use super::log::Log;
use super::watcher::Watcher;

/// An accepted call, or a watch's first poll, on its way to the thread that drives it.
pub(super) struct Submission {
    pub(super) board: Arc<Board>,
    pub(super) ticket: u64,
    pub(super) outlet: Outlet,
    pub(super) call: Box<Call<'static>>,
    /// Which room it locks; calls of one room go out one after the other.
    pub(super) room: Option<Vec<u8>>,
}

/// Where the end of a call goes.
pub(super) enum Outlet {
    /// To whoever takes it from the queue.
    Event { tag: u64 },
    /// To whoever awaits it.
    Promise(Arc<Promise>),
    /// To a watch, of which it is a poll.
    Watch { tag: u64, watcher: Box<Watcher> },
}

impl Outlet {
    /// Tells what became of a call or a watch.
    pub(super) fn end(self, board: &Board, ticket: u64, result: Result<Answer, Error>, log: Log) {
        match self {
            Outlet::Event { tag } => board.end(Ended { ticket, tag, result, log }),
            Outlet::Watch { tag, .. } => board.end_watch(Ended { ticket, tag, result, log }),
            Outlet::Promise(promise) => {
                board.forget(ticket);
                promise.keep(result, log);
            }
        }
    }
}

pub(super) struct Task {
    /// Counts the tasks and the polls: an older one has a smaller number.
    pub(super) number: u64,
    pub(super) board: Arc<Board>,
    pub(super) ticket: u64,
    pub(super) outlet: Outlet,
    pub(super) room: Option<Vec<u8>>,
    /// `None` while a worker has it, and between the polls of a watch.
    pub(super) call: Option<Box<Call<'static>>>,
    pub(super) state: State,
    /// When it is looked at, whatever else happens.
    pub(super) due: Instant,
    pub(super) deadline: Deadline,
    /// Whether it counts as a request on its way.
    pub(super) in_flight: bool,
    /// How many turns of its lane had been given back when it last began to send.
    pub(super) began_after: u64,
}

impl Task {
    pub(super) fn is_watch(&self) -> bool {
        matches!(self.outlet, Outlet::Watch { .. })
    }

    /// What it is, if it is a watch of that client.
    pub(super) fn watcher_of(&self, client: &Weak<Shared>) -> Option<&Watcher> {
        match &self.outlet {
            Outlet::Watch { watcher, .. } => Some(&**watcher).filter(|w| w.client().ptr_eq(client)),
            _ => None,
        }
    }
}

/// What a task waits for.
pub(super) enum State {
    /// For a lock call of the same room to end.
    Behind,
    /// For its turn: enough others are on their way.
    Turn,
    /// For a descriptor.
    Starved,
    /// For its answer.
    Parked(Sent),
    /// The same, with its socket not watched.
    Unwatched(Sent),
    /// For the moment to try again.
    Paused,
    /// For a worker, who may have begun.
    Working,
    /// For a worker, with nothing begun.
    Unsent,
    /// For a watch's next poll.
    Resting,
    /// For nothing: it is being moved on.
    Moving,
}
