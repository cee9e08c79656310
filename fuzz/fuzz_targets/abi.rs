//! The whole C ABI, answered with arbitrary bytes: every call ends with a status that has a name
//! and a string that is JSON.
#![no_main]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;

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

unsafe extern "C" {
    fn ytx_client_new(
        account_sid: *const c_char,
        auth_token: *const c_char,
        options: *const Options,
        status: *mut i32,
    ) -> *mut c_void;
    fn ytx_lock_meeting(
        client: *const c_void,
        appid: *const c_char,
        confid: *const c_char,
        lackstate: i32,
        status: *mut i32,
    ) -> *mut c_char;
    fn ytx_request(
        client: *const c_void,
        version: *const c_char,
        func: *const c_char,
        func_url: *const c_char,
        body_json: *const c_char,
        status: *mut i32,
    ) -> *mut c_char;
    fn ytx_string_free(string: *mut c_char);
}

fn client() -> usize {
    static CLIENT: OnceLock<usize> = OnceLock::new();
    *CLIENT.get_or_init(|| {
        let options = Options {
            struct_size: size_of::<Options>(),
            base_url: c"http://127.0.0.1:1".as_ptr(),
            // A call whose bytes run out ends at once; the timeout is for what should not happen.
            numbers: [0, 2000, 0, 0, 0, 16 * 1024, 0, 0],
            texts: [ptr::null(); 3],
            log: ptr::null(),
            log_user_data: ptr::null(),
            source_address: ptr::null(),
        };
        // SAFETY: every pointer is to a static string or to this stack.
        let client =
            unsafe { ytx_client_new(c"sid".as_ptr(), c"t0ken".as_ptr(), &options, ptr::null_mut()) };
        assert!(!client.is_null());
        // Keeps the functions' crate linked.
        assert!(ytx::status::describe(0).is_some());
        client as usize
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((&which, bytes)) = input.split_first() else { return };
    ytx::fuzzing::answer_with(bytes);
    let client = client() as *const c_void;
    let mut status = i32::MIN;
    // SAFETY: every pointer is to a static string or to this stack; the string is freed once.
    unsafe {
        let string = match which & 1 {
            0 => ytx_lock_meeting(client, c"app".as_ptr(), c"002".as_ptr(), 1, &mut status),
            _ => ytx_request(
                client,
                ptr::null(),
                c"call".as_ptr(),
                c"x.wx".as_ptr(),
                c"{}".as_ptr(),
                &mut status,
            ),
        };
        let json = CStr::from_ptr(string).to_str().expect("UTF-8");
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(json).is_ok(), "{json}");
        // The platform's answer is handed on with whatever it holds.
        assert!(!json.contains("t0ken") || contains(bytes, b"t0ken"));
        let known = ytx::status::describe(status).is_some();
        assert!(known || status < 0, "{status}");
        // A fault of the library is a find; a connect is never tried twice here.
        assert!(status != 1099, "{json}");
        ytx_string_free(string);
    }
});

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
