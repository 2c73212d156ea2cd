//! Takes a [`Lab`] and the capabilities of a provider. Gives findings. Each rule has one file, one page next to it, and one line
//! in the table.

mod acl_covers_itself;
mod acl_domain_not_own;
mod acl_not_enforced;
mod docker_port_syntax;
mod duplicate_acl_item;
mod duplicate_socket;
mod empty_acl;
mod empty_list_does_not_opt_out;
mod entries;
mod flow_sequence_splits_acl;
mod folded_wider;
mod group_without_definition;
mod host_name_not_usable;
mod host_name_too_deep;
mod image_not_pinned;
mod jump_host_not_usable;
mod key_refused_by_containerlab;
mod kind_from_defaults;
mod lab_name_not_accepted;
mod lab_without_name;
mod malformed_domain;
mod malformed_email;
mod malformed_entry;
mod merge_key_wins;
mod misplaced_publish;
mod name_not_resolvable;
mod near_miss_key;
mod needs_paid_plan;
mod needs_provider;
mod nobody_can_connect;
mod non_canonical_entry;
mod none_among_entries;
mod not_a_topology;
pub(crate) mod open_socket;
mod open_to_anyone;
mod plain_text_protocol;
mod policy_without_provider;
mod port_out_of_range;
mod proxy_ignored;
mod public_mail_domain;
mod publish_on_tunnel_node;
mod refused;
mod relay_pin_not_usable;
mod relay_ports_used_up;
mod service_shut_down;
mod services;
mod shadowed_list;
mod socket_name_collision;
mod table;
mod tcp_becomes_tls;
mod text_added_by_variable;
mod token_bind_reversed;
mod token_not_bound;
mod too_many_people;
pub(crate) mod too_many_sockets;
mod tunnel_node_without_image;
mod two_carriers;
mod two_tunnel_nodes;
mod type_not_carried;
mod unknown_type;
mod unreachable_node;
mod unresolved_variable;
mod wider_than_sibling;

pub(crate) use table::{RULES, Rule};

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::base::{Findings, SocketType, any_of};
use crate::expose::{EntryRefusal, Exposures, entry_refusals};
use crate::model::{Identity, Item};
use crate::provider::Capabilities;
use crate::resolve::Lab;
use crate::syntax::entry::SocketEntry;

/// What a rule checks.
#[derive(Debug)]
pub(crate) struct RuleContext<'a> {
    pub(crate) lab: &'a Lab<'a>,
    /// The lab's entries, as the provider would open them.
    pub(crate) exposures: &'a Exposures<'a>,
    /// Those of the selected provider; without one, what containerlab's documentation promised.
    pub(crate) capabilities: &'a Capabilities,
    /// Every provider, to say which of them could do what this one cannot.
    pub(crate) providers: &'a [&'static Capabilities],
    /// What rules look up; filled on first use.
    pub(crate) lookups: Lookups,
}

/// Two entries, or two nodes, that are reported together once.
type Pair = (Identity, Identity);

/// The acls, as sorted names, by the place of a list's key and a port.
type AclsByPort = HashMap<(Range<usize>, u16), HashSet<Vec<String>>>;

/// Results that several rules need, computed once.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// The nodes that have an entry.
    by_entry: OnceCell<HashMap<Identity, Vec<String>>>,
    /// The acls for each port of a list, by the list's key: one set of names for each entry.
    acls: OnceCell<AclsByPort>,
    /// How many nodes write an entry themselves.
    writers: OnceCell<HashMap<Identity, usize>>,
}

type Check = fn(&RuleContext<'_>, &mut Findings);

/// Runs every rule.
pub(crate) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    refused::check(context, findings);
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

    /// The type of an entry's sockets at the provider.
    fn type_of(&self, entry: &SocketEntry) -> SocketType {
        self.capabilities.effective_type(entry.socket_type, !entry.acl.is_empty())
    }

    /// Every reason why a provider would not open an entry, with the user's options.
    fn refusals_by(&self, provider: &Capabilities, entry: &SocketEntry) -> Vec<EntryRefusal> {
        entry_refusals(self.lab, provider, self.exposures.options, entry)
    }

    /// Whether a provider carries the type of an entry and enforces its acl, perhaps with another account.
    fn supports(&self, provider: &Capabilities, entry: &SocketEntry) -> bool {
        let is_of_the_account = |refusal: &EntryRefusal| match refusal {
            EntryRefusal::NeedsPaidTier | EntryRefusal::DomainsNotOwn(_) => true,
            EntryRefusal::TypeNotCarried | EntryRefusal::AclNotEnforced(_) | EntryRefusal::PoliciesNotSupported(_) => {
                false
            }
        };
        self.refusals_by(provider, entry).iter().all(is_of_the_account)
    }

    /// The names of the providers in service for which `holds` is true, as a choice for a help line: "border0 or ssh".
    fn providers_that(&self, holds: impl Fn(&Capabilities) -> bool) -> Option<String> {
        let holds = |provider: &Capabilities| provider.shut_down.is_none() && holds(provider);
        let names: Vec<&str> =
            self.providers.iter().filter(|provider| holds(provider)).filter_map(|provider| provider.name).collect();
        any_of(&names)
    }
}
