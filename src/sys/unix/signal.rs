//! A flag that a thread waiting for sockets can wait for as well.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};

use super::descriptor::Kept;
use super::socket::above_standard_streams;

/// Raised once, and then raised for ever: a pipe with one byte that nobody takes out.
#[derive(Debug)]
pub(crate) struct Signal {
    reader: Kept<PipeReader>,
    writer: Kept<PipeWriter>,
}

impl Signal {
    pub(crate) fn new() -> io::Result<Signal> {
        let (reader, writer) = io::pipe()?;
        Ok(Signal {
            reader: Kept::new(above_standard_streams(reader.into())?.into()),
            writer: Kept::new(above_standard_streams(writer.into())?.into()),
        })
    }

    /// Wakes everyone who waits for it, now and later.
    pub(crate) fn raise(&self) {
        // One byte always fits: a signal has one owner, who raises it once.
        let _ = (&*self.writer).write(&[1]);
    }
}

impl AsFd for Signal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}
