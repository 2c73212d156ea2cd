//! `migrate` and `strip`.

mod entries_file;
pub(crate) mod labels;
pub(crate) mod strip;
