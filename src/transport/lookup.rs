//! From a host's name to its addresses, within the deadline.
//!
//! The system's look-up blocks for as long as it likes and cannot be cancelled, so it runs on a
//! thread of its own: at most four a process, started when a name first needs one, shared by all
//! clients. Calls that want the same name at the same time share one look-up.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::sys::{self, Interest, PerProcess, Signal, Watch};
use crate::url::Endpoint;

use super::connect::Problem;
use super::deadline::Deadline;

const MAX_THREADS: usize = 4;

/// The system's resolver loads modules that want some stack.
const STACK: usize = 1024 * 1024;

pub(super) fn addresses(
    server: &Endpoint,
    deadline: &Deadline,
) -> Result<Vec<SocketAddr>, Problem> {
    if let Ok(ip) = server.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, server.port)]);
    }
    static LOOK_UPS: PerProcess<Arc<LookUps>> = PerProcess::new();
    let question = LOOK_UPS.get_or_init(Arc::default).ask(server)?;
    loop {
        if let Some(answer) = question.answer.get() {
            return answer.clone().map_err(|why| match Signal::new() {
                // The system may have found no name for want of a descriptor, and not say so.
                Err(error) if sys::out_of_descriptors(&error) => Problem::Starved(why),
                _ => Problem::System(why),
            });
        }
        deadline.wait(&mut [Watch::new(&question.answered, Interest::Readable)])?;
    }
}

/// One name that somebody wants to know.
struct Question {
    server: Endpoint,
    answer: OnceLock<Result<Vec<SocketAddr>, String>>,
    answered: Signal,
}

impl Question {
    fn find_answer(&self) {
        let Endpoint { host, port } = &self.server;
        let answer = panic::catch_unwind(|| sys::without_fork(|| sys::look_up(host, *port)))
            .unwrap_or_else(|_| Err("the look-up failed".to_owned()));
        let _ = self.answer.set(answer);
        self.answered.raise();
    }
}

/// The questions of a process and the threads that answer them.
#[derive(Default)]
struct LookUps {
    desk: Mutex<Desk>,
    asked: Condvar,
}

#[derive(Default)]
struct Desk {
    waiting: VecDeque<Arc<Question>>,
    /// Those being looked up.
    open: Vec<Arc<Question>>,
    threads: usize,
    idle: usize,
}

impl LookUps {
    fn ask(self: &Arc<Self>, server: &Endpoint) -> io::Result<Arc<Question>> {
        let mut desk = self.desk();
        // A question that nobody waits for any more is held by the desk alone.
        desk.waiting.retain(|question| Arc::strong_count(question) > 1);
        // An answer that has come is from before this was asked, though its thread may not have
        // cleared the question away yet.
        let is_same = |q: &&Arc<Question>| q.server == *server && q.answer.get().is_none();
        let same = desk.waiting.iter().chain(&desk.open).find(is_same);
        if let Some(same) = same {
            return Ok(Arc::clone(same));
        }
        let question = Arc::new(Question {
            server: server.clone(),
            answer: OnceLock::new(),
            answered: Signal::new()?,
        });
        if desk.idle <= desk.waiting.len() && desk.threads < MAX_THREADS {
            match self.start_thread() {
                Ok(()) => desk.threads += 1,
                Err(error) if desk.threads == 0 => return Err(error),
                Err(_) => {} // those there are will come to it
            }
        }
        desk.waiting.push_back(Arc::clone(&question));
        self.asked.notify_one();
        Ok(question)
    }

    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let look_ups = Arc::clone(self);
        sys::start_thread("ytx-lookup", STACK, move || {
            sys::begin_look_ups();
            look_ups.answer_questions();
        })
    }

    fn answer_questions(&self) {
        let mut desk = self.desk();
        loop {
            while let Some(question) = desk.waiting.pop_front() {
                desk.open.push(Arc::clone(&question));
                drop(desk);
                question.find_answer();
                desk = self.desk();
                desk.open.retain(|open| !Arc::ptr_eq(open, &question));
            }
            desk.idle += 1;
            desk = self.asked.wait(desk).unwrap_or_else(PoisonError::into_inner);
            desk.idle -= 1;
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Cancel;
    use std::thread;
    use std::time::Duration;

    fn look_up(host: &str) -> Result<Vec<SocketAddr>, Problem> {
        let deadline = Deadline::new(
            std::time::Instant::now(),
            Duration::from_secs(20),
            &Arc::new(Cancel::default()),
        );
        addresses(&Endpoint { host: host.to_owned(), port: 80 }, &deadline)
    }

    #[test]
    fn numbers_need_no_look_up() {
        assert_eq!(look_up("127.0.0.1").unwrap(), ["127.0.0.1:80".parse().unwrap()]);
        assert_eq!(look_up("::1").unwrap(), ["[::1]:80".parse().unwrap()]);
    }

    #[test]
    fn many_threads_ask_few_threads() {
        let askers: Vec<_> = (0..32).map(|_| thread::spawn(|| look_up("localhost"))).collect();
        for asker in askers {
            let found = asker.join().unwrap().unwrap();
            assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        }
        let ours = std::fs::read_dir("/proc/self/task")
            .map(|tasks| {
                tasks
                    .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
                    .filter(|name| name.trim() == "ytx-lookup")
                    .count()
            })
            .unwrap_or(0);
        assert!(ours <= MAX_THREADS, "{ours} look-up threads");
    }

    #[test]
    fn an_answer_that_has_come_serves_no_later_question() {
        let server = Endpoint { host: "127.0.0.1".to_owned(), port: 80 };
        let look_ups = Arc::new(LookUps::default());
        look_ups.desk().threads = MAX_THREADS; // so that none is started, nor counted elsewhere
        let earlier = look_ups.ask(&server).unwrap();
        // As it is while the thread that has answered waits for the desk.
        let _ = earlier.answer.set(Ok(Vec::new()));
        look_ups.desk().open.push(Arc::clone(&earlier));
        let later = look_ups.ask(&server).unwrap();
        assert!(!Arc::ptr_eq(&later, &earlier));
    }

    #[test]
    fn a_name_that_cannot_exist_is_the_systems_error() {
        // Longer than any name may be, so no server is asked.
        assert!(matches!(look_up(&"a".repeat(300)), Err(Problem::System(_))));
    }
}
