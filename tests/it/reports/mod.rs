//! Formats of findings and of reviews.

pub(crate) mod formats;
pub(crate) mod positions;
pub(crate) mod random_pairs;
pub(crate) mod review;
