//! What happens while the library is loaded, before anyone can have made a client.

use std::hint::black_box;
use std::panic;

use crate::{sys, transport};

/// The environment is looked at here, where ureq insists on it, and never again: later a thread
/// of the host may change it at any moment.
#[used]
// SAFETY: the section holds pointers to such functions, each of which the loader calls once.
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(all(unix, not(target_vendor = "apple")), unsafe(link_section = ".init_array"))]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    // A panic must not reach the loader. What failed is done again where it is needed.
    let _ = panic::catch_unwind(|| {
        transport::prepare();
        sys::generation() // so that each process forked from here on is known for a child
    });
}

/// Lets a program that takes this library from its archive have `AT_LOAD` with it.
pub(super) fn keep() {
    black_box(AT_LOAD);
}
