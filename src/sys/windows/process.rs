//! What threads of the library need of the process.

use std::io;
use std::ptr;
use std::thread;

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// No process forks here.
pub(crate) fn generation() -> u32 {
    0
}

/// Runs `work`; there is no fork to keep out of it.
pub(crate) fn without_fork<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Starts a thread of the library's own.
pub(crate) fn start_thread(
    name: &str,
    stack: usize,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).stack_size(stack).spawn(work)?;
    Ok(())
}

/// Keeps the code in memory after FreeLibrary: the look-up threads may run it at any time, and the
/// standard library never ends its use of Winsock, which would be unloaded as well.
pub(crate) fn stay_loaded() {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let here: fn() = stay_loaded;
    let mut module = ptr::null_mut();
    // SAFETY: with these flags the name is an address, which is looked for among the modules:
    // the DLL, or whatever the library is linked into. `module` is written. It has no reason to
    // fail; if it does, the program is as safe as long as it keeps the library.
    unsafe { GetModuleHandleExW(flags, here as *const u16, &mut module) };
}
