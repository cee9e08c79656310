//! `include/ytx.h` is generated from the code, and what is committed is what would be generated.
//!
//! To renew it: `YTX_RENEW_HEADER=1 cargo test --test header`

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};

/// The order of the sources is the order in the header.
const SOURCES: [&str; 6] = [
    "src/status.rs",
    "src/ffi/options.rs",
    "src/ffi/client.rs",
    "src/ffi/calls.rs",
    "src/ffi/string.rs",
    "src/ffi/status.rs",
];

fn generate() -> String {
    let config = Config {
        language: Language::C,
        header: Some(include_str!("header/head.txt").trim_end().to_owned()),
        include_guard: Some("YTX_H".to_owned()),
        no_includes: true,
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        after_includes: Some(macros()),
        cpp_compat: true,
        style: Style::Type,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        ..Config::default()
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let builder = SOURCES.iter().fold(Builder::new().with_config(config), |builder, file| {
        builder.with_src(root.join(file))
    });
    let mut header = Vec::new();
    builder.generate().expect("cbindgen reads the sources").write(&mut header);
    tidy(&String::from_utf8(header).expect("a header is text"))
}

/// What cbindgen has no setting for: the options struct has a tag, so that C++ can declare it
/// ahead, and negative numbers stand in parentheses.
fn tidy(header: &str) -> String {
    let header = header.replace("typedef struct {", "typedef struct ytx_options {");
    let mut tidy = String::new();
    for line in header.lines() {
        match line.strip_prefix("#define ").and_then(|define| define.split_once(" -")) {
            Some((name, number)) => tidy += &format!("#define {name} (-{number})"),
            None => tidy += line,
        }
        tidy.push('\n');
    }
    tidy
}

/// What is no Rust item. The numbers come from Cargo.toml, the URLs from the code.
fn macros() -> String {
    let (major, minor, patch) = (
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    );
    format!(
        "\n/** The version of this header. ytx_version() tells that of the library. */\n\
         #define YTX_VERSION \"{major}.{minor}.{patch}\"\n\
         #define YTX_VERSION_MAJOR {major}\n\
         #define YTX_VERSION_MINOR {minor}\n\
         #define YTX_VERSION_PATCH {patch}\n\
         \n/** The platform itself. */\n\
         #define YTX_PRODUCTION_URL \"{}\"\n\
         \n/** The platform's test environment, where only test appids work. */\n\
         #define YTX_SANDBOX_URL \"{}\"\n\
         \n/** The start value of options: ytx_options options = YTX_OPTIONS_INIT; */\n\
         #define YTX_OPTIONS_INIT \\\n  \
         {{ sizeof(ytx_options), NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL }}",
        ytx::PRODUCTION_URL,
        ytx::SANDBOX_URL,
    )
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("include/ytx.h");
    let generated = generate();
    if env::var_os("YTX_RENEW_HEADER").is_some() {
        fs::write(&path, &generated).expect("include/ytx.h can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/ytx.h no longer matches the code; renew it with\n\
         YTX_RENEW_HEADER=1 cargo test --test header"
    );
}

/// Compiles a file that holds the header alone, once for each standard, all warnings as errors.
fn compiles_alone(compiler: &str, extension: &str, standards: &[&str]) {
    if Command::new(compiler).arg("--version").output().is_err() {
        return support::cc::skip(compiler);
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("alone.{extension}"));
    // The start value of the options has to be one in every language.
    let code = "#include \"ytx.h\"\nextern ytx_options o;\nytx_options o = YTX_OPTIONS_INIT;\n";
    fs::write(&file, code).unwrap();
    for standard in standards {
        let mut command = Command::new(compiler);
        command
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"])
            .arg(format!("-std={standard}"))
            .arg(concat!("-I", env!("CARGO_MANIFEST_DIR"), "/include"))
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
