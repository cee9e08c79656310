//! `examples/c/event_loop.c`: a loop that goes on while its calls wait, hang-ups and deadlines that
//! reach the call they concern, and an orderly end.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use support::behaviour::behave;
use support::cc::{self, C, Program};
use support::server::Server;

/// Far more than a line takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

const WORKERS: usize = 4;
const MOST: usize = 20;
const DEADLINE: Duration = Duration::from_secs(3);

/// The program, running, with our ends of its pipes.
struct Switch {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    _program: Program, // its file stays for as long
}

impl Switch {
    /// `None` when there is no compiler.
    fn start(server: &Server) -> Option<Switch> {
        let source = cc::root().join("examples/c/event_loop.c");
        let program = Program::build(C.compiler()?, &[source]);
        let mut command = program.command();
        command.envs([
            ("YTX_BASE_URL", server.url().as_str()),
            ("YTX_ACCOUNT_SID", "account-1"),
            ("YTX_AUTH_TOKEN", "token-1"),
            ("YTX_APPID", "app-1"),
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().try_for_each(|line| sender.send(line.unwrap())));
        Some(Switch { input: child.stdin.take(), child, lines, _program: program })
    }

    fn event(&mut self, line: &str) {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("the program says nothing")
    }

    /// As many lines, in any order.
    fn lines(&self, count: usize) -> HashSet<String> {
        (0..count).map(|_| self.line()).collect()
    }

    /// Closes its input and waits for its end, without another line.
    fn end(mut self) {
        drop(self.input.take());
        assert_eq!(self.lines.recv_timeout(LIMIT), Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
    }
}

fn server() -> Server {
    Server::start(behave)
}

/// The server holds "held…" back for ever.
#[test]
fn the_loop_goes_on_while_a_call_waits_and_a_hangup_ends_that_call_alone() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    switch.event("1 lock held1\n2 lock held2");
    switch.event("3 lock 002");
    assert_eq!(switch.line(), "3 002: YTX_OK");
    let begun = Instant::now();
    switch.event("1 hangup");
    assert_eq!(switch.line(), "1 held1: YTX_E_CANCELLED");
    assert!(begun.elapsed() < DEADLINE, "that was the deadline's doing");
    assert_eq!(switch.line(), "2 held2: YTX_E_TIMEOUT");
    switch.end();
}

/// Half of them get a worker when their time is up, or nearly.
#[test]
fn who_waits_too_long_for_a_worker_gets_no_more_time() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    for leg in 1..=2 * WORKERS {
        switch.event(&format!("{leg} lock held{leg}"));
    }
    let mut answers = switch.lines(WORKERS);
    let begun = Instant::now();
    answers.extend(switch.lines(WORKERS));
    assert!(begun.elapsed() < DEADLINE / 2, "{:?}", begun.elapsed());
    let expected = (1..=2 * WORKERS).map(|leg| format!("{leg} held{leg}: YTX_E_TIMEOUT"));
    assert_eq!(answers, expected.collect());
    switch.end();
}

/// Legs 1 to 3 begin a second before 4 and 5, of which 5 has to wait until they end.
#[test]
fn a_call_has_the_time_that_the_queue_has_left_it() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    for leg in 1..WORKERS {
        switch.event(&format!("{leg} lock held{leg}"));
    }
    for _ in 0..2 {
        switch.event("9 lock slow"); // half a second
        assert_eq!(switch.line(), "9 slow: YTX_OK");
    }
    switch.event("4 lock held4\n5 lock held5");
    let mut answers = switch.lines(WORKERS);
    let begun = Instant::now();
    answers.insert(switch.line());
    assert!(begun.elapsed() < DEADLINE / 2, "{:?}", begun.elapsed());
    let expected = (1..=5).map(|leg| format!("{leg} held{leg}: YTX_E_TIMEOUT"));
    assert_eq!(answers, expected.collect());
    switch.end();
}

#[test]
fn who_hangs_up_in_the_queue_is_not_heard_of_by_the_platform() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    for leg in 1..=WORKERS {
        switch.event(&format!("{leg} lock held{leg}"));
    }
    switch.event("9 lock 003\n9 hangup\n1 hangup");
    let expected = ["1 held1: YTX_E_CANCELLED", "9 003: YTX_E_CANCELLED"];
    assert_eq!(switch.lines(2), expected.map(str::to_owned).into());
    switch.event("quit");
    switch.lines(WORKERS - 1);
    switch.end();
    assert!(server.seen("003").is_empty());
}

#[test]
fn what_is_too_much_is_refused_at_once() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    for leg in 1..=MOST {
        switch.event(&format!("{leg} lock held{leg}"));
    }
    switch.event("99 lock 002");
    assert_eq!(switch.line(), "99 002: busy");
    switch.event("quit");
    let expected = (1..=MOST).map(|leg| format!("{leg} held{leg}: YTX_E_CANCELLED"));
    assert_eq!(switch.lines(MOST), expected.collect());
    switch.end();
}

#[test]
fn a_room_is_changed_by_one_call_at_a_time() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    switch.event("1 lock held\n2 unlock held");
    assert_eq!(switch.line(), "2 held: busy");
    switch.event("3 lock release");
    assert_eq!(switch.lines(2), ["1 held: YTX_OK", "3 release: YTX_OK"].map(str::to_owned).into());
    switch.event("2 unlock held");
    assert_eq!(switch.line(), "2 held: YTX_OK");
    switch.end();
}

#[test]
fn at_the_end_of_the_input_calls_finish() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    switch.event("1 lock slow\n2 lock 002\nnonsense");
    drop(switch.input.take());
    let expected = ["1 slow: YTX_OK", "2 002: YTX_OK", "what is \"nonsense\"?"];
    assert_eq!(switch.lines(3), expected.map(str::to_owned).into());
    switch.end();
}
