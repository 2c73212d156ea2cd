//! Takes findings and plans. Gives the text of a format; writing it is the caller's.

pub(crate) mod human;
mod human_source;
pub(crate) mod page;
