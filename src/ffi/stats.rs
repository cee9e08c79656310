//! Figures for operators, as JSON.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use crate::error::Error;
use crate::figures::ClientStats;
use crate::queue::QueueStats;
use crate::status::YTX_OK;
use crate::sys::Text;

use super::client::{self, ytx_client};
use super::guard::{guard, store_status};
use super::queue::{self, ytx_queue};
use super::status::ytx_status;

/// What a client has done since it was made, all handles on it together.
///
/// ```json
/// {"calls":9,"succeeded":6,"failed":{"-205":1,"1004":2},
///  "attempts":11,"retries":1,"resends":1,"inFlight":0,
///  "connections":{"opened":2,"idle":1},
///  "seconds":{"count":9,"sum":0.41,
///             "buckets":[[0.001,2],[0.0025,4],["+Inf",9]]}}
/// ```
///
/// "calls" counts those that have ended, refused arguments included; "failed" has the others than
/// "succeeded" by their status ("other": codes without a name, once there are more than 32).
/// "attempts" counts connections used or tried, "retries" those of max_retries, "resends" requests
/// sent again because a kept connection had been closed. "inFlight" and "idle" are of this moment.
/// "seconds" says how long the calls took, from the submission on where there was a queue, in
/// buckets as Prometheus has them: each counts what took no longer, up to 10 seconds.
///
/// Counting takes no lock, and asking stops nobody.
///
/// @param client  the client, or any handle on it
/// @param status  receives YTX_OK or YTX_E_INVALID_HANDLE. May be NULL.
/// @return        one JSON object, released with ytx_string_free(); NULL with YTX_E_INVALID_HANDLE,
///                and when there is no memory for it
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_client_stats(
    client: *const ytx_client,
    status: *mut ytx_status,
) -> *mut c_char {
    // SAFETY: status is NULL or valid.
    unsafe { json(status, || Ok(client_json(&client::living(client)?.stats()))) }
}

/// What a queue has at the moment.
///
/// ```json
/// {"pending":3,"inFlight":2,"waiting":1,"untaken":0,"watches":1,
///  "busy":0,"threads":1,"oldestSeconds":0.2}
/// ```
///
/// "pending" is "inFlight" (requests on their way), "waiting" (for their turn, for another lock call
/// of their room or for a retry) and "untaken" (events) together; "busy" counts submissions that were
/// refused with YTX_E_BUSY; "threads" are those that serve all queues of the process;
/// "oldestSeconds" is how long ago the oldest call was submitted that has not ended, 0 when there is
/// none.
///
/// @param queue   the queue
/// @param status  receives YTX_OK or YTX_E_INVALID_HANDLE. May be NULL.
/// @return        one JSON object, released with ytx_string_free(); NULL with YTX_E_INVALID_HANDLE,
///                and when there is no memory for it
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_queue_stats(
    queue: *const ytx_queue,
    status: *mut ytx_status,
) -> *mut c_char {
    // SAFETY: status is NULL or valid.
    unsafe { json(status, || Ok(queue_json(&queue::living(queue)?.stats()))) }
}

/// # Safety
/// As for `store_status`.
unsafe fn json(
    status: *mut ytx_status,
    body: impl FnOnce() -> Result<String, Error>,
) -> *mut c_char {
    let (code, json) = match guard(body) {
        Ok(json) => (YTX_OK, Text::copy(&json)),
        Err(error) => (error.status(), None),
    };
    // SAFETY: the caller's promise.
    unsafe { store_status(status, code) };
    json.map_or(ptr::null_mut(), Text::into_raw)
}

// Numbers alone, so there is nothing to escape.
fn client_json(stats: &ClientStats) -> String {
    let ClientStats { calls, succeeded, attempts, retries, resends, in_flight, .. } = *stats;
    let (opened, idle) = (stats.connections_opened, stats.connections_idle);
    let mut failed: String =
        stats.failed.iter().map(|(code, count)| format!("\"{code}\":{count},")).collect();
    match stats.failed_otherwise {
        0 => _ = failed.pop(), // the last comma
        others => failed += &format!("\"other\":{others}"),
    }
    let sum = seconds(stats.duration);
    let bounds = stats.durations.iter();
    let buckets: String =
        bounds.map(|&(bound, count)| format!("[{},{count}],", seconds(bound))).collect();
    format!(
        "{{\"calls\":{calls},\"succeeded\":{succeeded},\"failed\":{{{failed}}},\
         \"attempts\":{attempts},\"retries\":{retries},\"resends\":{resends},\
         \"inFlight\":{in_flight},\"connections\":{{\"opened\":{opened},\"idle\":{idle}}},\
         \"seconds\":{{\"count\":{calls},\"sum\":{sum},\
         \"buckets\":[{buckets}[\"+Inf\",{calls}]]}}}}"
    )
}

fn queue_json(stats: &QueueStats) -> String {
    let QueueStats { in_flight, waiting, untaken, watches, busy, threads, oldest } = *stats;
    let pending = in_flight + waiting + untaken;
    let oldest = if oldest.is_zero() { "0".to_owned() } else { seconds(oldest) };
    format!(
        "{{\"pending\":{pending},\"inFlight\":{in_flight},\"waiting\":{waiting},\
         \"untaken\":{untaken},\"watches\":{watches},\"busy\":{busy},\
         \"threads\":{threads},\"oldestSeconds\":{oldest}}}"
    )
}

/// To the nanosecond, a fraction always, without more zeros at its end than it needs.
fn seconds(duration: Duration) -> String {
    let fraction = format!("{:09}", duration.subsec_nanos());
    let digits = Some(fraction.trim_end_matches('0')).filter(|digits| !digits.is_empty());
    format!("{}.{}", duration.as_secs(), digits.unwrap_or("0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    // The examples of the C contract.
    #[test]
    fn the_contracts_examples() {
        let client = client_json(&ClientStats {
            calls: 9,
            succeeded: 6,
            failed: BTreeMap::from([(-205, 1), (1004, 2)]),
            failed_otherwise: 0,
            attempts: 11,
            retries: 1,
            resends: 1,
            in_flight: 0,
            connections_opened: 2,
            connections_idle: 1,
            duration: Duration::from_millis(410),
            durations: vec![(Duration::from_millis(1), 2), (Duration::from_micros(2500), 4)],
        });
        assert_eq!(
            client,
            r#"{"calls":9,"succeeded":6,"failed":{"-205":1,"1004":2},"attempts":11,"retries":1,"resends":1,"inFlight":0,"connections":{"opened":2,"idle":1},"seconds":{"count":9,"sum":0.41,"buckets":[[0.001,2],[0.0025,4],["+Inf",9]]}}"#
        );
        let queue = queue_json(&QueueStats {
            in_flight: 2,
            waiting: 1,
            untaken: 0,
            watches: 1,
            busy: 0,
            threads: 1,
            oldest: Duration::from_millis(200),
        });
        assert_eq!(
            queue,
            r#"{"pending":3,"inFlight":2,"waiting":1,"untaken":0,"watches":1,"busy":0,"threads":1,"oldestSeconds":0.2}"#
        );
    }

    #[test]
    fn seconds_are_numbers_of_json() {
        let written =
            [0, 1, 2_500_000, 1_000_000_000, 10_500_000_000].map(Duration::from_nanos).map(seconds);
        assert_eq!(written, ["0.0", "0.000000001", "0.0025", "1.0", "10.5"]);
    }
}
