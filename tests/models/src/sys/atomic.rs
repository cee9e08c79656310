//! Loom's atomics and cells, in the shape of std's.
//!
//! Loom's belong to one run of a model and cannot be made at compile time, so a `static` cannot
//! hold them. Ours are: each takes one of loom's when it is first touched in a run, out of a store
//! that is filled before the run's threads begin. So the first touch is never a fault, as it is
//! none for a static. For an atomic in memory that a thread has just made it would be one; cells
//! are made where they stand and show that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use loom::sync::atomic::AtomicU64 as Loom;
pub(crate) use std::sync::atomic::Ordering;

pub(crate) type AtomicU32 = Atomic<u32>;
pub(crate) type AtomicU64 = Atomic<u64>;
pub(crate) type AtomicPtr<T> = Atomic<*mut T>;

/// As many atomics as a run may touch.
const STORE: usize = 32;

static RUN: Mutex<Run> = Mutex::new(Run { number: 0, store: Vec::new(), turn: None });

struct Run {
    number: u64,
    store: Vec<Loom>,
    turn: Option<Arc<Loom>>,
}

/// Begins a run: every atomic is as it was made.
pub(crate) fn begin() {
    let store = (0..STORE).map(|_| Loom::new(0)).collect();
    let turn = Arc::new(Loom::new(0));
    let mut run = run();
    run.number += 1;
    run.store = store;
    run.turn = Some(turn);
}

/// Comes before every access to an atomic or a cell, for two reasons. Loom tries two accesses in
/// both orders when the later one touches what the earlier one was the last to touch: a thread
/// that loads and then exchanges would hide from it the thread that loaded before. And it takes
/// what follows a release for released with it, up to the next access to an atomic.
pub(super) fn step() {
    let turn = run().turn.clone();
    turn.expect("begin() was called").fetch_add(0, Ordering::Relaxed);
}

fn run() -> MutexGuard<'static, Run> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Atomic<T> {
    initial: T,
    /// Loom's atomic, and the run that it belongs to. It holds in which bits the value differs from
    /// the initial one, since the store has zeros only.
    made: Mutex<Option<(u64, Arc<Loom>)>>,
    /// What `get_mut` lends.
    seen: T,
}

// SAFETY: a pointer may be anywhere, and all else here is `Send` and `Sync`.
unsafe impl<T> Send for Atomic<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Atomic<T> {}

impl<T: Copy> Atomic<T> {
    pub(crate) const fn new(initial: T) -> Self {
        Atomic { initial, made: Mutex::new(None), seen: initial }
    }
}

impl<T: Word> Atomic<T> {
    /// One whose first touch by another thread has to happen after this.
    pub(crate) fn made_now() -> Self {
        let made = (run().number, Arc::new(Loom::new(0)));
        Atomic { made: Mutex::new(Some(made)), ..Atomic::new(T::from_word(0)) }
    }

    fn loom(&self) -> Arc<Loom> {
        step();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut run = run();
        match &*made {
            Some((number, loom)) if *number == run.number => loom.clone(),
            _ => {
                let loom = Arc::new(run.store.pop().expect("STORE is too small"));
                *made = Some((run.number, loom.clone()));
                loom
            }
        }
    }

    /// The value as loom's atomic holds it.
    fn difference(&self, value: T) -> u64 {
        value.word() ^ self.initial.word()
    }

    /// What loom's atomic holds, as the value.
    fn value(&self, difference: u64) -> T {
        T::from_word(difference ^ self.initial.word())
    }

    #[track_caller]
    pub(crate) fn load(&self, order: Ordering) -> T {
        self.value(self.loom().load(order))
    }

    #[track_caller]
    pub(crate) fn store(&self, value: T, order: Ordering) {
        self.loom().store(self.difference(value), order);
    }

    #[track_caller]
    pub(crate) fn swap(&self, value: T, order: Ordering) -> T {
        self.value(self.loom().swap(self.difference(value), order))
    }

    #[track_caller]
    pub(crate) fn fetch_add(&self, value: T, order: Ordering) -> T {
        assert_eq!(self.initial.word(), 0, "a sum of differences is no difference");
        T::from_word(self.loom().fetch_add(value.word(), order))
    }

    #[track_caller]
    pub(crate) fn fetch_sub(&self, value: T, order: Ordering) -> T {
        assert_eq!(self.initial.word(), 0, "a sum of differences is no difference");
        T::from_word(self.loom().fetch_sub(value.word(), order))
    }

    #[track_caller]
    pub(crate) fn fetch_and(&self, value: T, order: Ordering) -> T {
        assert_eq!(!value.word() & self.initial.word(), 0, "what began as a one stays one");
        self.value(self.loom().fetch_and(value.word(), order))
    }

    #[track_caller]
    pub(crate) fn fetch_or(&self, value: T, order: Ordering) -> T {
        assert_eq!(value.word() & self.initial.word(), 0, "what began as a one stays one");
        self.value(self.loom().fetch_or(value.word(), order))
    }

    #[track_caller]
    pub(crate) fn fetch_min(&self, value: T, order: Ordering) -> T {
        assert_eq!(self.initial.word(), u64::MAX, "the smaller the value, the larger the rest");
        self.value(self.loom().fetch_max(self.difference(value), order))
    }

    #[track_caller]
    pub(crate) fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let [current, new] = [current, new].map(|value| self.difference(value));
        let result = self.loom().compare_exchange(current, new, success, failure);
        result.map(|before| self.value(before)).map_err(|other| self.value(other))
    }

    #[track_caller]
    pub(crate) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        mut change: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let mut now = self.load(fetch);
        while let Some(new) = change(now) {
            match self.compare_exchange(now, new, set, fetch) {
                Ok(before) => return Ok(before),
                Err(other) => now = other,
            }
        }
        Err(now)
    }

    /// For reading only: what is written to it is lost.
    #[track_caller]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` says that nobody else is there; loom checks it.
        self.seen = self.value(unsafe { self.loom().unsync_load() });
        &mut self.seen
    }
}

/// What fits into one of loom's atomics.
pub(crate) trait Word: Copy {
    fn word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

impl Word for u32 {
    fn word(self) -> u64 {
        u64::from(self)
    }

    fn from_word(word: u64) -> u32 {
        word as u32
    }
}

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }

    fn from_word(word: u64) -> u64 {
        word
    }
}

impl<T> Word for *mut T {
    fn word(self) -> u64 {
        self as u64
    }

    fn from_word(word: u64) -> *mut T {
        word as *mut T
    }
}

pub(crate) struct UnsafeCell<T>(loom::cell::UnsafeCell<T>);

/// What std's cell gives as `*mut T`: of its methods those that the library uses.
pub(crate) struct Pointer<'a, T>(&'a UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    #[track_caller]
    pub(crate) fn new(value: T) -> Self {
        UnsafeCell(loom::cell::UnsafeCell::new(value))
    }

    pub(crate) fn get(&self) -> Pointer<'_, T> {
        Pointer(self)
    }
}

impl<'a, T> Pointer<'a, T> {
    /// # Safety
    ///
    /// As for a pointer, here and below; loom fails the model when another thread may be there.
    #[track_caller]
    pub(crate) unsafe fn write(self, value: T) {
        step();
        self.0.0.with_mut(|place| unsafe { place.write(value) });
    }

    #[track_caller]
    pub(crate) unsafe fn replace(self, value: T) -> T {
        step();
        self.0.0.with_mut(|place| unsafe { place.replace(value) })
    }

    #[track_caller]
    pub(crate) unsafe fn as_ref(&self) -> Option<&'a T> {
        step();
        self.0.0.with(|place| unsafe { place.as_ref() })
    }
}
