//! Queues: making them, taking from them, ending them. What goes in is in `submit`.

use std::ffi::c_char;
use std::mem::size_of;
use std::ptr;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::queue::{Freed, Queue, QueueOptions, RawEvent, What};
use crate::status::YTX_OK;
use crate::sys::Text;

use super::guard::{guard, outcome, store_status};
use super::handle::{InUse, Table};
use super::load;
use super::sized::{self, LARGEST};
use super::status::ytx_status;

/// A completion queue: calls are handed to it, and come back as events.
///
/// For programs whose thread must not wait. Make one with ytx_queue_new(), submit calls with
/// ytx_lock_meeting_async() and its like, wait for ytx_queue_fd() in the program's own loop, and
/// fetch events with ytx_queue_take(). No callback ever runs on a thread of the library.
///
/// Every function may be called with it on any thread, also by many at the same time. It is a
/// checked handle like ytx_client. It belongs to the process that made it: in a forked child every
/// function treats it as freed, and freeing it there closes the child's copy of the descriptor.
///
/// Threads: none is started by making a queue. Calls that wait for an answer, for a retry or for
/// their turn hold none. The library starts a few for all queues of a process, more only for calls
/// stuck in a connect, a TLS handshake or the middle of an answer: at most 64, beside those that
/// look names up. Idle ones end within 30 seconds. All signals are blocked in them.
pub struct ytx_queue {
    _opaque: (),
}

/// A call that a queue accepted, as a number. None is 0, and none is issued twice in a process.
pub type ytx_ticket = u64;

/// How much a queue takes on. Zero means default, field by field.
///
/// ```c
/// ytx_queue_options options = YTX_QUEUE_OPTIONS_INIT;
/// options.max_in_flight = 1000;
/// ```
#[repr(C)]
pub struct ytx_queue_options {
    /// sizeof(ytx_queue_options), as in ytx_options.
    pub struct_size: usize,
    /// Calls accepted and not yet taken; more are refused with YTX_E_BUSY. 0: 4 096.
    pub max_pending: u32,
    /// Requests on their way at once; the rest wait their turn, with their deadlines running.
    /// 0: 256.
    pub max_in_flight: u32,
    /// Watches; more are refused with YTX_E_BUSY. 0: 1 024.
    pub max_watches: u32,
    /// Has to be 0.
    pub reserved: u32,
}

/// For ytx_event.type: a call has ended.
pub const YTX_EVENT_DONE: i32 = 1;
/// For ytx_event.type: a watch has news of its room.
pub const YTX_EVENT_ROOM: i32 = 2;
/// For ytx_event.type: a watch has ended.
pub const YTX_EVENT_ENDED: i32 = 3;
/// For ytx_event.type: the queue is closed and holds nothing more.
pub const YTX_EVENT_CLOSED: i32 = 4;

/// What ytx_queue_take() fills in. Begin with YTX_EVENT_INIT; it may be used again and again.
#[repr(C)]
pub struct ytx_event {
    /// Set by the caller to sizeof(ytx_event). A larger size, up to 4096, is allowed; what lies
    /// behind the fields is neither read nor written.
    pub struct_size: usize,
    /// What the blocking call would have returned, or the news of a room; the caller releases it with ytx_string_free().
    /// NULL for YTX_EVENT_CLOSED, and when there is no memory.
    pub json: *mut c_char,
    /// The ticket that the submission returned; 0 for YTX_EVENT_CLOSED.
    pub ticket: ytx_ticket,
    /// What the caller passed to the submission; 0 for YTX_EVENT_CLOSED.
    pub tag: u64,
    /// One of YTX_EVENT_*.
    pub r#type: i32,
    /// What the blocking call would have stored in its status.
    pub status: ytx_status,
}

static QUEUES: Table<Queue> = Table::new(0b011);

/// The living queue behind a pointer of C, which cannot go away while this is held.
pub(super) fn living(queue: *const ytx_queue) -> Result<InUse<Queue>, Error> {
    QUEUES.look_up(queue as usize).filter(|queue| queue.is_ours()).ok_or_else(|| {
        let how = match queue.is_null() {
            true => "NULL",
            false => "not a living queue: freed, made up, or of the process that forked this one",
        };
        Error::new(Kind::InvalidHandle, format!("queue is {how}"))
    })
}

/// Makes a queue. No thread is started.
///
/// The caller releases it with ytx_queue_free().
///
/// @param options  how much it takes on, or NULL for the defaults
/// @param status   receives YTX_OK; YTX_E_INVALID_ARGUMENT when an option is not allowed; or
///                 YTX_E_INTERNAL when the process has no descriptor left, or millions of queues
///                 live already. May be NULL.
/// @return         the queue, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_queue_new(
    options: *const ytx_queue_options,
    status: *mut ytx_status,
) -> *mut ytx_queue {
    let made = guard(|| {
        load::keep();
        // SAFETY: the pointer is NULL or what the header asks for.
        let queue = Queue::new(unsafe { read_options(options) }?)?;
        let too_many = || Error::new(Kind::Internal, "too many queues live at the same time");
        QUEUES.issue(queue).ok_or_else(too_many)
    });
    let (code, queue) = match made {
        // A number dressed as a pointer; nobody ever follows it.
        Ok(handle) => (YTX_OK, ptr::without_provenance_mut(handle)),
        Err(error) => (error.status(), ptr::null_mut()),
    };
    // SAFETY: status is NULL or valid.
    unsafe { store_status(status, code) };
    queue
}

/// # Safety
/// `pointer` is NULL, or points to a `ytx_queue_options` of `struct_size` bytes.
unsafe fn read_options(pointer: *const ytx_queue_options) -> Result<QueueOptions, Error> {
    let mut options = QueueOptions::default();
    if pointer.is_null() {
        return Ok(options);
    }
    // SAFETY: the caller's promise; they are numbers, so any bytes will do.
    let given = unsafe { sized::read(pointer, &[], "options", "YTX_QUEUE_OPTIONS_INIT")? };
    if given.reserved != 0 {
        return Err(Error::argument("options.reserved is not 0"));
    }
    let set = |option: &mut u32, given: u32| {
        if given != 0 {
            *option = given;
        }
    };
    set(&mut options.max_pending, given.max_pending);
    set(&mut options.max_in_flight, given.max_in_flight);
    set(&mut options.max_watches, given.max_watches);
    Ok(options)
}

/// The descriptor that says when there is an event to take; on Windows it is a SOCKET.
///
/// It is readable while there is one, level-triggered; it may stay so a moment longer. Once a take
/// has returned 0 the next event makes a new edge. YTX_EVENT_CLOSED counts as an event,
/// ytx_queue_wake() does not. It is the same for the queue's whole life.
///
/// The program only waits for it: it neither reads, writes nor closes it, and stops watching it
/// before ytx_queue_free().
///
/// @param queue  the queue
/// @return       the descriptor; -1 for no living queue
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_fd(queue: *const ytx_queue) -> isize {
    guard(|| Ok(living(queue)?.descriptor().unwrap_or(-1))).unwrap_or(-1)
}

/// Takes an event.
///
/// Events come as calls end. Any number of threads may take at once; an event goes to one of them.
/// The log lines of a call are told to its client's log here, on this thread and with no lock held,
/// before its event is returned.
///
/// ```c
/// ytx_event event = YTX_EVENT_INIT;
/// while (ytx_queue_take(queue, &event, 0) == 1) {
///   printf("%llu: %s\n", (unsigned long long) event.tag,
///          ytx_status_name(event.status));
///   ytx_string_free(event.json);
/// }
/// ```
///
/// @param queue       the queue
/// @param event       filled in when the function returns 1
/// @param timeout_ms  the longest wait for an event, in milliseconds; 0: do not wait; negative:
///                    without end
/// @return            1 with an event; 0 when none came in time, or ytx_queue_wake() was called;
///                    -1 when the queue is no living one (or is freed during the wait), and for an
///                    event that is NULL or has a wrong struct_size
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_queue_take(
    queue: *mut ytx_queue,
    event: *mut ytx_event,
    timeout_ms: i32,
) -> i32 {
    const FOUND: i32 = 1;
    const NOTHING: i32 = 0;
    const REFUSED: i32 = -1;
    guard(|| {
        let Ok(queue) = living(queue) else { return Ok(REFUSED) };
        if event.is_null() {
            return Ok(REFUSED);
        }
        // SAFETY: it is not NULL, so by the contract it has at least its first field.
        let size = unsafe { event.cast::<usize>().read_unaligned() };
        if !(size_of::<ytx_event>()..=LARGEST).contains(&size) {
            return Ok(REFUSED);
        }
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let RawEvent { ticket, tag, what } = match queue.take_raw(timeout) {
            Ok(Some(taken)) => taken,
            Ok(None) => return Ok(NOTHING),
            Err(Freed) => return Ok(REFUSED),
        };
        let (r#type, (status, json)) = match what {
            What::Done(result) => (YTX_EVENT_DONE, outcome(result)),
            What::Room { status, json } => {
                (YTX_EVENT_ROOM, (status, json.map_or(ptr::null_mut(), Text::into_raw)))
            }
            What::Ended(result) => (YTX_EVENT_ENDED, outcome(result)),
            What::Closed => (YTX_EVENT_CLOSED, (YTX_OK, ptr::null_mut())),
        };
        let filled = ytx_event { struct_size: size, json, ticket, tag, r#type, status };
        // SAFETY: it is as large as a ytx_event or larger, and valid for writing.
        unsafe { event.write_unaligned(filled) };
        Ok(FOUND)
    })
    .unwrap_or(REFUSED)
}

/// Lets one ytx_queue_take() that waits, or the next one that would wait, return 0.
///
/// Several before that count as one. The descriptor is not touched.
///
/// @param queue  the queue
/// @return       YTX_OK or YTX_E_INVALID_HANDLE
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_wake(queue: *mut ytx_queue) -> ytx_status {
    status_of(|| {
        living(queue)?.wake();
        Ok(())
    })
}

/// Ends a call. It waits for nothing.
///
/// Its event comes at once, with YTX_E_CANCELLED unless the answer was there first. "sent" in the
/// JSON says whether the request may have gone out.
///
/// @param queue   the queue
/// @param ticket  what the submission returned
/// @return        YTX_OK, also for a call that has ended; YTX_E_INVALID_ARGUMENT for a ticket that
///                this queue never issued; YTX_E_INVALID_HANDLE
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_cancel(queue: *mut ytx_queue, ticket: ytx_ticket) -> ytx_status {
    status_of(|| match living(queue)?.cancel_number(ticket) {
        true => Ok(()),
        false => Err(Error::argument("the queue never issued this ticket")),
    })
}

/// Closes a queue: new work is refused and what is under way is cancelled.
///
/// Each call still gives its event. After the last one every ytx_queue_take() gives
/// YTX_EVENT_CLOSED, again and again, without waiting. Closing twice is YTX_OK. The queue still has
/// to be freed.
///
/// @param queue  the queue
/// @return       YTX_OK or YTX_E_INVALID_HANDLE
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_close(queue: *mut ytx_queue) -> ytx_status {
    status_of(|| {
        living(queue)?.close();
        Ok(())
    })
}

/// Lets a queue run dry: new work is refused and the watches end with YTX_E_CANCELLED, but the calls
/// that were accepted come to their own end.
///
/// Those that wait for their turn or for a retry do so as well. After the last event was taken every
/// ytx_queue_take() gives YTX_EVENT_CLOSED. Draining twice is YTX_OK; after ytx_queue_close() it
/// changes nothing; and a close after it cancels what is left.
///
/// @param queue  the queue
/// @return       YTX_OK or YTX_E_INVALID_HANDLE
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_drain(queue: *mut ytx_queue) -> ytx_status {
    status_of(|| {
        living(queue)?.drain();
        Ok(())
    })
}

/// Releases a queue. It needs no close before, and waits for no network.
///
/// Calls under way are cancelled, what was not taken is dropped, and the descriptor is closed. A
/// ytx_queue_take() that waits on another thread returns -1. The clients are not touched. NULL, and
/// a queue that was freed already, are ignored.
///
/// @param queue  the queue, or NULL
#[unsafe(no_mangle)]
pub extern "C" fn ytx_queue_free(queue: *mut ytx_queue) {
    // There is nobody to tell of a failure, and a panic was caught.
    let _ = guard(|| {
        // In a forked child as well: there it closes the child's copy of the descriptor.
        if let Some(living) = QUEUES.look_up(queue as usize)
            && QUEUES.retire(queue as usize)
        {
            living.free();
        }
        Ok(())
    });
}

fn status_of(body: impl FnOnce() -> Result<(), Error>) -> ytx_status {
    guard(body).map_or_else(|error| error.status(), |()| YTX_OK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    // The C contract's order and sizes, on machines with 32 and 64 bits.
    #[test]
    fn layout() {
        let word = size_of::<usize>();
        assert_eq!(offset_of!(ytx_queue_options, max_pending), word);
        assert_eq!(size_of::<ytx_queue_options>(), word + 16);
        assert_eq!(offset_of!(ytx_event, json), word);
        assert_eq!(offset_of!(ytx_event, ticket), 2 * word);
        assert_eq!(offset_of!(ytx_event, tag), 2 * word + 8);
        assert_eq!(offset_of!(ytx_event, r#type), 2 * word + 16);
        assert_eq!(offset_of!(ytx_event, status), 2 * word + 20);
        assert_eq!(size_of::<ytx_event>(), 2 * word + 24);
    }
}
