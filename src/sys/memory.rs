//! Memory of the C allocator: an answer is received into the very block that C frees.
//!
//! All of it is initialized, so that it can be lent out as plain bytes. Where there is no memory
//! left the answer is `None`, never an abort of the host.

use std::ffi::c_char;
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;
use std::slice;

/// A growing run of bytes, with room for a NUL behind it.
pub(crate) struct Block {
    start: NonNull<u8>,
    length: usize,
    /// The block is one byte larger than this.
    capacity: usize,
}

/// A block that holds UTF-8.
pub(crate) struct Text(Block);

// SAFETY: the memory belongs to the block alone, and C's allocator serves every thread.
unsafe impl Send for Block {}
// SAFETY: as above; `&Block` only reads.
unsafe impl Sync for Block {}

/// Where a byte first occurs, by the C library's search: the standard library's has no name in
/// stable Rust, and a plain loop costs a call more than reading the clock.
pub(crate) fn position(byte: u8, bytes: &[u8]) -> Option<usize> {
    // SAFETY: it reads no more than the slice, which lives on.
    let found = unsafe { libc::memchr(bytes.as_ptr().cast(), byte.into(), bytes.len()) };
    let found = NonNull::new(found)?.addr().get().wrapping_sub(bytes.as_ptr().addr());
    // As it always is; said for those who index with it, who need no check then.
    (found < bytes.len()).then_some(found)
}

impl Block {
    pub(crate) fn with_capacity(capacity: usize) -> Option<Block> {
        // SAFETY: any size may be asked for; the result is checked.
        let start = unsafe { libc::calloc(1, capacity.checked_add(1)?) };
        Some(Block { start: NonNull::new(start.cast())?, length: 0, capacity })
    }

    pub(crate) fn copy(bytes: &[u8]) -> Option<Block> {
        let mut block = Block::with_capacity(bytes.len())?;
        block.all()[..bytes.len()].copy_from_slice(bytes);
        block.length = bytes.len();
        Some(block)
    }

    /// Where more can be put: at least one byte.
    pub(crate) fn room(&mut self) -> Option<&mut [u8]> {
        if self.length == self.capacity {
            self.grow()?;
        }
        let length = self.length;
        Some(&mut self.all()[length..])
    }

    /// So many bytes have been put into `room`.
    pub(crate) fn fill(&mut self, count: usize) {
        self.length = self.length.saturating_add(count).min(self.capacity);
    }

    /// Removes bytes from the front.
    pub(crate) fn remove_first(&mut self, count: usize) {
        let length = self.length;
        let filled = &mut self.all()[..length];
        filled.copy_within(count..length, 0);
        self.length = length - count;
    }

    fn grow(&mut self) -> Option<()> {
        let capacity = self.capacity.checked_mul(2)?.max(64);
        // SAFETY: the block came from the same allocator. When it fails the old one stays.
        let start = unsafe { libc::realloc(self.start.as_ptr().cast(), capacity.checked_add(1)?) };
        self.start = NonNull::new(start.cast())?;
        // SAFETY: the block is now `capacity + 1` bytes, of which the first `self.capacity` have
        // been initialized before.
        unsafe { self.start.add(self.capacity).write_bytes(0, capacity + 1 - self.capacity) };
        self.capacity = capacity;
        Some(())
    }

    fn all(&mut self) -> &mut [u8] {
        // SAFETY: the block is larger than `capacity`, initialized, and ours alone.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.capacity) }
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `length` never exceeds the capacity, and all of it is initialized.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block came from this allocator, and nobody else has it.
        unsafe { libc::free(self.start.as_ptr().cast()) };
    }
}

impl Text {
    /// `None` when the bytes are no UTF-8.
    pub(crate) fn new(block: Block) -> Option<Text> {
        simdutf8::basic::from_utf8(&block).is_ok().then_some(Text(block))
    }

    pub(crate) fn copy(text: &str) -> Option<Text> {
        Block::copy(text.as_bytes()).map(Text)
    }

    /// The text as C takes it: with a NUL behind it, to be released with `free`.
    pub(crate) fn into_raw(self) -> *mut c_char {
        let Block { start, length, .. } = self.0;
        std::mem::forget(self);
        // SAFETY: the block is larger than its capacity, so there is a byte behind the text.
        unsafe { start.add(length).write(0) };
        start.as_ptr().cast()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // SAFETY: it was checked, or copied from a `str`, and has not changed since.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn a_block_grows_and_keeps_what_it_holds() {
        let mut block = Block::with_capacity(0).unwrap();
        for byte in 0..=255 {
            let room = block.room().unwrap();
            assert!(room.iter().all(|&byte| byte == 0));
            room[0] = byte;
            block.fill(1);
        }
        assert!(block.iter().copied().eq(0..=255));
        block.remove_first(250);
        assert_eq!(*block, [250, 251, 252, 253, 254, 255]);
    }

    #[test]
    fn a_text_ends_with_a_nul_in_c() {
        let mut block = Block::copy("\u{feff}云讯".as_bytes()).unwrap();
        block.remove_first(3);
        let raw = Text::new(block).unwrap().into_raw();
        // SAFETY: it is a text of ours, freed once.
        unsafe {
            assert_eq!(CStr::from_ptr(raw).to_str(), Ok("云讯"));
            libc::free(raw.cast());
        }
    }

    #[test]
    fn other_bytes_are_no_text() {
        assert!(Text::new(Block::copy(b"\xff").unwrap()).is_none());
    }

    #[test]
    fn no_memory_is_none() {
        assert!(Block::with_capacity(usize::MAX).is_none());
        assert!(Block::with_capacity(usize::MAX / 2).is_none());
    }
}
