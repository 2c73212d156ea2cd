//! An entry that does not have the form of one.

use super::Subject;
use super::entries::{Sick, troubles, who_is_meant};
use crate::base::{Finding, Findings, quoted};
use crate::syntax::entry::{TroubleKind, means_everyone};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let is_mine = |kind: &TroubleKind| matches!(kind, TroubleKind::Form | TroubleKind::Port | TroubleKind::Policy);
    for sick in troubles(subject, is_mine) {
        let entry = sick.entry();
        let message = if entry == quoted("") {
            "empty publish entry".to_owned()
        } else {
            format!("malformed publish entry {entry}")
        };
        findings.push(
            Finding::error("malformed-entry", message).at(sick.span(), sick.expectation()).help(help(subject, &sick)),
        );
    }
    for place in &subject.lab.topology.parted {
        findings.push(
            Finding::error(
                "malformed-entry",
                format!("the value of {} splits its entry", quoted(subject.lab.original(*place))),
            )
            .at(subject.lab.span(*place), "it contains spaces, and in a label whitespace ends an entry")
            .help("remove the spaces from the value, or use the variable only for whole entries"),
        );
    }
}

fn help(subject: &Subject<'_>, sick: &Sick<'_>) -> String {
    let segment = sick.segment_value().unwrap_or_default();
    match sick.trouble.kind {
        TroubleKind::Port if segment.contains([',', '-']) => "write one entry per port".to_owned(),
        TroubleKind::Policy if means_everyone(segment) => who_is_meant(subject),
        TroubleKind::Policy => {
            "name people as `user@domain.com` and companies as `domain.com`, separated by commas".to_owned()
        }
        _ => sick.meant().map_or_else(
            || "write `<type>/<port>[/<who>,…]`, for example `tls/22/user@domain.com`".to_owned(),
            |entry| format!("did you mean {}? write `<type>/<port>/<who>,…`", quoted(&entry)),
        ),
    }
}
