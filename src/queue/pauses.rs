//! The platform's rate limit is the account's: when it refuses a poll for it, all watches of the
//! client keep quiet for a while.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::Weak;
use std::time::{Duration, Instant};

use crate::backoff;
use crate::client::Shared;

/// The longest pause that nobody has asked for.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Pauses(BTreeMap<usize, Pause>);

struct Pause {
    until: Instant,
    /// How many there were without a success between.
    row: u32,
    /// While this is held no other client has the same number.
    _client: Weak<Shared>,
}

impl Pauses {
    /// Until when a client's watches keep quiet.
    pub(super) fn until(&self, client: &Weak<Shared>, now: Instant) -> Option<Instant> {
        let pause = self.0.get(&number(client))?;
        (now < pause.until).then_some(pause.until)
    }

    /// A poll was refused for its client's rate. `shortest` is the shortest interval among its
    /// watches. One that arrives during a pause does not lengthen it.
    pub(super) fn refused(
        &mut self,
        client: &Weak<Shared>,
        now: Instant,
        retry_after: Option<Duration>,
        shortest: Duration,
    ) {
        if self.until(client, now).is_some() {
            return;
        }
        let row = self.0.get(&number(client)).map_or(0, |pause| pause.row);
        let doubled = shortest.saturating_mul(1_u32.checked_shl(row).unwrap_or(u32::MAX));
        let length = retry_after.unwrap_or(doubled.min(LONGEST));
        let until = backoff::after(now, length);
        let pause = Pause { until, row: row.saturating_add(1), _client: Weak::clone(client) };
        self.0.insert(number(client), pause);
    }

    /// A poll has succeeded: the next pause is a short one again.
    pub(super) fn succeeded(&mut self, client: &Weak<Shared>, now: Instant) {
        if let Some(pause) = self.0.get_mut(&number(client)) {
            pause.row = 0;
            if pause.until <= now {
                self.0.remove(&number(client));
            }
        }
    }

    /// Forgets clients that are no more.
    pub(super) fn forget_the_dead(&mut self, now: Instant) {
        self.0.retain(|_, pause| now < pause.until || pause._client.strong_count() > 0);
    }
}

fn number(client: &Weak<Shared>) -> usize {
    client.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_in_a_row_double_until_a_success() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let mut now = Instant::now();
        let mut lengths = Vec::new();
        for _ in 0..7 {
            pauses.refused(&client, now, None, 5 * SECOND);
            let until = pauses.until(&client, now).unwrap();
            lengths.push((until - now).as_secs());
            // One that arrives meanwhile changes nothing.
            pauses.refused(&client, now + SECOND, Some(900 * SECOND), SECOND);
            assert_eq!(pauses.until(&client, now), Some(until));
            now = until;
            assert_eq!(pauses.until(&client, now), None);
        }
        assert_eq!(lengths, [5, 10, 20, 40, 60, 60, 60]);
        pauses.succeeded(&client, now);
        pauses.refused(&client, now, None, 5 * SECOND);
        assert_eq!(pauses.until(&client, now), Some(now + 5 * SECOND));
    }

    #[test]
    fn a_server_that_says_for_how_long_is_heard() {
        let (mut pauses, client) = (Pauses::default(), Weak::new());
        let now = Instant::now();
        pauses.refused(&client, now, Some(300 * SECOND), SECOND);
        assert_eq!(pauses.until(&client, now), Some(now + 300 * SECOND));
        pauses.forget_the_dead(now);
        assert!(pauses.until(&client, now).is_some(), "it outlasts its watches");
        pauses.forget_the_dead(now + 300 * SECOND);
        assert!(pauses.0.is_empty());
    }
}
