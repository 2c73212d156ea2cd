//! A person in an acl whose whole domain is in it too: everyone else at the domain is let in as well, which may not be meant.

use std::collections::HashMap;

use super::RuleContext;
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings, Rule, Severity};

pub(crate) const RULE: &Rule = &Rule::new("acl-covers-itself", &[Severity::Warning]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    for (item, entry) in lab.entries(|entry| entry.acl.len() > 1) {
        let domains: HashMap<&str, _> = entry
            .acl
            .iter()
            .filter_map(|word| match lab.acl_item(word) {
                (AclKind::Domain, name) => Some((name, word)),
                _ => None,
            })
            .collect();
        for word in &entry.acl {
            let (AclKind::Email, address) = lab.acl_item(word) else { continue };
            let Some(domain) = address.rsplit_once('@').and_then(|(_, domain)| domains.get(domain)) else { continue };
            findings.push(
                Finding::warning(
                    RULE,
                    format!(
                        "{} is already covered by {} in the acl of {}",
                        part_text(context, item, &word.range),
                        part_text(context, item, &domain.range),
                        entry_text(context, item)
                    ),
                )
                .at(span(context, item, &word.range), "already included in the domain")
                .at(span(context, item, &domain.range), "allows everyone with an address at this domain")
                .help("remove the domain to allow only this person, or the address to allow the whole domain"),
            );
        }
    }
}
