//! Models of the table of clients.

#[path = "../../../src/ffi/handle.rs"]
mod handle;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use handle::{InUse, Table};
use loom::thread;

use crate::client::{Client, Living};
use crate::explore::explore;
use crate::sys::atomic::{AtomicU64, Ordering};

static CLIENTS: Table<Client> = Table::new(0b101);

fn issue(client: Client) -> Option<usize> {
    CLIENTS.issue(client)
}

fn look_up(handle: usize) -> Option<InUse<Client>> {
    CLIENTS.look_up(handle)
}

fn retire(handle: usize) -> bool {
    CLIENTS.retire(handle)
}

/// The number of a client, while it lives.
fn number(handle: usize) -> Option<u32> {
    look_up(handle).map(|client| client.number())
}

#[test]
fn a_client_freed_in_use_lives_until_its_last_user() {
    explore(|| {
        let living = Living::default();
        let handle = issue(Client::new(7, &living)).unwrap();
        let users: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(move || {
                    if let Some(client) = look_up(handle) {
                        assert_eq!(client.number(), 7);
                    }
                })
            })
            .collect();
        assert!(retire(handle));
        assert!(look_up(handle).is_none());
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!(living.count(), 0);
    });
}

#[test]
fn of_two_that_free_a_client_one_does() {
    explore(|| {
        let living = Living::default();
        let handle = issue(Client::new(7, &living)).unwrap();
        let other = thread::spawn(move || retire(handle));
        let here = retire(handle);
        assert_ne!(here, other.join().unwrap());
        assert_eq!(living.count(), 0);
    });
}

#[test]
fn clients_made_at_once_get_a_slot_each() {
    explore(|| {
        let living = Living::default();
        let theirs = living.clone();
        let other = thread::spawn(move || issue(Client::new(1, &theirs)).unwrap());
        let here = issue(Client::new(2, &living)).unwrap();
        assert_eq!(number(here), Some(2));
        let other = other.join().unwrap();
        assert_eq!((number(other), number(here)), (Some(1), Some(2)));
        assert!(retire(other) && retire(here));
        assert_eq!(living.count(), 0);
    });
}

/// The memory that the number is in orders nothing: a C program may hand it over as it likes.
#[test]
fn whoever_finds_a_client_finds_it_whole() {
    static FOUND: AtomicBool = AtomicBool::new(false);
    explore(|| {
        let living = Living::default();
        let told = Arc::new(AtomicU64::new(0));
        let teller = told.clone();
        let maker = thread::spawn(move || {
            teller.store(issue(Client::new(7, &living)).unwrap() as u64, Ordering::Relaxed);
        });
        if let Some(client) = look_up(told.load(Ordering::Relaxed) as usize) {
            assert_eq!(client.number(), 7);
            FOUND.store(true, Ordering::Relaxed);
        }
        maker.join().unwrap();
    });
    assert!(FOUND.load(Ordering::Relaxed));
}

#[test]
fn a_freed_number_stays_invalid_while_its_slot_is_used_again() {
    explore(|| {
        let living = Living::default();
        let freed = issue(Client::new(1, &living)).unwrap();
        let theirs = living.clone();
        let other = thread::spawn(move || {
            assert!(retire(freed));
            issue(Client::new(2, &theirs)).unwrap()
        });
        assert!(matches!(number(freed), None | Some(1)));
        let next = other.join().unwrap();
        assert_eq!((number(freed), number(next)), (None, Some(2)));
        assert_eq!(living.count(), 1);
    });
}

/// One thread takes the first free slot while another takes both and gives the first one back.
#[test]
fn a_slot_taken_and_given_back_meanwhile_is_not_given_twice() {
    explore(|| {
        let living = Living::default();
        let both = [0, 1].map(|number| issue(Client::new(number, &living)).unwrap());
        assert!(both.into_iter().all(retire));
        let theirs = living.clone();
        let other = thread::spawn(move || issue(Client::new(2, &theirs)).unwrap());
        let brief = issue(Client::new(3, &living)).unwrap();
        let here = issue(Client::new(4, &living)).unwrap();
        assert!(retire(brief));
        let last = issue(Client::new(5, &living)).unwrap();
        let other = other.join().unwrap();
        assert_eq!([other, here, last].map(number), [Some(2), Some(4), Some(5)]);
        assert_eq!(living.count(), 3);
    });
}
