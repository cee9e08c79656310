//! Which library this is, for C.

use std::ffi::c_char;

/// Returns the version of the library that is loaded, such as "0.1.0".
///
/// Compare it with YTX_VERSION, which is the version of the header.
///
/// @return  the version. Never NULL; static, so never released.
#[unsafe(no_mangle)]
pub extern "C" fn ytx_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
