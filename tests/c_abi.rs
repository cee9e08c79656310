//! The C ABI, driven by the C programs of `tests/c`: each says what it expects, and here stands
//! what the server must have seen of it. `/proc` and barriers make this a Linux affair, but the programs
//! may be for Windows: see tests/windows/run.
#![cfg(target_os = "linux")]

mod support;

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use support::addresses;
use support::behaviour::{bad_request, behave, unhex};
use support::cc::{self, Program};
use support::server::{self, Reply, Request, Server, Step};

/// Compiles a program and runs it; what it prints is for its author, so it should print nothing.
/// False when there is no compiler.
fn passes(program: &str, arguments: &[&str]) -> bool {
    let Some(program) = Program::compile(program) else { return false };
    assert_eq!(program.run(arguments), "", "{arguments:?}");
    true
}

/// A server that takes whatever comes first for a request, and finds it bad.
fn plain_server() -> (Server, String) {
    let server = Server::with_greeting(|_| bad_request(), behave);
    let url = format!("https://127.0.0.1:{}", server.port());
    (server, url)
}

fn by_name(server: &Server) -> String {
    format!("http://localhost:{}", server.port())
}

/// How often each key was asked for.
fn counts(server: &Server) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in server.requests() {
        *counts.entry(request.key().to_owned()).or_default() += 1;
    }
    counts
}

/// The connections of the requests whose keys begin so.
fn connections_of(server: &Server, prefix: &str) -> HashSet<usize> {
    let requests = server.requests();
    let connections: HashSet<_> =
        requests.iter().filter(|r| r.key().starts_with(prefix)).map(|r| r.connection).collect();
    assert!(!connections.is_empty(), "nobody asked for {prefix}");
    connections
}

#[test]
fn clients_come_and_go() {
    let server = Server::start(behave);
    if passes("lifecycle", &[&server.url()]) {
        let counts = counts(&server);
        assert_eq!(counts["held"], 1);
        assert!(!counts.keys().any(|key| key.starts_with("never")), "{counts:?}");
    }
}

#[test]
fn statuses_have_names_and_words() {
    passes("statuses", &[]);
}

#[test]
fn bad_arguments_never_reach_the_server() {
    let server = Server::start(behave);
    passes("arguments", &[&server.url()]);
    assert_eq!((server.connections(), server.requests().len()), (0, 0));
}

#[test]
fn bad_options_make_no_client() {
    let server = Server::start(behave);
    passes("options", &[&server.url()]);
    assert_eq!((server.connections(), server.requests().len()), (0, 0));
}

/// The other side of accepted.c: repeats what arrived, or compares it with its second copy.
fn repeat(request: &Request) -> Reply {
    match request.func_url() {
        "Mirror.wx" => server::json(&request.body),
        "TeleMeeting.wx" => server::json(compare(&request.body).to_string()),
        _ => {
            let [host, agent] = ["Host", "User-Agent"].map(|name| request.header(name).unwrap());
            let path = request.path();
            server::json(format!(r#"{{"path":"{path}","host":"{host}","agent":"{agent}"}}"#))
        }
    }
}

fn compare(body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap();
    let [appid, confid] = ["appid", "confid"].map(|key| body[key].as_str().unwrap());
    let mut whole = json!({ "appid": appid, "confid": confid, "action": body["action"] });
    if body["action"] == "lockMeeting" {
        assert!(body["lackstate"] == "0" || body["lackstate"] == "1", "{body}");
        whole["lackstate"] = body["lackstate"].clone();
    } else {
        assert_eq!(body["action"], "meetingState");
    }
    assert_eq!(body, whole, "nothing else is asked");
    if appid.len() > 1000 && confid.len() > 1000 {
        return json!({ "statusCode": "0", "long": [appid.len(), confid.len()] });
    }
    // Which of the two is in hexadecimal goes by the action, so that none stands for the other.
    let (hex, text) = if body["lackstate"] == "0" { (confid, appid) } else { (appid, confid) };
    let alike = unhex(hex).is_some_and(|bytes| bytes == text.as_bytes());
    json!({ "statusCode": if alike { "0" } else { "-2" } })
}

#[test]
fn good_arguments_arrive_as_they_are() {
    let server = Server::start(repeat);
    if !passes("accepted", &[&server.url(), &by_name(&server)]) {
        return;
    }
    for request in server.requests() {
        let head = &request.head;
        assert!(head.starts_with("POST /"), "{head}");
        assert!(head.contains(" HTTP/1.1\r\n"), "{head}");
        assert_eq!(request.header("Content-Type"), Some("application/json;charset=utf-8"));
        assert_eq!(request.header("Accept"), Some("application/json"));
        assert_eq!(request.header("Content-Length"), Some(&*request.body.len().to_string()));
        assert_eq!(request.header("Transfer-Encoding"), None);
        let (_, query) = request.target().split_once('?').unwrap();
        let sign = query.strip_prefix("Sign=").unwrap();
        assert!(sign.len() == 32 && sign.bytes().all(|b| b"0123456789ABCDEF".contains(&b)));
    }
}

#[test]
fn answers_mean_what_the_contract_says() {
    let elsewhere = Server::start(behave);
    let location = format!("Location: {}/elsewhere", elsewhere.url());
    let server = Server::start(move |request: &Request| match request.key().split_once(':') {
        Some((status, _)) if status.starts_with('3') => {
            let status = status.parse().unwrap();
            let body = request.key().split_once(':').and_then(|(_, body)| unhex(body)).unwrap();
            vec![Step::Send(server::http(status, &[&location], &body))]
        }
        _ => behave(request),
    });
    passes("answers", &[&server.url()]);
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
}

#[test]
fn failures_on_the_way_have_their_status() {
    let server = Server::start(behave);
    let (plain, https) = plain_server();
    let (_held, refusing) = addresses::refusing();
    if !passes("errors", &[&server.url(), &https, &refusing]) {
        return;
    }
    let counts = counts(&server);
    assert!(!counts.contains_key("never"));
    assert!(!plain.requests().iter().any(|r| r.key() == "never"));
    // On a connection of its own each failure is seen once by each of the two calls. The client's
    // own timeout has one more silence.
    let once_each = ["close", "reset", "close in the head", "reset in the body", "not HTTP"];
    for key in once_each.iter().chain(&["endless body", "dripping head"]) {
        assert_eq!(counts[*key], 2, "{key}");
    }
    assert_eq!(counts["silence"], 3);
    // On a kept connection that has closed, what is safe is sent once more, and on a new one.
    for (key, times) in [
        ("close once", 2),
        ("reset once", 2),
        ("close always", 2),
        ("close a request", 1),
        ("close in a warm head", 1),
        ("close after it", 1),
        ("after the close", 1),
        ("proxy 407", 1),
    ] {
        let seen = server.seen(key);
        assert_eq!(seen.len(), times, "{key}");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), times, "{key}");
    }
}

#[test]
fn handles_have_deadlines_and_are_cancelled_alone() {
    let server = Server::start(behave);
    let (_held, hanging) = addresses::hanging(([127, 0, 0, 1], 0).into());
    if !passes("handles", &[&server.url(), &hanging]) {
        return;
    }
    assert!(server.seen("never").is_empty());
    assert_eq!(server.seen("shared").len(), 5);
    assert_eq!(connections_of(&server, "shared").len(), 1);
    // A connection that a call was torn off from serves no other.
    let requests = server.requests();
    for torn in ["held 1", "held together 0", "half"] {
        let connection = server.seen(torn)[0];
        let last = requests.iter().rfind(|request| request.connection == connection).unwrap();
        assert_eq!(last.key(), torn);
    }
}

#[test]
fn meeting_calls_are_tried_again_and_requests_are_not() {
    let server = Server::start(behave);
    if !passes("retries", &[&server.url()]) {
        return;
    }
    let counts = counts(&server);
    for key in ["502 twice", "503 twice", "504 twice", "-104 twice", "close twice", "cut twice"] {
        assert_eq!(counts[key], 3, "{key}");
    }
    for (key, times) in [
        ("503 always", 3),
        ("-104 always", 3),
        ("500 always", 1),
        ("-205 always", 1),
        ("text always", 1),
        ("503 request", 1),
        ("-104 request", 1),
        ("close request", 1),
        ("503 later", 1),
        ("503 once, a second", 2),
        ("503 in half a minute", 1),
    ] {
        assert_eq!(counts[key], times, "{key}");
    }
    // Growing pauses: in half a second there is no room for more than a few.
    assert!((2..10).contains(&counts["503 for ever"]), "{}", counts["503 for ever"]);
}

#[test]
fn threads_get_their_own_answers_on_few_connections() {
    let server = Server::start(behave);
    if passes("threads", &[&server.url(), "64", "20", "30"]) {
        assert!(server.connections() <= 64, "{} connections", server.connections());
        let counts = counts(&server);
        assert_eq!(counts.len(), 64 * 50);
        assert!(counts.values().all(|&times| times == 1));
    }
}

#[test]
fn a_thousand_calls_take_one_connection() {
    let server = Server::start(behave);
    if passes("threads", &[&server.url(), "1", "0", "1000"]) {
        assert_eq!((server.connections(), server.requests().len()), (1, 1000));
    }
}

#[test]
fn the_log_is_complete_and_holds_no_secret() {
    let server = Server::start(|request: &Request| match request.key() {
        "refused" => vec![Step::Send(server::http(
            200,
            &["Date: Sun, 06 Nov 1994 08:49:37 GMT"],
            br#"{"statusCode":"-202","statusMsg":"body-m4rk 13800138000"}"#,
        ))],
        "foreign code" => server::json(r#"{"statusCode":"7","statusMsg":"body-m4rk"}"#),
        "html" => vec![Step::Send(server::http(500, &[], b"<html>body-m4rk"))],
        "redirect" => {
            vec![Step::Send(server::http(302, &["Location: http://127.0.0.1:1/x"], b"body-m4rk"))]
        }
        "not json" => server::json("body-m4rk"),
        "endless" => vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
            Step::Flood(b"body-m4rk ".repeat(1000)),
        ],
        "busy" => server::json(r#"{"statusCode":"-104","statusMsg":"body-m4rk"}"#),
        _ => behave(request),
    });
    let (_plain, https) = plain_server();
    let Some(program) = Program::compile("log") else { return };
    let output = program.run(&[&server.url(), &https]);

    let mut secrets = vec!["t0ken-s3cret".to_owned(), "pr0xy-s3cret".to_owned()];
    secrets.extend(["dXNlcjpwcjB4eS1zM2NyZXQ", "Sign=", "/sid/", "/201612/"].map(str::to_owned));
    for request in server.requests() {
        if let Some((_, sign)) = request.target().split_once("Sign=") {
            secrets.extend([sign.to_owned(), sign.to_lowercase()]);
            secrets.push(request.header("Authorization").unwrap().to_owned());
        }
    }
    assert!(secrets.len() > 30, "the server has seen too little");
    for secret in secrets {
        assert!(!output.contains(&secret), "{secret} in\n{output}");
    }

    for line in output.lines() {
        if let Some(answer) = line.strip_prefix("answer: ") {
            let answer: Value = serde_json::from_str(answer).unwrap();
            assert!(answer.is_object(), "{line}");
        } else {
            assert!(line.starts_with("log "), "{line}");
            assert!(!line.contains("m4rk") && !line.contains("13800138000"), "{line}");
            assert!(!line.contains("account-1"), "the account SID in {line}");
        }
    }
}

#[test]
fn signals_are_neither_raised_nor_touched() {
    // Closed in an orderly way, so that writing on raises a signal, and reset.
    let hang_up = |number| vec![if number % 2 == 0 { Step::Close } else { Step::Reset }];
    let server = Server::with_greeting(hang_up, behave);
    if passes("process", &["signals", &server.url()]) {
        assert_eq!(server.connections(), 20);
    }
}

#[test]
fn interrupted_calls_go_on() {
    let server = Server::start(behave);
    if passes("process", &["interrupted", &server.url()]) {
        assert_eq!(server.seen("slow").len(), 3);
        assert_eq!(server.seen("close after it").len(), 3);
    }
}

#[test]
fn a_forked_child_has_connections_of_its_own() {
    let server = Server::start(behave);
    if !passes("process", &["fork", &server.url()]) {
        return;
    }
    let [mut parent, child, grandchild] =
        ["parent", "child", "grandchild"].map(|who| connections_of(&server, who));
    parent.extend(connections_of(&server, "warm"));
    parent.extend(connections_of(&server, "held"));
    assert!(parent.is_disjoint(&child) && parent.is_disjoint(&grandchild));
    assert!(child.is_disjoint(&grandchild));
    // Nor does one process close another's: each goes on with what it has.
    assert_eq!((parent.len(), child.len(), grandchild.len()), (2, 1, 1));
}

#[test]
fn a_child_that_was_not_told_has_connections_of_its_own() {
    let server = Server::start(behave);
    if !passes("process", &["untold", &server.url(), &by_name(&server)]) {
        return;
    }
    let [parent, cloned, forked] =
        ["parent", "clone", "_Fork"].map(|who| connections_of(&server, who));
    let [named, theirs] =
        ["name of the parent", "name of a child"].map(|who| connections_of(&server, who));
    assert!(named.is_disjoint(&theirs));
    assert!(parent.is_disjoint(&cloned) && parent.is_disjoint(&forked));
    assert!(cloned.is_disjoint(&forked));
    assert_eq!((parent.len(), cloned.len(), forked.len()), (1, 1, 1));
}

#[test]
fn what_a_child_opens_after_closefrom_is_left_alone() {
    let server = Server::start(behave);
    if passes("process", &["closefrom", &server.url(), &by_name(&server)]) {
        let [parent, child] = ["parent", "child"].map(|who| connections_of(&server, who));
        assert!(parent.is_disjoint(&child));
    }
}

#[test]
fn a_small_stack_is_enough() {
    let server = Server::start(|request: &Request| match request.func_url() {
        "Mirror.wx" => server::json(&request.body),
        _ => behave(request),
    });
    let (_plain, https) = plain_server();
    passes("resources", &["stack", &server.url(), &by_name(&server), &https]);
}

#[test]
fn descriptors_and_threads_are_accounted_for() {
    let server = Server::start(behave);
    passes("resources", &["descriptors", &server.url()]);
}

#[test]
fn no_descriptor_left_is_a_status() {
    let server = Server::start(behave);
    if passes("process", &["nofile", &server.url(), &by_name(&server)]) {
        assert!(server.seen("never").is_empty());
    }
}

#[test]
fn a_program_may_end_in_a_call() {
    let server = Server::start(behave);
    passes("resources", &["exit", &server.url()]);
}

#[test]
fn loaded_and_unloaded_again_and_again() {
    let server = Server::start(behave);
    let library = cc::library();
    let library = library.to_str().unwrap();
    if passes("dlopen", &[library, &server.url(), &by_name(&server)]) {
        assert_eq!(server.requests().len(), 20);
    }
}

#[test]
fn names_and_addresses() {
    let server = Server::start(behave);
    let _held = addresses::hanging(([127, 0, 0, 2], server.port()).into());
    if passes("names", &[&server.port().to_string()]) {
        assert!(server.seen("never").is_empty());
    }
}
