//! The way to the platform: one attempt at a time, within its deadline.
//!
//! An attempt is sent on a connection, kept (`pool`) or new (`dial`, of addresses from `connect`
//! and `lookup`, perhaps inside `tls`), and its answer is received: the head is found here
//! (`head`), the rest is read by ureq, to which the connection is lent (`reader`). Nothing here
//! knows what a request means, retries it, or writes a log line.

#![forbid(unsafe_code)]

mod bell;
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

use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::error::{Error, Kind};
use crate::options::Settings;
use crate::sys::{self, Block, PerProcess};

pub(crate) use bell::{listeners as those_who_wait, ring as wake_those_who_wait};
use connection::{Connection, Gathered};
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
    opened: AtomicU64,
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
        Ok(Transport { settings, trust, net: PerProcess::new(), opened: AtomicU64::new(0) })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many connections were made.
    pub(crate) fn connections_opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// How many are kept in this process.
    pub(crate) fn connections_idle(&self) -> usize {
        self.net.get().map_or(0, |net| net.idle.count())
    }

    /// A kept connection, if there is one.
    pub(crate) fn kept(&self) -> Option<Kept> {
        self.net().idle.take(Instant::now()).map(Kept)
    }

    /// Sends a request, on a new connection where there is no kept one.
    pub(crate) fn send(&self, attempt: Attempt, kept: Option<Kept>) -> Result<Sent, Failure> {
        let net = self.net();
        let (first, rest) = request::write(&self.settings, &attempt);
        let deadline = attempt.deadline;
        let reused = kept.is_some();
        let mut connection = match kept {
            Some(Kept(connection)) => connection,
            None => {
                let new = dial::dial(&self.settings, &net.tls, &deadline)?;
                self.opened.fetch_add(1, Ordering::Relaxed);
                new
            }
        };
        connection.begin(deadline, reused);
        match connection.send(&first).and_then(|()| connection.send(rest)) {
            Ok(()) => Ok(Sent::whole(connection)),
            Err(failure) => Err(net.note(failure, reused)),
        }
    }

    /// Sends as much of a request as can be sent without waiting; `receive` sends the rest.
    pub(crate) fn send_at_once(&self, attempt: Attempt, kept: Kept) -> Result<Sent, Failure> {
        let (mut first, rest) = request::write(&self.settings, &attempt);
        first.extend_from_slice(rest);
        let Kept(mut connection) = kept;
        connection.begin(attempt.deadline, true);
        match connection.send_at_once(&first) {
            Ok(count) => Ok(Sent { unsent: first.split_off(count), ..Sent::whole(connection) }),
            Err(failure) => Err(self.net().note(failure, true)),
        }
    }

    /// Waits for the answer and reads it.
    pub(crate) fn receive(&self, sent: Sent) -> Result<Reply, Failure> {
        let Sent { mut connection, unsent, .. } = sent;
        let reused = connection.attempt.reused;
        let status = connection
            .send(&unsent)
            .and_then(|()| connection.receive_head())
            .map_err(|failure| self.net().note(failure, reused))?;
        match self.read(connection, status) {
            Reading::Over(result) => result,
            // Only who must not wait ends so.
            Reading::Unfinished(connection) => Err(connection.closed()),
        }
    }

    /// Reads the answer if it has come whole, and waits for nothing.
    pub(crate) fn receive_at_once(&self, mut sent: Sent) -> Received {
        let connection = &mut sent.connection;
        let reused = connection.attempt.reused;
        let note = |failure| Received::Over(Err(self.net().note(failure, reused)));
        match connection.gather(self.settings.max_response_bytes) {
            Ok(Gathered::Whole) => {}
            Ok(Gathered::Part) => return Received::Unfinished(Sent { looked_at: true, ..sent }),
            Ok(Gathered::Much) => return Received::Unfinished(Sent { much: true, ..sent }),
            Err(failure) => return note(failure),
        }
        connection.try_reading();
        let status = match connection.receive_head() {
            Ok(status) => status,
            Err(failure) => return note(failure),
        };
        match self.read(sent.connection, status) {
            Reading::Over(result) => Received::Over(result),
            Reading::Unfinished(connection) => {
                let tries = sent.tries + 1;
                let much = tries >= MOST_TRIES;
                let looked_at = true;
                Received::Unfinished(Sent { tries, much, looked_at, ..Sent::whole(connection) })
            }
        }
    }

    /// Ends an attempt while its answer is waited for.
    pub(crate) fn stop(&self, sent: Sent, stop: Stop) -> Failure {
        let Sent { connection, .. } = sent;
        self.net().note(connection.stop(stop), connection.attempt.reused)
    }

    /// Reads the answer whose head lies in the connection's input.
    fn read(&self, mut connection: Box<Connection>, status: u16) -> Reading {
        let net = self.net();
        let reused = connection.attempt.reused;
        let reader = connection.reader.take().unwrap_or_else(Reader::new);
        let (back, answer) = reader.read(connection, self.settings.max_response_bytes);
        let Some(mut connection) = back else {
            return Reading::Over(Err(Failure::lost(status)));
        };
        if !connection.has_succeeded() {
            connection.reader = Some(reader);
            return Reading::Unfinished(connection);
        }
        let (parts, body) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let failure = reader::failure(error, &connection);
                return Reading::Over(Err(net.note(failure, reused)));
            }
        };
        // A server in trouble may be about to be replaced by another; after 408 it closes.
        if connection.attempt.clean && status < 500 && status != 408 {
            connection.reader = Some(reader);
            net.idle.put(connection, Instant::now());
        }
        Reading::Over(Ok(Reply { status, headers: Headers(parts.headers), body, reused }))
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

/// A connection that served before.
pub(crate) struct Kept(Box<Connection>);

/// An attempt whose request is out: the connection that its answer will come on.
pub(crate) struct Sent {
    connection: Box<Connection>,
    /// What could not be sent without waiting.
    unsent: Vec<u8>,
    /// There is so much of the answer that a thread should read it.
    much: bool,
    /// What has come of the answer is not all.
    looked_at: bool,
    /// How often it looked as if all had come.
    tries: u32,
}

/// An answer whose chunks look whole so often without being it gets a thread.
const MOST_TRIES: u32 = 8;

impl Sent {
    fn whole(connection: Box<Connection>) -> Sent {
        Sent { connection, unsent: Vec::new(), much: false, looked_at: false, tries: 0 }
    }

    /// Whether it cannot go on without a thread that waits in the middle of it.
    pub(crate) fn needs_thread(&self) -> bool {
        self.much || !self.unsent.is_empty() || self.connection.wants_to_send()
    }

    /// Whether some of the answer is here already.
    pub(crate) fn has_input(&mut self) -> bool {
        // What was looked at already waits for more.
        !self.looked_at && self.connection.has_input()
    }

    /// Becomes readable when more of the answer comes.
    pub(crate) fn socket(&self) -> &TcpStream {
        self.connection.socket()
    }
}

/// What came of an answer.
pub(crate) enum Received {
    Over(Result<Reply, Failure>),
    /// More has to come first.
    Unfinished(Sent),
}

/// What came of reading it.
enum Reading {
    Over(Result<Reply, Failure>),
    /// It needs more than there is, and nothing was to be waited for.
    Unfinished(Box<Connection>),
}

impl Net {
    /// Takes note of a failure: where a kept connection has died, those like it may have as well.
    fn note(&self, failure: Failure, reused: bool) -> Failure {
        if reused && matches!(failure.kind, Kind::Io | Kind::Timeout) {
            self.idle.clear();
        }
        failure
    }
}
