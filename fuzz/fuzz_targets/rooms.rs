//! Whatever polls of a room bring, and whenever the host takes: the lists that are told, applied to
//! the state told before, give the state that is told, and no list says more than it has to.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use ytx::fuzzing::Watched;

/// An answer with a member a byte: two bits for its number, one for its presence, two for its mute
/// word, and one for how the number is written.
fn answer(bytes: &[u8]) -> String {
    let rows = bytes.iter().enumerate().map(|(place, byte)| {
        let phone = ["1", "2", "3", "1****4"][usize::from(byte & 3)];
        let phone = if byte & 32 == 0 { phone.to_owned() } else { phone.replace('1', "\\u0031") };
        let presence = if byte & 4 == 0 { "在线" } else { "不在线" };
        let mute = ["已静音", "未静音", "?", "未静音"][usize::from(byte >> 3 & 3)];
        format!(r#"{{"meid":"{place}","phone":"{phone}","statusname":"{presence}","ifmutename":"{mute}"}}"#)
    });
    format!(r#"{{"statusCode":"0","statusMsg":[{}]}}"#, rows.collect::<Vec<_>>().join(","))
}

/// How many on line are muted, not muted, or neither, a number.
type State = BTreeMap<String, [i64; 3]>;

fn add(state: &mut State, list: &Value, by: i64) {
    for row in list.as_array().expect("a list") {
        if row["statusname"] == "在线" {
            let word = match row["ifmutename"].as_str() {
                Some("已静音") => 0,
                Some("未静音") => 1,
                _ => 2,
            };
            let phone = row["phone"].as_str().expect("a text").to_owned();
            state.entry(phone).or_default()[word] += by;
        }
    }
    state.retain(|_, count| *count != [0; 3]);
}

fn state_of(list: &Value) -> State {
    let mut state = State::new();
    add(&mut state, list, 1);
    state
}

struct Host {
    watched: Watched,
    told: Option<State>,
    lost: bool,
    version: u64,
    /// The rows cannot be followed by another parser any more.
    blind: bool,
}

impl Host {
    fn take(&mut self) {
        let Some(json) = self.watched.take() else { return };
        self.version += 1;
        let Ok(news) = serde_json::from_str::<Value>(&json) else {
            // A room: nothing else holds what the platform wrote.
            (self.told, self.lost, self.blind) = (Some(State::new()), false, true);
            return;
        };
        assert_eq!(news["version"], self.version, "{json}");
        assert!(news["polls"].as_u64() >= Some(1), "{json}");
        let kind = news["event"].as_str().expect("a kind");
        let lists = ["joined", "left", "muted", "unmuted"].map(|name| state_of(&news[name]));
        let now = state_of(&news["members"]);
        if kind == "lost" {
            assert!(!self.lost && news["online"].is_null() && now.is_empty(), "{json}");
            assert!(lists.iter().all(State::is_empty) && news["error"].is_object(), "{json}");
            self.lost = true;
            return;
        }
        assert_eq!(news["online"], now.values().flatten().sum::<i64>(), "{json}");
        let expected = match (&self.told, self.lost) {
            (None, _) => "snapshot",
            (Some(_), true) => "restored",
            (Some(_), false) => "changed",
        };
        assert_eq!(kind, expected, "{json}");
        if !self.blind {
            if let Some(told) = &self.told {
                check(told, &lists, &now, &json);
            }
            let is_empty = lists.iter().all(State::is_empty);
            assert!(kind == "restored" || is_empty == (kind == "snapshot"), "{json}");
        }
        (self.told, self.lost, self.blind) = (Some(now), false, false);
    }
}

/// Of each number: who joined or left is as many as more or fewer are on line, and where all mute
/// words are known, who was muted or not is told by as few rows as can be.
fn check(before: &State, lists: &[State; 4], after: &State, json: &str) {
    let none = [0; 3];
    let phones = [before, after, &lists[0], &lists[1], &lists[2], &lists[3]];
    for phone in phones.into_iter().flat_map(BTreeMap::keys) {
        let of = |state: &State| *state.get(phone).unwrap_or(&none);
        let sum = |count: [i64; 3]| count.into_iter().sum::<i64>();
        let [joined, left, muted, unmuted] = lists.each_ref().map(of);
        let (before, after) = (of(before), of(after));
        let more = sum(after) - sum(before);
        assert_eq!((sum(joined), sum(left)), (more.max(0), (-more).max(0)), "{json}");
        assert_eq!((sum(muted), sum(unmuted)), (muted[0], unmuted[1]), "{json}");
        assert!(muted[0] == 0 || unmuted[1] == 0, "{json}");
        // Applied to what was told.
        let applied: [i64; 2] = [0, 1].map(|word| {
            let change = if word == 0 { muted[0] - unmuted[1] } else { unmuted[1] - muted[0] };
            before[word] - left[word] + joined[word] + change
        });
        if before[2] + after[2] + joined[2] + left[2] == 0 {
            assert_eq!(applied, [after[0], after[1]], "{json}");
            // Whoever stays keeps the word where that is possible.
            let (stay, same) = (
                sum(before).min(sum(after)),
                before[0].min(after[0]) + before[1].min(after[1]),
            );
            assert_eq!(muted[0] + unmuted[1], (stay - same).max(0), "{json}");
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let watched = Watched::new();
    let mut host = Host { watched, told: None, lost: false, version: 0, blind: false };
    for step in input.split(|&byte| byte == 0xFF) {
        let goes_on = match step.split_first() {
            None => {
                host.take();
                true
            }
            Some((0xFE, _)) => host.watched.fail(),
            Some((0xFD, rows)) => {
                let body = [br#"{"statusCode":"0","statusMsg":["#, rows, b"]}"].concat();
                host.watched.answer(&body)
            }
            Some((0xFC, body)) => host.watched.answer(body),
            Some(_) => host.watched.answer(answer(step).as_bytes()),
        };
        if !goes_on {
            return;
        }
    }
    host.take();
    host.take(); // there is nothing new
});
