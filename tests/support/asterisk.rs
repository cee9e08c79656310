//! A real Asterisk, Debian 11's, unpacked aside by `.ci/full asterisk`: with `examples/asterisk`
//! built against its headers, and driven by its command line and by AMI.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN};

use super::account;
use super::cc::{self, C, Folder};
use super::desk::free_ports;
use super::prometheus;

/// Only ends what hangs: valgrind needs a minute to start it.
const LIMIT: Duration = Duration::from_secs(300);

/// What of Asterisk is loaded.
const MODULES: [&str; 8] = [
    "pbx_config",
    "app_verbose",
    "app_userevent",
    "app_system",
    "app_stack",
    "res_speech",
    "res_agi",
    "res_clioriginate",
];

pub struct Asterisk {
    child: Child,
    root: PathBuf,
    folder: Folder,
    ami: u16,
    log: Receiver<String>,
}

/// Where `.ci/full asterisk` has unpacked it; `None` when this is not that.
fn root() -> Option<PathBuf> {
    let root = env::var_os("YTX_TEST_ASTERISK").map(PathBuf::from);
    if root.is_none() {
        cc::skip("Asterisk (YTX_TEST_ASTERISK)");
    }
    root
}

/// By its own Makefile.
fn build(root: &Path, out: &Path) {
    let compiler = C.compiler().unwrap();
    let description = cc::description_of_library(out);
    let mut make = Command::new("make");
    make.arg("-C").arg(cc::root().join("examples/asterisk"));
    make.arg(format!("OUT={}", out.display()));
    make.arg(format!("ASTERISK={}", root.join("usr/include").display()));
    make.arg(format!("CC={}", compiler.get_program().to_str().unwrap()));
    make.arg("CFLAGS=-O2 -g -Wall -Wextra -Wno-unused-parameter -Werror");
    make.env("PKG_CONFIG_PATH", description.parent().unwrap());
    cc::succeed(make);
}

impl Asterisk {
    /// With the module loaded, the account in ytx.conf, and this dialplan.
    pub fn start(url: &str, settings: &str, dialplan: &str) -> Option<Asterisk> {
        Asterisk::start_under(&[], url, settings, dialplan)
    }

    /// The same under another program, such as valgrind.
    pub fn start_under(
        runner: &[&str],
        url: &str,
        settings: &str,
        dialplan: &str,
    ) -> Option<Asterisk> {
        let root = root()?;
        let folder = Folder::new("asterisk");
        let [ami, _] = free_ports();
        let path = folder.path();
        for name in ["modules", "agi"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        build(&root, &path.join("modules"));
        for name in MODULES {
            let module = root.join("usr/lib/asterisk/modules").join(name).with_extension("so");
            symlink(&module, path.join("modules").join(module.file_name().unwrap())).unwrap();
        }
        symlink(cc::root().join("examples/asterisk/ytx.agi"), path.join("agi/ytx.agi")).unwrap();
        write_settings(path, &root, ami, dialplan);
        let program = root.join("usr/sbin/asterisk").display().to_string();
        let line: Vec<_> = runner.iter().map(|&it| it.to_owned()).chain([program]).collect();
        let mut command = cc::command(&line);
        command.args(["-f", "-n", "-C"]).arg(path.join("asterisk.conf"));
        command.env("LD_LIBRARY_PATH", root.join("aside")).envs(account::environment(url));
        let search = format!("{}:{}", path.display(), env::var("PATH").unwrap());
        command.env("PATH", search); // a test may put the command `ytx` there
        let (reader, writer) = std::io::pipe().unwrap();
        command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = command.spawn().unwrap();
        drop(command); // and with it our ends for writing
        let log = lines(BufReader::new(reader));
        let asterisk = Asterisk { child, root, folder, ami, log };
        asterisk.configure(url, settings);
        asterisk.wait_for_line("Asterisk Ready.");
        Some(asterisk)
    }

    /// Writes ytx.conf: the sandbox's account, and these lines.
    pub fn configure(&self, url: &str, settings: &str) {
        let mut text = format!(
            "[general]\naccount_sid = {ACCOUNT_SID}\nauth_token = {AUTH_TOKEN}\nappid = {APPID}\n"
        );
        text += &format!("base_url = {url}\n{settings}\n");
        fs::write(self.folder.path().join("ytx.conf"), text).unwrap();
    }

    /// Its folder, the first one where it looks for programs.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What a command of its command line prints.
    pub fn cli(&self, command: &str) -> String {
        let mut asterisk = Command::new(self.root.join("usr/sbin/asterisk"));
        asterisk.env("LD_LIBRARY_PATH", self.root.join("aside"));
        asterisk.args(["-n", "-C"]).arg(self.folder.path().join("asterisk.conf"));
        asterisk.args(["-rx", command]);
        cc::succeed(asterisk)
    }

    /// The value of one of the module's figures.
    pub fn figure(&self, name: &str) -> f64 {
        let figures = self.cli("ytx show figures");
        prometheus::value(&figures, name)
            .unwrap_or_else(|| panic!("there is no {name} in\n{figures}"))
    }

    /// Waits for a line of its log.
    pub fn wait_for_line(&self, wanted: &str) -> String {
        let mut seen = Vec::new();
        loop {
            let Ok(line) = self.log.recv_timeout(LIMIT) else {
                panic!("no {wanted:?} in {seen:#?}");
            };
            if line.contains(wanted) {
                return line;
            }
            seen.push(line);
        }
    }

    /// A session that may do everything.
    pub fn ami(&self) -> Ami {
        let stream = TcpStream::connect(("127.0.0.1", self.ami)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut session = Ami { stream: BufReader::new(stream), seen: Vec::new() };
        let mut greeting = String::new();
        session.stream.read_line(&mut greeting).unwrap();
        let answer = session.ask("Login", &[("Username", "ytx"), ("Secret", "secret")]);
        assert_eq!(answer.get("Response"), Some("Success"), "{answer:?}");
        session
    }

    /// Ends it as its own command line does.
    pub fn stop(mut self) {
        self.cli("core stop now");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Asterisk {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
    }
}

fn write_settings(path: &Path, root: &Path, ami: u16, dialplan: &str) {
    let here = path.display();
    let mut folders = String::from("[directories]\n");
    for name in ["etc", "cache", "varlib", "db", "key", "spool", "run", "log"] {
        folders += &format!("ast{name}dir => {here}\n");
    }
    folders += &format!("astmoddir => {here}/modules\nastagidir => {here}/agi\n");
    folders += &format!("astdatadir => {}/usr/share/asterisk\n", root.display());
    let loaded = MODULES.iter().chain(&["res_ytx"]).map(|name| format!("load = {name}.so\n"));
    let modules: String =
        ["[modules]\nautoload = no\n".to_owned()].into_iter().chain(loaded).collect();
    let manager = format!(
        "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {ami}\n\
         [ytx]\nsecret = secret\nread = all\nwrite = all\n"
    );
    let logger = "[general]\n[logfiles]\nconsole => notice,warning,error\n".to_owned();
    for (name, text) in [
        ("asterisk", folders),
        ("modules", modules),
        ("manager", manager),
        ("logger", logger),
        ("extensions", dialplan.to_owned()),
    ] {
        fs::write(path.join(name).with_extension("conf"), text).unwrap();
    }
}

fn lines(reader: BufReader<std::io::PipeReader>) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in reader.split(b'\n').map_while(Result::ok) {
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned()); // nobody listens
        }
    });
    lines
}

/// A session of AMI.
pub struct Ami {
    stream: BufReader<TcpStream>,
    seen: Vec<Packet>,
}

/// What AMI says at a time: headers, some of them several times.
#[derive(Clone, Debug)]
pub struct Packet(pub Vec<(String, String)>);

impl Packet {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl Ami {
    pub fn send(&mut self, action: &str, headers: &[(&str, &str)]) {
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let text = format!("Action: {action}\r\n{headers}\r\n");
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Sends an action and waits for the response to it.
    pub fn ask(&mut self, action: &str, headers: &[(&str, &str)]) -> Packet {
        self.send(action, headers);
        self.wait_for(|packet| packet.get("Response").is_some())
    }

    pub fn event(&mut self, name: &str) -> Packet {
        self.wait_for(|packet| packet.get("Event") == Some(name))
    }

    /// Waits until something is said that is as wanted; what is not may be waited for later.
    pub fn wait_for(&mut self, wanted: impl Fn(&Packet) -> bool) -> Packet {
        if let Some(at) = self.seen.iter().position(&wanted) {
            return self.seen.remove(at);
        }
        loop {
            let packet = self.read();
            if wanted(&packet) {
                return packet;
            }
            self.seen.push(packet);
        }
    }

    fn read(&mut self) -> Packet {
        let mut packet = Packet(Vec::new());
        loop {
            let mut line = String::new();
            let read = self.stream.by_ref().read_line(&mut line);
            assert!(read.is_ok_and(|it| it > 0), "it was never said: {:#?}", self.seen);
            match line.trim_end().split_once(": ") {
                Some((name, value)) => packet.0.push((name.to_owned(), value.to_owned())),
                None if line.trim_end().is_empty() && !packet.0.is_empty() => return packet,
                None => {
                    packet
                        .0
                        .push((line.trim_end().trim_end_matches(':').to_owned(), String::new()));
                }
            }
        }
    }
}
