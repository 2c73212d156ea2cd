//! What a tunnel provider is, as plain data: the types it carries and how, the acls it enforces, what it rewrites, who may
//! use a socket without an acl, how it names sockets, what an account may have. Rules, plan and compilers read this and
//! never ask for a provider by name.

mod audience;
mod capabilities;
mod documentation;

pub use audience::Audience;
pub use capabilities::{Capabilities, Carriage, LabName, Limit, Naming, TokenBind};
pub(crate) use documentation::DOCUMENTATION;
