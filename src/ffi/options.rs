//! `ytx_options`: read from C memory, field by field, into the core's options.

use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;
use crate::log::Level;
use crate::options::Options;

use super::argument;
use super::sized;

/// For log_level: a line only when a client cannot be made.
pub const YTX_LOG_ERROR: u32 = 1;
/// Also for calls that failed or were tried again, and for what is at risk. The default.
pub const YTX_LOG_WARN: u32 = 2;
/// Also for clients made, and for requests resent after a kept connection was found closed.
pub const YTX_LOG_INFO: u32 = 3;
/// Also for every call, with its outcome and duration.
pub const YTX_LOG_DEBUG: u32 = 4;

/// How a client behaves. Zero means default, field by field.
///
/// Begin with YTX_OPTIONS_INIT and set what you need:
///
/// ```c
/// ytx_options options = YTX_OPTIONS_INIT;
/// options.max_retries = 2;
/// options.proxy = "http://user:password@proxy.example.com:3128";
/// ```
///
/// Everything is copied by ytx_client_new(), except what log_user_data points to. What is not
/// allowed is refused there with YTX_E_INVALID_ARGUMENT. An empty string is refused; use NULL for
/// the default.
#[repr(C)]
pub struct ytx_options {
    /// sizeof(ytx_options). It tells the library which fields the program knows. Fields that this
    /// version of the library does not know have to be zero.
    pub struct_size: usize,
    /// Where the platform is: "http://" or "https://", a host or [IPv6], optional port and path
    /// prefix; no user, query or fragment. NULL: YTX_PRODUCTION_URL.
    pub base_url: *const c_char,
    /// The most a new connection may take, in milliseconds: name look-up, TCP and TLS.
    /// 0: 5 000.
    pub connect_timeout_ms: u32,
    /// The most a call may take, in milliseconds, with everything in it: attempts, pauses, name
    /// look-up. 0: 15 000.
    pub timeout_ms: u32,
    /// How often a meeting call is tried again after YTX_E_CONNECT, YTX_E_IO,
    /// YTX_TOO_MANY_REQUESTS and HTTP 502, 503 or 504, after a growing pause, within timeout_ms.
    /// A Retry-After longer than the time left ends the call at once. ytx_request() is never tried
    /// again. 0: none.
    pub max_retries: u32,
    /// How many unused connections are kept for reuse. 0: 64. More than 65 536 counts as that.
    pub max_idle_connections: u32,
    /// How long an unused connection is kept, in milliseconds; then it is closed, at the latest
    /// by the client's next call. One in steady use is replaced after four times as long, and
    /// after a minute at the latest, so that a name that moves is followed. Nor is one used again
    /// after an answer of 5xx, or when another one has timed out or broken since. 0: 15 000.
    pub idle_timeout_ms: u32,
    /// The largest answer accepted, in bytes, with chunking removed; a larger one ends the call
    /// with YTX_E_RESPONSE. 0: 8 MiB.
    pub max_response_bytes: u32,
    /// How much log is told: YTX_LOG_ERROR to YTX_LOG_DEBUG. 0: YTX_LOG_WARN.
    pub log_level: u32,
    /// Has to be 0.
    pub reserved: u32,
    /// "http://[user:password@]host:port"; user and password may be percent-encoded. The
    /// environment has no effect. NULL: none.
    pub proxy: *const c_char,
    /// The path of a file of PEM certificates to trust in place of the built-in ones. It is read
    /// once, by ytx_client_new(), and whole: a block that cannot be used is named in the log by its
    /// number and line, and there is no client. Keys in it are passed over. NULL: the built-in ones.
    pub ca_file: *const c_char,
    /// The User-Agent header, without control characters. NULL: "ytx/" and the version.
    pub user_agent: *const c_char,
    /// Receives each log line, without a newline. It runs on the thread of the call it concerns,
    /// with no lock held, so it may call any ytx function; it runs for the last time before the
    /// last call returns. It must not throw, longjmp or end the thread. NULL: silent.
    ///
    /// No line holds the auth token, a signature, a whole URL, or any part of an answer.
    pub log: Option<extern "C" fn(level: i32, message: *const c_char, user_data: *mut c_void)>,
    /// Handed to log as it is. Whatever it points to has to last as long as the client.
    pub log_user_data: *mut c_void,
    /// Where every connection is made from, one to a proxy as well: an IPv4 or IPv6 address of this
    /// machine, without brackets, port or zone. Addresses of a name that are of the other family are
    /// passed over. The machine has to have it when a connection is made (YTX_E_CONNECT where not).
    /// "0.0.0.0" and "::" only choose the family. NULL: the system's choice.
    pub source_address: *const c_char,
}

/// The size of the options before they had a source_address.
const FIRST_SIZE: usize = offset_of!(ytx_options, source_address);

/// Reads the options of C. The logging ones are put in place first, so that a refusal of the
/// others can be logged.
///
/// # Safety
/// `pointer` is NULL, or points to a `ytx_options` of `struct_size` bytes whose pointers are
/// NULL or valid strings.
pub(super) unsafe fn read(pointer: *const ytx_options, options: &mut Options) -> Result<(), Error> {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: the caller's promise; every field takes whatever bytes, but for `log`, of which it is
    // asked that it be NULL or a function.
    let given = unsafe { sized::read(pointer, &[FIRST_SIZE], "options", "YTX_OPTIONS_INIT")? };
    // SAFETY: the caller's promise about the strings.
    unsafe { fill(&given, options) }
}

/// # Safety
/// The pointers in `given` are NULL or valid strings.
unsafe fn fill(given: &ytx_options, options: &mut Options) -> Result<(), Error> {
    let level = match given.log_level {
        0 | YTX_LOG_WARN => Some(Level::Warn),
        YTX_LOG_ERROR => Some(Level::Error),
        YTX_LOG_INFO => Some(Level::Info),
        YTX_LOG_DEBUG => Some(Level::Debug),
        _ => None,
    };
    if let Some(log) = given.log {
        set_log(options, level.unwrap_or_default(), log, given.log_user_data);
    }
    if level.is_none() {
        return Err(Error::argument("options.log_level is none of YTX_LOG_*"));
    }
    if given.reserved != 0 {
        return Err(Error::argument("options.reserved is not 0"));
    }
    set_millis(&mut options.connect_timeout, given.connect_timeout_ms);
    set_millis(&mut options.timeout, given.timeout_ms);
    set_millis(&mut options.idle_timeout, given.idle_timeout_ms);
    set_count(&mut options.max_idle_connections, given.max_idle_connections);
    set_count(&mut options.max_response_bytes, given.max_response_bytes);
    options.max_retries = given.max_retries;
    // SAFETY: the caller's promise, for each of the five.
    unsafe {
        if let Some(url) = argument::optional_text("base_url", given.base_url)? {
            options.base_url = url.to_owned();
        }
        options.proxy = argument::optional_text("proxy", given.proxy)?.map(str::to_owned);
        options.ca_file = argument::optional_text("ca_file", given.ca_file)?.map(PathBuf::from);
        options.source_address =
            argument::optional_text("source_address", given.source_address)?.map(str::to_owned);
        if let Some(agent) = argument::optional_text("user_agent", given.user_agent)? {
            options.user_agent = agent.to_owned();
        }
    }
    Ok(())
}

fn set_millis(option: &mut Duration, millis: u32) {
    if millis != 0 {
        *option = Duration::from_millis(millis.into());
    }
}

fn set_count(option: &mut u32, count: u32) {
    if count != 0 {
        *option = count;
    }
}

/// The host's pointer, which only its own callback looks at.
struct UserData(*mut c_void);

// SAFETY: the library only hands it back. The header tells the host that its callback runs on
// the threads of its calls.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}

fn set_log(
    options: &mut Options,
    level: Level,
    log: extern "C" fn(i32, *const c_char, *mut c_void),
    user_data: *mut c_void,
) {
    let user_data = UserData(user_data);
    options.log(level, move |level, message| {
        let line = [message.as_bytes(), b"\0"].concat();
        // No message of the library holds a NUL; should one, the line ends there.
        let line = CStr::from_bytes_until_nul(&line).unwrap_or_default();
        log(level as i32, line.as_ptr(), user_data.pointer());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::size_of;

    // The C contract's order and sizes, on machines with 32 and 64 bits.
    #[test]
    fn layout() {
        let word = size_of::<usize>();
        assert_eq!(offset_of!(ytx_options, struct_size), 0);
        assert_eq!(offset_of!(ytx_options, base_url), word);
        assert_eq!(offset_of!(ytx_options, connect_timeout_ms), 2 * word);
        assert_eq!(offset_of!(ytx_options, timeout_ms), 2 * word + 4);
        assert_eq!(offset_of!(ytx_options, max_retries), 2 * word + 8);
        assert_eq!(offset_of!(ytx_options, max_idle_connections), 2 * word + 12);
        assert_eq!(offset_of!(ytx_options, idle_timeout_ms), 2 * word + 16);
        assert_eq!(offset_of!(ytx_options, max_response_bytes), 2 * word + 20);
        assert_eq!(offset_of!(ytx_options, log_level), 2 * word + 24);
        assert_eq!(offset_of!(ytx_options, reserved), 2 * word + 28);
        assert_eq!(offset_of!(ytx_options, proxy), 2 * word + 32);
        assert_eq!(offset_of!(ytx_options, ca_file), 3 * word + 32);
        assert_eq!(offset_of!(ytx_options, user_agent), 4 * word + 32);
        assert_eq!(offset_of!(ytx_options, log), 5 * word + 32);
        assert_eq!(offset_of!(ytx_options, log_user_data), 6 * word + 32);
        assert_eq!(FIRST_SIZE, 7 * word + 32);
        assert_eq!(offset_of!(ytx_options, source_address), 7 * word + 32);
        assert_eq!(size_of::<ytx_options>(), 8 * word + 32);
    }
}
