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

/// Starts a thread of the library's own. It may run at any time from then on, so the code stays in
/// memory after FreeLibrary.
pub(crate) fn start_thread(
    builder: thread::Builder,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    stay_loaded()?;
    builder.spawn(work)?;
    Ok(())
}

/// Pins the module that this very code is in: the DLL, or whatever it is linked into.
fn stay_loaded() -> io::Result<()> {
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let here: fn() -> io::Result<()> = stay_loaded;
    let mut module = ptr::null_mut();
    // SAFETY: with this flag the name is an address, which is only compared; `module` is written.
    match unsafe { GetModuleHandleExW(flags, here as *const u16, &mut module) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
