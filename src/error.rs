//! The one error type: what kind of failure, what is known of it, and whether to try again.
//!
//! Nothing here knows C; `ffi` turns an [`Error`] into a status and a JSON string.

#![forbid(unsafe_code)]

use std::fmt;

use crate::answer::Answer;
use crate::status::{self, *};

/// What kind of failure a call ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The platform refused; the number is its own `statusCode`, below zero.
    Refused(i32),
    /// An argument is missing or not allowed. Nothing was sent.
    InvalidArgument,
    /// The handle is not a living client. Only calls through the C ABI end so.
    InvalidHandle,
    /// No connection could be made.
    Connect,
    /// The connect timeout or the whole call's ran out.
    Timeout,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// The connection broke after it was made.
    Io,
    /// An HTTP status other than 200 without a refusal in its body.
    Http,
    /// The answer is not one of the platform.
    Response,
    /// The platform's `statusCode` is neither zero nor one of its codes.
    Platform,
    /// [`Client::cancel`](crate::Client::cancel) ended the call.
    Cancelled,
    /// A queue holds as many calls as its options allow. Nothing was sent.
    Busy,
    /// A fault of this library.
    Internal,
}

impl Kind {
    /// The number that the C ABI reports for it.
    #[must_use]
    pub fn status(self) -> i32 {
        match self {
            Kind::Refused(code) => code,
            Kind::InvalidArgument => YTX_E_INVALID_ARGUMENT,
            Kind::InvalidHandle => YTX_E_INVALID_HANDLE,
            Kind::Connect => YTX_E_CONNECT,
            Kind::Timeout => YTX_E_TIMEOUT,
            Kind::Tls => YTX_E_TLS,
            Kind::Io => YTX_E_IO,
            Kind::Http => YTX_E_HTTP,
            Kind::Response => YTX_E_RESPONSE,
            Kind::Platform => YTX_E_PLATFORM,
            Kind::Cancelled => YTX_E_CANCELLED,
            Kind::Busy => YTX_E_BUSY,
            Kind::Internal => YTX_E_INTERNAL,
        }
    }
}

/// Why a call failed. It never holds the auth token, a signature or a whole URL.
#[derive(Debug, Clone)]
pub struct Error {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    pub(crate) http_status: Option<u16>,
    pub(crate) answer: Option<Answer>,
    pub(crate) sent: bool,
    pub(crate) attempts: u32,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error {
            kind,
            message: message.into(),
            http_status: None,
            answer: None,
            sent: false,
            attempts: 0,
        }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Error {
        Error::new(Kind::InvalidArgument, message)
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened, in one sentence or the platform's own words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The number that the C ABI reports: the platform's code or one of `YTX_E_*`.
    #[must_use]
    pub fn status(&self) -> i32 {
        self.kind.status()
    }

    /// The HTTP status of the last attempt, once its status line was read.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// The platform's answer byte for byte, where it answered.
    #[must_use]
    pub fn answer(&self) -> Option<&str> {
        self.answer.as_ref().map(Answer::json)
    }

    /// Whether trying again may help. It does not say that it is safe: see [`Error::was_sent`].
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            Kind::Http => matches!(self.http_status, Some(502..=504)),
            kind => status::describe(kind.status()).is_some_and(|status| status.retryable),
        }
    }

    /// Whether any byte of a request may have left. If not, trying again is always safe.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.sent
    }

    /// How many attempts were begun, the resend after a stale connection included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Refused(code) => {
                write!(f, "refused by the platform: {code} {}", self.message)?;
                match status::describe(code).and_then(|status| status.text.to_str().ok()) {
                    Some(text) => write!(f, " ({text})"),
                    None => Ok(()),
                }
            }
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}
