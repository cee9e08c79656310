//! How long to wait before a call is tried again.

#![forbid(unsafe_code)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{process, thread};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// The pause before retry number `retry`, counted from 0: twice as long each time, and a random
/// part of it, so that callers that failed together do not come back together.
pub(crate) fn pause(retry: u32) -> Duration {
    let full = FIRST.saturating_mul(1_u32.checked_shl(retry).unwrap_or(u32::MAX)).min(LONGEST);
    full.mul_f64(0.5 + chance() / 2.0)
}

/// The moment so long after another; a wait beyond what the clock can say is as good as a century.
pub(crate) fn after(moment: Instant, wait: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    moment.checked_add(wait.min(CENTURY)).unwrap_or(moment)
}

/// A wait that is a tenth longer or shorter, always alike for the same `number`. Those that began
/// together, with numbers one after the other, are spread evenly after five such waits, and stay so. Were
/// each wait a tenth off by chance, they would come in bursts for a hundred waits.
pub(crate) fn about(wait: Duration, number: u64) -> Duration {
    // So that what many machines begin at the same moment spreads as well.
    static FIRST: OnceLock<u64> = OnceLock::new();
    let first = *FIRST.get_or_init(|| (chance() * u64::MAX as f64) as u64);
    // Multiples of the golden ratio's fraction lie more evenly than anything drawn.
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let share = first.wrapping_add(number.wrapping_mul(GOLDEN)) as f64 / u64::MAX as f64;
    let tenth = wait / 10;
    (wait - tenth).saturating_add(tenth.mul_f64(2.0 * share))
}

/// A number from 0 to 1 that another caller, here or on another machine, has hardly drawn as
/// well. It is no secret, so it needs no random numbers of the system: there may be none.
pub(crate) fn chance() -> f64 {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let mut hasher = DefaultHasher::new();
    SystemTime::now().hash(&mut hasher);
    Instant::now().hash(&mut hasher); // on most systems since the machine was started
    process::id().hash(&mut hasher);
    thread::current().id().hash(&mut hasher);
    DRAWN.fetch_add(1, Ordering::Relaxed).hash(&mut hasher);
    (hasher.finish() >> 32) as f64 / f64::from(u32::MAX)
}

/// What a Retry-After header asks for: seconds, or a moment by the clock that says `now`. `None`
/// when it cannot be read.
pub(crate) fn retry_after(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than a number can hold is a long time all the same.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let wait = http_date(value)? - now;
    Some(wait.try_into().unwrap_or(Duration::ZERO)) // a moment that has passed
}

/// A moment as HTTP headers write it, in one of the three forms of RFC 9110 5.6.7.
pub(crate) fn http_date(value: &str) -> Option<OffsetDateTime> {
    let value = value.trim();
    OffsetDateTime::parse(value, &Rfc2822).ok().or_else(|| {
        let separators = [' ', ',', '-'];
        let words: Vec<_> = value.split(separators).filter(|word| !word.is_empty()).collect();
        let (day, month, year, clock) = match words[..] {
            // Sunday, 06-Nov-94 08:49:37 GMT
            [_, day, month, year, clock, "GMT"] if year.len() == 2 => {
                let century = if year < "70" { "20" } else { "19" };
                (day, month, format!("{century}{year}"), clock)
            }
            // Sun Nov  6 08:49:37 1994
            [_, month, day, clock, year] => (day, month, year.to_owned(), clock),
            _ => return None,
        };
        OffsetDateTime::parse(&format!("{day:0>2} {month} {year} {clock} GMT"), &Rfc2822).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds() {
        for (retry, full) in [(0, 100), (1, 200), (4, 1600), (7, 10_000), (40, 10_000)] {
            let full = Duration::from_millis(full);
            for _ in 0..50 {
                let pause = pause(retry);
                assert!(pause >= full / 2 && pause <= full, "{retry}: {pause:?}");
            }
        }
        assert!((0..20).any(|_| pause(3) != pause(3)), "no jitter");
    }

    #[test]
    fn a_tenth_more_or_less() {
        let second = Duration::from_secs(1);
        let waits: Vec<f64> = (0..1000).map(|it| about(second, it).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (0.9..=1.1).contains(wait)));
        let within = |from: f64, to: f64| waits.iter().any(|wait| (from..to).contains(wait));
        assert!(within(0.9, 0.92) && within(0.99, 1.01) && within(1.08, 1.1));
    }

    // 500 rooms every 5 s are 10 polls in each 100 ms.
    #[test]
    fn those_that_began_together_spread() {
        let mut slots = [0; 1200];
        for number in 1000..1500 {
            let wait = about(Duration::from_secs(5), number).as_millis() as usize;
            (0..slots.len() * 100).step_by(wait).for_each(|millis| slots[millis / 100] += 1);
        }
        let most = |from: usize, to: usize| *slots[from..to].iter().max().unwrap();
        assert_eq!(slots[0], 500);
        assert!(most(300, 1200) <= 20, "{:?}", &slots[300..]);
        assert!(!slots[300..].contains(&0), "{:?}", &slots[300..]);
    }

    #[test]
    fn no_wait_is_too_long() {
        let (now, year) = (Instant::now(), Duration::from_secs(365 * 24 * 3600));
        assert_eq!(after(now, year), now + year);
        assert!(after(now, about(Duration::MAX, 1)) >= now + 99 * year);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        for form in ["Sunday, 06-Nov-94 08:49:39 GMT", "Sun Nov  6 08:49:39 1994"] {
            assert_eq!(retry_after(form, now), Some(Duration::from_secs(2)), "{form}");
        }
        let long = retry_after("99999999999999999999", now).unwrap();
        assert_eq!(long, Duration::from_secs(u64::MAX));
        assert_eq!(retry_after("+5", now), None);
        assert_eq!(retry_after("", now), None);
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }
}
