//! The connections that nobody is using. Its lock is held for moments only: connections are
//! looked at and closed outside it. A child never waits for its parent's.

#![forbid(unsafe_code)]
#![expect(clippy::vec_box, reason = "they move in and out while the lock is held")]

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::connection::Connection;

/// No connection serves for longer, so that a name which moves is followed.
const OLDEST: Duration = Duration::from_secs(60);

pub(super) struct Pool {
    /// The one used last comes last.
    idle: Mutex<Vec<Box<Connection>>>,
    size: usize,
    idle_timeout: Duration,
    /// The age at which a connection serves no more.
    life: Duration,
}

impl Pool {
    pub(super) fn new(size: usize, idle_timeout: Duration) -> Pool {
        // Who asks for short-lived connections does not want one in steady use to live for long
        // either: four times as long is the minute that goes with the default.
        let life = idle_timeout.saturating_mul(4).min(OLDEST);
        Pool { idle: Mutex::default(), size, idle_timeout, life }
    }

    /// The connection that was used last: the same few stay in use, the others may grow old. What
    /// has been idle for too long is closed.
    pub(super) fn take(&self, now: Instant) -> Option<Box<Connection>> {
        loop {
            let (newest, expired) = {
                let mut idle = self.lock();
                let count = idle
                    .iter()
                    .take_while(|it| age(it.last_used, now) >= self.idle_timeout)
                    .count();
                let expired: Vec<_> = idle.drain(..count).collect();
                (idle.pop(), expired)
            };
            drop(expired);
            let newest = newest?;
            if age(newest.made, now) < self.life && newest.is_quiet() {
                return Some(newest);
            }
        }
    }

    /// Keeps a connection; where there is no place left it is closed.
    pub(super) fn put(&self, mut connection: Box<Connection>, now: Instant) {
        connection.rest(now);
        let mut idle = self.lock();
        if idle.len() < self.size {
            idle.push(connection);
        } else {
            drop(idle); // not held while the connection is closed
        }
    }

    /// Closes all: one like them has turned out to be dead.
    pub(super) fn distrust(&self) {
        let idle = mem::take(&mut *self.lock());
        drop(idle);
    }

    /// Closes this process's copies of its parent's connections, unless a thread that exists no
    /// more was just about to take one.
    pub(super) fn close_inherited(&self) {
        if let Ok(mut idle) = self.idle.try_lock() {
            idle.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // A child's copy, made while a thread of the parent was changing it: nobody knows how far
        // that had come.
        let is_held = matches!(self.idle.try_lock(), Err(TryLockError::WouldBlock));
        if is_held {
            mem::forget(mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner)));
        }
    }
}

fn age(then: Instant, now: Instant) -> Duration {
    now.saturating_duration_since(then)
}
