//! Members are read of any text without a fault, as they are read for Rust programs, and as another
//! parser sees them.
#![no_main]

use std::ffi::{CStr, CString, c_char, c_void};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

type Members = *mut c_void;

unsafe extern "C" {
    fn ytx_members_read(json: *const c_char, which: i32, status: *mut i32) -> Members;
    fn ytx_members_count(members: Members) -> usize;
    fn ytx_members_phone(members: Members, index: usize) -> *const c_char;
    fn ytx_members_meid(members: Members, index: usize) -> *const c_char;
    fn ytx_members_statusname(members: Members, index: usize) -> *const c_char;
    fn ytx_members_ifmutename(members: Members, index: usize) -> *const c_char;
    fn ytx_members_online(members: Members, index: usize) -> i32;
    fn ytx_members_muted(members: Members, index: usize) -> i32;
    fn ytx_members_free(members: Members);
}

const TEXTS: [&str; 4] = ["phone", "meid", "statusname", "ifmutename"];
const LISTS: [&str; 5] = ["members", "joined", "left", "muted", "unmuted"];

/// A list with its four texts a member, as `TEXTS`.
type List = Vec<[String; 4]>;

/// By the C ABI. The text is not there any more when the members are looked at.
fn read(json: &[u8], which: i32) -> Result<List, i32> {
    let json = CString::new(json).expect("no NUL");
    let mut status = i32::MIN;
    // SAFETY: the string and the status live here.
    let members = unsafe { ytx_members_read(json.as_ptr(), which, &mut status) };
    drop(json);
    assert_eq!(members.is_null(), status != 0);
    if members.is_null() {
        return Err(status);
    }
    let word = |text: &str, yes, no| match text {
        it if it == yes => 1,
        it if it == no => 0,
        _ => -1,
    };
    // SAFETY: the list lives until it is freed, and so do its texts.
    unsafe {
        let count = ytx_members_count(members);
        let list = (0..count).map(|index| {
            let texts = [
                ytx_members_phone(members, index),
                ytx_members_meid(members, index),
                ytx_members_statusname(members, index),
                ytx_members_ifmutename(members, index),
            ];
            let texts = texts.map(|text| CStr::from_ptr(text).to_str().expect("UTF-8").to_owned());
            assert_eq!(ytx_members_online(members, index), word(&texts[2], "在线", "不在线"));
            assert_eq!(ytx_members_muted(members, index), word(&texts[3], "已静音", "未静音"));
            texts
        });
        let list = list.collect();
        assert_eq!(CStr::from_ptr(ytx_members_phone(members, count)), c"");
        ytx_members_free(members);
        Ok(list)
    }
}

/// What another parser makes of it; it takes the last of two keys.
fn seen(value: &Value, which: i32) -> Option<List> {
    let list = match value.get("statusCode") {
        Some(_) if which == 0 => value.get("statusMsg"),
        Some(_) => None,
        None => value.get(LISTS[which as usize]),
    };
    let row = |row: &Value| -> Option<[String; 4]> {
        row.is_object().then_some(())?;
        let texts = TEXTS.map(|name| Some(row.get(name)?.as_str()?.replace('\0', "\u{fffd}")));
        let texts: Option<Vec<String>> = texts.into_iter().collect();
        texts?.try_into().ok()
    };
    list?.as_array()?.iter().map(row).collect()
}

fuzz_target!(|input: &[u8]| {
    // Keeps the functions' crate linked.
    assert!(ytx::status::describe(0).is_some());
    let Some((&first, json)) = input.split_first() else { return };
    let json = json.split(|&byte| byte == 0).next().unwrap_or_default();
    let which = i32::from(first % 6);
    let list = read(json, which);
    let Ok(text) = std::str::from_utf8(json) else { return assert_eq!(list, Err(1001)) };
    if which == 5 {
        return assert_eq!(list, Err(1001));
    }
    assert_eq!(list.as_ref().ok(), ytx::fuzzing::read_members(text, which).as_ref());
    match &list {
        Ok(list) => {
            // Numbers that are too large, and nesting that is too deep, are none of our business.
            let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
            let Ok(mut value) = serde_json::from_str::<Value>(plain) else { return };
            assert_eq!(Some(list), seen(&value, which).as_ref(), "{text}");
            if let Some(code) = value.get_mut("statusCode") {
                *code = "0".into(); // of -0 that parser makes a fraction
            }
            // However it is written, and in whichever order the keys are.
            assert_eq!(read(value.to_string().as_bytes(), which).as_ref(), Ok(list), "{text}");
        }
        Err(status) => assert_eq!(*status, 1008),
    }
});
