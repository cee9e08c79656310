//! A client that only knows its number, and counts itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sys::UnsafeCell;

pub(crate) struct Client {
    number: UnsafeCell<u32>,
    living: Living,
}

// SAFETY: the library has to see to it that nobody reads while somebody writes; loom watches.
unsafe impl Sync for Client {}

/// How many there are. Not loom's: no thread of a model learns anything by it.
#[derive(Clone, Default)]
pub(crate) struct Living(Arc<AtomicUsize>);

impl Client {
    pub(crate) fn new(number: u32, living: &Living) -> Client {
        living.0.fetch_add(1, Ordering::SeqCst);
        let client = Client { number: UnsafeCell::new(0), living: living.clone() };
        // SAFETY: nobody else has it.
        unsafe { client.number.get().write(number) };
        client
    }

    /// Loom fails the model when the client may not have been made yet for this thread.
    pub(crate) fn number(&self) -> u32 {
        // SAFETY: whether anybody writes is what loom finds out.
        *unsafe { self.number.get().as_ref() }.unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Loom fails the model when somebody may still be reading.
        // SAFETY: as above.
        unsafe { self.number.get().write(u32::MAX) };
        self.living.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Living {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
