//! Compiles `examples/dotnet` with Mono's compiler, and runs what comes of it.
//!
//! `YTX_TEST_DOTNET` takes the place of `mono`, for another runtime, and `YTX_TEST_MCSFLAGS` gives
//! the compiler more flags for the class library.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use super::cc;

/// For whatever is compiled.
const FLAGS: [&str; 3] = ["-nologo", "-langversion:7.2", "-debug"];
/// The assemblies of the framework that are not referred to by themselves.
const FRAMEWORK: [&str; 4] = [
    "-r:System.Core.dll",
    "-r:System.Runtime.Serialization.dll",
    "-r:System.Xml.dll",
    "-r:System.Xml.Linq.dll",
];
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
        static COMPILED: OnceLock<Option<PathBuf>> = OnceLock::new();
        let compiled = COMPILED.get_or_init(compile_all).as_ref()?;
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

    /// Runs a program as `cc::run` does.
    pub fn run(&self, program: &str, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        cc::run(&self.line(program), environment, arguments)
    }

    /// The command that runs a program.
    pub fn line(&self, program: &str) -> Vec<String> {
        let mut line = cc::words("YTX_TEST_DOTNET");
        if line.is_empty() {
            line = ["mono", "--debug"].map(str::to_owned).to_vec();
        }
        line.push(self.folder.join(program).with_extension("exe").display().to_string());
        line
    }

    /// Runs the tests of a class with their arguments; returns what they have printed.
    pub fn tests(&self, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        self.run("Tests", environment, arguments)
    }
}

/// Returns the folder with what was compiled. Each test program has its own, and keeps it.
fn compile_all() -> Option<PathBuf> {
    for tool in ["mcs", "mono"] {
        if Command::new(tool).arg("--version").output().is_err() {
            cc::skip(tool);
            return None;
        }
    }
    let this_test = env::current_exe().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dotnet");
    let folder = folder.join(this_test.file_name().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let flags = cc::words("YTX_TEST_MCSFLAGS");
    let mut library = ["-target:library", "-unsafe"].map(str::to_owned).to_vec();
    library.extend(if flags.is_empty() { vec!["-warnaserror".to_owned()] } else { flags });
    compile("Ytx", &folder.join("Ytx.dll"), &library);
    for program in PROGRAMS {
        let library = format!("-r:{}", folder.join("Ytx.dll").display());
        let file = folder.join(program).with_extension("exe");
        compile(program, &file, &["-warnaserror".to_owned(), library]);
    }
    Some(folder)
}

fn compile(name: &str, file: &Path, flags: &[String]) {
    let folder = cc::root().join("examples/dotnet").join(name);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cs");
    let mut sources: Vec<_> = files.filter(is_source).collect();
    // As a shell would: the compiler warns of some types when their file comes late.
    sources.sort();
    let mut compiler = Command::new("mcs");
    compiler.args(FLAGS).args(FRAMEWORK).args(flags);
    compiler.arg(format!("-out:{}", file.display())).args(sources);
    cc::succeed(compiler);
}
