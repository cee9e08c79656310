//! State that a forked process does not share with its parent.

use std::ptr;

use super::atomic::{AtomicPtr, Ordering};
use super::generation;

/// A value of which a forked child gets one of its own, so that it waits for no lock that a
/// thread of its parent held and uses no descriptor that its parent uses.
///
/// Reading it takes no lock. The parent's value stays in the child's memory, untouched, until
/// the whole is dropped.
pub(crate) struct PerProcess<T> {
    newest: AtomicPtr<Node<T>>,
}

struct Node<T> {
    generation: u32,
    value: T,
    older: *mut Node<T>,
}

// SAFETY: it hands out `&T` to any thread and drops `T` on the thread that drops it, exactly as
// an `Arc<T>` does.
unsafe impl<T: Send + Sync> Send for PerProcess<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for PerProcess<T> {}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        PerProcess { newest: AtomicPtr::new(ptr::null_mut()) }
    }

    /// This process's value, if it has been made.
    pub(crate) fn get(&self) -> Option<&T> {
        let newest = self.newest.load(Ordering::SeqCst);
        // SAFETY: a published node is never changed and lives until `self` is dropped.
        let node = unsafe { newest.as_ref() }?;
        (node.generation == generation()).then_some(&node.value)
    }

    /// The value of the process that this one was forked from, while this one has none.
    pub(crate) fn inherited(&self) -> Option<&T> {
        // SAFETY: as in `get`.
        let node = unsafe { self.newest.load(Ordering::SeqCst).as_ref() }?;
        (node.generation != generation()).then_some(&node.value)
    }

    /// This process's value, made first where needed. When two threads make it together, one of
    /// the two is dropped again.
    pub(crate) fn get_or_init(&self, make: impl Fn() -> T) -> &T {
        loop {
            // Loaded once: what is replaced has to be what was found not to be ours. Another thread
            // may publish ours in between.
            let older = self.newest.load(Ordering::SeqCst);
            // SAFETY: as in `get`.
            let found = unsafe { older.as_ref() };
            if let Some(node) = found.filter(|node| node.generation == generation()) {
                return &node.value;
            }
            let node = Box::new(Node { generation: generation(), value: make(), older });
            let node = Box::into_raw(node);
            let published =
                self.newest.compare_exchange(older, node, Ordering::SeqCst, Ordering::SeqCst);
            if published.is_err() {
                // SAFETY: the node came from a box and nobody else has seen it.
                drop(unsafe { Box::from_raw(node) });
            }
        }
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        PerProcess::new()
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let mut next = *self.newest.get_mut();
        while !next.is_null() {
            // SAFETY: every node came from a box, and `&mut self` proves that no reference into
            // one is left.
            let node = unsafe { Box::from_raw(next) };
            next = node.older;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn threads_that_make_a_value_together_share_one() {
        let cell = Arc::new(PerProcess::new());
        let living = Arc::new(AtomicUsize::new(0));
        struct Counted(Arc<AtomicUsize>);
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (cell, living) = (cell.clone(), living.clone());
                std::thread::spawn(move || {
                    let value = cell.get_or_init(|| {
                        living.fetch_add(1, Ordering::SeqCst);
                        Counted(living.clone())
                    });
                    std::ptr::from_ref(value) as usize
                })
            })
            .collect();
        let mut seen: Vec<usize> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        seen.dedup();
        assert_eq!(seen.len(), 1);
        assert_eq!(living.load(Ordering::SeqCst), 1);
        drop(cell);
        assert_eq!(living.load(Ordering::SeqCst), 0);
    }
}
