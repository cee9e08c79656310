//! Builds and tests the Go package with the library under test.

use std::process::{Command, Stdio};

use super::cc::{self, Folder, Program};
use super::go_command;

/// The `go` command and what it needs; its files go with it.
pub struct Go {
    scratch: Folder,
}

impl Go {
    /// `None` when a tool is missing.
    pub fn find() -> Option<Go> {
        if let Some(tool) = go_command::missing_tool() {
            cc::skip(&tool);
            return None;
        }
        Some(Go { scratch: Folder::new("go") })
    }

    /// It runs among the sources.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let library = cc::library();
        let mut go = go_command::command(library.parent().unwrap(), self.scratch.path()).unwrap();
        go.args(arguments).stdin(Stdio::null());
        go
    }

    /// Runs it and returns what it has printed; a failure fails the test.
    pub fn run(&self, arguments: &[&str]) -> String {
        cc::succeed(self.command(arguments))
    }

    /// Builds one of the programs.
    pub fn build(&self, package: &str, flags: &[&str]) -> Program {
        let path = cc::scratch(package);
        let mut build = self.command(&["build", "-o"]);
        build.arg(&path).args(flags).arg(format!("./{package}"));
        cc::succeed(build);
        Program { path }
    }
}
