//! What a tunnel provider is, as plain data: the types that it carries and how, the acls that it enforces, what it rewrites,
//! who may use a socket without an acl, how it names sockets, and what an account may have. Rules, plan, and providers'
//! compilers read this data and never check for a provider by name.

mod assign;
mod audience;
mod capabilities;
mod carried;
mod documentation;
mod expose_options;
mod fact;
mod host_names;
mod image;
mod naming;
mod own_domain;
mod place;
mod relay;
mod setting;
mod values;

pub use assign::Pins;
pub use audience::Audience;
pub use capabilities::{
    About, Access, Account, Capabilities, FreeNames, LabName, LegacyNode, Limit, Reads, RelayUse, Secret, TokenBind,
};
pub use carried::{Applies, Carriage, Carried, Ingress, Need, ProxyUse};
pub(crate) use documentation::DOCUMENTATION;
pub use expose_options::{ExposeOptions, InvalidJumpHost, InvalidSubscription, JumpHost, SSH_PORT, Subscription};
pub use fact::{Fact, Weight};
pub(crate) use fact::{TUNNEL_IMAGE, TUNNEL_PROXY, TUNNEL_TOKEN};
pub use host_names::{Domain, HostNames, HostTemplate, InvalidName, Named};
pub use image::{DefaultImage, ImageReference, InvalidImage};
pub use naming::Naming;
pub use own_domain::{DomainRefusal, OwnDomain, is_public_mail_domain};
pub use place::{InvalidPlace, NodeAddress, ProxyAddress, WebPorts};
pub use relay::{InvalidRelay, RelayAddress, RelayPorts};
pub use setting::{Commands, Flag, Key, Kind, Readers, Setting, Table, Unset, Word};
pub use values::{Value, Values};
