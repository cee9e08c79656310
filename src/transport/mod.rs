//! Carrying one signed request to the platform and its answer back, on connections that are kept.
//!
//! Making connections and sending is ours: names are looked up (`lookup`), addresses tried
//! (`connect`), proxies and TLS put in place (`dial`), bytes moved (`socket`) within one deadline
//! (`deadline`). ureq reads the answer: an `agent` is handed the connection as a `wire`, on which
//! the request has gone out. A connection with its agent is a `line`, kept for reuse in a `pool`.
//! Nothing here knows what a request means, retries it, or writes a log line.

#![forbid(unsafe_code)]

mod agent;
mod connect;
mod connection;
mod deadline;
mod dial;
mod exchange;
mod line;
mod lookup;
mod pool;
mod socket;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod wire;

use std::sync::Arc;
use std::time::Instant;

use crate::error::Kind;
use crate::options::Settings;
use crate::sys::{self, Block, PerProcess};

pub(crate) use deadline::{Cancel, Deadline};
use line::Line;
use pool::Pool;
use tls::Tls;
pub(crate) use tls::holds_certificate;

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

/// Why an attempt brought no reply.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// Whether a byte of this attempt's request may have left.
    pub(crate) sent: bool,
    /// Whether a kept connection turned out to have been closed before the answer began.
    pub(crate) stale: bool,
    pub(crate) status: Option<u16>,
}

/// The connections of one account, shared by every handle on it.
pub(crate) struct Transport {
    settings: Arc<Settings>,
    config: ureq::config::Config,
    net: PerProcess<Net>,
}

/// What a process must not share with its parent: connections, and the locks inside TLS.
struct Net {
    idle: Pool,
    tls: Tls,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Transport {
        sys::stay_loaded();
        let config = agent::config(&settings);
        Transport { settings: Arc::new(settings), config, net: PerProcess::new() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn send(&self, attempt: Attempt) -> Result<Reply, Failure> {
        let settings = &self.settings;
        let net = self.net.get_or_init(|| {
            if let Some(parents) = self.net.inherited() {
                // Its connections are of no use here, and while they are open here the server
                // does not hear that the parent has closed them.
                parents.idle.clear();
            }
            Net {
                idle: Pool::new(settings.max_idle_connections, settings.idle_timeout),
                tls: Tls::new(settings, &self.config),
            }
        });
        net.idle.close_expired(Instant::now());
        let new = || Box::new(Line::new(settings, &self.config, &net.tls));
        let mut line = net.idle.take().unwrap_or_else(new);
        let result = line.run(attempt);
        if line.is_kept() {
            net.idle.put(line, Instant::now());
        }
        result
    }
}
