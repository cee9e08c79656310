//! A descriptor that a host can watch: readable while the bell rings.

use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use super::descriptor::{Identity, identity_of};
use super::socket::above_standard_streams;

/// A pipe with at most one byte in it. Not an eventfd, which is one descriptor less: those all look
/// alike to fstat, and after a closefrom() the number may belong to an eventfd of the host's.
#[derive(Debug)]
pub(crate) struct Doorbell {
    reader: RawFd,
    writer: RawFd,
    identity: Option<Identity>,
    open: AtomicBool,
}

impl Doorbell {
    pub(crate) fn new() -> io::Result<Doorbell> {
        let (reader, writer) = io::pipe()?;
        let reader: OwnedFd = above_standard_streams(reader.into())?;
        let writer: OwnedFd = above_standard_streams(writer.into())?;
        for end in [&reader, &writer] {
            // SAFETY: the descriptor is open; only its flags are changed.
            if unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } == -1 {
                return Err(io::Error::last_os_error());
            }
        }
        let identity = identity_of(reader.as_raw_fd());
        Ok(Doorbell {
            reader: reader.into_raw_fd(),
            writer: writer.into_raw_fd(),
            identity,
            open: AtomicBool::new(true),
        })
    }

    /// The descriptor to be watched.
    pub(crate) fn raw(&self) -> isize {
        self.reader as isize
    }

    /// Makes the descriptor readable. Who calls this sees to it that it is not so already, and that
    /// it is not being closed.
    pub(crate) fn ring(&self) {
        // SAFETY: a byte is read from a constant. The descriptor is open, or is another's after a
        // closefrom() of the host's, which is asked not to make one.
        unsafe { libc::write(self.writer, [1_u8].as_ptr().cast(), 1) };
    }

    /// Makes it unreadable again.
    pub(crate) fn silence(&self) {
        let mut byte = [0_u8];
        // SAFETY: one byte is written to an array of one. It does not wait where there is none.
        unsafe { libc::read(self.reader, byte.as_mut_ptr().cast(), 1) };
    }

    /// Closes this process's descriptors, once, where they still are what was opened.
    pub(crate) fn close(&self) {
        if !self.open.swap(false, Ordering::SeqCst) {
            return;
        }
        for end in [self.reader, self.writer] {
            if self.identity.is_some() && identity_of(end) == self.identity {
                // SAFETY: it was opened here and is closed only here, once.
                unsafe { libc::close(end) };
            }
        }
    }
}

impl Drop for Doorbell {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_readable(bell: &Doorbell) -> bool {
        let mut polled = libc::pollfd { fd: bell.reader, events: libc::POLLIN, revents: 0 };
        // SAFETY: one pollfd, which lives here.
        unsafe { libc::poll(&mut polled, 1, 0) == 1 && polled.revents & libc::POLLIN != 0 }
    }

    #[test]
    fn it_is_readable_while_it_rings() {
        let bell = Doorbell::new().unwrap();
        assert!(!is_readable(&bell));
        bell.ring();
        assert!(is_readable(&bell) && is_readable(&bell));
        bell.silence();
        assert!(!is_readable(&bell));
        bell.silence(); // waits for nothing
    }

    #[test]
    fn a_number_that_leads_elsewhere_is_left_alone() {
        let bell = Doorbell::new().unwrap();
        let mine = [bell.reader, bell.writer];
        // SAFETY: the numbers are this bell's; they now lead to another pipe, as after a closefrom().
        let other = unsafe {
            let mut other = [0; 2];
            assert_eq!(libc::pipe(other.as_mut_ptr()), 0);
            (0..2).for_each(|end| assert_eq!(libc::dup2(other[end], mine[end]), mine[end]));
            other
        };
        bell.close();
        for end in mine.into_iter().chain(other) {
            // SAFETY: it is the test's own, and still open.
            assert_eq!(unsafe { libc::close(end) }, 0);
        }
    }
}
