//! Why an attempt brought no reply.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::io;

use crate::error::Kind;
use crate::sys;

use super::deadline::Stop;

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// Whether a byte of this attempt's request may have left.
    pub(crate) sent: bool,
    /// Whether a kept connection turned out to have been closed before the answer began, or with
    /// a 408.
    pub(crate) stale: bool,
    pub(crate) status: Option<u16>,
    /// Whether all that was missing is a descriptor, so that it may go better once another call
    /// has ended.
    pub(crate) starved: bool,
}

impl Failure {
    /// One before anything was sent.
    pub(super) fn new(kind: Kind, message: String) -> Failure {
        Failure { kind, message, sent: false, stale: false, status: None, starved: false }
    }

    /// A wait that ended; `nothing` says what did not come, where time ran out.
    pub(super) fn stopped(stop: Stop, nothing: impl FnOnce() -> String) -> Failure {
        match stop {
            Stop::Cancelled => Failure::new(Kind::Cancelled, "the call was cancelled".to_owned()),
            Stop::TimedOut => Failure::new(Kind::Timeout, nothing()),
            Stop::Failed(error) => {
                Failure::new(Kind::Internal, format!("waiting failed: {}", sys::reason(&error)))
            }
        }
    }

    /// A connection that ureq did not give back.
    pub(super) fn lost(status: u16) -> Failure {
        let message = "the connection was lost inside the library".to_owned();
        Failure { sent: true, status: Some(status), ..Failure::new(Kind::Internal, message) }
    }

    /// No memory for an answer.
    pub(super) fn no_memory() -> Failure {
        Failure::new(Kind::Internal, "there is no memory for the answer".to_owned())
    }
}

// So that it can travel through ureq, which hands errors on that it does not know.
impl Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Failure> for ureq::Error {
    fn from(failure: Failure) -> ureq::Error {
        ureq::Error::Io(io::Error::other(failure))
    }
}
