//! README.md and the book.

pub(crate) mod book;
pub(crate) mod readme;
