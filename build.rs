//! Settings for the linker. It never writes into the source tree; the header is renewed by
//! `tests/header`.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The library's look-up threads and its fork handler may run at any time, so its code
        // has to stay in memory after dlclose().
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
}
