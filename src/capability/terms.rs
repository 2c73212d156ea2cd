use super::{HostNames, RelayPorts};

/// What was said about the way out beside the provider: flags and publish-plan.toml together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The ports where visitors come in, with a provider whose sockets have ports.
    pub relay_ports: RelayPorts,
    /// What host names are made of, with a provider whose sockets have names.
    pub host_names: HostNames,
    /// What is paid for the account.
    pub subscription: Subscription,
}

/// What is paid for an account. Unless it is said, nothing: that promises the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subscription {
    /// Nothing.
    #[default]
    Free,
    /// Something.
    Paid,
}
