//! Takes findings and what the user wants of them. Gives those that are shown, as bad as the user says, and counts the rest.
//! What `compile` refuses is not decided here: `blocks_compile` is read before anything is ignored.

mod levels;

pub(crate) use levels::{Level, Levels};
