//! The sandbox's ready-made account and room, as every example reads them from its environment.

use super::hand;
use ytx_sandbox::{ACCOUNT_SID, APPID, AUTH_TOKEN, CONFID, Config, Sandbox};

pub fn environment(url: &str) -> [(&'static str, &str); 5] {
    [
        ("YTX_BASE_URL", url),
        ("YTX_ACCOUNT_SID", ACCOUNT_SID),
        ("YTX_AUTH_TOKEN", AUTH_TOKEN),
        ("YTX_APPID", APPID),
        ("YTX_CONFID", CONFID),
    ]
}

/// Runs a language's quickstart against a sandbox: it prints all of this and leaves the room open.
pub fn quickstart(lines: &[&str], run: impl FnOnce(&[(&str, &str)]) -> String) {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let output = run(&environment(sandbox.url()));
    for line in lines {
        assert!(output.contains(line), "{line} is not in\n{output}");
    }
    assert_eq!(hand::is_locked(&sandbox, CONFID), Some(false));
}
