//! Prometheus itself, which asks a program under test for its figures.

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::cc::Folder;
use super::desk::free_ports;

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
