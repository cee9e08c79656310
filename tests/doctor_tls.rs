//! `ytx doctor` and a certificate of one's own. Apart from tests/doctor.rs: this links rustls, whose C code
//! a sanitizer of the programs would reach.
#![cfg(all(target_os = "linux", feature = "tls"))]

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use authority::Authority;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use support::doctor::ask;
use support::room::{room, ytx};
use support::server::Step;

/// Answers one request over TLS with an empty room; connections that bring nothing are passed over.
fn tls_server(config: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            let mut line = String::new();
            let mut length = 0;
            while stream.read_line(&mut line).is_ok_and(|count| count > 2) {
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            if length == 0 {
                continue; // without a request, or without trust
            }
            stream.read_exact(&mut vec![0; length]).unwrap();
            let Step::Send(answer) = &room(&[])[0] else { unreachable!() };
            let _ = stream.get_mut().write_all(answer);
            let _ = stream.get_mut().flush(); // the client says whether it got it
        }
    });
    address
}

#[test]
fn tls_by_a_certificate_of_ones_own() {
    let Some(ytx) = ytx() else { return };
    let authority = Authority::new("doctor");
    let url = format!("https://{}", tls_server(authority.server(&["127.0.0.1"], 2099)));
    let file = authority.file.to_str().unwrap();
    let said = ask(&ytx, &url, &format!("002 --ca-file {file}"));
    assert_eq!(said.code, 0, "{}", said.out);
    said.has("\nTLS         ok ").has("members: 0");
    ask(&ytx, &url, "").ends(12, "TLS", "YTX_CA_FILE has its authority");
    let url = format!("https://{}", tls_server(authority.server(&["localhost"], 2099)));
    ask(&ytx, &url, &format!("--ca-file {file}")).ends(12, "TLS", "is for this host");
}
