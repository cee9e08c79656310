//! Every status a call can end with: its number, name, meaning and remedy.
//!
//! The one table of them. The numbers are part of the C ABI and never change. The platform's
//! own codes come from its page and from what its published clients have seen.

#![forbid(unsafe_code)]
#![allow(missing_docs)] // The table below says what each code means, once.

use std::ffi::CStr;

/// The platform accepted the request.
pub const YTX_OK: i32 = 0;

/// A phone number is not valid (号码无效).
pub const YTX_INVALID_NUMBER: i32 = -1;
/// A parameter that the platform requires is missing from the request (缺少必要参数).
pub const YTX_MISSING_PARAMETER: i32 = -2;
/// The platform knows no such action (无效action).
pub const YTX_UNKNOWN_ACTION: i32 = -3;
/// The request's body is not JSON (无效的JSON).
pub const YTX_BAD_JSON: i32 = -4;
/// The platform failed (异常错误).
pub const YTX_PLATFORM_FAULT: i32 = -100;
/// A parameter's value is not allowed (参数不合法).
pub const YTX_BAD_PARAMETER: i32 = -101;
/// This phone number is not allowed (电话号码不合法).
pub const YTX_NUMBER_NOT_ALLOWED: i32 = -102;
/// Too many requests (请求频率过高).
pub const YTX_TOO_MANY_REQUESTS: i32 = -104;
/// No such account (无此用户).
pub const YTX_NO_SUCH_ACCOUNT: i32 = -200;
/// The account is disabled (用户状态失效).
pub const YTX_ACCOUNT_DISABLED: i32 = -201;
/// The Authorization header is wrong or has expired (包头验证信息错误).
pub const YTX_BAD_AUTHORIZATION: i32 = -202;
/// The signature does not match (AuthToken验证失败).
pub const YTX_BAD_SIGN: i32 = -203;
/// The account's balance is too low (账户余额不足).
pub const YTX_BALANCE_TOO_LOW: i32 = -204;
/// The application check failed (应用验证失败).
pub const YTX_APP_CHECK_FAILED: i32 = -205;

/// An argument is missing or not allowed; nothing was sent.
pub const YTX_E_INVALID_ARGUMENT: i32 = 1001;
/// The client or queue is NULL, freed, or was never made by this library; nothing was sent.
pub const YTX_E_INVALID_HANDLE: i32 = 1002;
/// No connection could be made, or the proxy refused.
pub const YTX_E_CONNECT: i32 = 1003;
/// The time allowed by timeout_ms or connect_timeout_ms ran out.
pub const YTX_E_TIMEOUT: i32 = 1004;
/// The TLS handshake or the server's certificate failed.
pub const YTX_E_TLS: i32 = 1005;
/// The connection broke after it was made.
pub const YTX_E_IO: i32 = 1006;
/// The server's HTTP status was not 200, and its body held no refusal. Redirects end here. The JSON
/// says whether it is retryable: after 502, 503 and 504.
pub const YTX_E_HTTP: i32 = 1007;
/// The answer was not one of the platform: not JSON, not UTF-8, no statusCode, or too large.
pub const YTX_E_RESPONSE: i32 = 1008;
/// The platform answered a statusCode that is neither success nor one of its codes.
pub const YTX_E_PLATFORM: i32 = 1009;
/// The call was cancelled with ytx_client_cancel(), ytx_queue_cancel() or ytx_queue_close().
pub const YTX_E_CANCELLED: i32 = 1010;
/// A queue holds as many calls or watches as its options allow; nothing was sent.
pub const YTX_E_BUSY: i32 = 1011;
/// A fault of this library, caught before it could harm the program.
pub const YTX_E_INTERNAL: i32 = 1099;

/// What is known of one status.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// Its number: 0, the platform's own below zero, the library's above.
    pub code: i32,
    /// Its name in C, such as `YTX_E_TIMEOUT`.
    pub name: &'static CStr,
    /// One sentence: what happened, and the remedy where one is known.
    pub text: &'static CStr,
    /// Whether trying again may help. It does not say that it is safe.
    pub retryable: bool,
}

/// Looks a status up by its number.
#[must_use]
pub fn describe(code: i32) -> Option<&'static Status> {
    TABLE.iter().find(|status| status.code == code)
}

const fn lasting(code: i32, name: &'static CStr, text: &'static CStr) -> Status {
    Status { code, name, text, retryable: false }
}

const fn passing(code: i32, name: &'static CStr, text: &'static CStr) -> Status {
    Status { code, name, text, retryable: true }
}

#[rustfmt::skip] // One status a paragraph reads better than one word a line.
/// How many statuses have a name.
pub(crate) const NAMED: usize = 27;

pub(crate) static TABLE: [Status; NAMED] = [
    lasting(YTX_OK, c"YTX_OK",
        c"The platform accepted the request."),

    lasting(YTX_INVALID_NUMBER, c"YTX_INVALID_NUMBER",
        c"A phone number is not valid: check its digits and its area code."),
    lasting(YTX_MISSING_PARAMETER, c"YTX_MISSING_PARAMETER",
        c"A parameter that the platform requires is missing from the request: compare its body with the function's page."),
    lasting(YTX_UNKNOWN_ACTION, c"YTX_UNKNOWN_ACTION",
        c"The platform knows no such action: check its spelling, upper and lower case included."),
    lasting(YTX_BAD_JSON, c"YTX_BAD_JSON",
        c"The platform could not read the request's body as JSON: check it with a JSON tool."),
    lasting(YTX_PLATFORM_FAULT, c"YTX_PLATFORM_FAULT",
        c"The platform reported a fault of its own: if it stays, give the answer's requestId to YTX support."),
    lasting(YTX_BAD_PARAMETER, c"YTX_BAD_PARAMETER",
        c"The platform does not allow the value of a parameter: check the conference number and the other values."),
    lasting(YTX_NUMBER_NOT_ALLOWED, c"YTX_NUMBER_NOT_ALLOWED",
        c"The platform does not allow this phone number: use one that the account may call."),
    passing(YTX_TOO_MANY_REQUESTS, c"YTX_TOO_MANY_REQUESTS",
        c"The platform received too many requests: wait a little, then try again less often."),
    lasting(YTX_NO_SUCH_ACCOUNT, c"YTX_NO_SUCH_ACCOUNT",
        c"The platform knows no such account: check the account SID in the console."),
    lasting(YTX_ACCOUNT_DISABLED, c"YTX_ACCOUNT_DISABLED",
        c"The account is disabled: ask YTX to enable it."),
    lasting(YTX_BAD_AUTHORIZATION, c"YTX_BAD_AUTHORIZATION",
        c"The platform refused the Authorization header, usually because its timestamp has expired: set this machine's clock."),
    lasting(YTX_BAD_SIGN, c"YTX_BAD_SIGN",
        c"The signature does not match: check that the auth token belongs to this account SID."),
    lasting(YTX_BALANCE_TOO_LOW, c"YTX_BALANCE_TOO_LOW",
        c"The account's balance is too low: top it up in the console."),
    lasting(YTX_APP_CHECK_FAILED, c"YTX_APP_CHECK_FAILED",
        c"The application check failed: use a test appid with the sandbox and your own appid with production, put this machine's IP address on the application's whitelist, and see that the application is online with the conference feature enabled."),

    lasting(YTX_E_INVALID_ARGUMENT, c"YTX_E_INVALID_ARGUMENT",
        c"An argument is missing or its value is not allowed, and nothing was sent: the message names it."),
    lasting(YTX_E_INVALID_HANDLE, c"YTX_E_INVALID_HANDLE",
        c"The client or queue is NULL, already freed or was never made by this library, and nothing was sent: use the pointer that ytx_client_new or ytx_queue_new returned."),
    passing(YTX_E_CONNECT, c"YTX_E_CONNECT",
        c"No connection could be made: check the host's name, the port, the route or proxy, and the process's limit of open files."),
    passing(YTX_E_TIMEOUT, c"YTX_E_TIMEOUT",
        c"The time allowed ran out before an answer came: check the network, or allow more time."),
    lasting(YTX_E_TLS, c"YTX_E_TLS",
        c"The TLS handshake or the server's certificate failed: check that the port speaks TLS, the host's name, this machine's clock, and ca_file for a private authority."),
    passing(YTX_E_IO, c"YTX_E_IO",
        c"The connection broke after it was made: try again; when sent is true the platform may have acted already."),
    lasting(YTX_E_HTTP, c"YTX_E_HTTP",
        c"The server answered with an HTTP status other than 200: check base_url and any gateway or proxy in between."),
    lasting(YTX_E_RESPONSE, c"YTX_E_RESPONSE",
        c"The answer was not one of the platform: check that base_url leads to it and that max_response_bytes is large enough."),
    lasting(YTX_E_PLATFORM, c"YTX_E_PLATFORM",
        c"The platform answered with a statusCode that is not one of its codes: the returned JSON holds it."),
    lasting(YTX_E_CANCELLED, c"YTX_E_CANCELLED",
        c"The call was cancelled, or its client or queue was."),
    passing(YTX_E_BUSY, c"YTX_E_BUSY",
        c"The queue holds as many calls or watches as its options allow, and nothing was sent: take the events that wait, or make the queue with larger limits."),
    lasting(YTX_E_INTERNAL, c"YTX_E_INTERNAL",
        c"A fault inside the library was caught: please report it with the message."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_and_ends_in_a_sentence() {
        for (index, status) in TABLE.iter().enumerate() {
            assert!(TABLE[..index].iter().all(|earlier| earlier.code != status.code));
            let text = status.text.to_str().unwrap();
            assert!(text.ends_with('.') && !text.trim_end_matches('.').contains(". "), "{text}");
            assert!(status.name.to_str().unwrap().starts_with("YTX_"));
        }
    }

    #[test]
    fn only_these_may_be_worth_another_try() {
        let retryable: Vec<i32> = TABLE.iter().filter(|s| s.retryable).map(|s| s.code).collect();
        assert_eq!(retryable, [-104, 1003, 1004, 1006, 1011]);
    }
}
