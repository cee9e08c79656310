//! The ABI is the one described in `tests/abi`, in a file named for the SONAME. An addition has to
//! be described too; what breaks programs needs another SONAME, and so another file.
//!
//! To renew it after an addition: `YTX_RENEW_ABI=1 cargo test --test abi`
//!
//! Described is the header as gcc compiles it: the library's own debug information names Rust's
//! types, and paths of one build. That the library is what its header says is shown by
//! `tests/header`, by the C programs, and here by its symbols.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use support::cc;

const HEADER: &str = include_str!("../include/ytx.h");
const SONAME: &str = concat!("libytx.so.", env!("CARGO_PKG_VERSION_MAJOR"));

/// The description of this SONAME's ABI.
fn description() -> PathBuf {
    cc::root().join("tests/abi").join(format!("{SONAME}.abi"))
}

/// Runs a tool that reads this: its exit code, and all it says. `None` when it is missing.
fn run(command: &mut Command, input: &str) -> Option<(i32, String)> {
    let spawned =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        cc::skip(command.get_program().to_str().unwrap());
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.code().unwrap(), String::from_utf8(said).unwrap()))
}

/// The header with a body for each function.
fn with_bodies(header: &str) -> String {
    let comment = |line: &str| line.trim_start().starts_with('*');
    let lines = header.lines().map(|line| match line.strip_suffix(");") {
        Some(function) if !comment(line) && !line.contains("(*") => {
            format!("{function}) {{ __builtin_trap(); }}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// A shared library compiled from a header; its file goes with it.
struct Library(PathBuf);

impl Drop for Library {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // left behind in the target directory, at worst
    }
}

#[derive(Debug, PartialEq)]
enum Change {
    None,
    /// Programs built before still run, and can be built again.
    Growth,
    Break,
}

impl Library {
    fn of(header: &str) -> Option<Library> {
        let library = Library(cc::scratch("abi").with_extension("so"));
        let mut gcc = Command::new("gcc");
        gcc.args(["-std=c99", "-g", "-shared", "-fPIC", "-x", "c", "-", "-o"]).arg(&library.0);
        gcc.arg(format!("-Wl,-soname,{SONAME}"));
        let (code, said) = run(&mut gcc, &with_bodies(header))?;
        assert_eq!(code, 0, "{said}");
        Some(library)
    }

    /// Writes the description.
    fn describe(&self) -> Option<()> {
        let mut abidw = Command::new("abidw");
        abidw.args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed"]);
        abidw.arg("--out-file").arg(description()).arg(&self.0);
        let (code, said) = run(&mut abidw, "")?;
        assert_eq!(code, 0, "{said}");
        Some(())
    }

    /// How it differs from the description, and abidiff's words for it.
    fn change(&self) -> Option<(Change, String)> {
        let filter = cc::root().join("tests/abi/growth.abignore");
        let filter = ["--no-added-syms", "--suppressions", filter.to_str().unwrap()];
        let (same, report) = self.compare(&[])?;
        let (grown, _) = self.compare(&filter)?;
        // The filter would also hide a change of another field's type.
        let change = match (same, grown && !report.contains("data member change")) {
            (true, _) => Change::None,
            (false, true) => Change::Growth,
            (false, false) => Change::Break,
        };
        Some((change, report))
    }

    fn compare(&self, filter: &[&str]) -> Option<(bool, String)> {
        let mut abidiff = Command::new("abidiff");
        // What is harmless to a built program, such as a field's new name, is told too.
        abidiff.args(["--no-default-suppression", "--harmless"]).args(filter);
        let (code, said) = run(abidiff.arg(description()).arg(&self.0), "")?;
        assert_eq!(code & 3, 0, "abidiff has failed: {said}");
        Some((code == 0, said))
    }
}

#[test]
fn the_abi_is_the_described_one() {
    let renew = env::var_os("YTX_RENEW_ABI").is_some();
    let Some(library) = Library::of(HEADER) else { return };
    if renew && !description().exists() && library.describe().is_none() {
        return;
    }
    let how = "YTX_RENEW_ABI=1 cargo test --test abi";
    assert!(description().exists(), "{SONAME} is not described; write it with\n{how}");
    match library.change() {
        None | Some((Change::None, _)) => {}
        Some((Change::Growth, _)) if renew => library.describe().unwrap(),
        Some((Change::Growth, report)) => {
            panic!("{report}\nThe ABI has grown. Describe that with\n{how}")
        }
        Some((Change::Break, report)) => panic!(
            "{report}\nThis breaks programs. Take it back, or raise the major version in \
             Cargo.toml, and with it the SONAME."
        ),
    }
}

#[test]
fn the_library_has_the_functions_of_its_header() {
    let Some(of_header) = Library::of(HEADER) else { return };
    assert_eq!(cc::exported(&cc::library()), cc::exported(&of_header.0));
}

#[test]
fn what_breaks_programs_is_told_from_growth() {
    let end = "} ytx_options;\n";
    let grown = "  uint64_t more;\n} ytx_options;\n";
    let proxy = "  const char *proxy;\n";
    let agent = "  const char *user_agent;\n";
    let lackstate = "int32_t lackstate,\n                       ytx_status *status);";
    let version = "const char *ytx_version(void);\n";
    let growth: &[&[(&str, &str)]] = &[
        &[(version, "const char *ytx_version(void);\nvoid ytx_another(void);\n")],
        &[(end, grown)],
        &[(end, "  uint32_t more;\n  uint32_t and_more;\n} ytx_options;\n")],
        &[("} ytx_queue_options;\n", "  uint64_t more;\n} ytx_queue_options;\n")],
        &[("} ytx_event;\n", "  uint64_t more;\n} ytx_event;\n")],
    ];
    let breaks: &[&[(&str, &str)]] = &[
        &[(version, "")],
        &[(lackstate, "int64_t lackstate,\n                       ytx_status *status);")],
        &[(lackstate, "uint32_t lackstate,\n                       ytx_status *status);")],
        &[(lackstate, "int32_t lackstate,\n int32_t more,\n ytx_status *status);")],
        &[("\nint32_t ytx_status_is_retryable", "\nint64_t ytx_status_is_retryable")],
        &[("\nytx_status ytx_client_cancel", "\nvoid ytx_client_cancel")],
        &[("typedef int32_t ytx_status;", "typedef int64_t ytx_status;")],
        &[(proxy, "  const char *more;\n  const char *proxy;\n")],
        &[(proxy, "")],
        &[(proxy, "  uint64_t proxy;\n")],
        &[(proxy, "  const char *proxy_url;\n")],
        &[("uint32_t timeout_ms;\n", "int32_t timeout_ms;\n")],
        &[(proxy, "  const char *x;\n"), (agent, proxy), ("  const char *x;\n", agent)],
        &[("  void *log_user_data;\n", "")],
        &[("  uint32_t max_in_flight;\n", "")],
        &[("  uint32_t max_in_flight;\n", "  uint64_t max_in_flight;\n")],
        &[("  uint64_t tag;\n", "  uint32_t tag;\n")],
        &[("typedef uint64_t ytx_ticket;", "typedef uint32_t ytx_ticket;")],
        &[("intptr_t ytx_queue_fd", "int ytx_queue_fd")],
        &[("void (*log)(int32_t level", "void (*log)(int64_t level")],
        // Nor does growth hide any of it.
        &[(end, grown), (version, "")],
        &[(end, grown), (proxy, "  uint64_t proxy;\n")],
        &[(end, grown), (proxy, "  const char *proxy_url;\n")],
        &[
            (end, grown),
            (lackstate, "int64_t lackstate,\n                       ytx_status *status);"),
        ],
        &[(end, grown), ("void (*log)(int32_t level", "void (*log)(int64_t level")],
    ];
    let growth = growth.iter().map(|edits| (Change::Growth, edits));
    for (expected, edits) in growth.chain(breaks.iter().map(|edits| (Change::Break, edits))) {
        let mut header = HEADER.to_owned();
        for (from, to) in *edits {
            assert_eq!(header.matches(from).count(), 1, "{from}");
            header = header.replace(from, to);
        }
        let Some((change, report)) = Library::of(&header).and_then(|l| l.change()) else { return };
        assert_eq!(change, expected, "{edits:?}\n{report}");
    }
}
