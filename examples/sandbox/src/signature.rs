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
use crate::words::{Part, Words};

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

pub(crate) fn moment(timestamp: &str) -> Option<OffsetDateTime> {
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
    let refuse =
        |part: Part, why: Words| Err(Refusal::Code(Code::BadAuthorization, why.about(part)));
    let malformed = |en, zh| refuse(Part::Authorization, Words::from((en, zh)));

    let Some(value) = authorization else {
        return malformed("there is no Authorization header", "没有 Authorization 请求头");
    };
    if value.trim().contains(' ') {
        return malformed(
            "Authorization has a scheme or a space in it; it is bare Base64",
            "Authorization 里有认证方案名或空格；它就是一段 Base64",
        );
    }
    let decoded = STANDARD.decode(value.trim()).ok().and_then(|it| String::from_utf8(it).ok());
    let Some(decoded) = decoded else {
        return malformed(
            "Authorization is not standard Base64 with its padding",
            "Authorization 不是带填充的标准 Base64",
        );
    };
    let Some((name, stamp)) = decoded.rsplit_once('|') else {
        return malformed(
            "Authorization decodes to something without a \"|\" in it",
            "Authorization 解码后没有“|”",
        );
    };
    if stamp == sid && moment(name).is_some() {
        return malformed(
            "Authorization has timestamp and account SID the wrong way round: it is sid|timestamp",
            "Authorization 里时间戳和账户 SID 的顺序反了：应为 sid|timestamp",
        );
    }
    if name != sid {
        let why = (
            "Authorization names another account than the path",
            "Authorization 里的账户与路径里的不同",
        );
        return refuse(Part::Sid, why.into());
    }
    let Some(signed) = moment(stamp) else {
        let mut why = (
            "Authorization's timestamp is not a yyyyMMddHHmmss",
            "Authorization 里的时间戳不是 yyyyMMddHHmmss",
        );
        if moment(stamp.trim_end()).is_some() {
            why = (
                "Authorization's timestamp is a yyyyMMddHHmmss with a line end or blank behind it, \
                 as echo without -n makes one",
                "Authorization 里的时间戳是 yyyyMMddHHmmss，但后面带了换行或空格（例如用了不带 -n \
                 的 echo）",
            );
        } else if unix(stamp) {
            why = (
                "Authorization's timestamp is in seconds or milliseconds since 1970; it is \
                 yyyyMMddHHmmss",
                "Authorization 里的时间戳是 1970 年以来的秒数或毫秒数；应为 yyyyMMddHHmmss",
            );
        }
        return refuse(Part::Timestamp, why.into());
    };
    if (now - signed).unsigned_abs() > validity {
        let (allowed, skew) = (validity.as_secs(), skew(signed, now));
        let en = format!("{}; {allowed} s are allowed", skew.en);
        let zh = format!("{}；允许相差 {allowed} 秒", skew.zh);
        return refuse(Part::Timestamp, (en, zh).into());
    }
    Ok(signed)
}

/// Whether it may be a time as most other interfaces have it.
fn unix(stamp: &str) -> bool {
    matches!(stamp.len(), 10 | 13) && stamp.bytes().all(|byte| byte.is_ascii_digit())
}

/// A word about a timestamp that passes today and may not tomorrow.
pub(crate) fn remark(signed: OffsetDateTime, now: OffsetDateTime) -> Option<Words> {
    ((now - signed).abs() > NOTABLE_SKEW).then(|| skew(signed, now))
}

fn skew(signed: OffsetDateTime, now: OffsetDateTime) -> Words {
    let off = now - signed;
    let (side, zh_side) = if off.is_negative() { ("ahead of", "快") } else { ("behind", "慢") };
    let (stamp, clock) = (timestamp(signed), timestamp(now));
    let seconds = off.whole_seconds().unsigned_abs();
    let mut en = format!("timestamp {stamp} is {seconds} s {side} the platform's clock, {clock}");
    let mut zh = format!("时间戳 {stamp} 比平台时钟 {clock} {zh_side} {seconds} 秒");
    if (off - FROM_UTC).abs() < NOTABLE_SKEW {
        en += " (signed in UTC: the platform expects UTC+8)";
        zh += "（按 UTC 签名：平台要求 UTC+8）";
    }
    (en, zh).into()
}

/// Compares Sign with the one that the account's token gives for the moment of signing.
pub(crate) fn check_sign(
    sign: &str,
    account: &Account,
    signed: OffsetDateTime,
) -> Result<(), Refusal> {
    let expected = digest(account, signed);
    if is(sign, expected) {
        return Ok(());
    }
    let why = explain(sign, account, signed, expected);
    Err(Refusal::Code(Code::BadSign, why.about(Part::Sign)))
}

fn digest(account: &Account, signed: OffsetDateTime) -> Digest {
    md5::compute(format!("{}{}{}", account.sid, account.token, timestamp(signed)))
}

fn is(sign: &str, digest: Digest) -> bool {
    sign.eq_ignore_ascii_case(&format!("{digest:x}"))
}

fn explain(sign: &str, account: &Account, signed: OffsetDateTime, expected: Digest) -> Words {
    let as_number = format!("{expected:x}").trim_start_matches('0').to_owned();
    let byte_by_byte: String = expected.iter().map(|byte| format!("{byte:x}")).collect();
    if [as_number, byte_by_byte].iter().any(|short| sign.eq_ignore_ascii_case(short)) {
        return Words::from((
            "Sign is right but for zeros that were dropped: each byte is two hex digits",
            "Sign 只差丢掉的零：每个字节要写成两位十六进制",
        ));
    }
    let plain = sign.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    if STANDARD.decode(&plain).is_ok_and(|bytes| bytes == expected.0) {
        return Words::from((
            "Sign is the right digest in Base64: it is written as 32 hex digits",
            "Sign 的摘要是对的，但写成了 Base64：应写成 32 位十六进制",
        ));
    }
    if sign.len() != 32 || !sign.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let count = sign.chars().count();
        return Words::from((
            format!("Sign is not 32 hex digits; it has {count} characters"),
            format!("Sign 不是 32 位十六进制；它有 {count} 个字符"),
        ));
    }

    let other_time = other_time(sign, account, signed);
    other_time.or_else(|| other_text(sign, account, signed)).unwrap_or_else(|| {
        let carried = timestamp(signed);
        Words::from((
            format!(
                "Sign does not match: Authorization's {carried} is right, so the token or sid differ"
            ),
            format!("Sign 不匹配：Authorization 里的 {carried} 没有问题，所以是令牌或 sid 不同"),
        ))
    })
}

/// Whether Sign was made with another timestamp than Authorization.
fn other_time(sign: &str, account: &Account, signed: OffsetDateTime) -> Option<Words> {
    let carried = timestamp(signed);
    let nearby = |center: OffsetDateTime| {
        let seconds = -TWO_READINGS..=TWO_READINGS;
        let mut moments = seconds.map(move |s| center.saturating_add(time::Duration::seconds(s)));
        moments.find(|moment| is(sign, digest(account, *moment))).map(timestamp)
    };
    if let Some(used) = nearby(signed) {
        return Some(Words::from((
            format!(
                "Sign was made with timestamp {used} but Authorization carries {carried}: \
                 read the clock once"
            ),
            format!("Sign 用的时间戳是 {used}，Authorization 里却是 {carried}：只取一次时间"),
        )));
    }
    if let Some(used) = nearby(signed.saturating_sub(FROM_UTC)) {
        return Some(Words::from((
            format!(
                "Sign was made with timestamp {used}, in UTC, but Authorization carries {carried}: \
                 both have to be UTC+8"
            ),
            format!(
                "Sign 用的时间戳是 {used}（UTC），Authorization 里却是 {carried}：两处都要用 UTC+8"
            ),
        )));
    }
    nearby(signed.saturating_add(FROM_UTC)).map(|used| {
        Words::from((
            format!(
                "Sign was made with timestamp {used}, but Authorization carries {carried}, in UTC: \
                 both have to be UTC+8"
            ),
            format!(
                "Sign 用的时间戳是 {used}，Authorization 里却是 {carried}（UTC）：两处都要用 UTC+8"
            ),
        ))
    })
}

/// Whether the right three were put together in another way.
fn other_text(sign: &str, account: &Account, signed: OffsetDateTime) -> Option<Words> {
    let stamp = timestamp(signed);
    let parts = [
        (&*account.sid, "account SID", "账户 SID"),
        (&*account.token, "token", "令牌"),
        (&*stamp, "timestamp", "时间戳"),
    ];
    let made_of = |text: String| is(sign, md5::compute(text));
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let [first, second, third] = order.map(|place| parts[place]);
        if made_of([first.0, second.0, third.0].concat()) {
            return Some(Words::from((
                format!(
                    "Sign was made of {}, {}, {}: the order is account SID, token, timestamp",
                    first.1, second.1, third.1
                ),
                format!(
                    "Sign 的拼接顺序是 {}、{}、{}：应为账户 SID、令牌、时间戳",
                    first.2, second.2, third.2
                ),
            )));
        }
    }
    let [sid, token, stamp] = parts.map(|part| part.0);
    if ["|", ",", "&", ":", " ", "+", "-"].iter().any(|it| made_of([sid, token, stamp].join(it))) {
        return Some(Words::from((
            "Sign was made with something between account SID, token and timestamp: there is nothing \
             between them",
            "Sign 在账户 SID、令牌、时间戳之间加了分隔符：三者之间什么也没有",
        )));
    }
    let ends = ["\n", "\r\n", " "];
    if ends.iter().any(|end| made_of(format!("{sid}{token}{stamp}{end}"))) {
        return Some(Words::from((
            "Sign was made with a line end or blank behind the timestamp, as echo without -n makes one",
            "Sign 的时间戳后面多了换行或空格（例如用了不带 -n 的 echo）",
        )));
    }
    ends.iter().any(|end| made_of(format!("{sid}{token}{end}{stamp}"))).then(|| {
        Words::from((
            "Sign was made with a line end or blank behind the token, as one read from a file has it",
            "Sign 的令牌后面多了换行或空格（例如从文件读入时带上的）",
        ))
    })
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
            Refusal::Code(code, why) if code == expected => why.en.into_owned(),
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
        assert!(remark(utc, NOW).unwrap().en.contains("signed in UTC"));
        assert!(!remark(NOW - time::Duration::hours(2), NOW).unwrap().en.contains("signed in UTC"));
        assert!(remark(NOW - time::Duration::seconds(9), NOW).is_none());
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
    fn the_right_three_put_together_wrongly_are_recognised() {
        let account = account("sid", "s3cret");
        let wrong = |text: &str| {
            let sign = format!("{:x}", md5::compute(text));
            why(check_sign(&sign, &account, NOW).unwrap_err(), Code::BadSign)
        };
        for (text, told) in [
            ("s3cretsid20260101000000", "made of token, account SID, timestamp"),
            ("sid20260101000000s3cret", "made of account SID, timestamp, token"),
            ("20260101000000s3cretsid", "made of timestamp, token, account SID"),
            ("sid|s3cret|20260101000000", "something between"),
            ("sids3cret20260101000000\n", "behind the timestamp"),
            ("sids3cret\n20260101000000", "behind the token"),
            ("sids3cret", "token or sid differ"),
        ] {
            assert!(wrong(text).contains(told), "{text:?}: {}", wrong(text));
        }
        let base64 = STANDARD.encode(digest(&account, NOW).0).replace('=', "%3D");
        let refusal = check_sign(&base64, &account, NOW).unwrap_err();
        assert!(why(refusal, Code::BadSign).contains("in Base64"));
    }

    #[test]
    fn an_authorization_put_together_wrongly_is_recognised() {
        assert!(authorization("20260101000000|sid").unwrap_err().contains("wrong way round"));
        assert!(authorization("sid|20260101000000\n").unwrap_err().contains("line end"));
        assert!(authorization("sid|1767196800").unwrap_err().contains("since 1970"));
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
