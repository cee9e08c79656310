//! Counts what this program asks of the C allocator, which Rust's own memory comes from too.
//!
//! The functions stand in for glibc's of the same names: a `#[global_allocator]` would not see
//! the strings that the library makes for C.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

static ASKED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(memory: *mut c_void, size: usize) -> *mut c_void;
}

/// How often memory is asked for while this is done.
pub fn allocations(work: impl FnOnce()) -> usize {
    let before = ASKED.load(Ordering::Relaxed);
    work();
    ASKED.load(Ordering::Relaxed) - before
}

#[unsafe(no_mangle)]
unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    ASKED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: it is malloc by its other name.
    unsafe { __libc_malloc(size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    ASKED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: it is calloc by its other name.
    unsafe { __libc_calloc(count, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
    ASKED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: it is realloc by its other name, and memory what the caller has of these.
    unsafe { __libc_realloc(memory, size) }
}
