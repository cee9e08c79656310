//! What the guide to errors says of statuses, in either language, is what the library does.

use std::collections::BTreeMap;

/// The rows of the status table, the guide's last: name and "try again?" by number.
fn rows(guide: &str) -> BTreeMap<i32, (String, String)> {
    let (_, section) = guide.rsplit_once("\n## ").unwrap();
    section
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let code = cells.next()?.parse().ok()?;
            let name = cells.next()?.trim_matches('`').to_owned();
            Some((code, (name, cells.next()?.trim().to_owned())))
        })
        .collect()
}

fn check(guide: &str, yes: &str, no: &str) {
    let rows = rows(guide);
    for (code, (name, again)) in &rows {
        let status = ytx::status::describe(*code).unwrap_or_else(|| panic!("{code} is no status"));
        assert_eq!(status.name.to_str().unwrap(), name);
        if *code != 0 {
            assert_eq!(again, if status.retryable { yes } else { no }, "{name}");
        }
    }
    let known = (-10_000..10_000).filter(|&code| ytx::status::describe(code).is_some());
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), known.collect::<Vec<_>>());
}

#[test]
fn the_status_table_is_the_librarys() {
    check(include_str!("../docs/en/errors.md"), "yes", "no");
    check(include_str!("../docs/zh-CN/errors.md"), "是", "否");
}
