//! Pointers that C passes in, as values.

use std::ffi::{CStr, c_char};

use crate::error::Error;

/// The text a C string holds.
///
/// # Safety
/// `pointer` is NULL, or points to a NUL-terminated string that outlives `'a` unchanged.
pub(super) unsafe fn text<'a>(name: &str, pointer: *const c_char) -> Result<&'a str, Error> {
    // SAFETY: the caller's promise is the same.
    match unsafe { optional_text(name, pointer) }? {
        Some(text) => Ok(text),
        None => Err(Error::argument(format!("{name} is NULL"))),
    }
}

/// As `text`, but NULL is allowed and is `None`.
///
/// # Safety
/// As for `text`.
pub(super) unsafe fn optional_text<'a>(
    name: &str,
    pointer: *const c_char,
) -> Result<Option<&'a str>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not NULL, so by the caller's promise it is a string that lives for 'a.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    // Faster for an answer with its members; for names it is the same.
    if let Ok(text) = simdutf8::basic::from_utf8(bytes.to_bytes()) {
        return Ok(Some(text));
    }
    match bytes.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let at = error.valid_up_to();
            Err(Error::argument(format!("{name} is not UTF-8: see its byte {at}")))
        }
    }
}
