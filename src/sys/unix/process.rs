//! What changes when the process forks, and what a thread of ours must not disturb.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

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

/// Keeps the code in memory after dlclose. The linker has seen to that: see build.rs.
pub(crate) fn stay_loaded() {}

/// Starts a thread of the library's own, on which the host's signal handlers never run.
pub(crate) fn start_thread(
    builder: thread::Builder,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    with_signals_blocked(|| builder.spawn(work))?;
    Ok(())
}

/// Runs `start` while this thread takes no signals. A thread started in it inherits that.
fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
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
