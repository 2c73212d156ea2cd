//! The name of a socket at its provider, its hostname, and its port.

use std::borrow::Cow;
use std::fmt::Display;

use super::{Exposure, Exposures};
use crate::base::SocketType;
use crate::base::dns::dns_safe;
use crate::provider::{Capabilities, Domain, Ingress, Named};

/// The name of a socket at a provider (spec/names.md#names-of-sockets). `socket_type` is the type that it has there.
pub(crate) fn socket_name(
    provider: &Capabilities,
    node: &str,
    container: &str,
    socket_type: SocketType,
    port: u16,
) -> String {
    joined(&provider.naming.owner(node, provider.naming.folded(container)), socket_type, port)
}

/// Types and ports have no `-`, so two names are the same only if the owner, the type, and the port are.
fn joined(owner: &str, socket_type: SocketType, port: impl Display) -> String {
    format!("{owner}-{socket_type}-{port}")
}

impl<'l> Exposures<'l> {
    /// The beginning of the names of a node's sockets.
    pub(super) fn owner<'e>(&self, exposure: &'e Exposure<'l>) -> Cow<'e, str> {
        let (naming, node) = (self.provider.naming, exposure.socket.node);
        naming.owner(node.name.value, naming.folded(self.lab.container(node)))
    }

    /// The name of a socket at the provider.
    pub(crate) fn name(&self, exposure: &Exposure<'l>) -> String {
        joined(&self.owner(exposure), exposure.socket_type, exposure.socket.entry.port)
    }

    /// The same, as messages may show it: without a value of the environment.
    pub(crate) fn shown_name(&self, exposure: &Exposure<'_>) -> String {
        let naming = self.provider.naming;
        let words = self.lab.shown_words(&exposure.socket, |word| naming.folded(word).into_owned());
        joined(&naming.owner(&words.node, words.container.into()), exposure.socket_type, &words.port)
    }

    /// The hostname of a socket: none if visitors do not reach it by one, or if no domain is set. It might be invalid in DNS.
    pub(crate) fn host_name(&self, exposure: &Exposure<'_>) -> Option<String> {
        self.joined_host_name(exposure, || {
            let (lab, node) = (self.lab.name(), exposure.socket.node.name.value);
            [dns_safe(lab), dns_safe(node), exposure.socket.entry.port.to_string()]
        })
    }

    /// Whether a hostname is one that the relay uses itself.
    pub(super) fn is_of_relay(&self, host_name: &str) -> bool {
        let domain = self.options.host_names.domain.as_ref().map(Domain::as_str);
        let label = domain.and_then(|domain| host_name.strip_suffix(domain)?.strip_suffix('.'));
        label.is_some_and(|label| self.provider.relay.own_labels.contains(&label))
    }

    /// The same, as messages may show it.
    pub(crate) fn shown_host_name(&self, exposure: &Exposure<'_>) -> Option<String> {
        self.joined_host_name(exposure, || {
            let words = self.lab.shown_words(&exposure.socket, dns_safe);
            [words.lab, words.node, words.port]
        })
    }

    /// `words` are lab, node, and port.
    fn joined_host_name(&self, exposure: &Exposure<'_>, words: impl FnOnce() -> [String; 3]) -> Option<String> {
        let names = &self.options.host_names;
        if exposure.ingress() != Ingress::HostName || names.domain.is_none() {
            return None;
        }
        let [lab, node, port] = &words();
        names.of(&Named { lab, node, socket_type: exposure.socket_type.word(), port })
    }

    /// The ports of the relay that other providers of the lab have. Without a relay, a provider's ports are its own.
    pub(crate) fn taken_ports(&self) -> &[u16] {
        if self.provider.relay.is_needed { &self.options.taken_ports } else { &[] }
    }

    /// The port of each of these sockets, given with their names. None if it has none, if no port is left, or if its pin is not one of
    /// the ports.
    pub(crate) fn ports(&self, sockets: &[(&Exposure<'_>, &str)]) -> Vec<Option<u16>> {
        let has_port = |exposure: &Exposure<'_>| self.provider.has_port(exposure.ingress());
        let names = sockets.iter().filter(|(exposure, _)| has_port(exposure)).map(|(_, name)| *name);
        let ports = self.provider.ports(self.options);
        let mut ports = ports.assign_beside(names, &self.options.pins, self.taken_ports()).into_iter();
        let mut next = |has_port: bool| if has_port { ports.next().flatten() } else { None };
        sockets.iter().map(|(exposure, _)| next(has_port(exposure))).collect()
    }
}
