//! One queue's calls in their order: how many are on their way, who is next, and which lock calls
//! wait for another one of their room. Only keys of tasks; nothing here knows what a call is.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};

#[derive(Default)]
pub(super) struct Lane {
    /// How many tasks there are.
    pub(super) tasks: usize,
    pub(super) in_flight: usize,
    /// How many of those are polls of watches.
    pub(super) polls: usize,
    /// How many turns were given back so far.
    pub(super) given_back: u64,
    /// Those that wait for their turn, by number; the oldest is next.
    waiting: BTreeMap<u64, usize>,
    /// Those that wait for a descriptor.
    starved: BTreeMap<u64, usize>,
    /// The lock calls of each room, of which the first is under way.
    rooms: BTreeMap<Vec<u8>, VecDeque<usize>>,
}

impl Lane {
    /// Lines a lock call up; `false` when it has to wait behind another.
    pub(super) fn enter_room(&mut self, room: &[u8], key: usize) -> bool {
        match self.rooms.get_mut(room) {
            Some(keys) => keys.push_back(key),
            None => _ = self.rooms.insert(room.to_owned(), VecDeque::from([key])),
        }
        self.rooms.get(room).is_none_or(|keys| keys.len() == 1)
    }

    /// A lock call has ended; the one that may begin now.
    pub(super) fn leave_room(&mut self, room: &[u8], key: usize) -> Option<usize> {
        let keys = self.rooms.get_mut(room)?;
        let was_first = keys.front() == Some(&key);
        keys.retain(|&other| other != key);
        let next = keys.front().copied().filter(|_| was_first);
        if keys.is_empty() {
            self.rooms.remove(room);
        }
        next
    }

    /// Takes a turn, or a place in the line for one.
    pub(super) fn take_turn(&mut self, most: usize, number: u64, key: usize) -> bool {
        let may = self.in_flight < most && self.starved.is_empty();
        if may {
            self.in_flight += 1;
        } else {
            self.waiting.insert(number, key);
        }
        may
    }

    /// Gives a turn up for want of a descriptor; `false` when nobody is on his way who could set
    /// one free, and the turn is kept.
    pub(super) fn starve(&mut self, number: u64, key: usize) -> bool {
        let may = self.in_flight > 1;
        if may {
            self.in_flight -= 1;
            self.starved.insert(number, key);
        }
        may
    }

    /// One that waits in line goes away.
    pub(super) fn leave_line(&mut self, number: u64) {
        self.waiting.remove(&number);
        self.starved.remove(&number);
    }

    /// Gives a turn back.
    pub(super) fn give_turn(&mut self) {
        self.given_back += 1;
        self.in_flight -= 1;
    }

    /// Who gets the turn that is free: those who had one before come first.
    pub(super) fn next(&mut self, most: usize) -> Option<usize> {
        if self.in_flight >= most {
            return None;
        }
        let (_, key) = match self.starved.pop_first() {
            Some(first) => first,
            None => self.waiting.pop_first()?,
        };
        self.in_flight += 1;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_is_next() {
        let mut lane = Lane::default();
        assert!(lane.take_turn(2, 1, 10) && lane.take_turn(2, 2, 20));
        assert!(
            !lane.take_turn(2, 4, 40) && !lane.take_turn(2, 3, 30) && !lane.take_turn(2, 5, 50)
        );
        assert_eq!(lane.next(2), None);
        lane.give_turn();
        assert_eq!(lane.next(2), Some(30));
        lane.give_turn();
        lane.leave_line(4);
        assert_eq!(lane.next(2), Some(50));
        lane.give_turn();
        assert_eq!(lane.next(2), None);
        assert_eq!(lane.in_flight, 1);
    }

    #[test]
    fn one_room_is_locked_by_one_call_at_a_time() {
        let mut lane = Lane::default();
        assert!(lane.enter_room(b"a", 1));
        assert!(
            !lane.enter_room(b"a", 2) && !lane.enter_room(b"a", 3) && !lane.enter_room(b"a", 4)
        );
        assert!(lane.enter_room(b"b", 5));
        assert_eq!(lane.leave_room(b"a", 3), None, "it was not its turn");
        assert_eq!(lane.leave_room(b"a", 1), Some(2));
        assert_eq!(lane.leave_room(b"a", 2), Some(4));
        assert_eq!(lane.leave_room(b"a", 4), None);
        assert!(lane.enter_room(b"a", 6));
        assert_eq!(lane.leave_room(b"b", 5), None);
    }

    #[test]
    fn a_starved_call_waits_for_one_on_its_way_and_no_new_one_starts_meanwhile() {
        let mut lane = Lane::default();
        assert!(lane.take_turn(9, 1, 10) && lane.take_turn(9, 2, 20));
        assert!(lane.starve(2, 20));
        assert!(!lane.take_turn(9, 3, 30));
        lane.give_turn();
        assert_eq!(lane.next(9), Some(20));
        assert!(!lane.starve(2, 20), "nobody else could set a descriptor free");
        lane.give_turn();
        assert_eq!(lane.next(9), Some(30));
    }
}
