//! Which numbers are living clients and queues.
//!
//! A `ytx_client *` is a number: a slot in a table and how often that slot has been used. A
//! number is never issued twice, so one that was freed stays invalid for ever, and one that was
//! made up is found out. Its lowest bits are odd, so that no aligned pointer is mistaken for one,
//! and differ from table to table, so that no queue is mistaken for a client.
//!
//! Nothing here takes a lock: a slot counts the calls that use it in the same word that says
//! whether it lives, and whoever brings a freed slot's count to zero drops what lies in it. Slots
//! are never given back to the allocator, so that any number can be looked up at any time.

use std::ops::Deref;
use std::ptr;

use crate::sys::UnsafeCell;
use crate::sys::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// The lowest bits of every handle say which table it is of.
const MARK_BITS: u32 = 3;

/// Those that can live at the same time: 16 million, or 16 thousand on a 32-bit machine.
const SLOT_BITS: u32 = if usize::BITS == 64 { 24 } else { 14 };
const MAX_SLOTS: u32 = 1 << SLOT_BITS;

/// How often a slot can be used, beginning with 1: then it is retired.
const MAX_GENERATION: u64 = (usize::MAX >> (SLOT_BITS + MARK_BITS)) as u64;

/// A slot's state: generation, a bit for "living", and the number of calls that use it.
const USERS: u64 = (1 << 26) - 1;
const LIVING: u64 = 1 << 26;
const GENERATION_SHIFT: u32 = 27;

/// Slots come in blocks, each twice as large as the one before.
const FIRST_BLOCK: u32 = 64;
const BLOCKS: usize = (SLOT_BITS - FIRST_BLOCK.ilog2() + 1) as usize;

/// The living of one kind.
pub(super) struct Table<T: 'static> {
    mark: usize,
    blocks: [AtomicPtr<Slot<T>>; BLOCKS],
    /// How many slots have ever been used.
    used: AtomicU32,
    /// The first free slot plus one, and in the upper half a count of changes, without which a
    /// slot taken and given back meanwhile would look unchanged.
    free: AtomicU64,
}

struct Slot<T> {
    state: AtomicU64,
    /// The next free slot plus one, while this one is free.
    next_free: AtomicU32,
    value: UnsafeCell<Option<T>>,
}

/// Something living that cannot be dropped while this lives.
pub(super) struct InUse<T: 'static> {
    table: &'static Table<T>,
    slot: &'static Slot<T>,
    index: u32,
}

impl<T> Table<T> {
    /// An empty one. `mark` is odd, and of three bits.
    pub(super) const fn new(mark: usize) -> Self {
        Table {
            mark,
            blocks: [const { AtomicPtr::new(ptr::null_mut()) }; BLOCKS],
            used: AtomicU32::new(0),
            free: AtomicU64::new(0),
        }
    }

    /// Makes a value known to C. `None` when there are too many.
    pub(super) fn issue(&self, value: T) -> Option<usize> {
        let index = self.take_slot()?;
        let slot = self.slot(index)?;
        let generation = (slot.state.load(Ordering::Acquire) >> GENERATION_SHIFT) + 1;
        // SAFETY: a slot that has just been taken is not living and has no users, so nobody reads it.
        unsafe { slot.value.get().write(Some(value)) };
        slot.state.store((generation << GENERATION_SHIFT) | LIVING, Ordering::Release);
        Some((((generation as usize) << SLOT_BITS) | index as usize) << MARK_BITS | self.mark)
    }

    /// Finds what lives under a handle, and keeps it from being dropped.
    pub(super) fn look_up(&'static self, handle: usize) -> Option<InUse<T>> {
        let (slot, index, generation) = self.parse(handle)?;
        slot.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
                let usable = is_living(state, generation) && state & USERS < USERS;
                usable.then_some(state + 1)
            })
            .ok()?;
        Some(InUse { table: self, slot, index })
    }

    /// Makes a handle invalid; `false` when it was already. The value goes with its last user.
    pub(super) fn retire(&self, handle: usize) -> bool {
        let Some((slot, index, generation)) = self.parse(handle) else {
            return false;
        };
        let before = slot.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
            is_living(state, generation).then_some(state & !LIVING)
        });
        if before.is_ok_and(|state| state & USERS == 0) {
            self.reclaim(slot, index);
        }
        before.is_ok()
    }

    fn parse(&self, handle: usize) -> Option<(&'static Slot<T>, u32, u64)> {
        if handle & ((1 << MARK_BITS) - 1) != self.mark {
            return None;
        }
        let number = handle >> MARK_BITS;
        let index = (number & (MAX_SLOTS as usize - 1)) as u32;
        let generation = (number >> SLOT_BITS) as u64;
        Some((self.slot(index)?, index, generation))
    }

    /// Drops the value of a slot that is neither living nor used, and frees the slot.
    fn reclaim(&self, slot: &'static Slot<T>, index: u32) {
        // SAFETY: of all that end a slot's life exactly one sees "not living and no users" come
        // about, and from then on nobody but it touches the value.
        let value = unsafe { slot.value.get().replace(None) };
        if slot.state.load(Ordering::Acquire) >> GENERATION_SHIFT < MAX_GENERATION {
            self.give_slot(slot, index);
        }
        drop(value);
    }
}

fn is_living(state: u64, generation: u64) -> bool {
    state & LIVING != 0 && state >> GENERATION_SHIFT == generation
}

impl<T> Deref for InUse<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: while this counts as a user nobody changes the value.
        match unsafe { self.slot.value.get().as_ref() } {
            Some(Some(value)) => value,
            _ => unreachable!("a slot in use holds a value"),
        }
    }
}

impl<T> Drop for InUse<T> {
    fn drop(&mut self) {
        let before = self.slot.state.fetch_sub(1, Ordering::AcqRel);
        if before & LIVING == 0 && before & USERS == 1 {
            self.table.reclaim(self.slot, self.index);
        }
    }
}

// SAFETY: the value is only reached as the state allows: shared by users, alone by its maker and
// its end. The value itself may be used and dropped on any thread.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Table<T> {
    fn slot(&self, index: u32) -> Option<&'static Slot<T>> {
        let (block, offset) = place(index);
        let slots = self.blocks[block].load(Ordering::Acquire);
        // SAFETY: a block, once published, has `FIRST_BLOCK << block` slots and is never freed.
        (!slots.is_null()).then(|| unsafe { &*slots.add(offset) })
    }

    fn take_slot(&self) -> Option<u32> {
        let mut head = self.free.load(Ordering::Acquire);
        while head as u32 != 0 {
            let index = head as u32 - 1;
            let next = self.slot(index)?.next_free.load(Ordering::Relaxed);
            match self.swap_free(head, next) {
                Ok(()) => return Some(index),
                Err(now) => head = now,
            }
        }
        let index = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used < MAX_SLOTS).then_some(used + 1)
            })
            .ok()?;
        self.make_block(place(index).0);
        Some(index)
    }

    fn give_slot(&self, slot: &Slot<T>, index: u32) {
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            slot.next_free.store(head as u32, Ordering::Relaxed);
            match self.swap_free(head, index + 1) {
                Ok(()) => return,
                Err(now) => head = now,
            }
        }
    }

    fn swap_free(&self, head: u64, first: u32) -> Result<(), u64> {
        let changes = (head >> 32).wrapping_add(1) << 32;
        self.free
            .compare_exchange(head, changes | u64::from(first), Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    fn make_block(&self, block: usize) {
        if !self.blocks[block].load(Ordering::Acquire).is_null() {
            return;
        }
        let slots: Box<[Slot<T>]> = (0..FIRST_BLOCK << block).map(|_| Slot::empty()).collect();
        let length = slots.len();
        let slots = Box::into_raw(slots).cast::<Slot<T>>();
        let published = self.blocks[block].compare_exchange(
            ptr::null_mut(),
            slots,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if published.is_err() {
            // SAFETY: it is the box made above, and nobody else has seen it.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(slots, length)) });
        }
    }
}

impl<T> Slot<T> {
    fn empty() -> Slot<T> {
        Slot {
            state: AtomicU64::new(0),
            next_free: AtomicU32::new(0),
            value: UnsafeCell::new(None),
        }
    }
}

/// Which block a slot is in, and where in it.
fn place(index: u32) -> (usize, usize) {
    let shifted = index + FIRST_BLOCK;
    let block = shifted.ilog2() - FIRST_BLOCK.ilog2();
    (block as usize, (shifted - (FIRST_BLOCK << block)) as usize)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Options;
    use crate::client::Client;
    use std::collections::HashSet;
    use std::thread;

    static CLIENTS: Table<Client> = Table::new(0b101);
    static OTHERS: Table<Client> = Table::new(0b011);

    fn client() -> Client {
        let options = Options { base_url: "http://127.0.0.1:1".to_owned(), ..Options::default() };
        Client::new("sid", "token", options).unwrap()
    }

    #[test]
    fn a_handle_is_valid_until_it_is_freed_and_never_again() {
        let handle = CLIENTS.issue(client()).unwrap();
        assert!(handle >= 65_536);
        assert!(CLIENTS.look_up(handle).is_some());
        assert!(CLIENTS.retire(handle));
        assert!(CLIENTS.look_up(handle).is_none());
        assert!(!CLIENTS.retire(handle));
        let other = CLIENTS.issue(client()).unwrap();
        assert_ne!(other, handle);
        assert!(CLIENTS.look_up(handle).is_none());
        assert!(CLIENTS.retire(other));
    }

    #[test]
    fn a_client_freed_in_use_lives_until_its_last_user() {
        let handle = CLIENTS.issue(client()).unwrap();
        let user = CLIENTS.look_up(handle).unwrap();
        assert!(CLIENTS.retire(handle));
        assert!(CLIENTS.look_up(handle).is_none());
        assert!(format!("{:?}", *user).contains("Account(sid)"));
    }

    #[test]
    fn numbers_that_were_never_issued_are_no_clients() {
        let handle = CLIENTS.issue(client()).unwrap();
        for made_up in [0, 1, 5, 8, 65_541, usize::MAX, usize::MAX - 2, handle + 1, handle - 1] {
            assert!(CLIENTS.look_up(made_up).is_none(), "{made_up:#x}");
            assert!(!CLIENTS.retire(made_up), "{made_up:#x}");
        }
        let pointer = Box::new(0_u64);
        assert!(CLIENTS.look_up(ptr::from_ref(&*pointer) as usize).is_none());
        assert!(CLIENTS.retire(handle));
    }

    #[test]
    fn a_handle_of_one_table_is_none_of_another() {
        let (one, other) = (CLIENTS.issue(client()).unwrap(), OTHERS.issue(client()).unwrap());
        assert!(CLIENTS.look_up(other).is_none() && OTHERS.look_up(one).is_none());
        assert!(!CLIENTS.retire(other) && !OTHERS.retire(one));
        assert!(CLIENTS.retire(one) && OTHERS.retire(other));
    }

    #[test]
    fn blocks_follow_one_another_without_gap() {
        let mut expected = (0, 0);
        for index in 0..10_000 {
            assert_eq!(place(index), expected);
            expected.1 += 1;
            if expected.1 == (FIRST_BLOCK as usize) << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert_eq!(place(MAX_SLOTS - 1).0, BLOCKS - 1);
    }

    #[test]
    fn threads_never_get_the_same_handle() {
        let one = client();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let one = one.clone();
                thread::spawn(move || {
                    let mut mine = Vec::new();
                    for round in 0..1000 {
                        let handle = CLIENTS.issue(one.clone()).unwrap();
                        assert!(CLIENTS.look_up(handle).is_some());
                        mine.push(handle);
                        if round % 3 != 0 {
                            assert!(CLIENTS.retire(handle));
                        }
                    }
                    mine
                })
            })
            .collect();
        let all: Vec<usize> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        all.iter().for_each(|&handle| _ = CLIENTS.retire(handle));
    }
}
