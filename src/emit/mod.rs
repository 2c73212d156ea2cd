//! Takes artifacts and topologies. Gives files: written atomically and never over somebody's work, compared, shown; and
//! topologies with parts cut out.

pub(crate) mod folder;
pub(crate) mod manifest;
mod mode;
mod strip;

pub(crate) use strip::strip;
