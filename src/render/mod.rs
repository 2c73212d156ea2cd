//! Takes findings, a plan, a comparison of plans, a change of a repository, or providers. Gives text for people and programs; the
//! caller writes it. Nothing here knows a flag or a stream, or decides an exit code.

pub(crate) mod comparison;
pub(crate) mod diff;
pub(crate) mod entrance;
pub(crate) mod findings;
mod look;
pub(crate) mod map;
pub(crate) mod next_steps;
pub(crate) mod offers;
pub(crate) mod open_labs;
pub(crate) mod page;
pub(crate) mod plan;
pub(crate) mod port_changes;
pub(crate) mod provider;
pub(crate) mod providers;
pub(crate) mod review;
pub(crate) mod rules;
mod serialized;
mod summary;
mod table;
pub(crate) mod wrap;

pub(crate) use look::Look;
pub(crate) use serialized::{json, yaml};
pub(crate) use summary::Summary;
