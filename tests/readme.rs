//! What the README says of statuses is what the library does.

use std::collections::BTreeMap;

const README: &str = include_str!("../README.md");

/// The rows of the status table: name and "try again?" by number.
fn rows() -> BTreeMap<i32, (String, String)> {
    README
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let code = cells.next()?.parse().ok()?;
            let name = cells.next()?.trim_matches('`').to_owned();
            Some((code, (name, cells.next()?.trim().to_owned())))
        })
        .collect()
}

#[test]
fn the_status_table_is_the_librarys() {
    let rows = rows();
    for (code, (name, again)) in &rows {
        let status = ytx::status::describe(*code).unwrap_or_else(|| panic!("{code} is no status"));
        assert_eq!(status.name.to_str().unwrap(), name);
        if *code != 0 {
            assert_eq!(again, if status.retryable { "yes" } else { "no" }, "{name}");
        }
    }
    let known = (-10_000..10_000).filter(|&code| ytx::status::describe(code).is_some());
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), known.collect::<Vec<_>>());
}
