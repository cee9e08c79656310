//! Strings that C owns, from the C allocator so that C's leak checkers see them.

use std::ffi::{c_char, c_void};
use std::ptr;

/// Copies a text for C. NULL only when there is no memory.
pub(super) fn give(text: &str) -> *mut c_char {
    let length = text.len();
    // SAFETY: the block has room for the text and its NUL, and nobody else has it yet.
    unsafe {
        let block = libc::malloc(length + 1).cast::<u8>();
        if !block.is_null() {
            ptr::copy_nonoverlapping(text.as_ptr(), block, length);
            block.add(length).write(0);
        }
        block.cast()
    }
}

/// Releases a string that ytx_lock_meeting(), ytx_meeting_state() or ytx_request() returned.
///
/// Each string is released once, on any thread. NULL is ignored. Strings from ytx_version(),
/// ytx_status_name() and ytx_status_text() are not released at all.
///
/// @param string  the string, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_string_free(string: *mut c_char) {
    // SAFETY: by the contract it is NULL or came from `give`, hence from malloc, and is freed once.
    unsafe { libc::free(string.cast::<c_void>()) };
}
