//! What wakes a worker that waits in the middle of a queued call when a call is cancelled: one
//! signal for the whole process, since a signal for each call would cost two descriptors each.
//!
//! Everyone who listens is woken, looks whether it is he who was meant, and listens again.

#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::sys::{PerProcess, Signal};

/// The signal that the next ring raises. Those who listen own it, so that none is open in vain.
type Bell = Mutex<Weak<Signal>>;

static BELL: PerProcess<Bell> = PerProcess::new();

/// What the next ring raises; `None` where the system has no descriptor for it.
///
/// Who listens looks whether it was meant after this, and before it waits.
pub(super) fn listen() -> Option<Arc<Signal>> {
    let mut bell = BELL.get_or_init(Bell::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(signal) = bell.upgrade() {
        return Some(signal);
    }
    let signal = Arc::new(Signal::new().ok()?);
    *bell = Arc::downgrade(&signal);
    Some(signal)
}

/// How many wait in the middle of a call.
pub(crate) fn listeners() -> usize {
    let Some(bell) = BELL.get() else { return 0 };
    bell.lock().unwrap_or_else(PoisonError::into_inner).strong_count()
}

/// Wakes all who listen.
pub(crate) fn ring() {
    let Some(bell) = BELL.get() else { return };
    // A signal is raised for ever, so the next to listen gets another.
    let signal = std::mem::take(&mut *bell.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(signal) = signal.upgrade() {
        signal.raise();
    }
}
