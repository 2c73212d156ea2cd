use std::fmt;

use crate::base::Acl;

/// Who may use a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever finds it.
    Anyone,
    /// No one at all.
    Nobody,
    /// Those that an acl names; they are alternatives, one match lets in.
    Named(Acl),
}

impl fmt::Display for Audience {
    /// In words: `anyone on the Internet`, `user@domain.com and anyone @nokia.com`, `holders of policy MyPolicy`, `nobody`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acl = match self {
            Self::Anyone => return formatter.write_str("anyone on the Internet"),
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
    fn an_audience_reads_like_a_sentence() {
        assert_eq!(Audience::Anyone.to_string(), "anyone on the Internet");
        assert_eq!(words(&["user@domain.com"], &["nokia.com"], &[]), "user@domain.com and anyone @nokia.com");
        assert_eq!(words(&["a@b.c", "d@e.f"], &["g.h"], &[]), "a@b.c, d@e.f and anyone @g.h");
        assert_eq!(words(&[], &[], &["MyPolicy"]), "holders of policy MyPolicy");
        assert_eq!(words(&[], &[], &["A", "B"]), "holders of policies A, B");
    }
}
