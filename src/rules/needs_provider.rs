//! Types and policies that the providers of containerlab's documentation do not support: they need another provider. Reported
//! while no provider is selected; with one, see `type-not-carried` and `policy-without-provider`.

use super::RuleContext;
use super::entries::{entry_text, is_written, part_text, span, who_is_meant};
use crate::base::{AclKind, Finding, Findings, Rule, Severity, SocketType};
use crate::model::Item;
use crate::syntax::entry::{AclItem, SocketEntry, means_everyone};

pub(crate) const RULE: &Rule = &Rule::new("needs-provider", &[Severity::Warning]).blocks();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if context.capabilities.name.is_some() {
        return;
    }
    let is_policy = |word: &&AclItem| context.lab.acl_item(word).0 == AclKind::Policy;
    let is_wanted = |entry: &SocketEntry| {
        context.capabilities.way(entry.socket_type).is_none() || entry.acl.iter().any(|word| is_policy(&word))
    };
    for (item, entry) in context.lab.entries_to_publish(is_wanted) {
        let socket_type = entry.socket_type;
        if context.capabilities.way(socket_type).is_none() {
            let by = context.providers_that(|provider| provider.way(socket_type).is_some());
            let choose = by.map_or_else(
                || format!("no provider carries {socket_type} yet"),
                |names| format!("choose a provider that carries {socket_type} with `--provider`: {names}"),
            );
            let help = if socket_type == SocketType::Udp {
                format!("{choose}; to map a port on the lab host, use containerlab's `ports:`")
            } else {
                choose
            };
            findings.push(
                Finding::warning(
                    RULE,
                    format!("{} needs a provider that carries {socket_type}", entry_text(context, item)),
                )
                .at(span(context, item, &entry.type_range), "not every provider carries this type")
                .help(help)
                .blocks_compile(),
            );
        }
        for word in entry.acl.iter().filter(is_policy) {
            let name = part_text(context, item, &word.range);
            findings.push(
                Finding::warning(RULE, format!("policy {name} needs a provider that supports policies"))
                    .at(span(context, item, &word.range), "read as a policy name")
                    .help(help(context, item, word))
                    .blocks_compile(),
            );
        }
    }
}

fn help(context: &RuleContext<'_>, item: &Item<'_>, word: &AclItem) -> String {
    if is_written(context, item, &word.range) && means_everyone(&word.text) {
        return who_is_meant(context);
    }
    let by = context.providers_that(|provider| provider.enforces(AclKind::Policy)).unwrap_or_default();
    let otherwise = match word.kind {
        AclKind::Policy => "if you meant a domain, it needs a dot",
        _ => "`--acl identities` reads it as an address or domain",
    };
    format!("choose a provider that supports policies with `--provider`: {by}; {otherwise}")
}
