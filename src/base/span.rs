/// An offset in a text, or an index of something that takes at least a byte of one, as places count them: in 32 bits
/// ([`crate::text::MAX_SIZE`]).
///
/// # Panics
///
/// If the text has 4 GiB or more: a place would be another one.
#[inline] // of every word of a file
pub(crate) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("a text that is read has fewer than 4 GiB")
}

/// A range of bytes of a file on disk: `start` is the first byte, `end` the one after the last.
///
/// Files over 4 GiB are refused before a span is made (`text::MAX_SIZE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte, counted from 0.
    pub start: u32,
    /// The byte after the last; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to `end`.
    #[must_use]
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The same so many bytes later.
    pub(crate) fn moved(self, by: u32) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// The same so many bytes earlier.
    pub(crate) fn back(self, by: u32) -> Self {
        Self { start: self.start - by, end: self.end - by }
    }

    /// As indices into the text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
