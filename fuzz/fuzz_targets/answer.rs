//! Any body is either handed on byte for byte (a byte-order mark aside) or refused, and what is
//! handed on is one JSON object that a C string can hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let Some(json) = ytx::fuzzing::read_answer(body) else { return };
    let without_mark = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    assert_eq!(json.as_bytes(), without_mark);
    assert!(!json.contains('\0'));
    assert!(json.trim_ascii().starts_with('{') && json.trim_ascii().ends_with('}'));
    assert!(serde_json::from_str::<&RawValue>(&json).is_ok());
});
