//! A third segment that names nobody: containerlab opened such a port to everyone (spec/entries.md#one-entry).

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Finding, Findings, Rule, Severity};
use crate::provider::Audience;
use crate::syntax::entry::TroubleKind;

pub(crate) const RULE: &Rule = &Rule::new("empty-acl", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| *kind == TroubleKind::EmptyAcl) {
        findings.push(
            Finding::error(RULE, format!("the acl of {} names nobody", diagnostic.entry()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help(context)),
        );
    }
}

/// People come first in the help: without its last `/`, the entry is open to everyone whom the provider lets in.
fn help(context: &RuleContext<'_>) -> String {
    let people = "name who may connect, for example `user@domain.com`";
    match &context.capabilities.access.without_acl {
        Audience::Nobody => people.to_owned(),
        open => format!("{people}; an entry without a third segment is open to {open}"),
    }
}
