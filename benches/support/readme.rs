//! Puts the tables into the README.

use std::fs;

use super::root::root;

const END: &str = "<!-- the end mark -->\n";

/// Replaces what stands between the two marks of this benchmark.
pub fn renew(bench: &str, text: &str) {
    let begin = format!("<!-- Written by `cargo bench --bench {bench}`, to the end mark: -->\n");
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("README.md");
    let (before, rest) = readme.split_once(&begin).expect("README.md has the first mark");
    let (_, after) = rest.split_once(END).expect("README.md has the end mark");
    fs::write(&file, [before, &begin, text, END, after].concat()).expect("README.md");
}
