//! Clients that know nothing of libytx, each in the manner of one that people run against the
//! platform, play a conference through on the sandbox: all of it is accepted, and the log says what
//! each should do better.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Member, Sandbox};

use support::account;
use support::cc::{self, Folder};
use support::go::Go;
use support::hand;
use support::mcs;

const FORM: &str = "Content-Type is not application/json";
const NO_TYPE: &str = "there is no Content-Type";
const ENCODING: &str = "Content-Encoding is about compression";
const CHUNKS: &str = "the body came in chunks";

fn source(name: &str) -> PathBuf {
    cc::root().join("tests/strangers").join(name)
}

/// Runs a client. It locks the room, looks into it, asks for the balance, calls two numbers, reads
/// the call back, makes a room, looks into it, locks it and looks again; it prints every answer.
/// Each request earns it these remarks, and no other.
fn play(mut client: Command, remarks: &[&str]) {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    client.envs(account::environment(sandbox.url()));
    without_proxy(&mut client);
    let printed = cc::output(client);
    let log = sandbox.log().join("\n");
    let answers: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{printed}\n{log}")))
        .collect();
    assert_eq!((answers.len(), sandbox.requests()), (9, 9), "{printed}\n{log}");
    check_answers(&answers);
    check_rooms(&sandbox);

    for line in sandbox.log() {
        let mut parts = line.split("; but ");
        let decision = parts.next().unwrap().split(' ').nth(1).unwrap();
        assert!(decision.starts_with("call/") || decision.starts_with("account/"), "{line}");
        let found: Vec<&str> = parts.collect();
        assert_eq!(found.len(), remarks.len(), "{line}");
        assert!(found.iter().zip(remarks).all(|(it, start)| it.starts_with(start)), "{line}");
        assert!(!line.contains(AUTH_TOKEN), "{line}");
    }
}

/// The user's proxy would not lead here.
fn without_proxy(client: &mut Command) -> &mut Command {
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        client.env_remove(proxy);
    }
    client
}

fn check_answers(answers: &[Value]) {
    let [locked, state, balance, call, cdr, made, filled, locked_too, unchanged] = answers else {
        panic!("{answers:?}");
    };
    for accepted in [locked, call, made, locked_too] {
        assert_eq!(
            (&accepted["statusCode"], &accepted["statusMsg"]),
            (&json!("0"), &json!("提交成功"))
        );
        assert_eq!(accepted["requestId"].as_str().map(str::len), Some(29), "{accepted}");
    }
    assert_eq!(state["statusMsg"].as_array().map(Vec::len), Some(5), "{state}");
    assert_eq!(balance, &json!({"AccountSID": ACCOUNT_SID, "Blance": 12.5}));

    let [record] = &cdr["cdr"].as_array().unwrap()[..] else { panic!("{cdr}") };
    assert_eq!(cdr.get("statusCode"), None);
    let expected = json!([call["requestId"], APPID, 4, "13800000001", "13800000002", 14]);
    let fields = ["requestid", "appid", "fid", "caller", "called", "duration"];
    assert_eq!(json!(fields.map(|name| &record[name])), expected);

    let member = |phone: &str| json!({"meid": "101", "phone": phone, "statusname": "在线", "ifmutename": "未静音"});
    assert_eq!(made["meid"], "101");
    assert_eq!(filled["statusMsg"], json!(["131****1314", "189****5326"].map(member)));
    assert_eq!(unchanged, filled);
}

fn check_rooms(sandbox: &Sandbox) {
    assert_eq!([CONFID, "101"].map(|room| hand::is_locked(sandbox, room)), [Some(true); 2]);
    let member = |phone: &str| Member { phone: phone.to_owned(), online: true, muted: false };
    assert_eq!(sandbox.members("101"), ["131****1314", "189****5326"].map(member));
}

/// As the platform's own helper has it.
#[test]
fn a_csharp_client_that_sends_json_as_a_form() {
    let folder = Folder::new("stranger");
    if !mcs::is_installed(folder.path()).unwrap() {
        return cc::skip(mcs::MONO);
    }
    let mut client = Command::new("mono");
    client.arg(compile(&folder, &source("Client.cs")));
    play(client, &[FORM]);
}

fn compile(folder: &Folder, source: &Path) -> PathBuf {
    let program = folder.path().join("client.exe");
    let mut compiler = Command::new("mcs");
    compiler.args(["-nologo", "-langversion:7.2", "-warnaserror"]);
    compiler.arg(format!("-out:{}", program.display())).arg(source);
    cc::succeed(compiler);
    program
}

/// The one that the guide moves from. It reads the clock twice, so that it may be unlucky, which the
/// log says then; in which zone does not matter for a day.
#[test]
fn the_guides_csharp_helper_as_it_is() {
    let folder = Folder::new("stranger");
    if !mcs::is_installed(folder.path()).unwrap() {
        return cc::skip(mcs::MONO);
    }
    let guide = fs::read_to_string(cc::root().join("docs/en/moving.md")).unwrap();
    let before = guide.split("```csharp\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(before.contains("x-www-form-urlencoded"), "{before}");
    let source = folder.path().join("before.cs");
    fs::write(&source, before).unwrap();
    let mut client = Command::new("mono");
    client.arg(compile(&folder, &source));

    let sandbox = Sandbox::start(Config::default()).unwrap();
    client.envs(account::environment(sandbox.url()));
    let output = without_proxy(&mut client).output().unwrap();
    let log = sandbox.log().join("\n");
    let unlucky = log.contains("read the clock once");
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(!unlucky), "{log}\n{output:?}");
    assert_eq!(output.status.success(), !unlucky, "{log}\n{output:?}");
    assert!(unlucky || log.contains(FORM), "{log}");
}

#[test]
fn a_java_client_that_misspells_it() {
    if !cc::have(&["java", "javac"]) {
        return;
    }
    let mut client = Command::new("java");
    client.arg(source("Client.java"));
    play(client, &[FORM, ENCODING]);
}

#[test]
fn a_go_client_that_does_not_know_the_length() {
    let Some(go) = Go::find() else { return };
    let folder = Folder::new("stranger");
    let program = folder.path().join("client");
    let mut build = go.command(&["build", "-o"]);
    build.arg(&program).arg(source("client.go")).env("CGO_ENABLED", "0");
    cc::succeed(build);
    play(Command::new(program), &[CHUNKS]);
}

#[test]
fn a_python_client_that_leaves_the_headers_to_urllib() {
    if !cc::have(&["python3"]) {
        return;
    }
    let mut client = Command::new("python3");
    client.arg(source("client.py"));
    play(client, &[FORM]);
}

#[test]
fn curl_with_its_own_headers_and_with_those_it_is_told() {
    if !cc::have(&["curl"]) {
        return;
    }
    for (headers, remarks) in [
        (&[][..], &[FORM][..]),
        (&["Transfer-Encoding: chunked"], &[FORM, CHUNKS]),
        (&["Content-Type:"], &[NO_TYPE]),
        (&["Content-Type: application/json;charset=utf-8;", "Accept: application/json;"], &[]),
    ] {
        let mut client = Command::new("sh");
        client.arg(source("client.sh"));
        client.args(headers.iter().flat_map(|header| ["-H", header]));
        play(client, remarks);
    }
}
