//! Queued calls that are awaited in Rust, by whatever executor.

#![forbid(unsafe_code)]

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::answer::Answer;
use crate::error::Error;

use super::Queue;
use super::log::Log;

/// Where a result lies until it is asked for.
#[derive(Default)]
pub(super) struct Promise(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    kept: Option<(Result<Answer, Error>, Log)>,
    waker: Option<Waker>,
}

impl Promise {
    pub(super) fn keep(&self, result: Result<Answer, Error>, log: Log) {
        let mut inside = self.inside();
        inside.kept = Some((result, log));
        let waker = inside.waker.take();
        drop(inside);
        if let Some(waker) = waker {
            wake(waker);
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes an executor. Should its waker panic, that is kept from all other calls.
pub(super) fn wake(waker: Waker) {
    let _ = panic::catch_unwind(AssertUnwindSafe(|| waker.wake()));
}

/// A queued call. Dropping it before its end cancels the call.
pub(crate) struct Pending {
    promise: Arc<Promise>,
    queue: Queue,
    /// 0 once there is nothing left to cancel.
    ticket: u64,
}

impl Pending {
    pub(super) fn new(promise: Arc<Promise>, queue: Queue, ticket: u64) -> Pending {
        Pending { promise, queue, ticket }
    }
}

impl Future for Pending {
    type Output = Result<Answer, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inside = self.promise.inside();
        let Some((result, log)) = inside.kept.take() else {
            inside.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        drop(inside);
        self.ticket = 0;
        log.tell();
        Poll::Ready(result)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.ticket != 0 {
            self.queue.cancel_number(self.ticket);
        }
    }
}
