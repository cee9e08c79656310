//! The end of the strings that C owns. They come from `sys::Text`, which is memory of the C
//! allocator, so that C's leak checkers see them.

use std::ffi::{c_char, c_void};

/// Releases a string that a call returned.
///
/// The calls are ytx_lock_meeting(), ytx_meeting_state() and ytx_request().
///
/// Each string is released once, on any thread, also after its client was freed; free() is not for
/// them. NULL is ignored. Strings from ytx_version(), ytx_status_name() and ytx_status_text() are
/// not released at all.
///
/// @param string  the string, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_string_free(string: *mut c_char) {
    // SAFETY: by the contract it is NULL or came from `Text::into_raw`, hence from malloc, and is freed once.
    unsafe { libc::free(string.cast::<c_void>()) };
}
