//! Takes a [`crate::syntax::Tree`]. Gives a [`Topology`]: only what publishing reads, every value with its place. Values of the
//! wrong type are left out here and reported by the schema ([`structure`]); only `publish` is kept even if it has the wrong type,
//! so that nothing is inherited instead.

mod bounds;
mod build;
pub(crate) mod entries;
mod label;
mod near;
mod parts;
mod plain;
pub(crate) mod structure;
mod topology;

pub(crate) use build::build;
pub(crate) use entries::{Listed, Section, TOPOLOGY as TOPOLOGY_KEY};
pub(crate) use parts::{Part, parts};
pub(crate) use topology::{ClusterLab, Extras, Identity, Item, Level, Notation, PublishList, Text, Topology};
