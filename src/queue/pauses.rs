//! The platform's rate limit is the account's: when it refuses a poll for it, all watches of the
//! client keep quiet for a while, and then go on at a pace that the platform has borne.
//!
//! Who waits stands in a line, those longest without an answer first. Nothing here polls, waits or
//! looks at a clock.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Weak;
use std::time::{Duration, Instant};

use crate::backoff;
use crate::client::Shared;

/// The longest pause that nobody has asked for.
const LONGEST: Duration = Duration::from_secs(60);

/// How the pace grows after a pause, in the manner of RFC 9438: it begins a little below what was
/// refused, stays near it for a while, and leaves it ever faster where nothing is refused.
const BEGINNING: f64 = 0.8;
const GROWTH: Duration = Duration::from_secs(10);

/// A platform that counts by the second refuses a pace so much later.
const COUNTED: Duration = Duration::from_secs(1);

/// A pace that is refused before it has come near what was refused last is still far too high.
const NEAR: f64 = 0.9;
const TOO_HIGH: f64 = 0.6;

/// The slowest pace, in polls a second.
const SLOWEST: f64 = 1.0 / 60.0;

/// A pace is kept although nobody looks more often than this.
const LATE: Duration = Duration::from_millis(20);

#[derive(Default)]
pub(super) struct Pauses(BTreeMap<usize, Box<Pause>>);

struct Pause {
    until: Instant,
    /// How many there were without a success between.
    row: u32,
    /// The pace that was refused, in polls a second.
    refused: f64,
    /// The pace that all watches together would have if nobody held them.
    wanted: f64,
    /// When the next of the line may go.
    next: Instant,
    line: BTreeSet<Waiting>,
    client: Weak<Shared>,
}

/// A poll that is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    /// When its watch was last answered; those never answered come first.
    pub(super) answered: Option<Instant>,
    /// Of those alike the older one.
    pub(super) number: u64,
    pub(super) key: usize,
}

impl Pauses {
    /// Whether a client's polls are paused.
    pub(super) fn is_quiet(&self, client: &Weak<Shared>, now: Instant) -> bool {
        self.0.get(&number(client)).is_some_and(|pause| now < pause.until)
    }

    /// Puts a poll in line where its client's polls are held; else it may go.
    pub(super) fn hold(&mut self, client: &Weak<Shared>, poll: Waiting) -> bool {
        let pause = self.0.get_mut(&number(client));
        pause.is_some_and(|pause| pause.line.insert(poll))
    }

    /// When there is somebody to let go; `None` where nobody waits.
    pub(super) fn next(&self) -> Option<Instant> {
        let lines = self.0.values().filter(|pause| !pause.line.is_empty());
        lines.map(|pause| pause.next).min()
    }

    /// Those whose turn has come, in their order. Some of them may be gone.
    pub(super) fn let_go(&mut self, now: Instant) -> Vec<Waiting> {
        let mut gone = Vec::new();
        for pause in self.0.values_mut() {
            while pause.next <= now
                && let Some(first) = pause.line.pop_first()
            {
                gone.push(first);
                pause.next = pause.next.max(now.checked_sub(LATE).unwrap_or(now))
                    + Duration::from_secs_f64(1.0 / pause.pace(now));
            }
        }
        gone
    }

    /// A poll was refused for its client's rate. `intervals` are those of its watches. One that
    /// arrives during a pause does not lengthen it.
    pub(super) fn refused(
        &mut self,
        client: &Weak<Shared>,
        now: Instant,
        retry_after: Option<Duration>,
        intervals: impl Iterator<Item = Duration>,
    ) {
        if self.is_quiet(client, now) {
            return;
        }
        let (mut shortest, mut wanted) = (LONGEST, SLOWEST);
        for interval in intervals {
            shortest = shortest.min(interval);
            wanted += 1.0 / interval.as_secs_f64();
        }
        let earlier = self.0.remove(&number(client));
        self.0.retain(|_, pause| now < pause.until || pause.client.strong_count() > 0);
        let refused = earlier.as_ref().map_or(TOO_HIGH * wanted, |pause| pause.lowered(now));
        let (row, line) = earlier.map_or((0, BTreeSet::new()), |pause| (pause.row, pause.line));
        let doubled = shortest.saturating_mul(1_u32.checked_shl(row).unwrap_or(u32::MAX));
        let until = backoff::after(now, retry_after.unwrap_or(doubled.min(LONGEST)));
        let refused = refused.max(SLOWEST).min(wanted);
        let (row, client) = (row.saturating_add(1), Weak::clone(client));
        let number = number(&client);
        let pause = Pause { until, row, refused, wanted, next: until, line, client };
        self.0.insert(number, Box::new(pause));
    }

    /// A poll has succeeded: the next pause is a short one again.
    pub(super) fn succeeded(&mut self, client: &Weak<Shared>, now: Instant) {
        let number = number(client);
        if let Some(pause) = self.0.get_mut(&number) {
            pause.row = 0;
            if pause.line.is_empty() && pause.until <= now && pause.pace(now) > 2.0 * pause.wanted {
                self.0.remove(&number);
            }
        }
    }

    /// What outlasts all watches: the pauses.
    pub(super) fn without_watches(mut self) -> Pauses {
        self.0.values_mut().for_each(|pause| pause.line.clear());
        self
    }
}

impl Pause {
    /// So many polls a second go out at that moment.
    fn pace(&self, now: Instant) -> f64 {
        let time = now.saturating_duration_since(self.until).div_duration_f64(GROWTH);
        let flat = (1.0 - BEGINNING).cbrt();
        self.refused * (1.0 + (time - flat).powi(3))
    }

    /// What is to be taken for refused when a poll is refused once more.
    fn lowered(&self, now: Instant) -> f64 {
        let pace = self.pace(now.checked_sub(COUNTED).unwrap_or(now));
        match self.row {
            0 if pace < NEAR * self.refused => TOO_HIGH * pace,
            0 => pace,
            // Nothing has gone well since: the pauses grow in its place.
            _ => self.refused,
        }
    }
}

fn number(client: &Weak<Shared>) -> usize {
    client.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Options};

    const SECOND: Duration = Duration::from_secs(1);

    fn of(intervals: &[Duration]) -> impl Iterator<Item = Duration> {
        intervals.iter().copied()
    }

    fn poll(answered: Option<Instant>, number: u64) -> Waiting {
        Waiting { answered, number, key: 0 }
    }

    /// Until when the polls of a client are paused, to the second.
    fn length(pauses: &Pauses, client: &Weak<Shared>, now: Instant) -> u32 {
        (0..).find(|&seconds| !pauses.is_quiet(client, now + seconds * SECOND)).unwrap()
    }

    #[test]
    fn pauses_in_a_row_double_until_a_success() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let mut now = Instant::now();
        let mut lengths = Vec::new();
        for _ in 0..7 {
            pauses.refused(&client, now, None, of(&[7 * SECOND, 5 * SECOND]));
            let pause = length(&pauses, &client, now);
            lengths.push(pause);
            // One that arrives meanwhile changes nothing.
            pauses.refused(&client, now + SECOND, Some(900 * SECOND), of(&[SECOND]));
            assert_eq!(length(&pauses, &client, now), pause);
            now += pause * SECOND;
        }
        assert_eq!(lengths, [5, 10, 20, 40, 60, 60, 60]);
        pauses.succeeded(&client, now);
        pauses.refused(&client, now, None, of(&[5 * SECOND]));
        assert_eq!(length(&pauses, &client, now), 5);
    }

    #[test]
    fn a_server_that_says_for_how_long_is_heard() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let now = Instant::now();
        pauses.refused(&client, now, Some(300 * SECOND), of(&[SECOND]));
        let mut pauses = pauses.without_watches();
        assert_eq!(length(&pauses, &client, now), 300);
        let other = Client::new("a", "b", Options::default()).unwrap();
        pauses.refused(&other.shared(), now + 300 * SECOND, Some(Duration::MAX), of(&[SECOND]));
        assert_eq!(pauses.0.len(), 1, "clients that are no more are forgotten");
        assert!(pauses.is_quiet(&other.shared(), now + 1_000_000 * SECOND));
    }

    #[test]
    fn those_longest_without_an_answer_go_first_when_the_pause_is_over() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let now = Instant::now();
        assert!(!pauses.hold(&client, poll(None, 1)), "nobody is held without need");
        pauses.refused(&client, now, None, of(&[SECOND; 1000]));
        let line = [poll(None, 5), poll(None, 7), poll(Some(now), 4), poll(Some(now + SECOND), 3)];
        for waiting in line.iter().rev() {
            assert!(pauses.hold(&client, waiting.clone()));
        }
        assert_eq!(pauses.let_go(now + SECOND * 99 / 100), []);
        assert_eq!(pauses.next(), Some(now + SECOND));
        assert_eq!(pauses.let_go(now + SECOND), line[..1]);
        // At 480 polls a second.
        let later: Vec<Waiting> =
            (1..9).flat_map(|n| pauses.let_go(now + SECOND + n * SECOND / 1000)).collect();
        assert_eq!(later, line[1..]);
        assert_eq!(pauses.next(), None);
    }

    #[test]
    fn the_pace_comes_near_what_was_refused_and_then_leaves_it() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let now = Instant::now();
        pauses.refused(&client, now, None, of(&[SECOND; 500]));
        let pace = |pauses: &Pauses, seconds: u32| {
            pauses.0[&number(&client)].pace(now + SECOND + seconds * SECOND).round()
        };
        assert_eq!(
            [0, 6, 10, 15, 20, 25].map(|at| pace(&pauses, at)),
            [240.0, 300.0, 321.0, 530.0, 1150.0, 2408.0]
        );
        // A success, and then one refusal too many: far too high, then right.
        for (at, expected) in [(1, 144.0), (12, 149.0)] {
            let at = now + SECOND + at * SECOND;
            pauses.succeeded(&client, at);
            pauses.refused(&client, at, None, of(&[SECOND; 500]));
            assert_eq!(pauses.0[&number(&client)].refused.round(), expected);
        }
        pauses.succeeded(&client, now + 30 * SECOND);
        assert_eq!(pauses.0.len(), 1);
        pauses.succeeded(&client, now + 60 * SECOND);
        assert!(pauses.0.is_empty(), "nobody is held any more");
    }
}
