//! Faults on demand: a test tells the sandbox to answer late, to throttle or to fail.

use std::collections::VecDeque;
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer is held back this long. The request has been carried out by then.
    Late(Duration),
    /// The answer is -104, too many requests.
    Throttle,
    /// The answer is this HTTP status with a page of HTML.
    Status(u16),
}

/// How often it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// For this many requests from now on.
    Next(u32),
    /// Until [`clear_faults`](crate::Sandbox::clear_faults).
    Always,
}

/// The faults waiting. A delay goes together with one other fault; apart from that they take
/// their turns in the order they came.
#[derive(Default)]
pub(crate) struct Faults {
    delays: VecDeque<(Duration, Count)>,
    failures: VecDeque<(Failure, Count)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Throttle,
    Status(u16),
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault, count: Count) {
        match fault {
            Fault::Late(delay) => self.delays.push_back((delay, count)),
            Fault::Throttle => self.failures.push_back((Failure::Throttle, count)),
            Fault::Status(status) => self.failures.push_back((Failure::Status(status), count)),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Faults::default();
    }

    /// Those that have not happened yet, in the order they will.
    pub(crate) fn list(&self) -> impl Iterator<Item = (Fault, Count)> {
        let delays = self.delays.iter().map(|(delay, count)| (Fault::Late(*delay), *count));
        let failures = self.failures.iter().map(|(failure, count)| match failure {
            Failure::Throttle => (Fault::Throttle, *count),
            Failure::Status(status) => (Fault::Status(*status), *count),
        });
        delays.chain(failures).filter(|(_, count)| *count != Count::Next(0))
    }

    /// What happens to the request at hand.
    pub(crate) fn next(&mut self) -> (Option<Duration>, Option<Failure>) {
        (turn(&mut self.delays), turn(&mut self.failures))
    }
}

/// Uses up one turn of the first in the queue.
fn turn<T: Copy>(queue: &mut VecDeque<(T, Count)>) -> Option<T> {
    while let Some((fault, count)) = queue.front_mut() {
        let fault = *fault;
        match count {
            Count::Always => return Some(fault),
            Count::Next(0) => _ = queue.pop_front(),
            Count::Next(left) => {
                *left -= 1;
                return Some(fault);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_take_turns_and_a_delay_goes_beside_them() {
        let mut faults = Faults::default();
        let late = Duration::from_millis(7);
        faults.add(Fault::Throttle, Count::Next(1));
        faults.add(Fault::Status(503), Count::Next(2));
        faults.add(Fault::Late(late), Count::Next(2));
        let list: Vec<(Fault, Count)> = faults.list().collect();
        let late_twice = (Fault::Late(late), Count::Next(2));
        let throttled = (Fault::Throttle, Count::Next(1));
        assert_eq!(list, [late_twice, throttled, (Fault::Status(503), Count::Next(2))]);
        assert_eq!(faults.next(), (Some(late), Some(Failure::Throttle)));
        assert_eq!(faults.next(), (Some(late), Some(Failure::Status(503))));
        assert_eq!(faults.next(), (None, Some(Failure::Status(503))));
        assert_eq!(faults.next(), (None, None));
    }

    #[test]
    fn always_lasts_until_it_is_cleared() {
        let mut faults = Faults::default();
        faults.add(Fault::Throttle, Count::Next(0));
        faults.add(Fault::Status(500), Count::Always);
        for _ in 0..100 {
            assert_eq!(faults.next(), (None, Some(Failure::Status(500))));
        }
        faults.clear();
        assert_eq!(faults.next(), (None, None));
    }
}
