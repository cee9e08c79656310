//! Another library written in Rust, which a program links beside `libytx.a`.

use std::panic;

/// Whether a panic was stopped, its message taken from memory of this library's own.
#[unsafe(no_mangle)]
pub extern "C" fn other_stops_a_panic(number: i32) -> bool {
    let stopped = panic::catch_unwind(|| panic!("the other library's {number}"));
    stopped.unwrap_err().downcast_ref::<String>().is_some_and(|text| text.ends_with("'s 7"))
}
