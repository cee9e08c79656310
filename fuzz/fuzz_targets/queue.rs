//! Queues, in any order of submissions, watches, cancels, takes, closes, drains and frees, answered
//! with arbitrary bytes: each ticket that was issued ends once, and each queue ends.
#![no_main]

use std::collections::HashSet;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use libfuzzer_sys::fuzz_target;

#[repr(C)]
struct Options {
    struct_size: usize,
    base_url: *const c_char,
    numbers: [u32; 8],
    texts: [*const c_char; 3],
    log: *const c_void,
    log_user_data: *const c_void,
    source_address: *const c_char,
}

#[repr(C)]
struct QueueOptions {
    struct_size: usize,
    numbers: [u32; 4],
}

#[repr(C)]
struct Event {
    struct_size: usize,
    json: *mut c_char,
    ticket: u64,
    tag: u64,
    kind: i32,
    status: i32,
}

type Client = *mut c_void;
type Queue = *mut c_void;
type Text = *const c_char;

unsafe extern "C" {
    fn ytx_client_new(sid: Text, token: Text, options: *const Options, status: *mut i32) -> Client;
    fn ytx_client_with_timeout(client: Client, timeout_ms: u32, status: *mut i32) -> Client;
    fn ytx_client_cancel(client: Client) -> i32;
    fn ytx_client_free(client: Client);
    fn ytx_client_stats(client: Client, status: *mut i32) -> *mut c_char;
    fn ytx_queue_new(options: *const QueueOptions, status: *mut i32) -> Queue;
    fn ytx_queue_take(queue: Queue, event: *mut Event, timeout_ms: i32) -> i32;
    fn ytx_queue_wake(queue: Queue) -> i32;
    fn ytx_queue_cancel(queue: Queue, ticket: u64) -> i32;
    fn ytx_queue_close(queue: Queue) -> i32;
    fn ytx_queue_drain(queue: Queue) -> i32;
    fn ytx_queue_free(queue: Queue);
    fn ytx_queue_stats(queue: Queue, status: *mut i32) -> *mut c_char;
    fn ytx_lock_meeting_async(
        client: Client, queue: Queue, appid: Text, confid: Text, lackstate: i32, tag: u64,
        status: *mut i32,
    ) -> u64;
    fn ytx_meeting_state_async(
        client: Client, queue: Queue, appid: Text, confid: Text, tag: u64, status: *mut i32,
    ) -> u64;
    fn ytx_request_async(
        client: Client, queue: Queue, version: Text, func: Text, func_url: Text, body_json: Text,
        tag: u64, status: *mut i32,
    ) -> u64;
    fn ytx_watch_meeting(
        client: Client, queue: Queue, appid: Text, confid: Text, interval_ms: u32, tag: u64,
        status: *mut i32,
    ) -> u64;
    fn ytx_members_read(json: Text, which: i32, status: *mut i32) -> *mut c_void;
    fn ytx_members_free(members: *mut c_void);
    fn ytx_string_free(string: *mut c_char);
}

const DONE: i32 = 1;
const ROOM: i32 = 2;
const ENDED: i32 = 3;
const CLOSED: i32 = 4;

/// What is known of a queue.
struct Known {
    queue: Queue,
    open: HashSet<u64>,
    issued: Vec<u64>,
}

impl Known {
    fn new(tight: bool) -> Known {
        let numbers = if tight { [3, 1, 1, 0] } else { [0; 4] };
        let options = QueueOptions { struct_size: size_of::<QueueOptions>(), numbers };
        // SAFETY: the options live here.
        let queue = unsafe { ytx_queue_new(&options, ptr::null_mut()) };
        assert!(!queue.is_null());
        Known { queue, open: HashSet::new(), issued: Vec::new() }
    }

    fn note(&mut self, ticket: u64, status: i32) {
        assert_eq!(ticket == 0, status != 0, "{ticket} {status}");
        if ticket == 0 {
            assert!([1002, 1010, 1011].contains(&status), "{status}");
            return;
        }
        assert!(self.open.insert(ticket) && !self.issued.contains(&ticket), "{ticket} twice");
        self.issued.push(ticket);
    }

    /// Takes one event; `true` when the queue has ended.
    fn take(&mut self, timeout_ms: i32) -> bool {
        let mut event = Event {
            struct_size: size_of::<Event>(),
            json: ptr::null_mut(),
            ticket: 0,
            tag: 0,
            kind: 0,
            status: 0,
        };
        // SAFETY: the event lives here.
        match unsafe { ytx_queue_take(self.queue, &mut event, timeout_ms) } {
            0 => return false,
            1 => {}
            other => panic!("{other}"),
        }
        if event.kind == CLOSED {
            assert!(event.json.is_null() && event.ticket == 0 && self.open.is_empty());
            return true;
        }
        // SAFETY: it is the library's string, freed once.
        unsafe {
            let json = CStr::from_ptr(event.json).to_str().expect("UTF-8");
            assert!(serde_json::from_str::<&serde_json::value::RawValue>(json).is_ok(), "{json}");
            for which in 0..5 {
                ytx_members_free(ytx_members_read(event.json, which, ptr::null_mut()));
            }
            ytx_string_free(event.json);
        }
        assert_ne!(event.status, 1099);
        match event.kind {
            DONE | ENDED => assert!(self.open.remove(&event.ticket), "{} twice", event.ticket),
            ROOM => assert!(self.open.contains(&event.ticket)),
            other => panic!("{other}"),
        }
        false
    }
}

fn client() -> Client {
    let options = Options {
        struct_size: size_of::<Options>(),
        base_url: c"http://127.0.0.1:1".as_ptr(),
        // Nothing here should take so long.
        numbers: [0, 5000, 0, 0, 0, 16 * 1024, 0, 0],
        texts: [ptr::null(); 3],
        log: ptr::null(),
        log_user_data: ptr::null(),
        source_address: ptr::null(),
    };
    // Keeps the functions' crate linked.
    assert!(ytx::status::describe(0).is_some());
    // SAFETY: every pointer is to a static string or to this stack.
    unsafe { ytx_client_new(c"sid".as_ptr(), c"t0ken".as_ptr(), &options, ptr::null_mut()) }
}

fuzz_target!(|input: &[u8]| {
    // Steps first, then what the connections bring, in four pieces.
    let Some((&count, rest)) = input.split_first() else { return };
    let (steps, answers) = rest.split_at(rest.len().min(usize::from(count) % 48));
    ytx::fuzzing::answer_with(&[]);
    let piece = answers.len().div_ceil(4).max(1);
    answers.chunks(piece).for_each(ytx::fuzzing::answer_also_with);
    let mut main = client();
    let mut queues = [Known::new(false), Known::new(true)];
    let room = c"002".as_ptr();
    let app = c"app".as_ptr();
    for &step in steps {
        let known = &mut queues[usize::from(step & 1)];
        let queue = known.queue;
        let mut status = i32::MIN;
        // SAFETY: every pointer is to a static string or to this stack.
        unsafe {
            match (step >> 1) % 16 {
                0 | 1 => {
                    let lackstate = i32::from(step & 64 != 0);
                    let ticket =
                        ytx_lock_meeting_async(main, queue, app, room, lackstate, 1, &mut status);
                    known.note(ticket, status);
                }
                2 | 3 => {
                    let confid = if step & 64 == 0 { room } else { ptr::null() };
                    let ticket =
                        ytx_meeting_state_async(main, queue, app, confid, 2, &mut status);
                    known.note(ticket, status);
                }
                4 => {
                    let ticket = ytx_request_async(
                        main, queue, ptr::null(), c"call".as_ptr(), c"x.wx".as_ptr(),
                        c"{}".as_ptr(), 3, &mut status,
                    );
                    known.note(ticket, status);
                }
                5 | 6 => {
                    let interval = if step & 64 == 0 { 200 } else { 1 };
                    let ticket =
                        ytx_watch_meeting(main, queue, app, room, interval, 4, &mut status);
                    known.note(ticket, status);
                }
                7 => {
                    if let Some(&ticket) = known.issued.get(usize::from(step >> 6)) {
                        assert_eq!(ytx_queue_cancel(queue, ticket), 0);
                    }
                    assert_eq!(ytx_queue_cancel(queue, u64::MAX), 1001);
                }
                8 => _ = known.take(0),
                9 => _ = known.take(1),
                10 => assert_eq!(ytx_queue_close(queue), 0),
                11 => assert_eq!(ytx_queue_drain(queue), 0),
                12 => {
                    ytx_queue_free(queue);
                    assert_eq!(ytx_queue_take(queue, ptr::null_mut(), 0), -1);
                    assert_eq!(ytx_queue_wake(queue), 1002);
                    *known = Known::new(step & 64 != 0);
                }
                13 => assert_eq!(ytx_queue_wake(queue), 0),
                14 => {
                    let derived = ytx_client_with_timeout(main, 50, &mut status);
                    let ticket =
                        ytx_meeting_state_async(derived, queue, app, room, 5, &mut status);
                    known.note(ticket, status);
                    if step & 64 != 0 {
                        assert_eq!(ytx_client_cancel(derived), 0);
                    }
                    ytx_client_free(derived);
                }
                _ => {
                    ytx_client_free(main);
                    main = client();
                    ytx_string_free(ytx_queue_stats(queue, ptr::null_mut()));
                    ytx_string_free(ytx_client_stats(main, ptr::null_mut()));
                }
            }
        }
    }
    for mut known in queues {
        // SAFETY: the queue lives.
        unsafe { ytx_queue_close(known.queue) };
        // A call that ended late, or never, is a find; each take waits for one event at most, or
        // is ended by a wake.
        let takes = known.open.len() * 2 + 8;
        assert!((0..takes).any(|_| known.take(5_000)), "{:?} never ended", known.open);
        // SAFETY: as above.
        unsafe { ytx_queue_free(known.queue) };
    }
    // SAFETY: as above.
    unsafe { ytx_client_free(main) };
});
