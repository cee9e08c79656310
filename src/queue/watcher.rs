//! A watch on its queue: makes its polls, and hands what they bring to its host.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::backoff;
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Cancel;
use crate::watch::{Course, Onward};

use super::board::Board;

pub(super) struct Watcher {
    client: Client,
    request: Request<'static>,
    cancel: Arc<Cancel>,
    course: Course,
    /// When the poll under way, or the last one, was due.
    due: Instant,
}

/// How it goes on.
pub(super) enum Next {
    /// With a poll at that moment.
    Poll(Instant),
    End(Error),
}

impl Watcher {
    pub(super) fn new(
        client: &Client,
        request: Request<'static>,
        cancel: &Arc<Cancel>,
        course: Course,
        due: Instant,
    ) -> Watcher {
        Watcher { client: client.clone(), request, cancel: Arc::clone(cancel), course, due }
    }

    /// The next poll, which was due at that moment. The poll after it is its retry.
    pub(super) fn poll(&mut self, due: Instant) -> Box<Call<'static>> {
        self.due = due;
        Box::new(self.client.queued(self.request.clone(), &self.cancel, due).tried_once())
    }

    /// A poll has ended; what it changed is handed to the host.
    pub(super) fn polled(
        &mut self,
        board: &Board,
        ticket: u64,
        result: Result<Answer, Error>,
        retry_after: Option<Duration>,
    ) -> Next {
        let pace = match self.course.polled(result) {
            Onward::Poll(pace) => pace,
            Onward::End(error) => return Next::End(error),
        };
        while self.course.may_have_news() {
            let Some(told) = board.told(ticket) else { break };
            let news = self.course.news(&told);
            if board.tell(ticket, told.version(), news) {
                break;
            }
        }
        let now = Instant::now();
        // A little more or less, so that many watches spread.
        let next = self.due + pace.mul_f64(0.9 + 0.2 * backoff::chance());
        Next::Poll(next.max(now + retry_after.unwrap_or_default()))
    }
}
