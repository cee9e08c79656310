//! The three calls that go to the platform.

use std::ffi::c_char;

use super::client::{living, ytx_client};
use super::guard::answer;
use super::requests;
use super::status::ytx_status;

/// For ytx_lock_meeting(): members can join.
pub const YTX_UNLOCK: i32 = 0;
/// For ytx_lock_meeting(): nobody else can join.
pub const YTX_LOCK: i32 = 1;

/// Locks or unlocks a conference room.
///
/// The lock is an absolute value, so the request may be sent twice: it is resent once when a kept
/// connection turns out to have been closed, and again as max_retries allows. A resent lock can
/// overtake another client's unlock.
///
/// ```c
/// ytx_status status;
/// char *json = ytx_lock_meeting(client, appid, "002", YTX_LOCK, &status);
/// if (status != YTX_OK)
///   fprintf(stderr, "%s\n", ytx_status_text(status));
/// ytx_string_free(json);
/// ```
///
/// @param client     the client, or any handle on it
/// @param appid      an application with the telephone-conference feature: 1 to 1024 bytes of
///                   UTF-8 without control characters
/// @param confid     the room's number, the meid that creating it returned; the same grammar
/// @param lackstate  YTX_LOCK: nobody else can join; YTX_UNLOCK: members can join
/// @param status     receives YTX_OK when the platform accepted; its own code when it refused
///                   (YTX_APP_CHECK_FAILED, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
/// @return           a JSON object, whatever the status: the platform's answer byte for byte, or
///                   the library's own. The caller releases it with ytx_string_free(). NULL when
///                   there is no memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_lock_meeting(
    client: *const ytx_client,
    appid: *const c_char,
    confid: *const c_char,
    lackstate: i32,
    status: *mut ytx_status,
) -> *mut c_char {
    let call = || {
        let client = living(client)?;
        // SAFETY: the strings are NULL or what the header asks for.
        client.call(|| unsafe { requests::lock_meeting(appid, confid, lackstate) })
    };
    // SAFETY: status is NULL or valid.
    unsafe { answer(status, call) }
}

/// Asks who is in a conference room.
///
/// In the platform's answer statusMsg is an array of members:
///
/// ```json
/// {"statusCode":"0","statusMsg":[
///   {"meid":"002","phone":"131****1314",
///    "statusname":"在线","ifmutename":"未静音"}]}
/// ```
///
/// "statusname" is 在线 (on line) or 不在线 (off line), "ifmutename" is 已静音 (muted) or 未静音 (not
/// muted). On a refusal statusMsg is a text. The request only reads, so it is resent as the one of
/// ytx_lock_meeting() is.
///
/// @param client  the client, or any handle on it
/// @param appid   an application with the telephone-conference feature: 1 to 1024 bytes of UTF-8
///                without control characters
/// @param confid  the room's number, the meid that creating it returned; the same grammar
/// @param status  receives YTX_OK when the platform accepted; its own code when it refused
///                (YTX_APP_CHECK_FAILED, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
/// @return        a JSON object, whatever the status: the platform's answer byte for byte, or the
///                library's own. The caller releases it with ytx_string_free(). NULL when there
///                is no memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_meeting_state(
    client: *const ytx_client,
    appid: *const c_char,
    confid: *const c_char,
    status: *mut ytx_status,
) -> *mut c_char {
    let call = || {
        let client = living(client)?;
        // SAFETY: the strings are NULL or what the header asks for.
        client.call(|| unsafe { requests::meeting_state(appid, confid) })
    };
    // SAFETY: status is NULL or valid.
    unsafe { answer(status, call) }
}

/// Signs and sends any other request of the platform.
///
/// It goes to /version/sid/account_sid/func/func_url below base_url.
///
/// It is never sent again once a byte of it has gone out, whatever max_retries says: the library
/// cannot know what sending it twice would do. An answer without a statusCode counts as success
/// when the HTTP status is 200.
///
/// ```c
/// ytx_status status;
/// char *json = ytx_request(client, "201512", "sms", "TemplateSMS.wx",
///                          body_json, &status);
/// ytx_string_free(json);
/// ```
///
/// @param client     the client, or any handle on it
/// @param version    the interface's version, six digits; NULL for "201612"
/// @param func       "call", "sms", "traffic" or "account": 1 to 64 letters, digits, _, . and -,
///                   but not "." or ".."
/// @param func_url   the function, such as "NoticeCall.wx"; the same grammar
/// @param body_json  one JSON object in UTF-8, of any length; sent byte for byte. No control
///                   characters, but for the white space of JSON.
/// @param status     receives YTX_OK when the platform accepted; its own code when it refused
///                   (YTX_MISSING_PARAMETER, YTX_BAD_SIGN, ...); or any YTX_E_*. May be NULL.
/// @return           a JSON object, whatever the status: the platform's answer byte for byte, where
///                   statusCode may be absent, or the library's own. The caller releases it with
///                   ytx_string_free(). NULL when there is no memory for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_request(
    client: *const ytx_client,
    version: *const c_char,
    func: *const c_char,
    func_url: *const c_char,
    body_json: *const c_char,
    status: *mut ytx_status,
) -> *mut c_char {
    let call = || {
        let client = living(client)?;
        // SAFETY: the strings are NULL or what the header asks for.
        client.call(|| unsafe { requests::generic(version, func, func_url, body_json) })
    };
    // SAFETY: status is NULL or valid.
    unsafe { answer(status, call) }
}
