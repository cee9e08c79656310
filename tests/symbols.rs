//! The shared library exports the functions of its header and nothing else: whatever else it
//! exported could clash with the host's own.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;

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
    if let Some(exported) = cc::exported(&cc::library()) {
        assert_eq!(exported, FUNCTIONS.map(str::to_owned).into());
    }
}

#[test]
fn the_definition_file_of_windows_names_the_same_functions() {
    let file = include_str!("../.packaging/ytx.def");
    let (_, exports) = file.split_once("EXPORTS\n").unwrap();
    assert_eq!(exports.lines().map(str::trim).collect::<BTreeSet<_>>(), BTreeSet::from(FUNCTIONS));
}
