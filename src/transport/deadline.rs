//! How long a call may go on, and who may end it sooner. Every wait of the library is one of
//! these, so that none outlasts its call.

#![forbid(unsafe_code)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::sys::{self, PerProcess, Signal, Watch};

use super::bell;

/// How often a waiting call looks whether it was cancelled when no descriptor is left to be
/// woken by.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Ends every call that carries it, once and for ever.
#[derive(Default)]
pub(crate) struct Cancel {
    cancelled: AtomicBool,
    wakes: Wakes,
}

/// How those are woken that wait when it comes.
enum Wakes {
    /// By a signal of its own, made when a call first has to wait, since most calls hardly do.
    Signal(PerProcess<Option<Signal>>),
    /// By the process's bell: a call of a queue, which ends with its client's handle as well.
    Bell { handle: Arc<Cancel> },
}

impl Default for Wakes {
    fn default() -> Self {
        Wakes::Signal(PerProcess::new())
    }
}

impl Cancel {
    /// That of one call of a queue, made on a handle.
    pub(crate) fn of_one_call(handle: &Arc<Cancel>) -> Cancel {
        let wakes = Wakes::Bell { handle: Arc::clone(handle) };
        Cancel { cancelled: AtomicBool::new(false), wakes }
    }

    pub(crate) fn cancel(&self) {
        // First the flag, then the signal: who makes a signal too late for this looks at the flag.
        if !self.cancelled.swap(true, Ordering::SeqCst) {
            self.wake();
        }
    }

    /// Cancels many, the oldest of which comes first: the others may wait for what its end sets
    /// free, and are not to begin with that.
    pub(crate) fn cancel_all(cancels: &[Arc<Cancel>]) {
        for cancel in cancels.iter().rev() {
            cancel.cancelled.store(true, Ordering::SeqCst);
        }
        if let Some(first) = cancels.first() {
            first.wake(); // all of them
        }
    }

    fn wake(&self) {
        match &self.wakes {
            Wakes::Signal(signal) => {
                if let Some(Some(signal)) = signal.get() {
                    signal.raise();
                }
            }
            Wakes::Bell { .. } => bell::ring(),
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
            || matches!(&self.wakes, Wakes::Bell { handle } if handle.is_cancelled())
    }
}

/// Why a wait ended without what was waited for.
#[derive(Debug)]
pub(crate) enum Stop {
    Cancelled,
    TimedOut,
    Failed(io::Error),
}

/// The moment a call has to end, and the cancel that may end it sooner.
#[derive(Clone)]
pub(crate) struct Deadline {
    until: Instant,
    /// What the caller had allowed, for messages.
    pub(crate) allowed: Duration,
    cancel: Arc<Cancel>,
}

impl Deadline {
    pub(crate) fn new(now: Instant, allowed: Duration, cancel: &Arc<Cancel>) -> Deadline {
        // A moment beyond what the clock can say is as good as a century.
        let century = Duration::from_secs(100 * 365 * 24 * 3600);
        let until = now.checked_add(allowed.min(century)).unwrap_or(now);
        Deadline { until, allowed, cancel: Arc::clone(cancel) }
    }

    /// A deadline for a part of the call: no later than the call's own.
    pub(crate) fn part(&self, allowed: Duration) -> Deadline {
        let part = Deadline::new(Instant::now(), allowed, &self.cancel);
        if part.until < self.until { part } else { self.clone() }
    }

    /// When it is over.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    pub(crate) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// How long the call may still go on; never zero.
    pub(crate) fn check(&self) -> Result<Duration, Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let left = self.left();
        if left.is_zero() { Err(Stop::TimedOut) } else { Ok(left) }
    }

    /// Waits until one of the descriptors is ready. `Ok` with none ready happens; look again.
    pub(crate) fn wait(&self, watches: &mut [Watch<'_>]) -> Result<(), Stop> {
        self.wait_until(watches, self.until)?;
        self.check().map(|_| ())
    }

    /// As `wait`, but not beyond `until`.
    pub(crate) fn wait_until(&self, watches: &mut [Watch<'_>], until: Instant) -> Result<(), Stop> {
        let until = until.min(self.until);
        let bell;
        let signal = match &self.cancel.wakes {
            Wakes::Signal(signal) => signal.get_or_init(|| Signal::new().ok()).as_ref(),
            Wakes::Bell { .. } => {
                bell = bell::listen();
                bell.as_deref()
            }
        };
        self.check()?;
        let until = match signal {
            None => until.min(Instant::now() + LOOK_AGAIN),
            Some(_) => until,
        };
        sys::wait(watches, signal, until).map_err(Stop::Failed)?;
        if self.cancel.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    /// Waits for nothing but that moment.
    pub(crate) fn pause(&self, until: Instant) -> Result<(), Stop> {
        while Instant::now() < until {
            self.wait_until(&mut [], until)?;
        }
        self.check().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_cancel_wakes_those_who_wait_and_stops_those_to_come() {
        let cancel = Arc::new(Cancel::default());
        let deadline = Deadline::new(Instant::now(), Duration::from_secs(60), &cancel);
        let waiting = {
            let deadline = deadline.clone();
            thread::spawn(move || deadline.pause(Instant::now() + Duration::from_secs(60)))
        };
        cancel.cancel();
        assert!(matches!(waiting.join().unwrap(), Err(Stop::Cancelled)));
        assert!(matches!(deadline.check(), Err(Stop::Cancelled)));
        assert!(matches!(deadline.part(Duration::from_secs(1)).check(), Err(Stop::Cancelled)));
    }

    #[test]
    fn a_call_of_a_queue_is_woken_by_its_own_cancel_and_by_its_handles() {
        for by_handle in [false, true] {
            let handle = Arc::new(Cancel::default());
            let cancel = Arc::new(Cancel::of_one_call(&handle));
            let deadline = Deadline::new(Instant::now(), Duration::from_secs(60), &cancel);
            let waiting =
                thread::spawn(move || deadline.pause(Instant::now() + Duration::from_secs(60)));
            if by_handle {
                handle.cancel();
                bell::ring(); // as the queue does, which hears of it
            } else {
                cancel.cancel();
            }
            assert!(matches!(waiting.join().unwrap(), Err(Stop::Cancelled)));
            assert!(!by_handle || cancel.is_cancelled());
            assert_eq!(handle.is_cancelled(), by_handle);
        }
    }

    #[test]
    fn a_part_ends_no_later_than_the_whole() {
        let cancel = Arc::new(Cancel::default());
        let whole = Deadline::new(Instant::now(), Duration::from_millis(5), &cancel);
        let part = whole.part(Duration::from_secs(60));
        assert_eq!(part.until, whole.until);
        assert_eq!(part.allowed, whole.allowed);
        assert!(matches!(
            part.pause(Instant::now() + Duration::from_secs(60)),
            Err(Stop::TimedOut)
        ));
    }

    #[test]
    fn the_longest_timeout_is_no_overflow() {
        let cancel = Arc::new(Cancel::default());
        assert!(Deadline::new(Instant::now(), Duration::MAX, &cancel).check().is_ok());
    }
}
