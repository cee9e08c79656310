//! Compiles `examples/dotnet` with Mono's compiler, and runs what comes of it.
//!
//! `YTX_TEST_DOTNET` takes the place of `mono`, for another runtime; with `YTX_TEST_MCSFLAGS` the
//! class library is compiled with these flags once more, for the programs to run with.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use super::cc;

/// For whatever is compiled. Mono has an attribute of ours too, for itself, which is no conflict.
const FLAGS: [&str; 4] = ["-nologo", "-langversion:7.2", "-debug", "-nowarn:436"];
/// The assemblies of the framework that are not referred to by themselves.
const FRAMEWORK: &str =
    "-r:System.Core.dll,System.Runtime.Serialization.dll,System.Xml.dll,System.Xml.Linq.dll";
const PROGRAMS: [&str; 3] = ["Quickstart", "LockWhenComplete", "Tests"];

/// A folder with the class library and the programs, and at first with no native library.
pub struct Dotnet {
    folder: PathBuf,
}

impl Drop for Dotnet {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder); // left behind in the target directory, at worst
    }
}

impl Dotnet {
    /// With the native library beside the assemblies; `None` when there is no Mono.
    pub fn new() -> Option<Dotnet> {
        let dotnet = Dotnet::without_native()?;
        dotnet.put("libytx.so", &cc::library());
        Some(dotnet)
    }

    /// The same without it.
    pub fn without_native() -> Option<Dotnet> {
        let missing = |tool: &&str| Command::new(tool).arg("--version").output().is_err();
        if let Some(tool) = ["mcs", "mono"].into_iter().find(missing) {
            cc::skip(tool);
            return None;
        }
        static COMPILED: OnceLock<PathBuf> = OnceLock::new();
        let compiled = COMPILED.get_or_init(compile_all);
        let dotnet = Dotnet { folder: cc::scratch("dotnet") };
        fs::create_dir(&dotnet.folder).unwrap();
        for file in fs::read_dir(compiled).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), dotnet.folder.join(file.file_name())).unwrap();
        }
        Some(dotnet)
    }

    /// Makes a file of the folder stand for another one.
    pub fn put(&self, name: &str, file: &Path) {
        let place = self.folder.join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(file, place).unwrap();
    }

    /// Takes a file out of the folder.
    pub fn take(&self, name: &str) {
        fs::remove_file(self.folder.join(name)).unwrap();
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program, ready to be started.
    pub fn command(&self, program: &str) -> Command {
        let mut line = cc::words("YTX_TEST_DOTNET");
        if line.is_empty() {
            line = ["mono", "--debug"].map(str::to_owned).to_vec();
        }
        let mut command = cc::command(&line);
        command.arg(self.folder.join(program).with_extension("exe"));
        command
    }

    /// Runs a program to its end, with these variables, and returns what it has printed.
    pub fn run(&self, program: &str, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = self.command(program);
        command.envs(environment.iter().copied()).args(arguments);
        cc::output(command)
    }
}

/// Returns the folder with what was compiled. Each test program has its own, and keeps it.
fn compile_all() -> PathBuf {
    let this_test = env::current_exe().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dotnet");
    let folder = folder.join(this_test.file_name().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let library = folder.join("Ytx.dll");
    compile("Ytx", &library, &["-target:library", "-unsafe", "-warnaserror"]);
    for program in PROGRAMS {
        let reference = format!("-r:{}", library.display());
        let file = folder.join(program).with_extension("exe");
        compile(program, &file, &[&reference, "-warnaserror"]);
    }
    let flags = cc::words("YTX_TEST_MCSFLAGS");
    if !flags.is_empty() {
        let flags = flags.iter().map(String::as_str);
        let flags: Vec<_> = ["-target:library", "-unsafe"].into_iter().chain(flags).collect();
        compile("Ytx", &library, &flags);
    }
    folder
}

fn compile(name: &str, file: &Path, flags: &[&str]) {
    let sources = cc::root().join("examples/dotnet").join(name).join("*.cs");
    let mut compiler = Command::new("mcs");
    compiler.args(FLAGS).arg(FRAMEWORK).args(flags);
    compiler.arg(format!("-out:{}", file.display())).arg(sources);
    cc::succeed(compiler);
}
