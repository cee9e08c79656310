//! Many watches on one account with a rate limit, by a clock that is not the machine's and without
//! sockets: what is simulated are the platform and the way to it, all else is the library's.

#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::error::{Error, Kind};
use crate::request::Request;
use crate::status::YTX_TOO_MANY_REQUESTS;
use crate::sys::Block;
use crate::watch::Course;
use crate::{Client, Options};

use super::QueueOptions;
use super::board::Board;
use super::pauses::{Pauses, Waiting};
use super::watcher::{Epilogue, Next, Watcher};

const ROOMS: usize = 500;
const INTERVAL: Duration = Duration::from_secs(1);
const LIMIT: usize = 100;
/// How long an account's rooms take in turns.
const FAIR: f64 = ROOMS as f64 / LIMIT as f64;

/// In seconds: when the pace has to have been found, when the limit is lifted, when every room has
/// to be at its interval again, and the end.
const FOUND: usize = 30;
const LIFTED: usize = 120;
const BACK: usize = LIFTED + 60;
const END: usize = BACK + 10;

/// How the platform counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    /// So many in each second of its clock, refused ones included, as the sandbox does.
    Seconds,
    /// So many more each second, and no more than those of a second at once.
    Tokens,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Due(usize),
    Answered(usize, bool),
}

struct World {
    start: Instant,
    /// None: each watch backs off alone.
    pauses: Option<Pauses>,
    counts: Counts,
    latency: Duration,
    limit: Option<f64>,
    /// Of the second, or the tokens that are left; and when that was.
    counted: (f64, f64),
    client: Client,
    board: Board,
    rooms: Vec<(u64, Watcher)>,
    events: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    number: u64,
    /// When each request came.
    requests: Vec<f64>,
    /// When each room was answered.
    answers: Vec<Vec<f64>>,
}

impl World {
    fn new(counts: Counts, latency: Duration, together: bool) -> World {
        let client = Client::new("account", "token", Options::default()).unwrap();
        let board = Board::new(QueueOptions::default(), false).unwrap();
        let start = Instant::now();
        let rooms: Vec<_> = (0..ROOMS)
            .map(|room| {
                let confid = room.to_string();
                let request = Request::meeting_state("app", &confid).unwrap().into_owned();
                let cancel = client.cancel_of_one_call();
                let ticket = board.accept_watch(&cancel, 0).unwrap();
                let course = Course::new(&confid, INTERVAL);
                (ticket, Watcher::new(&client, request, &cancel, course, start))
            })
            .collect();
        let mut world = World {
            start,
            pauses: together.then(Pauses::default),
            counts,
            latency,
            limit: Some(LIMIT as f64),
            counted: (LIMIT as f64, 0.0),
            client,
            board,
            rooms,
            events: BinaryHeap::new(),
            number: 0,
            requests: Vec::new(),
            answers: vec![Vec::new(); ROOMS],
        };
        (0..ROOMS).for_each(|room| world.at(start, Event::Due(room)));
        world
    }

    fn at(&mut self, moment: Instant, event: Event) {
        self.number += 1;
        self.events.push(Reverse((moment, self.number, event)));
    }

    fn run(mut self) -> World {
        loop {
            let event = self.events.peek().map(|Reverse((moment, ..))| *moment);
            let turn = self.pauses.as_ref().and_then(Pauses::next);
            let now = [event, turn].into_iter().flatten().min().unwrap();
            if now >= self.start + Duration::from_secs(LIFTED as u64) {
                self.limit = None;
            }
            if now >= self.start + Duration::from_secs(END as u64) {
                return self;
            }
            let due = self.pauses.as_mut().map(|pauses| pauses.let_go(now)).unwrap_or_default();
            due.into_iter().for_each(|Waiting { key, .. }| self.poll(key, now));
            while let Some(Reverse((moment, ..))) = self.events.peek()
                && *moment <= now
                && let Some(Reverse((moment, number, event))) = self.events.pop()
            {
                match event {
                    Event::Due(key) => {
                        let answered = self.rooms[key].1.answered;
                        let client = self.client.shared();
                        let poll = Waiting { answered, number, key };
                        if !self.pauses.as_mut().is_some_and(|pauses| pauses.hold(&client, poll)) {
                            self.poll(key, moment);
                        }
                    }
                    Event::Answered(room, is_good) => self.answered(room, is_good, now),
                }
            }
        }
    }

    fn poll(&mut self, room: usize, now: Instant) {
        let (ticket, watcher) = &mut self.rooms[room];
        watcher.poll(*ticket, now);
        let seconds = (now - self.start).as_secs_f64();
        self.requests.push(seconds);
        let is_good = self.limit.is_none_or(|limit| {
            let (left, at) = self.counted;
            let left = match self.counts {
                Counts::Seconds if seconds.floor() > at.floor() => limit,
                Counts::Seconds => left,
                Counts::Tokens => (left + limit * (seconds - at)).min(limit),
            };
            let is_good = left >= 1.0;
            self.counted = (if is_good { left - 1.0 } else { left }, seconds);
            is_good
        });
        // Two of three ways are a tenth longer or shorter.
        let way = self.latency * (9 + self.requests.len() as u32 % 3) / 10;
        self.at(now + way, Event::Answered(room, is_good));
    }

    fn answered(&mut self, room: usize, is_good: bool, now: Instant) {
        let client = self.client.shared();
        let result = if is_good {
            self.answers[room].push((now - self.start).as_secs_f64());
            let json = Block::copy(br#"{"statusCode":"0","statusMsg":[]}"#).unwrap();
            Ok(Answer::read(json).unwrap().0)
        } else {
            Err(Error::new(Kind::Refused(YTX_TOO_MANY_REQUESTS), ""))
        };
        let epilogue = Epilogue { attempts: 1, retry_after: None };
        let (ticket, watcher) = &mut self.rooms[room];
        let next = watcher.polled(&self.board, *ticket, result, epilogue, now);
        let Next::Poll(due) = next else { panic!("a watch has ended") };
        self.at(due, Event::Due(room));
        if let Some(pauses) = &mut self.pauses {
            if is_good {
                pauses.succeeded(&client, now);
            } else {
                let intervals = self.rooms.iter().map(|(_, watcher)| watcher.interval());
                pauses.refused(&client, now, None, intervals);
            }
        }
    }

    /// The most requests a second, over ten seconds that end before the limit is lifted.
    fn worst_mean(&self) -> f64 {
        let within =
            |end: f64| self.requests.iter().filter(move |at| (end - 10.0..end).contains(*at));
        let ends = (FOUND * 10 + 100..=LIFTED * 10).map(|tenths| tenths as f64 / 10.0);
        ends.map(|end| within(end).count() as f64 / 10.0).fold(0.0, f64::max)
    }

    /// For how long any room was without an answer at a moment in these seconds.
    fn longest_wait(&self, from: usize, to: usize) -> f64 {
        let (from, to) = (from as f64, to as f64);
        let waits = self.answers.iter().map(|answers| {
            let moments = [0.0].into_iter().chain(answers.iter().copied()).chain([END as f64]);
            let pairs = moments.clone().zip(moments.skip(1));
            let pairs = pairs.filter(|(earlier, later)| *later > from && *earlier < to);
            pairs.map(|(earlier, later)| later.min(to) - earlier).fold(0.0, f64::max)
        });
        waits.fold(0.0, f64::max)
    }

    /// Each second: how many requests came, and for how long a room had waited at most.
    fn course(&self) -> Vec<[f64; 2]> {
        let mut seconds = vec![0.0; END];
        for at in &self.requests {
            seconds[*at as usize] += 1.0;
        }
        let wait = |second| self.longest_wait(second, second + 1);
        seconds.iter().enumerate().map(|(second, count)| [*count, wait(second)]).collect()
    }
}

/// The picture of the guides: requests a second above, the longest wait below.
fn draw(together: &World, alone: &World) -> String {
    const WIDTH: f64 = 900.0;
    const PANEL: f64 = 240.0;
    const LEFT: f64 = 60.0;
    let worlds = [(together, "#0072b2"), (alone, "#d55e00")];
    let courses = worlds.map(|(world, colour)| (world.course(), colour));
    let x = |second: f64| LEFT + second * (WIDTH - LEFT - 20.0) / END as f64;
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {}' font-family='sans-serif' \
         font-size='15'>\n<rect width='100%' height='100%' fill='white'/>\n",
        2.0 * PANEL + 70.0
    );
    let mut put = |element: String| {
        svg += &element;
        svg.push('\n');
    };
    let line = |from: (f64, f64), to: (f64, f64), rest: &str| {
        format!("<path d='M{} {}L{} {}' stroke='#999' {rest}/>", from.0, from.1, to.0, to.1)
    };
    let text = |x: f64, y: f64, rest: &str, words: &str| {
        format!("<text x='{x:.0}' y='{y:.0}' {rest}>{words}</text>")
    };
    let panels = [
        ("requests a second", 560.0, [LIMIT as f64, 300.0, 500.0]),
        ("longest time without an answer, s", 125.0, [20.0, 60.0, 120.0]),
    ];
    for (panel, (title, most, marks)) in panels.into_iter().enumerate() {
        let bottom = 30.0 + PANEL * (panel as f64 + 1.0) + 15.0 * panel as f64;
        let y = |value: f64| bottom - value * (PANEL - 40.0) / most;
        put(text(LEFT, bottom - PANEL + 28.0, "", title));
        put(line((LEFT, bottom), (WIDTH - 20.0, bottom), ""));
        for mark in marks {
            put(line((LEFT, y(mark)), (WIDTH - 20.0, y(mark)), "stroke-dasharray='2 4'"));
            put(text(LEFT - 8.0, y(mark) + 5.0, "text-anchor='end'", &mark.to_string()));
        }
        let lifted = x(LIFTED as f64);
        put(line((lifted, bottom - PANEL + 40.0), (lifted, bottom), ""));
        for (course, colour) in &courses {
            let points = course.iter().enumerate();
            let points: Vec<String> = points
                .map(|(second, it)| {
                    format!("{:.1},{:.1}", x(second as f64), y(it[panel].min(most)))
                })
                .collect();
            let points = points.join(" ");
            put(format!(
                "<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>"
            ));
        }
        for second in (0..END).step_by(30).filter(|_| panel == 1) {
            let words = format!("{second} s");
            put(text(x(second as f64), bottom + 20.0, "text-anchor='middle'", &words));
        }
        if panel == 0 {
            put(text(lifted + 6.0, bottom - PANEL + 28.0, "", "the limit is lifted"));
            put(text(LEFT + 220.0, bottom - PANEL + 28.0, "fill='#0072b2'", "as libytx does"));
            put(text(LEFT + 350.0, bottom - PANEL + 28.0, "fill='#d55e00'", "each watch alone"));
        }
    }
    svg + "</svg>\n"
}

#[test]
#[ignore = "draws docs/pictures/watches.svg anew"]
fn the_picture_of_the_guides() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures/watches.svg");
    let world = |together| World::new(Counts::Seconds, Duration::from_millis(50), together).run();
    fs::write(file, draw(&world(true), &world(false))).unwrap();
}

#[test]
fn five_hundred_rooms_share_an_account_that_allows_for_a_hundred() {
    for counts in [Counts::Seconds, Counts::Tokens] {
        for latency in [1, 50, 300] {
            let world = World::new(counts, Duration::from_millis(latency), true).run();
            let what = format!("{counts:?}, {latency} ms");
            let mean = world.worst_mean();
            let wait = world.longest_wait(0, LIFTED);
            let settled = world.longest_wait(FOUND, LIFTED);
            let back = world.longest_wait(BACK, END);
            println!(
                "{what}: {mean} requests a second at most, {wait:.1} s without an answer at most, \
                 {settled:.1} s after {FOUND} s; {back:.2} s when the limit is gone"
            );
            // With such a platform ten seconds may have the tokens of an eleventh, and there is what
            // was under way when they came to an end.
            let share = if let Counts::Tokens = counts { 1.15 } else { 1.05 };
            assert!(mean <= share * LIMIT as f64, "{what}: {mean} requests a second");
            assert!(wait <= 4.0 * FAIR, "{what}: {wait} s without an answer");
            let most = 1.1 * INTERVAL.as_secs_f64() + 1.2 * latency as f64 / 1000.0;
            assert!(back <= most + 0.01, "{what}: {back} s after the limit is gone");
        }
    }
}

#[test]
fn without_a_pause_of_the_account_rooms_are_starved() {
    let world = World::new(Counts::Seconds, Duration::from_millis(50), false).run();
    let (mean, wait) = (world.worst_mean(), world.longest_wait(0, LIFTED));
    println!("alone: {mean} requests a second at most, {wait:.1} s without an answer at most");
    assert!(mean > 1.05 * LIMIT as f64 || wait > 4.0 * FAIR, "nobody would need the pause");
}
