//! What changes when the process forks, and what a thread of ours must not disturb.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);
static WATCHING: AtomicBool = AtomicBool::new(false);

extern "C" fn count_fork() {
    GENERATION.fetch_add(1, Ordering::SeqCst);
}

/// How many forks lie between this process and the one the library was loaded in.
///
/// Two equal values mean the same process, without a system call.
pub(crate) fn generation() -> u32 {
    if !WATCHING.load(Ordering::Acquire) {
        // SAFETY: the handler only increments an atomic, which is allowed in a forked child. The
        // library is linked so that it is never unmapped, so the handler outlives every fork.
        // When two threads come here together a fork counts twice, which does no harm.
        let refused = unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
        // It fails only for want of memory; then the next call tries again.
        WATCHING.store(refused == 0, Ordering::Release);
    }
    GENERATION.load(Ordering::SeqCst)
}

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
            if let Some(value) = self.get() {
                return value;
            }
            let older = self.newest.load(Ordering::SeqCst);
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

/// Runs `start` while this thread takes no signals. A thread started in it inherits that, so the
/// host's signal handlers never run on a thread of this library.
pub(crate) fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    let previous = mask(libc::SIG_SETMASK, None);
    let value = start();
    if let Ok(previous) = previous {
        // It cannot fail: the mask is one that was in force.
        let _ = mask(libc::SIG_SETMASK, Some(&previous));
    }
    value
}

/// Sets this thread's signal mask (`None`: every signal blocked) and returns the one before.
fn mask(how: libc::c_int, set: Option<&libc::sigset_t>) -> io::Result<libc::sigset_t> {
    // SAFETY: sigset_t is plain data, and sigfillset and pthread_sigmask write whole values into
    // the two that live on this stack.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut previous: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        match libc::pthread_sigmask(how, set.unwrap_or(&all), &mut previous) {
            0 => Ok(previous),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

#[cfg(test)]
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

    #[test]
    fn signals_are_blocked_only_inside() {
        fn blocked() -> bool {
            // SAFETY: reads this thread's mask into a value on this stack.
            unsafe {
                let mut now: libc::sigset_t = std::mem::zeroed();
                libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &mut now);
                libc::sigismember(&now, libc::SIGUSR1) == 1
            }
        }
        assert!(!blocked());
        assert!(with_signals_blocked(|| std::thread::spawn(blocked).join().unwrap()));
        assert!(!blocked());
    }
}
