//! The action, the hooks, editors, the wheel.

pub(crate) mod action;
pub(crate) mod editors;
pub(crate) mod pre_commit;
pub(crate) mod wheel;
