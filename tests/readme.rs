//! What the README says of statuses is what the library does, and its C++ program compiles.
//! `.ci/run` runs the programs.

mod support;

use std::collections::BTreeMap;
use std::fs;

use support::cc::{self, CPP, Program};

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

#[test]
fn the_cpp_program_compiles_word_for_word() {
    let (_, program) = README.split_once("```cpp\n").unwrap();
    let (program, _) = program.split_once("```\n").unwrap();
    let Some(mut compiler) = CPP.compiler() else { return };
    compiler.arg("-std=c++17");
    let source = cc::scratch("readme").with_extension("cpp");
    fs::write(&source, program).unwrap();
    Program::build(compiler, std::slice::from_ref(&source));
    fs::remove_file(source).unwrap();
}
