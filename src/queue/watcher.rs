//! A watch on its queue: makes its polls, and hands what they bring to its host.

#![forbid(unsafe_code)]

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::backoff;
use crate::call::Call;
use crate::client::{Client, Shared};
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
    /// When a poll last succeeded.
    pub(super) answered: Option<Instant>,
}

/// What is known of a poll that has ended, beside its result.
#[derive(Default, Clone, Copy)]
pub(super) struct Epilogue {
    pub(super) attempts: u32,
    pub(super) retry_after: Option<Duration>,
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
        Watcher {
            client: client.clone(),
            request,
            cancel: Arc::clone(cancel),
            course,
            due,
            answered: None,
        }
    }

    /// Whose watch it is, all handles alike.
    pub(super) fn client(&self) -> Weak<Shared> {
        self.client.shared()
    }

    pub(super) fn interval(&self) -> Duration {
        self.course.interval()
    }

    /// The next poll, which was due at that moment. The poll after it is its retry.
    pub(super) fn poll(&mut self, ticket: u64, due: Instant) -> Box<Call<'static>> {
        self.due = due;
        let request = self.request.clone();
        Box::new(self.client.queued(request, &self.cancel, ticket, due).tried_once())
    }

    /// A poll has ended; what it changed is handed to the host.
    pub(super) fn polled(
        &mut self,
        board: &Board,
        ticket: u64,
        result: Result<Answer, Error>,
        Epilogue { attempts, retry_after }: Epilogue,
        now: Instant,
    ) -> Next {
        if result.is_ok() {
            self.answered = Some(now);
        }
        let pace = match self.course.polled(result, attempts) {
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
        // A little more or less, so that many watches spread.
        let next = backoff::after(self.due, backoff::about(pace, ticket));
        Next::Poll(next.max(backoff::after(now, retry_after.unwrap_or_default())))
    }
}
