//! Where all queues of a process meet: the way in to the thread that drives their calls.
//!
//! That thread is started for the first call and ends when there has been none for a while. Others
//! reach it by messages alone.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::call::{Call, Step};
use crate::sys::{self, PerProcess, Poll};

use super::board::Board;
use super::driver::Driver;
use super::pauses::Pauses;
use super::task::Submission;
use super::workers::{STACK, Workers};

/// What that thread is told.
pub(super) enum Message {
    Submit(Box<Submission>),
    /// A call of that ticket may have been cancelled.
    Cancelled(u64),
    /// A client's handle was cancelled, with any number of calls.
    HandleCancelled,
    /// The queue was closed or freed.
    Closed(Arc<Board>),
    /// A worker has done a step.
    Done {
        key: usize,
        number: u64,
        call: Box<Call<'static>>,
        step: Step,
    },
    /// A worker's step came to nothing by a fault of ours, and the call with it.
    Lost {
        key: usize,
        number: u64,
    },
}

#[derive(Default)]
pub(super) struct Hub {
    inbox: Mutex<Inbox>,
    pub(super) workers: Workers,
}

#[derive(Default)]
struct Inbox {
    messages: VecDeque<Message>,
    /// What the thread waits in; none where there is no thread.
    poll: Option<Arc<Poll>>,
    asleep: bool,
    /// What a thread leaves to the next one.
    pauses: Pauses,
}

static HUB: PerProcess<Arc<Hub>> = PerProcess::new();

impl Hub {
    /// This process's.
    pub(super) fn get() -> &'static Arc<Hub> {
        HUB.get_or_init(Arc::default)
    }

    /// The same, unless no call was ever submitted in this process.
    pub(super) fn existing() -> Option<&'static Arc<Hub>> {
        HUB.get()
    }

    /// Hands a call over. It comes back where there is no thread and none can be started.
    pub(super) fn submit(
        self: &Arc<Self>,
        submission: Box<Submission>,
    ) -> Result<(), (Box<Submission>, io::Error)> {
        let mut inbox = self.inbox();
        if inbox.poll.is_none() {
            match self.start(&mut inbox.pauses) {
                Ok(poll) => inbox.poll = Some(poll),
                Err(error) => return Err((submission, error)),
            }
        }
        self.put(inbox, Message::Submit(submission));
        Ok(())
    }

    fn start(self: &Arc<Self>, pauses: &mut Pauses) -> io::Result<Arc<Poll>> {
        let poll = Arc::new(Poll::new()?);
        let pauses = std::mem::take(pauses);
        let driver = Driver::new(Arc::clone(self), Arc::clone(&poll), pauses);
        sys::start_thread("ytx-queue", STACK, move || driver.run())?;
        Ok(poll)
    }

    /// Tells the thread something, if there is one. Without one there is no call to be told of.
    pub(super) fn post(&self, message: Message) {
        let inbox = self.inbox();
        if inbox.poll.is_some() {
            self.put(inbox, message);
        }
    }

    fn put(&self, mut inbox: MutexGuard<'_, Inbox>, message: Message) {
        inbox.messages.push_back(message);
        if std::mem::take(&mut inbox.asleep) {
            let poll = inbox.poll.clone();
            drop(inbox);
            if let Some(poll) = poll {
                poll.ring();
            }
        }
    }

    /// Moves what has come behind `messages`.
    pub(super) fn collect(&self, messages: &mut VecDeque<Message>) {
        let mut inbox = self.inbox();
        inbox.asleep = false;
        if messages.is_empty() {
            std::mem::swap(&mut inbox.messages, messages);
        } else {
            messages.append(&mut inbox.messages);
        }
    }

    /// From here on whoever posts rings; `false` where something has come already.
    pub(super) fn fall_asleep(&self) -> bool {
        let mut inbox = self.inbox();
        inbox.asleep = inbox.messages.is_empty();
        inbox.asleep
    }

    /// Ends the thread, unless something has come.
    pub(super) fn retire(&self, pauses: &mut Pauses) -> bool {
        let mut inbox = self.inbox();
        let is_over = inbox.messages.is_empty();
        if is_over {
            let pauses = std::mem::take(pauses).without_watches();
            *inbox = Inbox { pauses, ..Inbox::default() };
        }
        is_over
    }

    /// The threads there are now.
    pub(super) fn threads(&self) -> usize {
        usize::from(self.inbox().poll.is_some()) + self.workers.threads.load(Ordering::Relaxed)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
