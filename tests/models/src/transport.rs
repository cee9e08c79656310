//! Models of the connections that nobody is using.

mod connection;
#[path = "../../../src/transport/pool.rs"]
mod pool;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use connection::Connection;
use loom::thread;
use pool::Pool;

use crate::client::Living;
use crate::explore::explore;

/// A connection that has not been used for so many seconds has expired.
const IDLE: u64 = 5;

/// A pool, by a clock that stands still between whole seconds.
#[derive(Clone)]
struct Model {
    pool: Arc<Pool>,
    born: Instant,
    living: Living,
}

impl Model {
    fn new(size: usize) -> Model {
        let pool = Arc::new(Pool::new(size, Duration::from_secs(IDLE)));
        Model { pool, born: Instant::now(), living: Living::default() }
    }

    fn at(&self, second: u64) -> Instant {
        self.born + Duration::from_secs(second)
    }

    fn put_new(&self, number: u32, second: u64) {
        self.put(Box::new(Connection::new(number, self.at(second), &self.living)), second);
    }

    fn put(&self, connection: Box<Connection>, second: u64) {
        self.pool.put(connection, self.at(second));
    }

    fn take(&self, second: u64) -> Option<Box<Connection>> {
        self.pool.take(self.at(second))
    }

    /// The numbers of those that lie in the pool, which then is empty.
    fn empty(&self, second: u64) -> Vec<u32> {
        let mut numbers: Vec<u32> =
            std::iter::from_fn(|| self.take(second)).map(|kept| kept.number()).collect();
        numbers.sort_unstable();
        numbers
    }
}

#[test]
fn threads_that_call_at_once_have_a_connection_each() {
    explore(|| {
        let model = Model::new(2);
        model.put_new(1, 0);
        model.put_new(2, 0);
        let theirs = model.clone();
        let call = |model: &Model| {
            let kept = model.take(1).expect("there is one for each");
            assert!([1, 2].contains(&kept.number()));
            model.put(kept, 1);
        };
        let other = thread::spawn(move || call(&theirs));
        call(&model);
        other.join().unwrap();
        assert_eq!((model.living.count(), model.empty(1)), (2, vec![1, 2]));
        assert_eq!(model.living.count(), 0);
    });
}

#[test]
fn a_connection_is_handed_to_one_thread() {
    explore(|| {
        let model = Model::new(1);
        model.put_new(1, 0);
        let others = [model.clone(), model.clone()].map(|model| {
            // Held until all have tried.
            thread::spawn(move || model.take(1))
        });
        let here = model.take(1);
        let all = others.map(|other| other.join().unwrap()).into_iter().chain([here]);
        let taken: Vec<_> = all.flatten().map(|kept| kept.number()).collect();
        assert_eq!((taken, model.take(1).is_none()), (vec![1], true));
        assert_eq!(model.living.count(), 0);
    });
}

#[test]
fn of_two_for_one_place_one_is_kept() {
    explore(|| {
        let model = Model::new(1);
        let theirs = model.clone();
        let other = thread::spawn(move || theirs.put_new(1, 0));
        model.put_new(2, 0);
        other.join().unwrap();
        assert_eq!(model.living.count(), 1);
        assert_eq!(model.empty(0).len(), 1);
        assert_eq!(model.living.count(), 0);
    });
}

/// A place is used again as soon as it is free: whoever finds it free finds it empty.
#[test]
fn a_place_is_free_when_its_connection_has_left() {
    static KEPT: AtomicBool = AtomicBool::new(false);
    explore(|| {
        let model = Model::new(1);
        model.put_new(1, 0);
        let theirs = model.clone();
        let other = thread::spawn(move || theirs.put_new(2, 0));
        let first = model.take(0).expect("one of them");
        other.join().unwrap();
        assert_eq!(first.number(), 1);
        let rest = model.empty(0);
        assert!(rest.is_empty() || rest == [2]);
        KEPT.fetch_or(!rest.is_empty(), Ordering::Relaxed);
        assert_eq!(model.living.count(), 1);
    });
    assert!(KEPT.load(Ordering::Relaxed));
}

#[test]
fn what_is_put_while_all_are_closed_is_closed_or_kept() {
    explore(|| {
        let model = Model::new(2);
        model.put_new(1, 0);
        let [putting, taking] = [model.clone(), model.clone()];
        let putting = thread::spawn(move || putting.put_new(2, 0));
        let taking = thread::spawn(move || taking.take(0).map(|kept| kept.number()));
        model.pool.clear();
        let taken = taking.join().unwrap();
        putting.join().unwrap();
        let living = model.living.count();
        let kept = model.empty(0);
        assert!(kept.is_empty() || kept == [2] && taken != Some(2));
        assert_eq!((living, model.living.count()), (kept.len(), 0));
    });
}

#[test]
fn an_expired_connection_is_handed_to_nobody() {
    explore(|| {
        let model = Model::new(2);
        model.put_new(1, 0);
        model.put_new(2, 0);
        let theirs = model.clone();
        let other = thread::spawn(move || assert!(theirs.take(IDLE).is_none()));
        assert!(model.take(IDLE).is_none());
        other.join().unwrap();
        assert_eq!(model.living.count(), 0);
    });
}

/// The thread that looks for expired ones finds a connection put meanwhile, or the next one does
/// that comes when it has expired.
#[test]
fn what_is_put_during_a_look_for_expired_ones_expires_in_its_turn() {
    explore(|| {
        let model = Model::new(2);
        // In use since: there will be none on the shelf when it would have expired.
        model.put_new(1, 0);
        drop(model.take(1));
        let theirs = model.clone();
        let other = thread::spawn(move || {
            theirs.put_new(2, IDLE);
            theirs.put_new(3, IDLE);
        });
        drop(model.take(IDLE));
        other.join().unwrap();
        // From the lower place it is handed out before the last one is come to.
        drop(model.take(IDLE + 1));
        model.put_new(4, IDLE + 1);
        assert_eq!(model.take(2 * IDLE).map(|kept| kept.number()), Some(4));
        assert_eq!(model.living.count(), 0);
    });
}

#[test]
fn what_is_put_while_others_are_closed_expires_in_its_turn() {
    explore(|| {
        let model = Model::new(2);
        model.put_new(1, 0);
        let theirs = model.clone();
        let other = thread::spawn(move || theirs.put_new(2, IDLE));
        drop(model.take(IDLE));
        other.join().unwrap();
        // As above.
        model.put_new(3, IDLE + 1);
        assert_eq!(model.take(2 * IDLE).map(|kept| kept.number()), Some(3));
        assert_eq!(model.living.count(), 0);
    });
}

#[test]
fn of_threads_that_close_the_expired_one_finds_the_rest() {
    explore(|| {
        let model = Model::new(2);
        model.put_new(1, 0);
        model.put_new(2, 1);
        let theirs = model.clone();
        let take = |model: &Model| model.take(IDLE).map(|kept| kept.number());
        let other = thread::spawn(move || take(&theirs));
        let found = [take(&model), other.join().unwrap()];
        assert!([[Some(2), None], [None, Some(2)]].contains(&found), "{found:?}");
        assert_eq!(model.living.count(), 0);
    });
}

#[test]
fn what_has_not_expired_yet_expires_in_its_turn() {
    explore(|| {
        let model = Model::new(3);
        model.put_new(1, 0);
        model.put_new(2, 1);
        model.put_new(3, 1);
        let theirs = model.clone();
        // Nothing has expired yet for a thread that began a little earlier.
        let other = thread::spawn(move || theirs.take(IDLE - 1).map(|kept| kept.number()));
        let here = model.take(IDLE).map(|kept| kept.number());
        let other = other.join().unwrap();
        assert!(here != Some(1) && here != other, "{here:?} {other:?}");
        // As above.
        model.put_new(4, IDLE);
        assert_eq!(model.take(IDLE + 1).map(|kept| kept.number()), Some(4));
        assert_eq!(model.living.count(), 0);
    });
}
