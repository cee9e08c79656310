//! The connections that nobody is using. Taking one and giving it back never waits: not for
//! another thread, and not, after a fork, for a thread that exists no more. (One lock around a
//! `Vec` is shorter, and lets 64 threads make a tenth fewer calls.)
//!
//! Each place for a connection belongs to two bitmaps. A bit in `taken` means that the place is in
//! use; one in `ready`, that a connection lies there. Whoever clears a bit in `ready`, or sets one
//! in `taken`, has the place to himself, so its mutex is never contended.

#![forbid(unsafe_code)]

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::sys::atomic::{AtomicU64, Ordering};
use crate::sys::{Mutex, MutexGuard};

use super::connection::Connection;

/// No connection serves for longer, so that a name which moves is followed.
const OLDEST: Duration = Duration::from_secs(60);

pub(super) struct Pool {
    shelves: Box<[Shelf]>,
    born: Instant,
    // What follows is in milliseconds, and moments are the pool's age.
    idle_timeout: u64,
    /// The age at which a connection serves no more.
    life: u64,
    /// None expires before this.
    next_expiry: AtomicU64,
}

/// Sixty-four places, or fewer on the last shelf.
struct Shelf {
    taken: AtomicU64,
    ready: AtomicU64,
    places: Box<[Mutex<Option<Box<Connection>>>]>,
}

impl Pool {
    pub(super) fn new(size: usize, idle_timeout: Duration) -> Pool {
        let shelves = (0..size.div_ceil(64)).map(|index| Shelf::new((size - 64 * index).min(64)));
        // Who asks for short-lived connections does not want one in steady use to live for long
        // either: four times as long is the minute that goes with the default.
        let life = idle_timeout.saturating_mul(4).min(OLDEST);
        Pool {
            shelves: shelves.collect(),
            born: Instant::now(),
            idle_timeout: idle_timeout.min(OLDEST).as_millis() as u64,
            life: life.as_millis() as u64,
            next_expiry: AtomicU64::new(u64::MAX),
        }
    }

    /// One that may be used, from the lowest place: the same few stay in use, the others may grow
    /// old. What has been idle for too long is closed.
    pub(super) fn take(&self, now: Instant) -> Option<Box<Connection>> {
        let age = self.age(now);
        self.close_expired(age);
        loop {
            let kept = self.shelves.iter().find_map(Shelf::take)?;
            // Expired, where another thread is closing those and has not come to this one yet.
            if age < kept.expires && kept.is_quiet() {
                return Some(kept);
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let ready = self.shelves.iter().map(|shelf| shelf.ready.load(Ordering::Relaxed));
        ready.map(|ready| ready.count_ones() as usize).sum()
    }

    /// Closes all: one like them has turned out to be dead, or they are the parent's.
    pub(super) fn clear(&self) {
        while self.shelves.iter().find_map(Shelf::take).is_some() {}
    }

    /// Keeps a connection; where there is no place left it is closed.
    pub(super) fn put(&self, mut connection: Box<Connection>, now: Instant) {
        let old = self.age(connection.made) + self.life;
        let expires = old.min(self.age(now) + self.idle_timeout);
        connection.rest(expires);
        let mut kept = Some(connection);
        for shelf in &self.shelves {
            if shelf.put(&mut kept) {
                // Only now: whoever resets the expiry before this finds the connection, or hears of it
                // after.
                self.next_expiry.fetch_min(expires, Ordering::AcqRel);
                return;
            }
        }
    }

    fn close_expired(&self, age: u64) {
        if age < self.next_expiry.load(Ordering::Relaxed) {
            return;
        }
        self.next_expiry.swap(u64::MAX, Ordering::AcqRel);
        for shelf in &self.shelves {
            let mut seen = 0;
            // One at a time is off its shelf, so that other threads find the rest.
            while let Some((bit, kept)) = shelf.take_one(!seen) {
                seen |= bit;
                if age < kept.expires {
                    let expires = kept.expires;
                    shelf.put(&mut Some(kept));
                    self.next_expiry.fetch_min(expires, Ordering::AcqRel);
                }
            }
        }
    }

    /// The pool's age at a moment.
    fn age(&self, moment: Instant) -> u64 {
        moment.saturating_duration_since(self.born).as_millis() as u64
    }
}

impl Shelf {
    fn new(size: usize) -> Shelf {
        Shelf {
            // Places that do not exist are taken for ever.
            taken: AtomicU64::new(if size == 64 { 0 } else { !0 << size }),
            ready: AtomicU64::new(0),
            places: (0..size).map(|_| Mutex::new(None)).collect(),
        }
    }

    fn take(&self) -> Option<Box<Connection>> {
        self.take_one(!0).map(|(_, kept)| kept)
    }

    /// Takes the lowest among the places in `mask`.
    fn take_one(&self, mask: u64) -> Option<(u64, Box<Connection>)> {
        loop {
            let ready = self.ready.load(Ordering::Acquire);
            let candidates = ready & mask;
            if candidates == 0 {
                return None;
            }
            let bit = candidates & candidates.wrapping_neg();
            if self.ready.fetch_and(!bit, Ordering::AcqRel) & bit == 0 {
                continue; // another thread was quicker
            }
            let kept = self.place(bit).take();
            self.taken.fetch_and(!bit, Ordering::Release);
            if let Some(kept) = kept {
                return Some((bit, kept));
            }
        }
    }

    /// Puts it into the lowest free place; `false` when there is none.
    fn put(&self, kept: &mut Option<Box<Connection>>) -> bool {
        loop {
            let free = !self.taken.load(Ordering::Acquire);
            if free == 0 {
                return false;
            }
            let bit = free & free.wrapping_neg();
            if self.taken.fetch_or(bit, Ordering::AcqRel) & bit != 0 {
                continue; // another thread was quicker
            }
            *self.place(bit) = kept.take();
            self.ready.fetch_or(bit, Ordering::Release);
            return true;
        }
    }

    fn place(&self, bit: u64) -> MutexGuard<'_, Option<Box<Connection>>> {
        let index = bit.trailing_zeros() as usize;
        self.places[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
