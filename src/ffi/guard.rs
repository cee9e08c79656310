//! The one place where a panic is stopped and a result is handed to C.

use std::ffi::c_char;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;

use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::report;
use crate::status::YTX_OK;
use crate::sys::Text;

use super::status::ytx_status;

/// Runs the body of an export; a panic in it becomes an error.
pub(super) fn guard<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping a payload can panic again; what that one carries is not looked at.
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
        std::mem::forget(dropped);
        // How far the call had come is not known, so a request may have left.
        Err(Error {
            sent: true,
            ..Error::new(Kind::Internal, "a fault inside the library was caught")
        })
    })
}

/// Tells C how it went, if C wants to know.
///
/// # Safety
/// `place` is NULL or valid for writing a status.
pub(super) unsafe fn store_status(place: *mut ytx_status, status: ytx_status) {
    if !place.is_null() {
        // SAFETY: the caller's promise.
        unsafe { place.write(status) };
    }
}

/// What a call ended with, as C gets it: its status, and a string that C frees.
pub(super) fn outcome(result: Result<Answer, Error>) -> (ytx_status, *mut c_char) {
    let (code, json) = match result {
        Ok(answer) => (YTX_OK, Some(answer.into_text())),
        Err(error) => (error.status(), report::json(error)),
    };
    (code, json.map_or(ptr::null_mut(), Text::into_raw))
}

/// Runs the body of a call, stores its status, and returns its JSON as a string that C frees.
///
/// # Safety
/// As for `store_status`.
pub(super) unsafe fn answer(
    status: *mut ytx_status,
    body: impl FnOnce() -> Result<Answer, Error>,
) -> *mut c_char {
    let (code, json) = outcome(guard(body));
    // SAFETY: the caller's promise.
    unsafe { store_status(status, code) };
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::string::ytx_string_free;
    use crate::status::YTX_E_INTERNAL;
    use std::ffi::CStr;

    #[test]
    fn a_panic_is_a_status() {
        let mut status = 0;
        // SAFETY: the status lives here; the string is read before it is freed.
        let json = unsafe {
            let string = answer(&raw mut status, || panic!("a test's panic"));
            let json = CStr::from_ptr(string).to_str().unwrap().to_owned();
            ytx_string_free(string);
            json
        };
        assert_eq!(status, YTX_E_INTERNAL);
        assert!(json.contains("\"error\":\"YTX_E_INTERNAL\""), "{json}");
        assert!(json.contains("\"sent\":true"), "{json}");
        assert!(!json.contains("test's"), "{json}");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_does_no_harm() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic::panic_any(());
            }
        }
        let result = guard::<()>(|| panic::panic_any(Bomb));
        assert_eq!(result.unwrap_err().kind(), Kind::Internal);
    }
}
