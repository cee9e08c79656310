//! Doors for the fuzz targets in `fuzz/`. They exist only in a build for fuzzing.

#![forbid(unsafe_code)]
#![allow(missing_docs)]

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::{Answer, StatusCode};
use crate::error::{Error, Kind};
use crate::members::{self, Which};
use crate::sys::Block;
use crate::watch::{Course, Onward, Told};

/// The client's end of the next connection, whichever thread makes it, and the servers' ends, which
/// stay open until the next answer so that requests can be sent.
static NEXT: Mutex<Vec<UnixStream>> = Mutex::new(Vec::new());
static SERVERS: Mutex<Vec<UnixStream>> = Mutex::new(Vec::new());

/// Reads a body as an answer; `Some` when it is handed on.
pub fn read_answer(body: &[u8]) -> Option<String> {
    Answer::read(Block::copy(body)?).ok().map(|(answer, _)| answer.json().to_owned())
}

/// Reads a list of members as for Rust programs: number, room and words of each, a NUL in them
/// replaced as for C.
pub fn read_members(json: &str, which: i32) -> Option<Vec<[String; 4]>> {
    let which =
        [Which::All, Which::Joined, Which::Left, Which::Muted, Which::Unmuted][which as usize];
    let texts = |row: members::Row| {
        let member = row.member;
        [member.phone, member.meeting_id, member.presence, member.mute]
            .map(|text| text.replace('\0', "\u{fffd}"))
    };
    Some(members::of_any(json, which)?.into_iter().map(texts).collect())
}

/// A watch without a queue, and what its host has taken.
pub struct Watched {
    course: Course,
    told: Told,
}

impl Watched {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Watched {
        Watched { course: Course::new("002", Duration::from_secs(5)), told: Told::default() }
    }

    /// A poll brought this; false when the watch has ended.
    pub fn answer(&mut self, body: &[u8]) -> bool {
        let body = Block::copy(body).expect("memory");
        let result = match Answer::read(body) {
            Ok((answer, StatusCode::Platform(0))) => Ok(answer),
            Ok((_, StatusCode::Platform(code))) => Err(Error::new(Kind::Refused(code), "refused")),
            Ok(_) | Err(_) => Err(Error::new(Kind::Response, "no answer")),
        };
        self.polled(result)
    }

    /// A poll failed.
    pub fn fail(&mut self) -> bool {
        self.polled(Err(Error::new(Kind::Timeout, "no answer")))
    }

    fn polled(&mut self, result: Result<Answer, Error>) -> bool {
        matches!(self.course.polled(result, 1), Onward::Poll(_))
    }

    /// Takes the event that waits, if there is one.
    pub fn take(&mut self) -> Option<String> {
        let news = self.course.news(&self.told)?;
        self.told = news.told;
        Some(news.json.expect("memory").to_owned())
    }
}

/// Lets the next connection, and no other, bring exactly these bytes, whatever is sent on it.
pub fn answer_with(bytes: &[u8]) {
    lock(&NEXT).clear();
    lock(&SERVERS).clear();
    answer_also_with(bytes);
}

/// Lets one more connection bring these bytes.
pub fn answer_also_with(bytes: &[u8]) {
    let (ours, mut servers) = UnixStream::pair().expect("a pair of sockets");
    servers.set_nonblocking(true).expect("a socket");
    let _ = servers.write(bytes); // what does not fit is a shorter answer
    servers.shutdown(Shutdown::Write).expect("a socket");
    lock(&NEXT).insert(0, ours);
    lock(&SERVERS).push(servers);
}

/// Stands in for connecting.
pub(crate) fn next_connection() -> Option<TcpStream> {
    Some(TcpStream::from(OwnedFd::from(lock(&NEXT).pop()?)))
}

fn lock(streams: &Mutex<Vec<UnixStream>>) -> MutexGuard<'_, Vec<UnixStream>> {
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}
