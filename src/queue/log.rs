//! Log lines that wait until a thread of the host's takes what they are about.

#![forbid(unsafe_code)]

use crate::call::Line;
use crate::log::{Level, Logger};

/// So many lines of a watch are kept until its next event, which may be long in coming.
const MOST: usize = 256;

#[derive(Default)]
pub(super) struct Log {
    logger: Logger,
    lines: Vec<Line>,
    /// The oldest, which gave way to newer ones.
    dropped: usize,
}

impl Log {
    pub(super) fn new(logger: Logger, lines: Vec<Line>) -> Log {
        Log { logger, lines, dropped: 0 }
    }

    /// What is there, leaving nothing.
    pub(super) fn take(&mut self) -> Log {
        std::mem::take(self)
    }

    /// The same, with later lines behind it.
    pub(super) fn and(mut self, later: Log) -> Log {
        if self.lines.is_empty() && self.dropped == 0 {
            return later;
        }
        self.lines.extend(later.lines);
        let excess = self.lines.len().saturating_sub(MOST);
        self.lines.drain(..excess);
        self.dropped += excess;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Tells it all, on this thread and with no lock held.
    pub(super) fn tell(self) {
        if self.dropped > 0 {
            let line = || format!("{} older lines of a watch were dropped", self.dropped);
            self.logger.line(Level::Warn, line);
        }
        for (level, line) in &self.lines {
            self.logger.tell(*level, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn the_newest_lines_are_kept_and_told_in_order() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        let sink = move |_, line: &str| sink.lock().unwrap().push(line.to_owned());
        let logger = Logger { level: Level::Debug, sink: Some(Arc::new(sink)) };
        let mut log = Log::default();
        for number in 0..MOST + 2 {
            let line = (Level::Debug, number.to_string());
            log = log.take().and(Log::new(logger.clone(), vec![line]));
        }
        log.tell();
        let heard = heard.lock().unwrap();
        assert_eq!(heard[0], "2 older lines of a watch were dropped");
        assert_eq!(heard[1..], (2..MOST + 2).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
