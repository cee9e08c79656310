//! The queue in Rust: `ytx::Queue` itself, futures on it under an executor of the test's own, and
//! what TLS servers can do to a call that waits without a thread.
#![cfg(all(target_os = "linux", feature = "tls"))]

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::collections::HashSet;
use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection};
use ytx::{Answer, Client, Error, Event, Kind, Level, Lock, Options, Queue, QueueOptions};

use authority::Authority;
use support::behaviour::behave;
use support::server::{Server, json};

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

fn options(url: &str) -> Options {
    let mut options = Options::default();
    options.base_url = url.to_owned();
    options.timeout = LIMIT;
    options.connect_timeout = LIMIT;
    options
}

fn client(url: &str) -> Client {
    Client::new("sid", "t0ken", options(url)).unwrap()
}

fn queue(max_in_flight: u32) -> Queue {
    let mut options = QueueOptions::default();
    options.max_in_flight = max_in_flight;
    Queue::new(options).unwrap()
}

fn done(queue: &Queue) -> (u64, Result<Answer, Error>) {
    match queue.take(Some(LIMIT)) {
        Some(Event::Done { tag, result, .. }) => (tag, result),
        other => panic!("{other:?}"),
    }
}

/// Counts how often it is called, and wakes a thread.
struct Bell {
    thread: Thread,
    calls: AtomicUsize,
}

impl Bell {
    fn new() -> Arc<Bell> {
        Arc::new(Bell { thread: thread::current(), calls: AtomicUsize::new(0) })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn poll_with<F: Future>(future: Pin<&mut F>, bell: &Arc<Bell>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell))))
}

/// Waits until it has been called. Nobody polls meanwhile: a wake-up that is lost shows.
fn await_bell(bell: &Bell) {
    let until = Instant::now() + LIMIT;
    while bell.calls() == 0 {
        assert!(Instant::now() < until, "the waker was not called");
        thread::park_timeout(until - Instant::now());
    }
}

/// The smallest executor there is.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let bell = Bell::new();
        if let Poll::Ready(output) = poll_with(future.as_mut(), &bell) {
            return output;
        }
        await_bell(&bell);
    }
}

/// Waits for what there is no event for.
fn await_that(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < until, "not {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn futures_end_as_the_blocking_calls_do() {
    let server = Server::start(|request| match request.key() {
        "state" => json(
            r#"{"statusCode":"0","statusMsg":"ok","dataList":[{"phone":"138","statusname":"在线","ifmutename":"未静音","meid":"1"}]}"#,
        ),
        _ => behave(request),
    });
    let (client, queue) = (client(&server.url()), queue(10));
    let answer = block_on(client.lock_meeting_async(&queue, "app", "one", Lock::Locked)).unwrap();
    assert_eq!(answer.json(), r#"{"statusCode":"0","echo":"one"}"#);
    let answer = block_on(client.request_async(&queue, None, "call", "two.wx", "{}")).unwrap();
    assert_eq!(answer.json(), r#"{"statusCode":"0","echo":"two.wx"}"#);
    let blocking = client.meeting_state("app", "state").map_err(|error| error.to_string());
    let state = block_on(client.meeting_state_async(&queue, "app", "state"));
    assert_eq!(format!("{:?}", state.map_err(|error| error.to_string())), format!("{blocking:?}"));
    for confid in ["-205 always", "500 always", "text always", ""] {
        let blocking = client.lock_meeting("app", confid, Lock::Locked).unwrap_err();
        let error = block_on(client.lock_meeting_async(&queue, "app", confid, Lock::Locked));
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (blocking.kind(), blocking.to_string()));
    }
    assert!(queue.take(Some(Duration::ZERO)).is_none(), "none of it is an event");
}

#[test]
fn a_future_is_under_way_before_it_is_polled() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(10));
    let future = client.lock_meeting_async(&queue, "app", "unpolled", Lock::Locked);
    assert!(client.lock_meeting("app", "await unpolled", Lock::Locked).is_ok());
    assert!(block_on(future).is_ok());
}

#[test]
fn many_are_awaited_at_once_and_each_waker_is_called() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(100));
    let mut futures: Vec<_> = (0..50)
        .map(|number| {
            let confid = format!("held by {number}");
            let call = client.lock_meeting_async(&queue, "app", &confid, Lock::Locked);
            (Box::pin(call), Bell::new(), confid)
        })
        .collect();
    for (future, bell, _) in &mut futures {
        assert!(poll_with(future.as_mut(), bell).is_pending());
    }
    for (future, bell, confid) in &mut futures {
        assert_eq!(bell.calls(), 0);
        let release = confid.replace("held", "release");
        client.lock_meeting("app", &release, Lock::Locked).unwrap();
        await_bell(bell);
        let Poll::Ready(result) = poll_with(future.as_mut(), bell) else { panic!("not ready") };
        assert!(result.unwrap().json().contains(&*confid));
        assert_eq!(bell.calls(), 1);
    }
}

#[test]
fn the_waker_of_the_last_poll_is_called() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(10));
    let mut future = pin!(client.lock_meeting_async(&queue, "app", "held", Lock::Locked));
    let (first, second) = (Bell::new(), Bell::new());
    assert!(poll_with(future.as_mut(), &first).is_pending());
    assert!(poll_with(future.as_mut(), &second).is_pending());
    client.lock_meeting("app", "release", Lock::Locked).unwrap();
    await_bell(&second);
    assert!(poll_with(future.as_mut(), &second).is_ready());
}

#[test]
fn a_dropped_future_is_a_cancelled_call() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(1));
    let first = client.lock_meeting_async(&queue, "app", "held", Lock::Locked);
    client.lock_meeting("app", "await held", Lock::Locked).unwrap();
    // Never polled, and polled once.
    drop(client.lock_meeting_async(&queue, "app", "never", Lock::Locked));
    let mut polled = Box::pin(client.meeting_state_async(&queue, "app", "never"));
    assert!(poll_with(polled.as_mut(), &Bell::new()).is_pending());
    drop(polled);
    await_that("only the first is left", || queue.stats().waiting == 0);
    assert_eq!(queue.stats().in_flight, 1);
    drop(first);
    await_that("none is on its way", || queue.stats().in_flight == 0);
    assert!(block_on(client.lock_meeting_async(&queue, "app", "after", Lock::Locked)).is_ok());
    assert!(server.seen("never").is_empty());
}

#[test]
fn what_is_refused_is_told_by_the_future() {
    let server = Server::start(behave);
    let mut options = QueueOptions::default();
    options.max_pending = 1;
    let (client, queue) = (client(&server.url()), Queue::new(options).unwrap());
    let held = client.lock_meeting_async(&queue, "app", "held", Lock::Locked);
    let busy = block_on(client.lock_meeting_async(&queue, "app", "never", Lock::Locked));
    assert_eq!(busy.unwrap_err().kind(), Kind::Busy);
    client.lock_meeting("app", "await held", Lock::Locked).unwrap();
    queue.close();
    let error = block_on(held).unwrap_err();
    assert_eq!((error.kind(), error.was_sent()), (Kind::Cancelled, true));
    let closed = block_on(client.lock_meeting_async(&queue, "app", "never", Lock::Locked));
    assert_eq!(closed.unwrap_err().kind(), Kind::Cancelled);
    assert!(matches!(queue.take(Some(LIMIT)), Some(Event::Closed)));
    assert!(server.seen("never").is_empty());
}

#[test]
fn a_future_outlives_the_queue_and_the_client_it_was_made_from() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(10));
    let other = self::client(&server.url());
    let future = client.lock_meeting_async(&queue, "app", "held", Lock::Locked);
    drop((client, queue));
    let elsewhere = thread::spawn(move || block_on(future));
    other.lock_meeting("app", "await held", Lock::Locked).unwrap();
    other.lock_meeting("app", "release", Lock::Locked).unwrap();
    assert!(elsewhere.join().unwrap().is_ok());
}

#[test]
fn log_lines_are_told_by_the_poll_that_is_ready() {
    let server = Server::start(behave);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let mut options = options(&server.url());
    options.log(Level::Debug, move |_, line| {
        sink.lock().unwrap().push((thread::current().id(), line.to_owned()));
    });
    let (client, queue) = (Client::new("sid", "t0ken", options).unwrap(), queue(10));
    heard.lock().unwrap().clear();
    let mut future = pin!(client.lock_meeting_async(&queue, "app", "503 always", Lock::Locked));
    let bell = Bell::new();
    if poll_with(future.as_mut(), &bell).is_pending() {
        await_bell(&bell);
        assert!(heard.lock().unwrap().is_empty(), "told before anyone asked");
        assert!(poll_with(future.as_mut(), &bell).is_ready());
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].1.contains("YTX_E_HTTP") && heard[0].0 == thread::current().id(), "{heard:?}");
}

#[test]
fn the_last_clone_of_a_queue_ends_its_calls() {
    let server = Server::start(behave);
    let (client, queue) = (client(&server.url()), queue(10));
    let clone = queue.clone();
    queue.lock_meeting(&client, "app", "held", Lock::Locked, 7).unwrap();
    drop(queue);
    client.lock_meeting("app", "release", Lock::Locked).unwrap();
    let (tag, result) = done(&clone);
    assert_eq!((tag, result.is_ok()), (7, true));
    clone.lock_meeting(&client, "app", "held on", Lock::Locked, 8).unwrap();
    client.lock_meeting("app", "await held on", Lock::Locked).unwrap();
    assert_eq!(client.stats().in_flight, 1);
    drop(clone);
    await_that("its call is cancelled", || client.stats().in_flight == 0);
}

#[test]
fn tickets_of_another_queue_are_unknown() {
    let server = Server::start(behave);
    let (client, one, other) = (client(&server.url()), queue(10), queue(10));
    let ticket = one.lock_meeting(&client, "app", "held", Lock::Locked, 1).unwrap();
    assert!(!other.cancel(ticket));
    assert!(one.cancel(ticket) && one.cancel(ticket));
    assert_eq!(done(&one).1.unwrap_err().kind(), Kind::Cancelled);
    other.wake();
    assert!(other.take(None).is_none());
    other.close();
    assert!(matches!(other.take(None), Some(Event::Closed)));
}

/// A gate that opens once.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let closed = self.1.wait_timeout_while(self.0.lock().unwrap(), LIMIT, |open| !*open);
        assert!(*closed.unwrap().0, "nobody opens the gate");
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"statusCode\":\"0\"}";

/// A TLS connection of a server that sends what it has to send when the test says so.
struct Tls {
    connection: ServerConnection,
    stream: TcpStream,
}

impl Tls {
    /// Shakes hands, and keeps the session tickets back.
    fn accept(config: &Arc<ServerConfig>, stream: TcpStream) -> io::Result<Tls> {
        stream.set_nodelay(true)?;
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let mut tls = Tls { connection, stream };
        while tls.connection.is_handshaking() {
            if tls.connection.wants_write() {
                tls.flush()?;
            } else {
                tls.receive()?;
            }
        }
        Ok(tls)
    }

    fn receive(&mut self) -> io::Result<()> {
        if self.connection.read_tls(&mut self.stream)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.connection.process_new_packets().map(|_| ()).map_err(io::Error::other)
    }

    /// Reads a request, and sends nothing meanwhile.
    fn request(&mut self) -> io::Result<()> {
        let mut request = Vec::new();
        let is_whole = |request: &[u8]| request.ends_with(b"}");
        while !is_whole(&request) {
            let mut part = [0; 4096];
            match self.connection.reader().read(&mut part) {
                Ok(count) => request.extend_from_slice(&part[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.receive()?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str) {
        self.connection.writer().write_all(text.as_bytes()).unwrap();
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.stream)?;
        }
        Ok(())
    }
}

/// Serves each connection on a thread of its own until the test's process ends.
fn serve(talk: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let talk = Arc::clone(&talk);
            thread::spawn(move || stream.and_then(|stream| talk(stream)));
        }
    });
    port
}

fn tls_client(authority: &Authority, port: u16) -> Client {
    let mut options = options(&format!("https://localhost:{port}"));
    options.ca_file = Some(authority.file.clone());
    Client::new("sid", "t0ken", options).unwrap()
}

/// The library's threads that have to wait for something.
fn workers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "ytx-worker").count()
}

/// Session tickets, and a change of keys, make a socket readable without an answer. No thread may
/// wait for the answer then: with a hundred of them others would not be served.
#[test]
fn session_tickets_are_no_answer() {
    const CALLS: usize = 100;
    let authority = Authority::new("queue-tickets");
    let config = authority.server(&["localhost"], 2099);
    let (gate, told) = (Arc::new(Gate::default()), mpsc::channel());
    let (for_server, sender) = (Arc::clone(&gate), told.0);
    let port = serve(move |stream| {
        let mut tls = Tls::accept(&config, stream)?;
        tls.request()?;
        assert!(tls.connection.wants_write(), "there are tickets to send");
        tls.flush()?;
        sender.send(()).unwrap();
        for_server.pass();
        tls.say(OK);
        tls.flush()?;
        // Once more on the kept connection, with other keys before the answer.
        tls.request()?;
        tls.connection.refresh_traffic_keys().map_err(io::Error::other)?;
        tls.flush()?;
        tls.say(OK);
        tls.flush()?;
        tls.request()
    });
    let plain = Server::start(behave);
    let (other, fresh) = (client(&plain.url()), queue(10));
    let (client, queue) = (tls_client(&authority, port), queue(200));
    for number in 0..CALLS {
        queue.meeting_state(&client, "app", &format!("room {number}"), number as u64).unwrap();
    }
    // If they held threads, these would not be enough for all of one client's calls.
    for _ in 0..CALLS {
        told.1.recv_timeout(LIMIT).unwrap();
    }
    let before = workers(); // the handshakes may have needed many
    // Others are served, those as well that need a new connection.
    for _ in 0..20 {
        let new = self::client(&plain.url());
        for client in [&other, &new] {
            fresh.lock_meeting(client, "app", "served", Lock::Locked, 1).unwrap();
            assert!(done(&fresh).1.is_ok());
        }
    }
    assert!(workers() <= before + 8, "{before} threads were {}", workers());
    assert!(queue.take(Some(Duration::ZERO)).is_none());
    gate.open();
    let mut tags = HashSet::new();
    for _ in 0..CALLS {
        let (tag, result) = done(&queue);
        result.unwrap();
        assert!(tags.insert(tag));
    }
    for number in 0..20 {
        queue.meeting_state(&client, "app", &format!("again {number}"), number).unwrap();
    }
    for _ in 0..20 {
        done(&queue).1.unwrap();
    }
}

/// One byte at a time, so that each makes the socket readable: records, and what they hold, are
/// put together as they come.
#[test]
fn an_answer_in_tls_may_come_in_any_pieces() {
    let authority = Authority::new("queue-pieces");
    let config = authority.server(&["localhost"], 2099);
    let port = serve(move |stream| {
        let mut tls = Tls::accept(&config, stream)?;
        loop {
            tls.request()?;
            tls.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"statusC\r\n");
            tls.say("9\r\node\":\"0\"}\r\n0\r\n\r\n");
            let mut bytes = Vec::new();
            while tls.connection.wants_write() {
                tls.connection.write_tls(&mut bytes)?;
            }
            for byte in bytes {
                tls.stream.write_all(&[byte])?;
                thread::sleep(Duration::from_micros(200));
            }
        }
    });
    let (client, queue) = (tls_client(&authority, port), queue(10));
    for _ in 0..3 {
        for tag in 0..4 {
            queue.meeting_state(&client, "app", "room", tag).unwrap();
        }
        for _ in 0..4 {
            assert_eq!(done(&queue).1.unwrap().json(), r#"{"statusCode":"0"}"#);
        }
    }
}

/// A server may answer before it has read the request, and stay: what has come with the send is not
/// waited for again.
#[test]
fn an_answer_that_came_with_the_send_is_read() {
    let authority = Authority::new("queue-early");
    let config = authority.server(&["localhost"], 2099);
    let answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}";
    let reads_all = move |mut stream: TcpStream| {
        stream.read_exact(&mut [0; 100])?;
        stream.write_all(answer.as_bytes())?;
        // It reads the rest, slowly at first, and says nothing more.
        thread::sleep(Duration::from_millis(50));
        io::copy(&mut stream, &mut io::sink()).map(|_| ())
    };
    let hangs_up = move |mut stream: TcpStream| {
        stream.read_exact(&mut [0; 100])?;
        stream.write_all(answer.as_bytes())
    };
    let in_tls = move |stream: TcpStream| {
        let mut tls = Tls::accept(&config, stream)?;
        tls.flush()?;
        tls.receive()?;
        tls.say(answer);
        tls.flush() // and closes without reading the rest
    };
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(6_000_000));
    let queue = queue(10);
    let [reads_all, hangs_up] =
        [serve(reads_all), serve(hangs_up)].map(|port| format!("http://127.0.0.1:{port}"));
    let in_tls = serve(in_tls);
    for _ in 0..3 {
        // Each on a new connection: this server says nothing more on the first.
        let clients = [client(&reads_all), client(&hangs_up), tls_client(&authority, in_tls)];
        for client in clients {
            queue.request(&client, None, "call", "X.wx", &body, 1).unwrap();
            let error = done(&queue).1.unwrap_err();
            assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(413)), "{error}");
        }
    }
}

/// A server may even answer in its half of the handshake: then nothing more comes that could make
/// the socket readable.
#[test]
fn an_answer_that_came_with_the_handshake_is_read() {
    let authority = Authority::new("queue-half");
    let mut config = ServerConfig::clone(&authority.server(&["localhost"], 2099));
    config.send_half_rtt_data = true;
    config.send_tls13_tickets = 0;
    let config = Arc::new(config);
    let port = serve(move |mut stream| {
        let mut connection =
            ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        connection.read_tls(&mut stream)?;
        connection.process_new_packets().map_err(io::Error::other)?;
        connection.writer().write_all(OK.as_bytes())?;
        let mut flight = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut flight)?;
        }
        stream.write_all(&flight)?;
        io::copy(&mut stream, &mut io::sink()).map(|_| ())
    });
    let queue = queue(10);
    assert!(tls_client(&authority, port).meeting_state("app", "room").is_err(), "it has no list");
    for _ in 0..5 {
        queue.meeting_state(&tls_client(&authority, port), "app", "room", 1).unwrap();
        assert_eq!(done(&queue).1.unwrap().json(), r#"{"statusCode":"0"}"#);
    }
}

/// Larger than what is sent without a thread, and larger than a socket takes at once.
#[test]
fn a_long_request_arrives_whole() {
    let authority = Authority::new("queue-long");
    let config = authority.server(&["localhost"], 2099);
    let port = serve(move |stream| {
        let mut tls = Tls::accept(&config, stream)?;
        loop {
            tls.request()?;
            tls.say(OK);
            tls.flush()?;
        }
    });
    let plain = Server::start(behave);
    let queue = queue(10);
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(3_000_000));
    for client in [tls_client(&authority, port), client(&plain.url())] {
        for _ in 0..3 {
            for tag in 0..3 {
                queue.request(&client, None, "call", "X.wx", &body, tag).unwrap();
            }
            for _ in 0..3 {
                done(&queue).1.unwrap();
            }
        }
    }
    assert!(plain.requests().iter().all(|request| request.body == body.as_bytes()));
}
