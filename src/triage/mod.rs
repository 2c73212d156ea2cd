//! Takes the findings of a file and what the user wants of them: comments in the file, levels of rules, a baseline. Gives those to
//! show, with the severity that the user wants, and those to count, each with the reason. `check`, `plan`, `compile`, fixes, and the
//! comment for reviewers all ask [`shown`]. What `compile` refuses is not decided here.

mod baseline;
mod grammar;
pub(crate) mod ignore;
mod levels;
mod scope;
mod shown;

pub(crate) use baseline::{Baseline, Fingerprint, Numbering};
pub(crate) use levels::{Level, Levels};
pub(crate) use scope::Owners;
pub(crate) use shown::{Found, Known, Policy, Triage, shown};
