//! `examples/kamailio` in Debian's Kamailio: in the foreground, as whoever runs the tests, with a
//! folder and ports of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::account;
use super::cc::{self, Folder};
use super::desk::free_ports;
use super::prometheus;
use super::python_command;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// So many processes take SIP requests.
pub const WORKERS: usize = 4;

const MODULES: &str = "/usr/lib/x86_64-linux-gnu/kamailio/modules";

/// Whether there is one, with Python, and sipp to drive it.
pub fn is_there() -> bool {
    if !cc::have(&["kamailio", "kamcmd", "sipp"]) {
        return false;
    }
    let python = Path::new(MODULES).join("app_python3.so").is_file();
    if !python {
        cc::skip("kamailio-python3-modules");
    }
    python
}

/// One that runs, with the sandbox's account.
pub struct Kamailio {
    child: Child,
    pub port: u16,
    http: u16,
    /// What it has in memory and on disk, its script among it.
    folder: Folder,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Kamailio {
    /// With the account's variables and these, and a bridge at this port. `None` when it is missing.
    pub fn start(url: &str, bridge: u16, variables: &[(&str, &str)]) -> Option<Kamailio> {
        if !is_there() {
            return None;
        }
        let folder = Folder::new("kamailio");
        copy_scripts(folder.path());
        let [port, http] = free_ports();
        let python = Path::new("python3"); // its name is not used: Kamailio has its own inside
        let prepared = python_command::command(python, &cc::library(), folder.path());
        let mut command =
            cc::command(&[cc::words("YTX_TEST_RUNNER"), vec!["kamailio".into()]].concat());
        for (name, value) in prepared.get_envs() {
            command.env(name, value.unwrap());
        }
        command.envs(account::environment(url));
        command.env("YTX_LISTEN", format!("udp:127.0.0.1:{port}"));
        command.env("YTX_HTTP", format!("tcp:127.0.0.1:{http}"));
        command.env("YTX_WORKERS", WORKERS.to_string());
        command.env("YTX_SCRIPT", folder.path().join("load.py"));
        command.env("YTX_BRIDGE", format!("sip:127.0.0.1:{bridge}"));
        command.env("YTX_HOSTS", "002=phone").envs(variables.iter().copied());
        command.args(["-DD", "-E", "-m", "64", "-M", "8"]);
        command.arg("-f").arg(cc::root().join("examples/kamailio/kamailio.cfg"));
        command.arg("-Y").arg(folder.path()).arg("-w").arg(folder.path());
        // A group of its own: all of its processes end, even if the first one is killed.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let log = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let _ = sender.send(line); // nobody listens any more
            }
        });
        let mut kamailio = Kamailio { child, port, http, folder, lines, log: Vec::new() };
        kamailio.wait_until_it_answers();
        kamailio.wait_for_figure("rooms_waiting", 0.0); // the process with the queue comes last
        Some(kamailio)
    }

    fn wait_until_it_answers(&mut self) {
        let start = Instant::now();
        while self.options(Duration::from_millis(100)).is_none() {
            let ended = self.child.try_wait().unwrap();
            let up = start.elapsed() < LIMIT && ended.is_none();
            assert!(up, "{ended:?}\n{}", self.all_of_the_log());
        }
    }

    /// What it answers to OPTIONS of its own; `None` when no answer comes in time.
    pub fn options(&self, wait: Duration) -> Option<String> {
        self.ask("OPTIONS", wait)
    }

    /// The same for a request with this method, to nobody.
    pub fn ask(&self, method: &str, wait: Duration) -> Option<String> {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        socket.set_read_timeout(Some(wait)).unwrap();
        let (port, own) = (self.port, socket.local_addr().unwrap().port());
        let request = format!(
            "{method} sip:127.0.0.1:{port} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{own}\r\n\
             From: <sip:phone@127.0.0.1>;tag={own}\r\nTo: <sip:127.0.0.1:{port}>\r\n\
             Call-ID: {own}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(request.as_bytes(), ("127.0.0.1", port)).ok()?;
        let mut answer = [0; 2048];
        let length = socket.recv(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).into_owned())
    }

    /// What it answers to `GET`, head and all.
    pub fn get(&self, path: &str) -> String {
        prometheus::get(self.http, path)
    }

    /// Waits until one of its figures, which it renews every second, has this value.
    pub fn wait_for_figure(&self, name: &str, wanted: f64) {
        let start = Instant::now();
        loop {
            let figures = self.get("/metrics");
            let value = prometheus::value(&figures, name);
            if value == Some(wanted) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{name} is {value:?}, not {wanted}, in\n{figures}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What kamcmd prints.
    pub fn command(&self, words: &[&str]) -> String {
        let mut kamcmd = Command::new("kamcmd");
        let socket = self.folder.path().join("kamailio_ctl");
        kamcmd.arg("-s").arg(format!("unix:{}", socket.display())).args(words);
        cc::succeed(kamcmd)
    }

    /// The processes whose description begins so, by id.
    pub fn processes(&self, description: &str) -> Vec<u32> {
        let listed = self.command(&["core.psx"]);
        let mut found = Vec::new();
        let mut pid = 0;
        for line in listed.lines().map(str::trim) {
            if let Some(number) = line.strip_prefix("PID: ") {
                pid = number.parse().unwrap();
            } else if let Some(text) = line.strip_prefix("DSC: ")
                && text.starts_with(description)
            {
                found.push(pid);
            }
        }
        assert!(!found.is_empty(), "{listed}");
        found
    }

    /// A file of its own copy of the script.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Waits for a line of its log with these words.
    pub fn wait_for_log(&mut self, words: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(LIMIT) else {
                panic!("{words} was never logged: {}", self.log.join("\n"));
            };
            self.log.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    fn all_of_the_log(&mut self) -> String {
        self.log.extend(self.lines.try_iter());
        self.log.join("\n")
    }

    pub fn terminate(&self) {
        signal("TERM", &self.child.id().to_string());
    }

    /// The bytes that its processes share, once the last transactions are forgotten: it keeps them
    /// for a few seconds.
    pub fn shared_memory(&self) -> u64 {
        let start = Instant::now();
        while !self.command(&["tm.stats"]).contains("current: 0") {
            assert!(start.elapsed() < LIMIT, "{}", self.command(&["tm.stats"]));
            thread::sleep(Duration::from_millis(100));
        }
        let told = self.command(&["core.shmmem"]);
        let mut values = told.lines().filter_map(|line| line.trim().strip_prefix("used: "));
        values.next().unwrap().parse().unwrap()
    }

    /// Waits for its end, by a process of its own that was killed.
    pub fn end_of_a_failure(self) {
        let (status, log) = self.ended();
        assert!(!status.success() && log.contains("exited by a signal 9"), "{status}\n{log}");
    }

    /// Waits for its end, and returns its log.
    pub fn end(self) -> String {
        let (status, log) = self.ended();
        assert!(status.success(), "{status}\n{log}");
        log
    }

    fn ended(mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < LIMIT, "it does not end: {}", self.all_of_the_log());
            thread::sleep(Duration::from_millis(10));
        };
        // The log ends with the last of its processes.
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            self.log.push(line);
        }
        (status, self.all_of_the_log())
    }

    /// Ends it; it has had nothing to complain of.
    pub fn stop(self) {
        self.terminate();
        let log = self.end();
        // Its processes end in any order, and some miss the others.
        let (running, _) = log.split_once("Thank you for flying kamailio").unwrap();
        for word in ["ERROR:", "CRITICAL:", "ALERT:"] {
            assert!(!running.contains(word), "{log}");
        }
        assert!(!log.contains("Traceback"), "{log}");
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal("KILL", &format!("-{}", self.child.id())); // the test has failed
            let _ = self.child.wait();
        }
        if thread::panicking() {
            eprintln!("{}", self.all_of_the_log());
        }
    }
}

/// To a process, or to a group of them.
pub fn signal(name: &str, process: &str) {
    let kill = format!("kill -{name} {process}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

fn copy_scripts(folder: &Path) {
    for file in fs::read_dir(cc::root().join("examples/kamailio")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|it| it == "py") {
            fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
    }
}
