//! Builds `examples/dotnet` with the .NET SDK, and runs what comes of it on .NET or under Mono.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use super::cc::{self, Folder};
use super::dotnet_command::{self, SDK};

/// What runs a program: the SDK's own runtime, or Mono, which takes the assembly for the older ones.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Runtime {
    Net,
    Mono,
}

/// A folder with a program and the class library, and at first with no native library.
pub struct Dotnet {
    folder: Folder,
    program: &'static str,
    runtime: Runtime,
}

impl Dotnet {
    /// A program of `examples/dotnet` with the native library beside it; `None` when there is no
    /// SDK.
    pub fn new(program: &'static str, runtime: Runtime) -> Option<Dotnet> {
        let dotnet = Dotnet::without_native(program, runtime)?;
        dotnet.put("libytx.so", &cc::library());
        Some(dotnet)
    }

    /// The same without it.
    pub fn without_native(program: &'static str, runtime: Runtime) -> Option<Dotnet> {
        let built = built()?;
        if runtime == Runtime::Mono && Command::new("mono").arg("--version").output().is_err() {
            cc::skip("Mono (Debian, Ubuntu: apt install mono-runtime mono-devel)");
            return None;
        }
        let target = match runtime {
            Runtime::Net => format!("debug_{}", "net8.0"),
            Runtime::Mono => format!("debug_{}", "netstandard2.0"),
        };
        let bin = built.join("bin").join(program);
        let bin = [bin.join(target), bin.join("debug")].into_iter().find(|bin| bin.is_dir());
        let dotnet = Dotnet { folder: Folder::new("dotnet"), program, runtime };
        for file in fs::read_dir(bin.expect("it was built")).unwrap().map(Result::unwrap) {
            if file.file_type().unwrap().is_file() && file.file_name() != "libytx.so" {
                fs::copy(file.path(), dotnet.folder().join(file.file_name())).unwrap();
            }
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

    /// The program, ready to be started.
    pub fn command(&self) -> Command {
        let runtime: &[&str] = match self.runtime {
            Runtime::Net => &["dotnet", "exec"],
            Runtime::Mono => &["mono", "--debug"],
        };
        let mut command =
            cc::command(&runtime.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let file = ["dll", "exe"].map(|kind| self.folder().join(self.program).with_extension(kind));
        command.arg(file.iter().find(|file| file.is_file()).expect("the program"));
        command
    }

    /// Runs the program to its end, with these variables, and returns what it has printed.
    pub fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = self.command();
        command.envs(environment.iter().copied()).args(arguments);
        cc::output(command)
    }
}

/// The SDK, for the projects of `examples/dotnet`; `None` when there is none. What it makes goes
/// into the target directory.
pub fn sdk(words: &[&str]) -> Option<Command> {
    if !dotnet_command::is_installed() {
        cc::skip(SDK);
        return None;
    }
    let mut command = dotnet_command::command(&cc::library(), &artifacts(), words);
    command.env("YTX_TEST_CLONE", cc::root()).env_remove("LD_LIBRARY_PATH");
    // The sandbox lies two folders above the test programs.
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    command.env("CARGO_TARGET_DIR", target);
    Some(command)
}

/// Each test program has its own, since they run at the same time.
pub fn artifacts() -> PathBuf {
    let name = env::current_exe().unwrap();
    let name = name.file_name().unwrap().to_str().unwrap().split('-').next().unwrap().to_owned();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("dotnet").join(name)
}

/// The folder with what the SDK has made of the programs; `None` when there is none.
pub fn built() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            for program in ["Conformance", "LockWhenComplete", "Quickstart"] {
                cc::succeed(sdk(&["build", "--verbosity", "quiet", program])?);
            }
            Some(artifacts())
        })
        .as_deref()
}
