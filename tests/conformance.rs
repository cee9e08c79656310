//! The cases of `tests/conformance/cases.json` in every language: each makes the same calls, has to
//! see what the table expects, and has to send what Rust sends.
//!
//! A language's program or test finds the cases, completed, in the file that `YTX_CONFORMANCE`
//! names. It fails where something differs, and says last how many cases it went through.
#![cfg(target_os = "linux")]

#[path = "conformance/rust.rs"]
mod rust;
mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use socket2::Socket;
use ytx_sandbox::{Config, Count, Fault, Sandbox};

use support::addresses;
use support::behaviour::bad_request;
use support::cc::{self, C, CPP, Language, Program};
use support::dotnet::{Dotnet, Runtime};
use support::go::Go;
use support::lua;
use support::python::Python;
use support::rooms::script;
use support::server::Server;

/// Names the file with the cases to a program.
const CASES: &str = "YTX_CONFORMANCE";

/// The servers that the cases name. Each language has its own, since some remember what they were
/// asked.
struct Servers {
    sandbox: Sandbox,
    throttled: Sandbox,
    strict: Sandbox,
    failing: Sandbox,
    late: Sandbox,
    scripted: Server,
    /// It finds whatever comes first a bad request.
    plain: Server,
    /// Nobody accepts here, so that a connect waits.
    hanging: (Vec<Socket>, String),
}

impl Servers {
    fn start() -> Servers {
        let sandbox = |config| Sandbox::start(config).unwrap();
        let failing = sandbox(Config::default());
        failing.inject(Fault::Status(404), Count::Always);
        let late = sandbox(Config::default());
        late.inject(Fault::Late(Duration::from_secs(60)), Count::Always);
        Servers {
            sandbox: sandbox(Config::default()),
            throttled: sandbox(Config { throttle: Some(0), ..Config::default() }),
            strict: sandbox(Config { validity: Duration::ZERO, ..Config::default() }),
            failing,
            late,
            scripted: Server::start(script),
            plain: Server::with_greeting(|_| bad_request(), script),
            hanging: addresses::hanging(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        }
    }

    fn with_addresses(&self, text: &str) -> String {
        text.replace("{sandbox}", self.sandbox.url())
            .replace("{throttled}", self.throttled.url())
            .replace("{strict}", self.strict.url())
            .replace("{failing}", self.failing.url())
            .replace("{late}", self.late.url())
            .replace("{scripted}", &self.scripted.url())
            .replace("{hanging}", &self.hanging.1)
            .replace("{plain port}", &self.plain.port().to_string())
    }

    /// What the scripted server was asked, without what differs from call to call.
    fn asked(&self) -> Vec<String> {
        let same = |line: &&str| {
            let name = line.split(':').next().unwrap().to_ascii_lowercase();
            !matches!(name.as_str(), "authorization" | "host")
        };
        let text = |request: &support::server::Request| {
            let first = request.head.lines().next().unwrap_or_default();
            let line = first.split_once("Sign=").map_or(first, |(before, _)| before);
            let headers: Vec<_> = request.head.lines().skip(1).filter(same).collect();
            format!("{line} {headers:?} {}", String::from_utf8_lossy(&request.body))
        };
        self.scripted.requests().iter().map(text).collect()
    }
}

/// The cases, each complete.
fn cases(servers: &Servers) -> Vec<Value> {
    let text = include_str!("conformance/cases.json");
    let table: Value = serde_json::from_str(&servers.with_addresses(text)).unwrap();
    let cases = table["cases"].as_array().unwrap();
    cases.iter().map(|case| completed(&table["usual"], case)).collect()
}

fn completed(usual: &Value, case: &Value) -> Value {
    let mut whole = usual.clone();
    for (name, value) in case.as_object().unwrap() {
        match (name.as_str(), value) {
            ("options", Value::Object(options)) => {
                options.iter().for_each(|(name, value)| whole["options"][name] = value.clone());
            }
            // The scripted server answers what the room's number says.
            ("answer", Value::String(answer)) => {
                let hex: String = answer.bytes().map(|byte| format!("{byte:02x}")).collect();
                whole["confid"] = format!("200:{hex}").into();
            }
            _ => whole[name] = value.clone(),
        }
    }
    whole
}

/// Runs a language's program or test. It has to go through all cases, and to send what Rust sends.
fn check(run: impl FnOnce(&str) -> String) {
    let servers = Servers::start();
    let cases = cases(&servers);
    let file = cc::scratch("cases").with_extension("json");
    fs::write(&file, Value::from(cases.clone()).to_string()).unwrap();
    let output = run(file.to_str().unwrap());
    fs::remove_file(file).unwrap();
    let last = format!("{} cases as expected", cases.len());
    assert!(output.lines().any(|line| line.trim() == last), "no \"{last}\" in\n{output}");
    assert_eq!(servers.asked(), in_rust(), "left: asked by this language; right: by Rust");
}

/// The same in Rust, done once for all languages; returns what the scripted server was asked.
fn in_rust() -> &'static [String] {
    static ASKED: OnceLock<Vec<String>> = OnceLock::new();
    ASKED.get_or_init(|| {
        let servers = Servers::start();
        cases(&servers).iter().for_each(rust::check);
        servers.asked()
    })
}

#[test]
fn in_rust_itself() {
    assert!(!in_rust().is_empty());
}

/// C and C++ read the cases with jansson.
fn program(language: &Language, source: &str, standard: &str) -> Option<Program> {
    let mut compiler = language.compiler()?;
    let jansson = cc::pkg_config("jansson")?;
    compiler.arg(standard);
    let source = cc::root().join("tests/conformance").join(source);
    Some(Program::build_with(compiler, &[source], &jansson))
}

#[test]
fn in_c() {
    let Some(program) = program(&C, "conformance.c", "-std=c11") else { return };
    check(|cases| program.run_in(&[(CASES, cases)], &[]));
}

#[test]
fn in_cpp() {
    let Some(program) = program(&CPP, "conformance.cpp", "-std=c++17") else { return };
    check(|cases| program.run_in(&[(CASES, cases)], &[]));
}

#[test]
fn in_go() {
    let Some(go) = Go::find() else { return };
    check(|cases| {
        let mut test = go.command(&["test", "-count=1", "-v", "-run=TestConformance", "./ytx"]);
        test.env(CASES, cases);
        cc::succeed(test)
    });
}

#[test]
fn in_dotnet() {
    in_dotnet_on(Runtime::Net);
}

#[test]
#[ignore = "needs Mono: .ci/full"]
fn in_dotnet_under_mono() {
    in_dotnet_on(Runtime::Mono);
}

fn in_dotnet_on(runtime: Runtime) {
    let Some(dotnet) = Dotnet::new("Conformance", runtime) else { return };
    for how in ["cases", "awaited"] {
        check(|cases| dotnet.run(&[(CASES, cases)], &[how]));
    }
}

#[test]
fn in_python() {
    let Some(python) = Python::find() else { return };
    for arguments in [&[][..], &["async"]] {
        check(|cases| {
            let mut program = python.command("tests/conformance.py");
            program.args(arguments).env(CASES, cases);
            cc::output(program)
        });
    }
}

/// LuaJIT reads the cases with cjson.
#[test]
fn in_lua() {
    let Some(mut program) = lua::command("tests/conformance.lua") else { return };
    let have = |module: &str| {
        let mut luajit = Command::new("luajit");
        luajit.args(["-e", &format!("require '{module}'")]).output().unwrap().status.success()
    };
    if !have("cjson") {
        cc::skip("cjson for LuaJIT");
        return;
    }
    check(|cases| {
        program.env(CASES, cases);
        cc::output(program)
    });
}
