//! The examples that read the members of a room: how they are built and run, and the rooms that a
//! server shows them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use serde_json::{Value, json};
use ytx_sandbox::CONFID;

use super::account;
use super::cc::{self, C, Program};
use super::server::{self, Reply, Request, Server, Step};

/// `None` when there is no compiler.
pub fn members() -> Option<Program> {
    Some(Program::build(C.compiler()?, &[cc::root().join("examples/c/members.c")]))
}

/// `None` when there is no compiler.
pub fn ytx() -> Option<Program> {
    ytx_with(&[])
}

/// The same with more sources.
pub fn ytx_with(more: &[PathBuf]) -> Option<Program> {
    let files = fs::read_dir(cc::root().join("examples/c/ytx")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let sources = files.filter(|path| path.extension().is_some_and(|kind| kind == "c"));
    let sources: Vec<PathBuf> = sources.chain(more.iter().cloned()).collect();
    Some(Program::build(C.compiler()?, &sources))
}

pub fn command(program: &Program, url: &str, arguments: &str) -> Command {
    let mut command = program.command();
    command.envs(account::environment(url)).envs([("LC_ALL", "C.UTF-8"), ("TERM", "xterm")]);
    command.args(arguments.split_whitespace()).stdin(Stdio::null());
    command
}

/// Runs a command to its end: its code, and what is on its standard output and error.
pub fn ended(command: &Command) -> (i32, String, String) {
    let output = under(&["timeout", "120"], command).output().unwrap(); // only ends what hangs
    let [out, error] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, error)
}

/// The same command as the last words of another one.
pub fn under(outer: &[&str], command: &Command) -> Command {
    let mut under = Command::new(outer[0]);
    under.args(&outer[1..]).arg(command.get_program()).args(command.get_args());
    give_environment(command, &mut under);
    under.stdin(Stdio::null());
    under
}

fn give_environment(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}

/// The same command on a terminal of this size; what is typed goes to its standard input. `None`
/// when there is no `script`.
pub fn on_a_terminal(command: &Command, rows: usize, columns: usize) -> Option<Command> {
    if !cc::have(&["script"]) {
        return None;
    }
    let mut line = format!("stty rows {rows} cols {columns}; exec");
    for word in [command.get_program()].into_iter().chain(command.get_args()) {
        line += &format!(" '{}'", word.to_str().unwrap());
    }
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    give_environment(command, &mut script);
    script.env("SHELL", "/bin/sh").stdin(Stdio::piped());
    Some(script)
}

pub fn member(phone: &str, status: &str, mute: &str) -> Value {
    json!({ "meid": CONFID, "phone": phone, "statusname": status, "ifmutename": mute })
}

pub fn room(members: &[Value]) -> Reply {
    server::json(json!({ "statusCode": "0", "statusMsg": members }).to_string())
}

pub fn refusal(code: &str, text: &str) -> Reply {
    server::json(json!({ "statusCode": code, "statusMsg": text }).to_string())
}

pub fn status(status: u16) -> Reply {
    vec![Step::Send(server::http(status, &[], b"<html>"))]
}

/// A server that answers each request for the room with the next of these, and then with the last;
/// and what tells of each request, counted from 0.
pub fn telling(replies: Vec<Reply>) -> (Server, Receiver<usize>) {
    let (sender, asked) = mpsc::channel();
    let server = Server::start(move |request: &Request| {
        let _ = sender.send(request.earlier); // not every test listens
        replies[request.earlier.min(replies.len() - 1)].clone()
    });
    (server, asked)
}

/// The commands to a terminal that a text may hold: ESC, CSI in one character, a change of
/// direction, DEL, and a new line.
pub const HOSTILE: &str = "1\u{1b}[2J3\u{9b}1\u{202e}2\u{7f}3\n4";
