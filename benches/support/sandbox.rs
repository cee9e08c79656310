//! The sandbox as its users have it, a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::build::{cargo, succeed, target};

pub struct Sandbox {
    process: Child,
    url: String,
}

impl Sandbox {
    /// Builds it and starts it; its answers come so many milliseconds later.
    pub fn start(delay: u32) -> Sandbox {
        let target = target().join("shipped");
        let mut cargo = cargo();
        cargo.args(["build", "--release", "--quiet", "-p", "ytx-sandbox", "--target-dir"]);
        succeed(cargo.arg(&target));
        let mut command = Command::new(target.join("release/ytx-sandbox"));
        command.args(["--listen", "127.0.0.1:0", "--quiet", "--delay", &delay.to_string()]);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a process");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let url = lines.map_while(Result::ok).find_map(|line| {
            let at = line.find("http://127.0.0.1:")?;
            line[at..].split_whitespace().next().map(|url| url.trim_end_matches('.').to_owned())
        });
        Sandbox { process, url: url.expect("it says where it is") }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
