//! An HTTP server on raw sockets that does exactly what a test tells it, well-behaved or not.
//!
//! A reply is a list of steps, so a new way to misbehave is a new list. The steps run on the
//! connection's own thread; when they are through and the connection is still open, the next
//! request is read from it. Everything ends when the server is dropped.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

#[derive(Debug, Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// The bytes one at a time, with this pause after each.
    Drip(Vec<u8>, Duration),
    /// The bytes again and again, for as long as the client takes them.
    Flood(Vec<u8>),
    Pause(Duration),
    /// Opens a gate, for good.
    Open(&'static str),
    /// Waits for a gate to be opened. Each request opens the gate named like its key, and the one
    /// named like its key and its number, from 0: "002#0".
    Await(String),
    /// Not a byte more, until the client goes.
    Stall,
    Close,
    /// Closes in such a way that the client gets a RST.
    Reset,
}

pub type Reply = Vec<Step>;

#[derive(Debug, Clone)]
pub struct Request {
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    /// Where that comes from.
    pub peer: IpAddr,
    /// How many requests with the same key came before it, on any connection.
    pub earlier: usize,
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    /// What follows the method, such as "/201612/sid/…?Sign=…".
    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    pub fn func_url(&self) -> &str {
        self.path().rsplit('/').next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    /// What tells the requests of a test apart: the confid as it stands in the body, still
    /// escaped, and the func_url where there is none.
    pub fn key(&self) -> &str {
        let body = std::str::from_utf8(&self.body).unwrap_or_default();
        let confid = body.split_once(r#""confid":""#);
        confid.and_then(|(_, rest)| rest.split('"').next()).unwrap_or(self.func_url())
    }
}

pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
}

struct Shared {
    greeting: Box<dyn Fn(usize) -> Reply + Send + Sync>,
    script: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    /// How often each gate was opened.
    gates: HashMap<String, usize>,
    requests: Vec<Request>,
    /// One a connection; weak, so that a connection closes when its thread lets go of it.
    connections: Vec<Weak<TcpStream>>,
}

impl State {
    /// Opens a gate and tells how often that was done before.
    fn open(&mut self, gate: &str) -> usize {
        let opened = self.gates.entry(gate.to_owned()).or_default();
        *opened += 1;
        *opened - 1
    }
}

impl Server {
    /// Answers each request as the script says.
    pub fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::with_greeting(|_| Vec::new(), script)
    }

    /// The same on this address.
    pub fn at(
        address: impl Into<SocketAddr>,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::listen(address.into(), |_| Vec::new(), script)
    }

    /// The greeting's steps run before a connection, counted from 0, is read for the first time.
    pub fn with_greeting(
        greeting: impl Fn(usize) -> Reply + Send + Sync + 'static,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::listen((Ipv4Addr::LOCALHOST, 0).into(), greeting, script)
    }

    fn listen(
        address: SocketAddr,
        greeting: impl Fn(usize) -> Reply + Send + Sync + 'static,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            greeting: Box::new(greeting),
            script: Box::new(script),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Server { address, shared, acceptor: Some(acceptor) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections have been accepted.
    pub fn connections(&self) -> usize {
        self.shared.state.lock().unwrap().connections.len()
    }

    /// Every request that has arrived whole.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state.lock().unwrap().requests.clone()
    }

    /// The connections that the requests with this key came on, in order.
    pub fn seen(&self, key: &str) -> Vec<usize> {
        let requests = self.requests();
        requests.iter().filter(|r| r.key() == key).map(|r| r.connection).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().stopping = true;
        self.shared.changed.notify_all();
        // The acceptor looks up when somebody connects.
        let woken = TcpStream::connect(self.address);
        let acceptor = self.acceptor.take().unwrap();
        let threads = acceptor.join().unwrap_or_default();
        drop(woken);
        let connections = std::mem::take(&mut self.shared.state.lock().unwrap().connections);
        for connection in connections.iter().filter_map(Weak::upgrade) {
            let _ = connection.shutdown(Shutdown::Both); // it may be closed already
        }
        let ended_well = threads.into_iter().map(JoinHandle::join).all(|ended| ended.is_ok());
        assert!(ended_well || thread::panicking(), "a test's script panicked: see above");
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    loop {
        // A thread that has ended keeps its stack until somebody joins it.
        for ended in threads.extract_if(.., |thread| thread.is_finished()) {
            ended.join().expect("a test's script panicked: see above");
        }
        let (stream, _) = listener.accept().unwrap();
        let stream = Arc::new(stream);
        let mut state = shared.state.lock().unwrap();
        if state.stopping {
            return threads;
        }
        let number = state.connections.len();
        state.connections.push(Arc::downgrade(&stream));
        drop(state);
        let connection = Connection { stream: Some(stream), shared: Arc::clone(shared) };
        threads.push(thread::spawn(move || connection.serve(number)));
    }
}

struct Connection {
    stream: Option<Arc<TcpStream>>,
    shared: Arc<Shared>,
}

impl Connection {
    fn serve(mut self, number: usize) {
        let greeting = (self.shared.greeting)(number);
        if greeting.iter().any(|step| matches!(step, Step::Reset)) {
            let _ = self.stream.as_ref().map(|stream| stream.peek(&mut [0]));
        }
        self.play(greeting);
        while let Some(stream) = &self.stream {
            let Some(mut request) = read_request(stream, number) else { return };
            let closing = request.header("Connection").is_some_and(|v| v == "close");
            self.shared.note(&mut request);
            let reply = (self.shared.script)(&request);
            // Closing a socket with something unread is what makes a RST of it.
            if !reply.iter().any(|step| matches!(step, Step::Reset)) {
                let _ = (&**stream).read(&mut [0]);
            }
            self.play(reply);
            if closing {
                return;
            }
        }
    }

    fn play(&mut self, reply: Reply) {
        for step in reply {
            let went_well = match (step, &self.stream) {
                (step @ (Step::Close | Step::Reset), _) => {
                    // A close that lingers ends when the client's side has heard of it, however
                    // busy the machine is.
                    if let (Step::Close, Some(stream)) = (step, self.stream.as_deref()) {
                        SockRef::from(stream).set_linger(Some(Duration::from_secs(5))).unwrap();
                    }
                    self.stream = None;
                    true
                }
                (Step::Open(gate), _) => {
                    self.shared.open(gate);
                    true
                }
                (Step::Await(gate), _) => self.shared.wait(None, |s| s.gates.contains_key(&gate)),
                (Step::Pause(time), _) => self.shared.wait(Some(time), |_| false),
                (_, None) => panic!("a step needs the connection after its end"),
                (Step::Send(bytes), Some(stream)) => (&**stream).write_all(&bytes).is_ok(),
                (Step::Drip(bytes, pause), Some(stream)) => bytes.iter().all(|&byte| {
                    (&**stream).write_all(&[byte]).is_ok()
                        && self.shared.wait(Some(pause), |_| false)
                }),
                (Step::Flood(bytes), Some(stream)) => {
                    while (&**stream).write_all(&bytes).is_ok() {}
                    false
                }
                (Step::Stall, Some(stream)) => {
                    let mut unread = [0; 4096];
                    while (&**stream).read(&mut unread).is_ok_and(|count| count > 0) {}
                    false
                }
            };
            if !went_well {
                self.stream = None; // the client has gone, or the server is to go
                return;
            }
        }
    }
}

impl Shared {
    fn open(&self, gate: &str) {
        self.state.lock().unwrap().open(gate);
        self.changed.notify_all();
    }

    fn note(&self, request: &mut Request) {
        let mut state = self.state.lock().unwrap();
        request.earlier = state.open(request.key());
        state.open(&format!("{}#{}", request.key(), request.earlier));
        state.requests.push(request.clone());
        self.changed.notify_all();
    }

    /// Waits until the moment has come, or so long. False when the server is to go.
    fn wait(&self, time: Option<Duration>, come: impl Fn(&State) -> bool) -> bool {
        let state = self.state.lock().unwrap();
        let waiting = |state: &mut State| !state.stopping && !come(state);
        let state = match time {
            Some(time) => self.changed.wait_timeout_while(state, time, waiting).unwrap().0,
            None => self.changed.wait_while(state, waiting).unwrap(),
        };
        !state.stopping
    }
}

/// Reads a request, but leaves its last byte in the socket. `None` when the client goes first.
fn read_request(mut stream: &TcpStream, connection: usize) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut peeked = vec![0; 64 * 1024];
    let (read, head_length) = loop {
        let count = stream.peek(&mut peeked).ok().filter(|&count| count > 0)?;
        let read = bytes.len();
        bytes.extend_from_slice(&peeked[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break (read, end + 4);
        }
        stream.read_exact(&mut peeked[..count]).ok()?;
    };
    let head = String::from_utf8_lossy(&bytes[..head_length]).into_owned();
    let peer = stream.peer_addr().ok()?.ip();
    let mut request = Request { connection, peer, earlier: 0, head, body: Vec::new() };
    let length = request.header("Content-Length").map_or(0, |v| v.parse().unwrap());
    bytes.resize(head_length + length, 0);
    let last = bytes.len() - 1;
    stream.read_exact(&mut bytes[read..last]).ok()?;
    stream.peek(&mut bytes[last..]).ok().filter(|&count| count > 0)?;
    request.body = bytes.split_off(head_length);
    Some(request)
}

/// A whole answer with a length; for everything out of the ordinary there is `Step::Send`.
pub fn http(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        answer += header;
        answer += "\r\n";
    }
    answer += "\r\n";
    [answer.as_bytes(), body].concat()
}

pub fn json(body: impl AsRef<[u8]>) -> Reply {
    vec![Step::Send(http(200, &["Content-Type: application/json;charset=utf-8"], body.as_ref()))]
}

/// The same in chunks of so many bytes.
pub fn chunked(body: &[u8], size: usize) -> Reply {
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(size) {
        answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    vec![Step::Send(answer)]
}

/// The same as of 1996: the end of the connection is the end of the body.
pub fn http_1_0(body: &[u8]) -> Reply {
    vec![Step::Send([b"HTTP/1.0 200 OK\r\n\r\n", body].concat()), Step::Close]
}

/// An acceptance that repeats the request's key, so that a crossed answer is seen.
pub fn echo(request: &Request) -> Reply {
    json(format!(r#"{{"statusCode":"0","echo":"{}"}}"#, request.key()))
}
