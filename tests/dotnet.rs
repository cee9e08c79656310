//! What of the .NET library Rust has to see: its own tests, which `dotnet test` runs, pass; its
//! structs lie as in C; the native library is found; Mono runs it too; and what a user types works.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use ytx_sandbox::{Config, Sandbox};

use support::account;
use support::cc::{self, C, Program};
use support::dotnet::{self, Dotnet, Runtime};
use support::hand;

/// `dotnet test examples/dotnet`, as a user would type it.
#[test]
fn its_own_tests_pass() {
    // It would build the programs beside another test that does.
    if dotnet::built().is_none() {
        return;
    }
    let Some(test) = dotnet::sdk(&["test"]) else { return };
    // They start it as a user would; `cargo test` builds only its library.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "ytx-sandbox"]);
    cc::succeed(cargo);
    let output = cc::succeed(test);
    assert!(output.contains("Passed!") && output.contains("Failed:     0"), "{output}");
}

#[test]
fn the_structs_lie_as_in_c() {
    let Some(dotnet) = Dotnet::without_native("Conformance", Runtime::Net) else { return };
    let Some(compiler) = C.compiler() else { return };
    let header = fs::read_to_string(cc::root().join("include/ytx.h")).unwrap();
    let structs = ["options", "queue_options", "event"];
    let prints: String = structs.iter().map(|name| prints(&header, name)).collect();
    let program = format!(
        "#include <stdio.h>\n#include <stddef.h>\n#include \"ytx.h\"\n\
         #define P(s, f) printf(#s \".\" #f \" %zu\\n\", offsetof(ytx_##s, f));\n\
         int main(void) {{\n{prints}return 0; }}\n"
    );
    let source = cc::scratch("layout").with_extension("c");
    fs::write(&source, program).unwrap();
    let in_c = Program::build(compiler, std::slice::from_ref(&source)).run(&[]);
    fs::remove_file(source).unwrap();
    assert!(in_c.lines().count() > 20, "{in_c}");
    assert_eq!(dotnet.run(&[], &["layout"]), in_c);
}

/// C code that tells how a struct of the header lies.
fn prints(header: &str, name: &str) -> String {
    let (_, fields) = header.split_once(&format!("typedef struct ytx_{name} {{")).unwrap();
    let (fields, _) = fields.split_once(&format!("}} ytx_{name};")).unwrap();
    // "uint32_t timeout_ms;" and "void (*log)(int32_t level, ...);"
    let code = fields.lines().map(str::trim).filter(|line| line.ends_with(';'));
    let fields = code.filter(|line| !line.starts_with('*')).map(|line| {
        let name = line.split_once("(*").map_or(line, |(_, name)| name);
        let name = name.split([')', ';']).next().unwrap();
        name.rsplit([' ', '*']).next().unwrap()
    });
    let size = format!("printf(\"{name} %zu\\n\", sizeof(ytx_{name}));\n");
    size + &fields.map(|field| format!("P({name}, {field})\n")).collect::<String>()
}

/// Compiles a library that has libytx's SONAME, and stays in memory as it does.
fn other_library(code: &str) -> Option<PathBuf> {
    let mut compiler = C.compiler()?;
    let source = cc::scratch("other").with_extension("c");
    let library = source.with_extension("so");
    fs::write(&source, code).unwrap();
    compiler.args(["-shared", "-fPIC", "-Wl,-soname,libytx.so.0", "-Wl,-z,nodelete"]);
    compiler.arg(&source).arg("-o").arg(&library);
    cc::succeed(compiler);
    fs::remove_file(source).unwrap();
    Some(library)
}

#[test]
fn the_native_library_is_found_where_it_may_lie() {
    the_native_library_is_found(Runtime::Net);
}

#[test]
#[ignore = "needs Mono: .ci/full"]
fn the_native_library_is_found_under_mono() {
    the_native_library_is_found(Runtime::Mono);
}

fn the_native_library_is_found(runtime: Runtime) {
    let Some(dotnet) = Dotnet::without_native("Conformance", runtime) else { return };
    let version = |number: &str| {
        format!(
            "const char *ytx_version(void); const char *ytx_version(void) {{ return \"{number}\"; }}"
        )
    };
    let Some(other) = other_library(&version("9.9.9")) else { return };
    let Some(old) = other_library(&version("0.0.9")) else { return };
    let Some(foreign) = other_library("extern int nothing;") else { return };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let [package, second] = ["libytx.so.0", "libytx.so"]
        .map(|name| format!("runtimes/linux-{architecture}/native/{name}"));
    let loading = |environment: &[(&str, &str)]| dotnet.run(environment, &["loading"]);
    let library = cc::library();

    for place in [package.as_str(), "libytx.so.0", "libytx.so"] {
        dotnet.put(place, &library);
        assert!(loading(&[]).starts_with("found"), "{place}");
        dotnet.take(place);
    }
    let on_the_path = [("LD_LIBRARY_PATH", library.parent().unwrap().to_str().unwrap())];
    assert!(loading(&on_the_path).starts_with("found"));

    // What does not fit is passed by, and told of when nothing fits.
    dotnet.put(&package, &other);
    dotnet.put(&second, &foreign);
    dotnet.put("libytx.so", &library);
    assert!(loading(&[]).starts_with("found"));
    dotnet.take("libytx.so");
    dotnet.put("libytx.so", &old);
    let told = loading(&[]);
    assert!(told.starts_with("there is no libytx 0.1, or a later 0.x, at any of these places:"));
    let folder = dotnet.folder().display();
    for part in [
        format!("{folder}/{package}: its version is 9.9.9"),
        format!("{folder}/{second}: it is no libytx"),
        format!("{folder}/libytx.so.0: "),
        format!("{folder}/libytx.so: its version is 0.0.9"),
        // The system gives what is in memory under this name.
        "\n  libytx.so.0: its version is 9.9.9".to_owned(),
        "\n  libytx.so: ".to_owned(),
    ] {
        assert!(told.contains(&part), "{part} is not in\n{told}");
    }
    for library in [other, old, foreign] {
        fs::remove_file(library).unwrap();
    }
}

#[test]
fn the_versions_are_that_of_the_crate() {
    let project = fs::read_to_string(cc::root().join("examples/dotnet/Ytx/Ytx.csproj")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(project.contains(&format!("<Version>{version}</Version>")));
    let loader = fs::read_to_string(cc::root().join("examples/dotnet/Ytx/Loader.cs")).unwrap();
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert!(loader.contains(&format!("Wanted = new({major}, {minor})")));
}

#[test]
fn the_quickstart_against_the_sandbox() {
    let Some(dotnet) = Dotnet::new("Quickstart", Runtime::Net) else { return };
    let lines = [
        "Room 002 is locked.",
        "131****1314",
        "不在线",
        "Room 002 is open.",
        "YTX_APP_CHECK_FAILED: ",
    ];
    account::quickstart(&lines, |environment| dotnet.run(environment, &[]));
}

/// Each waits half a second for its answer, and none has a thread.
#[test]
#[ignore = "needs 10 000 descriptors in each of two processes: .ci/full"]
fn ten_thousand_at_once() {
    let Some(dotnet) = Dotnet::new("Conformance", Runtime::Net) else { return };
    let sandbox = Sandbox::start(Config::default()).unwrap();
    hand::post(&sandbox, "delay", json!({ "ms": 500, "requests": "always" }));
    let output = dotnet.run(&account::environment(sandbox.url()), &["at-once", "10000"]);
    let threads = output.trim().strip_prefix("10000 calls, ").expect(&output);
    let threads: usize = threads.strip_suffix(" threads").expect(&output).parse().unwrap();
    // The library's 64 for stuck connects, its eight and the runtime's; how many there are where nothing
    // is stuck, `cargo bench --bench dotnet` says.
    assert!((1..=100).contains(&threads), "{output}");
}
