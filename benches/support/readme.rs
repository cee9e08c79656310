//! Puts the tables into a README.

use std::fs;
use std::path::Path;

const END: &str = "<!-- the end mark -->\n";

/// Replaces what stands between the two marks of this benchmark.
pub fn renew(file: &Path, bench: &str, text: &str) {
    let begin = format!("<!-- Written by `cargo bench --bench {bench}`, to the end mark: -->\n");
    let readme = fs::read_to_string(file).expect("the README");
    let (before, rest) = readme.split_once(&begin).expect("it has the first mark");
    let (_, after) = rest.split_once(END).expect("it has the end mark");
    fs::write(file, [before, &begin, text, END, after].concat()).expect("the README");
}
