//! Noticing that the process has forked.

use std::ptr;

use super::fork::{watch_forks, wiped_page};
use crate::sys::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The newest generation that any process of this line has had.
static NEWEST: AtomicU32 = AtomicU32::new(0);

/// Where this process's generation stands; 0 until it has one. The system wipes the page when a
/// process is made, however it is made: fork() calls our handler as well, _Fork() and clone() do
/// not.
static PAGE: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());

/// Takes the page's place where the system has none to offer. Only the handler wipes it.
static NO_PAGE: AtomicU32 = AtomicU32::new(0);

/// A number that differs between this process and the one that it was forked from, without a
/// system call.
pub(crate) fn generation() -> u32 {
    let page = page();
    match page.load(Ordering::SeqCst) {
        0 => {
            // Counted first, so that no child can come to the same number.
            let next = NEWEST.fetch_add(1, Ordering::SeqCst) + 1;
            page.compare_exchange(0, next, Ordering::SeqCst, Ordering::SeqCst)
                .map_or_else(|other| other, |_| next)
        }
        known => known,
    }
}

/// Whether this process was forked from one that had the library already. Only glibc's look-up asks.
#[cfg(any(test, all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn is_child() -> bool {
    const FIRST: u32 = 1;
    generation() > FIRST
}

fn page() -> &'static AtomicU32 {
    watch_forks();
    let page = PAGE.load(Ordering::Acquire);
    // SAFETY: a published page is never unmapped, and is a valid AtomicU32 whatever it holds.
    if let Some(page) = unsafe { page.as_ref() } {
        return page;
    }
    let made = wiped_page().unwrap_or_else(|| ptr::from_ref(&NO_PAGE).cast_mut());
    // When two threads come here together one page stays unused.
    match PAGE.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: it is a page that is never unmapped, or a static.
        Ok(_) => unsafe { &*made },
        // SAFETY: as for a published page.
        Err(theirs) => unsafe { &*theirs },
    }
}

/// In a child that has just been made: only an atomic is stored to, which is allowed there.
pub(super) fn forget() {
    // SAFETY: as for a published page.
    if let Some(page) = unsafe { PAGE.load(Ordering::Acquire).as_ref() } {
        page.store(0, Ordering::SeqCst);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Runs `look` in a child made by `make`, and returns what it says.
    fn in_a_child(make: impl FnOnce() -> libc::pid_t, look: impl FnOnce() -> bool) -> bool {
        match make() {
            // SAFETY: the child only looks at atomics and ends.
            0 => unsafe { libc::_exit(i32::from(look())) },
            child => {
                let mut status = 0;
                // SAFETY: it waits for that child alone.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 1
            }
        }
    }

    #[test]
    fn a_child_is_another_generation_however_it_was_made() {
        let ours = generation();
        assert_eq!(ours, generation());
        // SAFETY: the child ends at once.
        assert!(in_a_child(|| unsafe { libc::fork() }, || generation() != ours && is_child()));
        #[cfg(target_os = "linux")]
        {
            // As _Fork does, which is younger than some C libraries.
            let raw = || unsafe {
                // SAFETY: a copy of this process, without its other threads; it ends at once.
                libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as libc::pid_t
            };
            assert!(in_a_child(raw, || generation() != ours));
        }
        assert_eq!(ours, generation());
    }
}
