//! A program of an earlier release runs with the library of today, and can be built again with the
//! header of today.
//!
//! `tests/releases` has a folder for each release: a program that uses all that was new in it, and
//! its header. `make release` copies the header there; neither is changed afterwards. The folder of
//! a version that is still to be released has none: its header is today's.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::behaviour::behave;
use support::cc::{self, C, Program};
use support::server::Server;

const TODAY: &str = env!("CARGO_PKG_VERSION");

/// The releases of today's SONAME: the version of each, and its folder.
fn releases() -> Vec<(String, PathBuf)> {
    let major = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".");
    let folders = fs::read_dir(cc::root().join("tests/releases")).unwrap();
    let folders = folders.map(|folder| folder.unwrap());
    let releases: Vec<_> = folders
        .map(|folder| (folder.file_name().into_string().unwrap(), folder.path()))
        .filter(|(version, _)| version.starts_with(major))
        .collect();
    assert!(!releases.is_empty(), "tests/releases has none");
    releases
}

/// Where the header of a release lies.
fn include(version: &str, folder: &Path) -> PathBuf {
    let copy = folder.join("include");
    if version == TODAY && !copy.exists() { cc::root().join("include") } else { copy }
}

/// The text of the header in a folder.
fn header(include: &Path) -> String {
    let header = include.join("ytx.h");
    fs::read_to_string(&header).unwrap_or_else(|error| panic!("{}: {error}", header.display()))
}

#[test]
fn a_program_of_an_earlier_release_runs() {
    for (version, folder) in releases() {
        let today = cc::root().join("include");
        for (header, include) in [(&*version, include(&version, &folder)), (TODAY, today)] {
            let Some(mut compiler) = C.compiler() else { return };
            compiler.arg("-iquote").arg(include); // before all other folders
            let program = Program::build(compiler, &[folder.join("program.c")]);
            let server = Server::start(behave);
            assert_eq!(program.run(&[&server.url(), header, TODAY]), "");
            assert!(server.seen("never").is_empty());
            assert_eq!(server.seen("-104 twice").len(), 3);
            let agent = format!("program/{version}");
            assert!(server.requests().iter().all(|r| r.header("User-Agent") == Some(&agent)));
        }
    }
}

/// The values of a header's constants, but for its own version. A struct's start value grows with
/// the struct; the program uses those.
fn constants(header: &str) -> BTreeMap<&str, &str> {
    let defines = header.lines().filter_map(|line| line.strip_prefix("#define "));
    let constants = defines.filter_map(|define| define.split_once(' '));
    constants
        .filter(|(name, _)| !name.starts_with("YTX_VERSION") && !name.ends_with("_INIT"))
        .collect()
}

#[test]
fn constants_keep_their_values() {
    let today = header(&cc::root().join("include"));
    let today = constants(&today);
    for (version, folder) in releases() {
        let then = header(&include(&version, &folder));
        let then = constants(&then);
        for (name, value) in &then {
            assert_eq!(today.get(name), Some(value), "{name}, since {version}");
        }
        if version == TODAY {
            assert_eq!(then, today, "the header of {version} is the one of that release");
        }
    }
}
