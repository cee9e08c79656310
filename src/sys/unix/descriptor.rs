//! Descriptors that are kept for long: a process may close or replace them behind our back, most
//! often a daemon's child that calls closefrom().

use std::fmt;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// An open socket or pipe. It is closed only where its number still leads to what was opened:
/// otherwise the number is somebody else's by now.
pub(crate) struct Kept<T: AsFd> {
    opened: ManuallyDrop<T>,
    identity: Option<Identity>,
}

/// Device and inode.
pub(super) type Identity = (libc::dev_t, libc::ino_t);

impl<T: AsFd> Kept<T> {
    pub(crate) fn new(opened: T) -> Kept<T> {
        let identity = identity(&opened);
        Kept { opened: ManuallyDrop::new(opened), identity }
    }

    /// Whether the number still leads to what was opened.
    fn is_ours(&self) -> bool {
        self.identity.is_some() && identity(&*self.opened) == self.identity
    }
}

fn identity(opened: &impl AsFd) -> Option<Identity> {
    identity_of(opened.as_fd().as_raw_fd())
}

pub(super) fn identity_of(descriptor: RawFd) -> Option<Identity> {
    let mut about = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: fstat takes any number, and writes only into `about`.
    let failed = unsafe { libc::fstat(descriptor, about.as_mut_ptr()) };
    // SAFETY: it did not fail, so it has filled the whole.
    (failed == 0).then(|| unsafe { about.assume_init() }).map(|about| (about.st_dev, about.st_ino))
}

impl<T: AsFd> Drop for Kept<T> {
    fn drop(&mut self) {
        if self.is_ours() {
            // SAFETY: it is dropped once, here, and not used after that.
            unsafe { ManuallyDrop::drop(&mut self.opened) };
        }
    }
}

impl<T: AsFd> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.opened
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.opened.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io;
    use std::os::fd::{FromRawFd, IntoRawFd};

    #[test]
    fn what_is_ours_is_closed() {
        let (reader, writer) = io::pipe().unwrap();
        drop(Kept::new(writer));
        assert_eq!(io::read_to_string(reader).unwrap(), "", "the pipe has no writer any more");
    }

    #[test]
    fn a_number_that_leads_elsewhere_is_left_alone() {
        let (_reader, writer) = io::pipe().unwrap();
        let number = writer.as_raw_fd();
        let kept = Kept::new(writer);
        let other = File::open("/dev/null").unwrap();
        // SAFETY: both are open; the number now is the file's.
        assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), number) }, number);
        assert!(!kept.is_ours());
        drop(kept);
        // SAFETY: the number is owned by nobody else.
        let file = unsafe { File::from_raw_fd(number) };
        assert!(file.metadata().is_ok(), "it is still open");
        assert_eq!(file.into_raw_fd(), number);
        // SAFETY: as above.
        unsafe { libc::close(number) };
    }
}
