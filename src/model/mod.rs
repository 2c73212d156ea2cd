//! Takes a [`crate::syntax::Tree`]. Gives a [`Topology`]: only what publishing reads, every value with its place. What has
//! the wrong shape is left out here and reported by the schema ([`structure`]); `publish` alone is kept with its wrong shape,
//! so that nothing is inherited in its stead.

mod bounds;
mod build;
mod label;
mod near;
mod parts;
mod plain;
pub(crate) mod structure;
mod topology;

pub(crate) use build::build;
pub(crate) use parts::{Part, parts};
pub(crate) use topology::{Carrier, Extras, Identity, Item, Level, Listing, Text, Topology};
