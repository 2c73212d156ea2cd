use serde::Serialize;

/// What one word of an acl names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AclKind {
    /// One person's e-mail address.
    Email,
    /// Everyone with an address at a domain.
    Domain,
    /// Whoever holds a policy that is kept at the provider.
    Policy,
}

/// Who may use a socket, as the entry says. Domains are in lower-case ASCII form (RFC 5890), duplicates are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Acl {
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// E-mail domains, without `@`.
    pub domains: Vec<String>,
    /// Names of policies.
    pub policies: Vec<String>,
}

impl Acl {
    /// Nobody is named: who may then use the socket is a matter of the provider.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.domains.is_empty() && self.policies.is_empty()
    }

    /// Adds `name` once.
    pub fn add(&mut self, kind: AclKind, name: String) {
        let list = match kind {
            AclKind::Email => &mut self.emails,
            AclKind::Domain => &mut self.domains,
            AclKind::Policy => &mut self.policies,
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
}
