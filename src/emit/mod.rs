//! Takes artifacts and topologies. Gives files: written atomically and never over somebody's work, compared, shown; and
//! topologies with parts cut out, or moved.

pub(crate) mod fix;
pub(crate) mod folder;
pub(crate) mod manifest;
mod migrate;
mod mode;
mod replace;
mod strip;

pub(crate) use migrate::{Migration, migrate, not_the_same};
pub(crate) use replace::{ReplaceError, replace, write_new};
pub(crate) use strip::strip;
