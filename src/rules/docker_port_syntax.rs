//! `8080:80` and so on: the author meant containerlab's `ports:` (spec/entries.md#one-entry).

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Applicability, Finding, Findings, Rule, Severity};
use crate::syntax::entry::TroubleKind;

pub(crate) const RULE: &Rule = &Rule::new("docker-port-syntax", &[Severity::Error]);

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| matches!(kind, TroubleKind::DockerPort(_))) {
        let ports = "to map a port on the lab host, use containerlab's `ports:`";
        let (help, fix) = match &diagnostic.trouble.kind {
            TroubleKind::DockerPort(Some(entry)) if diagnostic.segment_value().is_some() => {
                // A mapping names nobody, and an entry that names nobody is open.
                let entry = format!("{entry}/user@domain.com");
                (
                    format!("to publish it through a tunnel, write `{entry}`; {ports}"),
                    diagnostic.guessed(&entry).map(|fix| fix.at_most(Applicability::Display)),
                )
            }
            _ => (ports.to_owned(), None),
        };
        findings.push(
            Finding::error(RULE, format!("{} is a Docker port mapping, not a publish entry", diagnostic.entry()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help)
                .fix(fix),
        );
    }
}
