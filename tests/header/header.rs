//! `include/ytx.h` is generated from the code, and what is committed is what would be generated.
//!
//! To renew it: `YTX_RENEW_HEADER=1 cargo test --test header`

#[path = "../support"]
#[allow(dead_code)] // other tests use the rest
mod support {
    pub mod cc;
    pub mod root;
}

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};
use support::cc;
use ytx::status::Status;

/// A part of the header: its heading, what is no Rust item, and the sources of the rest.
type Section = (&'static str, String, &'static [&'static str]);

/// In the order of the header, and of the manual that is made from it.
fn sections() -> [Section; 8] {
    [
        ("Version", version_macros(), &["src/ffi/version.rs"]),
        ("Statuses", String::new(), &["src/status.rs", "src/ffi/status.rs"]),
        ("Options", option_macros(), &["src/ffi/options.rs"]),
        ("Clients", String::new(), &["src/ffi/client.rs"]),
        ("Calls", String::new(), &["src/ffi/calls.rs", "src/ffi/string.rs"]),
        ("Queues", queue_macros(), &["src/ffi/queue.rs", "src/ffi/submit.rs"]),
        ("Members", String::new(), &["src/ffi/members.rs"]),
        ("Figures", String::new(), &["src/ffi/stats.rs"]),
    ]
}

/// The numbers come from Cargo.toml.
fn version_macros() -> String {
    let (major, minor, patch) = (
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    );
    format!(
        "/** The version of this header. ytx_version() tells that of the library. */\n\
         #define YTX_VERSION \"{major}.{minor}.{patch}\"\n\
         /** The first number of YTX_VERSION. While it stays the same, the ABI only grows. */\n\
         #define YTX_VERSION_MAJOR {major}\n\
         /** The second number of YTX_VERSION. */\n\
         #define YTX_VERSION_MINOR {minor}\n\
         /** The third number of YTX_VERSION. */\n\
         #define YTX_VERSION_PATCH {patch}\n\n"
    )
}

/// The URLs come from the code.
fn option_macros() -> String {
    format!(
        "/** The platform itself. */\n\
         #define YTX_PRODUCTION_URL \"{}\"\n\
         \n/** The platform's test environment, where only test appids work. */\n\
         #define YTX_SANDBOX_URL \"{}\"\n\
         \n/** The start value of a ytx_options: all zero but struct_size. */\n\
         #define YTX_OPTIONS_INIT \\\n  \
         {{ sizeof(ytx_options), NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }}\n\n",
        ytx::PRODUCTION_URL,
        ytx::SANDBOX_URL,
    )
}

fn queue_macros() -> String {
    "/** The start value of a ytx_queue_options: all zero but struct_size. */\n\
     #define YTX_QUEUE_OPTIONS_INIT { sizeof(ytx_queue_options), 0, 0, 0, 0 }\n\
     \n/** The start value of a ytx_event. */\n\
     #define YTX_EVENT_INIT { sizeof(ytx_event), NULL, 0, 0, 0, 0 }\n\n"
        .to_owned()
}

fn generate() -> String {
    let mut header = include_str!("head.txt").to_owned();
    header += "\n#ifndef YTX_H\n#define YTX_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
               #ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    for (heading, macros, sources) in sections() {
        header += &format!("/* --- {heading} --- */\n\n{macros}");
        let items = items(sources);
        let items: Vec<_> = items.trim_end().split("\n\n").map(tidy).collect();
        header += &items.join("\n\n");
        header += "\n\n";
    }
    header + "#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* YTX_H */\n"
}

/// What cbindgen makes of the sources: items with their comments, an empty line after each.
fn items(sources: &[&str]) -> String {
    let mut config = Config {
        language: Language::C,
        no_includes: true,
        style: Style::Type,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        ..Config::default()
    };
    // No function of its own source takes it.
    config.export.include.push("ytx_options".to_owned());
    // Declared in its own section.
    for (name, source) in [("ytx_status", "src/ffi/status.rs"), ("ytx_client", "src/ffi/client.rs")]
    {
        if !sources.contains(&source) {
            config.export.exclude.push(name.to_owned());
        }
    }
    let builder = sources.iter().fold(Builder::new().with_config(config), |builder, file| {
        builder.with_src(cc::root().join(file))
    });
    let mut items = Vec::new();
    builder.generate().expect("cbindgen reads the sources").write(&mut items);
    String::from_utf8(items).expect("a header is text")
}

/// What cbindgen has no setting for: the structs have tags, so that C++ can declare them
/// ahead, negative numbers stand in parentheses, an isize is large enough for a pointer, and the comment of a status tells its remedy.
fn tidy(item: &str) -> String {
    let name = item.rsplit_once("} ").map_or("", |(_, name)| name.trim_end_matches(';'));
    let item = item.replace("typedef struct {", &format!("typedef struct {name} {{"));
    let item = item.replace("ptrdiff_t ", "intptr_t ");
    let Some((comment, define)) = item.split_once("#define ") else { return item };
    let Some((name, number)) = define.split_once(' ') else { return item };
    let status = number.parse().ok().and_then(ytx::status::describe);
    let comment = match status.filter(|status| status.name.to_bytes() == name.as_bytes()) {
        Some(status) => status_comment(comment, status),
        None => comment.to_owned(),
    };
    let number = if number.starts_with('-') { format!("({number})") } else { number.to_owned() };
    format!("{comment}#define {name} {number}")
}

/// The meaning of a status from its comment, the remedy from the sentence that the library says.
fn status_comment(meaning: &str, status: &Status) -> String {
    let text = status.text.to_str().unwrap();
    let remedy = text.split_once(": ").map_or_else(String::new, |(_, remedy)| {
        let (first, rest) = remedy.split_at(1);
        first.to_uppercase() + rest
    });
    let words = meaning.split_whitespace().filter(|word| !["/**", "*", "*/"].contains(word));
    let words = words.chain(remedy.split_whitespace());
    let mut comment = "/**\n *".to_owned();
    let mut column = 2;
    for word in words.chain(status.retryable.then_some("Retryable.")) {
        let width = word.chars().count() + 1;
        if column + width > 100 {
            comment += "\n *";
            column = 2;
        }
        comment += &format!(" {word}");
        column += width;
    }
    comment + "\n */\n"
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = cc::root().join("include/ytx.h");
    let generated = generate();
    if env::var_os("YTX_RENEW_HEADER").is_some() {
        fs::write(&path, &generated).expect("include/ytx.h can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/ytx.h no longer matches the code; renew it with\n\
         YTX_RENEW_HEADER=1 cargo test -p ytx-header"
    );
}

/// Compiles a file that holds the header alone, once for each standard, all warnings as errors.
fn compiles_alone(compiler: &str, extension: &str, standards: &[&str]) {
    if Command::new(compiler).arg("--version").output().is_err() {
        return cc::skip(compiler);
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("alone.{extension}"));
    // Each start value has to be one in every language.
    let code = "#include \"ytx.h\"\nextern ytx_options o;\nytx_options o = YTX_OPTIONS_INIT;\n\
                extern ytx_queue_options q;\nytx_queue_options q = YTX_QUEUE_OPTIONS_INIT;\n\
                extern ytx_event e;\nytx_event e = YTX_EVENT_INIT;\n";
    fs::write(&file, code).unwrap();
    for standard in standards {
        let mut command = Command::new(compiler);
        command
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"])
            .arg(format!("-std={standard}"))
            .arg("-I")
            .arg(cc::root().join("include"))
            .arg(&file);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}\n{errors}");
    }
}

#[test]
fn the_header_alone_is_c() {
    compiles_alone("cc", "c", &["c99", "c11", "c17", "c2x"]);
}

#[test]
fn the_header_alone_is_cpp() {
    compiles_alone("c++", "cpp", &["c++11", "c++14", "c++17", "c++20"]);
}
