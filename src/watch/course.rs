//! The course of one watch: answers go in, and what is to be told comes out. Nothing here polls,
//! waits or looks at a clock.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::report;
use crate::status::YTX_OK;
use crate::sys::Text;

use super::room::{Changes, Room};

/// So many polls in a row have to fail before a room counts as lost.
const LOST: u32 = 3;

/// A failing watch polls no less often than this, if its interval is not longer.
const SLOWEST: Duration = Duration::from_secs(60);

pub(crate) struct Course {
    confid: String,
    interval: Duration,
    /// From the start of the last poll to that of the next.
    pace: Duration,
    polls: u64,
    room: Option<Arc<Room>>,
    /// The failures in a row, and the last of them.
    failures: u32,
    failure: Option<Error>,
    /// The first poll whose news was not told.
    news_since: Option<u64>,
    /// How much had been told when that was noted.
    told: u64,
}

/// What the host has taken.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// How many events.
    version: u64,
    room: Option<Arc<Room>>,
    lost: bool,
}

impl Told {
    pub(crate) fn version(&self) -> u64 {
        self.version
    }
}

/// An event that waits to be taken.
pub(crate) struct News {
    pub(crate) status: i32,
    /// `None` where there is no memory for it.
    pub(crate) json: Option<Text>,
    /// The last failure, for a room that is lost.
    pub(crate) failure: Option<Error>,
    /// What is told once it is taken.
    pub(crate) told: Told,
}

/// How a watch goes on after a poll.
#[derive(Debug)]
pub(crate) enum Onward {
    /// With the next poll so long after the start of this one.
    Poll(Duration),
    /// Not at all.
    End(Error),
}

impl Course {
    pub(crate) fn new(confid: &str, interval: Duration) -> Course {
        Course {
            confid: confid.to_owned(),
            interval,
            pace: interval,
            polls: 0,
            room: None,
            failures: 0,
            failure: None,
            news_since: None,
            told: 0,
        }
    }

    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }

    /// A poll has ended, after so many attempts.
    pub(crate) fn polled(&mut self, result: Result<Answer, Error>, attempts: u32) -> Onward {
        self.polls += 1;
        let unreadable = |answer| unreadable(answer, attempts);
        let room = result.and_then(|answer| Room::new(answer).map_err(unreadable));
        match room {
            Ok(room) => {
                self.room = Some(Arc::new(room));
                self.failures = 0;
                self.failure = None;
                self.pace = self.interval;
            }
            Err(error) if is_for_good(error.kind()) => return Onward::End(error),
            Err(error) => {
                self.failures += 1;
                self.failure = Some(error);
                let slowest = SLOWEST.max(self.interval);
                self.pace = self.pace.saturating_mul(2).min(slowest);
            }
        }
        Onward::Poll(self.pace)
    }

    /// Whether the last poll may have changed what is to be told.
    pub(crate) fn may_have_news(&self) -> bool {
        self.failures == 0 || self.failures >= LOST
    }

    /// What is to be told to a host that has taken so much; `None`: nothing.
    pub(crate) fn news(&mut self, told: &Told) -> Option<News> {
        if self.told != told.version {
            self.told = told.version;
            self.news_since = None;
        }
        if self.failures >= LOST {
            return if told.lost { None } else { Some(self.lost(told)) };
        }
        let room = Arc::clone(self.room.as_ref()?);
        let (event, changes) = match &told.room {
            None => ("snapshot", Changes::default()),
            Some(earlier) => {
                let event = if told.lost { "restored" } else { "changed" };
                (event, room.since(earlier))
            }
        };
        if event == "changed" && changes == Changes::default() {
            self.news_since = None;
            return None;
        }
        let since = *self.news_since.get_or_insert(self.polls);
        let rows = |rows: &[usize]| rows.iter().map(|&row| room.row(row)).collect();
        let left = told.room.iter().flat_map(|room| changes.left.iter().map(|&row| room.row(row)));
        let json = Event {
            event,
            confid: &self.confid,
            version: told.version + 1,
            polls: self.polls - since + 1,
            online: Some(room.online()),
            lists: [
                ("joined", rows(&changes.joined)),
                ("left", left.collect()),
                ("muted", rows(&changes.muted)),
                ("unmuted", rows(&changes.unmuted)),
                ("members", room.all().collect()),
            ],
            error: None,
        }
        .json();
        let told = Told { version: told.version + 1, room: Some(room), lost: false };
        Some(News { status: YTX_OK, json, failure: None, told })
    }

    fn lost(&self, told: &Told) -> News {
        let failure = self.failure.clone();
        let status = failure.as_ref().map_or(YTX_OK, Error::status);
        let report = failure.clone().and_then(report::json);
        let failing_since = self.polls - u64::from(self.failures) + 1;
        let since = self.news_since.unwrap_or(failing_since);
        let json = Event {
            event: "lost",
            confid: &self.confid,
            version: told.version + 1,
            polls: self.polls - since + 1,
            online: None,
            lists: ["joined", "left", "muted", "unmuted", "members"].map(|name| (name, Vec::new())),
            error: report.as_deref(),
        }
        .json();
        let told = Told { version: told.version + 1, lost: true, room: told.room.clone() };
        News { status, json, failure, told }
    }
}

/// An accepted answer that lists no members.
fn unreadable(answer: Answer, attempts: u32) -> Error {
    Error {
        answer: Some(answer),
        http_status: Some(200),
        sent: true,
        attempts,
        ..Error::new(Kind::Response, "the answer's statusMsg is not a list of members")
    }
}

/// Whether waiting cures nothing.
fn is_for_good(kind: Kind) -> bool {
    match kind {
        Kind::Refused(code) => matches!(code, -4..=-1 | -102..=-101 | -205..=-200),
        Kind::InvalidArgument | Kind::InvalidHandle | Kind::Cancelled => true,
        _ => false,
    }
}

/// What is told of a room. The rows and the error are JSON already, and stay as they are.
struct Event<'a> {
    event: &'static str,
    confid: &'a str,
    version: u64,
    polls: u64,
    online: Option<usize>,
    lists: [(&'static str, Vec<&'a str>); 5],
    error: Option<&'a str>,
}

impl Event<'_> {
    fn json(&self) -> Option<Text> {
        let Event { event, confid, version, polls, online, lists, error } = self;
        // A text can always be written as JSON.
        let confid = serde_json::to_string(confid).unwrap_or_default();
        let online = online.map_or_else(|| "null".to_owned(), |online| online.to_string());
        let mut json = format!(
            r#"{{"event":"{event}","confid":{confid},"version":{version},"polls":{polls},"online":{online}"#
        );
        for (name, rows) in lists {
            json += &format!(r#","{name}":["#);
            json += &rows.join(",");
            json.push(']');
        }
        if let Some(error) = error {
            json += &format!(r#","error":{error}"#);
        }
        json.push('}');
        Text::copy(&json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Block;
    use crate::watch::room::tests::answer;
    use std::cell::Cell;

    const INTERVAL: Duration = Duration::from_secs(5);

    /// A watch and a host that takes when it is told to.
    struct Play {
        course: Course,
        told: Told,
        waiting: Option<News>,
    }

    impl Play {
        fn new() -> Play {
            let course = Course::new("0\"2", INTERVAL);
            Play { course, told: Told::default(), waiting: None }
        }

        fn poll(&mut self, result: Result<Answer, Error>) -> Onward {
            let onward = self.course.polled(result, 1);
            if self.course.may_have_news() {
                self.waiting = self.course.news(&self.told);
            }
            onward
        }

        /// One step: a room, `!` for a poll that fails, `.` for a take; what a take gives.
        fn step(&mut self, step: &str) -> Option<String> {
            match step {
                "." => {
                    let Some(News { json, told, .. }) = self.waiting.take() else {
                        return Some("-".to_owned());
                    };
                    self.told = told;
                    return Some(short(&json.unwrap()));
                }
                "!" => _ = self.poll(Err(Error::new(Kind::Timeout, "late"))),
                members => _ = self.poll(Ok(answer(members))),
            }
            None
        }
    }

    /// An event in few words: its name, version and polls, then the phones of each list.
    fn short(json: &str) -> String {
        let event: serde_json::Value = serde_json::from_str(json).unwrap();
        let phones = |list: &str| -> String {
            let rows = event[list].as_array().unwrap().iter();
            rows.map(|row| row["phone"].as_str().unwrap()).collect()
        };
        let lists = [("+", "joined"), ("-", "left"), ("m", "muted"), ("u", "unmuted")];
        let mut words =
            format!("{} {}/{}", event["event"].as_str().unwrap(), event["version"], event["polls"]);
        for (sign, list) in lists {
            if !phones(list).is_empty() {
                words += &format!(" {sign}{}", phones(list));
            }
        }
        words + " =" + &phones("members")
    }

    #[test]
    fn answers_in_events_out() {
        for (steps, events) in [
            ("1u . 1u . 1u,2m .", "snapshot 1/1 =1; -; changed 2/1 +2 =12"),
            // One at most waits, and sums up.
            ("1u . 1u,2u 1u,2m .", "snapshot 1/1 =1; changed 2/2 +2 =12"),
            ("1u . 1u,2u 2u .", "snapshot 1/1 =1; changed 2/2 +2 -1 =2"),
            ("1u 2u .", "snapshot 1/2 =2"),
            // Where nothing is left to tell it is withdrawn, and uses no number.
            ("1u . 2u 1u . 1m .", "snapshot 1/1 =1; -; changed 2/1 m1 =1"),
            ("1u . 2u 1u 1u 1m .", "snapshot 1/1 =1; changed 2/1 m1 =1"),
            // Two failures are nothing, three are.
            ("1u . ! ! . 1u .", "snapshot 1/1 =1; -; -"),
            ("1u . ! ! ! . ! . 1u .", "snapshot 1/1 =1; lost 2/3 =; -; restored 3/1 =1"),
            ("1u . ! ! ! . 2u 3u .", "snapshot 1/1 =1; lost 2/3 =; restored 3/2 +3 -1 =3"),
            // It takes the place of a change that was not taken, and goes when data is back.
            ("1u . 2u ! ! ! .", "snapshot 1/1 =1; lost 2/4 ="),
            ("1u . 2u ! ! ! 2u .", "snapshot 1/1 =1; changed 2/5 +2 -1 =2"),
            ("1u . ! ! ! 2u .", "snapshot 1/1 =1; changed 2/1 +2 -1 =2"),
            ("1u . ! ! ! 1u .", "snapshot 1/1 =1; -"),
            ("1u . ! ! ! ! ! .", "snapshot 1/1 =1; lost 2/5 ="),
            // A change waits while polls fail.
            ("1u . 2u ! . ! ! .", "snapshot 1/1 =1; changed 2/1 +2 -1 =2; lost 3/3 ="),
            // Before anything was told.
            ("! ! ! . 1u .", "lost 1/3 =; snapshot 2/1 =1"),
            ("! ! ! 1u .", "snapshot 1/1 =1"),
            ("1u ! ! ! . 1u .", "lost 1/4 =; snapshot 2/1 =1"),
            // Lost once more before it was told that it is back.
            ("1u . ! ! ! . 1u ! ! ! .", "snapshot 1/1 =1; lost 2/3 =; -"),
            ("1u . 1U .", "snapshot 1/1 =1; changed 2/1 -1 =1"),
            ("1u . 1x .", "snapshot 1/1 =1; -"),
        ] {
            let mut play = Play::new();
            let told: Vec<String> =
                steps.split(' ').filter_map(|step| play.step(&step.replace(',', " "))).collect();
            assert_eq!(told.join("; "), events, "{steps}");
        }
    }

    #[test]
    fn the_contracts_form_byte_for_byte() {
        let mut play = Play::new();
        play.step("1u 2M");
        let json = play.waiting.as_ref().unwrap().json.as_ref().unwrap();
        assert_eq!(
            &**json,
            "{\"event\":\"snapshot\",\"confid\":\"0\\\"2\",\"version\":1,\"polls\":1,\"online\":1,\
             \"joined\":[],\"left\":[],\"muted\":[],\"unmuted\":[],\"members\":[\
             {\"meid\":\"0\",\"phone\":\"1\",\"statusname\":\"在线\",\"ifmutename\":\"未静音\"},\
             {\"meid\":\"1\",\"phone\":\"2\",\"statusname\":\"不在线\",\"ifmutename\":\"已静音\"}]}"
        );
        let mut play = Play::new();
        (0..3).for_each(|_| _ = play.step("!"));
        let News { status, json, .. } = play.waiting.unwrap();
        assert_eq!(status, 1004);
        assert_eq!(
            &*json.unwrap(),
            "{\"event\":\"lost\",\"confid\":\"0\\\"2\",\"version\":1,\"polls\":3,\"online\":null,\
             \"joined\":[],\"left\":[],\"muted\":[],\"unmuted\":[],\"members\":[],\
             \"error\":{\"statusCode\":\"1004\",\"statusMsg\":\"late\",\"error\":\"YTX_E_TIMEOUT\",\
             \"retryable\":true,\"sent\":false,\"httpStatus\":null,\"attempts\":0}}"
        );
    }

    #[test]
    fn a_failing_watch_slows_down_until_one_succeeds() {
        let pace = |play: &mut Play, result| match play.poll(result) {
            Onward::Poll(pace) => pace.as_secs(),
            Onward::End(error) => panic!("{error:?}"),
        };
        let failed = || Err(Error::new(Kind::Io, "broke"));
        let mut play = Play::new();
        let paces: Vec<u64> = (0..6).map(|_| pace(&mut play, failed())).collect();
        assert_eq!(paces, [10, 20, 40, 60, 60, 60]);
        assert_eq!(pace(&mut play, Ok(answer("1u"))), 5);
        play.course = Course::new("2", Duration::from_secs(90));
        assert_eq!(pace(&mut play, failed()), 90);
        let unreadable = Block::copy(br#"{"statusCode":"0","statusMsg":"ok"}"#).unwrap();
        let unreadable = Answer::read(unreadable).unwrap().0;
        play.course = Course::new("2", INTERVAL);
        assert_eq!(pace(&mut play, Ok(unreadable)), 10);
    }

    #[test]
    fn what_waiting_does_not_cure_ends_it() {
        let ends = |kind| {
            let result = Err(Error::new(kind, ""));
            matches!(Course::new("2", INTERVAL).polled(result, 1), Onward::End(_))
        };
        for code in [-1, -2, -3, -4, -101, -102, -200, -201, -202, -203, -204, -205] {
            assert!(ends(Kind::Refused(code)), "{code}");
        }
        for code in [-5, -99, -100, -103, -104, -199, -206, -300] {
            assert!(!ends(Kind::Refused(code)), "{code}");
        }
        assert!(ends(Kind::Cancelled) && ends(Kind::InvalidArgument));
        for kind in [Kind::Connect, Kind::Timeout, Kind::Tls, Kind::Io, Kind::Http, Kind::Response]
        {
            assert!(!ends(kind), "{kind:?}");
        }
        assert!(!ends(Kind::Platform) && !ends(Kind::Internal));
    }

    /// Who is on line, as (phone, muted), in any order.
    fn on_line(list: &serde_json::Value) -> Vec<(String, bool)> {
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = list.as_array().unwrap().iter();
        let rows = rows.filter(|row| text(row, "statusname") == "在线");
        let mut all: Vec<_> =
            rows.map(|row| (text(row, "phone"), text(row, "ifmutename") == "已静音")).collect();
        all.sort();
        all
    }

    fn remove(from: &mut Vec<(String, bool)>, one: &(String, bool)) {
        let place = from.iter().position(|other| other == one).expect("it was told before");
        from.remove(place);
    }

    #[test]
    fn the_lists_applied_to_what_was_told_give_what_is_told() {
        let seed = Cell::new(0x5eed_u64);
        let below = |limit: usize| {
            let mut next = seed.get();
            next ^= next << 13;
            next ^= next >> 7;
            next ^= next << 17;
            seed.set(next);
            (next % limit as u64) as usize
        };
        for _ in 0..300 {
            let mut play = Play::new();
            let (mut known, mut version): (Vec<(String, bool)>, u64) = (Vec::new(), 0);
            for _ in 0..30 {
                let steps = [".", "!", "!"];
                let step = match below(6) {
                    choice @ 0..=2 => steps[choice].to_owned(),
                    _ => {
                        let member = |_| format!("{}{} ", below(3), ["m", "u", "M"][below(3)]);
                        (0..below(5)).map(member).collect()
                    }
                };
                if step != "." {
                    play.step(&step);
                    continue;
                }
                let Some(News { json, told, .. }) = play.waiting.take() else { continue };
                play.told = told;
                let event: serde_json::Value = serde_json::from_str(&json.unwrap()).unwrap();
                version += 1;
                assert_eq!(event["version"], version);
                if event["event"] == "lost" {
                    continue;
                }
                if event["event"] == "snapshot" {
                    known = on_line(&event["members"]);
                }
                // `left` lists rows as last told.
                on_line(&event["left"]).iter().for_each(|row| remove(&mut known, row));
                for (list, now) in [("muted", true), ("unmuted", false)] {
                    for row in on_line(&event[list]) {
                        assert_eq!(row.1, now);
                        remove(&mut known, &(row.0.clone(), !now));
                        known.push(row);
                    }
                }
                known.extend(on_line(&event["joined"]));
                known.sort();
                assert_eq!(known, on_line(&event["members"]), "{event}");
            }
        }
    }
}
