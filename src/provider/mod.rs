//! What a tunnel provider is, as plain data: the types that it carries and how, the acls that it enforces, what it rewrites,
//! who may use a socket without an acl, how it names sockets, and what an account may have. Rules, plan, and providers'
//! compilers read this data and never check for a provider by name.

mod assign;
mod audience;
mod capabilities;
mod carried;
mod cluster;
mod documentation;
mod expose_options;
mod fact;
mod host_names;
mod image;
mod naming;
mod own_domain;
mod place;
mod relay;
mod routing;
mod setting;
mod values;

pub use assign::Pins;
pub use audience::Audience;
pub use capabilities::Capabilities;
pub(crate) use capabilities::{
    About, Access, Account, ExactItems, FreeNames, LabName, LegacyNode, Limit, Reads, RelayUse, Secret, TokenBind,
};
pub(crate) use carried::{Applies, Carried, Ingress, Need, ProxyUse};
pub use carried::{Carriage, Login};
pub(crate) use cluster::ClusterName;
pub(crate) use documentation::DOCUMENTATION;
pub(crate) use expose_options::SSH_PORT;
pub use expose_options::{ExposeOptions, InvalidJumpHost, InvalidSubscription, JumpHost, Subscription};
pub(crate) use fact::{Fact, Weight};
pub(crate) use fact::{TOPOLOGY, TUNNEL_IMAGE, TUNNEL_PROXY, TUNNEL_TOKEN};
pub(crate) use host_names::Named;
pub use host_names::{Domain, HostNames, HostTemplate, InvalidName};
pub(crate) use image::{DefaultImage, ImageReference};
pub(crate) use naming::Naming;
pub(crate) use own_domain::{DomainRefusal, OwnDomain, is_public_mail_domain};
pub use place::{InvalidPlace, NodeAddress};
pub(crate) use place::{ProxyAddress, WebPorts};
pub(crate) use relay::RelayAddress;
pub use relay::{InvalidRelay, RelayPorts};
pub use routing::{Fit, InvalidFit, Pattern, Route, Routing};
pub(crate) use setting::{Commands, Flag, Key, Kind, Readers, Setting, Table, Unset, Word};
pub(crate) use values::{Value, Values};
