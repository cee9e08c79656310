//! Sets `cfg(loom)` for this package alone: in RUSTFLAGS it would reach loom's own dependencies.

fn main() {
    println!("cargo:rustc-cfg=loom");
    println!("cargo:rerun-if-changed=build.rs");
}
