//! What C asks of the platform: its pointers and numbers as requests, for the calls that block and
//! for those that do not.

use std::ffi::c_char;

use crate::error::Error;
use crate::meeting::Lock;
use crate::request::{Request, VERSION};

use super::argument::{optional_text, text};
use super::calls::{YTX_LOCK, YTX_UNLOCK};

/// # Safety
/// The strings are NULL or what the header asks for, for as long as the request is used.
pub(super) unsafe fn lock_meeting<'a>(
    appid: *const c_char,
    confid: *const c_char,
    lackstate: i32,
) -> Result<Request<'a>, Error> {
    // SAFETY: the caller's promise.
    let (appid, confid) = unsafe { (text("appid", appid)?, text("confid", confid)?) };
    let lock = match lackstate {
        YTX_UNLOCK => Lock::Unlocked,
        YTX_LOCK => Lock::Locked,
        _ => return Err(Error::argument("lackstate is neither YTX_LOCK nor YTX_UNLOCK")),
    };
    Request::lock_meeting(appid, confid, lock)
}

/// # Safety
/// As for `lock_meeting`.
pub(super) unsafe fn meeting_state<'a>(
    appid: *const c_char,
    confid: *const c_char,
) -> Result<Request<'a>, Error> {
    // SAFETY: the caller's promise.
    let (appid, confid) = unsafe { (text("appid", appid)?, text("confid", confid)?) };
    Request::meeting_state(appid, confid)
}

/// # Safety
/// As for `lock_meeting`.
pub(super) unsafe fn generic<'a>(
    version: *const c_char,
    func: *const c_char,
    func_url: *const c_char,
    body_json: *const c_char,
) -> Result<Request<'a>, Error> {
    // SAFETY: the caller's promise.
    let (version, func, func_url, body_json) = unsafe {
        (
            optional_text("version", version)?.unwrap_or(VERSION),
            text("func", func)?,
            text("func_url", func_url)?,
            text("body_json", body_json)?,
        )
    };
    Request::generic(version, func, func_url, body_json)
}
