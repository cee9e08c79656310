//! `examples/freeswitch`: the script for FreeSWITCH's event socket, against a stand-in of the test's
//! own. FreeSWITCH itself is not to be had here, so this shows that the script keeps to the protocol
//! as it is documented, and no more.
#![cfg(target_os = "linux")]

mod support;

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::{Child, Stdio};
use std::time::Duration;

use ytx_sandbox::{CONFID, Config, Sandbox};

use support::account;
use support::cc::{self, Folder, Program};
use support::room;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// The script, and the socket as FreeSWITCH has it.
struct Script {
    child: Child,
    stream: BufReader<TcpStream>,
    _folder: Folder,
    _ytx: Program,
}

impl Script {
    /// Answers what every such connection begins with.
    fn start(url: &str) -> Option<Script> {
        if !cc::have(&["python3"]) {
            return None;
        }
        let ytx = room::ytx()?;
        let folder = Folder::new("esl");
        symlink(&ytx.path, folder.path().join("ytx")).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let script = cc::root().join("examples/freeswitch/ytx_esl.py");
        let mut command = cc::command(&["python3".to_owned(), script.display().to_string()]);
        command.args([listener.local_addr().unwrap().to_string(), "secret".to_owned()]);
        let search = format!("{}:{}", folder.path().display(), env::var("PATH").unwrap());
        command.envs(account::environment(url)).env("PATH", search).stdin(Stdio::null());
        let child = command.spawn().unwrap();
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut script =
            Script { child, stream: BufReader::new(stream), _folder: folder, _ytx: ytx };
        script.say("Content-Type: auth/request\n\n");
        assert_eq!(script.hear(), "auth secret");
        script.say("Content-Type: command/reply\nReply-Text: +OK accepted\n\n");
        assert_eq!(script.hear(), "event plain DTMF CHANNEL_DESTROY");
        script.say("Content-Type: command/reply\nReply-Text: +OK event listener enabled plain\n\n");
        Some(script)
    }

    fn say(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// The next command.
    fn hear(&mut self) -> String {
        let mut text = String::new();
        while !text.ends_with("\n\n") {
            assert!(self.stream.read_line(&mut text).is_ok_and(|it| it > 0), "{text:?}");
        }
        text.trim_end().to_owned()
    }

    fn event(&mut self, name: &str, channel: &str, rest: &str) {
        let body = format!("Event-Name: {name}\nUnique-ID: {channel}\n{rest}\n\n");
        let length = body.len();
        self.say(&format!("Content-Length: {length}\nContent-Type: text/event-plain\n\n{body}"));
    }

    /// A key, as it stands in an event: FreeSWITCH escapes as URLs do.
    fn press(&mut self, channel: &str, room: &str, key: &str) {
        let rest = format!("DTMF-Digit: {key}\nDTMF-Duration: 2000\nvariable_ytx_room: {room}");
        self.event("DTMF", channel, &rest);
    }

    /// What it sets of a channel, code and text.
    fn outcome(&mut self, channel: &str) -> [String; 2] {
        ["ytx_code", "ytx_text"].map(|name| {
            let command = self.hear();
            let start = format!("bgapi uuid_setvar {channel} {name} ");
            self.say("Content-Type: command/reply\nReply-Text: +OK Job-UUID: 1\n\n");
            command.strip_prefix(&start).unwrap_or_else(|| panic!("{command}")).to_owned()
        })
    }

    /// FreeSWITCH goes, and so does the script.
    fn end(mut self) {
        self.stream.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
    }
}

#[test]
fn keys_lock_and_unlock_the_room_of_their_channel() {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let Some(mut script) = Script::start(sandbox.url()) else { return };
    script.press("a", CONFID, "%2A");
    script.press("b", CONFID, "6"); // without a star
    script.press("a", CONFID, "5");
    assert_eq!(script.outcome("a"), ["0", "Room 002 is locked."]);
    assert_eq!(sandbox.is_locked(CONFID), Some(true));
    script.press("a", CONFID, "%2A");
    script.press("a", CONFID, "6");
    assert_eq!(script.outcome("a"), ["0", "Room 002 is unlocked."]);
    assert_eq!(sandbox.is_locked(CONFID), Some(false));
    // A channel in no room, one that is gone between its keys, and two keys of two channels.
    script.press("c", "", "%2A");
    script.press("c", "", "5");
    script.press("d", CONFID, "%2A");
    script.event("CHANNEL_DESTROY", "d", "Hangup-Cause: NORMAL_CLEARING");
    script.press("d", CONFID, "5");
    script.press("e", CONFID, "%2A");
    script.press("f", CONFID, "5");
    // What is refused is told, on one line and without what FreeSWITCH would expand.
    script.press("g", "9%20%24%7Bx%7D", "%2A");
    script.press("g", "9%20%24%7Bx%7D", "5");
    let [code, text] = script.outcome("g");
    assert_ne!(code, "0");
    assert!(!text.is_empty() && !text.contains('$'), "{text}");
    assert_eq!(sandbox.requests(), 3);
    script.end();
}
