//! `examples/kamailio`: a proxy before rooms that asks the platform who is in them, driven by sipp.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;
use ytx_sandbox::{CONFID, Config, Count, Fault, Sandbox};

use support::bridge::Bridge;
use support::cc;
use support::kamailio::{Kamailio, WORKERS, signal};
use support::prometheus;
use support::room::{member, refusal, room, telling};
use support::server::{Server, Step, echo};
use support::sipp::Phone;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

fn sandbox() -> Sandbox {
    Sandbox::start(Config::default()).unwrap()
}

/// The ready-made room has three members.
#[test]
fn a_caller_comes_in_while_there_is_a_seat() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let seats = [("YTX_SEATS", "4"), ("YTX_ARRIVAL", "3600")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &seats) else { return };
    Phone::calling(CONFID).hang_up().run(kamailio.port);
    let invite = bridge.wait_for("INVITE");
    assert!(invite.text.starts_with(&format!("INVITE sip:{CONFID}@")), "{invite:?}");
    bridge.wait_for("ACK");
    bridge.wait_for("BYE");
    // The platform does not tell of the fourth yet; but the proxy knows that one is on the way.
    let said = Phone::of(CONFID).refused(486).run(kamailio.port);
    assert!(said.iter().any(|it| it.text.starts_with("SIP/2.0 486 Room Full\n")), "{said:?}");
    assert_eq!(bridge.count("INVITE"), 0);
    kamailio.stop();
}

/// All who came before the answer are served by one question, and no seat is given twice.
#[test]
fn one_seat_is_given_once_to_many_who_ask() {
    let (server, _) = gated(vec![member("1", "在线", "")]);
    let bridge = Bridge::start();
    let seats = [("YTX_SEATS", "2"), ("YTX_TIMEOUT", "25")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &seats) else { return };
    let phones = Phone::of("002").invite().expect_trying();
    phones.start_many(kamailio.port, &["-m", "5", "-l", "5", "-r", "200"]).end();
    kamailio.wait_for_figure("rooms_waiting", 5.0);
    let _answering = go(&server);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"let in\"}", 1.0);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"full\"}", 4.0);
    bridge.wait_for("INVITE");
    assert_eq!(bridge.count("INVITE"), 0);
    kamailio.wait_for_figure("ytx_calls_total{status=\"0\",name=\"YTX_OK\"}", 1.0);
    kamailio.stop();
}

#[test]
fn a_seat_that_the_bridge_does_not_give_is_free_again() {
    let (sandbox, bridge) = (sandbox(), Bridge::answering(480));
    let seats = [("YTX_SEATS", "4"), ("YTX_ARRIVAL", "3600")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &seats) else { return };
    for _ in 0..3 {
        Phone::of(CONFID).refused(480).run(kamailio.port);
    }
    kamailio.stop();
}

#[test]
fn the_hosts_key_locks_the_room() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &[]) else { return };
    Phone::calling(CONFID).command('5', 200).hang_up().run(kamailio.port);
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    bridge.wait_for("BYE");
    let asked = sandbox.requests();
    let said = Phone::of(CONFID).refused(403).run(kamailio.port);
    assert!(said.iter().any(|it| it.text.starts_with("SIP/2.0 403 Room Locked\n")), "{said:?}");
    assert_eq!((bridge.count("INVITE"), sandbox.requests()), (0, asked), "nobody is asked");
    let locked = kamailio.command(&["htable.get", "locked", "s:002"]);
    assert!(locked.contains("value: 1"), "{locked}");
    // The host is in the room still, in another call.
    kamailio.command(&["htable.delete", "locked", "s:002"]);
    Phone::calling(CONFID).command('5', 200).command('6', 200).hang_up().run(kamailio.port);
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    Phone::calling(CONFID).hang_up().run(kamailio.port);
    kamailio.stop();
}

/// A key without its star, a star that is too old, what is no command, and other people's keys.
#[test]
fn other_keys_are_the_bridges() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let hosts = [("YTX_HOSTS", "002=phone 003=chair")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &hosts) else { return };
    let phone = Phone::calling(CONFID).press('5').expect(200).press('*').expect(200);
    let phone = phone.pause(4100).press('5').expect(200).command('9', 200);
    phone.hang_up().run(kamailio.port);
    bridge.wait_for("ACK");
    for key in ["Signal=5", "Signal=5", "Signal=9"] {
        assert!(bridge.wait_for("INFO").body().contains(key));
    }
    bridge.wait_for("BYE");
    Phone::calling("003").command('5', 200).hang_up().run(kamailio.port);
    for key in ["Signal=*", "Signal=5"] {
        assert!(bridge.wait_for("INFO").body().contains(key));
    }
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    kamailio.stop();
}

#[test]
fn a_key_that_the_platform_refuses_is_refused_with_the_remedy() {
    let (server, _) = telling(vec![room(&[]), refusal("-104", "请求过于频繁")]);
    let bridge = Bridge::start();
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &[]) else { return };
    let said = Phone::calling(CONFID).command('5', 503).hang_up().run(kamailio.port);
    let refusal = said.iter().find(|message| message.status("INFO") == Some(503)).unwrap();
    let warning = refusal.header("Warning").unwrap();
    let expected = "399 kamailio \"YTX_TOO_MANY_REQUESTS: ";
    assert!(warning.starts_with(expected) && warning.ends_with('"'), "{warning}");
    assert_eq!(refusal.header("Retry-After"), Some("5"));
    // No lock was made, and being asked to come later is no answer.
    let said = Phone::of(CONFID).refused(503).run(kamailio.port);
    let refusal = said.iter().find(|message| message.status("INVITE") == Some(503)).unwrap();
    assert!(refusal.header("Warning").unwrap().starts_with(expected), "{refusal:?}");
    kamailio.wait_for_figure("rooms_invites_total{decision=\"failed closed\"}", 1.0);
    kamailio.stop();
}

/// What is refused is refused, whether it fails open or closed.
#[test]
fn an_account_that_is_wrong_lets_nobody_in() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let wrong = [("YTX_APPID", "no-conference-app"), ("YTX_FAIL", "open")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &wrong) else { return };
    let said = Phone::of(CONFID).refused(403).run(kamailio.port);
    let refusal = said.iter().find(|message| message.status("INVITE") == Some(403)).unwrap();
    assert!(refusal.header("Warning").unwrap().contains("YTX_APP_CHECK_FAILED"), "{refusal:?}");
    kamailio.wait_for_figure("rooms_invites_total{decision=\"refused\"}", 1.0);
    kamailio.stop();
}

#[test]
fn it_fails_closed_while_the_platform_is_down() {
    let bridge = Bridge::start();
    let nobody = format!("http://127.0.0.1:{}", support::desk::free_ports()[0]);
    let Some(mut kamailio) = Kamailio::start(&nobody, bridge.port, &[]) else { return };
    let said = Phone::of(CONFID).refused(500).run(kamailio.port);
    let refusal = said.iter().find(|message| message.status("INVITE") == Some(500)).unwrap();
    assert!(refusal.header("Warning").unwrap().contains("YTX_E_CONNECT"), "{refusal:?}");
    assert_eq!(bridge.count("INVITE"), 0);
    let line = kamailio.wait_for_log("YTX_E_CONNECT");
    assert!(line.contains("WARNING: ") && line.contains(&format!("room {CONFID} #")), "{line}");
    kamailio.wait_for_figure("rooms_invites_total{decision=\"failed closed\"}", 1.0);
    kamailio.stop();

    let silent = Server::start(|_| vec![Step::Stall]);
    let quick = [("YTX_TIMEOUT", "0.3")];
    let kamailio = Kamailio::start(&silent.url(), bridge.port, &quick).unwrap();
    Phone::of(CONFID).refused(504).run(kamailio.port);
    assert_eq!(bridge.count("INVITE"), 0);
    kamailio.stop();
}

#[test]
fn it_fails_open_while_the_platform_is_down() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let open = [("YTX_FAIL", "open")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &open) else { return };
    Phone::calling(CONFID).command('5', 200).hang_up().run(kamailio.port);
    drop(sandbox);
    Phone::calling("003").hang_up().run(kamailio.port);
    // What is known of a room without the platform goes on to hold.
    Phone::of(CONFID).refused(403).run(kamailio.port);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"failed open\"}", 1.0);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"locked\"}", 1.0);
    kamailio.stop();
}

#[test]
fn options_are_answered_while_the_platform_is_silent() {
    options_while_the_platform_is_silent(4 * WORKERS);
}

/// More callers wait than there are workers. Were one of them waiting with them, none would be left.
fn options_while_the_platform_is_silent(count: usize) {
    let (server, asked) = gated(Vec::new());
    let bridge = Bridge::start();
    let patient = [("YTX_TIMEOUT", "25")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &patient) else { return };
    let phones = Phone::calling("[call_number]").hang_up();
    let many = count.to_string();
    let phones = phones.start_many(kamailio.port, &["-m", &many, "-l", &many, "-r", "1000"]);
    for _ in 0..count {
        asked.recv_timeout(LIMIT).unwrap();
    }
    for _ in 0..100 {
        let answer = kamailio.options(LIMIT).unwrap();
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    }
    assert_eq!(bridge.count("INVITE"), 0, "the platform has answered nobody yet");
    let _answering = go(&server);
    phones.end();
    kamailio.stop();
}

#[test]
fn who_is_one_too_many_for_the_queue_fails_closed_at_once() {
    let (server, asked) = gated(Vec::new());
    let bridge = Bridge::start();
    let one = [("YTX_TIMEOUT", "25"), ("YTX_MAX_PENDING", "1")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &one) else { return };
    let phone = Phone::calling("002").hang_up().start(kamailio.port);
    asked.recv_timeout(LIMIT).unwrap();
    let said = Phone::of("003").refused(503).run(kamailio.port);
    let refusal = said.iter().find(|message| message.status("INVITE") == Some(503)).unwrap();
    assert!(refusal.header("Warning").unwrap().contains("YTX_E_BUSY"), "{refusal:?}");
    let _answering = go(&server);
    phone.end();
    kamailio.stop();
}

#[test]
fn who_hangs_up_before_the_answer_takes_no_seat() {
    let (server, _) = gated(Vec::new());
    let bridge = Bridge::start();
    let seats = [("YTX_SEATS", "1"), ("YTX_TIMEOUT", "25"), ("YTX_ARRIVAL", "3600")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &seats) else { return };
    Phone::of("002").invite().expect_trying().cancelled().run(kamailio.port);
    let _answering = go(&server);
    kamailio.wait_for_figure("ytx_requests_in_flight", 0.0);
    assert_eq!(bridge.count("INVITE"), 0);
    Phone::calling("002").hang_up().run(kamailio.port);
    kamailio.stop();
}

#[test]
fn figures_are_served() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &[]) else { return };
    Phone::calling(CONFID).hang_up().run(kamailio.port);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"let in\"}", 1.0);
    let answer = kamailio.get("/metrics");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for line in [
        "ytx_calls_total{status=\"0\",name=\"YTX_OK\"} 1",
        "ytx_call_seconds_bucket{le=\"+Inf\"} 1",
        "ytx_call_seconds_count 1",
        "ytx_queue_waiting 0",
    ] {
        assert!(answer.lines().any(|it| it == line), "{line} is not in\n{answer}");
    }
    assert!(kamailio.get("/other").starts_with("HTTP/1.1 404 "));
    kamailio.stop();
}

#[test]
fn what_is_not_understood_is_refused() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &[]) else { return };
    Phone::of(CONFID).subscribe("conference", 600).expect(405).run(kamailio.port);
    let answer = kamailio.ask("INVITE", LIMIT).unwrap();
    assert!(answer.starts_with("SIP/2.0 404 "), "{answer}");
    assert_eq!((sandbox.requests(), bridge.count("INVITE")), (0, 0));
    kamailio.stop();
}

/// In `.ci/full`, as all that follow.
#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn two_hundred_callers_at_once_all_come_in() {
    options_while_the_platform_is_silent(200);
}

/// The script changes while a caller waits for what the old one has asked.
#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn a_reload_leaves_calls_under_way_alone() {
    let (server, asked) = gated(Vec::new());
    let bridge = Bridge::start();
    let patient = [("YTX_TIMEOUT", "25")];
    let Some(mut kamailio) = Kamailio::start(&server.url(), bridge.port, &patient) else { return };
    let phone = Phone::calling("002").hang_up().start(kamailio.port);
    asked.recv_timeout(LIMIT).unwrap();
    kamailio.edit("rooms.py", "sl_send_reply(200, \"OK\")", "sl_send_reply(200, \"Reloaded\")");
    kamailio.command(&["app_python.reload"]);
    wait_for_every_worker(&kamailio, "Reloaded");
    let _answering = go(&server);
    phone.end();
    Phone::calling("003").hang_up().run(kamailio.port);

    // One that is broken is not taken, however often it is tried.
    kamailio.edit("rooms.py", "class Rooms:", "class Rooms");
    for _ in 0..3 {
        kamailio.command(&["app_python.reload"]);
        kamailio.wait_for_log("rooms.py does not load");
        wait_for_every_worker(&kamailio, "Reloaded");
    }
    Phone::calling("004").hang_up().run(kamailio.port);
    kamailio.edit("rooms.py", "class Rooms", "class Rooms:");
    kamailio.edit("rooms.py", "Reloaded", "Mended");
    kamailio.command(&["app_python.reload"]);
    wait_for_every_worker(&kamailio, "Mended");
    Phone::calling("005").hang_up().run(kamailio.port);
    kamailio.terminate();
    kamailio.end();
}

/// Each loads the script anew before one of its next requests: not while another runs Python.
fn wait_for_every_worker(kamailio: &Kamailio, phrase: &str) {
    let mut row = 0;
    while row < 25 * WORKERS {
        let answer = kamailio.options(LIMIT).unwrap();
        row = if answer.starts_with(&format!("SIP/2.0 200 {phrase}")) { row + 1 } else { 0 };
    }
}

/// Kamailio ends with any of its processes, and whoever looks after it starts it again.
#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn it_ends_with_a_worker_that_dies_and_starts_again() {
    let (server, asked) = gated(Vec::new());
    let bridge = Bridge::start();
    let patient = [("YTX_TIMEOUT", "25")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &patient) else { return };
    let phone = Phone::of("002").refused(503).start(kamailio.port);
    asked.recv_timeout(LIMIT).unwrap();
    signal("KILL", &kamailio.processes("udp receiver")[0].to_string());
    let said = phone.end();
    let refusal = said.iter().find(|message| message.status("INVITE") == Some(503)).unwrap();
    assert_eq!(refusal.header("Retry-After"), Some("5"));
    kamailio.end_of_a_failure();
    let _answering = go(&server);
    let kamailio = Kamailio::start(&server.url(), bridge.port, &patient).unwrap();
    Phone::calling("002").hang_up().run(kamailio.port);
    kamailio.stop();
}

/// Its workers are gone by then: the process with the queue answers.
#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn who_waits_at_the_end_is_answered() {
    let server = Server::start(|request| match (request.key(), request.earlier) {
        ("go", _) => echo(request),
        (CONFID, 0) => room(&[]),
        _ => [vec![Step::Await("go".to_owned())], echo(request)].concat(),
    });
    let bridge = Bridge::start();
    let patient = [("YTX_TIMEOUT", "25")];
    let Some(kamailio) = Kamailio::start(&server.url(), bridge.port, &patient) else { return };
    let host = Phone::calling(CONFID).command('5', 200).start(kamailio.port);
    let caller = Phone::of("003").refused(503).start(kamailio.port);
    kamailio.wait_for_figure("rooms_waiting", 2.0);
    kamailio.terminate();
    caller.end();
    assert_eq!(bridge.count("INVITE"), 1, "the host's alone");
    let _answering = go(&server);
    host.end();
    let log = kamailio.end();
    assert!(!log.contains("Traceback"), "{log}");
}

#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn a_queue_that_hangs_fails_closed_or_open() {
    for (fail, phone) in
        [("closed", Phone::of(CONFID).refused(504)), ("open", Phone::calling(CONFID).hang_up())]
    {
        let (sandbox, bridge) = (sandbox(), Bridge::start());
        let quick = [("YTX_TIMEOUT", "0.2"), ("YTX_FAIL", fail)];
        let Some(mut kamailio) = Kamailio::start(sandbox.url(), bridge.port, &quick) else {
            return;
        };
        let owner = kamailio.processes("RTIMER EXEC")[0].to_string();
        signal("STOP", &owner);
        phone.run(kamailio.port);
        kamailio.wait_for_log("no answer for INVITE");
        signal("CONT", &owner);
        Phone::calling(CONFID).hang_up().run(kamailio.port);
        kamailio.terminate();
        kamailio.end();
    }
}

#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn prometheus_finds_no_fault_with_the_figures() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    if !cc::have(&["promtool"]) {
        return;
    }
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &[]) else { return };
    sandbox.inject(Fault::Throttle, Count::Next(1));
    Phone::of(CONFID).refused(503).run(kamailio.port);
    kamailio.wait_for_figure("rooms_invites_total{decision=\"failed closed\"}", 1.0);
    prometheus::check(&kamailio.get("/metrics"));
    kamailio.stop();
}

/// Memory of the process with the queue, memory that all share, and descriptors.
#[test]
#[ignore = "Kamailio's part of .ci/full"]
fn a_thousand_calls_leave_nothing_behind() {
    let (sandbox, bridge) = (sandbox(), Bridge::start());
    let many = [("YTX_SEATS", "1000000")];
    let Some(kamailio) = Kamailio::start(sandbox.url(), bridge.port, &many) else { return };
    let owner = kamailio.processes("RTIMER EXEC")[0];
    let calls = |count: &str| {
        let phone = Phone::calling(CONFID).command('5', 200).command('6', 200).hang_up();
        phone.start_many(kamailio.port, &["-m", count, "-l", "1", "-r", "1000"]).end();
    };
    calls("1000"); // until then it grows, as any program does
    let before = (kamailio.shared_memory(), memory(owner), descriptors(owner));
    calls("1000");
    let after = (kamailio.shared_memory(), memory(owner), descriptors(owner));
    println!("shared memory, memory in KB, descriptors: {before:?}, then {after:?}");
    assert!(after.0 <= before.0 + 20_000, "{before:?} {after:?}");
    assert!(after.1 <= before.1 + 1000, "{before:?} {after:?}");
    assert_eq!(after.2, before.2);
    kamailio.stop();
}

/// In KB, of a process.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn descriptors(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

/// A platform that tells of each request, and answers none before `go`. These are in every room.
fn gated(members: Vec<Value>) -> (Server, Receiver<()>) {
    let (sender, asked) = mpsc::channel();
    let server = Server::start(move |request| {
        if request.key() == "go" {
            return echo(request);
        }
        let _ = sender.send(()); // not every test listens
        [vec![Step::Await("go".to_owned())], room(&members)].concat()
    });
    (server, asked)
}

/// Lets the platform answer, while this lives.
fn go(server: &Server) -> TcpStream {
    let mut go = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    go.write_all(b"POST /go HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    go
}
