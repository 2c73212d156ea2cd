//! Takes a lab that was examined, with its outline, and a byte of one of its files. Gives what an editor shows there: who gets in, in
//! words, where a list comes from, and what can be written. Nothing here knows the protocol that editors speak.

pub(crate) mod completion;
mod outline;
mod place;
mod rename;
mod view;

pub(crate) use outline::{At, Outline, OutlinedEntry, OutlinedList, OutlinedNode, OutlinedWord};
pub(crate) use rename::may_replace;
pub(crate) use view::View;
