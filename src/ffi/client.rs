//! Making, deriving, cancelling and freeing clients.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use crate::client::Client;
use crate::error::{Error, Kind};
use crate::log::Level;
use crate::options::Options;
use crate::status::YTX_OK;

use super::argument;
use super::guard::{guard, store_status};
use super::handle::{InUse, Table};
use super::load;
use super::options::{self, ytx_options};
use super::status::ytx_status;

/// A client of one account.
///
/// It holds the account, the options and the kept connections. Make one with ytx_client_new(), use
/// it for as long as the program runs, and release it with ytx_client_free().
/// ytx_client_with_timeout() makes more handles on it, each with a deadline of its own and a
/// ytx_client_cancel() of its own.
///
/// It never changes once made. Every function may be called with it on any thread, also by many
/// threads at the same time.
///
/// It is a checked handle: one that is NULL, was freed or was never made by this library is
/// answered with YTX_E_INVALID_HANDLE and is never undefined behaviour. It is a number and no
/// address, so leak checkers do not see one that was never freed.
pub struct ytx_client {
    _opaque: (),
}

pub(super) static CLIENTS: Table<Client> = Table::new(0b101);

/// The living client behind a pointer of C, which cannot go away while this is held.
pub(super) fn living(client: *const ytx_client) -> Result<InUse<Client>, Error> {
    CLIENTS.look_up(client as usize).ok_or_else(|| {
        let how = if client.is_null() { "NULL" } else { "not a living client: freed, or made up" };
        Error::new(Kind::InvalidHandle, format!("client is {how}"))
    })
}

/// Makes a client of one account. Nothing is sent and no thread is started.
///
/// The caller releases it with ytx_client_free(). Everything passed in is copied, except what
/// options->log_user_data points to. ca_file is read before the function returns.
///
/// ```c
/// ytx_options options = YTX_OPTIONS_INIT;
/// options.base_url = YTX_SANDBOX_URL;
/// options.timeout_ms = 3000;
///
/// ytx_status status;
/// ytx_client *client =
///     ytx_client_new(account_sid, auth_token, &options, &status);
/// if (client == NULL)
///   fprintf(stderr, "%s\n", ytx_status_text(status));
/// ```
///
/// @param account_sid  the account's SID, from the platform's console: 1 to 128 letters, digits,
///                     _ and -
/// @param auth_token   its auth token: 1 to 1024 bytes of UTF-8 without control characters; the
///                     library's copy is wiped when the last handle on the account is freed
/// @param options      how the client behaves, or NULL for the defaults
/// @param status       receives YTX_OK; YTX_E_INVALID_ARGUMENT when an argument or an option is not
///                     allowed; or YTX_E_INTERNAL when millions of clients live already. May be
///                     NULL.
/// @return             the client, or NULL: then one YTX_LOG_ERROR line, if options has a log,
///                     names the argument
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_client_new(
    account_sid: *const c_char,
    auth_token: *const c_char,
    options: *const ytx_options,
    status: *mut ytx_status,
) -> *mut ytx_client {
    let made = guard(|| {
        load::keep();
        let mut given = Options::default();
        // SAFETY: the pointers are NULL or what the header asks for.
        let checked = unsafe { options::read(options, &mut given) };
        let logger = given.logger.clone();
        checked
            // SAFETY: as above.
            .and_then(|()| unsafe {
                let account_sid = argument::text("account_sid", account_sid)?;
                let auth_token = argument::text("auth_token", auth_token)?;
                Client::new(account_sid, auth_token, given)
            })
            .inspect_err(|error| {
                logger.line(Level::Error, || format!("ytx_client_new: {}", error.message()));
            })
    });
    // SAFETY: status is NULL or valid.
    unsafe { issue(made, status) }
}

/// Makes another handle on a client, with its own deadline.
///
/// It shares the account, the options and the connections, so it costs little: a deadline for one
/// call. It starts uncancelled, and is released with ytx_client_free() like any other, in any
/// order. Its status need not be looked at: when there is no handle, the call says so with
/// YTX_E_INVALID_HANDLE.
///
/// ```c
/// ytx_status status;
/// ytx_client *hurried = ytx_client_with_timeout(client, 500, NULL);
/// char *json = ytx_meeting_state(hurried, appid, "002", &status);
/// ytx_string_free(json);
/// ytx_client_free(hurried);
/// ```
///
/// @param client      the client, or any handle on it
/// @param timeout_ms  the most a call on the new handle may take, in milliseconds; 0 for that of
///                    the client passed in
/// @param status      receives YTX_OK; YTX_E_INVALID_HANDLE; or YTX_E_INTERNAL when millions of
///                    handles live already. May be NULL.
/// @return            the new handle, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_client_with_timeout(
    client: *const ytx_client,
    timeout_ms: u32,
    status: *mut ytx_status,
) -> *mut ytx_client {
    let timeout = Duration::from_millis(timeout_ms.into());
    let made = guard(|| Ok(living(client)?.with_timeout(timeout)));
    // SAFETY: status is NULL or valid.
    unsafe { issue(made, status) }
}

/// Hands a client to C.
///
/// # Safety
/// `status` is NULL or valid for writing.
unsafe fn issue(made: Result<Client, Error>, status: *mut ytx_status) -> *mut ytx_client {
    let issued = made.and_then(|client| {
        guard(|| {
            CLIENTS.issue(client.clone()).ok_or_else(|| {
                let too_many = "too many clients live at the same time";
                client.log_error(too_many);
                Error::new(Kind::Internal, too_many)
            })
        })
    });
    let (code, client) = match issued {
        // A number dressed as a pointer; nobody ever follows it.
        Ok(handle) => (YTX_OK, ptr::without_provenance_mut(handle)),
        Err(error) => (error.status(), ptr::null_mut()),
    };
    // SAFETY: the caller's promise.
    unsafe { store_status(status, code) };
    client
}

/// Ends a handle's calls at once, those under way and those to come.
///
/// They return with YTX_E_CANCELLED on the threads that made them; this function takes no lock and
/// does not wait for that. A request may have been sent by then: "sent" in the JSON says so.
///
/// The handle it was derived from, and handles derived from it, are not touched. The handle still
/// has to be freed. Cancelling again changes nothing and returns YTX_OK.
///
/// @param client  the handle
/// @return        YTX_OK or YTX_E_INVALID_HANDLE
#[unsafe(no_mangle)]
pub extern "C" fn ytx_client_cancel(client: *const ytx_client) -> ytx_status {
    guard(|| {
        living(client)?.cancel();
        Ok(())
    })
    .map_or_else(|error| error.status(), |()| YTX_OK)
}

/// Releases a handle that ytx_client_new() or ytx_client_with_timeout() made.
///
/// It does not wait: calls under way on the handle finish, and the connections close after the
/// last handle on the client and its last call are done. To end the calls first, use
/// ytx_client_cancel(). NULL, and a handle that was freed already, are ignored.
///
/// @param client  the handle, or NULL
#[unsafe(no_mangle)]
pub extern "C" fn ytx_client_free(client: *mut ytx_client) {
    // There is nobody to tell of a failure, and a panic was caught.
    let _ = guard(|| {
        CLIENTS.retire(client as usize);
        Ok(())
    });
}
