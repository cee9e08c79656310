//! What the figures were measured on and with.

use std::fs;
use std::process::Command;

use super::build::succeed;

/// The better part of a sentence for the pages; `tools` are those that not every benchmark needs.
pub fn sentence(tools: &[String]) -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").expect("Linux");
    let models: Vec<_> = cpus
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .collect();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").expect("Linux");
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    let rust = said("rustc", &["--version"]);
    let rust = rust.split(' ').nth(1).unwrap_or_default();
    let [curl, jansson, openssl] = ["libcurl", "jansson", "openssl"]
        .map(|library| said("pkg-config", &["--modversion", library]));
    let tools = tools.iter().map(|tool| format!(", {tool}")).collect::<String>();
    format!(
        "{} ({} cores), Linux {kernel}, rustc {rust}, libytx {}, libcurl {curl}, jansson {jansson}, \
         OpenSSL {openssl}{tools}, on {}",
        models.first().unwrap_or(&"unknown"),
        models.len(),
        env!("CARGO_PKG_VERSION"),
        said("date", &["-u", "+%F"]),
    )
}

/// What a program prints, in one line.
pub fn said(program: &str, arguments: &[&str]) -> String {
    succeed(Command::new(program).args(arguments)).trim().to_owned()
}
