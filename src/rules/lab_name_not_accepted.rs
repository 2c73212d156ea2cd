//! A lab name that the provider does not accept.

use super::Subject;
use crate::base::{Finding, Findings, quoted};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(provider), Some(lab_name), Some(name)) =
        (subject.capabilities.name, subject.capabilities.lab_name, subject.lab.topology.name)
    else {
        return;
    };
    let is_unresolved = subject.lab.source.is_unresolved(name.place);
    if is_unresolved || (lab_name.is_taken)(name.value) || subject.lab.sockets().next().is_none() {
        return;
    }
    findings.push(
        Finding::error(
            "lab-name-not-accepted",
            format!("{provider} does not accept {} as a lab name", quoted(subject.lab.original(name.place))),
        )
        .at(subject.lab.span(name.place), format!("expected {}", lab_name.expected))
        .help("rename the lab, or choose another provider"),
    );
}
