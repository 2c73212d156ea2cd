//! Takes artifacts and topologies. Gives files: written atomically and never over someone's work, compared, shown; and topologies
//! with parts cut out, or moved.

mod directory;
mod earlier;
pub(crate) mod fix;
pub(crate) mod folder;
pub(crate) mod manifest;
mod migrate;
mod mode;
mod opened;
mod replace;
mod strip;
mod write_error;

pub(crate) use directory::DirectoryPath;
pub(crate) use migrate::{Migration, migrate, not_the_same};
pub(crate) use replace::{ReplaceError, replace, write_new};
pub(crate) use strip::strip;
pub(crate) use write_error::WriteError;
