//! The shared library exports the functions of its header and nothing else: whatever else it
//! exported could clash with the host's own.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use support::cc;

const FUNCTIONS: [&str; 12] = [
    "ytx_client_cancel",
    "ytx_client_free",
    "ytx_client_new",
    "ytx_client_with_timeout",
    "ytx_lock_meeting",
    "ytx_meeting_state",
    "ytx_request",
    "ytx_status_is_retryable",
    "ytx_status_name",
    "ytx_status_text",
    "ytx_string_free",
    "ytx_version",
];

#[test]
fn only_the_headers_functions_are_exported() {
    let nm = Command::new("nm").args(["-D", "--defined-only"]).arg(cc::library()).output();
    let Ok(nm) = nm else { return cc::skip("nm") };
    assert!(nm.status.success(), "{}", String::from_utf8_lossy(&nm.stderr));
    let listing = String::from_utf8(nm.stdout).unwrap();
    let exported: BTreeSet<_> =
        listing.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(exported, BTreeSet::from(FUNCTIONS));
}
