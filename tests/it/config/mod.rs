//! publish-plan.toml.

pub(crate) mod settings_file;
