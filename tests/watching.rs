//! Watches of rooms, readers of members, and figures: driven by the C programs `tests/c/watch_*.c`,
//! `members.c` and `figures.c`, and as Rust programs see them. The programs tell the server in a confid
//! what it has to answer, so that expectation and answer stand side by side.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use ytx::{Client, Event, Kind, Options, Queue, QueueOptions, RoomEvent, RoomEventKind};
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Count, Fault, Member, Sandbox};

use support::behaviour::behave;
use support::cc::Program;
use support::server::{self, Reply, Request, Server, Step};

fn passes(program: &str, arguments: &[&str]) -> bool {
    let Some(program) = Program::compile(program) else { return false };
    assert_eq!(program.run(arguments), "", "{arguments:?}");
    true
}

/// What a confid such as "name;1u;<2m;503" has the server answer: to each request the next of
/// these, and then the last. "<" waits for "go 1 name;…", the number being the request's.
fn script(request: &Request) -> Reply {
    let key = request.key();
    if let Some(gate) = key.strip_prefix("await ") {
        return [vec![Step::Await(gate.to_owned())], server::echo(request)].concat();
    }
    if key.starts_with("go ") {
        return server::echo(request);
    }
    let answers: Vec<&str> = key.split(';').skip(1).collect();
    let Some(answer) = answers.get(request.earlier).or(answers.last()) else {
        return behave(request);
    };
    if *answer == "turns" {
        return room(if request.earlier.is_multiple_of(2) { "1u" } else { "2u" });
    }
    match answer.strip_prefix('<') {
        Some(answer) => {
            let gate = format!("go {} {key}", request.earlier);
            [vec![Step::Await(gate)], told(answer)].concat()
        }
        None => told(answer),
    }
}

/// One answer: an HTTP status, perhaps with "+" and a Retry-After; a refusal; a word; or members.
fn told(answer: &str) -> Reply {
    const LATER: [&str; 2] =
        ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:49:39 GMT"];
    let failing = |headers: &[&str]| vec![Step::Send(server::http(503, headers, b"<html>"))];
    if let Some((_, after)) = answer.split_once('+') {
        return match after {
            "date" => failing(&LATER),
            seconds => failing(&[&format!("Retry-After: {seconds}")]),
        };
    }
    match answer.parse::<i32>() {
        Ok(code @ ..0) => {
            server::json(format!(r#"{{"statusCode" : "{code}","statusMsg":"n\u006f"}}"#))
        }
        Ok(status) => {
            vec![Step::Send(server::http(status.try_into().unwrap(), &[], b"<html>"))]
        }
        Err(_) => match answer {
            "silence" => vec![Step::Stall],
            "late" => [vec![Step::Pause(Duration::from_millis(400))], told("1u")].concat(),
            "long" => {
                let zeros = "0,".repeat(500_000);
                server::json(format!(r#"{{"statusCode":"0","x":[{zeros}0],"statusMsg":[]}}"#))
            }
            "list" => server::json(r#"{"statusCode":"0","statusMsg":"ok"}"#),
            "seven" => server::json(r#"{"statusCode":"7","statusMsg":[]}"#),
            "odd 1" => list(&format!(" {ODD} ,\r\n{PLAIN}\n")),
            "odd 2" => list(&format!("{PLAIN},{}", ODD.replace(r"1\u0033\/1", "13/1"))),
            "odd 3" => list(PLAIN),
            members => room(members),
        },
    }
}

const ODD: &str = concat!(
    "{ \"ifmutename\" : \"\\u672a静音\",\t\"x\":[1, {\"phone\":null}],",
    "\"phone\":\"1\\u0033\\/1\",\r\n\"statusname\":\"在线\", \"meid\":\"\\ud83d\\ude00\" }"
);
const PLAIN: &str = r#"{"meid":"","phone":"7","statusname":"在线","ifmutename":"已静音"}"#;

fn list(rows: &str) -> Reply {
    server::json(format!("\u{feff}{{\"statusCode\" : 0, \"statusMsg\":[{rows}]}}"))
}

/// Members as "1u 2m": the number and how they are, `m` muted, `u` not, `x` another word for it,
/// `p` a presence that is neither word, and a capital for off line. Their meid is their place.
fn room(members: &str) -> Reply {
    let rows = members.split_whitespace().enumerate().map(|(place, member)| {
        let (phone, letter) = member.split_at(member.len() - 1);
        let presence = match letter {
            "p" => "呼叫中",
            "M" | "U" => "不在线",
            _ => "在线",
        };
        let mute = match letter {
            "m" | "M" => "已静音",
            "x" => "?",
            _ => "未静音",
        };
        format!(
            r#"{{"meid":"{place}","phone":"{phone}","statusname":"{presence}","ifmutename":"{mute}"}}"#
        )
    });
    let rows: Vec<String> = rows.collect();
    server::json(format!(r#"{{"statusCode":"0","statusMsg":[{}]}}"#, rows.join(",")))
}

/// How often each key was asked for.
fn counts(server: &Server) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in server.requests() {
        *counts.entry(request.key().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn each_kind_of_news_is_told() {
    let server = Server::start(script);
    passes("watch_events", &[&server.url()]);
}

#[test]
fn watches_end_where_waiting_cures_nothing_and_where_they_are_told_to() {
    let server = Server::start(script);
    if passes("watch_ends", &[&server.url()]) {
        let counts = counts(&server);
        assert!(!counts.keys().any(|key| key.starts_with("never")), "{counts:?}");
        let long = counts.iter().find(|(key, _)| key.starts_with("long;")).unwrap();
        assert_eq!(*long.1, 1, "it did not wait");
    }
}

/// When each request came, by its key, in milliseconds since the server was started.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<HashMap<String, Vec<u64>>>>);

impl Times {
    fn server(&self) -> Server {
        let (times, start) = (self.clone(), Instant::now());
        Server::start(move |request| {
            let millis = start.elapsed().as_millis() as u64;
            times.0.lock().unwrap().entry(request.key().to_owned()).or_default().push(millis);
            script(request)
        })
    }

    fn of(&self, name: &str) -> Vec<u64> {
        let times = self.0.lock().unwrap();
        let key = times.keys().find(|key| key.split(';').next() == Some(name));
        times[key.unwrap_or_else(|| panic!("nobody asked for {name}"))].clone()
    }

    /// How long each of the first polls of a room came after the one before.
    fn gaps<const N: usize>(&self, name: &str) -> [u64; N] {
        let times = self.of(name);
        std::array::from_fn(|poll| times[poll + 1] - times[poll])
    }
}

// A busy machine is late by any time, so what comes too late is given much, and what comes too soon
// is given a little where the one before may have been late.
#[test]
fn polls_come_as_often_as_they_should() {
    let times = Times::default();
    let server = times.server();
    if !passes("watch_pace", &[&server.url()]) {
        return;
    }
    let [gap] = times.gaps("default");
    assert!((4200..8500).contains(&gap), "5 s are the default: {gap} ms");

    // From start to start, however long an answer takes: 0.9 s a poll otherwise.
    let late = times.of("late");
    assert!((2400..4200).contains(&(late[6] - late[0])), "{late:?}");

    let evens: Vec<[u64; 5]> = (0..10).map(|n| times.gaps(&format!("even {n}"))).collect();
    let mut gaps: Vec<u64> = evens.concat();
    gaps.sort_unstable();
    let mean = gaps.iter().sum::<u64>() / 50;
    assert!((950..1150).contains(&mean), "{mean} ms: {gaps:?}");
    assert!(gaps[4] > 850, "more than a tenth less: {gaps:?}");
    assert!(gaps[49] - gaps[0] > 100, "all at once, for ever: {gaps:?}");
    let firsts: Vec<u64> = (0..10).map(|n| times.of(&format!("even {n}"))[0]).collect();
    assert!(firsts.iter().all(|&first| first < 5000), "the first at once: {firsts:?}");

    // Each failure doubles it, a success ends that.
    let [first, second, third] = times.gaps("failing");
    assert!(first > 330 && second > 690 && third < 690, "{:?}", times.of("failing"));

    // Never before a Retry-After; one that is over at once makes no poll come sooner.
    for name in ["seconds", "date"] {
        let [gap] = times.gaps(name);
        assert!((1990..6000).contains(&gap), "{name}: {gap} ms");
    }
    let [_, after] = times.gaps("past");
    assert!(after > 690, "{after} ms");

    // One request each, whatever max_retries; the client with the short deadline has its own.
    assert_eq!((times.of("slowest").len(), times.of("distant").len()), (1, 1));
    for name in ["once", "silent"] {
        assert!((3..5).contains(&times.of(name).len()), "{name}: {:?}", times.of(name));
    }
}

#[test]
fn members_are_read_without_a_json_library() {
    let server = Server::start(script);
    passes("members", &[&server.url()]);
}

fn hosts(part: &str) -> Server {
    let server = Server::start(script);
    passes("watch_hosts", &[part, &server.url()]);
    assert!(!counts(&server).keys().any(|key| key.starts_with("never")));
    server
}

#[test]
fn hundreds_of_watches_take_few_threads() {
    hosts("threads");
}

#[test]
fn a_watch_outlives_its_client() {
    hosts("freed");
}

#[test]
fn a_forked_child_has_watches_of_its_own() {
    hosts("forked");
}

#[test]
fn lines_of_polls_are_told_with_the_next_event() {
    hosts("logged");
}

#[test]
fn polls_wait_for_their_turn_beside_calls() {
    hosts("beside");
}

#[test]
fn takes_and_polls_may_meet() {
    hosts("raced");
}

#[test]
fn figures_follow_what_happens() {
    let server = Server::start(script);
    if passes("figures", &[&server.url()]) {
        assert!(!counts(&server).keys().any(|key| key.starts_with("never")));
    }
}

fn client_for(server: &Server) -> Client {
    let mut options = Options::default();
    options.base_url = server.url();
    options.timeout = Duration::from_secs(60);
    Client::new("account-1", "token-1", options).unwrap()
}

/// Lets the server answer a request of the room, counted from 0.
fn go(client: &Client, room: &str, number: usize) {
    client.request(None, "call", "Go.wx", &go_body(&format!("go {number} {room}"))).unwrap();
}

fn wait_for_poll(client: &Client, room: &str, number: usize) {
    let key = format!("await {room}#{number}");
    client.request(None, "call", "Await.wx", &go_body(&key)).unwrap();
}

fn go_body(key: &str) -> String {
    format!(r#"{{"confid":"{key}"}}"#)
}

/// Wakes a thread.
struct Waking(Thread);

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// As small an executor as there can be.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Waking(thread::current())));
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Poll::Ready(ready) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return ready;
        }
        assert!(Instant::now() < until, "it was not woken");
        thread::park_timeout(Duration::from_secs(61));
    }
}

const SHORT: Duration = Duration::from_millis(200);
const HOUR: Duration = Duration::from_secs(3600);

fn phones(members: &[ytx::Member]) -> Vec<&str> {
    members.iter().map(|member| member.phone.as_str()).collect()
}

/// A room event in few words: its numbers, and the phones of each list.
fn short(event: &RoomEvent) -> String {
    let RoomEvent { kind, version, polls, online, joined, left, muted, unmuted, members, .. } =
        event;
    let online = online.map_or("?".to_owned(), |online| online.to_string());
    let lists = [joined, left, muted, unmuted, members].map(|list| phones(list).concat());
    format!("{kind:?} {version}/{polls} {online} {}", lists.join("|"))
}

#[test]
fn a_rust_program_iterates() {
    let server = Server::start(script);
    let client = client_for(&server);
    let room = "rust;1u;<1u 2m;<1m 2u;<2u;503;503;503;<3u;-205";
    let mut watch = client.watch_meeting(APPID, room, SHORT).unwrap();
    let mut next = || watch.next().unwrap().unwrap();
    let first = next();
    assert_eq!(short(&first), "Snapshot 1/1 1 ||||1");
    assert_eq!(first.members[0].meeting_id, "0");
    assert_eq!(
        (first.members[0].is_online(), first.members[0].is_muted()),
        (Some(true), Some(false))
    );
    go(&client, room, 1);
    assert_eq!(short(&next()), "Changed 2/1 2 2||||12");
    go(&client, room, 2);
    assert_eq!(short(&next()), "Changed 3/1 2 ||1|2|12");
    go(&client, room, 3);
    let gone = next();
    assert_eq!(short(&gone), "Changed 4/1 1 |1|||2");
    assert_eq!(gone.left[0].is_muted(), Some(true), "as last told");
    assert!(gone.failure.is_none());
    let lost = next();
    assert_eq!(short(&lost), "Lost 5/3 ? ||||");
    let failure = lost.failure.unwrap();
    assert_eq!(
        (failure.kind(), failure.http_status(), failure.attempts()),
        (Kind::Http, Some(503), 1)
    );
    go(&client, room, 7);
    let back = next();
    assert_eq!(short(&back), "Restored 6/1 1 3|2|||3");
    assert_eq!(back.kind, RoomEventKind::Restored);
    let error = watch.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Refused(-205));
    assert!(watch.next().is_none() && watch.next().is_none(), "after an error nothing more comes");
}

#[test]
fn a_rust_program_awaits() {
    let server = Server::start(script);
    let client = client_for(&server);
    let room = "awaited;1u;<2u;<2u 3m;-205";
    let mut watch = client.watch_meeting(APPID, room, SHORT).unwrap();
    assert_eq!(short(&block_on(watch.next_event()).unwrap().unwrap()), "Snapshot 1/1 1 ||||1");
    // A future that is dropped takes nothing with it.
    {
        let future = pin!(watch.next_event());
        assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    go(&client, room, 1);
    wait_for_poll(&client, room, 2);
    assert_eq!(short(&block_on(watch.next_event()).unwrap().unwrap()), "Changed 2/1 1 2|1|||2");
    go(&client, room, 2);
    assert_eq!(short(&block_on(watch.next_event()).unwrap().unwrap()), "Changed 3/1 2 3||||23");
    let error = block_on(watch.next_event()).unwrap().unwrap_err();
    assert_eq!(error.kind(), Kind::Refused(-205));
    assert!(block_on(watch.next_event()).is_none());
    assert!(watch.next().is_none());
}

#[test]
fn how_a_rust_programs_watch_ends() {
    let server = Server::start(script);
    let client = client_for(&server);
    // Dropped: the poll under way is cancelled.
    let watch = client.watch_meeting(APPID, "dropped;<1u", HOUR).unwrap();
    wait_for_poll(&client, "dropped;<1u", 0);
    assert_eq!(client.stats().in_flight, 1);
    drop(watch);
    let until = Instant::now() + Duration::from_secs(20);
    while client.stats().failed.get(&1010) != Some(&1) {
        assert!(Instant::now() < until, "{:?}", client.stats());
        thread::yield_now();
    }
    // Cancelled, wherever it is.
    let handle = client.with_timeout(Duration::ZERO);
    let mut watch = handle.watch_meeting(APPID, "cancelled;1u", HOUR).unwrap();
    assert_eq!(watch.next().unwrap().unwrap().kind, RoomEventKind::Snapshot);
    handle.cancel();
    let error = watch.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.was_sent(), error.attempts()), (Kind::Cancelled, false, 0));
    assert_eq!(handle.watch_meeting(APPID, "never;1u", HOUR).unwrap_err().kind(), Kind::Cancelled);
    // Arguments that are not allowed.
    for (appid, room, interval) in [
        ("", "never;1u", HOUR),
        (APPID, "", HOUR),
        (APPID, "never;1u", SHORT - Duration::from_nanos(1)),
    ] {
        let error = client.watch_meeting(appid, room, interval).unwrap().next().unwrap();
        assert_eq!(error.unwrap_err().kind(), Kind::InvalidArgument);
    }
    // No interval is too long.
    let mut watch = client.watch_meeting(APPID, "eternal;1u", Duration::MAX).unwrap();
    assert_eq!(watch.next().unwrap().unwrap().kind, RoomEventKind::Snapshot);
    drop(watch);
    assert!(client.watch_meeting(APPID, "after it;1u", HOUR).unwrap().next().unwrap().is_ok());
    // Answers that list no members.
    let lost =
        client.watch_meeting(APPID, "listless;list", SHORT).unwrap().next().unwrap().unwrap();
    let failure = lost.failure.unwrap();
    assert_eq!(
        (lost.kind, failure.kind(), failure.attempts()),
        (RoomEventKind::Lost, Kind::Response, 1)
    );
    assert_eq!(failure.answer(), Some(r#"{"statusCode":"0","statusMsg":"ok"}"#));
    assert!(!counts(&server).keys().any(|key| key.starts_with("never")));
}

#[test]
fn a_rust_queue_has_watches_and_calls() {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let mut options = Options::default();
    options.base_url = sandbox.url().to_owned();
    options.timeout = Duration::from_secs(60);
    let client = Client::new(ACCOUNT_SID, AUTH_TOKEN, options).unwrap();
    let mut options = QueueOptions::default();
    options.max_watches = 1;
    let queue = Queue::new(options).unwrap();
    let watch = queue.watch_meeting(&client, APPID, CONFID, SHORT, 7).unwrap();
    let busy = queue.watch_meeting(&client, APPID, CONFID, SHORT, 8).unwrap_err();
    assert_eq!(busy.kind(), Kind::Busy);
    let room = |queue: &Queue| match queue.take(Some(Duration::from_secs(60))) {
        Some(Event::Room { ticket, tag: 7, event }) if ticket == watch => event,
        other => panic!("{other:?}"),
    };
    let first = room(&queue);
    assert_eq!((first.kind, first.version), (RoomEventKind::Snapshot, 1));
    let state = client.meeting_state(APPID, CONFID).unwrap();
    assert_eq!(first.members, state.members);
    let online = state.members.iter().filter(|member| member.is_online() == Some(true)).count();
    assert_eq!(first.online, Some(online as u64));

    let mut new = Member { phone: "130****0001".to_owned(), online: true, muted: false };
    sandbox.set_member(CONFID, new.clone());
    let event = room(&queue);
    assert_eq!((event.kind, phones(&event.joined)), (RoomEventKind::Changed, vec!["130****0001"]));
    new.muted = true;
    sandbox.set_member(CONFID, new.clone());
    assert_eq!(phones(&room(&queue).muted), ["130****0001"]);
    new.muted = false;
    sandbox.set_member(CONFID, new.clone());
    assert_eq!(phones(&room(&queue).unmuted), ["130****0001"]);
    new.online = false;
    sandbox.set_member(CONFID, new);
    assert_eq!(phones(&room(&queue).left), ["130****0001"]);

    sandbox.inject(Fault::Status(503), Count::Next(3));
    let lost = room(&queue);
    assert_eq!((lost.kind, lost.online), (RoomEventKind::Lost, None));
    assert_eq!(lost.failure.unwrap().http_status(), Some(503));
    assert_eq!(room(&queue).kind, RoomEventKind::Restored);

    assert!(queue.cancel(watch));
    match queue.take(Some(Duration::from_secs(60))) {
        Some(Event::Ended { ticket, tag: 7, error }) if ticket == watch => {
            assert_eq!(error.kind(), Kind::Cancelled);
        }
        other => panic!("{other:?}"),
    }
    queue.watch_meeting(&client, "x", CONFID, SHORT, 9).unwrap();
    match queue.take(Some(Duration::from_secs(60))) {
        Some(Event::Ended { tag: 9, error, .. }) => assert_eq!(error.kind(), Kind::Refused(-205)),
        other => panic!("{other:?}"),
    }
}
