//! The HTTP server in front of the platform: a thread of its own, counters, faults and the log.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::{self, Body, HttpBody as _};
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, request};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt as _;
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

use crate::answer::{Answer, Code, Refusal};
use crate::data::{Config, Member};
use crate::fault::{Count, Failure, Fault, Faults};
use crate::platform::{Platform, Request};

/// No request of the platform is nearly this large.
const LARGEST_BODY: usize = 1024 * 1024;

/// How many connections may wait to be accepted, as far as the system allows.
const BACKLOG: u32 = 4096;

/// How many log lines are kept.
const LOG_LINES: usize = 10_000;

/// A running sandbox. Dropping it closes all connections and ends its thread.
pub struct Sandbox {
    url: String,
    shared: Arc<Shared>,
    /// Dropped to stop the server.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    connections: AtomicU64,
    requests: AtomicU64,
    quiet: bool,
    state: Mutex<Inner>,
}

struct Inner {
    platform: Platform,
    faults: Faults,
    log: VecDeque<String>,
}

/// Binds as std does, but for the backlog: of a thousand clients that come at once, its 128 would
/// leave some to the kernel's second attempt, a second later.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Sandbox {
    /// Starts a sandbox on a thread of its own; it answers when this returns.
    ///
    /// # Errors
    /// When it can't listen on the address, or can't start the thread.
    pub fn start(config: Config) -> io::Result<Sandbox> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            listen(config.listen)?
        };
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            quiet: config.quiet,
            state: Mutex::new(Inner {
                platform: Platform::new(config),
                faults: Faults::default(),
                log: VecDeque::new(),
            }),
        });

        let counted = Arc::clone(&shared);
        let listener = listener.tap_io(move |stream| {
            counted.connections.fetch_add(1, Ordering::Relaxed);
            // Only a matter of speed.
            let _ = stream.set_nodelay(true);
        });
        let service = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("ytx-sandbox".to_owned()).spawn(move || {
            runtime.spawn(async move { axum::serve(listener, service).await });
            // Ends when the sender is dropped; the connections go with the runtime.
            let _ = runtime.block_on(stopped);
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
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// How many requests have come in, the refused ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Whether a room is locked; `None` when there is no such room.
    #[must_use]
    pub fn is_locked(&self, confid: &str) -> Option<bool> {
        self.shared.lock().platform.room(confid).map(|room| room.locked)
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
        inner.platform.room(confid).map_or_else(Vec::new, |room| room.members.clone())
    }

    /// Puts a member into a room, in place of one with the same phone. The room is made if there
    /// is none.
    pub fn set_member(&self, confid: &str, member: Member) {
        self.shared.lock().platform.set_member(confid, member);
    }

    /// Allows for so many requests a second from now on; `None`: for any number.
    pub fn set_throttle(&self, limit: Option<u32>) {
        self.shared.lock().platform.set_throttle(limit);
    }

    /// Makes requests go wrong. Faults injected one after the other take their turns in that
    /// order, except that a [`Fault::Late`] goes together with one of the others.
    pub fn inject(&self, fault: Fault, count: Count) {
        self.shared.lock().faults.add(fault, count);
    }

    /// Forgets all faults that were injected and have not happened yet.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
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

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides on one request, and writes the log line about it.
    fn answer(
        &self,
        head: &request::Parts,
        body: Result<&[u8], Refusal>,
        peer: SocketAddr,
    ) -> (Answer, Option<Duration>) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut inner = self.lock();
        let (delay, failure) = inner.faults.next();
        let injected = || "injected fault".to_owned();
        let answer = match (failure, body) {
            (Some(Failure::Status(status)), _) => Answer::html(status, &injected()),
            (Some(Failure::Throttle), _) => {
                Answer::from(Refusal::Code(Code::TooManyRequests, injected()))
            }
            (None, Err(refusal)) => Answer::from(refusal),
            (None, Ok(body)) => {
                let request = Request {
                    method: head.method.as_str(),
                    path: head.uri.path(),
                    query: head.uri.query().unwrap_or_default(),
                    content_type: text(&head.headers, &CONTENT_TYPE),
                    content_encoding: text(&head.headers, &CONTENT_ENCODING),
                    is_chunked: head.headers.contains_key(TRANSFER_ENCODING),
                    authorization: text(&head.headers, &AUTHORIZATION),
                    body,
                    peer: peer.ip().to_canonical(),
                };
                inner.platform.answer(&request, OffsetDateTime::now_utc())
            }
        };

        let mut line = format!("{number} {}", answer.note);
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
        (answer, delay)
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::extract::Request,
) -> Response {
    let (head, body) = request.into_parts();
    let body = read(body).await;
    let body = body.as_ref().map(|bytes| bytes.as_ref()).map_err(|()| {
        Refusal::Http(413, "the body is too large, or did not come whole".to_owned())
    });
    let (answer, delay) = shared.answer(&head, body, peer);
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(answer.content_type);
    (status, [(CONTENT_TYPE, content_type)], answer.body).into_response()
}

async fn read(body: Body) -> Result<body::Bytes, ()> {
    // What says how large it is need not come first.
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(());
    }
    body::to_bytes(body, LARGEST_BODY).await.map_err(|_| ())
}

/// A header that is there once and is text.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
