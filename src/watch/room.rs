//! A room as one poll found it, and how it differs from an earlier one.
//!
//! Members have no id and their numbers are masked, so several can look alike: they are counted,
//! number by number.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::ops::Range;

use crate::answer::Answer;
use crate::members;

/// The members that an answer lists.
#[derive(Debug)]
pub(super) struct Room {
    answer: Answer,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    /// Where its bytes lie in the answer.
    bytes: Range<usize>,
    phone: String,
    online: bool,
    mute: Mute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mute {
    Muted,
    Unmuted,
    /// A word that is neither.
    Unknown,
}

/// Rows by their place: those of `left` in the earlier room, the others in the later one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) joined: Vec<usize>,
    pub(super) left: Vec<usize>,
    pub(super) muted: Vec<usize>,
    pub(super) unmuted: Vec<usize>,
}

impl Room {
    /// The answer comes back where it lists no members.
    pub(super) fn new(answer: Answer) -> Result<Room, Answer> {
        let json = answer.json();
        let start = json.as_ptr() as usize;
        let read = |row: members::Row| {
            let from = row.raw.as_ptr() as usize - start;
            Row {
                bytes: from..from + row.raw.len(),
                online: row.member.is_online() == Some(true),
                mute: match row.member.is_muted() {
                    Some(true) => Mute::Muted,
                    Some(false) => Mute::Unmuted,
                    None => Mute::Unknown,
                },
                phone: row.member.phone,
            }
        };
        match members::of_answer(json).map(|rows| rows.into_iter().map(read).collect()) {
            Some(rows) => Ok(Room { rows, answer }),
            None => Err(answer),
        }
    }

    pub(super) fn online(&self) -> usize {
        self.rows.iter().filter(|row| row.online).count()
    }

    /// The platform's bytes of a row.
    pub(super) fn row(&self, index: usize) -> &str {
        &self.answer.json()[self.rows[index].bytes.clone()]
    }

    /// The platform's bytes of all rows, in its order.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        (0..self.rows.len()).map(|index| self.row(index))
    }

    /// What has changed since an earlier poll.
    pub(super) fn since(&self, earlier: &Room) -> Changes {
        let mut numbers: BTreeMap<&str, Box<Number>> = BTreeMap::new();
        for (index, row) in earlier.rows.iter().enumerate().rev().filter(|(_, row)| row.online) {
            numbers.entry(&row.phone).or_default().before.add(index, row.mute);
        }
        for (index, row) in self.rows.iter().enumerate().rev().filter(|(_, row)| row.online) {
            numbers.entry(&row.phone).or_default().after.add(index, row.mute);
        }
        // Told in the order of the rows, not of the numbers.
        let mut gone = vec![false; earlier.rows.len()];
        let mut here = vec![None; self.rows.len()];
        for number in numbers.into_values() {
            number.compare(&mut gone, &mut here);
        }
        let rows = |change| (0..here.len()).filter(|&row| here[row] == Some(change)).collect();
        Changes {
            joined: rows(Change::Joined),
            left: (0..gone.len()).filter(|&row| gone[row]).collect(),
            muted: rows(Change::Muted),
            unmuted: rows(Change::Unmuted),
        }
    }
}

/// What happened to a member that is there.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    Joined,
    Muted,
    Unmuted,
}

/// The rows on line under one number.
#[derive(Default)]
struct Number {
    before: ByMute,
    after: ByMute,
}

/// Rows from the last to the first, so that the first is popped.
#[derive(Default)]
struct ByMute {
    muted: Vec<usize>,
    unmuted: Vec<usize>,
    unknown: Vec<usize>,
}

impl ByMute {
    /// Adds a row that lies before the others.
    fn add(&mut self, index: usize, mute: Mute) {
        let rows = match mute {
            Mute::Muted => &mut self.muted,
            Mute::Unmuted => &mut self.unmuted,
            Mute::Unknown => &mut self.unknown,
        };
        rows.push(index);
    }

    fn rest(self) -> impl Iterator<Item = usize> {
        self.muted.into_iter().chain(self.unmuted).chain(self.unknown)
    }
}

impl Number {
    /// Pairs who was there with who is, so that as few as possible were muted or unmuted. Who is
    /// left over has left or joined.
    fn compare(mut self, gone: &mut [bool], here: &mut [Option<Change>]) {
        let Number { before, after } = &mut self;
        // The same word; then a word that is not known, which may have been any.
        pair(&mut before.muted, &mut after.muted, |_| ());
        pair(&mut before.unmuted, &mut after.unmuted, |_| ());
        pair(&mut before.muted, &mut after.unknown, |_| ());
        pair(&mut before.unmuted, &mut after.unknown, |_| ());
        pair(&mut before.unknown, &mut after.muted, |_| ());
        pair(&mut before.unknown, &mut after.unmuted, |_| ());
        pair(&mut before.unknown, &mut after.unknown, |_| ());
        pair(&mut before.unmuted, &mut after.muted, |row| here[row] = Some(Change::Muted));
        pair(&mut before.muted, &mut after.unmuted, |row| here[row] = Some(Change::Unmuted));
        self.before.rest().for_each(|row| gone[row] = true);
        self.after.rest().for_each(|row| here[row] = Some(Change::Joined));
    }
}

/// Pairs as many as there are on both sides.
fn pair(before: &mut Vec<usize>, after: &mut Vec<usize>, mut told: impl FnMut(usize)) {
    while !before.is_empty() && !after.is_empty() {
        before.pop();
        after.pop().into_iter().for_each(&mut told);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::sys::Block;

    /// An answer with members written as `phone` and a letter: `m` muted, `u` not, `x` another word, in
    /// capitals off line.
    pub(in crate::watch) fn answer(members: &str) -> Answer {
        let rows: Vec<String> = members
            .split_whitespace()
            .enumerate()
            .map(|(place, member)| {
                let (phone, letter) = member.split_at(member.len() - 1);
                let presence = match letter.to_lowercase() == letter {
                    true => "在线",
                    false => "不在线",
                };
                let mute = match letter.to_lowercase().as_str() {
                    "m" => "已静音",
                    "u" => "未静音",
                    _ => "?",
                };
                format!(
                    r#"{{"meid":"{place}","phone":"{phone}","statusname":"{presence}","ifmutename":"{mute}"}}"#
                )
            })
            .collect();
        let json = format!(r#"{{"statusCode":"0","statusMsg":[{}]}}"#, rows.join(","));
        Answer::read(Block::copy(json.as_bytes()).unwrap()).unwrap().0
    }

    fn room(members: &str) -> Room {
        Room::new(answer(members)).unwrap()
    }

    fn changes(before: &str, after: &str) -> Changes {
        room(after).since(&room(before))
    }

    fn lists(joined: &[usize], left: &[usize], muted: &[usize], unmuted: &[usize]) -> Changes {
        let [joined, left, muted, unmuted] = [joined, left, muted, unmuted].map(<[_]>::to_vec);
        Changes { joined, left, muted, unmuted }
    }

    #[test]
    fn who_came_who_went_who_was_muted() {
        assert_eq!(changes("", "1u 2m"), lists(&[0, 1], &[], &[], &[]));
        assert_eq!(changes("1u 2m", "2m"), lists(&[], &[0], &[], &[]));
        assert_eq!(changes("1u 2m", "1m 2u"), lists(&[], &[], &[0], &[1]));
        assert_eq!(changes("1u 2m", "2m 1u"), Changes::default(), "the order is nobody's business");
        assert_eq!(changes("1U", "1u"), lists(&[0], &[], &[], &[]));
        assert_eq!(changes("1u", "1U"), lists(&[], &[0], &[], &[]));
        assert_eq!(changes("1U", "1M"), Changes::default(), "who is off line is not muted");
        assert_eq!(changes("1u", "1x"), Changes::default());
        assert_eq!(changes("1x", "1m"), Changes::default());
    }

    #[test]
    fn several_with_one_masked_number_are_counted() {
        assert_eq!(changes("1u 1u", "1u"), lists(&[], &[1], &[], &[]));
        assert_eq!(changes("1u", "1u 1u 1m"), lists(&[1, 2], &[], &[], &[]));
        // One left and one was muted, or the one not muted left: the latter is less.
        assert_eq!(changes("1m 1u", "1m"), lists(&[], &[1], &[], &[]));
        assert_eq!(changes("1m 1u", "1m 1m"), lists(&[], &[], &[1], &[]));
        assert_eq!(changes("1u", "1x 1m"), lists(&[1], &[], &[], &[]));
    }

    // An answer may hold as many, and the thread that compares them has all queues to serve.
    #[test]
    fn very_many_alike_take_no_long_time() {
        let row = |mute| Row { bytes: 0..0, phone: "1".to_owned(), online: true, mute };
        let rows = |mute| (0..300_000).map(|_| row(mute)).collect();
        let before = Room { rows: rows(Mute::Muted), answer: answer("") };
        let after = Room { rows: rows(Mute::Unmuted), answer: answer("") };
        let start = std::time::Instant::now();
        assert_eq!(after.since(&before).unmuted.len(), 300_000);
        assert!(start.elapsed() < std::time::Duration::from_secs(8), "{:?}", start.elapsed());
    }

    /// The fewest mutings and unmutings of any way to pair those who stay.
    fn fewest(before: &[u8], after: &[u8]) -> usize {
        let Some((&first, rest)) = before.split_first() else { return 0 };
        let pairs = before.len().min(after.len());
        let mut best = usize::MAX;
        if rest.len().min(after.len()) == pairs {
            best = fewest(rest, after);
        }
        for index in 0..after.len() {
            let mut others = after.to_vec();
            let other = others.remove(index);
            let cost = usize::from(first != other && first != b'x' && other != b'x');
            if rest.len().min(others.len()) + 1 == pairs {
                best = best.min(cost + fewest(rest, &others));
            }
        }
        best
    }

    #[test]
    fn of_all_readings_the_one_with_the_fewest_rows_is_told() {
        let words = |count: u32| {
            (0..3_usize.pow(count)).map(move |mut number| {
                let letters = (0..count).map(|_| {
                    let letter = b"mux"[number % 3];
                    number /= 3;
                    letter
                });
                letters.collect::<Vec<u8>>()
            })
        };
        let text = |letters: &[u8]| -> String {
            letters.iter().map(|&letter| format!("1{} ", letter as char)).collect()
        };
        for (some, others) in (0..=4).flat_map(|b| (0..=4).map(move |a| (b, a))) {
            for before in words(some) {
                for after in words(others) {
                    let told = changes(&text(&before), &text(&after));
                    let muted = told.muted.len() + told.unmuted.len();
                    assert_eq!(muted, fewest(&before, &after), "{before:?} {after:?}");
                    assert_eq!(told.joined.len(), after.len().saturating_sub(before.len()));
                    assert_eq!(told.left.len(), before.len().saturating_sub(after.len()));
                }
            }
        }
    }
}
