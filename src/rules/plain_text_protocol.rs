//! Telnet carried unencrypted: anyone on the path can read the password.

use std::collections::HashSet;

use super::entries::{entry_span, entry_text};
use super::{RuleContext, open_to_anyone};
use crate::base::{Finding, Findings, Rule, Severity, SocketType};
use crate::expose::Exposure;
use crate::provider::Carriage;

pub(crate) const RULE: &Rule = &Rule::new("plain-text-protocol", &[Severity::Warning]);

const TELNET: u16 = 23;

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    if !context.lab.has_entry(|entry| entry.port == TELNET) {
        return;
    }
    let mut said = HashSet::new();
    for exposure in context.exposures.published() {
        let item = exposure.socket.item;
        // `open-to-anyone` says that the port is Telnet, too.
        let is_plain_text = is_plain_text(context, exposure) && !open_to_anyone::is_found(context, exposure);
        if !is_plain_text || !said.insert(item.identity()) {
            continue;
        }
        findings.push(
            Finding::warning(
                RULE,
                format!("{} sends passwords over the Internet in plain text", entry_text(context, item)),
            )
            .at(entry_span(context, item), "port 23 is Telnet, which is not encrypted")
            .affects(context.nodes_with(item))
            .help("publish the node's SSH port instead"),
        );
    }
}

/// Whether a socket is Telnet, and nothing on the path encrypts it.
pub(super) fn is_plain_text(context: &RuleContext<'_>, exposure: &Exposure<'_>) -> bool {
    let Some(carried) = exposure.way else { return false };
    // A plain port of a relay has no TLS, whatever type the entry has.
    let is_as_it_is = match carried.carriage {
        Carriage::Raw => true,
        Carriage::Native => exposure.socket_type == SocketType::Tcp,
        Carriage::ClientRequired => false,
    };
    exposure.socket.entry.port == TELNET && is_as_it_is && !context.capabilities.access.encrypts
}
