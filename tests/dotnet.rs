//! The .NET library, driven by the programs of `examples/dotnet` under Mono: each test class says
//! what it expects, and here stands what the server must have seen of it.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::path::PathBuf;

use support::account;
use support::behaviour::behave;
use support::cc::{self, C, Program};
use support::dotnet::Dotnet;
use support::server::Server;

/// Runs the tests of a class against a server of their own, which it returns. `None` when there is
/// no Mono.
fn passes(class: &str) -> Option<Server> {
    let dotnet = Dotnet::new()?;
    let server = Server::start(behave);
    let output = dotnet.run("Tests", &[], &[class, &server.url()]);
    assert!(output.trim_end().ends_with(" tests passed"), "{output}");
    assert!(server.seen("never").is_empty());
    Some(server)
}

#[test]
fn a_call_and_its_twin_send_the_same() {
    let Some(server) = passes("Calls") else { return };
    let requests = server.requests();
    assert_eq!(requests.len(), 10);
    for pair in requests.chunks(2) {
        assert_eq!(pair[0].path(), pair[1].path());
        assert_eq!(pair[0].body, pair[1].body);
    }
}

#[test]
fn a_failure_tells_what_is_known_of_it() {
    passes("Failures");
}

#[test]
fn a_token_really_ends_the_call() {
    passes("Cancellation");
}

#[test]
fn clients_go_when_they_may_and_not_before() {
    let Some(server) = passes("Lifetime") else { return };
    assert_eq!(server.seen("collected").len(), 200);
}

#[test]
fn threads_share_a_client_and_its_connections() {
    let Some(server) = passes("Threads") else { return };
    assert_eq!(server.requests().len(), 64 * 25);
    assert!(server.connections() <= 64, "{}", server.connections());
}

#[test]
fn the_log_is_kept_and_may_throw() {
    let Some(server) = passes("Log") else { return };
    assert_eq!(server.seen("from the log").len(), 1);
}

#[test]
fn text_crosses_whole_or_not_at_all() {
    let Some(server) = passes("Text") else { return };
    assert_eq!(server.requests().len(), 4, "what is no text was refused before it was sent");
}

#[test]
fn the_options_lie_as_in_c() {
    let Some(dotnet) = Dotnet::without_native() else { return };
    let Some(compiler) = C.compiler() else { return };
    let options = fs::read_to_string(cc::root().join("include/ytx.h")).unwrap();
    let (_, options) = options.split_once("typedef struct ytx_options {").unwrap();
    let (options, _) = options.split_once("} ytx_options;").unwrap();
    // "uint32_t timeout_ms;" and "void (*log)(int32_t level, ...);"
    let code = options.lines().map(str::trim).filter(|line| line.ends_with(';'));
    let fields = code.filter(|line| !line.starts_with('*')).map(|line| {
        let name = line.split_once("(*").map_or(line, |(_, name)| name);
        let name = name.split([')', ';']).next().unwrap();
        name.rsplit([' ', '*']).next().unwrap()
    });
    let print = |field| format!("P({field})\n");
    let program = format!(
        "#include <stdio.h>\n#include <stddef.h>\n#include \"ytx.h\"\n\
         #define P(f) printf(#f \" %zu\\n\", offsetof(ytx_options, f));\n\
         int main(void) {{ printf(\"size %zu\\n\", sizeof(ytx_options));\n{}return 0; }}\n",
        fields.map(print).collect::<String>()
    );
    let source = cc::scratch("layout").with_extension("c");
    fs::write(&source, program).unwrap();
    let in_c = Program::build(compiler, std::slice::from_ref(&source)).run(&[]);
    fs::remove_file(source).unwrap();
    assert!(in_c.lines().count() > 10, "{in_c}");
    let in_dotnet = dotnet.run("Tests", &[], &["Layout"]);
    assert_eq!(in_dotnet, format!("{in_c}1 tests passed\n"));
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
    let Some(dotnet) = Dotnet::without_native() else { return };
    let version =
        r#"const char *ytx_version(void); const char *ytx_version(void) { return "9.9.9"; }"#;
    let Some(other) = other_library(version) else { return };
    let Some(foreign) = other_library("extern int nothing;") else { return };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let [package, second] = ["libytx.so.0", "libytx.so"]
        .map(|name| format!("runtimes/linux-{architecture}/native/{name}"));
    let loading = |environment: &[(&str, &str)]| dotnet.run("Tests", environment, &["Loading"]);
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
    let told = loading(&[]);
    assert!(told.starts_with("there is no libytx 0.1, or a later 0.x, at any of these places:"));
    let folder = dotnet.folder().display();
    for part in [
        format!("{folder}/{package}: its version is 9.9.9"),
        format!("{folder}/{second}: it is no libytx"),
        format!("{folder}/libytx.so.0: "),
        format!("{folder}/libytx.so: "),
        // The system gives what is in memory under this name.
        "\n  libytx.so.0: its version is 9.9.9".to_owned(),
        "\n  libytx.so: ".to_owned(),
    ] {
        assert!(told.contains(&part), "{part} is not in\n{told}");
    }
    fs::remove_file(other).unwrap();
    fs::remove_file(foreign).unwrap();
}

#[test]
fn the_versions_are_that_of_the_crate() {
    let project = fs::read_to_string(cc::root().join("examples/dotnet/Ytx/Ytx.csproj")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(project.contains(&format!("<Version>{version}</Version>")));
    let loader = fs::read_to_string(cc::root().join("examples/dotnet/Ytx/Loader.cs")).unwrap();
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert!(loader.contains(&format!("Wanted = new Version({major}, {minor})")));
}

#[test]
fn the_quickstart_against_the_sandbox() {
    let Some(dotnet) = Dotnet::new() else { return };
    let lines = [
        "Room 002 is locked.",
        "131****1314",
        "不在线",
        "Room 002 is open.",
        "YTX_APP_CHECK_FAILED: ",
    ];
    account::quickstart(&lines, |environment| dotnet.run("Quickstart", environment, &[]));
}
