//! The same type and port twice in one list: two sockets with the same name.

use std::collections::HashMap;

use super::Subject;
use super::entries::{entry_span, entry_text, removed};
use crate::base::{Finding, Findings, plain};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for listing in &subject.lab.topology.listings {
        if !listing.has_twins() {
            continue;
        }
        let mut first = HashMap::new();
        for item in &listing.items {
            let Some(entry) = item.socket() else { continue };
            match first.get(&(entry.socket_type, entry.port)) {
                None => {
                    first.insert((entry.socket_type, entry.port), item);
                }
                Some(earlier) => {
                    // Both let in the same people, so removing one changes nothing.
                    let is_alike =
                        earlier.socket().is_some_and(|first| subject.lab.acl(first) == subject.lab.acl(entry));
                    let help = if is_alike {
                        let audience = subject.capabilities.audience(&subject.lab.shown_acl(item, entry));
                        format!("keep one of them; the port is then published for {}", plain(&audience.to_string()))
                    } else {
                        "keep one of them; put everyone who may connect in its acl, separated by commas".to_owned()
                    };
                    let fix = if is_alike { removed(subject, listing, item) } else { None };
                    findings.push(
                        Finding::error(
                            "duplicate-socket",
                            format!("{} has the same type and port as an earlier entry", entry_text(subject, item)),
                        )
                        .at(entry_span(subject, item), "repeated here")
                        .at(entry_span(subject, earlier), "first here")
                        .help(help)
                        .fix(fix),
                    );
                }
            }
        }
    }
}
