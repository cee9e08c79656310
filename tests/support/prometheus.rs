//! Figures for Prometheus: asked for as it does, looked at by promtool, and by Prometheus itself.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::cc::{self, Folder};
use super::desk::free_ports;

/// No program takes so long to answer.
const LIMIT: Duration = Duration::from_secs(60);

/// What a program under test answers there.
pub fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: figures\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The value of a figure.
pub fn value(figures: &str, name: &str) -> Option<f64> {
    let mut values = figures.lines().filter_map(|line| line.strip_prefix(name));
    values.find_map(|rest| rest.strip_prefix(' ')?.parse().ok())
}

/// promtool finds nothing wrong with an answer of `/metrics`.
pub fn check(answer: &str) {
    let figures = cc::scratch("figures");
    fs::write(&figures, answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(fs::File::open(&figures).unwrap());
    assert_eq!(cc::succeed(promtool), "");
    fs::remove_file(figures).unwrap();
}

pub struct Prometheus {
    child: Child,
    port: u16,
    _folder: Folder, // for as long as it runs
}

impl Prometheus {
    /// It asks `http://127.0.0.1:PORT/metrics` every second.
    pub fn start(metrics: u16) -> Prometheus {
        let folder = Folder::new("prometheus");
        let [port, _] = free_ports();
        let settings = folder.path().join("prometheus.yml");
        let text = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: desk\n    \
             static_configs:\n      - targets: ['127.0.0.1:{metrics}']\n"
        );
        fs::write(&settings, text).unwrap();
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", settings.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Prometheus { child, port, _folder: folder }
    }

    /// The first value that a query finds now; `None` where it finds none, and while it starts.
    pub fn value(&self, query: &str) -> Option<f64> {
        let address = format!("http://127.0.0.1:{}/api/v1/query", self.port);
        let mut curl = Command::new("curl");
        curl.args(["-s", "--noproxy", "*", "-G", &address, "--data-urlencode"]);
        let output = curl.arg(format!("query={query}")).output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
        assert_ne!(answer["status"], "error", "{query}: {answer}");
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill(); // all it knows is in its folder
        let _ = self.child.wait();
    }
}
