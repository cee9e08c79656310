//! The HTTP server in front of the platform: threads of its own, counters, faults and the log.
//! What is not the platform's goes to the console.

use std::collections::VecDeque;
use std::future::pending;
use std::io::{self, Write as _};
use std::net::{self, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{self, Body, HttpBody as _};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, request};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::answer::{Answer, Code, Refusal};
use crate::console;
use crate::data::{Config, Member};
use crate::events::Listeners;
use crate::fault::{Count, Failure, Fault, Faults};
use crate::journal::{self, End, Entry, Journal, Link};
use crate::platform::{Platform, Request};
use crate::words::Words;

/// No request of the platform is nearly this large.
const LARGEST_BODY: usize = 1024 * 1024;

/// How many connections may wait to be accepted, as far as the system allows.
const BACKLOG: u32 = 4096;

/// Of the Date header.
const DATE_FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// How many log lines are kept.
const LOG_LINES: usize = 10_000;

/// A running sandbox. Dropping it closes all connections and ends its threads.
pub struct Sandbox {
    url: String,
    shared: Arc<Shared>,
    /// Dropped to stop the server.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) struct Shared {
    connections: AtomicU64,
    requests: AtomicU64,
    quiet: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) listen: SocketAddr,
    /// Tells this sandbox from the one that was here before.
    pub(crate) run: String,
    state: Mutex<Inner>,
}

pub(crate) struct Inner {
    pub(crate) platform: Platform,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) listeners: Listeners,
    /// How far the platform's clock is ahead of the machine's.
    pub(crate) clock: time::Duration,
    log: VecDeque<String>,
}

/// Counts the connections as they come from the thread that accepts.
struct Numbered {
    accepted: UnboundedReceiver<(net::TcpStream, SocketAddr)>,
    shared: Arc<Shared>,
}

impl Listener for Numbered {
    type Io = TcpStream;
    type Addr = Link;

    async fn accept(&mut self) -> (TcpStream, Link) {
        loop {
            let Some((stream, remote)) = self.accepted.recv().await else { pending().await };
            // No descriptor of the runtime's is left for it: it is closed.
            let Ok(stream) = TcpStream::from_std(stream) else { continue };
            let number = self.shared.connections.fetch_add(1, Ordering::Relaxed) + 1;
            // Only a matter of speed.
            let _ = stream.set_nodelay(true);
            let local = stream.local_addr().unwrap_or(self.shared.listen);
            return (stream, Link { number, remote, local });
        }
    }

    fn local_addr(&self) -> io::Result<Link> {
        let local = self.shared.listen;
        Ok(Link { number: 0, remote: local, local })
    }
}

impl Connected<IncomingStream<'_, Numbered>> for Link {
    fn connect_info(stream: IncomingStream<'_, Numbered>) -> Link {
        *stream.remote_addr()
    }
}

/// Binds as std does, but for the backlog: of a thousand clients that come at once, its 128 would
/// leave some to the kernel's second attempt, a second later.
fn listen(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(backlog)
}

/// Accepts on a thread of its own, until nobody receives any more: while requests are answered,
/// thousands may come at once, more than the backlog has room for.
fn accept(
    runtime: Runtime,
    mut listener: TcpListener,
    accepted: UnboundedSender<(net::TcpStream, SocketAddr)>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("ytx-sandbox-in".to_owned()).spawn(move || {
        let end = accepted.clone();
        runtime.spawn(async move {
            loop {
                let (stream, remote) = Listener::accept(&mut listener).await;
                // Two failures that leave nobody to answer: it is closed.
                let _ = stream.into_std().map(|stream| accepted.send((stream, remote)));
            }
        });
        runtime.block_on(end.closed());
    })
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

impl Sandbox {
    /// Starts a sandbox on threads of its own; it answers when this returns.
    ///
    /// # Errors
    /// When it can't listen on the address, or can't start the threads.
    pub fn start(config: Config) -> io::Result<Sandbox> {
        Sandbox::start_with(config, BACKLOG)
    }

    fn start_with(config: Config, backlog: u32) -> io::Result<Sandbox> {
        let (runtime, accepting) = (runtime()?, runtime()?);
        let socket = {
            let _inside = accepting.enter();
            listen(config.listen, backlog)?
        };
        let address = socket.local_addr()?;
        let url = format!("http://{address}");
        let tokens = config.accounts.iter().map(|account| account.token.clone());
        let shared = Arc::new(Shared {
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            quiet: config.quiet,
            hosts: config.hosts.clone(),
            listen: address,
            run: console::random(),
            state: Mutex::new(Inner {
                faults: Faults::default(),
                journal: Journal::new(tokens),
                listeners: Listeners::default(),
                clock: time::Duration::ZERO,
                log: VecDeque::new(),
                platform: Platform::new(config),
            }),
        });

        let (accepted, come) = mpsc::unbounded_channel();
        let listener = Numbered { accepted: come, shared: Arc::clone(&shared) };
        let service = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<Link>();
        let (stop, stopped) = oneshot::channel();
        let acceptor = accept(accepting, socket, accepted)?;
        let thread = thread::Builder::new().name("ytx-sandbox".to_owned()).spawn(move || {
            runtime.spawn(async move { axum::serve(listener, service).await });
            // Ends when the sender is dropped; the connections go with the runtime.
            let _ = runtime.block_on(stopped);
            drop(runtime);
            let _ = acceptor.join();
        })?;
        Ok(Sandbox { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens, such as `http://127.0.0.1:8089`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many connections have been accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections()
    }

    /// How many requests to the platform have come in, the refused ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Whether a room is locked; `None` when there is no such room.
    #[must_use]
    pub fn is_locked(&self, confid: &str) -> Option<bool> {
        self.shared.lock().platform.rooms().find(confid).map(|room| room.locked)
    }

    /// The log, one line a request: what was answered, and why. It keeps the last 10 000 lines.
    /// No line holds a token, a Sign or an Authorization.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.shared.lock().log.iter().cloned().collect()
    }

    /// Who is in a room; nobody when there is no such room.
    #[must_use]
    pub fn members(&self, confid: &str) -> Vec<Member> {
        let inner = self.shared.lock();
        inner.platform.rooms().find(confid).map_or_else(Vec::new, |room| room.members.clone())
    }

    /// Puts a member into a room, in place of one with the same phone. The room is made if there
    /// is none.
    pub fn set_member(&self, confid: &str, member: Member) {
        let mut inner = self.shared.lock();
        inner.platform.rooms_mut().set_member(confid, member);
        inner.tell_of_rooms();
    }

    /// Allows for so many requests a second from now on; `None`: for any number.
    pub fn set_throttle(&self, limit: Option<u32>) {
        let mut inner = self.shared.lock();
        inner.platform.set_throttle(limit);
        inner.tell_of_settings();
    }

    /// Makes requests go wrong. Faults injected one after the other take their turns in that
    /// order, except that a [`Fault::Late`] goes together with one of the others.
    pub fn inject(&self, fault: Fault, count: Count) {
        let mut inner = self.shared.lock();
        inner.faults.add(fault, count);
        inner.tell_of_settings();
    }

    /// Forgets all faults that were injected and have not happened yet.
    pub fn clear_faults(&self) {
        let mut inner = self.shared.lock();
        inner.faults.clear();
        inner.tell_of_settings();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panicked already, and said so.
            let _ = thread.join();
        }
    }
}

impl Inner {
    pub(crate) fn tell_of_rooms(&mut self) {
        for room in self.platform.rooms_mut().take_changed() {
            self.listeners.tell("room", || room);
        }
    }

    pub(crate) fn tell_of_settings(&mut self) {
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.tell("settings", || console::settings(self));
        self.listeners = listeners;
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Decides on one request, and writes it down.
    fn answer(&self, head: &request::Parts, body: Option<&[u8]>, came: &Arrival) -> Decision {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut inner = self.lock();
        let now = came.at.saturating_add(inner.clock);
        let (delay, failure) = inner.faults.next();
        let injected = || Words::from(("injected fault", "注入的故障"));
        let answer = match (failure, body) {
            (Some(Failure::Status(status)), _) => Answer::html(status, injected()),
            (Some(Failure::Throttle), _) => {
                Answer::from(Refusal::Code(Code::TooManyRequests, injected()))
            }
            (None, None) => {
                let why =
                    ("the body is too large, or did not come whole", "请求体太大，或者没有收完整");
                Answer::html(413, why.into())
            }
            (None, Some(body)) => {
                let request = Request {
                    method: head.method.as_str(),
                    path: head.uri.path(),
                    query: head.uri.query().unwrap_or_default(),
                    content_type: text(&head.headers, &CONTENT_TYPE),
                    content_encoding: text(&head.headers, &CONTENT_ENCODING),
                    is_chunked: head.headers.contains_key(TRANSFER_ENCODING),
                    authorization: text(&head.headers, &AUTHORIZATION),
                    body,
                    peer: came.link.remote.ip().to_canonical(),
                };
                inner.platform.answer(&request, now)
            }
        };

        let mut line = format!("{number} {}", answer.told.line());
        if let Some(delay) = delay {
            line += &format!("; answered {} ms late", delay.as_millis());
        }
        if !self.quiet {
            // Nobody reads it any more: no reason to stop.
            let _ = writeln!(io::stderr(), "{line}");
        }
        if inner.log.len() == LOG_LINES {
            inner.log.pop_front();
        }
        inner.log.push_back(line);

        inner.tell_of_rooms();
        if delay.is_some() || failure.is_some() {
            inner.tell_of_settings();
        }
        let Answer { status, content_type, body: answer, told } = answer;
        let inner = &mut *inner;
        let entry = Entry {
            number,
            at: came.at,
            link: came.link,
            told,
            status,
            late: delay,
            came: inner.journal.masked(head, body.unwrap_or_default()),
            answer: journal::cut(&answer).to_owned(),
            end: match delay {
                Some(_) => End::Waits,
                None => End::Answered(came.begun.elapsed()),
            },
        };
        let entry = inner.journal.add(entry);
        inner.listeners.tell("request", || entry.line());
        Decision { number, now, status, content_type, body: answer, delay }
    }

    fn end(&self, number: u64, end: End) {
        let inner = &mut *self.lock();
        if let Some(entry) = inner.journal.end(number, end) {
            inner.listeners.tell("request", || entry.line());
        }
    }
}

/// When and where a request came in.
struct Arrival {
    at: OffsetDateTime,
    begun: Instant,
    link: Link,
}

/// What is to be sent, and when.
struct Decision {
    number: u64,
    /// By the platform's clock.
    now: OffsetDateTime,
    status: u16,
    content_type: &'static str,
    body: String,
    delay: Option<Duration>,
}

/// An answer that is held back. Dropped before its time, the client has gone.
struct Held<'a> {
    shared: &'a Shared,
    number: u64,
    begun: Instant,
    is_over: bool,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let after = self.begun.elapsed();
        let end = if self.is_over { End::Answered(after) } else { End::Gone(after) };
        self.shared.end(self.number, end);
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: axum::extract::Request,
) -> Response {
    let (at, begun) = (OffsetDateTime::now_utc(), Instant::now());
    let (head, body) = request.into_parts();
    if console::is_for(&head) {
        let body = read(body, console::LARGEST_BODY).await.ok();
        return console::answer(&shared, &head, body.as_deref(), &link);
    }
    let body = read(body, LARGEST_BODY).await.ok();
    let decision = shared.answer(&head, body.as_deref(), &Arrival { at, begun, link });
    // A sleep of no time takes the runtime a millisecond.
    if let Some(delay) = decision.delay.filter(|delay| !delay.is_zero()) {
        let number = decision.number;
        let mut held = Held { shared: &shared, number, begun, is_over: false };
        tokio::time::sleep(delay).await;
        held.is_over = true;
    }
    let status = StatusCode::from_u16(decision.status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(decision.content_type);
    // Else it would be the machine's, and a client could not see that the clock was turned.
    let date = decision.now.format(DATE_FORMAT).unwrap_or_default();
    let date = HeaderValue::from_str(&date).unwrap_or(HeaderValue::from_static(""));
    (status, [(CONTENT_TYPE, content_type), (DATE, date)], decision.body).into_response()
}

async fn read(body: Body, largest: usize) -> Result<body::Bytes, ()> {
    // What says how large it is need not come first.
    if body.size_hint().lower() > largest as u64 {
        return Err(());
    }
    body::to_bytes(body, largest).await.map_err(|_| ())
}

/// A header that is there once and is text.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
