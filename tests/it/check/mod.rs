//! `check`: the language as containerlab reads it, rules, fixes, ignores.

pub(crate) mod advice;
mod clabernetes;
pub(crate) mod containers;
pub(crate) mod corpus;
pub(crate) mod differential;
pub(crate) mod findings;
pub(crate) mod fix;
pub(crate) mod ignores;
pub(crate) mod joined;
pub(crate) mod merges;
pub(crate) mod open_socket;
pub(crate) mod oracle;
pub(crate) mod planted;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod spelled;
pub(crate) mod values;
pub(crate) mod variables;
pub(crate) mod yaml_v2;
