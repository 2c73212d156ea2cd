//! A number that is not a port.

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Finding, Findings, Rule, Severity};
use crate::syntax::entry::TroubleKind;

pub(crate) const RULE: &Rule = &Rule::new("port-out-of-range", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| *kind == TroubleKind::PortOutOfRange) {
        findings.push(
            Finding::error(RULE, format!("port {} is out of range", diagnostic.segment()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help("write the port that the node listens on, for example `tls/22/user@domain.com`"),
        );
    }
}
