//! A server that is as fast as threads with blocking sockets can be: it finds the end of a
//! request, looks for `meetingState` in it, and sends one of two answers that were made before.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::answers;
use super::authority::Authority;

pub struct Server {
    address: SocketAddr,
    /// The authority that has signed its certificate, where it speaks TLS.
    ca_file: Option<PathBuf>,
    connections: Arc<AtomicUsize>,
}

struct Answers {
    lock: Vec<u8>,
    state: Vec<u8>,
}

impl Server {
    /// Starts it. Its threads end with the process, and each with its connection.
    pub fn start() -> Server {
        Server::listen(None, None)
    }

    /// The same inside TLS, by rustls.
    pub fn start_tls() -> Server {
        let authority = Authority::new("benches");
        let tls = authority.server(&[&Ipv4Addr::LOCALHOST.to_string()], 2099);
        Server::listen(Some(tls), Some(authority.file))
    }

    fn listen(tls: Option<Arc<ServerConfig>>, ca_file: Option<PathBuf>) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let answers = Arc::new(Answers {
            lock: http(answers::LOCK.as_bytes()),
            state: http(answers::state().as_bytes()),
        });
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::Relaxed);
                let answers = Arc::clone(&answers);
                // Small, since there can be a thousand at a time.
                let small = thread::Builder::new().stack_size(128 * 1024);
                let tls = tls.clone();
                let serve = move || stream.map(|stream| talk(stream, tls, &answers));
                small.spawn(serve).expect("a thread");
            }
        });
        Server { address, ca_file, connections }
    }

    pub fn url(&self) -> String {
        let scheme = if self.ca_file.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// How many connections have been accepted since this was asked last.
    pub fn take_connections(&self) -> usize {
        self.connections.swap(0, Ordering::Relaxed)
    }
}

/// An answer of the platform with this body.
pub fn http(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn talk(stream: TcpStream, tls: Option<Arc<ServerConfig>>, answers: &Answers) {
    let _ = stream.set_nodelay(true);
    match tls {
        Some(config) => {
            let connection = ServerConnection::new(config).expect("a good configuration");
            serve(StreamOwned::new(connection, stream), |request| answers.to(request));
        }
        None => serve(stream, |request| answers.to(request)),
    }
}

/// Answers each request until the client goes.
pub fn serve<A: AsRef<[u8]>>(mut stream: impl Read + Write, answer: impl Fn(&[u8]) -> A) {
    let mut request = [0; 4096];
    let mut have = 0;
    while let Ok(count @ 1..) = stream.read(&mut request[have..]) {
        have += count;
        let Some(length) = length(&request[..have]).filter(|&length| length <= have) else {
            continue;
        };
        if stream.write_all(answer(&request[..length]).as_ref()).is_err() {
            return;
        }
        request.copy_within(length..have, 0);
        have -= length;
    }
}

impl Answers {
    fn to(&self, request: &[u8]) -> &[u8] {
        let asks_for_state = request.windows(12).any(|part| part == b"meetingState");
        if asks_for_state { &self.state } else { &self.lock }
    }
}

/// How long the request is that begins here, once its head is complete.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let head = request.parse(bytes).expect("HTTP");
    let httparse::Status::Complete(head) = head else { return None };
    let is_length = |header: &&httparse::Header| header.name.eq_ignore_ascii_case("content-length");
    let body = request.headers.iter().find(is_length).expect("a Content-Length").value;
    Some(head + std::str::from_utf8(body).ok()?.parse::<usize>().expect("a number"))
}
