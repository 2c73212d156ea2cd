use std::collections::HashSet;

use serde::Serialize;

/// What one word of an acl names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AclKind {
    /// One person's email address.
    Email,
    /// Everyone with an address at a domain.
    Domain,
    /// The members of a policy that is defined at the provider.
    Policy,
}

/// Who may use a socket, as the entry names them. Domains are in lower-case ASCII form (RFC 5890), without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// Email addresses.
    pub emails: Vec<String>,
    /// Email domains, without `@`.
    pub domains: Vec<String>,
    /// Names of policies.
    pub policies: Vec<String>,
}

impl Acl {
    /// Names nobody: who may then use the socket depends on the provider.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.domains.is_empty() && self.policies.is_empty()
    }

    /// Whether it names a person, whose email address is in lower case, or the domain of the address.
    #[must_use]
    pub(crate) fn names(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.emails.iter().any(|email| email.eq_ignore_ascii_case(address))
            || self.domains.iter().any(|named| named.eq_ignore_ascii_case(domain))
    }

    /// What each of them names, in words: those that stand for more people come first.
    #[must_use]
    pub(crate) fn words(&self) -> Vec<String> {
        let domains = self.domains.iter().map(|domain| format!("anyone @{domain}"));
        let policies = self.policies.iter().map(|policy| format!("holders of policy {policy}"));
        domains.chain(policies).chain(self.emails.iter().cloned()).collect()
    }

    /// Those that the words name, each once, in the order of the words.
    #[must_use]
    pub fn of<'n>(words: impl IntoIterator<Item = (AclKind, &'n str)>) -> Self {
        let mut acl = Self::default();
        let mut seen = HashSet::new();
        for (kind, name) in words.into_iter().filter(|word| seen.insert(*word)) {
            let list = match kind {
                AclKind::Email => &mut acl.emails,
                AclKind::Domain => &mut acl.domains,
                AclKind::Policy => &mut acl.policies,
            };
            list.push(name.to_owned());
        }
        acl
    }
}
