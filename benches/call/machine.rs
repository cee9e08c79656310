//! What the figures were measured on and with.

use std::fs;
use std::process::Command;

use super::support::build::succeed;

/// One sentence for the README.
pub fn sentence() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").expect("Linux");
    let models: Vec<_> = cpus
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").expect("Linux");
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    let rust = said("rustc", &["--version"]);
    let rust = rust.split(' ').nth(1).unwrap_or_default();
    let go = said("go", &["version"]);
    let go = go.split(' ').nth(2).unwrap_or_default();
    let python =
        "import platform, requests; print(platform.python_version(), requests.__version__)";
    let python = said("python3", &["-c", python]);
    let (python, requests) = python.split_once(' ').unwrap_or_default();
    let [curl, jansson, openssl] = ["libcurl", "jansson", "openssl"]
        .map(|library| said("pkg-config", &["--modversion", library]));
    format!(
        "{} ({} cores), Linux {kernel}, rustc {rust}, libytx {}, libcurl {curl}, jansson {jansson}, \
         OpenSSL {openssl}, {go}, Python {python} with requests {requests}, on {}",
        models.first().unwrap_or(&"unknown"),
        models.len(),
        env!("CARGO_PKG_VERSION"),
        said("date", &["-u", "+%F"]),
    )
}

fn said(program: &str, arguments: &[&str]) -> String {
    succeed(Command::new(program).args(arguments)).trim().to_owned()
}
