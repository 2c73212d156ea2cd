//! Telnet carried as it is: everybody on the way reads the password.

use std::collections::HashSet;

use super::Subject;
use super::entries::{entry_span, entry_text};
use crate::base::{Finding, SocketType};

const TELNET: u16 = 23;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut said = HashSet::new();
    for socket in subject.healthy {
        let (item, entry) = (socket.item, socket.entry);
        let socket_type = subject.capabilities.effective_type(entry.socket_type, !entry.acl.is_empty());
        if entry.port != TELNET || socket_type != SocketType::Tcp || !said.insert(item.text.place.range()) {
            continue;
        }
        findings.push(
            Finding::warning(
                "plain-text-protocol",
                format!("{} sends passwords over the Internet as plain text", entry_text(subject, item)),
            )
            .at(entry_span(subject, item), "port 23 is Telnet, which encrypts nothing")
            .help("publish the node's SSH port instead"),
        );
    }
}
