//! What the library tells its host while it works: one line at a time, to the host's own sink.
//!
//! Lines are made in `call` and where a client is made, and told on the calling thread (those of
//! a queued call on the thread that takes its end), with no lock held, so a sink may call the
//! library. Nothing secret and no part of an answer is ever put into one.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

/// How much a log line matters. A sink hears its own level and everything graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// The host asked for something that cannot be done.
    Error = 1,
    /// A call failed or was tried again, or is at risk.
    #[default]
    Warn = 2,
    /// A client was made, or a call sent again because its kept connection had been closed.
    Info = 3,
    /// Every call, with its outcome and duration.
    Debug = 4,
}

/// Where the lines go.
pub(crate) type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// A sink and the level it wants to hear.
#[derive(Clone, Default)]
pub(crate) struct Logger {
    pub(crate) level: Level,
    pub(crate) sink: Option<Sink>,
}

impl Logger {
    /// Tells the sink; the line is only made when somebody listens.
    pub(crate) fn line(&self, level: Level, line: impl FnOnce() -> String) {
        if self.hears(level) {
            self.tell(level, &line());
        }
    }

    /// Whether somebody listens to lines of that level.
    pub(crate) fn hears(&self, level: Level) -> bool {
        level <= self.level && self.sink.is_some()
    }

    /// Tells a line that was made before.
    pub(crate) fn tell(&self, level: Level, line: &str) {
        if let Some(sink) = &self.sink {
            sink(level, line);
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logger({:?}, {})", self.level, if self.sink.is_some() { "on" } else { "silent" })
    }
}
