//! Takes artifacts and topologies. Gives files: written atomically and never over someone's work, compared, shown; and topologies
//! with parts cut out, or moved.

mod directory;
mod earlier;
pub(crate) mod fix;
pub(crate) mod folder;
pub(crate) mod manifest;
mod migrate;
mod mode;
pub(crate) mod node;
mod opened;
mod replace;
mod retire;
mod starter;
mod strip;
mod write_error;
mod yaml_word;

pub(crate) use directory::DirectoryPath;
pub(crate) use migrate::{Listing, Migration, listings, migrate, not_the_same, to_entries_file, with_lists};
pub(crate) use replace::{ReplaceError, replace, write_new};
pub(crate) use retire::{Retired, project, retire};
pub(crate) use starter::{starter, usual_ports};
pub(crate) use strip::strip;
pub(crate) use write_error::WriteError;
