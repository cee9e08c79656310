//! The shared library exports the functions of its header and nothing else: whatever else it
//! exported could clash with the host's own.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;

use support::cc;

const FUNCTIONS: [&str; 35] = [
    "ytx_client_cancel",
    "ytx_client_free",
    "ytx_client_new",
    "ytx_client_stats",
    "ytx_client_with_timeout",
    "ytx_lock_meeting",
    "ytx_lock_meeting_async",
    "ytx_meeting_state",
    "ytx_meeting_state_async",
    "ytx_members_count",
    "ytx_members_free",
    "ytx_members_ifmutename",
    "ytx_members_meid",
    "ytx_members_muted",
    "ytx_members_online",
    "ytx_members_phone",
    "ytx_members_read",
    "ytx_members_statusname",
    "ytx_queue_cancel",
    "ytx_queue_close",
    "ytx_queue_drain",
    "ytx_queue_fd",
    "ytx_queue_free",
    "ytx_queue_new",
    "ytx_queue_stats",
    "ytx_queue_take",
    "ytx_queue_wake",
    "ytx_request",
    "ytx_request_async",
    "ytx_status_is_retryable",
    "ytx_status_name",
    "ytx_status_text",
    "ytx_string_free",
    "ytx_version",
    "ytx_watch_meeting",
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
