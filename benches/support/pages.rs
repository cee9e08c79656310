//! Puts the tables into the pages that show them.

use std::fs;

use super::root::root;

const END: &str = "<!-- the end mark -->\n";

/// Where all that was measured stands. The tables are in English in both.
pub const PERFORMANCE: &[&str] = &["docs/en/performance.md", "docs/zh-CN/performance.md"];
/// Where a few rows of it stand.
pub const READMES: &[&str] = &["README.md", "README.zh-CN.md"];

/// Replaces what stands between the two marks of this benchmark.
pub fn renew(pages: &[&str], bench: &str, text: &str) {
    let begin = format!("<!-- Written by `cargo bench --bench {bench}`, to the end mark: -->\n");
    for &page in pages {
        let file = root().join(page);
        let old = fs::read_to_string(&file).expect(page);
        let (before, rest) =
            old.split_once(&begin).unwrap_or_else(|| panic!("{page} lacks the first mark"));
        let (_, after) =
            rest.split_once(END).unwrap_or_else(|| panic!("{page} lacks the end mark"));
        fs::write(&file, [before, &begin, text, END, after].concat()).expect(page);
    }
}
