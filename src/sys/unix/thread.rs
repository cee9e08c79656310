//! Threads of the library's own, and what they need of the process.

use std::io;
use std::thread;

/// Starts one, on which the host's signal handlers never run. All of `stack` is its own: what the
/// C library takes from a stack for the host's `__thread` data comes on top.
pub(crate) fn start_thread(
    name: &str,
    stack: usize,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let stack = stack.saturating_add(taken_from_stacks());
    let builder = thread::Builder::new().name(name.to_owned()).stack_size(stack);
    with_signals_blocked(|| builder.spawn(work))?;
    Ok(())
}

/// Keeps the code in memory after dlclose. The linker has seen to that: see build.rs.
pub(crate) fn stay_loaded() {}

/// What glibc takes from each stack: static thread-local storage and its own bookkeeping. It never
/// changes while a process runs.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn taken_from_stacks() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let known = TAKEN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: the name is a C string. Where there is such a function it is glibc's, which takes
    // attributes and answers with a size; Rust's standard library uses it in the same way.
    let taken = unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"__pthread_get_minstack".as_ptr());
        if found.is_null() {
            1 // older than what is supported
        } else {
            let minimum: unsafe extern "C" fn(*const libc::pthread_attr_t) -> usize =
                std::mem::transmute(found);
            let mut attributes = std::mem::MaybeUninit::uninit();
            libc::pthread_attr_init(attributes.as_mut_ptr());
            let size = minimum(attributes.as_ptr());
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            size
        }
    };
    TAKEN.store(taken, Ordering::Relaxed);
    taken
}

/// Other C libraries put it beside the stack.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn taken_from_stacks() -> usize {
    0
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
