//! What has been received and not yet been read.

#![forbid(unsafe_code)]

/// The buffer's size at first: the answer of most functions fits.
const SMALL: usize = 2 * 1024;

/// Its size once that was too small, and the largest that an idle connection keeps: the state of a
/// room with two hundred members fits and comes in one system call from then on.
const LARGE: usize = 18 * 1024;

#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The last that came filled the buffer, so there is probably more.
    was_filled: bool,
    /// Whether the reader could use the last of it; if not, it wants more before it looks again.
    progress: bool,
    /// What follows this is not forgotten when it is consumed.
    mark: Option<usize>,
}

impl Input {
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.start = (self.start + amount).min(self.end);
    }

    /// Keeps what is there now, so that it can be read once more.
    pub(super) fn mark(&mut self) {
        self.mark = Some(self.start);
    }

    /// Ends the keeping.
    pub(super) fn unmark(&mut self) {
        self.mark = None;
    }

    /// Back to the mark.
    pub(super) fn rewind(&mut self) {
        self.start = self.mark.take().unwrap_or(self.start);
    }

    /// Lets a new reader look at what is there.
    pub(super) fn offer(&mut self) {
        self.progress = true;
    }

    pub(super) fn can_use(&self) -> bool {
        self.progress && !self.filled().is_empty()
    }

    /// Where to put more; never empty.
    pub(super) fn room(&mut self) -> &mut [u8] {
        let unwanted = self.mark.unwrap_or(self.start);
        if unwanted > 0 {
            self.bytes.copy_within(unwanted..self.end, 0);
            self.end -= unwanted;
            self.start -= unwanted;
            self.mark = self.mark.map(|_| 0);
        }
        let size = self.bytes.len();
        if size - self.end < SMALL / 4 || (self.was_filled && size < LARGE) {
            let larger = match size {
                0 => SMALL,
                SMALL => LARGE,
                _ => size * 2,
            };
            self.bytes.resize(larger, 0);
        }
        &mut self.bytes[self.end..]
    }

    /// So many bytes have been put into `room`.
    pub(super) fn add(&mut self, count: usize) {
        self.end += count;
        self.was_filled = self.end == self.bytes.len();
    }

    /// Gives back what an idle connection does not keep.
    pub(super) fn shrink(&mut self) {
        if self.filled().is_empty() && self.bytes.len() > LARGE {
            *self = Input::default();
        }
    }
}
