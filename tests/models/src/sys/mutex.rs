//! What stands in for a mutex that is there for the compiler only.

use std::ops::{Deref, DerefMut};
use std::sync::LockResult;

use loom::cell::{MutPtr, UnsafeCell};

use super::atomic::step;

/// A mutex that never may be waited for, and that orders nothing: something else has to keep other
/// threads away while one has it, and loom fails the model when nothing does.
pub(crate) struct Mutex<T>(UnsafeCell<T>);

pub(crate) struct MutexGuard<'a, T> {
    place: MutPtr<T>,
    _mutex: &'a Mutex<T>,
}

// SAFETY: as for std's; loom watches.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    #[track_caller]
    pub(crate) fn new(value: T) -> Self {
        Mutex(UnsafeCell::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        step();
        Ok(MutexGuard { place: self.0.get_mut(), _mutex: self })
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the mutex outlives the guard, and loom has seen that nobody else is there.
        unsafe { self.place.deref() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { self.place.deref() }
    }
}
