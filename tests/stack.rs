//! How much stack a call takes, which a host that gives its threads little of it has to know.
#![cfg(target_os = "linux")]

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::{env, thread};

use rustls::{ServerConnection, StreamOwned};

use authority::Authority;
use support::behaviour::behave;
use support::cc::Program;
use support::server::{Request, Server, Step, http, json};

/// A fourth of what FreeSWITCH gives a thread, and half of musl's default: the host has functions of
/// its own below.
const MOST: usize = 64 * 1024;

/// The same for a library that was not optimized.
const MOST_UNOPTIMIZED: usize = 96 * 1024;

/// What `.ci/run` has built for the README is named by this variable.
fn most() -> usize {
    let optimized = !cfg!(debug_assertions) || env::var_os("YTX_TEST_LIBRARY").is_some();
    if optimized { MOST } else { MOST_UNOPTIMIZED }
}

/// Serves TLS on a thread of its own, for as long as the test runs: one connection after the other,
/// one request each.
fn tls_server(authority: &Authority) -> String {
    let config = authority.server(&["127.0.0.1"], 2999);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        loop {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let stream = StreamOwned::new(connection, listener.accept().unwrap().0);
            let _ = answer(BufReader::new(stream)); // the client may not trust the certificate
        }
    });
    url
}

fn answer(mut stream: BufReader<StreamOwned<ServerConnection, TcpStream>>) -> io::Result<()> {
    let mut line = String::new();
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line)?;
        let value = line.to_ascii_lowercase();
        length =
            value.strip_prefix("content-length:").map_or(length, |it| it.trim().parse().unwrap());
    }
    stream.read_exact(&mut vec![0; length])?;
    let stream = stream.get_mut();
    stream.write_all(&http(200, &["Connection: close"], br#"{"statusCode":"0"}"#))?;
    stream.conn.send_close_notify();
    stream.flush()
}

#[test]
fn every_function_leaves_a_small_stack_for_the_host() {
    let server = Server::start(|request: &Request| match request.func_url() {
        "Mirror.wx" => json(&request.body),
        _ => behave(request),
    });
    let plain = Server::with_greeting(|_| vec![Step::Send(http(400, &[], b""))], behave);
    let authority = Authority::new("stack");
    let urls = [
        server.url(),
        format!("http://localhost:{}", server.port()),
        format!("https://127.0.0.1:{}", plain.port()),
        tls_server(&authority),
        authority.file.display().to_string(),
    ];
    let Some(program) = Program::compile("stack") else { return };
    let printed = program.run(&urls.each_ref().map(String::as_str));
    print!("{printed}");
    let used = printed.lines().map(|line| {
        let (name, bytes) = line.split_once(": ").unwrap();
        (name, bytes.parse::<usize>().unwrap())
    });
    let mut count = 0;
    for (name, bytes) in used {
        assert!(bytes > 500, "{name} took {bytes} bytes, so it was not measured");
        assert!(bytes < most(), "{name} takes {bytes} bytes");
        count += 1;
    }
    assert_eq!(count, 11);
}
