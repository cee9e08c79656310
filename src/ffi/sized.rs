//! Structs of C that say how large they are, so that they can grow.

use std::mem::size_of;
use std::slice;

use crate::error::Error;

/// A later version's may be larger, but no larger than this.
pub(super) const LARGEST: usize = 4096;

/// Reads options. `name` is theirs, and `start` the macro that a program should begin with.
///
/// # Safety
/// `pointer` points to as many bytes as its first field says, which is a `usize`; and any bytes are
/// a `T`.
pub(super) unsafe fn read<T>(pointer: *const T, name: &str, start: &str) -> Result<T, Error> {
    // SAFETY: the caller's promise; the size is read first, and alone, since it says how much
    // there is to read.
    let size = unsafe { pointer.cast::<usize>().read_unaligned() };
    if !(size_of::<T>()..=LARGEST).contains(&size) {
        return Err(Error::argument(format!(
            "{name}.struct_size is not the size of a released version: start from {start}"
        )));
    }
    // SAFETY: there are at least that many bytes.
    let given = unsafe { pointer.read_unaligned() };
    // SAFETY: there are `size` bytes.
    let extra =
        unsafe { slice::from_raw_parts(pointer.add(1).cast::<u8>(), size - size_of::<T>()) };
    if extra.iter().any(|&byte| byte != 0) {
        return Err(Error::argument(format!(
            "{name}.struct_size covers fields that this version of the library does not know: use \
             a newer library"
        )));
    }
    Ok(given)
}
