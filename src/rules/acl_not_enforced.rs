//! An acl on a type that the selected provider carries without keeping anyone out: the port would be open wider than written.

use super::RuleContext;
use super::entries::{entry_text, span};
use crate::base::{AclKind, Finding, Findings, Rule, Severity, SocketType};
use crate::provider::Capabilities;
use crate::syntax::entry::{AclItem, SocketEntry};

pub(crate) const RULE: &Rule = &Rule::new("acl-not-enforced", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let (Some(provider), lab) = (context.capabilities.name, context.lab) else { return };
    let unenforced = |entry: &SocketEntry| -> Vec<AclItem> {
        let Some(carried) = context.capabilities.carried(context.type_of(entry)) else { return Vec::new() };
        let is_unenforced = |word: &&AclItem| {
            let kind = lab.acl_item(word).0;
            !carried.enforces.contains(&kind) && !is_a_matter_of_policies(context.capabilities, kind)
        };
        entry.acl.iter().filter(is_unenforced).cloned().collect()
    };
    for (item, entry) in lab.entries_to_publish(|entry| !unenforced(entry).is_empty()) {
        let (unenforced, socket_type) = (unenforced(entry), context.type_of(entry));
        let (Some(first), Some(last)) = (unenforced.first(), unenforced.last()) else { continue };
        let by = context.providers_that(|other| other.supports(entry.socket_type, &lab.acl(entry)));
        let choose = by.map_or_else(
            || format!("no provider in service enforces it for {}", entry.socket_type),
            |names| format!("choose a provider that enforces it: {names}"),
        );
        findings.push(
            Finding::error(
                RULE,
                format!("{provider} cannot enforce the acl of {}, so anyone could connect", entry_text(context, item)),
            )
            .at(
                span(context, item, &(first.range.start..last.range.end)),
                knows_nobody(provider, context.capabilities, socket_type),
            )
            .help(format!(
                "{choose}, or remove the entry; without its acl, it would be open to anyone on the Internet"
            )),
        );
    }
}

/// If people can be named, policies have a rule of their own, `policy-without-provider`.
fn is_a_matter_of_policies(capabilities: &Capabilities, kind: AclKind) -> bool {
    kind == AclKind::Policy && !capabilities.enforces(AclKind::Policy) && capabilities.enforces(AclKind::Email)
}

fn knows_nobody(provider: &str, capabilities: &Capabilities, socket_type: SocketType) -> String {
    if capabilities.carries.iter().all(|carried| carried.enforces.is_empty()) {
        format!("{provider} cannot identify visitors")
    } else {
        format!("{provider} cannot identify visitors of {socket_type} sockets")
    }
}
