//! `ytx doctor` of `examples/c/ytx`: where each way of failing ends it, with which code, and what it
//! tells to do. Nothing of it is secret, and it only reads.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::json;
use ytx_sandbox::{APPID, AUTH_TOKEN, Config, Sandbox};

use support::cc::{self, Program};
use support::doctor::{Said, ask, asked};
use support::room::{command, ended, refusal, room, status, telling, ytx, ytx_with};
use support::server::{self, Reply, Step};
use support::{addresses, hand};

fn ask_one(program: &Program, reply: Reply, arguments: &str) -> Said {
    let (server, _) = telling(vec![reply]);
    ask(program, &server.url(), arguments)
}

#[test]
fn all_is_well() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    for (arguments, words) in
        [("", "no room was named"), ("002", "members: 5"), ("003", "members: 0")]
    {
        let said = ask(&ytx, sandbox.url(), arguments);
        assert_eq!(said.code, 0, "{}", said.out);
        said.has(words).has("SID, token, application from the environment\n");
        assert!(said.out.ends_with("\nWhat to do: nothing, all is well.\n"), "{}", said.out);
        let timed = said.out.lines().filter(|line| line.contains(" ms  "));
        let steps: Vec<_> = timed.map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(steps, ["look-up", "connect", "call"], "{}", said.out);
    }
    ask(&ytx, sandbox.url(), "nosuch").ends(17, "room", "meid");
}

#[test]
fn it_only_reads() {
    let Some(ytx) = ytx() else { return };
    let (server, _) = telling(vec![room(&[])]);
    let said = ask(&ytx, &server.url(), "--source-address 127.0.0.3");
    assert_eq!(said.code, 0, "{}", said.out);
    said.has(", from 127.0.0.3\n");
    let requests = server.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert!(body.contains(r#""action":"meetingState""#), "{body}");
    assert_eq!(request.peer.to_string(), "127.0.0.3");
    assert_eq!(server.connections(), 2); // its own, on which it has sent nothing, and the library's
}

#[test]
fn each_refusal_has_its_remedy() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let with = |name: &str, value: &str| {
        asked(command(&ytx, sandbox.url(), "doctor 002").env(name, value))
    };
    with("YTX_AUTH_TOKEN", "sesame").ends(14, "token", "copy YTX_AUTH_TOKEN whole");
    let blank = with("YTX_AUTH_TOKEN", &format!("{AUTH_TOKEN} "));
    blank.has("ends with a blank").ends(14, "token", "copy YTX_AUTH_TOKEN whole");
    with("YTX_ACCOUNT_SID", "nobody").ends(16, "account", "copy YTX_ACCOUNT_SID whole");
    with("YTX_ACCOUNT_SID", "disabled-account").ends(16, "account", "enable the account");
    with("YTX_ACCOUNT_SID", "poor-account").ends(16, "account", "top the account up");
    for app in ["no such app", "production-app", "whitelisted-app", "not-online-app"] {
        let said = with("YTX_APPID", app);
        said.ends(15, "application", "(1) use your own application with http://api.ytx.net");
        said.has("(2) put the address").has("(3) see that the application is online");
    }
    hand::post(&sandbox, "throttle", json!({ "requests": 1 }));
    ask(&ytx, sandbox.url(), "002").ends(20, "rate", "ask less often");
    ask(&ytx, sandbox.url(), "100").ends(21, "answer", "ask YTX");
    ask_one(&ytx, refusal("-777", "x"), "").ends(21, "answer", "ask YTX");
}

#[test]
fn a_wrong_clock_is_told_with_the_difference() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    for (ahead, words) in [(259_200, "is 4320 min behind"), (-259_200, "is 4320 min ahead of")] {
        hand::post(&sandbox, "clock", json!({ "seconds": ahead }));
        let said = ask(&ytx, sandbox.url(), "002");
        // A second may have passed between the two clocks' readings.
        let or = words.replace("4320", "4319");
        assert!(said.out.contains(words) || said.out.contains(&or), "{}", said.out);
        said.has("this machine's clock says that it is ");
        said.ends(13, "clock", "set this machine's clock");
    }
    // A platform that does not tell its time.
    let said = ask_one(&ytx, refusal("-202", "包头验证信息错误"), "");
    assert!(!said.out.contains(" min "), "{}", said.out);
    said.has("包头验证信息错误").ends(13, "clock", "set this machine's clock");
}

#[test]
fn nobody_is_reached() {
    let Some(ytx) = ytx() else { return };
    let (_held, url) = addresses::refusing();
    ask(&ytx, &url, "").has("Connection refused").ends(11, "connect", "nobody listens there");
    // The name and both addresses: it is the second that nobody listens at either.
    let named = url.replace("127.0.0.1", "localhost");
    ask(&ytx, &named, "").has("localhost").ends(11, "connect", "nobody listens there");
    let (_held, url) = addresses::hanging(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let begun = Instant::now();
    let said = ask(&ytx, &url, "--timeout 1");
    said.has("no answer within 1000 ms").ends(11, "connect", "in every firewall");
    assert!(begun.elapsed() >= Duration::from_millis(900));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    ask(&ytx, &url, "--source-address 192.0.2.1").ends(11, "connect", "--source-address");
    // Through a proxy the way is to the proxy; its password is not told.
    let mut proxied = command(&ytx, "http://platform.invalid", "doctor");
    proxied.env("YTX_PROXY", "http://user:sesame@127.0.0.1:1");
    asked(&proxied).has("through it").ends(11, "connect", "nobody listens there");
    let (refusing, _) = telling(vec![status(407)]);
    let through = refusing.url().replace("http://", "http://user:sesame@");
    proxied.env("YTX_PROXY", &through).env("YTX_BASE_URL", "https://platform.invalid");
    asked(&proxied).has("connect     ok").ends(11, "connect", "look at the proxy");
}

/// The command with a getaddrinfo() that ends so, for the library too. No name is looked up on the net.
fn with_look_ups(outcome: &str) -> Option<Program> {
    let folder = cc::Folder::new("look-ups");
    let source = folder.path().join("look_ups.c");
    let program = format!(
        "#define _XOPEN_SOURCE 700\n#include <netdb.h>\n#include <unistd.h>\n\
         int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,\n\
         struct addrinfo **found) {{ (void)node, (void)service, (void)hints, (void)found; {outcome} }}\n"
    );
    fs::write(&source, program).unwrap();
    ytx_with(&[source])
}

#[test]
fn a_name_is_not_found() {
    let again = "see that the name servers of /etc/resolv.conf can be reached";
    for (outcome, words, advice) in [
        ("return EAI_NONAME;", "platform.invalid: ", "correct the host's name"),
        ("return EAI_AGAIN;", "platform.invalid: ", again),
        ("for (;;) pause();", "no answer about platform.invalid within 1000 ms", again),
    ] {
        let Some(ytx) = with_look_ups(outcome) else { return };
        let said = ask(&ytx, "http://platform.invalid", "--timeout 1");
        said.has(words).ends(10, "look-up", advice);
    }
}

#[test]
fn somebody_else_answers_or_nobody() {
    let Some(ytx) = ytx() else { return };
    let one = |reply, arguments| ask_one(&ytx, reply, arguments);
    one(status(404), "").ends(18, "answer", "host, port and path");
    one(server::json("hello"), "").ends(18, "answer", "somebody else has answered");
    one(room(&[json!({ "phone": "1" })]), "").ends(18, "answer", "leads to the platform");
    one(status(503), "").ends(20, "answer", "wait a minute");
    one(vec![Step::Close], "").ends(19, "answer", "gateway or firewall");
    let said = one(vec![Step::Stall], "--timeout 1");
    said.has("1000 ms").has(" ms  YTX_E_TIMEOUT (1004)");
    said.ends(19, "answer", "larger --timeout");
}

#[test]
fn tls_that_is_none() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let url = sandbox.url().replace("http://", "https://");
    ask(&ytx, &url, "").has("connect     ok").ends(12, "TLS", "see that the port speaks TLS");
}

#[test]
fn settings_that_are_wrong() {
    let Some(ytx) = ytx() else { return };
    let said = |name: &str, value: &str| {
        asked(command(&ytx, "http://127.0.0.1:1", "doctor").env(name, value))
    };
    said("YTX_BASE_URL", "here").has("base_url").ends(2, "settings", "named above");
    said("YTX_CA_FILE", "/nowhere").has("ca_file").ends(2, "settings", "named above");
    said("YTX_PROXY", "sesame").has("proxy").ends(2, "settings", "named above");
    said("YTX_AUTH_TOKEN", "sesame\n").has("auth_token").ends(2, "settings", "named above");
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let mut no_room = command(&ytx, sandbox.url(), "doctor");
    asked(no_room.arg("")).has("confid").ends(2, "settings", "named above");
    let mut nothing = command(&ytx, "http://127.0.0.1:1", "doctor");
    nothing.env_remove("YTX_AUTH_TOKEN");
    let (code, out, error) = ended(&nothing);
    assert_eq!((code, &*out), (2, ""));
    assert!(error.starts_with("ytx: YTX_AUTH_TOKEN is not set"), "{error}");
    assert!(!error.contains(APPID), "{error}");
}

/// The manual and bash know every option that the program's help has, and no other.
#[test]
fn the_manual_and_the_completion_know_every_option() {
    let Some(ytx) = ytx() else { return };
    let (_, help, _) = ended(&command(&ytx, "", "--help"));
    let named = |text: &str, before: &str| {
        let mut options: Vec<String> = text
            .split(before)
            .skip(1)
            .map(|rest| {
                rest.chars().take_while(|it| it.is_ascii_lowercase() || *it == '-').collect()
            })
            .filter(|it: &String| !it.is_empty())
            .collect();
        options.sort();
        options.dedup();
        options
    };
    let options = named(&help, "--");
    assert!(options.len() >= 9, "{options:?}");
    let read = |name| fs::read_to_string(cc::root().join(".packaging/tools").join(name)).unwrap();
    let page = read("ytx.1.in");
    assert_eq!(named(&page, ".It Fl -"), options);
    assert_eq!(named(&read("ytx.bash"), "--"), options);
    for word in ["lock", "unlock", "state", "watch", "doctor"] {
        assert!(page.contains(&format!(".It Cm {word} ")), "{word}");
    }
    for variable in named_variables(&help) {
        assert!(page.contains(&format!(".It Ev {variable}\n")), "{variable}");
    }
}

fn named_variables(help: &str) -> Vec<String> {
    let words = help.split(|it: char| !it.is_ascii_uppercase() && it != '_');
    words.filter(|word| word.starts_with("YTX_")).map(str::to_owned).collect()
}
