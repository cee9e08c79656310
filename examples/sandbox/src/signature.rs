//! Checks who asks: the Authorization header, its timestamp, and Sign.
//!
//! The platform only says that something doesn't match. This says what, as far as it can be told,
//! without ever repeating a token, a Sign or an Authorization.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;
use time::format_description::BorrowedFormatItem;
use time::macros::{format_description, offset};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::answer::{Code, Refusal};
use crate::data::Account;

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second]");

/// The platform's clock is China's.
pub(crate) const CHINA: UtcOffset = offset!(+8);

/// How far CHINA is from the zone that is used by mistake most often.
const FROM_UTC: time::Duration = time::Duration::hours(8);

/// Two readings of the clock by one request are not further apart than this.
const TWO_READINGS: i64 = 5;

/// A clock that is off by less is nothing to talk about.
const NOTABLE_SKEW: time::Duration = time::Duration::minutes(5);

/// `yyyyMMddHHmmss` in UTC+8.
pub(crate) fn timestamp(moment: OffsetDateTime) -> String {
    // These components can be written for any moment.
    moment.to_offset(CHINA).format(FORMAT).unwrap_or_default()
}

fn moment(timestamp: &str) -> Option<OffsetDateTime> {
    // The parser alone would let a sign before the year pass.
    let digits = timestamp.len() == 14 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let local = PrimitiveDateTime::parse(timestamp, FORMAT).ok()?;
    digits.then(|| local.assume_offset(CHINA))
}

/// Reads the moment of signing from Authorization, which has to be Base64 of `sid|timestamp`.
pub(crate) fn check_authorization(
    authorization: Option<&str>,
    sid: &str,
    now: OffsetDateTime,
    validity: Duration,
) -> Result<OffsetDateTime, Refusal> {
    let refuse = |why: String| Err(Refusal::Code(Code::BadAuthorization, why));

    let Some(value) = authorization else {
        return refuse("there is no Authorization header".to_owned());
    };
    if value.trim().contains(' ') {
        return refuse("Authorization has a scheme or a space in it; it is bare Base64".to_owned());
    }
    let decoded = STANDARD.decode(value.trim()).ok().and_then(|it| String::from_utf8(it).ok());
    let Some(decoded) = decoded else {
        return refuse("Authorization is not standard Base64 with its padding".to_owned());
    };
    let Some((name, stamp)) = decoded.rsplit_once('|') else {
        return refuse("Authorization decodes to something without a \"|\" in it".to_owned());
    };
    if name != sid {
        return refuse("Authorization names another account than the path".to_owned());
    }
    let Some(signed) = moment(stamp) else {
        return refuse("Authorization's timestamp is not a yyyyMMddHHmmss".to_owned());
    };
    if (now - signed).unsigned_abs() > validity {
        let allowed = validity.as_secs();
        return refuse(format!("{}; {allowed} s are allowed", skew(signed, now)));
    }
    Ok(signed)
}

/// A word about a timestamp that passes today and may not tomorrow.
pub(crate) fn remark(signed: OffsetDateTime, now: OffsetDateTime) -> Option<String> {
    ((now - signed).abs() > NOTABLE_SKEW).then(|| skew(signed, now))
}

fn skew(signed: OffsetDateTime, now: OffsetDateTime) -> String {
    let off = now - signed;
    let side = if off.is_negative() { "ahead of" } else { "behind" };
    let mut text = format!(
        "timestamp {} is {} s {side} the platform's clock, {}",
        timestamp(signed),
        off.whole_seconds().unsigned_abs(),
        timestamp(now)
    );
    if (off - FROM_UTC).abs() < NOTABLE_SKEW {
        text += " (signed in UTC: the platform expects UTC+8)";
    }
    text
}

/// Compares Sign with the one that the account's token gives for the moment of signing.
pub(crate) fn check_sign(
    sign: &str,
    account: &Account,
    signed: OffsetDateTime,
) -> Result<(), Refusal> {
    let expected = digest(account, signed);
    if sign.eq_ignore_ascii_case(&format!("{expected:x}")) {
        return Ok(());
    }
    Err(Refusal::Code(Code::BadSign, explain(sign, account, signed, expected)))
}

fn digest(account: &Account, signed: OffsetDateTime) -> Digest {
    md5::compute(format!("{}{}{}", account.sid, account.token, timestamp(signed)))
}

fn explain(sign: &str, account: &Account, signed: OffsetDateTime, expected: Digest) -> String {
    let as_number = format!("{expected:x}").trim_start_matches('0').to_owned();
    let byte_by_byte: String = expected.iter().map(|byte| format!("{byte:x}")).collect();
    if [as_number, byte_by_byte].iter().any(|short| sign.eq_ignore_ascii_case(short)) {
        return "Sign is right but for zeros that were dropped: each byte is two hex digits"
            .to_owned();
    }
    if sign.len() != 32 || !sign.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("Sign is not 32 hex digits; it has {} characters", sign.chars().count());
    }

    let carried = timestamp(signed);
    let matches = |moment: &OffsetDateTime| {
        sign.eq_ignore_ascii_case(&format!("{:x}", digest(account, *moment)))
    };
    let nearby = |center: OffsetDateTime| {
        let seconds = -TWO_READINGS..=TWO_READINGS;
        seconds.map(move |s| center.saturating_add(time::Duration::seconds(s))).find(matches)
    };
    if let Some(used) = nearby(signed) {
        let used = timestamp(used);
        return format!(
            "Sign was made with timestamp {used} but Authorization carries {carried}: \
             read the clock once"
        );
    }
    if let Some(used) = nearby(signed.saturating_sub(FROM_UTC)) {
        let used = timestamp(used);
        return format!(
            "Sign was made with timestamp {used}, in UTC, but Authorization carries {carried}: \
             both have to be UTC+8"
        );
    }
    if let Some(used) = nearby(signed.saturating_add(FROM_UTC)) {
        let used = timestamp(used);
        return format!(
            "Sign was made with timestamp {used}, but Authorization carries {carried}, in UTC: \
             both have to be UTC+8"
        );
    }
    format!("Sign does not match: Authorization's {carried} is right, so the token or sid differ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 +8);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn account(sid: &str, token: &str) -> Account {
        Account { sid: sid.to_owned(), token: token.to_owned(), disabled: false, balance: 1.0 }
    }

    fn sign(account: &Account, moment: OffsetDateTime) -> String {
        format!("{:X}", digest(account, moment))
    }

    fn why(refusal: Refusal, expected: Code) -> String {
        match refusal {
            Refusal::Code(code, why) if code == expected => why,
            other => panic!("{other:?}"),
        }
    }

    fn authorization(text: &str) -> Result<OffsetDateTime, String> {
        let value = STANDARD.encode(text);
        check_authorization(Some(&value), "sid", NOW, DAY)
            .map_err(|refusal| why(refusal, Code::BadAuthorization))
    }

    // The vectors of protocol.md.
    #[test]
    fn the_published_vectors_pass_in_either_case() {
        for (sid, token, stamp, sign, authorization) in [
            (
                "abcdefghijklmnopqrstuvwxyz012345",
                "543210zyxwvutsrqponmlkjihgfedcba",
                "20140416142030",
                "A69CC4A5F9B89D2019ACFC4BD42FC3E3",
                "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDV8MjAxNDA0MTYxNDIwMzA=",
            ),
            (
                "ff8080813c37da53013c804f8072007c",
                "0123456789abcdef0123456789abcdef",
                "20260101000000",
                "BCD248389EC778E2CBDCEDB490B38B61",
                "ZmY4MDgwODEzYzM3ZGE1MzAxM2M4MDRmODA3MjAwN2N8MjAyNjAxMDEwMDAwMDA=",
            ),
        ] {
            let now = moment(stamp).unwrap();
            assert_eq!(timestamp(now), stamp);
            let signed = check_authorization(Some(authorization), sid, now, DAY).unwrap();
            assert_eq!(signed, now);
            check_sign(sign, &account(sid, token), signed).unwrap();
            check_sign(&sign.to_lowercase(), &account(sid, token), signed).unwrap();
        }
    }

    #[test]
    fn an_authorization_that_is_not_one_is_explained() {
        let bare = |value| {
            why(check_authorization(value, "sid", NOW, DAY).unwrap_err(), Code::BadAuthorization)
        };
        assert!(bare(None).contains("no Authorization"));
        assert!(bare(Some("Basic c2lk")).contains("scheme"));
        assert!(bare(Some("c2l")).contains("Base64"));
        assert!(authorization("sid:20260101000000").unwrap_err().contains("\"|\""));
        assert!(authorization("other|20260101000000").unwrap_err().contains("another account"));
        for stamp in ["20261301000000", "2026-01-01 00:", "+20260101000000", "2026010100000", ""] {
            let why = authorization(&format!("sid|{stamp}")).unwrap_err();
            assert!(why.contains("yyyyMMddHHmmss"), "{stamp}: {why}");
        }
    }

    #[test]
    fn a_timestamp_is_valid_for_a_while_to_either_side() {
        assert!(authorization("sid|20251231000000").is_ok());
        assert!(authorization("sid|20260102000000").is_ok());
        assert!(authorization("sid|20251230235959").unwrap_err().contains("86401 s behind"));
        assert!(authorization("sid|20260102000001").unwrap_err().contains("86401 s ahead"));
    }

    #[test]
    fn a_timestamp_in_utc_is_recognised() {
        let utc = NOW - FROM_UTC;
        let value = STANDARD.encode(format!("sid|{}", timestamp(utc)));
        let short = Duration::from_secs(600);
        let refusal = check_authorization(Some(&value), "sid", NOW, short).unwrap_err();
        assert!(why(refusal, Code::BadAuthorization).contains("signed in UTC"));
        assert!(remark(utc, NOW).unwrap().contains("signed in UTC"));
        assert!(!remark(NOW - time::Duration::hours(2), NOW).unwrap().contains("signed in UTC"));
        assert_eq!(remark(NOW - time::Duration::seconds(9), NOW), None);
    }

    #[test]
    fn a_sign_that_does_not_match_is_explained_and_never_repeated() {
        let account = account("sid", "s3cret");
        let wrong = |sign: &str| {
            let why = why(check_sign(sign, &account, NOW).unwrap_err(), Code::BadSign);
            assert!(sign.is_empty() || !why.contains(sign), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
            why
        };
        let second = time::Duration::SECOND;
        assert!(wrong(&sign(&account, NOW + second)).contains(
            "made with timestamp 20260101000001 but Authorization carries 20260101000000"
        ));
        assert!(wrong(&sign(&account, NOW - FROM_UTC)).contains("20251231160000, in UTC"));
        assert!(wrong(&sign(&account, NOW + FROM_UTC - second)).contains("20260101000000, in UTC"));
        assert!(wrong(&"0".repeat(32)).contains("token or sid differ"));
        assert!(wrong("").contains("has 0 characters"));
        assert!(wrong(&"g".repeat(32)).contains("not 32 hex digits"));
    }

    #[test]
    fn dropped_zeros_are_recognised() {
        let account = account("sid", "s3cret");
        let moments = (0..1000).map(|s| NOW + time::Duration::seconds(s));
        let (mut front, mut inside) = (0, 0);
        for moment in moments {
            let whole = sign(&account, moment);
            let number = whole.trim_start_matches('0');
            let bytes: String =
                digest(&account, moment).iter().map(|byte| format!("{byte:X}")).collect();
            for (short, count) in [(number, &mut front), (bytes.as_str(), &mut inside)] {
                if short.len() < 32 {
                    *count += 1;
                    let refusal = check_sign(short, &account, moment).unwrap_err();
                    assert!(why(refusal, Code::BadSign).contains("zeros"));
                }
            }
        }
        assert!(front > 0 && inside > 0);
    }
}
