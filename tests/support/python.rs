//! Runs the Python package of `examples/python` with the library under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use super::cc::{self, Folder};
use super::python_command;
use super::root::root;

/// A Python that is there, and a folder for what it needs; that goes with this.
pub struct Python {
    scratch: Folder,
}

impl Python {
    /// `None` when it is missing.
    pub fn find() -> Option<Python> {
        if let Some(tool) = python_command::missing_tool() {
            cc::skip(&tool);
            return None;
        }
        Some(Python { scratch: Folder::new("python") })
    }

    /// A file of `examples/python`, ready to be started.
    pub fn command(&self, file: &str) -> Command {
        let mut command = self.program(python_command::name().as_ref());
        command.arg(root().join("examples/python").join(file));
        command
    }

    /// A Python with the tools of `requirements.txt`: in a folder that is made once, or in the one
    /// that `YTX_TEST_PYTHON` names.
    pub fn tools(&self) -> Option<Tools<'_>> {
        if let Some(folder) = env::var_os("YTX_TEST_PYTHON") {
            return Some(Tools { python: self, folder: folder.into() });
        }
        let wanted = root().join("examples/python/requirements.txt");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        let ready = folder.join("ready");
        let wanted_text = fs::read_to_string(&wanted).unwrap() + &python_command::name();
        // Tests run side by side: the first makes it, the others wait.
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if fs::read_to_string(&ready).is_ok_and(|installed| installed == wanted_text) {
            return Some(Tools { python: self, folder });
        }
        let mut make = Command::new(python_command::name());
        make.args(["-m", "venv", "--clear"]).arg(&folder);
        let mut install = Command::new(folder.join("bin/pip"));
        install.args(["install", "--quiet", "-r"]).arg(&wanted);
        for mut command in [make, install] {
            if !command.output().is_ok_and(|output| output.status.success()) {
                cc::skip("venv, or what requirements.txt names and pip fetches,");
                return None;
            }
        }
        fs::write(ready, wanted_text).unwrap();
        Some(Tools { python: self, folder })
    }

    fn program(&self, python: &Path) -> Command {
        let mut command = python_command::command(python, &cc::library(), self.scratch.path());
        command.envs(cc::PROXY_VARIABLES.map(|name| (name, cc::NO_PROXY_HERE)));
        command
    }
}

/// A folder with Python and the tools that look after the package.
pub struct Tools<'a> {
    python: &'a Python,
    folder: PathBuf,
}

impl Tools<'_> {
    /// A tool, among the sources. It leaves nothing there.
    pub fn command(&self, tool: &str, arguments: &[&str]) -> Command {
        let mut command = self.python.program(&self.folder.join("bin/python"));
        command.args(["-m", tool]).args(arguments).current_dir(root().join("examples/python"));
        command
    }
}
