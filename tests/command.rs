//! The examples that read members: `examples/c/members.c`, and the command of `examples/c/ytx`. What
//! they print, what they end with, and what the server has seen. tests/watch.rs has `ytx watch`.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Sandbox};

use support::cc::{Folder, Program};
use support::hand;
use support::room::{
    HOSTILE, command, ended, member, members, on_a_terminal, refusal, room, status, telling, under,
    ytx,
};
use support::server::{self, Reply, Server, Step};

/// Runs a program to its end: its code, and what is on its standard output and error.
fn run(program: &Program, url: &str, arguments: &str) -> (i32, String, String) {
    ended(&command(program, url, arguments))
}

fn answering(replies: Vec<Reply>) -> Server {
    telling(replies).0
}

#[test]
fn a_room_is_locked_shown_and_unlocked() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let run = |arguments| run(&ytx, sandbox.url(), arguments);
    let well = |text: &str| (0, text.to_owned(), String::new());
    assert_eq!(run("lock 002"), well("Room 002 is locked.\n"));
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(true));
    let table = "\
phone        status          mute
010****7788  在线 online     未静音 not muted
131****1314  不在线 offline  已静音 muted
138****0001  在线 online     已静音 muted
139****2468  不在线 offline  未静音 not muted
189****5326  在线 online     未静音 not muted
";
    assert_eq!(run("state 002"), well(table));
    assert_eq!(run("state 003"), well("Nobody is in the room.\n"));
    assert_eq!(run("unlock 002"), well("Room 002 is unlocked.\n"));
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(false));
}

#[test]
fn json_is_the_answer_as_it_came() {
    let Some(ytx) = ytx() else { return };
    let good =
        "{ \"statusCode\" : 0,\n\t\"statusMsg\": [\"\\u001b\", \"在线\u{9b}\"], \"more\": 1e3 }";
    let bad = r#"{"statusMsg":"缺少必要参数","statusCode":"-2"}"#;
    let server = answering(vec![server::json(good), server::json(good), server::json(bad)]);
    let (code, out, error) = run(&ytx, &server.url(), "state 002 --json");
    assert_eq!((code, &*out, &*error), (0, &*format!("{good}\n"), ""));
    let (code, out, _) = run(&ytx, &server.url(), "--json lock 002");
    assert_eq!((code, &*out), (0, &*format!("{good}\n")));
    let (code, out, error) = run(&ytx, &server.url(), "--json unlock 002");
    assert_eq!((code, &*out), (1, &*format!("{bad}\n")));
    assert!(error.starts_with("ytx: YTX_MISSING_PARAMETER (-2): 缺少必要参数\n"), "{error}");
}

#[test]
fn the_code_says_what_a_script_can_do() {
    let Some(ytx) = ytx() else { return };
    for (reply, expected, said) in [
        (refusal("-205", "应用验证失败"), 1, "YTX_APP_CHECK_FAILED (-205): 应用验证失败"),
        (refusal("77", "?"), 1, "YTX_E_PLATFORM (1009)"),
        (refusal("-104", "请求频率过高"), 3, "YTX_TOO_MANY_REQUESTS (-104): 请求频率过高"),
        (vec![Step::Close], 3, "YTX_E_IO (1006)"),
        (status(503), 3, "YTX_E_HTTP (1007)"),
        (status(404), 4, "YTX_E_HTTP (1007)"),
        (server::json("hello"), 4, "YTX_E_RESPONSE (1008)"),
        (refusal("0", "提交成功"), 4, "the answer holds no list of members"),
        (room(&[json!({ "phone": "1" })]), 4, "the answer holds no list of members"),
    ] {
        let server = answering(vec![reply]);
        let (code, out, error) = run(&ytx, &server.url(), "state 002 --timeout 60");
        assert_eq!((code, &*out), (expected, ""), "{said}");
        assert!(error.starts_with(&format!("ytx: {said}")), "{error}");
    }
    let silent = answering(vec![vec![Step::Stall]]);
    let (code, _, error) = run(&ytx, &silent.url(), "state 002 --timeout 1");
    assert_eq!(code, 3);
    assert!(error.starts_with("ytx: YTX_E_TIMEOUT (1004): "), "{error}");
    assert!(error.contains(" 1000 ms"), "{error}");
    let (code, _, error) = run(&ytx, "http://127.0.0.1:1", "lock 002");
    assert_eq!(code, 3);
    assert!(error.starts_with("ytx: YTX_E_CONNECT (1003): "), "{error}");

    let server = answering(vec![room(&[])]);
    let full = ["sh", "-c", r#"exec "$@" > /dev/full"#, "sh"];
    assert_eq!(ended(&under(&full, &command(&ytx, &server.url(), "state 002"))).0, 4);
}

#[test]
fn wrong_usage_sends_nothing() {
    let Some(ytx) = ytx() else { return };
    let server = answering(vec![room(&[])]);
    for (arguments, said) in [
        ("", "it takes an action and a room"),
        ("state", "it takes an action and a room"),
        ("state 002 003", "it takes an action and a room"),
        ("open 002", "the actions are"),
        ("state 002 --loud", "--loud"),
        ("state 002 --app", "--app"),
        ("state 002 --timeout 0", "whole seconds from 1"),
        ("state 002 --timeout 3601", "whole seconds from 1"),
        ("state 002 --timeout 1.5", "whole seconds from 1"),
        ("state 002 --timeout 99999999999999999999", "whole seconds from 1"),
        ("watch 002 --interval -1", "whole seconds from 1"),
        ("watch 002 --json", "--json is not for watch"),
        ("doctor --json", "--json is not for watch"),
        ("doctor 002 003", "it takes an action and a room"),
        ("state 002 --account /nowhere", "/nowhere: No such file"),
        ("state 002 --account /", "/ is no file"),
        ("state 002 --ca-file /nowhere", "ca_file"),
        ("lock 002 --interval 5", "--interval is for watch only"),
        ("state 002 --url here", "base_url"),
        ("state 002 --source-address here", "source_address"),
    ] {
        let (code, out, error) = run(&ytx, &server.url(), arguments);
        assert_eq!((code, &*out), (2, ""), "{arguments}");
        assert!(error.contains(said), "{arguments}: {error}");
    }
    let mut nothing = command(&ytx, &server.url(), "state 002");
    for variable in ["YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID"] {
        nothing.env_remove(variable);
    }
    let (code, _, error) = ended(&nothing);
    assert_eq!((code, error.matches(" is not set: ").count()), (2, 3), "{error}");
    let mut empty = command(&ytx, &server.url(), "state");
    assert_eq!(ended(empty.arg("")).0, 2);
    for variable in ["YTX_ACCOUNT_SID", "YTX_AUTH_TOKEN", "YTX_APPID"] {
        let mut command = command(&ytx, &server.url(), "state 002");
        let (code, _, error) = ended(command.env_remove(variable));
        assert_eq!(code, 2);
        assert!(error.contains(variable), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn options_stand_for_the_environment() {
    let Some(ytx) = ytx() else { return };
    let server = answering(vec![room(&[])]);
    let arguments =
        format!("--app another --url {} --source-address 127.0.0.2 state 002", server.url());
    assert_eq!(run(&ytx, "http://127.0.0.1:1", &arguments).0, 0);
    let request = &server.requests()[0];
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["appid"], "another");
    assert_eq!(request.peer.to_string(), "127.0.0.2");

    let (code, help, _) = run(&ytx, "", "--help");
    assert_eq!(code, 0);
    for option in [
        "--account",
        "--app",
        "--url",
        "--ca-file",
        "--source-address",
        "--timeout",
        "--json",
        "--interval",
        "YTX_AUTH_TOKEN",
        "130",
    ] {
        assert!(help.contains(option), "{option}");
    }
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!("ytx.h {version}\nlibytx {version}\n");
    assert_eq!(run(&ytx, "", "--version"), (0, expected, String::new()));
}

/// Writes an account's file that its owner, and with other modes others too, may read.
fn account_file(folder: &Folder, text: &str, mode: u32) -> String {
    let path = folder.path().join("account");
    let _ = fs::remove_file(&path); // there is none at first
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.into_os_string().into_string().unwrap()
}

#[test]
fn an_account_comes_from_a_file_that_only_its_owner_may_read() {
    let Some(ytx) = ytx() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let folder = Folder::new("account");
    let text = format!(
        "# of the switch\n export YTX_ACCOUNT_SID={ACCOUNT_SID}\r\nYTX_AUTH_TOKEN=\"{AUTH_TOKEN}\"\n\
         OTHER=1\nYTX_APPID='{APPID}' \nYTX_BASE_URL={}",
        sandbox.url()
    );
    let path = account_file(&folder, &text, 0o400);
    // The file goes before the environment, and the command line before the file.
    let mut command = command(&ytx, "http://127.0.0.1:1", "lock 002");
    command.env("YTX_AUTH_TOKEN", "another").env("YTX_ACCOUNT_FILE", &path);
    assert_eq!(ended(&command), (0, "Room 002 is locked.\n".to_owned(), String::new()));
    command.args(["--app", "production-app"]);
    assert!(ended(&command).2.contains("(-205)"));
    command.args(["--url", "http://127.0.0.1:1"]);
    assert!(ended(&command).2.contains("YTX_E_CONNECT"));
    let requests = sandbox.requests();

    for mode in [0o640, 0o604, 0o620, 0o601] {
        account_file(&folder, &text, mode);
        let (code, out, error) = ended(&command);
        assert_eq!((code, &*out), (2, ""), "{mode:o}");
        assert!(error.contains(&format!("chmod 600 '{path}'")), "{error}");
        assert!(!error.contains(AUTH_TOKEN), "{error}");
    }
    account_file(&folder, "YTX_AUTH_TOKEN=\n", 0o600);
    let (code, _, error) = ended(&command);
    assert_eq!((code, sandbox.requests()), (2, requests));
    assert!(error.starts_with("ytx: YTX_AUTH_TOKEN is not set"), "{error}");
    assert!(error.ends_with(&format!("ytx: set it in {path}, or in the environment\n")), "{error}");
}

#[test]
fn escaped_words_are_read() {
    let Some(ytx) = ytx() else { return };
    for (json, words) in [
        (
            r#"{"statusCode":"-2","a":{"statusMsg":"no"},"b":["]","\"}"],"statusMsg":"\u7f3a\u5C11\/\"\\"}"#,
            "缺少/\"\\",
        ),
        (r#" { "statusMsg" : "first" , "statusMsg" : "last" ,"statusCode":"-2" } "#, "last"),
        (r#"{"statusMsg":"\u00e9 \ud840\udc0b \u0000 \ud800 x","statusCode":"-2"}"#, "é 𠀋 ? ? x"),
        (r#"{"statusCode":"-2","statusMsg":"\ud800\u0041\t"}"#, "?A "),
    ] {
        let server = answering(vec![server::json(json)]);
        let (code, _, error) = run(&ytx, &server.url(), "lock 002");
        assert_eq!(code, 1, "{json}");
        assert!(
            error.starts_with(&format!("ytx: YTX_MISSING_PARAMETER (-2): {words}\n")),
            "{error}"
        );
    }
    for json in [r#"{"statusCode":"-2","statusMsg":["a"]}"#, r#"{"statusCode":"-2"}"#] {
        let server = answering(vec![server::json(json)]);
        let (_, _, error) = run(&ytx, &server.url(), "lock 002");
        assert!(error.starts_with("ytx: YTX_MISSING_PARAMETER (-2)\n"), "{error}");
    }
}

#[test]
fn no_command_gets_to_the_terminal() {
    let Some(ytx) = ytx() else { return };
    let table = |members: &[Value]| run(&ytx, &answering(vec![room(members)]).url(), "state 002");
    let expected = "\
phone           status       mute
1?[2J3?1?2?3 4  在线 online  1?[2J3?1?2?3 4
";
    assert_eq!(table(&[member(HOSTILE, "在线", HOSTILE)]), (0, expected.to_owned(), String::new()));

    let wide = [member(&"9".repeat(1000), "x", "y")];
    let rows = [["phone", "status", "mute"], [&"9".repeat(40), "x", "y"]];
    let rows = rows.map(|[phone, status, mute]| format!("{phone:40}  {status:6}  {mute}\n"));
    assert_eq!(table(&wide), (0, rows.concat(), String::new()));

    // In JSON all of them are escaped but two, so a terminal does not get it to the byte.
    let server = answering(vec![server::json("{\"statusCode\":\n0,\"x\":\"\u{9b}\u{7f}\"}")]);
    let json = command(&ytx, &server.url(), "state 002 --json");
    if let Some(json) = on_a_terminal(&json, 24, 80) {
        let output = ended(&json);
        assert_eq!(output, (0, "{\"statusCode\": 0,\"x\":\"??\"}\r\n".to_owned(), String::new()));
    }

    let server = answering(vec![refusal("-101", HOSTILE)]);
    let (_, _, error) = run(&ytx, &server.url(), "lock 002");
    assert!(error.starts_with("ytx: YTX_BAD_PARAMETER (-101): 1?[2J3?1?2?3 4\n"), "{error}");
}

#[test]
fn another_locale_gets_ascii() {
    let Some(ytx) = ytx() else { return };
    let server = answering(vec![room(&[member("1", "在线", "已静音")])]);
    let mut command = command(&ytx, &server.url(), "state 002");
    let (_, out, _) = ended(command.env("LC_ALL", "C"));
    assert_eq!(out, "phone  status         mute\n1      ?????? online  ????????? muted\n");
}

#[test]
fn the_short_example_reads_members_too() {
    let Some(program) = members() else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let (code, out, error) = run(&program, sandbox.url(), "");
    assert_eq!((code, &*error), (0, ""));
    assert!(out.starts_with("131****1314  不在线  已静音\n189****5326  在线  未静音\n"), "{out}");
    assert!(out.ends_with("\n5 in the room\n"), "{out}");

    let hostile = room(&[member(HOSTILE, "x", "y")]);
    let out = run(&program, &answering(vec![hostile]).url(), "").1;
    assert_eq!(out, "1?[2J3?1\u{202e}2?3?4  x  y\n1 in the room\n");
    for (reply, name, quoted) in [
        (refusal("-101", HOSTILE), "YTX_BAD_PARAMETER", "\"1\\u001b[2J3?1\u{202e}2?3\\n4\""),
        (refusal("0", "提交成功"), "YTX_E_RESPONSE", "\"提交成功\""),
        (room(&[json!({ "phone": "1" })]), "YTX_E_RESPONSE", "[{\"phone\":\"1\"}]"),
    ] {
        let (code, out, error) = run(&program, &answering(vec![reply]).url(), "");
        assert_eq!((code, &*out), (1, ""));
        let [said, json] = error.lines().collect::<Vec<_>>()[..] else { panic!("{error}") };
        assert!(said.starts_with(&format!("members: {name}: ")), "{error}");
        assert!(json.starts_with('{') && json.contains(quoted), "{error}");
    }
    let mut incomplete = command(&program, sandbox.url(), "");
    let (code, _, error) = ended(incomplete.env_remove("YTX_AUTH_TOKEN"));
    assert_eq!(code, 1);
    assert!(error.starts_with("members: "), "{error}");
}
