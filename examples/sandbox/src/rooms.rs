//! The rooms of a sandbox and who is in them.

use crate::data::{Member, Room};

/// The first number for a room that is made without one. The ready-made rooms are below.
const FIRST_NUMBER: u32 = 101;

pub(crate) struct Rooms(Vec<Room>);

impl Rooms {
    pub(crate) fn new(rooms: Vec<Room>) -> Rooms {
        Rooms(rooms)
    }

    pub(crate) fn find(&self, confid: &str) -> Option<&Room> {
        self.0.iter().find(|room| room.confid == confid)
    }

    pub(crate) fn find_mut(&mut self, confid: &str) -> Option<&mut Room> {
        self.0.iter_mut().find(|room| room.confid == confid)
    }

    /// Puts a member into a room, in place of one with the same phone. The room is made if there
    /// is none.
    pub(crate) fn set_member(&mut self, confid: &str, member: Member) {
        let Some(room) = self.find_mut(confid) else {
            return self.add(confid.to_owned(), vec![member]);
        };
        match room.members.iter_mut().find(|it| it.phone == member.phone) {
            Some(old) => *old = member,
            None => room.members.push(member),
        }
    }

    pub(crate) fn add(&mut self, confid: String, members: Vec<Member>) {
        self.0.push(Room { confid, locked: false, broken: false, members });
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
        for number in (101..=999).filter(|number| *number != 500) {
            rooms.add(number.to_string(), Vec::new());
        }
        assert_eq!(rooms.free_number(), "500");
        rooms.add("500".to_owned(), Vec::new());
        assert_eq!(rooms.free_number(), "1000");
    }
}
