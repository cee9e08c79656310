//! Puts tables into a guide.

use std::fs;

use super::root::root;

const END: &str = "<!-- the end mark -->\n";

/// Replaces what stands between the two marks of this benchmark.
pub fn renew(guide: &str, bench: &str, language: &str, text: &str) {
    let begin = format!("<!-- Written by `cargo bench --bench {bench}`, to the end mark: -->\n");
    let file = root().join("docs").join(language).join(guide).with_extension("md");
    let page = fs::read_to_string(&file).expect("the guide");
    let (before, rest) = page.split_once(&begin).expect("it has the first mark");
    let (_, after) = rest.split_once(END).expect("it has the end mark");
    fs::write(&file, [before, &begin, text, END, after].concat()).expect("the guide");
}
