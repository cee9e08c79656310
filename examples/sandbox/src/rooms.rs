//! The rooms of a sandbox and who is in them.

use std::collections::HashMap;

use crate::data::{Member, Room};

/// The first number for a room that is made without one. The ready-made rooms are below.
const FIRST_NUMBER: u32 = 101;

/// In the order they were made. No room ever goes.
#[derive(Default)]
pub(crate) struct Rooms {
    list: Vec<Room>,
    /// Where each stands in the list.
    places: HashMap<String, usize>,
    /// The places of those that changed since they were last told of.
    changed: Vec<usize>,
}

impl Rooms {
    pub(crate) fn new(list: Vec<Room>) -> Rooms {
        let mut rooms = Rooms::default();
        // Of two with one number the first counts.
        list.into_iter().for_each(|room| _ = rooms.add(room));
        rooms.changed.clear();
        rooms
    }

    pub(crate) fn all(&self) -> &[Room] {
        &self.list
    }

    pub(crate) fn find(&self, confid: &str) -> Option<&Room> {
        self.places.get(confid).map(|place| &self.list[*place])
    }

    /// The rooms that changed since this was last called, each once.
    pub(crate) fn take_changed(&mut self) -> Vec<&Room> {
        let places = std::mem::take(&mut self.changed);
        places.into_iter().map(|place| &self.list[place]).collect()
    }

    fn find_mut(&mut self, confid: &str) -> Option<&mut Room> {
        let place = *self.places.get(confid)?;
        if !self.changed.contains(&place) {
            self.changed.push(place);
        }
        Some(&mut self.list[place])
    }

    /// Whether there is such a room.
    pub(crate) fn set_lock(&mut self, confid: &str, locked: bool) -> bool {
        self.find_mut(confid).map(|room| room.locked = locked).is_some()
    }

    /// The member of a room with this phone.
    pub(crate) fn member_mut(&mut self, confid: &str, phone: &str) -> Option<&mut Member> {
        self.find_mut(confid)?.members.iter_mut().find(|it| it.phone == phone)
    }

    /// Puts a member into a room, in place of one with the same phone. The room is made if there
    /// is none.
    pub(crate) fn set_member(&mut self, confid: &str, member: Member) {
        if let Some(old) = self.member_mut(confid, &member.phone) {
            *old = member;
        } else if let Some(room) = self.find_mut(confid) {
            room.members.push(member);
        } else {
            let confid = confid.to_owned();
            self.add(Room { confid, locked: false, broken: false, members: vec![member] });
        }
    }

    /// Adds a room, unless there is one with its number.
    pub(crate) fn add(&mut self, room: Room) -> bool {
        if self.places.contains_key(&room.confid) {
            return false;
        }
        let place = self.list.len();
        self.places.insert(room.confid.clone(), place);
        self.list.push(room);
        self.changed.push(place);
        true
    }

    /// A number that no room has: three digits, as long as there are any.
    pub(crate) fn free_number(&self) -> String {
        let mut numbers = (FIRST_NUMBER..).map(|number| number.to_string());
        numbers.find(|number| self.find(number).is_none()).unwrap_or_default()
    }
}

/// A phone number as the platform shows it: four digits hidden before the last four.
pub(crate) fn shown(phone: &str) -> String {
    let digits = subscriber(phone);
    let (rest, end) = digits.split_at(digits.len().saturating_sub(4));
    let start = &rest[..rest.len().saturating_sub(4).min(3)];
    format!("{start}****{end}")
}

/// A number without the country's prefix. The sandbox is called from China only.
pub(crate) fn subscriber(phone: &str) -> &str {
    phone.strip_prefix("+86").unwrap_or(phone).trim_start_matches('+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_with_its_middle_hidden() {
        for (phone, as_shown) in [
            ("13112341314", "131****1314"),
            ("+8613112341314", "131****1314"),
            ("01053187788", "010****7788"),
            ("075512345678", "075****5678"),
            ("+14155550100", "141****0100"),
            ("4008001234", "40****1234"),
            ("53187788", "****7788"),
            ("5318778", "****8778"),
        ] {
            assert_eq!(shown(phone), as_shown, "{phone}");
        }
    }

    #[test]
    fn a_free_number_is_of_no_room() {
        let mut rooms = Rooms::new(Vec::new());
        assert_eq!(rooms.free_number(), "101");
        let room = |number: u32| Room {
            confid: number.to_string(),
            locked: false,
            broken: false,
            members: Vec::new(),
        };
        for number in (101..=999).filter(|number| *number != 500) {
            assert!(rooms.add(room(number)));
        }
        assert_eq!(rooms.free_number(), "500");
        assert!(rooms.add(room(500)) && !rooms.add(room(500)));
        assert_eq!(rooms.free_number(), "1000");
    }
}
