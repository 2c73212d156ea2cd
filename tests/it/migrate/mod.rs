//! `migrate` and `strip`.

pub(crate) mod labels;
pub(crate) mod strip;
