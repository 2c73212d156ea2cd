//! `plan`, `--against` and `providers --for`: who reaches what.

pub(crate) mod against;
pub(crate) mod audience;
pub(crate) mod fold;
mod map;
pub(crate) mod offers;
mod other_doors;
pub(crate) mod ports;
pub(crate) mod rows;
mod several;
pub(crate) mod single_changes;
pub(crate) mod tier;
