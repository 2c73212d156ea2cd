//! Takes findings and what the user wants of them: comments in the file, levels of rules, a baseline. Gives those to show, with
//! the severity that the user wants, and counts the rest. What `compile` refuses is not decided here.

mod baseline;
mod grammar;
pub(crate) mod ignore;
mod levels;
mod scope;

pub(crate) use baseline::{Baseline, Fingerprint, Numbering};
pub(crate) use levels::{Level, Levels};
pub(crate) use scope::Owners;
