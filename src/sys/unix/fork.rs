//! Being told of forks, and keeping them out of what they would break.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::generation;
use crate::sys::PerProcess;

/// A page that the system wipes when a process is made.
#[cfg(target_os = "linux")]
pub(super) fn wiped_page() -> Option<*mut AtomicU32> {
    const SIZE: usize = 4096; // the system rounds it up
    // SAFETY: a new private mapping touches no memory that exists; madvise gets just that.
    unsafe {
        let page = libc::mmap(
            ptr::null_mut(),
            SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        // Linux before 4.14 does not know it; the handler still wipes the page then.
        libc::madvise(page, SIZE, libc::MADV_WIPEONFORK);
        Some(page.cast())
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn wiped_page() -> Option<*mut AtomicU32> {
    None
}

/// Has the handlers called at every fork from now on.
pub(super) fn watch_forks() {
    static WATCHING: AtomicBool = AtomicBool::new(false);
    if !WATCHING.load(Ordering::Acquire) {
        // SAFETY: the library is linked so that it is never unmapped, so the handlers outlive
        // every fork. When two threads come here together they run twice, which does no harm.
        let refused =
            unsafe { libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)) };
        // It fails only for want of memory; then the next call tries again.
        WATCHING.store(refused == 0, Ordering::Release);
    }
}

extern "C" fn before_fork() {
    if let Some(gate) = GATE.get() {
        gate.hold();
    }
}

extern "C" fn in_parent() {
    if let Some(gate) = GATE.get() {
        gate.release();
    }
}

extern "C" fn in_child() {
    generation::forget();
}

/// Who forks waits for so long until nobody is inside. It is enough for what holds the system's
/// locks; a look-up that takes longer waits for an answer, and holds none.
const PATIENCE: Duration = Duration::from_millis(20);

/// Who wants in waits for so long until the fork is done.
const FORK_TAKES: Duration = Duration::from_secs(1);

static GATE: PerProcess<Gate> = PerProcess::new();

/// Lets forks and what they must not interrupt pass one after the other.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    inside: usize,
    forking: usize,
}

/// Runs `work` so that, where it can be helped, no fork falls into it: a child inherits the
/// system's locks as they are, and nobody is there to open them.
pub(crate) fn without_fork<T>(work: impl FnOnce() -> T) -> T {
    let _inside = GATE.get_or_init(Gate::default).enter();
    work()
}

/// Somebody inside the gate.
struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.state().inside -= 1;
        self.0.changed.notify_all();
    }
}

impl Gate {
    fn enter(&self) -> Inside<'_> {
        self.wait_while(FORK_TAKES, |state| state.forking > 0).inside += 1;
        Inside(self)
    }

    fn hold(&self) {
        self.state().forking += 1;
        drop(self.wait_while(PATIENCE, |state| state.inside > 0));
    }

    fn release(&self) {
        let mut state = self.state();
        state.forking = state.forking.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }

    fn wait_while(
        &self,
        at_most: Duration,
        condition: impl Fn(&State) -> bool,
    ) -> MutexGuard<'_, State> {
        let until = Instant::now() + at_most;
        let mut state = self.state();
        while condition(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn who_forks_waits_for_those_inside_and_holds_others_back() {
        let gate = Gate::default();
        let inside = gate.enter();
        thread::scope(|scope| {
            let forking = scope.spawn(|| gate.hold());
            while gate.state().forking == 0 {
                thread::yield_now();
            }
            drop(inside);
            forking.join().unwrap();
            let late = scope.spawn(|| drop(gate.enter()));
            gate.release();
            late.join().unwrap();
        });
        assert_eq!(gate.state().inside, 0);
    }

    #[test]
    fn a_long_look_up_does_not_hold_a_fork_for_long() {
        let gate = Gate::default();
        let _inside = gate.enter();
        gate.hold(); // it returns
        let state = gate.state();
        assert_eq!((state.inside, state.forking), (1, 1));
    }
}
