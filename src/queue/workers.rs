//! The threads for what has to be waited for in the middle: connects, handshakes, long answers.
//!
//! A few do all the work as long as none is stuck. More are started while they make no progress,
//! and idle ones end by themselves. A client whose calls are stuck does not get the last of them.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::call::Call;
use crate::sys;
use crate::transport::{Sent, those_who_wait};

use super::hub::{Hub, Message};

/// So many work before anyone is known to be stuck.
const FEW: usize = 2;

/// With the thread that drives all calls that makes 64, the most that the contract allows.
pub(super) const MOST: usize = 63;

/// The last of them are for clients none of whose calls has one.
const RESERVED: usize = 8;

/// If for so long no job was done, those who do them are stuck, where they wait.
const STUCK: Duration = Duration::from_millis(20);

/// While there are no more than these, all of them have to wait: on a busy machine a thread may be
/// long at what takes no time, and the contract allows eight for calls that are not stuck.
const ALL_WAIT: usize = 7;

/// For so long an idle thread waits for work. The contract allows thirty seconds.
pub(super) const IDLE: Duration = Duration::from_secs(10);

/// Rustls and ureq want some; look-ups have threads of their own.
pub(super) const STACK: usize = 512 * 1024;

/// A step of a call that may have to wait.
pub(super) struct Job {
    pub(super) key: usize,
    pub(super) number: u64,
    pub(super) call: Box<Call<'static>>,
    pub(super) work: Work,
}

pub(super) enum Work {
    Send,
    Receive(Sent),
}

#[derive(Default)]
pub(super) struct Workers {
    desk: Mutex<Desk>,
    /// As many as there are, for those who only want to know.
    pub(super) threads: AtomicUsize,
}

#[derive(Default)]
struct Desk {
    /// The oldest comes first.
    jobs: BTreeMap<u64, Box<Job>>,
    threads: usize,
    idle: usize,
    /// Those that nobody has called yet. The last to fall asleep is called first, so that the others
    /// end although there is always work for one.
    asleep: Vec<Arc<Condvar>>,
    /// How many work for each client.
    clients: BTreeMap<usize, usize>,
    done: u64,
    /// How many had been done when it was last looked at, and when.
    looked: Option<(u64, Instant)>,
}

impl Workers {
    /// Hands a job over; it comes back where no thread can be started to do it.
    pub(super) fn give(&self, hub: &Arc<Hub>, job: Job) -> Result<(), (Job, io::Error)> {
        let mut desk = self.desk();
        let number = job.number;
        desk.jobs.insert(number, Box::new(job));
        if desk.jobs.len() > desk.idle
            && desk.threads < FEW
            && let Err(error) = self.start(&mut desk, hub)
            && desk.threads == 0
            && let Some(job) = desk.jobs.remove(&number)
        {
            return Err((*job, error));
        }
        let called = desk.asleep.pop();
        drop(desk);
        if let Some(called) = called {
            called.notify_one();
        }
        Ok(())
    }

    /// Takes a job back that nobody has begun.
    pub(super) fn withdraw(&self, number: u64) -> Option<Job> {
        self.desk().jobs.remove(&number).map(|job| *job)
    }

    /// Starts more threads while those there are make no progress; the moment to look again.
    pub(super) fn look(&self, hub: &Arc<Hub>, now: Instant) -> Option<Instant> {
        let mut desk = self.desk();
        let is_enough = desk.jobs.len() <= desk.idle || desk.threads >= MOST;
        if is_enough {
            desk.looked = None;
            return None;
        }
        match desk.looked {
            Some((done, when)) if done == desk.done => {
                if now < when + STUCK {
                    return Some(when + STUCK);
                }
                if those_who_wait() >= (desk.threads - desk.idle).min(ALL_WAIT) {
                    let more = desk.threads.max(1).min(desk.jobs.len()).min(MOST - desk.threads);
                    // Where the system has no more threads, those there are will come to it.
                    let _ = (0..more).try_for_each(|_| self.start(&mut desk, hub));
                }
            }
            _ => {}
        }
        desk.looked = Some((desk.done, now));
        Some(now + STUCK)
    }

    fn start(&self, desk: &mut Desk, hub: &Arc<Hub>) -> io::Result<()> {
        let for_thread = Arc::clone(hub);
        sys::start_thread("ytx-worker", STACK, move || for_thread.workers.work(&for_thread))?;
        desk.threads += 1;
        self.threads.store(desk.threads, Ordering::Relaxed);
        Ok(())
    }

    fn work(&self, hub: &Hub) {
        let call = Arc::new(Condvar::new());
        let mut desk = self.desk();
        loop {
            if let Some((client, job)) = desk.pick() {
                drop(desk);
                hub.post(carry_out(job));
                desk = self.desk();
                desk.leave(client);
                continue;
            }
            desk.idle += 1;
            desk.asleep.push(Arc::clone(&call));
            let waited = call.wait_timeout(desk, IDLE);
            let (back, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            desk = back;
            desk.asleep.retain(|other| !Arc::ptr_eq(other, &call));
            desk.idle -= 1;
            if timeout.timed_out() && desk.jobs.is_empty() {
                desk.threads -= 1;
                self.threads.store(desk.threads, Ordering::Relaxed);
                return;
            }
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// The oldest job that may be begun now.
    fn pick(&mut self) -> Option<(usize, Job)> {
        let busy = self.clients.values().sum::<usize>();
        let number = if busy < MOST - RESERVED {
            *self.jobs.keys().next()?
        } else {
            let is_first = |job: &Job| !self.clients.contains_key(&job.call.client());
            *self.jobs.iter().find(|(_, job)| is_first(job))?.0
        };
        let job = *self.jobs.remove(&number)?;
        let client = job.call.client();
        *self.clients.entry(client).or_default() += 1;
        Some((client, job))
    }

    fn leave(&mut self, client: usize) {
        self.done += 1;
        if let Some(count) = self.clients.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
    }
}

fn carry_out(job: Job) -> Message {
    let Job { key, number, mut call, work } = job;
    let done = panic::catch_unwind(AssertUnwindSafe(move || {
        let step = match work {
            Work::Send => call.send(),
            Work::Receive(sent) => call.receive(sent),
        };
        (call, step)
    }));
    match done {
        Ok((call, step)) => Message::Done { key, number, call, step },
        Err(_) => Message::Lost { key, number },
    }
}
