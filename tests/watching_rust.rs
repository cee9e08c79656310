//! Watches as Rust programs see them: an iterator, something to await, and events of a queue.

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use serde_json::json;
use ytx::{Client, Event, Kind, Options, Queue, QueueOptions, RoomEvent, RoomEventKind};
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Sandbox};

use support::hand;
use support::rooms::script;
use support::server::Server;

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
    assert!(gone.error.is_none());
    let lost = next();
    assert_eq!(short(&lost), "Lost 5/3 ? ||||");
    let failure = lost.error.unwrap();
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
    let failure = lost.error.unwrap();
    assert_eq!(
        (lost.kind, failure.kind(), failure.attempts()),
        (RoomEventKind::Lost, Kind::Response, 1)
    );
    assert_eq!(failure.answer(), Some(r#"{"statusCode":"0","statusMsg":"ok"}"#));
    assert!(!server.requests().iter().any(|request| request.key().starts_with("never")));
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

    let hand = |name: &str| hand::member(&sandbox, name, "130****0001");
    hand("join");
    let event = room(&queue);
    assert_eq!((event.kind, phones(&event.joined)), (RoomEventKind::Changed, vec!["130****0001"]));
    hand("mute");
    assert_eq!(phones(&room(&queue).muted), ["130****0001"]);
    hand("unmute");
    assert_eq!(phones(&room(&queue).unmuted), ["130****0001"]);
    hand("leave");
    assert_eq!(phones(&room(&queue).left), ["130****0001"]);

    hand::post(&sandbox, "fail", json!({ "status": 503, "requests": 3 }));
    let lost = room(&queue);
    assert_eq!((lost.kind, lost.online), (RoomEventKind::Lost, None));
    assert_eq!(lost.error.unwrap().http_status(), Some(503));
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
