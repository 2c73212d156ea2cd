//! Broken, hostile and large input; secrets; what a run may touch.

pub(crate) mod fuzz;
pub(crate) mod hostile;
pub(crate) mod hostile_values;
pub(crate) mod hostile_work;
pub(crate) mod isolation;
pub(crate) mod laws;
pub(crate) mod links;
pub(crate) mod secrets;
