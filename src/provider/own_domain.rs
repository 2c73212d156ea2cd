//! Domains in acls that a service enforces only if they are the account's own, and domains that cannot be anyone's own.

use super::{Domain, Key};

/// A provider's rule that only the account's own domain is enforced in an acl.
#[derive(Debug)]
pub(crate) struct OwnDomain {
    /// The provider's setting for the domain.
    pub(crate) setting: Key<Domain>,
    /// What the domain belongs to, as text: "the tailnet".
    pub(crate) owner: &'static str,
    /// What the service does with any other domain, as a clause.
    pub(crate) otherwise: &'static str,
}

/// Why a provider does not enforce a domain in an acl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DomainRefusal {
    /// Anyone can get an address there, so it cannot be an account's own.
    Public,
    /// The account's own domain is not set.
    Unknown,
    /// The account's own domain is this one.
    Other(Domain),
}

/// Why `domain` is not the account's own domain, which is `own`. None if it is.
pub(super) fn refusal(own: Option<&Domain>, domain: &str) -> Option<DomainRefusal> {
    match own {
        _ if is_public_mail_domain(domain) => Some(DomainRefusal::Public),
        None => Some(DomainRefusal::Unknown),
        Some(own) => (!own.as_str().eq_ignore_ascii_case(domain)).then(|| DomainRefusal::Other(own.clone())),
    }
}

/// Providers of free email addresses, in alphabetical order: the largest of each region, according to their sign-up pages.
const PUBLIC: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "inbox.lv",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "seznam.cz",
    "sina.com",
    "t-online.de",
    "tuta.io",
    "tutanota.com",
    "web.de",
    "wp.pl",
    "ya.ru",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

/// Whether anyone can get an email address at `domain`, which is in lower case.
#[must_use]
pub(crate) fn is_public_mail_domain(domain: &str) -> bool {
    PUBLIC.binary_search(&domain).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(PUBLIC.is_sorted());
    }

    #[test]
    fn a_domain_is_the_accounts_own_or_refused() {
        let own: Domain = "example.com".parse().unwrap();
        assert_eq!(refusal(Some(&own), "example.com"), None);
        assert_eq!(refusal(Some(&own), "Example.COM"), None);
        for other in ["sub.example.com", "example.org", "ample.com", "evil-example.com"] {
            assert_eq!(refusal(Some(&own), other), Some(DomainRefusal::Other(own.clone())), "{other}");
        }
        assert_eq!(refusal(None, "example.com"), Some(DomainRefusal::Unknown));
        let public: Domain = "gmail.com".parse().unwrap();
        assert_eq!(refusal(Some(&public), "gmail.com"), Some(DomainRefusal::Public));
    }
}
