//! How a request is signed: who asks, and proof that he knows the auth token.
//!
//! From the platform's page: Sign is the MD5 of account SID, auth token and timestamp, and
//! Authorization is Base64 of account SID, `|` and the same timestamp. The page names no time
//! zone; every published client that works uses China's. The token never leaves this file.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::{OffsetDateTime, UtcOffset};
use zeroize::Zeroizing;

use crate::check;
use crate::error::Error;

/// An account SID and its auth token, wiped from memory when dropped.
pub(crate) struct Account {
    sid: String,
    token: Zeroizing<String>,
    /// The newest signature. It is never waited for: who finds it locked signs for himself.
    latest: Mutex<Option<Arc<Signature>>>,
}

/// The two proofs a request carries, both made from one reading of the clock.
pub(crate) struct Signature {
    /// The second it is made for.
    second: u64,
    /// 32 upper-case hex digits for the query.
    pub(crate) sign: String,
    /// The value of the Authorization header.
    pub(crate) authorization: String,
}

impl Account {
    pub(crate) fn new(sid: &str, token: &str) -> Result<Account, Error> {
        check::account_sid(sid)?;
        check::text("auth_token", token)?;
        let token = Zeroizing::new(token.to_owned());
        Ok(Account { sid: sid.to_owned(), token, latest: Mutex::new(None) })
    }

    pub(crate) fn sid(&self) -> &str {
        &self.sid
    }

    /// Signs for the moment `now`, which the caller reads from the clock once per attempt. The
    /// timestamp has whole seconds, so what is signed within the same one is the same.
    pub(crate) fn sign(&self, now: SystemTime) -> Arc<Signature> {
        // Not `lock`: after a fork, the thread that held it may be no more.
        let mut latest = self.latest.try_lock().ok();
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        match latest.as_deref() {
            Some(Some(signature)) if signature.second == second => Arc::clone(signature),
            _ => {
                let signature = Arc::new(self.sign_second(second));
                if let Some(latest) = &mut latest {
                    **latest = Some(Arc::clone(&signature));
                }
                signature
            }
        }
    }

    fn sign_second(&self, second: u64) -> Signature {
        let timestamp = timestamp(UNIX_EPOCH + Duration::from_secs(second));
        let mut md5 = md5::Context::new();
        md5.consume(&self.sid);
        md5.consume(self.token.as_bytes());
        md5.consume(&timestamp);
        Signature {
            second,
            sign: format!("{:X}", md5.finalize()),
            authorization: STANDARD.encode(format!("{}|{timestamp}", self.sid)),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.sid)
    }
}

/// `yyyyMMddHHmmss` in UTC+8, whatever the host's zone.
fn timestamp(now: SystemTime) -> String {
    let china = UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC);
    let t = OffsetDateTime::from(now).to_offset(china);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Date, Month, Time};

    fn moment(zone: i8, (year, month, day): (i32, Month, u8), time: (u8, u8, u8)) -> SystemTime {
        OffsetDateTime::new_in_offset(
            Date::from_calendar_date(year, month, day).unwrap(),
            Time::from_hms(time.0, time.1, time.2).unwrap(),
            UtcOffset::from_hms(zone, 0, 0).unwrap(),
        )
        .into()
    }

    // The vectors of protocol.md.
    #[test]
    fn vectors() {
        let account =
            Account::new("abcdefghijklmnopqrstuvwxyz012345", "543210zyxwvutsrqponmlkjihgfedcba")
                .unwrap();
        let signature = account.sign(moment(8, (2014, Month::April, 16), (14, 20, 30)));
        assert_eq!(signature.sign, "A69CC4A5F9B89D2019ACFC4BD42FC3E3");
        assert_eq!(
            signature.authorization,
            "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDV8MjAxNDA0MTYxNDIwMzA="
        );

        let account =
            Account::new("ff8080813c37da53013c804f8072007c", "0123456789abcdef0123456789abcdef")
                .unwrap();
        let signature = account.sign(moment(8, (2026, Month::January, 1), (0, 0, 0)));
        assert_eq!(signature.sign, "BCD248389EC778E2CBDCEDB490B38B61");
        assert_eq!(
            signature.authorization,
            "ZmY4MDgwODEzYzM3ZGE1MzAxM2M4MDRmODA3MjAwN2N8MjAyNjAxMDEwMDAwMDA="
        );
    }

    #[test]
    fn the_timestamp_is_chinas_whatever_the_zone_of_the_clock() {
        for (zone, hour) in [(0, 16), (8, 0), (-5, 11)] {
            let day =
                if zone == 8 { (2026, Month::January, 1) } else { (2025, Month::December, 31) };
            assert_eq!(timestamp(moment(zone, day, (hour, 0, 7))), "20260101000007");
        }
    }

    // An MD5 printed as a number would lose them; about one signature in sixteen begins with one.
    #[test]
    fn leading_zeros_of_the_digest_are_kept() {
        let account = Account::new("sid", "token").unwrap();
        let found = (0..60)
            .map(|second| account.sign(moment(8, (2026, Month::May, 4), (0, 0, second))))
            .find(|signature| signature.sign.starts_with('0'))
            .expect("one of sixty signatures begins with a zero");
        assert_eq!(found.sign.len(), 32);
    }

    #[test]
    fn a_signature_is_made_once_a_second_and_used_in_no_other() {
        let account = Account::new("sid", "token").unwrap();
        let at = |second, nano| {
            let now = moment(8, (2026, Month::May, 4), (12, 0, second));
            account.sign(now + Duration::from_nanos(nano))
        };
        let first = at(30, 0);
        assert!(Arc::ptr_eq(&first, &at(30, 999_999_999)));
        for other in [31, 29] {
            let other = at(other, 0);
            assert_ne!(other.sign, first.sign);
            assert_ne!(other.authorization, first.authorization);
        }
        assert_eq!(at(30, 0).sign, first.sign);
    }

    #[test]
    fn nobody_waits_for_a_signature() {
        let account = Account::new("sid", "token").unwrap();
        let now = moment(8, (2026, Month::May, 4), (12, 0, 0));
        let before = account.sign(now);
        let held = account.latest.lock().unwrap();
        assert_eq!(account.sign(now).sign, before.sign);
        drop(held);
    }

    #[test]
    fn debug_output_keeps_the_token_secret() {
        let account = Account::new("sid", "s3cret").unwrap();
        assert!(!format!("{account:?}").contains("s3cret"));
    }
}
