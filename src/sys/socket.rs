//! Waiting for sockets, and sending without ever waiting.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use socket2::SockRef;

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interest {
    Readable,
    Writable,
}

/// One descriptor to wait for, and whether it is ready.
pub(crate) struct Watch<'a> {
    fd: BorrowedFd<'a>,
    interest: Interest,
    pub(crate) ready: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(fd: &'a impl AsFd, interest: Interest) -> Self {
        Watch { fd: fd.as_fd(), interest, ready: false }
    }

    /// The same, not ready yet.
    pub(crate) fn fresh(&self) -> Watch<'a> {
        Watch { ready: false, ..*self }
    }
}

/// Waits until one of the descriptors is ready, or broken, or the moment has come.
pub(crate) fn wait(watches: &mut [Watch<'_>], until: Instant) -> io::Result<()> {
    let mut polled: Vec<libc::pollfd> = watches
        .iter()
        .map(|watch| libc::pollfd {
            fd: watch.fd.as_raw_fd(),
            events: match watch.interest {
                Interest::Readable => libc::POLLIN,
                Interest::Writable => libc::POLLOUT,
            },
            revents: 0,
        })
        .collect();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // Rounded up: a wait that ends early would only be waited again.
        let millis = left.checked_add(Duration::from_micros(999)).unwrap_or(left).as_millis();
        let millis = libc::c_int::try_from(millis).unwrap_or(libc::c_int::MAX);
        let count = polled.len() as libc::nfds_t;
        // SAFETY: the array lives on and has `count` elements; poll writes only their revents.
        // The descriptors are borrowed, so they are open.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), count, millis) };
        if ready >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    for (watch, polled) in watches.iter_mut().zip(&polled) {
        watch.ready = polled.revents != 0;
    }
    Ok(())
}

/// Sends what fits at once. `WouldBlock` when nothing does; never a SIGPIPE.
pub(crate) fn send_some(socket: &impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    // macOS has no such flag: there the option set on the socket does it.
    #[cfg(target_vendor = "apple")]
    const QUIET: libc::c_int = 0;
    #[cfg(not(target_vendor = "apple"))]
    const QUIET: libc::c_int = libc::MSG_NOSIGNAL;
    SockRef::from(socket).send_with_flags(bytes, libc::MSG_DONTWAIT | QUIET)
}

/// Whether an unused connection is still open with nothing to read: anything readable is the
/// server's farewell, or bytes that belong to no answer.
pub(crate) fn is_quiet(socket: &impl AsFd) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let peeked =
        SockRef::from(socket).recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT);
    matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Moves a descriptor away from 0, 1 and 2: a host that has closed those may still write to
/// "standard output", and must not write into a connection.
pub(crate) fn above_standard_streams(fd: OwnedFd) -> io::Result<OwnedFd> {
    // try_clone asks for one above 2 and close-on-exec, on every Unix.
    if fd.as_raw_fd() <= 2 { fd.try_clone() } else { Ok(fd) }
}
