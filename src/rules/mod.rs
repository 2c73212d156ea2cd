//! Takes a [`Lab`] and the capabilities of a provider. Gives findings. One rule is one file and one line in the table.

mod acl_covers_itself;
mod acl_not_enforced;
mod docker_port_syntax;
mod duplicate_acl_item;
mod duplicate_socket;
mod empty_acl;
mod empty_list_does_not_opt_out;
mod entries;
mod flow_sequence_splits_acl;
mod group_without_definition;
mod key_refused_by_containerlab;
mod kind_from_defaults;
mod lab_name_not_accepted;
mod lab_without_name;
mod malformed_domain;
mod malformed_email;
mod malformed_entry;
mod misplaced_publish;
mod name_not_resolvable;
mod near_miss_key;
mod needs_provider;
mod nobody_can_connect;
mod non_canonical_entry;
mod none_among_entries;
mod not_a_topology;
mod policy_without_provider;
mod port_out_of_range;
mod proxy_ignored;
mod publish_on_tunnel_node;
mod relay_ports_used_up;
mod service_shut_down;
mod socket_name_collision;
mod tcp_becomes_tls;
mod token_bind_reversed;
mod token_not_bound;
pub(crate) mod too_many_sockets;
mod tunnel_node_without_image;
mod two_tunnel_nodes;
mod type_not_carried;
mod unknown_type;
mod unreachable_node;
mod wider_than_sibling;

use crate::base::Finding;
use crate::capability::{Capabilities, RelayPorts};
use crate::resolve::Lab;

/// What a rule looks at.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) lab: &'a Lab<'a>,
    /// The provider's, or the documentation's where none is chosen.
    pub(crate) capabilities: &'a Capabilities,
    /// Every provider, to say who could do what this one cannot.
    pub(crate) providers: &'a [&'a Capabilities],
    /// What a relay has for sockets.
    pub(crate) relay_ports: RelayPorts,
}

type Rule = fn(&Subject<'_>, &mut Vec<Finding>);

/// Every rule that looks at one lab, in alphabetical order.
const RULES: &[Rule] = &[
    acl_covers_itself::check,
    acl_not_enforced::check,
    docker_port_syntax::check,
    duplicate_acl_item::check,
    duplicate_socket::check,
    empty_acl::check,
    empty_list_does_not_opt_out::check,
    flow_sequence_splits_acl::check,
    group_without_definition::check,
    key_refused_by_containerlab::check,
    kind_from_defaults::check,
    lab_name_not_accepted::check,
    lab_without_name::check,
    malformed_domain::check,
    malformed_email::check,
    malformed_entry::check,
    misplaced_publish::check,
    name_not_resolvable::check,
    near_miss_key::check,
    needs_provider::check,
    nobody_can_connect::check,
    non_canonical_entry::check,
    none_among_entries::check,
    not_a_topology::check,
    policy_without_provider::check,
    port_out_of_range::check,
    proxy_ignored::check,
    publish_on_tunnel_node::check,
    relay_ports_used_up::check,
    service_shut_down::check,
    socket_name_collision::check,
    tcp_becomes_tls::check,
    token_bind_reversed::check,
    token_not_bound::check,
    tunnel_node_without_image::check,
    two_tunnel_nodes::check,
    type_not_carried::check,
    unknown_type::check,
    unreachable_node::check,
    wider_than_sibling::check,
];

/// Runs every rule.
pub(crate) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        rule(subject, &mut findings);
    }
    findings
}

impl Subject<'_> {
    /// The names of the providers that live and of which `holds` is true, for a help line: "border0 and ssh".
    fn providers_that(&self, holds: impl Fn(&Capabilities) -> bool) -> Option<String> {
        let holds = |provider: &Capabilities| provider.shut_down.is_none() && holds(provider);
        let names: Vec<&str> =
            self.providers.iter().filter(|provider| holds(provider)).filter_map(|provider| provider.name).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
        }
    }
}
