//! Compiles `examples/dotnet` with Mono's compiler, and runs what comes of it.
//!
//! `YTX_TEST_DOTNET` takes the place of `mono`, for another runtime; with `YTX_TEST_MCSFLAGS` the
//! class library is compiled with these flags once more, for the programs to run with.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use super::cc::{self, Folder};
use super::mcs;

const PROGRAMS: [&str; 3] = ["Quickstart", "LockWhenComplete", "Tests"];

/// A folder with the class library and the programs, and at first with no native library.
pub struct Dotnet {
    folder: Folder,
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
        let Some(compiled) = COMPILED.get_or_init(compile_all) else {
            cc::skip(mcs::MONO);
            return None;
        };
        let dotnet = Dotnet { folder: Folder::new("dotnet") };
        for file in fs::read_dir(compiled).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), dotnet.folder().join(file.file_name())).unwrap();
        }
        Some(dotnet)
    }

    /// Makes a file of the folder stand for another one.
    pub fn put(&self, name: &str, file: &Path) {
        let place = self.folder().join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(file, place).unwrap();
    }

    /// Takes a file out of the folder.
    pub fn take(&self, name: &str) {
        fs::remove_file(self.folder().join(name)).unwrap();
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A program, ready to be started.
    pub fn command(&self, program: &str) -> Command {
        let mut line = cc::words("YTX_TEST_DOTNET");
        if line.is_empty() {
            line = ["mono", "--debug"].map(str::to_owned).to_vec();
        }
        let mut command = cc::command(&line);
        command.arg(self.folder().join(program).with_extension("exe"));
        command
    }

    /// Runs a program to its end, with these variables, and returns what it has printed.
    pub fn run(&self, program: &str, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = self.command(program);
        command.envs(environment.iter().copied()).args(arguments);
        cc::output(command)
    }
}

/// Returns the folder with what was compiled; `None` when there is no Mono. Each test program has
/// its own, and keeps it.
fn compile_all() -> Option<PathBuf> {
    let this_test = env::current_exe().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dotnet");
    let folder = folder.join(this_test.file_name().unwrap());
    fs::create_dir_all(&folder).unwrap();
    if !mcs::is_installed(&folder).unwrap() {
        return None;
    }
    let library = folder.join("Ytx.dll");
    let mut compiler = mcs::class_library(&library);
    compiler.args(["-debug", "-warnaserror"]);
    cc::succeed(compiler);
    for program in PROGRAMS {
        let file = folder.join(program).with_extension("exe");
        let mut compiler = mcs::command(&[&format!("examples/dotnet/{program}")], &file);
        compiler.arg(format!("-r:{}", library.display())).args(["-debug", "-warnaserror"]);
        cc::succeed(compiler);
    }
    let flags = cc::words("YTX_TEST_MCSFLAGS");
    if !flags.is_empty() {
        let mut compiler = mcs::class_library(&library);
        compiler.arg("-debug").args(flags);
        cc::succeed(compiler);
    }
    Some(folder)
}
