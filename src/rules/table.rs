//! The table of rules: their names, severities, and pages, and the functions of those that check a lab.

use super::{
    Check, acl_covers_itself, docker_port_syntax, duplicate_acl_item, duplicate_socket, empty_acl,
    empty_list_does_not_opt_out, flow_sequence_splits_acl, group_without_definition, host_name_too_deep,
    image_not_pinned, key_refused_by_containerlab, kind_from_defaults, lab_name_not_accepted, lab_without_name,
    malformed_domain, malformed_email, malformed_entry, merge_key_wins, misplaced_publish, name_not_resolvable,
    near_miss_key, needs_provider, nobody_can_connect, non_canonical_entry, none_among_entries, not_a_topology,
    open_to_anyone, plain_text_protocol, port_out_of_range, proxy_ignored, public_mail_domain, publish_on_tunnel_node,
    relay_pin_not_usable, relay_ports_used_up, service_shut_down, shadowed_list, tcp_becomes_tls,
    text_added_by_variable, token_bind_reversed, token_not_bound, too_many_people, tunnel_node_without_image,
    two_carriers, two_tunnel_nodes, unknown_type, unreachable_node, unresolved_variable,
};
use crate::base::Severity::{self, Error, Info, Warning};

/// What is known about a rule before it checks anything.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Kebab-case; it reads well after "allow".
    pub(crate) name: &'static str,
    /// The severities of its findings, the worst first.
    pub(crate) severities: &'static [Severity],
    /// Its findings can block `compile`.
    pub(crate) blocks_compile: bool,
    /// A program can fix some of them.
    pub(crate) is_fixable: bool,
    /// The Markdown page next to its file.
    pub(crate) page: &'static str,
    /// None if the finding is made before there is a lab, or over several labs.
    pub(super) check: Option<Check>,
}

impl Rule {
    const fn new(name: &'static str, severities: &'static [Severity], page: &'static str) -> Self {
        Self {
            name,
            severities,
            blocks_compile: matches!(severities, [Error, ..]),
            is_fixable: false,
            page,
            check: None,
        }
    }

    const fn look(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// A warning that blocks `compile`.
    const fn blocks(mut self) -> Self {
        self.blocks_compile = true;
        self
    }

    const fn fixable(mut self) -> Self {
        self.is_fixable = true;
        self
    }

    /// The first sentence of its page, without the period.
    pub(crate) fn summary(&self) -> &'static str {
        self.page.lines().nth(2).unwrap_or_default().trim_end_matches('.')
    }
}

macro_rules! rule {
    ($file:ident, $name:literal, $severities:expr) => {
        Rule::new($name, $severities, include_str!(concat!(stringify!($file), ".md"))).look($file::check)
    };
}

/// A rule whose findings are made before there is a lab, by the module that reads the file, about what is planned of a lab, or after all labs, over their
/// account.
macro_rules! said_elsewhere {
    ($file:ident, $name:literal, $severities:expr) => {
        Rule::new($name, $severities, include_str!(concat!(stringify!($file), ".md")))
    };
}

/// Every rule, in alphabetical order.
pub(crate) const RULES: &[Rule] = &[
    rule!(acl_covers_itself, "acl-covers-itself", &[Warning]),
    said_elsewhere!(acl_domain_not_own, "acl-domain-not-own", &[Error]),
    said_elsewhere!(acl_not_enforced, "acl-not-enforced", &[Error]),
    said_elsewhere!(cannot_migrate, "cannot-migrate", &[Error]),
    said_elsewhere!(cannot_strip, "cannot-strip", &[Error]),
    rule!(docker_port_syntax, "docker-port-syntax", &[Error]),
    rule!(duplicate_acl_item, "duplicate-acl-item", &[Warning]).fixable(),
    said_elsewhere!(duplicate_key, "duplicate-key", &[Error]),
    rule!(duplicate_socket, "duplicate-socket", &[Error]).fixable(),
    rule!(empty_acl, "empty-acl", &[Error]),
    rule!(empty_list_does_not_opt_out, "empty-list-does-not-opt-out", &[Warning]).fixable(),
    rule!(flow_sequence_splits_acl, "flow-sequence-splits-acl", &[Error]),
    said_elsewhere!(folded_wider, "folded-wider", &[Error]),
    rule!(group_without_definition, "group-without-definition", &[Warning]).fixable(),
    said_elsewhere!(host_name_not_usable, "host-name-not-usable", &[Error]),
    rule!(host_name_too_deep, "host-name-too-deep", &[Error]),
    said_elsewhere!(ignore_without_reason, "ignore-without-reason", &[Warning]),
    rule!(image_not_pinned, "image-not-pinned", &[Warning]),
    said_elsewhere!(invalid_config, "invalid-config", &[Error, Warning]),
    said_elsewhere!(invalid_utf8, "invalid-utf8", &[Error]),
    said_elsewhere!(invalid_yaml, "invalid-yaml", &[Error]),
    said_elsewhere!(jump_host_not_usable, "jump-host-not-usable", &[Error]),
    rule!(key_refused_by_containerlab, "key-refused-by-containerlab", &[Info]),
    rule!(kind_from_defaults, "kind-from-defaults", &[Info]),
    rule!(lab_name_not_accepted, "lab-name-not-accepted", &[Error]),
    rule!(lab_without_name, "lab-without-name", &[Error]),
    rule!(malformed_domain, "malformed-domain", &[Error]),
    rule!(malformed_email, "malformed-email", &[Error]),
    rule!(malformed_entry, "malformed-entry", &[Error]),
    said_elsewhere!(malformed_ignore, "malformed-ignore", &[Warning]),
    said_elsewhere!(malformed_topology, "malformed-topology", &[Error]),
    rule!(merge_key_wins, "merge-key-wins", &[Warning]),
    rule!(misplaced_publish, "misplaced-publish", &[Error]),
    rule!(name_not_resolvable, "name-not-resolvable", &[Error, Warning, Info]),
    rule!(near_miss_key, "near-miss-key", &[Error]).fixable(),
    said_elsewhere!(needs_paid_plan, "needs-paid-plan", &[Error]),
    rule!(needs_provider, "needs-provider", &[Warning]).blocks(),
    rule!(nobody_can_connect, "nobody-can-connect", &[Info]),
    rule!(non_canonical_entry, "non-canonical-entry", &[Error, Warning]).fixable(),
    rule!(none_among_entries, "none-among-entries", &[Error]),
    rule!(not_a_topology, "not-a-topology", &[Info]),
    said_elsewhere!(open_socket, "open-socket", &[Info]),
    rule!(open_to_anyone, "open-to-anyone", &[Warning]),
    rule!(plain_text_protocol, "plain-text-protocol", &[Warning]),
    said_elsewhere!(policy_without_provider, "policy-without-provider", &[Error]),
    rule!(port_out_of_range, "port-out-of-range", &[Error]),
    rule!(proxy_ignored, "proxy-ignored", &[Warning]),
    rule!(public_mail_domain, "public-mail-domain", &[Warning]),
    said_elsewhere!(publish_not_a_list, "publish-not-a-list", &[Error]),
    rule!(publish_on_tunnel_node, "publish-on-tunnel-node", &[Error, Info]),
    rule!(relay_pin_not_usable, "relay-pin-not-usable", &[Error]),
    said_elsewhere!(relay_port_collision, "relay-port-collision", &[Error]),
    rule!(relay_ports_used_up, "relay-ports-used-up", &[Error]),
    rule!(service_shut_down, "service-shut-down", &[Info]),
    rule!(shadowed_list, "shadowed-list", &[Info]),
    said_elsewhere!(socket_name_collision, "socket-name-collision", &[Error]),
    rule!(tcp_becomes_tls, "tcp-becomes-tls", &[Info]),
    said_elsewhere!(template_not_rendered, "template-not-rendered", &[Warning]).blocks(),
    rule!(text_added_by_variable, "text-added-by-variable", &[Warning]),
    rule!(token_bind_reversed, "token-bind-reversed", &[Error]),
    rule!(token_not_bound, "token-not-bound", &[Error]),
    said_elsewhere!(too_deeply_nested, "too-deeply-nested", &[Error]),
    said_elsewhere!(too_many_entries, "too-many-entries", &[Error]),
    said_elsewhere!(too_many_findings, "too-many-findings", &[Error]),
    said_elsewhere!(too_many_nodes, "too-many-nodes", &[Error]),
    rule!(too_many_people, "too-many-people", &[Warning]),
    said_elsewhere!(too_many_sockets, "too-many-sockets", &[Error]),
    said_elsewhere!(too_many_values, "too-many-values", &[Error]),
    said_elsewhere!(too_much_merged, "too-much-merged", &[Error]),
    rule!(tunnel_node_without_image, "tunnel-node-without-image", &[Error]),
    rule!(two_carriers, "two-carriers", &[Error]),
    rule!(two_tunnel_nodes, "two-tunnel-nodes", &[Error]),
    said_elsewhere!(type_not_carried, "type-not-carried", &[Error]),
    said_elsewhere!(unclosed_substitution, "unclosed-substitution", &[Error]),
    said_elsewhere!(unknown_rule_in_ignore, "unknown-rule-in-ignore", &[Warning]).fixable(),
    rule!(unknown_type, "unknown-type", &[Error]).fixable(),
    rule!(unreachable_node, "unreachable-node", &[Error, Warning, Info]),
    rule!(unresolved_variable, "unresolved-variable", &[Error]),
    said_elsewhere!(unused_ignore, "unused-ignore", &[Warning]).fixable(),
    said_elsewhere!(wider_than_sibling, "wider-than-sibling", &[Error]),
];
