//! A first segment that is not a type.

use super::RuleContext;
use super::entries::troubles;
use crate::base::{Finding, Findings, Rule, Severity, SocketType, closest, did_you_mean};
use crate::syntax::entry::TroubleKind;

pub(crate) const RULE: &Rule = &Rule::new("unknown-type", &[Severity::Error]).fixable();

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    for diagnostic in troubles(context, |kind| *kind == TroubleKind::UnknownType) {
        let suggestion =
            diagnostic.segment_value().and_then(|word| closest(word.trim(), SocketType::ALL.map(SocketType::word)));
        let help = match (suggestion, diagnostic.meant()) {
            (Some(word), _) => did_you_mean(word),
            (None, Some(entry)) => format!("{} write `<type>/<port>/<who>,…`", did_you_mean(&entry)),
            (None, None) => "use the type that matches the port: `http` or `https` for web pages, `tls` for TLS, `tcp` for anything else"
                .to_owned(),
        };
        findings.push(
            Finding::error(RULE, format!("unknown type {} in {}", diagnostic.segment(), diagnostic.entry()))
                .at(diagnostic.span(), diagnostic.expectation())
                .help(help)
                .fix(suggestion.and_then(|word| diagnostic.guessed(word))),
        );
    }
}
