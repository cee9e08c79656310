//! A machine of a test's own: a loopback network, and files below /etc, that nobody else sees.

use std::ffi::CString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr;
use std::thread;

use crate::support::cc::{self, Folder, Program};

/// What is mounted over has to be there.
const FILES: [&str; 3] = ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf"];

/// Exists on the test's thread; what that starts, threads and programs, is on the machine too.
/// It goes with the last of them.
pub struct Machine {
    folder: Folder,
}

/// Runs a test on a new machine. Without the rights to make one the test is skipped.
pub fn on_its_own(test: impl FnOnce(&Machine) + Send + 'static) {
    if !cc::have(&["ip"]) || !is_root() {
        return;
    }
    if let Some(missing) = FILES.iter().find(|file| !Path::new(file).is_file()) {
        return cc::skip(missing);
    }
    // Its thread is not the harness's, which may run other tests on that.
    let name = thread::current().name().unwrap_or_default().to_owned();
    let thread = thread::Builder::new().name(name).spawn(|| {
        let Some(machine) = Machine::new() else { return };
        test(&machine);
    });
    if let Err(panic) = thread.unwrap().join() {
        std::panic::resume_unwind(panic);
    }
}

/// Whether this is root; what needs it is skipped otherwise.
pub fn is_root() -> bool {
    // SAFETY: it only asks.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        cc::skip("root");
    }
    root
}

impl Machine {
    fn new() -> Option<Machine> {
        // SAFETY: it concerns this thread alone.
        if unsafe { libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS) } != 0 {
            cc::skip("the right to make a namespace");
            return None;
        }
        // What is mounted from now on is to stay here.
        mount(None, Path::new("/"), libc::MS_REC | libc::MS_PRIVATE);
        ip("link set lo up");
        Some(Machine { folder: Folder::new("machine") })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts this text in the place of one of the files. Writing the file that is
    /// returned changes it again.
    pub fn put(&self, file: &str, text: &str) -> PathBuf {
        let ours = self.folder.path().join(file.replace('/', "_"));
        fs::write(&ours, text).unwrap();
        mount(Some(&ours), Path::new(file), libc::MS_BIND);
        ours
    }

    /// Names are looked up in this text alone, written as /etc/hosts is.
    pub fn hosts(&self, text: &str) -> PathBuf {
        self.put("/etc/nsswitch.conf", "hosts: files\n");
        self.put("/etc/hosts", text)
    }
}

/// Runs a program of `tests/c` here, where there is a compiler. It should print nothing.
pub fn passes(program: &str, arguments: &[&str]) -> bool {
    let Some(program) = Program::compile(program) else { return false };
    assert_eq!(program.run(arguments), "", "{arguments:?}");
    true
}

/// Sets the machine's network up further.
pub fn ip(arguments: &str) {
    let mut ip = Command::new("ip");
    ip.args(arguments.split(' '));
    cc::succeed(ip);
}

fn mount(source: Option<&Path>, target: &Path, flags: libc::c_ulong) {
    let text = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    let (source, target) = (source.map(text), text(target));
    let source = source.as_ref().map_or(ptr::null(), |source| source.as_ptr());
    // SAFETY: both are NULL or C strings; the other two may be NULL for such mounts.
    let failed = unsafe { libc::mount(source, target.as_ptr(), ptr::null(), flags, ptr::null()) };
    assert_eq!(failed, 0, "{target:?}: {}", io::Error::last_os_error());
}
