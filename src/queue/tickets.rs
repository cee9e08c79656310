//! The numbers by which calls of a queue are known: never 0, never issued twice in a process, and
//! each queue knows its own.

#![forbid(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// The first number that no queue has.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// So many are taken at first; then twice as many each time, so that a queue remembers few ranges
/// however many calls it has carried.
const FIRST: u64 = 64;
const MOST: u64 = 1 << 32;

/// What one queue has issued, and what it may issue next.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    ranges: Vec<Range<u64>>,
    next: u64,
}

impl Tickets {
    pub(super) fn issue(&mut self) -> u64 {
        let is_used_up = self.ranges.last().is_none_or(|range| range.end == self.next);
        if is_used_up {
            let last = self.ranges.last().map_or(0, |range| range.end - range.start);
            let size = (2 * last).clamp(FIRST, MOST);
            self.next = NEXT.fetch_add(size, Ordering::Relaxed);
            self.ranges.push(self.next..self.next + size);
        }
        self.next += 1;
        self.next - 1
    }

    pub(super) fn has_issued(&self, ticket: u64) -> bool {
        let may_be = self.ranges.iter().any(|range| range.contains(&ticket));
        // They grow from range to range, so what is not issued yet lies beyond the last.
        may_be && ticket < self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_queue_knows_its_own_and_no_others() {
        let (mut one, mut other) = (Tickets::default(), Tickets::default());
        let mut issued = HashSet::new();
        for _ in 0..1000 {
            let (a, b) = (one.issue(), other.issue());
            assert!(a != 0 && b != 0 && issued.insert(a) && issued.insert(b));
            assert!(one.has_issued(a) && !one.has_issued(b));
            assert!(other.has_issued(b) && !other.has_issued(a));
        }
        assert!(!one.has_issued(0) && !one.has_issued(one.next) && !one.has_issued(u64::MAX));
        assert!(one.ranges.len() < 10, "{:?}", one.ranges);
    }
}
