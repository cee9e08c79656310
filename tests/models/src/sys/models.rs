//! Models of what a process does not share with its parent.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use loom::thread;

use super::{PerProcess, generation};
use crate::client::{Client, Living};
use crate::explore::explore;

#[test]
fn threads_that_ask_at_once_are_told_one_generation() {
    explore(|| {
        let other = thread::spawn(generation);
        let here = generation();
        assert_ne!(here, 0);
        assert_eq!(here, other.join().unwrap());
        assert_eq!(here, generation());
    });
}

#[test]
fn a_child_is_another_generation_for_all_its_threads() {
    explore(|| {
        let parent = generation();
        generation::forget();
        let other = thread::spawn(generation);
        let here = generation();
        assert_eq!(here, other.join().unwrap());
        assert!(here > parent);
    });
}

#[test]
fn threads_that_make_a_value_at_once_share_one() {
    explore(|| {
        let living = Living::default();
        let cell = Arc::new(PerProcess::new());
        let (their_cell, theirs) = (cell.clone(), living.clone());
        let other = thread::spawn(move || {
            let value = their_cell.get_or_init(|| Client::new(7, &theirs));
            assert_eq!(value.number(), 7);
            ptr::from_ref(value) as usize
        });
        let value = cell.get_or_init(|| Client::new(7, &living));
        assert_eq!(value.number(), 7);
        assert_eq!(ptr::from_ref(value) as usize, other.join().unwrap());
        assert_eq!(living.count(), 1);
        drop(cell);
        assert_eq!(living.count(), 0);
    });
}

#[test]
fn whoever_finds_a_value_finds_it_whole() {
    static FOUND: AtomicBool = AtomicBool::new(false);
    explore(|| {
        let living = Living::default();
        let cell = Arc::new(PerProcess::new());
        let theirs = cell.clone();
        let maker = thread::spawn(move || {
            theirs.get_or_init(|| Client::new(7, &living));
        });
        if let Some(value) = cell.get() {
            assert_eq!(value.number(), 7);
            FOUND.store(true, Ordering::Relaxed);
        }
        maker.join().unwrap();
    });
    assert!(FOUND.load(Ordering::Relaxed));
}

#[test]
fn a_child_has_a_value_of_its_own() {
    explore(|| {
        let living = Living::default();
        let cell = Arc::new(PerProcess::new());
        cell.get_or_init(|| Client::new(1, &living));
        generation::forget();
        let (their_cell, theirs) = (cell.clone(), living.clone());
        let other = thread::spawn(move || {
            assert!(their_cell.inherited().is_none_or(|value| value.number() == 1));
            assert_eq!(their_cell.get_or_init(|| Client::new(2, &theirs)).number(), 2);
        });
        assert!(cell.get().is_none_or(|value| value.number() == 2));
        assert_eq!(cell.get_or_init(|| Client::new(2, &living)).number(), 2);
        other.join().unwrap();
        assert!(cell.inherited().is_none());
        assert_eq!(living.count(), 2);
        drop(cell);
        assert_eq!(living.count(), 0);
    });
}
