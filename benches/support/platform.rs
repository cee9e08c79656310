//! The platform that all are measured with, a process of its own: see `benches/peers/platform.c`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

pub struct Platform {
    process: Child,
    printed: BufReader<ChildStdout>,
    port: u16,
}

/// How long its answers take.
#[derive(Clone, Copy)]
pub enum Delay {
    None,
    Millis(u32),
    /// There is no answer.
    ForEver,
}

impl Platform {
    pub fn start(program: &Path, delay: Delay) -> Platform {
        let delay = match delay {
            Delay::None => "0".to_owned(),
            Delay::Millis(millis) => millis.to_string(),
            Delay::ForEver => "-1".to_owned(),
        };
        let mut command = Command::new(program);
        let mut process = command
            .arg(delay)
            .stdin(Stdio::piped()) // when that ends, the process does
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut printed = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut port = String::new();
        printed.read_line(&mut port).expect("a line");
        let port = port.trim().parse().expect("a port");
        Platform { process, printed, port }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it; how many requests have waited for their answer at once, at most.
    pub fn end(mut self) -> u64 {
        drop(self.process.stdin.take());
        let mut most = String::new();
        self.printed.read_to_string(&mut most).expect("text");
        self.process.wait().expect("its end");
        most.trim().parse().expect("a number")
    }
}
