//! What a tunnel provider is, as plain data: the types it carries and how, the acls it enforces, what it rewrites, who may
//! use a socket without an acl, how it names sockets, what an account may have. Rules, plan and compilers read this and
//! never ask for a provider by name.

mod audience;
mod capabilities;
mod documentation;
mod place;
mod relay;

pub use audience::Audience;
pub use capabilities::{Capabilities, Carriage, Carried, LabName, Limit, Naming, Secret, TokenBind};
pub(crate) use documentation::DOCUMENTATION;
pub use place::{InvalidPlace, NodeAddress, ProxyAddress};
pub use relay::{InvalidRelay, RelayAddress, RelayPorts};
