//! What a status means, for C: lookups in the table of `crate::status`.

use std::ffi::c_char;

use crate::status;

/// The outcome of a call.
///
/// It is YTX_OK, the platform's own code below zero, or a YTX_E_* above zero. The platform's codes
/// are passed on unchanged, also those that this library does not know. The JSON that comes with a
/// status says more about the one case at hand.
///
/// "Retryable" means that trying again may help, after a while: ytx_status_is_retryable() is 1. It
/// does not mean that trying again is safe; "sent" in the JSON says that.
pub type ytx_status = i32;

/// Returns the name of a status, such as "YTX_E_TIMEOUT".
///
/// @param status  any number
/// @return        its name; "YTX_UNKNOWN" for a number that is no status. Never NULL; static, so
///                never released.
#[unsafe(no_mangle)]
pub extern "C" fn ytx_status_name(status: ytx_status) -> *const c_char {
    status::describe(status).map_or(c"YTX_UNKNOWN", |status| status.name).as_ptr()
}

/// Returns one English sentence about a status: what happened, and the remedy.
///
/// The "statusMsg" in a call's JSON says more about the one case at hand.
///
/// @param status  any number
/// @return        the sentence; for a number that is no status, one that says so. Never NULL;
///                static, so never released.
#[unsafe(no_mangle)]
pub extern "C" fn ytx_status_text(status: ytx_status) -> *const c_char {
    const UNKNOWN: &std::ffi::CStr =
        c"The platform answered with a code that this library does not know: see its statusMsg.";
    status::describe(status).map_or(UNKNOWN, |status| status.text).as_ptr()
}

/// Tells whether trying again may help, after a while.
///
/// It does not say that trying again is safe: for that see "sent" in the JSON. For YTX_E_HTTP
/// this returns 0, since it depends on the HTTP status: there "retryable" in the JSON decides.
///
/// @param status  any number
/// @return        1 or 0; 0 for a number that is no status
#[unsafe(no_mangle)]
pub extern "C" fn ytx_status_is_retryable(status: ytx_status) -> i32 {
    status::describe(status).is_some_and(|status| status.retryable).into()
}
