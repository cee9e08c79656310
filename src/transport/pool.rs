//! The lines that nobody is using. Taking one and giving it back never waits: not for another
//! thread, and not, after a fork, for a thread that exists no more.
//!
//! Each place for a line belongs to two bitmaps. A bit in `taken` means that the place is in
//! use; one in `ready`, that a line lies there. Whoever clears a bit in `ready`, or sets one in
//! `taken`, has the place to himself, so its mutex is never contended.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::line::Line;

pub(super) struct Pool {
    shelves: Box<[Shelf]>,
    idle_timeout: Duration,
    born: Instant,
    /// No line expires before this many milliseconds of the pool's life.
    next_expiry: AtomicU64,
}

/// Sixty-four places, or fewer on the last shelf.
struct Shelf {
    taken: AtomicU64,
    ready: AtomicU64,
    places: Box<[Mutex<Option<Box<Line>>>]>,
}

impl Pool {
    pub(super) fn new(size: usize, idle_timeout: Duration) -> Pool {
        let shelves = (0..size.div_ceil(64)).map(|index| Shelf::new((size - 64 * index).min(64)));
        Pool {
            shelves: shelves.collect(),
            idle_timeout,
            born: Instant::now(),
            next_expiry: AtomicU64::new(u64::MAX),
        }
    }

    /// The line in the lowest place: the same few stay in use, the others may grow old.
    pub(super) fn take(&self) -> Option<Box<Line>> {
        self.shelves.iter().find_map(Shelf::take)
    }

    /// Closes every line.
    pub(super) fn clear(&self) {
        while self.take().is_some() {}
    }

    /// Keeps a line; where there is no place left it is closed.
    pub(super) fn put(&self, mut line: Box<Line>, now: Instant) {
        line.idle_since = now;
        let mut line = Some(line);
        for shelf in &self.shelves {
            if shelf.put(&mut line) {
                // Only now: whoever resets the expiry before this finds the line, or hears of it
                // after.
                self.next_expiry.fetch_min(self.expiry(now), Ordering::AcqRel);
                return;
            }
        }
    }

    /// Closes the lines that have been idle for too long.
    pub(super) fn close_expired(&self, now: Instant) {
        let age = now.saturating_duration_since(self.born).as_millis() as u64;
        if age < self.next_expiry.load(Ordering::Relaxed) {
            return;
        }
        self.next_expiry.swap(u64::MAX, Ordering::AcqRel);
        for shelf in &self.shelves {
            let mut seen = 0;
            // One line at a time is off its shelf, so that other threads find the rest.
            while let Some((bit, line)) = shelf.take_one(!seen) {
                seen |= bit;
                if now.saturating_duration_since(line.idle_since) < self.idle_timeout {
                    let expiry = self.expiry(line.idle_since);
                    shelf.put(&mut Some(line));
                    self.next_expiry.fetch_min(expiry, Ordering::AcqRel);
                }
            }
        }
    }

    fn expiry(&self, idle_since: Instant) -> u64 {
        let age = idle_since.saturating_duration_since(self.born) + self.idle_timeout;
        age.as_millis() as u64
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

    fn take(&self) -> Option<Box<Line>> {
        self.take_one(!0).map(|(_, line)| line)
    }

    /// Takes the lowest line among the places in `mask`.
    fn take_one(&self, mask: u64) -> Option<(u64, Box<Line>)> {
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
            let line = self.place(bit).take();
            self.taken.fetch_and(!bit, Ordering::Release);
            if let Some(line) = line {
                return Some((bit, line));
            }
        }
    }

    /// Puts the line into the lowest free place; `false` when there is none.
    fn put(&self, line: &mut Option<Box<Line>>) -> bool {
        loop {
            let free = !self.taken.load(Ordering::Acquire);
            if free == 0 {
                return false;
            }
            let bit = free & free.wrapping_neg();
            if self.taken.fetch_or(bit, Ordering::AcqRel) & bit != 0 {
                continue; // another thread was quicker
            }
            *self.place(bit) = line.take();
            self.ready.fetch_or(bit, Ordering::Release);
            return true;
        }
    }

    fn place(&self, bit: u64) -> std::sync::MutexGuard<'_, Option<Box<Line>>> {
        let index = bit.trailing_zeros() as usize;
        self.places[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
