//! Takes a [`Lab`] and the capabilities of a provider. Gives findings. Each rule has one file, which declares it,
//! one page next to it, and one word in the list below.

#[macro_use]
mod table;

mod entries;
mod services;
mod unlimited;

pub(crate) use table::ListedRule;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::base::{Findings, SocketType, any_of, rule};
use crate::model::{Identity, Item};
use crate::provider::{Capabilities, ExposeOptions, dns_safe};
use crate::resolve::{Lab, LabSocket};
use crate::syntax::entry::SocketEntry;

rules! {
    acl_covers_itself,
    acl_domain_not_own,
    acl_not_enforced,
    cannot_migrate = rule::CANNOT_MIGRATE,
    cannot_strip = rule::CANNOT_STRIP,
    docker_port_syntax,
    duplicate_acl_item,
    duplicate_key = rule::DUPLICATE_KEY,
    duplicate_socket,
    empty_acl,
    empty_list_does_not_opt_out,
    flow_sequence_splits_acl,
    folded_wider: apart,
    group_without_definition,
    host_name_not_usable,
    host_name_too_deep,
    ignore_without_reason = rule::IGNORE_WITHOUT_REASON,
    image_not_pinned,
    invalid_config = rule::INVALID_CONFIG,
    invalid_utf8 = rule::INVALID_UTF8,
    invalid_yaml = rule::INVALID_YAML,
    jump_host_not_usable: apart,
    key_refused_by_containerlab,
    kind_from_defaults,
    lab_name_not_accepted,
    lab_without_name,
    malformed_domain,
    malformed_email,
    malformed_entry,
    malformed_ignore = rule::MALFORMED_IGNORE,
    malformed_topology = rule::MALFORMED_TOPOLOGY,
    merge_key_wins,
    misplaced_publish,
    name_not_resolvable,
    near_miss_key,
    needs_paid_plan,
    needs_provider,
    nobody_can_connect,
    non_canonical_entry,
    none_among_entries,
    not_a_topology,
    open_socket: apart,
    open_to_anyone,
    plain_text_protocol,
    policy_without_provider,
    port_out_of_range,
    proxy_ignored,
    public_mail_domain,
    publish_not_a_list = rule::PUBLISH_NOT_A_LIST,
    publish_on_tunnel_node,
    relay_pin_not_usable,
    relay_port_collision = too_many_sockets::RELAY_PORT_COLLISION,
    relay_ports_used_up,
    service_shut_down,
    shadowed_list,
    socket_name_collision,
    tcp_becomes_tls,
    template_not_rendered = rule::TEMPLATE_NOT_RENDERED,
    text_added_by_variable,
    token_bind_reversed,
    token_not_bound,
    too_deeply_nested = rule::TOO_DEEPLY_NESTED,
    too_many_entries = rule::TOO_MANY_ENTRIES,
    too_many_findings = rule::TOO_MANY_FINDINGS,
    too_many_nodes = rule::TOO_MANY_NODES,
    too_many_people,
    too_many_sockets: apart,
    too_many_values = rule::TOO_MANY_VALUES,
    too_much_merged = rule::TOO_MUCH_MERGED,
    tunnel_node_without_image,
    two_carriers,
    two_tunnel_nodes,
    type_not_carried,
    unclosed_substitution = rule::UNCLOSED_SUBSTITUTION,
    unknown_rule_in_ignore = rule::UNKNOWN_RULE_IN_IGNORE,
    unknown_type,
    unreachable_node,
    unresolved_variable,
    unused_ignore = rule::UNUSED_IGNORE,
    wider_than_sibling,
}

/// What a rule checks.
#[derive(Debug)]
pub(crate) struct RuleContext<'a> {
    pub(crate) lab: &'a Lab<'a>,
    /// The sockets that can be opened as they are written. Every socket that is left out has a finding that says why.
    pub(crate) publishable: &'a [LabSocket<'a, 'a>],
    /// Those of the selected provider; without one, what containerlab's documentation promised.
    pub(crate) capabilities: &'a Capabilities,
    /// Every provider, to say which of them could do what this one cannot.
    pub(crate) providers: &'a [&'a Capabilities],
    /// The user's settings for the provider.
    pub(crate) expose_options: &'a ExposeOptions,
    /// What rules look up; filled on first use.
    pub(crate) lookups: Lookups,
}

/// The acls, as sorted names, by the place of a list's key and a port.
type AclsByPort = HashMap<(Range<usize>, u16), HashSet<Vec<String>>>;

/// Results that several rules need, computed once.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// The nodes that have an entry.
    by_entry: OnceCell<HashMap<Identity, Vec<String>>>,
    /// The acls for each port of a list, by the list's key: one set of names for each entry.
    acls: OnceCell<AclsByPort>,
    are_all_publishable: OnceCell<bool>,
    /// How many nodes write an entry themselves.
    writers: OnceCell<HashMap<Identity, usize>>,
}

type Check = fn(&RuleContext<'_>, &mut Findings);

/// Runs every rule.
pub(crate) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for check in RULES.iter().filter_map(|rule| rule.check) {
        check(context, findings);
    }
}

impl RuleContext<'_> {
    /// The names of the nodes that have an entry, as messages may show them.
    fn nodes_with(&self, item: &Item<'_>) -> Vec<String> {
        let by_entry = self.lookups.by_entry.get_or_init(|| {
            let mut by_entry: HashMap<_, Vec<String>> = HashMap::new();
            for socket in self.lab.sockets() {
                let nodes = by_entry.entry(socket.item.identity()).or_default();
                nodes.push(self.lab.shown(socket.node.name).to_owned());
            }
            by_entry
        });
        by_entry.get(&item.identity()).cloned().unwrap_or_default()
    }

    /// Whether an entry belongs to one node: it is written on that node, and used nowhere else through an alias. A change of any
    /// other entry changes what several nodes publish.
    fn is_own(&self, item: &Item<'_>) -> bool {
        let writers = self.lookups.writers.get_or_init(|| {
            let mut writers = HashMap::new();
            let lists = self.lab.topology.nodes.iter().filter_map(|(_, level)| level.publish.as_ref());
            for item in lists.flat_map(|list| &list.items) {
                *writers.entry(item.identity()).or_default() += 1;
            }
            writers
        });
        writers.get(&item.identity()) == Some(&1) && !self.lab.topology.is_shared(item.text.place)
    }

    /// Whether every socket can be opened as it is written: then no two of them share a name.
    fn are_all_publishable(&self) -> bool {
        *self.lookups.are_all_publishable.get_or_init(|| self.lab.sockets().count() == self.publishable.len())
    }

    /// The type of a socket at the provider.
    pub(crate) fn effective_type(&self, socket: &LabSocket<'_, '_>) -> SocketType {
        self.type_of(socket.entry)
    }

    /// The name of a socket at the provider.
    pub(crate) fn socket_name(&self, socket: &LabSocket<'_, '_>) -> String {
        let (node, container) = (socket.node.name.value, self.lab.container(socket.node));
        self.capabilities.socket_name(node, &container, self.effective_type(socket), socket.entry.port)
    }

    /// The same, as messages may show it.
    fn shown_socket_name(&self, socket: &LabSocket<'_, '_>) -> String {
        let words = self.lab.shown_words(socket, |word| self.capabilities.naming.folded(word));
        self.capabilities.joined_name(&words.node, &words.container, self.effective_type(socket), &words.port)
    }

    /// The type of an entry's sockets at the provider.
    fn type_of(&self, entry: &SocketEntry) -> SocketType {
        self.capabilities.effective_type(entry.socket_type, !entry.acl.is_empty())
    }

    /// The hostname of a socket, if it has one.
    fn host_name(&self, socket: &LabSocket<'_, '_>) -> Option<String> {
        let (lab, node) = (self.lab.name(), socket.node.name.value);
        self.capabilities.host_name(self.expose_options, lab, node, self.effective_type(socket), socket.entry.port)
    }

    /// The same, as messages may show it.
    fn shown_host_name(&self, socket: &LabSocket<'_, '_>) -> String {
        let words = self.lab.shown_words(socket, dns_safe);
        let name = self.capabilities.joined_host_name(
            self.expose_options,
            &words.lab,
            &words.node,
            self.effective_type(socket),
            &words.port,
        );
        name.unwrap_or_default()
    }

    /// The names of the providers in service for which `holds` is true, as a choice for a help line: "border0 or ssh".
    fn providers_that(&self, holds: impl Fn(&Capabilities) -> bool) -> Option<String> {
        let holds = |provider: &Capabilities| provider.shut_down.is_none() && holds(provider);
        let names: Vec<&str> =
            self.providers.iter().filter(|provider| holds(provider)).filter_map(|provider| provider.name).collect();
        any_of(&names)
    }
}
