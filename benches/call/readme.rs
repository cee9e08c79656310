//! Puts the tables into the README.

use std::fs;

use super::support::root::root;

const BEGIN: &str = "<!-- Written by `cargo bench --bench call`, to the end mark: -->\n";
const END: &str = "<!-- the end mark -->\n";

/// Replaces what stands between the two marks.
pub fn renew(text: &str) {
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the first mark");
    let (_, after) = rest.split_once(END).expect("README.md has the end mark");
    fs::write(&file, [before, BEGIN, text, END, after].concat()).expect("README.md");
}
