//! The grammar of everything a caller passes in, checked in one place before anything is sent.
//!
//! Each check names the argument in its sentence. Values are never repeated in a message: they
//! may be secret, and may hold bytes that a log should not see.

#![forbid(unsafe_code)]

use crate::error::Error;

/// Account SID, auth token, appid and confid have no longer values on the platform; the limits
/// keep a mistaken pointer from becoming a request.
const MAX_SID: usize = 128;
const MAX_TEXT: usize = 1024;
const MAX_NAME: usize = 64;

pub(crate) fn account_sid(value: &str) -> Result<(), Error> {
    not_empty("account_sid", value)?;
    at_most("account_sid", value, MAX_SID)?;
    only("account_sid", value, "letters, digits, _ and -", |b| b == b'_' || b == b'-')
}

/// A free text such as the auth token, an appid or a confid.
pub(crate) fn text(name: &str, value: &str) -> Result<(), Error> {
    not_empty(name, value)?;
    at_most(name, value, MAX_TEXT)?;
    no_control(name, value)
}

pub(crate) fn version(value: &str) -> Result<(), Error> {
    not_empty("version", value)?;
    if value.len() == 6 && value.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(Error::argument("version must be six digits, such as 201612"))
}

/// One segment of the path: func or func_url.
pub(crate) fn segment(name: &str, value: &str) -> Result<(), Error> {
    not_empty(name, value)?;
    at_most(name, value, MAX_NAME)?;
    only(name, value, "letters, digits, _, . and -", |b| matches!(b, b'_' | b'.' | b'-'))?;
    if value == "." || value == ".." {
        return Err(Error::argument(format!("{name} must not be . or ..")));
    }
    Ok(())
}

pub(crate) fn not_empty(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::argument(format!("{name} is empty")));
    }
    Ok(())
}

/// U+0000 to U+001F and U+007F. UTF-8 never uses these bytes within another character.
pub(crate) fn no_control(name: &str, value: &str) -> Result<(), Error> {
    no_byte(name, value, |b| b.is_ascii_control())
}

/// The same, but for the white space that JSON allows.
pub(crate) fn no_control_in_json(name: &str, value: &str) -> Result<(), Error> {
    no_byte(name, value, |b| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r'))
}

fn no_byte(name: &str, value: &str, refused: impl Fn(u8) -> bool) -> Result<(), Error> {
    // Without a way out in the middle, so that the compiler can take many bytes at a time.
    if !value.bytes().fold(false, |found, byte| found | refused(byte)) {
        return Ok(());
    }
    let at = value.bytes().position(refused).unwrap_or_default();
    Err(Error::argument(format!("{name} holds a control character at byte {at}")))
}

fn at_most(name: &str, value: &str, limit: usize) -> Result<(), Error> {
    if value.len() > limit {
        return Err(Error::argument(format!("{name} is longer than {limit} bytes")));
    }
    Ok(())
}

fn only(name: &str, value: &str, words: &str, also: impl Fn(u8) -> bool) -> Result<(), Error> {
    if value.bytes().all(|b| b.is_ascii_alphanumeric() || also(b)) {
        return Ok(());
    }
    Err(Error::argument(format!("{name} may hold only {words}")))
}
