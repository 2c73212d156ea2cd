use std::collections::HashSet;
use std::fmt;

use crate::base::Acl;

/// Who may connect to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anyone who finds it.
    Anyone,
    /// Everyone in the provider's closed network.
    Members,
    /// Nobody.
    Nobody,
    /// The people that an acl names. One matching item is enough.
    Named(Acl),
}

impl Audience {
    /// Whether nobody may connect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Anyone | Self::Members => false,
            Self::Nobody => true,
            Self::Named(acl) => acl.is_empty(),
        }
    }

    /// The part of this audience that is certainly not in another one: a domain contains its addresses, and `Anyone` contains
    /// everyone. Only the provider knows who holds a policy, so unless both audiences are `same_provider`'s, no two policies
    /// are the same.
    #[must_use]
    pub fn beyond(&self, other: &Self, same_provider: bool) -> Self {
        let other = match (self, other) {
            (_, Self::Anyone) | (Self::Nobody, _) => return Self::Nobody,
            (Self::Anyone, _) => return Self::Anyone,
            // A provider with a closed network only lets in its members.
            (Self::Members | Self::Named(_), Self::Members) if same_provider => return Self::Nobody,
            (Self::Members, _) => return Self::Members,
            (Self::Named(acl), Self::Nobody | Self::Members) => return Self::Named(acl.clone()),
            (Self::Named(_), Self::Named(other)) => other,
        };
        let Self::Named(own) = self else { return Self::Nobody };
        let [emails, domains, policies] = [&other.emails, &other.domains, &other.policies]
            .map(|names| names.iter().map(String::as_str).collect::<HashSet<_>>());
        let kept = |names: &[String], is_in: &dyn Fn(&str) -> bool| -> Vec<String> {
            names.iter().filter(|name| !is_in(name)).cloned().collect()
        };
        let of_domain = |email: &str| email.rsplit_once('@').is_some_and(|(_, domain)| domains.contains(domain));
        let acl = Acl {
            emails: kept(&own.emails, &|email| emails.contains(email) || of_domain(email)),
            domains: kept(&own.domains, &|domain| domains.contains(domain)),
            policies: kept(&own.policies, &|policy| same_provider && policies.contains(policy)),
        };
        if acl.is_empty() { Self::Nobody } else { Self::Named(acl) }
    }
}

impl fmt::Display for Audience {
    /// In words: `anyone on the Internet`, `user@domain.com and anyone @nokia.com`, `holders of policy MyPolicy`, `nobody`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acl = match self {
            Self::Anyone => return formatter.write_str("anyone on the Internet"),
            Self::Members => return formatter.write_str("every member of the tailnet"),
            Self::Nobody => return formatter.write_str("nobody"),
            Self::Named(acl) => acl,
        };
        let mut parts = acl.emails.clone();
        parts.extend(acl.domains.iter().map(|domain| format!("anyone @{domain}")));
        match acl.policies.as_slice() {
            [] => {}
            [one] => parts.push(format!("holders of policy {one}")),
            many => parts.push(format!("holders of policies {}", many.join(", "))),
        }
        match parts.as_slice() {
            [] => formatter.write_str("nobody"),
            [one] => formatter.write_str(one),
            [first @ .., last] => write!(formatter, "{} and {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(emails: &[&str], domains: &[&str], policies: &[&str]) -> String {
        let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
        Audience::Named(Acl { emails: owned(emails), domains: owned(domains), policies: owned(policies) }).to_string()
    }

    #[test]
    fn who_is_beyond_whom() {
        let named =
            Audience::Named(Acl { emails: vec!["a@b.com".to_owned()], domains: Vec::new(), policies: Vec::new() });
        assert_eq!(Audience::Anyone.beyond(&Audience::Members, true), Audience::Anyone);
        assert_eq!(Audience::Members.beyond(&Audience::Anyone, true), Audience::Nobody);
        assert_eq!(Audience::Members.beyond(&named, true), Audience::Members);
        assert_eq!(Audience::Members.beyond(&Audience::Members, true), Audience::Nobody);
        assert_eq!(Audience::Members.beyond(&Audience::Members, false), Audience::Members);
        assert_eq!(named.beyond(&Audience::Members, true), Audience::Nobody);
        assert_eq!(named.beyond(&Audience::Members, false), named);
    }

    #[test]
    fn an_audience_reads_like_a_sentence() {
        assert_eq!(Audience::Anyone.to_string(), "anyone on the Internet");
        assert_eq!(words(&["user@domain.com"], &["nokia.com"], &[]), "user@domain.com and anyone @nokia.com");
        assert_eq!(words(&["a@b.c", "d@e.f"], &["g.h"], &[]), "a@b.c, d@e.f and anyone @g.h");
        assert_eq!(words(&[], &[], &["MyPolicy"]), "holders of policy MyPolicy");
        assert_eq!(words(&[], &[], &["A", "B"]), "holders of policies A, B");
    }
}
