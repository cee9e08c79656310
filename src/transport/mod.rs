//! The way to the platform: one attempt at a time, within its deadline.
//!
//! An attempt is sent on a connection, kept (`pool`) or new (`dial`, of addresses from `connect`
//! and `lookup`, perhaps inside `tls`), and its answer is received: the head is found here
//! (`head`), the rest is read by ureq, to which the connection is lent (`reader`). Nothing here
//! knows what a request means, retries it, or writes a log line.

#![forbid(unsafe_code)]

#[cfg(feature = "tls")]
mod ca_file;
mod connect;
mod connection;
mod deadline;
mod dial;
mod failure;
mod head;
mod input;
mod lookup;
mod pool;
mod reader;
mod request;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;

use std::time::Instant;

use crate::error::{Error, Kind};
use crate::options::Settings;
use crate::sys::{self, Block, PerProcess};

use connection::Connection;
pub(crate) use deadline::{Cancel, Deadline, Stop};
pub(crate) use failure::Failure;
use pool::Pool;
use reader::Reader;
use tls::{Tls, Trust};

/// One attempt at a request.
pub(crate) struct Attempt<'a> {
    /// The request target below the base URL's origin, in pieces. One is the Sign.
    pub(crate) target: &'a [&'a str],
    pub(crate) authorization: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) deadline: Deadline,
    /// Whether a kept connection must not be used: the last attempt found one dead.
    pub(crate) anew: bool,
}

/// What the server answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    /// The body, or why there is none although a status came.
    pub(crate) body: Result<Block, &'static str>,
    /// Whether a kept connection brought it.
    pub(crate) reused: bool,
}

/// Those of an answer's headers that matter once a call has failed.
pub(crate) struct Headers(ureq::http::HeaderMap);

impl Headers {
    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.0.get(ureq::http::header::RETRY_AFTER)?.to_str().ok()
    }

    pub(crate) fn date(&self) -> Option<&str> {
        self.0.get(ureq::http::header::DATE)?.to_str().ok()
    }
}

/// The connections of one account, shared by every handle on it.
pub(crate) struct Transport {
    settings: Settings,
    trust: Trust,
    net: PerProcess<Net>,
}

/// What a process must not share with its parent: connections, and the locks inside TLS.
struct Net {
    idle: Pool,
    tls: Tls,
}

/// Does what is done only once a process, and best before anything else runs in it.
pub(crate) fn prepare() {
    reader::config();
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Transport, Error> {
        sys::stay_loaded();
        let trust = Trust::new(settings.ca_file.as_deref())?;
        Ok(Transport { settings, trust, net: PerProcess::new() })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a request, on a kept connection where there is one.
    pub(crate) fn send(&self, attempt: Attempt) -> Result<Sent, Failure> {
        let net = self.net();
        let (first, rest) = request::write(&self.settings, &attempt);
        let deadline = attempt.deadline;
        let kept = net.idle.take(Instant::now()).filter(|_| !attempt.anew);
        let reused = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => dial::dial(&self.settings, &net.tls, &deadline)?,
        };
        connection.begin(deadline, reused);
        match connection.send(&first).and_then(|()| connection.send(rest)) {
            Ok(()) => Ok(Sent(connection)),
            Err(failure) => Err(net.note(failure, reused)),
        }
    }

    /// Waits for the answer and reads it.
    pub(crate) fn receive(&self, Sent(mut connection): Sent) -> Result<Reply, Failure> {
        let net = self.net();
        let reused = connection.attempt.reused;
        let status = connection.receive_head().map_err(|failure| net.note(failure, reused))?;
        let reader = connection.reader.take().unwrap_or_else(Reader::new);
        let (back, answer) = reader.read(connection, self.settings.max_response_bytes);
        let Some(mut connection) = back else {
            return Err(Failure::lost(status));
        };
        let (parts, body) =
            answer.map_err(|error| net.note(reader::failure(error, &connection), reused))?;
        // A server in trouble may be about to be replaced by another; after 408 it closes.
        if connection.attempt.clean && status < 500 && status != 408 {
            connection.reader = Some(reader);
            net.idle.put(connection, Instant::now());
        }
        Ok(Reply { status, headers: Headers(parts.headers), body, reused })
    }

    /// What belongs to this process.
    fn net(&self) -> &Net {
        self.net.get_or_init(|| {
            if let Some(parents) = self.net.inherited() {
                // Its connections are of no use here, and while they are open here the server
                // does not hear that the parent has closed them.
                parents.idle.clear();
            }
            let Settings { max_idle_connections, idle_timeout, .. } = self.settings;
            Net {
                idle: Pool::new(max_idle_connections, idle_timeout),
                tls: Tls::new(self.trust.clone()),
            }
        })
    }
}

/// An attempt whose request is out: the connection that its answer will come on.
pub(crate) struct Sent(Box<Connection>);

impl Net {
    /// Takes note of a failure: where a kept connection has died, those like it may have as well.
    fn note(&self, failure: Failure, reused: bool) -> Failure {
        if reused && matches!(failure.kind, Kind::Io | Kind::Timeout) {
            self.idle.clear();
        }
        failure
    }
}
