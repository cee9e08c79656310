//! Structs of C that say how large they are, so that they can grow.

use std::mem::{MaybeUninit, size_of};
use std::{ptr, slice};

use crate::error::Error;

/// A later version's may be larger, but no larger than this.
pub(super) const LARGEST: usize = 4096;

/// Reads options. `older` are the sizes that earlier versions had, `name` is that of the options,
/// and `start` the macro that a program should begin with. What an older program does not know is
/// zero.
///
/// # Safety
/// `pointer` points to as many bytes as its first field says, which is a `usize`; and any such bytes,
/// zeros among them, are a `T`.
pub(super) unsafe fn read<T>(
    pointer: *const T,
    older: &[usize],
    name: &str,
    start: &str,
) -> Result<T, Error> {
    // SAFETY: the caller's promise; the size is read first, and alone, since it says how much
    // there is to read.
    let size = unsafe { pointer.cast::<usize>().read_unaligned() };
    if !older.contains(&size) && !(size_of::<T>()..=LARGEST).contains(&size) {
        return Err(Error::argument(format!(
            "{name}.struct_size is not the size of a released version: start from {start}"
        )));
    }
    let known = size.min(size_of::<T>());
    let mut given = MaybeUninit::<T>::zeroed();
    // SAFETY: there are `size` bytes, of which no more are copied than `given` has.
    unsafe {
        ptr::copy_nonoverlapping(pointer.cast::<u8>(), given.as_mut_ptr().cast::<u8>(), known);
    }
    // SAFETY: there are `size` bytes.
    let extra = unsafe { slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
    if extra.iter().any(|&byte| byte != 0) {
        return Err(Error::argument(format!(
            "{name}.struct_size covers fields that this version of the library does not know: use \
             a newer library"
        )));
    }
    // SAFETY: by the caller's promise these bytes are a `T`.
    Ok(unsafe { given.assume_init() })
}
