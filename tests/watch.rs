//! `ytx watch` of `examples/c/ytx`: what it shows of the room's changes and of failures, on a
//! terminal and elsewhere, and how it ends.
#![cfg(target_os = "linux")]

mod support;

use std::borrow::Cow;
use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use ytx_sandbox::CONFID;

use support::room::{
    HOSTILE, command, member, on_a_terminal, refusal, room, status, telling, under, ytx,
};
use support::server::Step;

/// Only ends what hangs. What has to be quicker is given more time than this to be slow in.
const LIMIT: Duration = Duration::from_secs(120);

/// A program that runs on, and what it has printed so far.
struct Running {
    child: Child,
    chunks: Receiver<Vec<u8>>,
    output: Vec<u8>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended already where the test went well
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts it with standard output and error in one pipe, in the order they are written.
    fn start(mut command: Command) -> Running {
        let (mut reader, writer) = io::pipe().unwrap();
        let child = command.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
        drop(command); // and with it our ends for writing
        let (sender, chunks) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let _ = sender.send(buffer[..count].to_vec()); // nobody listens any more
            }
        });
        Running { child, chunks, output: Vec::new() }
    }

    /// Takes what is printed next. False when nothing more will come.
    fn read(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        match self.chunks.recv_timeout(left) {
            Ok(chunk) => self.output.extend(chunk),
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{}", self.text()),
        }
        true
    }

    /// What there is of it so far may end within a character.
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.output)
    }

    fn wait_for(&mut self, part: &str) {
        let until = Instant::now() + LIMIT;
        while !self.text().contains(part) {
            assert!(self.read(until), "it ended before {part:?}: {}", self.text());
        }
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for its end, which is to come soon.
    fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + LIMIT;
        while self.read(until) {}
        (self.child.wait().unwrap(), self.text().into_owned())
    }
}

/// Waits until that many requests have been answered: what the last answer led to is printed.
fn wait_for_answers(asked: &Receiver<usize>, count: usize) {
    while asked.recv_timeout(LIMIT).unwrap() < count {}
}

/// The lines with the word TIME in place of each time.
fn untimed(output: &str) -> Vec<String> {
    const SHAPE: &str = "0000-00-00 00:00:00";
    let lines = output.lines().map(|line| {
        let shape = line.replace(|c: char| c.is_ascii_digit(), "0");
        match shape.find(SHAPE) {
            Some(at) => line[..at].to_owned() + "TIME" + &line[at + SHAPE.len()..],
            None => line.to_owned(),
        }
    });
    lines.collect()
}

#[test]
fn watch_prints_what_changes_and_nothing_else() {
    let Some(ytx) = ytx() else { return };
    let [a, a_muted] = ["未静音", "已静音"].map(|mute| member("131****1314", "在线", mute));
    // Two whose phones look the same.
    let [b, c] = ["未静音", "已静音"].map(|mute| member("189****5326", "在线", mute));
    let [d, d_gone] = ["在线", "不在线"].map(|status| member("138****0001", status, "在路上"));
    let (server, _) = telling(vec![
        room(&[]), // to the first look, which tells of failures only
        room(&[a.clone(), b.clone(), c.clone()]),
        room(&[a.clone(), b.clone(), c.clone()]),
        room(&[c.clone(), b, a]),
        room(&[a_muted.clone(), c.clone(), d]),
        room(&[a_muted, c, d_gone]),
        room(&[]),
    ]);
    let mut watch = Running::start(command(&ytx, &server.url(), "watch 002 --interval 1"));
    watch.wait_for("131****1314  left\n");
    watch.signal("TERM");
    let (status, output) = watch.end();
    assert_eq!(status.signal(), Some(15));
    let expected = [
        "TIME  131****1314  is here  在线 online  未静音 not muted",
        "TIME  189****5326  is here  在线 online  已静音 muted",
        "TIME  189****5326  is here  在线 online  未静音 not muted",
        "TIME  189****5326  left",
        "TIME  138****0001  came  在线 online  在路上",
        "TIME  131****1314  已静音 muted",
        "TIME  138****0001  left",
        "TIME  131****1314  left",
        "TIME  189****5326  left",
    ];
    assert_eq!(untimed(&output), expected);
    assert!(server.seen(CONFID).len() >= 7);
    assert_eq!(server.connections(), 1);
}

#[test]
fn watch_outlives_failures_and_ends_at_a_refusal() {
    let Some(ytx) = ytx() else { return };
    let cut =
        vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into()), Step::Close];
    let (server, _) = telling(vec![
        refusal("-104", "请求频率过高"), // shown at once, since it is the first
        room(&[member("139****2468", "不在线", "未静音")]),
        cut,
        room(&[]),
        status(503),
        status(503),
        status(503), // lost
        room(&[member("131****1314", "在线", "未静音")]),
        refusal("-205", "应用验证失败"),
    ]);
    let (status, output) =
        Running::start(command(&ytx, &server.url(), "watch 002 --interval 1")).end();
    assert_eq!(status.code(), Some(1), "{output}");
    let lines = untimed(&output);
    let expected = [
        "ytx: YTX_TOO_MANY_REQUESTS (-104): 请求频率过高",
        "ytx: ",
        "ytx: TIME  asking again",
        "ytx: TIME  answered again",
        "TIME  nobody is here",
        "ytx: YTX_E_HTTP (1007): ",
        "ytx: ",
        "ytx: TIME  asking again",
        "ytx: TIME  answered again",
        "TIME  131****1314  came  在线 online  未静音 not muted",
        "ytx: YTX_APP_CHECK_FAILED (-205): 应用验证失败",
        "ytx: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{output}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line} and not {expected}");
    }
    assert_eq!(server.seen(CONFID).len(), 9);
}

#[test]
fn watch_ends_at_once_at_what_is_wrong_from_the_start() {
    let Some(ytx) = ytx() else { return };
    for (reply, code, said) in [
        (refusal("-205", "应用验证失败"), 1, "ytx: YTX_APP_CHECK_FAILED (-205): 应用验证失败\n"),
        (status(404), 4, "ytx: YTX_E_HTTP (1007): "),
        (refusal("0", "提交成功"), 4, "ytx: the answer holds no list of members\n"),
    ] {
        let (server, _) = telling(vec![reply]);
        let (status, output) = Running::start(command(&ytx, &server.url(), "watch 002")).end();
        assert_eq!(status.code(), Some(code), "{output}");
        assert!(output.starts_with(said), "{output}");
        assert_eq!(server.seen(CONFID).len(), 1);
    }
}

#[test]
fn ctrl_c_ends_a_call_and_a_pause_at_once() {
    let Some(ytx) = ytx() else { return };
    for answers in 0..2 {
        let mut replies = vec![room(&[]); answers];
        replies.push(vec![Step::Stall]);
        let (server, asked) = telling(replies);
        let watch = Running::start(command(&ytx, &server.url(), "watch 002 --timeout 3600"));
        wait_for_answers(&asked, answers);
        watch.signal("INT");
        assert_eq!(watch.end().0.signal(), Some(2));
    }

    let (server, _) = telling(vec![room(&[])]);
    let mut watch = Running::start(command(&ytx, &server.url(), "watch 002 --interval 3600"));
    watch.wait_for("nobody is here");
    watch.signal("INT");
    assert_eq!(watch.end().0.signal(), Some(2));
}

#[test]
fn a_signal_that_is_ignored_stays_so() {
    let Some(ytx) = ytx() else { return };
    let (server, asked) = telling(vec![room(&[]), room(&[]), refusal("-205", "")]);
    let watch = command(&ytx, &server.url(), "watch 002 --interval 1");
    let nohup = ["sh", "-c", r#"trap "" HUP; exec "$@""#, "sh"];
    let watch = Running::start(under(&nohup, &watch));
    wait_for_answers(&asked, 0);
    watch.signal("HUP");
    assert_eq!(watch.end().0.code(), Some(1), "it goes on until the refusal");
}

/// What a terminal shows each time before something is erased, and in the end. It knows as many
/// commands as that takes.
fn pictures(output: &str) -> Vec<Vec<String>> {
    let mut pictures = Vec::new();
    let mut lines = vec![String::new()];
    let (mut row, mut rest) = (0, output);
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\n' => row += 1,
            '\r' => {} // the column is that of the line's end, or a command follows
            '\u{1b}' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                match (&rest[..end], &rest[end..=end]) {
                    (up, "A") => {
                        pictures.push(lines.clone());
                        row -= up[1..].parse::<usize>().unwrap();
                    }
                    ("[", "J") => lines.truncate(row),
                    other => panic!("{other:?} is not known"),
                }
                rest = &rest[end + 1..];
            }
            _ => lines[row].push(character),
        }
        lines.resize(lines.len().max(row + 1), String::new());
    }
    pictures.push(lines);
    pictures
}

#[test]
fn on_a_terminal_the_table_is_redrawn_in_place() {
    let Some(ytx) = ytx() else { return };
    let [a, a_muted] = ["未静音", "已静音"].map(|mute| member("131****1314", "在线", mute));
    let many: Vec<_> = (1..=7).map(|n| member(&n.to_string(), "在线", HOSTILE)).collect();
    let (server, asked) = telling(vec![
        room(&[]), // to the first look
        room(std::slice::from_ref(&a)),
        room(std::slice::from_ref(&a)),
        room(&[a_muted]),
        status(503),
        status(503),
        status(503),
        room(&many),
        room(&many[..1]),
        room(&many[..1]),
    ]);
    let watch = command(&ytx, &server.url(), "watch 002 --interval 1");
    let Some(watch) = on_a_terminal(&watch, 6, 33) else { return };
    let mut watch = Running::start(watch);
    let mut keyboard = watch.child.stdin.take().unwrap();

    wait_for_answers(&asked, 9);
    keyboard.write_all(b"\x03").unwrap();
    let (status, output) = watch.end();
    assert_eq!(status.code(), Some(130), "as script says it of a signal");

    let pictures = pictures(&output);
    assert_eq!(pictures.len(), 5, "nothing is drawn for an answer like the one before: {output:?}");
    let row = "131****1314  在线 online  未静音";
    assert_eq!(
        pictures[0],
        ["phone        status       mute", row, ""],
        "cut at the window's edge"
    );

    let shown: Vec<_> = pictures.iter().map(|lines| untimed(&lines.join("\n"))).collect();
    let [header, row] = ["phone        status       mute", "131****1314  在线 online  已静音"];
    assert_eq!(shown[1], ["TIME  131****1314  已静音 muted", header, row]);
    // The message takes the table's place, and the table goes on below it.
    assert!(shown[2][1].starts_with("ytx: YTX_E_HTTP (1007): "), "{shown:?}");
    assert_eq!(shown[2][3..], ["ytx: TIME  asking again", header, row]);

    let header = "phone  status       mute";
    let tall = shown[3].iter().position(|line| line == header).unwrap();
    let table = shown[3][tall..].iter().map(|line| &line[..1]);
    assert_eq!(table.collect::<String>(), "p123.", "five lines, and one for the cursor");

    let lines = &shown[4];
    let end = ["TIME  7  left", header, "1      在线 online  1?[2J3?1?2?3", "^C"];
    assert_eq!(lines[lines.len() - 4..], end);
    assert_eq!(lines.iter().filter(|line| *line == header).count(), 1);
    assert!(output.ends_with("^C\r\n"), "what comes next begins a line of its own: {output:?}");
}
