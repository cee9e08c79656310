//! The thread that drives all queued calls of a process, none of which it waits for.
//!
//! It owns them. Each stands in one state and is moved on when what it waits for has come; what
//! cannot be done without waiting goes to `workers`.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use crate::answer::Answer;
use crate::call::{Step, cancelled};
use crate::error::{Error, Kind};
use crate::status;
use crate::sys::{self, Poll, Ready};
use crate::transport::{Sent, Stop, wake_those_who_wait};

use super::board::Board;
use super::hub::{Hub, Message};
use super::lane::Lane;
use super::log::Log;
use super::pauses::{Pauses, Waiting};
use super::task::{Outlet, State, Submission, Task};
use super::watcher::{Epilogue, Next, Watcher};
use super::workers::{IDLE, Job, Work};

/// So many messages are heard before the sockets are looked at again: who floods a queue with them
/// delays what he asks for, and no answer that has come.
const MOST_HEARD: usize = 256;

/// What a poll is told when the account has asked too often.
const TOO_MANY: Kind = Kind::Refused(status::YTX_TOO_MANY_REQUESTS);

pub(super) struct Driver {
    hub: Arc<Hub>,
    poll: Arc<Poll>,
    tasks: Vec<Option<Task>>,
    free: Vec<usize>,
    tickets: BTreeMap<u64, usize>,
    /// When each task has to be looked at, whatever else happens.
    timers: BTreeSet<(Instant, usize)>,
    /// Each queue's, by the address of its board.
    lanes: BTreeMap<usize, Box<(Arc<Board>, Lane)>>,
    /// Those to be moved on, and with what.
    ready: VecDeque<(usize, Step)>,
    submitted: u64,
    /// Those with events that their hosts have not been told of.
    unannounced: Vec<Arc<Board>>,
    pauses: Pauses,
}

impl Driver {
    pub(super) fn new(hub: Arc<Hub>, poll: Arc<Poll>, pauses: Pauses) -> Driver {
        Driver {
            hub,
            poll,
            tasks: Vec::new(),
            free: Vec::new(),
            tickets: BTreeMap::new(),
            timers: BTreeSet::new(),
            lanes: BTreeMap::new(),
            ready: VecDeque::new(),
            submitted: 0,
            unannounced: Vec::new(),
            pauses,
        }
    }

    pub(super) fn run(mut self) {
        let mut messages = VecDeque::new();
        let mut readable = Ready::new();
        let mut idle_since = Instant::now();
        loop {
            let turn = AssertUnwindSafe(|| self.turn(&mut messages, &mut readable));
            if panic::catch_unwind(turn).is_err() {
                // A fault of ours takes the calls with it, but no event is lost.
                self.look_at_all(|_| true, |driver, key| driver.end(key, Err(lost())));
                self.announce();
            }
            let now = Instant::now();
            if !self.tickets.is_empty() {
                idle_since = now;
            } else if now.duration_since(idle_since) >= IDLE
                && messages.is_empty()
                && self.hub.retire(&mut self.pauses)
            {
                return;
            }
        }
    }

    /// Does what there is to do, and waits until there is more.
    fn turn(&mut self, messages: &mut VecDeque<Message>, readable: &mut Ready) {
        if messages.is_empty() {
            self.hub.collect(messages);
        }
        let mut has_cancelled_handle = false;
        for _ in 0..MOST_HEARD {
            let Some(message) = messages.pop_front() else { break };
            has_cancelled_handle |= matches!(message, Message::HandleCancelled);
            self.hear(message);
            self.move_on();
        }
        if has_cancelled_handle {
            wake_those_who_wait();
            self.look_at_all(|_| true, Driver::look_for_cancel);
        }
        let now = Instant::now();
        self.expire(now);
        self.move_on();
        self.announce();
        let look = self.hub.workers.look(&self.hub, now);
        let due = self.timers.first().map(|&(due, _)| due);
        let waits = [look, due, self.pauses.next()];
        let until = waits.into_iter().flatten().min().unwrap_or(now + IDLE);
        let until = if messages.is_empty() && self.hub.fall_asleep() { until } else { now };
        // Where the system cannot say what is readable, all timeouts still come.
        if self.poll.wait(readable, until).is_err() {
            std::thread::yield_now();
        }
        for key in readable.keys() {
            self.look_at(key);
            self.move_on();
        }
        self.announce();
    }

    fn announce(&mut self) {
        self.unannounced.drain(..).for_each(|board| board.announce());
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Submit(submission) => self.enter(*submission),
            Message::Cancelled(ticket) => {
                if let Some(&key) = self.tickets.get(&ticket) {
                    self.look_for_cancel(key);
                }
            }
            // All of them at once, when they have been heard.
            Message::HandleCancelled => {}
            Message::Closed(board) => {
                // Without a lane it has nothing under way.
                if self.lanes.contains_key(&(Arc::as_ptr(&board) as usize)) {
                    let is_of_it = |task: &Task| Arc::ptr_eq(&task.board, &board);
                    self.look_at_all(is_of_it, Driver::look_for_cancel);
                }
            }
            Message::Done { key, number, call, step } => {
                if let Some(task) = self.task(key, number) {
                    task.call = Some(call);
                    task.state = State::Moving;
                    // It may have rung meanwhile, with nobody there to hear it.
                    let due = task.due;
                    self.timers.insert((due, key));
                    self.ready.push_back((key, step));
                    self.move_on();
                }
                // So may a cancel, which nobody could see to while the worker was at it.
                if self.task(key, number).is_some() {
                    self.look_for_cancel(key);
                }
            }
            Message::Lost { key, number } => {
                if self.task(key, number).is_some() {
                    self.end(key, Err(lost()));
                }
            }
        }
    }

    fn task(&mut self, key: usize, number: u64) -> Option<&mut Task> {
        self.tasks.get_mut(key)?.as_mut().filter(|task| task.number == number)
    }

    fn look_at_all(&mut self, which: impl Fn(&Task) -> bool, look: fn(&mut Driver, usize)) {
        let keys: Vec<usize> = self
            .tickets
            .values()
            .copied()
            .filter(|&key| self.tasks[key].as_ref().is_some_and(&which))
            .collect();
        for key in keys {
            look(self, key);
            self.move_on();
        }
    }

    /// A call comes in.
    fn enter(&mut self, submission: Submission) {
        let Submission { board, ticket, outlet, call, room } = submission;
        let key = self.free.pop().unwrap_or_else(|| {
            self.tasks.push(None);
            self.tasks.len() - 1
        });
        self.submitted += 1;
        let address = Arc::as_ptr(&board) as usize;
        let new = || Box::new((Arc::clone(&board), Lane::default()));
        let (_, lane) = self.lanes.entry(address).or_insert_with(new).as_mut();
        lane.tasks += 1;
        let may_begin = room.as_ref().is_none_or(|room| lane.enter_room(room, key));
        self.tickets.insert(ticket, key);
        let deadline = call.deadline().clone();
        let due = deadline.until();
        self.timers.insert((due, key));
        self.tasks[key] = Some(Task {
            number: self.submitted,
            board,
            ticket,
            outlet,
            room,
            deadline,
            due,
            call: Some(call),
            state: State::Behind,
            in_flight: false,
            began_after: 0,
        });
        if may_begin && !self.hold(key) {
            self.begin(key);
        } else {
            self.look_for_cancel(key);
        }
    }

    fn begin(&mut self, key: usize) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let Some(call) = &mut task.call else { return };
        task.state = State::Moving;
        let step = call.begin();
        self.ready.push_back((key, step));
    }

    /// Moves on what can be moved on.
    fn move_on(&mut self) {
        while let Some((key, step)) = self.ready.pop_front() {
            let moved = panic::catch_unwind(AssertUnwindSafe(|| self.advance(key, step)));
            if moved.is_ok() {
                continue;
            }
            // Whatever went wrong, all other calls have only this thread.
            let ended = panic::catch_unwind(AssertUnwindSafe(|| self.end(key, Err(lost()))));
            if ended.is_err() {
                self.remove(key, Err(lost()), Log::default());
            }
        }
    }

    /// Takes one step with a call, or finds out what it has to wait for.
    fn advance(&mut self, key: usize, mut step: Step) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let address = Arc::as_ptr(&task.board) as usize;
        let Some((board, lane)) = self.lanes.get_mut(&address).map(Box::as_mut) else {
            return;
        };
        loop {
            let Some(call) = &mut task.call else { return };
            step = match step {
                Step::Send => {
                    if let Outlet::Watch { watcher, .. } = &task.outlet
                        && call.attempts() == 0
                        && self.pauses.is_quiet(&watcher.client(), Instant::now())
                    {
                        // The pause began while it waited for its turn.
                        return self.rest_in_line(key);
                    }
                    if !task.in_flight {
                        if !lane.take_turn(board.most_in_flight(), task.number, key) {
                            task.state = State::Turn;
                            return;
                        }
                        set_in_flight(task, board, lane, true);
                    }
                    task.began_after = lane.given_back;
                    let Some(call) = &mut task.call else { return };
                    match call.send_at_once() {
                        Some(step) => step,
                        None => return self.give(key, Work::Send),
                    }
                }
                Step::Receive(sent) if sent.needs_thread() => {
                    return self.give(key, Work::Receive(sent));
                }
                Step::Receive(mut sent) => {
                    if sent.has_input() {
                        call.receive_at_once(sent)
                    } else {
                        return self.park(key, sent);
                    }
                }
                // A call that ended meanwhile has set a descriptor or a connection free.
                Step::Starve(_) if task.began_after != lane.given_back => call.try_again(),
                Step::Starve(failure) => {
                    if lane.starve(task.number, key) {
                        set_in_flight(task, board, lane, false);
                        task.state = State::Starved;
                        return;
                    }
                    call.starved(failure)
                }
                Step::Pause(until) => {
                    task.state = State::Paused;
                    self.set_due(key, until);
                    return self.give_turn(key);
                }
                Step::Done(result) => return self.end(key, result),
            };
        }
    }

    /// Leaves a call to wait for its answer.
    fn park(&mut self, key: usize, sent: Sent) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        if self.poll.watch(sent.socket(), key).is_ok() {
            task.state = State::Parked(sent);
        } else {
            self.give(key, Work::Receive(sent));
        }
    }

    /// Gives a call to a worker.
    fn give(&mut self, key: usize, work: Work) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let Some(call) = task.call.take() else { return };
        task.state = State::Working;
        let job = Job { key, number: task.number, call, work };
        if let Err((job, error)) = self.hub.workers.give(&self.hub, job) {
            task.call = Some(job.call);
            let why = format!("no thread can be started: {}", sys::reason(&error));
            self.end(key, Err(Error::new(Kind::Internal, why)));
        }
    }

    /// The socket of a parked call has something to say.
    fn look_at(&mut self, key: usize) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        if let State::Parked(sent) = mem::replace(&mut task.state, State::Moving) {
            self.poll.forget(sent.socket());
            let Some(call) = &mut task.call else { return };
            let step = panic::catch_unwind(AssertUnwindSafe(|| call.receive_at_once(sent)));
            self.ready.push_back((key, step.unwrap_or_else(|_| Step::Done(Err(lost())))));
        }
    }

    /// Moves on what has waited long enough.
    fn expire(&mut self, now: Instant) {
        while let Some(&(due, key)) = self.timers.first() {
            if due > now {
                break;
            }
            self.timers.pop_first();
            self.interrupt(key, Stop::TimedOut);
            self.move_on();
        }
        for Waiting { number, key, .. } in self.pauses.let_go(now) {
            if self.task(key, number).is_some() {
                self.poll_again(key, now);
                self.move_on();
            }
        }
    }

    fn look_for_cancel(&mut self, key: usize) {
        let Some(Some(task)) = self.tasks.get(key) else { return };
        if task.deadline.is_cancelled() {
            self.interrupt(key, Stop::Cancelled);
        }
    }

    /// Ends what a call waits for.
    fn interrupt(&mut self, key: usize, stop: Stop) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        if let State::Working = task.state {
            // Whoever has begun with it ends it himself.
            let Some(job) = self.hub.workers.withdraw(task.number) else { return };
            task.call = Some(job.call);
            task.state = match job.work {
                Work::Send => State::Unsent,
                Work::Receive(sent) => State::Unwatched(sent),
            };
        }
        let is_cancel = matches!(stop, Stop::Cancelled);
        if let State::Resting = task.state {
            let due = task.due;
            return match is_cancel {
                true => self.end(key, Err(cancelled())),
                false if self.hold(key) => {}
                false => self.poll_again(key, due),
            };
        }
        let Some(call) = &mut task.call else { return };
        let mut end_wait = |why: &str, remedy: &str| {
            if is_cancel { call.begin() } else { call.out_of_time(why, remedy) }
        };
        let step = match mem::replace(&mut task.state, State::Moving) {
            State::Behind => end_wait("an earlier lock call of the room did not end", ""),
            State::Turn => {
                let remedy = ": the queue has max_in_flight requests on their way";
                end_wait("the call's turn did not come", remedy)
            }
            State::Unsent => {
                let remedy = ": all threads are stuck in connects or answers";
                end_wait("the call's turn did not come", remedy)
            }
            State::Starved => {
                let remedy = ": raise the limit of open files";
                end_wait("no descriptor became free for the call", remedy)
            }
            State::Paused => {
                let until = task.deadline.until();
                let step = call.resume(if is_cancel { Err(stop) } else { Ok(()) });
                self.set_due(key, until);
                step
            }
            State::Parked(sent) => {
                self.poll.forget(sent.socket());
                call.stop(sent, stop)
            }
            State::Unwatched(sent) => call.stop(sent, stop),
            State::Working | State::Resting | State::Moving => return,
        };
        self.ready.push_back((key, step));
    }

    /// Puts a watch in line while its account is to be left alone.
    fn hold(&mut self, key: usize) -> bool {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return false };
        let Outlet::Watch { watcher, .. } = &task.outlet else { return false };
        let waiting = Waiting { answered: watcher.answered, number: task.number, key };
        let is_held = self.pauses.hold(&watcher.client(), waiting);
        if is_held {
            task.call = None;
            task.state = State::Resting;
            self.timers.remove(&(task.due, key));
        }
        is_held
    }

    /// The same for one that had a turn already, or waited for it.
    fn rest_in_line(&mut self, key: usize) {
        if self.hold(key) {
            self.leave_lane(key);
        }
    }

    /// A watch's next poll is due.
    fn poll_again(&mut self, key: usize, due: Instant) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let (Outlet::Watch { watcher, .. }, State::Resting) = (&mut task.outlet, &task.state)
        else {
            return;
        };
        let call = watcher.poll(task.ticket, due);
        self.submitted += 1;
        task.number = self.submitted;
        task.deadline = call.deadline().clone();
        task.call = Some(call);
        let until = task.deadline.until();
        self.set_due(key, until);
        self.begin(key);
    }

    fn set_due(&mut self, key: usize, due: Instant) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        self.timers.remove(&(task.due, key));
        task.due = due;
        self.timers.insert((due, key));
    }

    /// A call is on its way no longer; another may be.
    fn give_turn(&mut self, key: usize) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let address = Arc::as_ptr(&task.board) as usize;
        if task.in_flight
            && let Some((board, lane)) = self.lanes.get_mut(&address).map(Box::as_mut)
        {
            lane.give_turn();
            set_in_flight(task, board, lane, false);
            self.next(address);
        }
    }

    /// Lets those go whose turn has come. Two at a time: after a want of descriptors there are more
    /// turns than calls on their way.
    fn next(&mut self, address: usize) {
        for _ in 0..2 {
            let Some((board, lane)) = self.lanes.get_mut(&address).map(Box::as_mut) else {
                return;
            };
            let Some(key) = lane.next(board.most_in_flight()) else { return };
            let Some(Some(task)) = self.tasks.get_mut(key) else { continue };
            set_in_flight(task, board, lane, true);
            let Some(call) = &mut task.call else { continue };
            let step = match mem::replace(&mut task.state, State::Moving) {
                State::Starved => call.try_again(),
                _ => call.begin(),
            };
            self.ready.push_back((key, step));
        }
    }

    /// A call is over, or a poll of a watch.
    fn end(&mut self, key: usize, result: Result<Answer, Error>) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        let (mut log, mut epilogue) = (Log::default(), Epilogue::default());
        if let Some(call) = &mut task.call {
            let (logger, lines) = call.take_lines();
            log = Log::new(logger, lines);
            epilogue = Epilogue { attempts: call.attempts(), retry_after: call.retry_after() };
        }
        let result = match &mut task.outlet {
            Outlet::Watch { watcher, .. } => {
                task.board.note(task.ticket, log.take());
                let client = watcher.client();
                let is_success = result.is_ok();
                let is_for_rate = matches!(&result, Err(error) if error.kind() == TOO_MANY);
                let now = Instant::now();
                match watcher.polled(&task.board, task.ticket, result, epilogue, now) {
                    Next::Poll(due) => {
                        if is_success {
                            self.pauses.succeeded(&client, now);
                        } else if is_for_rate {
                            let tasks = self.tasks.iter().flatten();
                            let watchers = tasks.filter_map(|task| task.watcher_of(&client));
                            let intervals = watchers.map(Watcher::interval);
                            let Epilogue { retry_after, .. } = epilogue;
                            self.pauses.refused(&client, now, retry_after, intervals);
                        }
                        return self.rest(key, due);
                    }
                    Next::End(error) => Err(error),
                }
            }
            _ => result,
        };
        self.remove(key, result, log);
    }

    /// Lets a watch rest until its next poll.
    fn rest(&mut self, key: usize, due: Instant) {
        let Some(Some(task)) = self.tasks.get_mut(key) else { return };
        task.call = None;
        task.state = State::Resting;
        self.set_due(key, due);
        self.leave_lane(key);
    }

    /// A watch is on its way no longer, nor does it wait for its turn.
    fn leave_lane(&mut self, key: usize) {
        let Some(Some(task)) = self.tasks.get(key) else { return };
        let (address, number) = (Arc::as_ptr(&task.board) as usize, task.number);
        if let Some((_, lane)) = self.lanes.get_mut(&address).map(Box::as_mut) {
            lane.leave_line(number);
        }
        self.give_turn(key);
    }

    fn remove(&mut self, key: usize, result: Result<Answer, Error>, log: Log) {
        let Some(mut task) = self.tasks.get_mut(key).and_then(Option::take) else { return };
        self.free.push(key);
        self.timers.remove(&(task.due, key));
        self.tickets.remove(&task.ticket);
        if let State::Parked(sent) = &task.state {
            self.poll.forget(sent.socket());
        }
        let address = Arc::as_ptr(&task.board) as usize;
        let mut behind = None;
        if let Some((board, lane)) = self.lanes.get_mut(&address).map(Box::as_mut) {
            lane.leave_line(task.number);
            lane.tasks -= 1;
            behind = task.room.as_ref().and_then(|room| lane.leave_room(room, key));
            if task.in_flight {
                lane.give_turn();
                set_in_flight(&mut task, board, lane, false);
            }
        }
        let Task { board, ticket, outlet, .. } = task;
        outlet.end(&board, ticket, result, log);
        if !self.unannounced.iter().any(|other| Arc::ptr_eq(other, &board)) {
            self.unannounced.push(board);
        }
        if let Some(next) = behind {
            self.begin(next);
        }
        self.next(address);
        if self.lanes.get(&address).is_some_and(|lane| lane.1.tasks == 0) {
            self.lanes.remove(&address);
        }
    }
}

/// Notes whether a task is on its way; its lane knows already.
fn set_in_flight(task: &mut Task, board: &Board, lane: &mut Lane, is_in_flight: bool) {
    task.in_flight = is_in_flight;
    if task.is_watch() {
        lane.polls = if is_in_flight { lane.polls + 1 } else { lane.polls - 1 };
    }
    board.note_in_flight(lane.in_flight - lane.polls);
}

fn lost() -> Error {
    Error { sent: true, ..Error::new(Kind::Internal, "a fault inside the library was caught") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_flood_of_messages_keeps_no_answer_waiting() {
        let poll = Arc::new(Poll::new().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (client, _) = listener.accept().unwrap();
        poll.watch(&client, 7).unwrap();
        server.write_all(b"HTTP/1.1").unwrap();

        let flood = 2 * MOST_HEARD + 1;
        let mut messages: VecDeque<_> = (0..flood).map(|_| Message::Cancelled(0)).collect();
        let mut driver = Driver::new(Arc::default(), Arc::clone(&poll), Pauses::default());
        let mut readable = Ready::new();
        let begun = Instant::now();
        driver.turn(&mut messages, &mut readable);
        assert_eq!(messages.len(), MOST_HEARD + 1);
        assert_eq!(readable.keys().collect::<Vec<_>>(), [7]);
        // Nor does it wait while there is more to hear.
        driver.turn(&mut messages, &mut readable);
        assert_eq!(messages.len(), 1);
        assert!(begun.elapsed() < IDLE);
        poll.forget(&client);
    }
}
