//! What a line, its wire and its socket know together of the attempt under way.
//!
//! ureq stands between them and passes nothing of ours on, so they share this. Only the thread
//! that runs the attempt uses it; the mutex is never waited for.

#![forbid(unsafe_code)]

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Kind;
use crate::options::Endpoint;

use super::connection::Connection;
use super::deadline::{Deadline, Stop};

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is no connection yet that the request could go out on; bytes moved are not its own.
    Connecting,
    /// Request and answer.
    Talking,
}

#[derive(Default)]
pub(super) struct Exchange(Mutex<Option<State>>);

/// The attempt under way.
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) deadline: Deadline,
    /// The connection on its way to ureq: the request is out, the answer unread.
    pub(super) handed: Option<Connection>,
    /// The connection on its way back: the answer was read to its end.
    pub(super) returned: Option<Connection>,
    /// Whether a byte of the request may have left.
    pub(super) sent: bool,
    /// Whether a byte of the answer has come.
    pub(super) answered: bool,
    /// The number in the status line, of the server or of a proxy that refused.
    pub(super) status: Option<u16>,
    /// What went wrong below ureq, in our own terms.
    pub(super) failure: Option<(Kind, String)>,
}

impl Exchange {
    pub(super) fn begin(&self, deadline: Deadline) {
        *self.lock() = Some(State {
            phase: Phase::Connecting,
            deadline,
            handed: None,
            returned: None,
            sent: false,
            answered: false,
            status: None,
            failure: None,
        });
    }

    /// Ends the attempt and says how it went.
    pub(super) fn end(&self) -> Option<State> {
        self.lock().take()
    }

    /// Looks at or changes the attempt; between attempts there is none, and `None` comes back.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.lock().as_mut().map(look)
    }

    /// The deadline in force; an error when the attempt has failed already.
    pub(super) fn deadline(&self) -> Result<Deadline, ureq::Error> {
        self.with(|state| match &state.failure {
            Some(_) => Err(broken()),
            None => Ok(state.deadline.clone()),
        })
        .unwrap_or_else(|| Err(broken()))
    }

    /// Notes what went wrong; the first note stands. The error returned only carries ureq out.
    pub(super) fn fail(&self, kind: Kind, message: String) -> ureq::Error {
        self.with(|state| {
            state.failure.get_or_insert((kind, message));
        });
        broken()
    }

    /// Notes why a wait ended.
    pub(super) fn stopped(&self, stop: Stop, allowed: &Deadline, server: &Endpoint) -> ureq::Error {
        let connecting = self.with(|state| state.phase == Phase::Connecting).unwrap_or(false);
        let what = if connecting { "connection to" } else { "answer from" };
        match stop {
            Stop::Cancelled => self.fail(Kind::Cancelled, "the call was cancelled".to_owned()),
            Stop::TimedOut => {
                let millis = allowed.allowed.as_millis();
                self.fail(Kind::Timeout, format!("no {what} {server} within {millis} ms"))
            }
            Stop::Failed(error) => {
                self.fail(Kind::Internal, format!("waiting for {server} failed: {error}"))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// By hand: ureq wants it of what holds an exchange.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exchange")
    }
}

/// An error that ureq takes for none of the kinds it handles itself.
fn broken() -> ureq::Error {
    ureq::Error::Io(std::io::Error::other("see the exchange's failure"))
}
