//! What a thread waits for.

use socket2::SockRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Readable,
    Writable,
}

/// One socket to wait for, and whether it is ready.
pub(crate) struct Watch<'a> {
    pub(super) socket: SockRef<'a>,
    pub(super) interest: Interest,
    pub(crate) ready: bool,
}

impl<'a> Watch<'a> {
    /// A `Signal` may be watched as well.
    pub(crate) fn new<S>(socket: &'a S, interest: Interest) -> Self
    where
        SockRef<'a>: From<&'a S>,
    {
        Watch { socket: SockRef::from(socket), interest, ready: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{Signal, wait};
    use std::time::{Duration, Instant};

    #[test]
    fn any_number_is_watched_and_the_ready_one_is_found() {
        let signals: Vec<Signal> = (0..100).map(|_| Signal::new().unwrap()).collect();
        let mut watches: Vec<Watch> =
            signals.iter().map(|signal| Watch::new(signal, Interest::Readable)).collect();
        signals[90].raise();
        wait(&mut watches, Some(&signals[0]), Instant::now() + Duration::from_secs(60)).unwrap();
        let ready: Vec<usize> = (0..100).filter(|&index| watches[index].ready).collect();
        assert_eq!(ready, [90]);
    }

    #[test]
    fn a_wait_for_nothing_takes_its_time() {
        let until = Instant::now() + Duration::from_millis(20);
        wait(&mut [], None, until).unwrap();
        assert!(Instant::now() >= until);
    }
}
