//! Takes a [`Lab`] and its [`Exposures`]. Gives findings. Each rule has one file, which declares it, one page next to it, and one
//! word in the list below.
//!
//! A rule reads the lab and its exposures; it names no provider, and reads no file and no clock. It loops over
//! `lab.entries_to_publish(is_wanted)`, or over `lab.entries(is_wanted)` if an entry matters even where nothing can be published:
//! both give each entry once, however many nodes inherit it. A rule about exposures asks `Lab::has_entry` first, and recognizes an
//! entry by `item.identity()`. `entry.socket_type` is what is written, `context.type_of(entry)` what the provider opens, and
//! `context.capabilities.way(type, has_acl)` how, if it does. `.affects(context.nodes_with(item))` names the nodes; `entries.rs` has words and places.
//!
//! In its declaration, `.blocks()` says that even a warning stops `compile`, `.fixable()` that there is a fix. If another rule reports
//! the same cause, or gives other advice, at the same place, `.suppressed_by(Some(that_rule::RULE))` hides a finding where that one is
//! shown.
//!
//! On its page, the sentence below the title has 20 to 95 characters. No example may raise another rule, except
//! `key-refused-by-containerlab` and `service-shut-down`, and, in the incorrect one, `open-socket`.
//!
//! A finding made before there is a lab is declared in `src/base/rule.rs`, and its word is `the_name = rule::THE_NAME`.

#[macro_use]
mod table;

mod entries;
mod refused;
mod services;
mod unrouted;

pub(crate) use table::ListedRule;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::base::{Findings, SocketType, any_of, rule};
use crate::expose::{EntryRefusal, Exposures, entry_refusals};
use crate::model::{Identity, Item};
use crate::provider::Capabilities;
use crate::resolve::Lab;
use crate::syntax::entry::SocketEntry;

rules! {
    acl_covers_itself,
    acl_domain_not_own: apart,
    acl_not_enforced: apart,
    ambiguous_route: apart,
    cannot_add_node = rule::CANNOT_ADD_NODE,
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
    host_name_not_usable: apart,
    host_name_too_deep,
    host_port_for_everyone,
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
    load_balancer_for_everyone,
    malformed_domain,
    malformed_email,
    malformed_entries_file = rule::MALFORMED_ENTRIES_FILE,
    malformed_entry,
    malformed_ignore = rule::MALFORMED_IGNORE,
    malformed_topology = rule::MALFORMED_TOPOLOGY,
    merge_key_wins,
    misplaced_publish,
    name_not_resolvable,
    near_miss_key,
    needs_paid_plan: apart,
    needs_provider,
    no_provider_supports: apart,
    nobody_can_connect,
    non_canonical_entry,
    none_among_entries,
    not_a_topology,
    not_in_topology,
    open_socket: apart,
    open_to_anyone,
    plain_text_protocol,
    policy_without_provider: apart,
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
    socket_name_collision: apart,
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
    type_not_carried: apart,
    unclosed_substitution = rule::UNCLOSED_SUBSTITUTION,
    unknown_rule_in_ignore = rule::UNKNOWN_RULE_IN_IGNORE,
    unknown_type,
    unreachable_node,
    unresolved_variable,
    unused_ignore = rule::UNUSED_IGNORE,
    wider_than_sibling: apart,
}

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
    /// Refusals that an offer says are not reported ([`EntryRefusal::is_an_offer`](crate::expose::EntryRefusal::is_an_offer)).
    pub(crate) leaves_out_offers: bool,
    /// What rules look up; filled on first use.
    lookups: Lookups,
}

/// Two entries, or two nodes, that are reported together once.
type Pair = (Identity, Identity);

/// The acls, as sorted names, by the place of a list's key and a port.
type AclsByPort = HashMap<(Range<usize>, u16), HashSet<Vec<String>>>;

/// Results that several rules need, computed once.
#[derive(Debug, Default)]
struct Lookups {
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
    run(RULES.iter(), context, findings);
}

pub(crate) use unrouted::check as check_routes;

/// Runs the rules that can stop `compile`, and no other.
pub(crate) fn check_what_blocks(context: &RuleContext<'_>, findings: &mut Findings) {
    run(RULES.iter().filter(|rule| rule.blocks_compile), context, findings);
}

fn run<'r>(rules: impl Iterator<Item = &'r ListedRule>, context: &RuleContext<'_>, findings: &mut Findings) {
    refused::check(context, findings);
    for check in rules.filter_map(|rule| rule.check) {
        check(context, findings);
    }
}

impl<'a> RuleContext<'a> {
    /// What the rules check of a lab: how its entries would be opened. `providers` are those that could be used instead.
    pub(crate) fn new(exposures: &'a Exposures<'a>, providers: &'a [&'static Capabilities]) -> Self {
        let (lab, capabilities) = (exposures.lab, exposures.provider);
        Self { lab, exposures, capabilities, providers, leaves_out_offers: false, lookups: Lookups::default() }
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
            EntryRefusal::TypeNotCarried
            | EntryRefusal::AclNotEnforced(_)
            | EntryRefusal::ItemsNotExact(_)
            | EntryRefusal::PoliciesNotSupported(_) => false,
        };
        self.refusals_by(provider, entry).iter().all(is_of_the_account)
    }

    /// The names of the providers in service for which `holds` is true, as a choice for a help line: "border0 or ssh".
    fn providers_that(&self, holds: impl Fn(&Capabilities) -> bool) -> Option<String> {
        let holds = |provider: &Capabilities| provider.about.shut_down.is_none() && holds(provider);
        let names: Vec<&str> =
            self.providers.iter().filter(|provider| holds(provider)).filter_map(|provider| provider.name).collect();
        any_of(&names)
    }
}
