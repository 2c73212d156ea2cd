//! An entry without an acl, if the provider lets in only people who are named.

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, Findings};
use crate::capability::Audience;
use crate::syntax::entry::SocketEntry;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(provider) = subject.capabilities.name.filter(|_| subject.capabilities.without_acl == Audience::Nobody)
    else {
        return;
    };
    let is_wanted =
        |entry: &SocketEntry| entry.acl.is_empty() && subject.capabilities.carried(entry.socket_type).is_some();
    for (item, _) in subject.lab.entries(is_wanted) {
        findings.push(
            Finding::info(
                "nobody-can-connect",
                format!("with {provider}, nobody can connect to {}", entry_text(subject, item)),
            )
            .at(entry_span(subject, item), "no acl; this provider lets in only people who are named")
            .help("add a third segment with addresses, domains, or a policy"),
        );
    }
}
