//! What a lab uses of an account, and what the account allows (spec/limits.md#two-classes-of-sockets).

use std::collections::HashSet;
use std::sync::Arc;

use super::{Exposure, Exposures, can_open};
use crate::base::{AccountClass, Finding, SourceFile, Span};
use crate::provider::{Capabilities, Limit};

/// The most sockets at once. None if there is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AccountLimits {
    pub(crate) tcp: Option<Limit>,
    pub(crate) http: Option<Limit>,
    /// The limit of all sockets together.
    pub(crate) all: Option<Limit>,
}

/// What one lab uses of an account.
#[derive(Debug)]
pub(crate) struct AccountUse {
    /// The provider; None if none is selected.
    pub(crate) provider: Option<&'static str>,
    /// The domain of hostnames, if the relay itself uses it, and nobody else may.
    pub(crate) own_domain: Option<String>,
    /// The file that findings about it are in.
    file: Arc<SourceFile>,
    pub(crate) sockets: Vec<UsedSocket>,
    /// Per class, the providers without a limit that could carry its sockets; empty if a provider is selected.
    pub(crate) unlimited: Vec<(AccountClass, &'static str)>,
}

/// A socket that counts.
#[derive(Debug)]
pub(crate) struct UsedSocket {
    pub(crate) name: String,
    /// The name as messages may show it, if the file has variables.
    shown_name: Option<String>,
    pub(crate) class: AccountClass,
    /// The file that its entry is in, and where it is there.
    entry: (Arc<SourceFile>, Span),
    pub(crate) shown_node: String,
    /// The port of the relay, with a provider that has a relay: labs share it.
    pub(crate) public_port: Option<u16>,
    /// The hostname, with a provider whose sockets have hostnames.
    pub(crate) host_name: Option<String>,
    /// The hostname as messages may show it, if the file has variables.
    shown_host_name: Option<String>,
}

impl AccountUse {
    /// Whether both are of one lab, with different providers.
    pub(crate) fn is_of_the_lab_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }

    /// A finding about this lab, with the place of an entry of one of its sockets, or of one of another lab's.
    pub(crate) fn at(&self, finding: Finding, socket: &UsedSocket, text: String) -> Finding {
        let (file, span) = &socket.entry;
        if Arc::ptr_eq(file, &self.file) {
            finding.at(*span, text)
        } else {
            finding.elsewhere(Arc::clone(file), *span, text)
        }
    }
}

impl UsedSocket {
    /// What distinguishes its entry from every other entry of the lab.
    pub(crate) fn entry(&self) -> (*const SourceFile, Span) {
        (Arc::as_ptr(&self.entry.0), self.entry.1)
    }

    /// The name for messages, without a value of the environment in it.
    pub(crate) fn shown_name(&self) -> &str {
        self.shown_name.as_deref().unwrap_or(&self.name)
    }

    /// The hostname for messages, without a value of the environment in it.
    pub(crate) fn shown_host_name(&self) -> Option<&str> {
        self.shown_host_name.as_deref().or(self.host_name.as_deref())
    }
}

impl AccountLimits {
    /// The limit of a class, or of all sockets for None.
    pub(crate) fn of(&self, class: Option<AccountClass>) -> Option<Limit> {
        match class {
            Some(AccountClass::Tcp) => self.tcp,
            Some(AccountClass::Http) => self.http,
            None => self.all,
        }
    }

    /// The smaller limit of each class.
    pub(crate) fn smaller(self, other: Self) -> Self {
        let smaller = |a: Option<Limit>, b: Option<Limit>| a.into_iter().chain(b).min_by_key(|limit| limit.most);
        Self {
            tcp: smaller(self.tcp, other.tcp),
            http: smaller(self.http, other.http),
            all: smaller(self.all, other.all),
        }
    }

    /// Whether sockets are more than an account allows that is theirs alone.
    pub(crate) fn are_exceeded_by<'e, 'l: 'e>(&self, sockets: impl Iterator<Item = &'e Exposure<'l>>) -> bool {
        let (mut tcp, mut http) = (0, 0);
        for exposure in sockets {
            match exposure.socket_type.account_class() {
                AccountClass::Tcp => tcp += 1,
                AccountClass::Http => http += 1,
            }
        }
        let is_over = |limit: Option<Limit>, count: usize| limit.is_some_and(|limit| count > limit.most);
        is_over(self.tcp, tcp) || is_over(self.http, http) || is_over(self.all, tcp + http)
    }
}

/// What the published sockets of a lab use of its account. `providers` are those that could be used instead.
pub(crate) fn account_use(exposures: &Exposures<'_>, providers: &[&'static Capabilities]) -> AccountUse {
    let lab = exposures.lab;
    let has_variables = lab.source.has_variables();
    let published: Vec<&Exposure<'_>> = exposures.published().collect();
    let names: Vec<String> = published.iter().map(|exposure| exposures.name(exposure)).collect();
    let named: Vec<_> = published.iter().copied().zip(names.iter().map(String::as_str)).collect();
    let ports = exposures.ports(&named);
    let sockets = published.into_iter().zip(names).zip(ports).map(|((exposure, name), port)| {
        let socket = &exposure.socket;
        let (file, span) = lab.source.locate(lab.span(socket.item.whole_place()));
        UsedSocket {
            name,
            shown_name: has_variables.then(|| exposures.shown_name(exposure)),
            class: exposure.socket_type.account_class(),
            entry: (Arc::clone(file), span),
            shown_node: lab.shown(socket.node.name).to_owned(),
            public_port: port.filter(|_| exposures.provider.relay.is_needed),
            host_name: exposures.host_name(exposure),
            shown_host_name: has_variables.then(|| exposures.shown_host_name(exposure)).flatten(),
        }
    });
    let sockets = sockets.collect();
    let (file, _) = lab.source.locate(Span::new(0, 0));
    let unlimited = unlimited(exposures, providers);
    let own_domain = exposures.options.host_names.domain.as_ref().map(|domain| domain.as_str().to_owned());
    let own_domain = own_domain.filter(|_| !exposures.provider.relay.own_labels.is_empty());
    AccountUse { provider: exposures.provider.name, own_domain, file: Arc::clone(file), sockets, unlimited }
}

/// Per class, the providers in service that carry every socket of the class as it is written, enforce its acl, and have no limit:
/// the advice of `too-many-sockets` if no provider is selected. Nothing if one is.
fn unlimited(exposures: &Exposures<'_>, providers: &[&'static Capabilities]) -> Vec<(AccountClass, &'static str)> {
    let mut unlimited = Vec::new();
    if exposures.provider.name.is_some() {
        return unlimited;
    }
    for class in [AccountClass::Tcp, AccountClass::Http] {
        let of_class = |exposure: &&Exposure<'_>| exposure.socket_type.account_class() == class;
        let sockets: Vec<&Exposure<'_>> = exposures.published().filter(of_class).collect();
        let carries_all = |provider: &&&Capabilities| carries_all(exposures, provider, class, &sockets);
        let names = providers.iter().filter(carries_all).filter_map(|provider| provider.name);
        unlimited.extend(names.map(|name| (class, name)));
    }
    unlimited
}

fn carries_all(
    exposures: &Exposures<'_>,
    provider: &Capabilities,
    class: AccountClass,
    sockets: &[&Exposure<'_>],
) -> bool {
    let tier = exposures.options.subscription;
    let is_limited = provider.limit(Some(class), tier).is_some() || provider.limit(None, tier).is_some();
    // A provider with a few ports of its own has a limit in all but name.
    let has_ports = provider.relay.only_ports.is_empty() || sockets.len() <= provider.relay.only_ports.len();
    // A long acl that many nodes inherit is looked at once.
    let mut seen = HashSet::new();
    let entries = sockets.iter().map(|exposure| exposure.socket.entry);
    let mut entries = entries.filter(|entry| seen.insert(std::ptr::from_ref(*entry)));
    let carries = |entry| can_open(exposures.lab, provider, exposures.options, entry);
    provider.about.shut_down.is_none() && !is_limited && has_ports && entries.all(carries)
}
