//! The calls that go to the platform, handed to a queue.

use std::ffi::c_char;
use std::time::Duration;

use crate::error::Error;
use crate::queue::Ticket;
use crate::status::YTX_OK;

use super::client::{self, ytx_client};
use super::guard::{guard, store_status};
use super::queue::{self, ytx_queue, ytx_ticket};
use super::requests;
use super::status::ytx_status;

/// Hands ytx_lock_meeting() to a queue. It copies its arguments and waits for nothing.
///
/// The call's deadline is that of the client, from now on, the wait for its turn included. The
/// lock calls of one queue for the same account, base_url, appid and confid go out one after the
/// other, in the order in which they were submitted, so that an unlock never overtakes the lock
/// before it. The client may be freed as soon as this has returned.
///
/// Each accepted call gives one YTX_EVENT_DONE, with the status and JSON that the blocking call
/// would have given; an argument that is not allowed is reported there. Another thread may take the
/// event before this function has returned: know it by its tag. What status points to is written
/// last, maybe after that: it must lie neither where the status of the event is put nor in memory
/// that is freed with the event.
///
/// @param client     the client, or any handle on it
/// @param queue      the queue
/// @param appid      as for ytx_lock_meeting()
/// @param confid     as for ytx_lock_meeting()
/// @param lackstate  as for ytx_lock_meeting()
/// @param tag        any number; comes back in the event
/// @param status     receives YTX_OK; YTX_E_INVALID_HANDLE; YTX_E_CANCELLED when the queue was
///                   closed or the client cancelled; YTX_E_BUSY when the queue holds max_pending
///                   calls; or YTX_E_INTERNAL when no thread can be started. May be NULL.
/// @return           the ticket; 0 when the call was not accepted, and then no event follows
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_lock_meeting_async(
    client: *const ytx_client,
    queue: *mut ytx_queue,
    appid: *const c_char,
    confid: *const c_char,
    lackstate: i32,
    tag: u64,
    status: *mut ytx_status,
) -> ytx_ticket {
    let submit = || {
        let (client, queue) = (client::living(client)?, queue::living(queue)?);
        // SAFETY: the strings are NULL or what the header asks for.
        let request = unsafe { requests::lock_meeting(appid, confid, lackstate) };
        queue.submit_for_event(&client, request, tag)
    };
    // SAFETY: status is NULL or valid.
    unsafe { ticket(status, submit) }
}

/// Hands ytx_meeting_state() to a queue, as ytx_lock_meeting_async() does its call.
///
/// @param client  the client, or any handle on it
/// @param queue   the queue
/// @param appid   as for ytx_meeting_state()
/// @param confid  as for ytx_meeting_state()
/// @param tag     any number; comes back in the event
/// @param status  as for ytx_lock_meeting_async()
/// @return        the ticket; 0 when the call was not accepted, and then no event follows
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_meeting_state_async(
    client: *const ytx_client,
    queue: *mut ytx_queue,
    appid: *const c_char,
    confid: *const c_char,
    tag: u64,
    status: *mut ytx_status,
) -> ytx_ticket {
    let submit = || {
        let (client, queue) = (client::living(client)?, queue::living(queue)?);
        // SAFETY: the strings are NULL or what the header asks for.
        let request = unsafe { requests::meeting_state(appid, confid) };
        queue.submit_for_event(&client, request, tag)
    };
    // SAFETY: status is NULL or valid.
    unsafe { ticket(status, submit) }
}

/// Hands ytx_request() to a queue, as ytx_lock_meeting_async() does its call.
///
/// @param client     the client, or any handle on it
/// @param queue      the queue
/// @param version    as for ytx_request()
/// @param func       as for ytx_request()
/// @param func_url   as for ytx_request()
/// @param body_json  as for ytx_request()
/// @param tag        any number; comes back in the event
/// @param status     as for ytx_lock_meeting_async()
/// @return           the ticket; 0 when the call was not accepted, and then no event follows
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_request_async(
    client: *const ytx_client,
    queue: *mut ytx_queue,
    version: *const c_char,
    func: *const c_char,
    func_url: *const c_char,
    body_json: *const c_char,
    tag: u64,
    status: *mut ytx_status,
) -> ytx_ticket {
    let submit = || {
        let (client, queue) = (client::living(client)?, queue::living(queue)?);
        // SAFETY: the strings are NULL or what the header asks for.
        let request = unsafe { requests::generic(version, func, func_url, body_json) };
        queue.submit_for_event(&client, request, tag)
    };
    // SAFETY: status is NULL or valid.
    unsafe { ticket(status, submit) }
}

/// Watches a room: its state is asked for again and again, and the differences are told.
///
/// The first poll goes out at once, the next ones every interval_ms, from start to start, a tenth
/// more or less so that many watches spread; one poll at most is under way. Each has the client's
/// deadline; max_retries does not count, since the next poll is the retry. A watch gives any number
/// of YTX_EVENT_ROOM and then one YTX_EVENT_ENDED.
///
/// A YTX_EVENT_ROOM has this JSON (members as the platform wrote them):
///
/// ```json
/// {"event":"changed","confid":"002","version":7,"polls":1,"online":1,
///  "joined":[{"meid":"002","phone":"131****1314",
///             "statusname":"在线","ifmutename":"未静音"}],
///  "left":[],"muted":[],"unmuted":[],
///  "members":[{"meid":"002","phone":"131****1314",
///              "statusname":"在线","ifmutename":"未静音"}]}
/// ```
///
/// "event" is "snapshot" for the first state told, with the four lists empty; "changed"; "lost" when
/// three polls in a row have failed, with the last failure as "error" and in the status, "online"
/// null and all lists empty; or "restored" when the room can be seen again. The lists tell the
/// difference to the event that was taken before, also where several polls lie in between: "polls"
/// says how many. At most one YTX_EVENT_ROOM of a watch waits to be taken; a newer poll takes its
/// place, or withdraws it where nothing is left to tell. "version" counts those taken, from 1.
///
/// Members have no id and their numbers are masked, so they are counted by phone: "joined" and
/// "left" are as many rows as more or fewer say 在线 (on line) under that number; "muted" and
/// "unmuted" as many as went from one known word to the other among those on line before and after.
/// What came and went between two polls cannot be seen.
///
/// A failing poll doubles the interval, up to 60 seconds, until one succeeds; a Retry-After is
/// waited for. The watch ends by ytx_queue_cancel(), ytx_queue_close() or ytx_client_cancel(), by
/// an argument that is not allowed, and by a refusal that waiting does not cure: -1 to -4, -101,
/// -102, -200 to -205. Watches do not count in max_pending.
///
/// @param client       the client, or any handle on it
/// @param queue        the queue
/// @param appid        as for ytx_meeting_state()
/// @param confid       as for ytx_meeting_state()
/// @param interval_ms  from the start of one poll to that of the next, at least 200; 0: 5 000
/// @param tag          any number; comes back in the events
/// @param status       as for ytx_lock_meeting_async(); YTX_E_BUSY when the queue has max_watches.
///                     May be NULL.
/// @return             the ticket; 0 when the watch was not accepted, and then no event follows
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_watch_meeting(
    client: *const ytx_client,
    queue: *mut ytx_queue,
    appid: *const c_char,
    confid: *const c_char,
    interval_ms: u32,
    tag: u64,
    status: *mut ytx_status,
) -> ytx_ticket {
    let submit = || {
        let (client, queue) = (client::living(client)?, queue::living(queue)?);
        let interval = Duration::from_millis(match interval_ms {
            0 => 5_000,
            given => given.into(),
        });
        // SAFETY: the strings are NULL or what the header asks for.
        let request = unsafe { requests::meeting_state(appid, confid) };
        queue.submit_watch(&client, request, interval, tag).map(Ticket::get)
    };
    // SAFETY: status is NULL or valid.
    unsafe { ticket(status, submit) }
}

/// Runs a submission and tells C how it went.
///
/// # Safety
/// As for `store_status`.
unsafe fn ticket(
    status: *mut ytx_status,
    submit: impl FnOnce() -> Result<u64, Error>,
) -> ytx_ticket {
    let (code, ticket) = match guard(submit) {
        Ok(ticket) => (YTX_OK, ticket),
        Err(error) => (error.status(), 0),
    };
    // SAFETY: the caller's promise.
    unsafe { store_status(status, code) };
    ticket
}
