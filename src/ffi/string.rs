//! The end of the strings that C owns. They come from `sys::Text`, which is memory of the C
//! allocator, so that C's leak checkers see them.

use std::ffi::{c_char, c_void};

/// Releases a string that ytx_lock_meeting(), ytx_meeting_state() or ytx_request() returned.
///
/// Each string is released once, on any thread. NULL is ignored. Strings from ytx_version(),
/// ytx_status_name() and ytx_status_text() are not released at all.
///
/// @param string  the string, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_string_free(string: *mut c_char) {
    // SAFETY: by the contract it is NULL or came from `Text::into_raw`, hence from malloc, and is freed once.
    unsafe { libc::free(string.cast::<c_void>()) };
}
