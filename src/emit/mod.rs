//! Takes artifacts and topologies. Gives files: written atomically and never over somebody's work, compared, shown; and
//! topologies with parts cut out.

pub(crate) mod fix;
pub(crate) mod folder;
pub(crate) mod manifest;
mod mode;
mod replace;
mod strip;

pub(crate) use replace::{ReplaceError, replace};
pub(crate) use strip::strip;
