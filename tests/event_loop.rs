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

const LEGS: usize = 100;
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
        Switch::start_for(server, "account-1")
    }

    fn start_for(server: &Server, account: &str) -> Option<Switch> {
        let source = cc::root().join("examples/c/event_loop.c");
        let program = Program::build(C.compiler()?, &[source]);
        let mut command = program.command();
        command.envs([
            ("YTX_BASE_URL", server.url().as_str()),
            ("YTX_ACCOUNT_SID", account),
            ("YTX_AUTH_TOKEN", "token-1"),
            ("YTX_APPID", "app-1"),
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().try_for_each(|line| sender.send(line.unwrap())));
        let mut switch = Switch { input: child.stdin.take(), child, lines, _program: program };
        // Under valgrind the first call takes as long as its deadline.
        switch.event("lock 0 warm");
        switch.line();
        Some(switch)
    }

    /// In one piece: the program reads whole lines.
    fn event(&mut self, lines: &str) {
        self.input.as_ref().unwrap().write_all(format!("{lines}\n").as_bytes()).unwrap();
    }

    fn any_line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("the program says nothing")
    }

    /// The next line about a call, whatever its timer says before.
    fn line(&self) -> String {
        loop {
            let line = self.any_line();
            if !line.ends_with(" under way") {
                return line;
            }
        }
    }

    /// As many of these lines, in any order.
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
        let _ = self.child.wait();
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
    switch.event("lock 1 held1\nlock 2 held2");
    assert_eq!(switch.any_line(), "2 under way", "its timer");
    switch.event("lock 3 002");
    assert_eq!(switch.line(), "3: YTX_OK");
    switch.event("hangup 1");
    assert_eq!(switch.line(), "1: YTX_E_CANCELLED");
    assert_eq!(switch.line(), "2: YTX_E_TIMEOUT");
    switch.end();
}

#[test]
fn what_a_room_is_told_goes_out_in_order_and_its_deadline_counts_the_wait() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    switch.event("lock 1 held\nunlock 2 held\nlock 3 held\nhangup 3");
    assert_eq!(switch.line(), "3: YTX_E_CANCELLED");
    switch.event("lock 4 002");
    assert_eq!(switch.line(), "4: YTX_OK", "other rooms do not wait");
    assert_eq!(switch.line(), "1: YTX_E_TIMEOUT");
    let begun = Instant::now();
    assert_eq!(switch.line(), "2: YTX_E_TIMEOUT");
    assert!(begun.elapsed() < DEADLINE / 2, "{:?}", begun.elapsed());
    switch.event("unlock 5 release\nunlock 6 held");
    assert_eq!(switch.lines(2), ["5: YTX_OK", "6: YTX_OK"].map(str::to_owned).into());
    switch.end();
    let held = server.requests().into_iter().filter(|request| request.key() == "held");
    let is_lock = |body: Vec<u8>| String::from_utf8(body).unwrap().contains(r#""lackstate":"1""#);
    let wishes: Vec<_> = held.map(|request| is_lock(request.body)).collect();
    assert!(wishes.first() == Some(&true) && wishes.last() == Some(&false), "{wishes:?}");
    assert!(wishes.len() <= 3, "who hung up while it waited was heard of: {wishes:?}");
}

#[test]
fn all_are_cancelled_when_it_ends_at_once_and_none_is_lost() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    let lines: Vec<_> = (0..LEGS).map(|leg| format!("lock {leg} held{leg}")).collect();
    switch.event(&(lines.join("\n") + "\nquit"));
    let expected = (0..LEGS).map(|leg| format!("{leg}: YTX_E_CANCELLED"));
    assert_eq!(switch.lines(LEGS), expected.collect());
    switch.end();
}

#[test]
fn at_the_end_of_the_input_calls_finish() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    switch.event("lock 1 slow\nlock 2 002\nnonsense\nhangup 3");
    drop(switch.input.take());
    assert_eq!(switch.lines(2), ["1: YTX_OK", "2: YTX_OK"].map(str::to_owned).into());
    switch.end();
}

#[test]
fn a_call_that_is_not_accepted_is_told_at_once() {
    let server = server();
    let Some(mut switch) = Switch::start_for(&server, "no account") else { return };
    switch.event("lock 1 002");
    assert_eq!(switch.line(), "1: YTX_E_INVALID_HANDLE", "there is no client");
    switch.end();
    assert!(server.requests().is_empty());
}

/// A leg that is none, and words that are too long.
#[test]
fn no_line_does_harm() {
    let server = server();
    let Some(mut switch) = Switch::start(&server) else { return };
    let long = "x".repeat(500);
    switch.event(&format!("lock 1\nlock -1 002\nhangup 123456789\nlock 2 {long}\n\n{long}"));
    let line = switch.line();
    assert!(line.ends_with(": YTX_OK"), "{line}");
    drop(switch.input.take());
    while let Ok(line) = switch.lines.recv_timeout(LIMIT) {
        assert!(line.ends_with(": YTX_OK") || line.ends_with(" under way"), "{line}");
    }
    assert!(switch.child.wait().unwrap().success());
}
