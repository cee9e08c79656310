//! `examples/asterisk`: the module in a real Asterisk, driven by AMI and by its command line, and the
//! AGI script by a dialog of the test's own and in that Asterisk.
#![cfg(target_os = "linux")]

mod support;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ytx_sandbox::{CONFID, Config, Member, Sandbox};

use support::account;
use support::asterisk::Asterisk;
use support::behaviour::behave;
use support::cc::{self, Folder};
use support::room::{self, member, room, status, telling};
use support::server::Server;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Each says in the end what became of it, also when the caller has hung up.
const DIALPLAN: &str = "
[rooms]
exten => _lock-.,1,YTXLock(${EXTEN:5})
 same => n,Goto(told,1)
exten => _free-.,1,YTXUnlock(${EXTEN:5})
 same => n,Goto(told,1)
exten => _state-.,1,Set(ONLINE=${YTX_STATE(${EXTEN:6})})
 same => n,Set(MEMBERS=${YTX_STATE(${EXTEN:6},members)})
 same => n,Goto(told,1)
exten => _agi-.,1,AGI(ytx.agi,lock,${EXTEN:4})
 same => n,AGI(ytx.agi,state,${EXTEN:4})
 same => n,Goto(told,1)
exten => _system-.,1,System(ytx unlock ${EXTEN:7})
 same => n,Goto(told,1)
exten => told,1,UserEvent(Told,Outcome: ${YTXSTATUS},Remedy: ${YTXTEXT},Online: ${ONLINE}\
${YTXONLINE},Members: ${MEMBERS},Code: ${YTXCODE},System: ${SYSTEMSTATUS})
exten => h,1,UserEvent(HungUp,Outcome: ${YTXSTATUS})
";

fn dialplan() -> String {
    DIALPLAN.replace("\\\n", "")
}

fn sandbox() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

fn call(asterisk: &Asterisk, extension: &str) {
    asterisk.cli(&format!("channel originate Local/{extension}@rooms application Wait 60"));
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn the_dialplan_locks_unlocks_and_asks() {
    let sandbox = sandbox();
    let Some(asterisk) = Asterisk::start(sandbox.url(), "", &dialplan()) else { return };
    let mut ami = asterisk.ami();
    let mut told = |extension: &str| {
        call(&asterisk, extension);
        ami.wait_for(|packet| packet.get("UserEvent") == Some("Told"))
    };
    assert_eq!(told("lock-002").get("Outcome"), Some("YTX_OK"));
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    assert_eq!(told("free-002").get("Outcome"), Some("YTX_OK"));
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    let state = told("state-002");
    assert_eq!(state.get("Online"), Some("3"));
    assert_eq!(state.get("Members"), Some("189****5326&138****0001&010****7788"));
    // The reload brings another account: what it is refused, and the remedy.
    asterisk.configure(sandbox.url(), "appid = no-conference-app");
    assert!(asterisk.cli("module reload res_ytx.so").contains("reloaded successfully"));
    let refused = told("lock-002");
    assert_eq!(refused.get("Outcome"), Some("YTX_APP_CHECK_FAILED"), "{refused:?}");
    // Up to its first comma: UserEvent takes the rest for another argument.
    let remedy = refused.get("Remedy").unwrap();
    let text = ytx::status::describe(-205).unwrap().text.to_str().unwrap();
    assert!(!remedy.is_empty() && text.starts_with(remedy), "{remedy}");
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    asterisk.wait_for_line("lockMeeting 002 #");
    // A file that is wrong changes nothing, and is said.
    asterisk.configure(sandbox.url(), "appid = \ncolour = blue");
    asterisk.cli("module reload res_ytx.so");
    asterisk.wait_for_line("colour is unknown");
    assert_eq!(told("lock-002").get("Outcome"), Some("YTX_APP_CHECK_FAILED"));
    asterisk.stop();
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn ami_asks_and_is_answered_by_events() {
    let sandbox = sandbox();
    let Some(asterisk) = Asterisk::start(sandbox.url(), "", &dialplan()) else { return };
    let mut ami = asterisk.ami();
    let asked = ami.ask("YTXLock", &[("Room", CONFID), ("ActionID", "one")]);
    assert_eq!(asked.get("Response"), Some("Success"));
    let answer = ami.event("YTXAnswer");
    let of = |name| answer.get(name);
    assert_eq!(
        [of("Action"), of("ActionID"), of("Room"), of("Status"), of("Name"), of("Text")],
        [Some("YTXLock"), Some("one"), Some(CONFID), Some("0"), Some("YTX_OK"), None]
    );
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    ami.ask("YTXUnlock", &[("Room", CONFID)]);
    assert_eq!(ami.event("YTXAnswer").get("Action"), Some("YTXUnlock"));
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    ami.ask("YTXState", &[("Room", CONFID)]);
    let state = ami.event("YTXAnswer");
    assert_eq!((state.get("Online"), state.all("Member").len()), (Some("3"), 5));
    // A function without a channel.
    let value = ami.ask("Getvar", &[("Variable", "YTX_STATE(002)")]);
    assert_eq!(value.get("Value"), Some("3"));
    ami.ask("YTXLock", &[]);
    let wrong = ami.event("YTXAnswer");
    assert_eq!(wrong.get("Name"), Some("YTX_E_INVALID_ARGUMENT"));
    assert!(wrong.get("Text").is_some());
    assert_eq!(asterisk.figure("ytx_calls_total{status=\"0\",name=\"YTX_OK\"}"), 4.0);
    asterisk.stop();
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn ami_is_told_who_comes_and_goes() {
    let sandbox = sandbox();
    let settings = "interval_ms = 200";
    let Some(asterisk) = Asterisk::start(sandbox.url(), settings, &dialplan()) else { return };
    let mut ami = asterisk.ami();
    assert_eq!(ami.ask("YTXWatch", &[("Room", CONFID)]).get("Response"), Some("Success"));
    assert_eq!(ami.event("YTXRoom").get("Online"), Some("3"));
    let joins = Member { phone: "131****1314".to_owned(), online: true, muted: false };
    sandbox.set_member(CONFID, joins);
    let changed = ami.event("YTXRoom");
    let of = |name| changed.get(name);
    assert_eq!(
        [of("Room"), of("Change"), of("Online"), of("Name")],
        [Some(CONFID), Some("changed"), Some("4"), Some("YTX_OK")]
    );
    assert_eq!(changed.all("Joined"), ["131****1314"]);
    // A watch goes on over a reload, told from the beginning; and the file may have another.
    asterisk.configure(sandbox.url(), "interval_ms = 200\nwatch = 003");
    assert!(asterisk.cli("module reload res_ytx.so").contains("reloaded successfully"));
    for (room, online) in [(CONFID, "4"), ("003", "0")] {
        let told =
            ami.wait_for(|it| it.get("Event") == Some("YTXRoom") && it.get("Room") == Some(room));
        assert_eq!((told.get("Change"), told.get("Online")), (Some("snapshot"), Some(online)));
    }
    assert_eq!(asterisk.cli("ytx show watches"), "002\n003\n");
    assert_eq!(asterisk.figure("ytx_queue_watches"), 2.0, "the old ones have ended");
    ami.ask("YTXUnwatch", &[("Room", CONFID)]);
    let end = ami.event("YTXRoomEnd");
    assert_eq!((end.get("Room"), end.get("Name")), (Some(CONFID), Some("YTX_E_CANCELLED")));
    assert_eq!(ami.ask("YTXUnwatch", &[("Room", CONFID)]).get("Response"), Some("Error"));
    assert_eq!(asterisk.cli("ytx show watches"), "003\n");
    // Unloaded, it ends the others.
    assert!(asterisk.cli("module unload res_ytx.so").contains("Unloaded"));
    assert_eq!(ami.event("YTXRoomEnd").get("Room"), Some("003"));
    asterisk.stop();
}

/// A line end in a phone would begin a header; and a room that is lost says so.
#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn what_the_platform_says_cannot_break_ami() {
    let (server, _) = telling(vec![
        room(&[member("1\r\nEvent: Forged\r\n\r\n\",;|", "在线", "未静音")]),
        status(500),
        status(500),
        status(500),
    ]);
    let settings = "interval_ms = 200";
    let Some(asterisk) = Asterisk::start(&server.url(), settings, &dialplan()) else { return };
    let mut ami = asterisk.ami();
    ami.ask("YTXWatch", &[("Room", CONFID)]);
    let snapshot = ami.event("YTXRoom");
    assert_eq!((snapshot.get("Change"), snapshot.get("Online")), (Some("snapshot"), Some("1")));
    let lost = ami.event("YTXRoom");
    assert_eq!((lost.get("Change"), lost.get("Name")), (Some("lost"), Some("YTX_E_HTTP")));
    assert_eq!(lost.get("Online"), None);
    asterisk.stop();

    let (server, _) =
        telling(vec![room(&[member("1\r\nEvent: Forged\r\n\r\n\",;|", "在线", "未静音")])]);
    let asterisk = Asterisk::start(&server.url(), "", &dialplan()).unwrap();
    let mut ami = asterisk.ami();
    ami.ask("YTXState", &[("Room", CONFID)]);
    assert_eq!(ami.event("YTXAnswer").get("Member"), Some("1??Event:?Forged????????"));
    asterisk.stop();
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn who_hangs_up_cancels_and_meanwhile_nothing_is_unloaded() {
    let (sender, arrived) = mpsc::channel();
    let server = Server::start(move |request| {
        let _ = sender.send(()); // nobody listens any more
        behave(request)
    });
    let settings = "timeout_ms = 60000";
    let Some(asterisk) = Asterisk::start(&server.url(), settings, &dialplan()) else { return };
    let mut ami = asterisk.ami();
    call(&asterisk, "lock-held");
    arrived.recv_timeout(LIMIT).unwrap();
    let refused = asterisk.cli("module unload res_ytx.so");
    assert!(refused.contains("Unable to unload"), "{refused}");
    // Others are served meanwhile.
    call(&asterisk, "lock-002");
    assert_eq!(ami.event("UserEvent").get("Outcome"), Some("YTX_OK"));
    asterisk.cli("channel request hangup all");
    ami.wait_for(|packet| {
        packet.get("UserEvent") == Some("HungUp")
            && packet.get("Outcome") == Some("YTX_E_CANCELLED")
    });
    assert_eq!(asterisk.figure("ytx_requests_in_flight"), 0.0);
    asterisk.stop();
}

/// How many descriptors and threads a process has.
fn held(id: u32) -> [usize; 2] {
    ["fd", "task"].map(|what| fs::read_dir(format!("/proc/{id}/{what}")).unwrap().count())
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn loading_and_unloading_leave_nothing_behind() {
    let sandbox = sandbox();
    let settings = "watch = 002\nwatch = 003\ninterval_ms = 200";
    let Some(asterisk) = Asterisk::start(sandbox.url(), settings, &dialplan()) else { return };
    let mut ami = asterisk.ami();
    let mut round = || {
        for room in [CONFID, "003"] {
            ami.wait_for(|it| it.get("Change") == Some("snapshot") && it.get("Room") == Some(room));
        }
        ami.ask("YTXLock", &[("Room", CONFID)]);
        ami.event("YTXAnswer");
        asterisk.cli("module reload res_ytx.so");
        for room in [CONFID, "003"] {
            ami.wait_for(|it| it.get("Change") == Some("snapshot") && it.get("Room") == Some(room));
        }
        assert!(asterisk.cli("module unload res_ytx.so").contains("Unloaded"));
        let left = held(asterisk.id());
        assert!(asterisk.cli("module load res_ytx.so").contains("Loaded"));
        left
    };
    asterisk.cli("module unload res_ytx.so");
    asterisk.cli("module load res_ytx.so");
    let before = (0..3).map(|_| round()).min().unwrap();
    (0..20).for_each(|_| {
        round();
    });
    asterisk.cli("module unload res_ytx.so");
    // The command line that has just asked may still be at its end.
    let since = Instant::now();
    while held(asterisk.id()) > before {
        assert!(since.elapsed() < LIMIT, "{:?}, {before:?} at first", held(asterisk.id()));
        thread::sleep(Duration::from_millis(10));
    }
    asterisk.stop();
}

/// Memory, by valgrind: what Asterisk itself leaves behind is not looked at.
#[test]
#[ignore = "needs Asterisk and valgrind: .ci/full"]
fn no_memory_of_the_module_is_left_behind() {
    let sandbox = sandbox();
    if !cc::have(&["valgrind"]) {
        return;
    }
    let report = cc::scratch("valgrind");
    let log = format!("--log-file={}", report.display());
    let valgrind = ["valgrind", "--leak-check=full", "--keep-debuginfo=yes", &log];
    let settings = "watch = 002\ninterval_ms = 200";
    let asterisk = Asterisk::start_under(&valgrind, sandbox.url(), settings, &dialplan());
    let Some(asterisk) = asterisk else { return };
    let mut ami = asterisk.ami();
    for _ in 0..3 {
        for action in ["YTXLock", "YTXState", "YTXUnlock"] {
            ami.ask(action, &[("Room", CONFID), ("ActionID", "x")]);
            ami.event("YTXAnswer");
        }
        ami.ask("Getvar", &[("Variable", "YTX_STATE(002,members)")]);
        asterisk.cli("module reload res_ytx.so");
        asterisk.cli("module unload res_ytx.so");
        asterisk.cli("module load res_ytx.so");
    }
    asterisk.cli("module unload res_ytx.so");
    asterisk.stop();
    let text = fs::read_to_string(&report).unwrap();
    assert!(text.contains("LEAK SUMMARY"), "{text}");
    // A record is a paragraph with a stack. Debian's Asterisk has no names of files in it.
    let sources = fs::read_dir(cc::root().join("examples/asterisk")).unwrap();
    let sources = sources.map(|file| file.unwrap().file_name().into_string().unwrap());
    let frames: Vec<_> =
        sources.filter(|name| name.ends_with(".c")).map(|name| format!("({name}:")).collect();
    let of_module = |record: &&str| frames.iter().any(|frame| record.contains(frame));
    let records: Vec<_> = text.split("== \n").filter(of_module).collect();
    assert!(records.is_empty(), "{}", records.join("\n\n"));
    fs::remove_file(report).unwrap();
}

/// The dialplan that is shipped, by the module and by the command.
#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn the_sample_dialplan_locks_a_room_that_is_not_empty() {
    let sandbox = sandbox();
    let Some(ytx) = room::ytx() else { return };
    let sample = cc::root().join("examples/asterisk/extensions.conf");
    let sample = fs::read_to_string(sample).unwrap();
    let Some(asterisk) = Asterisk::start(sandbox.url(), "", &sample) else { return };
    symlink(&ytx.path, asterisk.path().join("ytx")).unwrap();
    let mut ami = asterisk.ami();
    for (call, room, locked) in [
        ("5002@ytx-module", CONFID, true),
        ("5003@ytx-module", "003", false),
        ("5003@ytx-command", "003", true),
    ] {
        asterisk.cli(&format!("channel originate Local/{call} application Wait 60"));
        ami.wait_for(|it| {
            let ours = it.get("Channel").is_some_and(|channel| channel.ends_with(";2"));
            it.get("Event") == Some("Hangup") && ours
        });
        assert_eq!(sandbox.is_locked(room), Some(locked), "{call}");
    }
    asterisk.stop();
}

#[test]
#[ignore = "needs Asterisk: .ci/full"]
fn agi_and_system_run_the_command() {
    let sandbox = sandbox();
    let Some(ytx) = room::ytx() else { return };
    let Some(asterisk) = Asterisk::start(sandbox.url(), "", &dialplan()) else { return };
    symlink(&ytx.path, asterisk.path().join("ytx")).unwrap();
    let mut ami = asterisk.ami();
    call(&asterisk, "agi-002");
    let told = ami.event("UserEvent");
    assert_eq!((told.get("Code"), told.get("Online")), (Some("0"), Some("3")), "{told:?}");
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    call(&asterisk, "system-002");
    assert_eq!(
        ami.wait_for(|it| it.get("System") == Some("SUCCESS")).get("UserEvent"),
        Some("Told")
    );
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    asterisk.stop();
}

/// Asterisk's side of AGI, as a test has it: the arguments, and an answer to each command. Returns
/// the variables that were set.
fn agi(url: &str, arguments: [&str; 2]) -> Option<Vec<String>> {
    let ytx = room::ytx()?;
    let folder = Folder::new("agi");
    symlink(&ytx.path, folder.path().join("ytx")).unwrap();
    let script = cc::root().join("examples/asterisk/ytx.agi");
    let mut command = cc::command(&[script.to_str().unwrap().to_owned()]);
    let search = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
    command.envs(account::environment(url)).env("PATH", search);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    let [action, room] = arguments;
    let head = format!(
        "agi_request: ytx.agi\nagi_channel: Local/1\nagi_arg_1: {action}\nagi_arg_2: {room}\n\n"
    );
    to.write_all(head.as_bytes()).unwrap();
    let mut set = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        set.push(line.unwrap().strip_prefix("SET VARIABLE ").unwrap().to_owned());
        to.write_all(b"200 result=1\n").unwrap();
    }
    child.wait().unwrap();
    Some(set)
}

#[test]
fn the_agi_script_sets_what_became_of_it() {
    let sandbox = sandbox();
    let Some(locked) = agi(sandbox.url(), ["lock", CONFID]) else { return };
    assert_eq!(locked, ["YTXCODE \"0\"", "YTXTEXT \"Room 002 is locked.\""]);
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    let state = agi(sandbox.url(), ["state", CONFID]).unwrap();
    assert_eq!([&*state[0], &*state[2]], ["YTXCODE \"0\"", "YTXONLINE \"3\""]);
    // What is no action, and what looks like an option, are refused by the command.
    for arguments in [["close", CONFID], ["lock", ""]] {
        assert_eq!(agi(sandbox.url(), arguments).unwrap()[0], "YTXCODE \"2\"");
    }
    assert_eq!(sandbox.requests(), 2);
}
