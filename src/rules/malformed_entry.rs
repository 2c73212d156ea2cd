//! An entry that does not have the form of one.

use super::RuleContext;
use super::entries::{EntryDiagnostic, troubles, who_is_meant};
pub(crate) use crate::base::rule::MALFORMED_ENTRY as RULE;
use crate::base::{Finding, Findings, did_you_mean, quoted};
use crate::syntax::entry::{TroubleKind, means_everyone};

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let is_mine = |kind: &TroubleKind| matches!(kind, TroubleKind::Form | TroubleKind::Port | TroubleKind::Policy);
    for diagnostic in troubles(context, is_mine) {
        let entry = diagnostic.entry();
        let message = if entry == quoted("") {
            "empty publish entry".to_owned()
        } else {
            format!("malformed publish entry {entry}")
        };
        findings.push(
            Finding::error(RULE, message)
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help(context, &diagnostic)),
        );
    }
    for place in &context.lab.topology.parted {
        findings.push(
            Finding::error(RULE, format!("the value of {} splits its entry", quoted(context.lab.original(*place))))
                .at(context.lab.span(*place), "it contains spaces, and in a label whitespace ends an entry")
                .help("remove the spaces from the value, or use the variable only for whole entries"),
        );
    }
}

fn help(context: &RuleContext<'_>, diagnostic: &EntryDiagnostic<'_>) -> String {
    let segment = diagnostic.segment_value().unwrap_or_default();
    match diagnostic.trouble.kind {
        TroubleKind::Port if segment.contains([',', '-']) => "write one entry per port".to_owned(),
        TroubleKind::Policy if means_everyone(segment) => who_is_meant(context),
        TroubleKind::Policy => {
            "name people as `user@domain.com` and companies as `domain.com`, separated by commas".to_owned()
        }
        _ => diagnostic.meant().map_or_else(
            || "write `<type>/<port>[/<who>,…]`, for example `tls/22/user@domain.com`".to_owned(),
            |entry| format!("{} write `<type>/<port>/<who>,…`", did_you_mean(&entry)),
        ),
    }
}
