//! What the library asks of the system: which calls and which files, for those who write profiles,
//! and that it does without what an older kernel lacks. By the C programs `tests/c/op_*.c`.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use rustls::{ServerConnection, StreamOwned};

use authority::Authority;
use support::behaviour::behave;
use support::cc::{self, Folder, Program};
use support::server::{self, Reply, Request, Server};

/// Answers requests by TLS until the test's process ends. Its URL, and the file of its authority.
fn tls_server(name: &str) -> (String, String) {
    let authority = Authority::new(name);
    let config = authority.server(&["127.0.0.1"], 2100);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let config = config.clone();
            thread::spawn(move || -> Option<()> {
                let connection = ServerConnection::new(config).ok()?;
                let mut stream = BufReader::new(StreamOwned::new(connection, stream.ok()?));
                loop {
                    let (mut line, mut length) = (String::new(), 0);
                    while line != "\r\n" {
                        line.clear();
                        stream.read_line(&mut line).ok().filter(|&count| count > 0)?;
                        let value = line.strip_prefix("Content-Length: ").map(str::trim);
                        length = value.map_or(length, |value| value.parse().unwrap());
                    }
                    stream.read_exact(&mut vec![0; length]).ok()?;
                    let answer = server::http(200, &[], br#"{"statusCode":"0"}"#);
                    stream.get_mut().write_all(&answer).ok()?;
                }
            });
        }
    });
    (url, authority.file.to_str().unwrap().to_owned())
}

fn watched(request: &Request) -> Reply {
    match request.key().contains(';') {
        true => server::json(r#"{"statusCode":"0","statusMsg":[]}"#),
        false => behave(request),
    }
}

fn by_name(server: &Server) -> String {
    format!("http://localhost:{}", server.port())
}

#[test]
fn older_kernels_and_strict_containers_do() {
    let (https, certificates) = tls_server("old-kernel");
    for error in ["ENOSYS", "EPERM"] {
        let server = Server::start(watched);
        let Some(program) = Program::compile("op_old_kernel") else { return };
        let arguments = [error, &server.url(), &by_name(&server), &https, &certificates];
        assert_eq!(program.run(&arguments), "", "{error}");
        let connections = |who| server.seen(who).into_iter().collect::<HashSet<_>>();
        assert_eq!((server.seen("parent").len(), server.seen("child").len()), (5, 3));
        assert_eq!((connections("parent").len(), connections("child").len()), (1, 1));
        assert!(connections("parent").is_disjoint(&connections("child")));
        let request = server.requests().into_iter().find(|it| it.key() == "from 127.0.0.2");
        assert_eq!(request.unwrap().peer.to_string(), "127.0.0.2");
    }
}

/// The words of the guide's block that begins so.
fn listed(first: &str) -> BTreeSet<String> {
    let guide = fs::read_to_string(cc::root().join("docs/en/operation.md")).unwrap();
    let start = guide.find(&format!("```text\n{first}")).expect("a block of the guide") + 8;
    let block = &guide[start..start + guide[start..].find("```").unwrap()];
    block.split_whitespace().map(str::to_owned).collect()
}

/// One call as strace writes it: its name and the rest, whoever's it is and however it ended.
fn call(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let resumed = line.strip_prefix("<... ").and_then(|line| line.split_once(' '));
    resumed
        .or_else(|| line.split_once('('))
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

#[test]
fn the_guide_lists_what_a_profile_has_to_allow() {
    if !cc::have(&["strace"]) {
        return;
    }
    let Some(program) = Program::compile("op_life") else { return };
    let (https, certificates) = tls_server("profile");
    let server = Server::start(watched);
    let folder = Folder::new("strace");
    let log = folder.path().join("log");
    let mut line = ["strace", "-f", "-s", "4096", "-o"].map(str::to_owned).to_vec();
    line.push(log.to_str().unwrap().to_owned());
    line.push(program.path.to_str().unwrap().to_owned());
    let mut command = cc::command(&line);
    command.args([&by_name(&server), &https, &certificates]);
    assert_eq!(cc::output(command), "");

    let log = fs::read_to_string(log).unwrap();
    let life: Vec<(&str, &str)> = log
        .lines()
        .skip_while(|line| !line.contains("\"/marker\""))
        .skip(1)
        .take_while(|line| !line.contains("\"/marker\""))
        .filter_map(call)
        .collect();
    // What the program itself does, which is to fork and to wait.
    let calls: BTreeSet<String> = life
        .iter()
        .filter(|(name, rest)| *name != "wait4" && !(*name == "clone" && rest.contains("SIGCHLD")))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert!(calls.contains("connect") && calls.contains("epoll_ctl"), "{calls:?}");
    let listed_calls = listed("bind");
    let unlisted: Vec<_> = calls.difference(&listed_calls).collect();
    assert!(unlisted.is_empty(), "the guide does not list {unlisted:?}");

    let is_mapping = |name: &str| ["mmap", "mprotect", "mremap", "pkey_mprotect"].contains(&name);
    let mappings: Vec<&str> = log
        .lines()
        .filter_map(call)
        .filter(|(name, _)| is_mapping(name))
        .map(|(_, rest)| rest)
        .collect();
    let and_execute = |rest: &&&str| rest.contains("PROT_WRITE") && rest.contains("PROT_EXEC");
    assert_eq!(mappings.iter().find(and_execute), None);
    assert!(mappings.iter().any(|rest| rest.contains("PROT_READ|PROT_EXEC")), "the loader's");
    assert!(mappings.iter().any(|rest| rest.contains("PROT_READ|PROT_WRITE")));

    let opened = life.iter().filter(|(name, _)| name.starts_with("open") || *name == "creat");
    let paths: BTreeSet<String> = opened
        // The other half of a line that another thread's came between.
        .filter(|(_, rest)| !rest.starts_with("resumed>"))
        .map(|(name, rest)| {
            assert!(
                !rest.contains("O_DIRECTORY")
                    && !rest.contains("O_WRONLY")
                    && !rest.contains("O_RDWR"),
                "{name}({rest}"
            );
            rest.split('"').nth(1).unwrap_or_else(|| panic!("{name}({rest}")).to_owned()
        })
        .collect();
    assert!(paths.contains(&certificates), "{paths:?}");
    let resolver = listed("/etc");
    for path in paths.iter().filter(|path| **path != certificates) {
        let is_module = path.contains("/libnss_") || path.ends_with("/ld.so.cache");
        assert!(is_module || resolver.contains(path), "the guide does not list {path}");
    }
}
