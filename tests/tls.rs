//! TLS and proxies: certificates are verified always, and a proxy is asked the right way.
#![cfg(feature = "tls")]

#[path = "support/authority.rs"]
mod authority;

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use authority::Authority;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use ytx::{Client, Error, Kind, Lock, Options};

const ANSWER: &str = r#"{"statusCode":"0","statusMsg":"提交成功"}"#;

/// What a server has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    /// Where they came from.
    peers: Mutex<Vec<String>>,
    heads: Mutex<Vec<String>>,
}

impl Seen {
    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    fn head(&self, index: usize) -> String {
        self.heads.lock().unwrap()[index].clone()
    }
}

/// Serves each connection on a thread of its own until the test's process ends.
fn serve(talk: impl Fn(TcpStream, &Seen) -> io::Result<()> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let server = Server { address, seen: Arc::clone(&seen) };
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (talk, seen) = (Arc::clone(&talk), Arc::clone(&seen));
            thread::spawn(move || {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                // A client that turns away in mid-talk is what some tests are about.
                let _ = stream.and_then(|stream| {
                    let peer = stream.peer_addr()?.ip().to_string();
                    seen.peers.lock().unwrap().push(peer);
                    talk(stream, &seen)
                });
            });
        }
    });
    server
}

struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
}

impl Server {
    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}", self.address.port())
    }
}

fn plain_server() -> Server {
    serve(answer_all)
}

fn tls_server(config: Arc<ServerConfig>) -> Server {
    serve(move |stream, seen| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        answer_all(StreamOwned::new(connection, stream), seen)
    })
}

/// Answers requests until the client closes.
fn answer_all(stream: impl Read + Write, seen: &Seen) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream)? {
        let length = head
            .to_ascii_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.lines().next()?.parse().ok())
            .unwrap_or(0);
        io::copy(&mut stream.by_ref().take(length), &mut io::sink())?;
        seen.heads.lock().unwrap().push(head);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{ANSWER}", ANSWER.len());
        stream.get_mut().write_all(answer.as_bytes())?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

fn read_head(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

/// A proxy that takes CONNECT and carries bytes both ways, if the password is right.
fn connect_proxy(password: Option<&'static str>) -> Server {
    proxy_that_says("HTTP/1.1 200 Connection established\r\n\r\n", password)
}

/// The same with words of its own for its consent.
fn proxy_that_says(consent: &'static str, password: Option<&'static str>) -> Server {
    serve(move |stream, seen| {
        let mut client = BufReader::new(stream);
        let Some(head) = read_head(&mut client)? else { return Ok(()) };
        seen.heads.lock().unwrap().push(head.clone());
        if password.is_some_and(|password| !head.contains(password)) {
            let refusal =
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
            return client.get_mut().write_all(refusal);
        }
        let target = head.split(' ').nth(1).unwrap_or_default();
        let server = TcpStream::connect(target)?;
        client.get_mut().write_all(consent.as_bytes())?;
        let (mut from, mut to) = (client.into_inner(), server.try_clone()?);
        let (mut back_from, mut back_to) = (server, from.try_clone()?);
        thread::spawn(move || io::copy(&mut back_from, &mut back_to));
        io::copy(&mut from, &mut to).map(|_| ())
    })
}

fn client(url: &str, change: impl FnOnce(&mut Options)) -> Client {
    let mut options = Options::default();
    options.base_url = url.to_owned();
    options.timeout = Duration::from_secs(20);
    change(&mut options);
    Client::new("sid", "t0ken", options).unwrap()
}

fn lock(client: &Client) -> Result<ytx::Answer, Error> {
    client.lock_meeting("app", "002", Lock::Locked)
}

fn failure(client: &Client) -> Error {
    lock(client).expect_err("the call has to fail")
}

#[test]
fn a_private_authority_is_trusted_by_its_file_and_the_connection_is_kept() {
    let authority = Authority::new("good");
    let server = tls_server(authority.server(&["localhost"], 2099));
    let client = client(&server.url("https"), |options| {
        options.ca_file = Some(authority.file.clone());
    });
    for _ in 0..5 {
        assert_eq!(lock(&client).unwrap().json(), ANSWER);
    }
    assert_eq!((server.seen.connections(), server.seen.requests()), (1, 5));
}

#[test]
fn a_refusal_is_read_though_the_request_is_not_all_out() {
    let authority = Authority::new("early");
    let config = authority.server(&["localhost"], 2099);
    // The second is longer than what is read of a socket at a time.
    for length in [10, 10_000] {
        let config = Arc::clone(&config);
        let server = serve(move |stream, _| {
            stream.set_nodelay(true)?;
            let tls = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(tls, stream);
            stream.read_exact(&mut [0; 100])?;
            let page = "x".repeat(length);
            let head = format!("HTTP/1.1 413 Too Large\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(format!("{head}{page}").as_bytes())?;
            stream.flush() // and closes without reading the rest
        });
        let client = client(&server.url("https"), |options| {
            options.ca_file = Some(authority.file.clone());
        });
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(6_000_000));
        let error = client.request(None, "call", "X.wx", &body).unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (Kind::Http, Some(413)), "{error}");
    }
}

#[test]
fn two_files_joined_without_a_newline_are_both_trusted() {
    let authorities = [Authority::new("joined-1"), Authority::new("joined-2")];
    let joined = authorities.each_ref().map(|it| fs::read_to_string(&it.file).unwrap());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("joined.pem");
    fs::write(&file, format!("\u{feff}{}", joined.map(|pem| pem.trim_end().to_owned()).concat()))
        .unwrap();
    for authority in authorities {
        let server = tls_server(authority.server(&["localhost"], 2099));
        let client = client(&server.url("https"), |options| options.ca_file = Some(file.clone()));
        assert_eq!(lock(&client).unwrap().json(), ANSWER);
    }
}

#[test]
fn an_address_in_the_certificate_is_enough() {
    let authority = Authority::new("address");
    let server = tls_server(authority.server(&["127.0.0.1"], 2099));
    let url = format!("https://{}", server.address);
    let client = client(&url, |options| options.ca_file = Some(authority.file.clone()));
    assert_eq!(lock(&client).unwrap().json(), ANSWER);
}

#[test]
fn a_certificate_that_does_not_hold_is_refused_before_anything_is_said() {
    let authority = Authority::new("trusted");
    let unknown = Authority::new("unknown");
    for (what, config) in [
        ("wrong name", authority.server(&["example.com"], 2099)),
        ("expired", authority.server(&["localhost"], 2001)),
        ("unknown authority", unknown.server(&["localhost"], 2099)),
    ] {
        let server = tls_server(config);
        let client = client(&server.url("https"), |options| {
            options.ca_file = Some(authority.file.clone());
            options.max_retries = 3;
        });
        let error = failure(&client);
        assert_eq!(error.kind(), Kind::Tls, "{what}: {error}");
        assert!(!error.was_sent() && !error.is_retryable(), "{what}");
        assert_eq!((error.attempts(), server.seen.requests()), (1, 0), "{what}");
        assert!(error.message().contains("certificate"), "{what}: {error}");
    }
}

#[test]
fn the_built_in_authorities_do_not_trust_ours() {
    let server = tls_server(Authority::new("ours").server(&["localhost"], 2099));
    assert_eq!(failure(&client(&server.url("https"), |_| {})).kind(), Kind::Tls);
}

#[test]
fn a_plain_server_behind_https_is_a_failed_handshake() {
    let server = serve(|mut stream, _| {
        stream.read_exact(&mut [0; 16])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    });
    let error = failure(&client(&server.url("https"), |_| {}));
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert!(!error.was_sent());
}

#[test]
fn a_server_that_closes_in_the_handshake_is_a_failed_handshake() {
    let server = serve(|mut stream, _| stream.read_exact(&mut [0; 16]));
    let error = failure(&client(&server.url("https"), |_| {}));
    assert_eq!(error.kind(), Kind::Tls, "{error}");
}

#[test]
fn a_server_silent_in_the_handshake_is_a_connect_timeout() {
    let server = serve(|mut stream, _| io::copy(&mut stream, &mut io::sink()).map(|_| ()));
    let client = client(&server.url("https"), |options| {
        options.connect_timeout = Duration::from_millis(200);
    });
    let begun = Instant::now();
    let error = failure(&client);
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    assert!(!error.was_sent());
    assert!(error.message().contains("200 ms"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_tls_server_behind_http_is_no_platform() {
    let server = tls_server(Authority::new("behind-http").server(&["localhost"], 2099));
    let error = failure(&client(&server.url("http"), |_| {}));
    assert!(matches!(error.kind(), Kind::Response | Kind::Io), "{error}");
}

#[test]
fn a_proxy_for_http_is_asked_for_the_whole_url() {
    let proxy = plain_server();
    let client = client("http://platform.invalid:8089/ytx", |options| {
        options.proxy = Some(format!("http://me:p%40ss@{}", proxy.address));
    });
    assert_eq!(lock(&client).unwrap().json(), ANSWER);
    let head = proxy.seen.head(0);
    assert!(
        head.starts_with("POST http://platform.invalid:8089/ytx/201612/sid/sid/call/"),
        "{head}"
    );
    assert!(head.contains("Proxy-Authorization: Basic bWU6cEBzcw==\r\n"), "{head}");
    assert!(head.contains("Host: platform.invalid:8089\r\n"), "{head}");
}

#[test]
fn a_proxy_for_https_is_asked_for_a_tunnel_and_sees_nothing_more() {
    let authority = Authority::new("tunnel");
    let server = tls_server(authority.server(&["localhost"], 2099));
    let proxy = connect_proxy(Some("bWU6cEBzcw=="));
    let client = client(&server.url("https"), |options| {
        options.ca_file = Some(authority.file.clone());
        options.proxy = Some(format!("http://me:p%40ss@{}", proxy.address));
    });
    for _ in 0..3 {
        assert_eq!(lock(&client).unwrap().json(), ANSWER);
    }
    let target = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.address.port());
    assert!(proxy.seen.head(0).starts_with(&target));
    assert_eq!((proxy.seen.connections(), server.seen.requests()), (1, 3));
    assert!(!server.seen.head(0).contains("Proxy-Authorization"));
}

#[test]
fn a_source_address_is_that_of_tls_and_of_the_way_to_the_proxy() {
    let authority = Authority::new("source");
    let server = tls_server(authority.server(&["localhost"], 2100));
    let proxy = connect_proxy(None);
    for through in [None, Some(format!("http://{}", proxy.address))] {
        let client = client(&server.url("https"), |options| {
            options.ca_file = Some(authority.file.clone());
            options.source_address = Some("127.0.0.2".to_owned());
            options.proxy = through;
        });
        lock(&client).unwrap();
    }
    let peers = |server: &Server| server.seen.peers.lock().unwrap().clone();
    assert_eq!(peers(&proxy), ["127.0.0.2"]);
    // The proxy goes on from where it likes.
    assert_eq!(peers(&server), ["127.0.0.2", "127.0.0.1"]);
}

#[test]
fn a_proxy_that_refuses_is_a_failed_connect() {
    let proxy = connect_proxy(Some("another password"));
    let client = client("https://platform.invalid", |options| {
        options.proxy = Some(format!("http://me:hunter2@{}", proxy.address));
    });
    let error = failure(&client);
    assert_eq!(error.kind(), Kind::Connect, "{error}");
    assert!(!error.was_sent());
    assert!(error.message().contains("407") && !error.message().contains("hunter2"), "{error}");

    let proxy = serve(|stream, _| {
        let mut stream = BufReader::new(stream);
        read_head(&mut stream)?;
        stream.get_mut().write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    });
    let client = self::client("http://platform.invalid", |options| {
        options.proxy = Some(format!("http://{}", proxy.address));
    });
    let error = failure(&client);
    assert_eq!((error.kind(), error.http_status()), (Kind::Connect, Some(407)), "{error}");
}

#[test]
fn the_proxys_consent_is_not_the_servers_status() {
    let server = tls_server(Authority::new("not-trusted").server(&["localhost"], 2099));
    let proxy = connect_proxy(None);
    let client = client(&server.url("https"), |options| {
        options.proxy = Some(format!("http://{}", proxy.address));
    });
    let error = failure(&client);
    assert_eq!((error.kind(), error.http_status()), (Kind::Tls, None), "{error}");
}

#[test]
fn a_proxys_answer_is_read_as_a_servers() {
    let authority = Authority::new("proxied-oddly");
    let server = tls_server(authority.server(&["localhost"], 2099));
    for consent in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 102 Processing\r\nVia: x\r\n y\r\n\r\nHTTP/1.0 200 OK\r\nVia: x\r\n\r\n",
        "HTTP/1.1 200 OK\nVia: x\n\n",
        "\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ] {
        let proxy = proxy_that_says(consent, None);
        let client = client(&server.url("https"), |options| {
            options.ca_file = Some(authority.file.clone());
            options.proxy = Some(format!("http://{}", proxy.address));
        });
        assert_eq!(lock(&client).unwrap().json(), ANSWER, "{consent:?}");
    }
    for (answer, status) in [
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\n\r\n", Some(407)),
        ("HTTP/1.1 503 Busy\nRetry-After: 1\n\n", Some(503)),
        ("HTTP/1.1 407 No\r\nno colon\r\n\r\n", Some(407)),
        ("HTTP/1.1 403 No\r\nVia: x", Some(403)),
        ("SSH-2.0-x\r\n", None),
        ("HTTP/1.1 100 Continue\r\n\r\n", None),
    ] {
        let proxy = serve(move |stream, _| {
            let mut stream = BufReader::new(stream);
            read_head(&mut stream)?;
            stream.get_mut().write_all(answer.as_bytes())
        });
        let client = client("https://platform.invalid", |options| {
            options.proxy = Some(format!("http://{}", proxy.address));
        });
        let error = failure(&client);
        let told = (error.kind(), error.http_status(), error.was_sent());
        assert_eq!(told, (Kind::Connect, status, false), "{answer:?}: {error}");
    }
}

#[test]
fn a_proxy_that_says_nothing_is_a_timeout() {
    let proxy = serve(|mut stream, _| io::copy(&mut stream, &mut io::sink()).map(|_| ()));
    let client = client("https://platform.invalid", |options| {
        options.proxy = Some(format!("http://{}", proxy.address));
        options.connect_timeout = Duration::from_millis(200);
    });
    assert_eq!(failure(&client).kind(), Kind::Timeout);
}

#[test]
fn a_ca_file_that_cannot_be_used_whole_is_refused_by_name() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = |name: &str, content: String| {
        let file = folder.join(name);
        fs::write(&file, content).unwrap();
        file
    };
    let not_pem = file("not.pem", "this is no certificate".to_owned());
    let whole = fs::read_to_string(Authority::new("whole").file).unwrap();
    let half = file("half.pem", format!("{whole}{}", whole.replace("-----END", "")));
    let mut options = Options::default();
    options.ca_file = Some(half.clone());
    let error = Client::new("sid", "token", options).unwrap_err();
    let line = whole.lines().count() + 1;
    assert_eq!(
        error.message(),
        format!("ca_file block 2 (line {line}) (CERTIFICATE) has no END line")
    );
    for file in [half, not_pem, folder.join("missing.pem"), folder] {
        let mut options = Options::default();
        options.ca_file = Some(file);
        let error = Client::new("sid", "token", options).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidArgument);
        assert!(error.message().starts_with("ca_file"), "{error}");
    }
}
