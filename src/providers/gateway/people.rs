//! Who an acl names, in the forms that keep everybody else out: patterns for Apache, and names in certificates for sshd
//! (spec/providers.md#gateway).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::Acl;
use crate::plan::PlannedSocket;

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// Whether an item of an acl, an address or a domain, can be written exactly in both forms.
pub(super) fn is_exact(item: &str) -> bool {
    let (name, domain) = item.rsplit_once('@').unwrap_or(("a", item));
    let consists_of = |text: &str, others: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    // A name in a certificate is a line of a file, in which a word may have options before it.
    let is_name = consists_of(name, b"._+-'") && !name.starts_with('-');
    item.len() <= LONGEST_ADDRESS && is_name && consists_of(domain, b".-") && domain.contains('.')
}

/// What `is_exact` accepts, as text.
pub(super) const EXACT: &str =
    "ASCII letters, digits, and `.`, `_`, `+`, `-`, `'`, one `@` in an address, and at most 254 characters";

/// The claims that let in whom an acl names, as `mod_auth_openidc` reads them: each pattern matches a whole address, in any case.
/// `Require claim` removes backslashes, and `$` would allow a line break at the end. Of a domain, it lets in the addresses that an acl and a
/// certificate could name too: nobody else could be revoked.
pub(super) fn claims(acl: &Acl) -> Vec<String> {
    let emails = acl.emails.iter().map(|email| format!("email~(?is)^{}(?!.)", pattern(email)));
    let domains = acl.domains.iter().map(|domain| format!("email~(?is)^(?!-)[a-z0-9._+'-]+@{}(?!.)", pattern(domain)));
    emails.chain(domains).collect()
}

/// A text as a pattern that matches it and nothing else.
fn pattern(text: &str) -> String {
    text.to_ascii_lowercase().replace('.', "[.]").replace('+', "[+]")
}

/// A name in a visitor's certificate, and the ports that it opens.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Principal {
    pub(super) name: String,
    pub(super) ports: Vec<u16>,
}

/// The lines of `principals` for sockets: sshd takes the first line that matches any name of a certificate, so addresses come before
/// domains, and a line of an address has the ports of its domain too.
pub(super) fn principals<'s>(sockets: impl IntoIterator<Item = &'s PlannedSocket>) -> Vec<Principal> {
    let (mut emails, mut domains): (BTreeMap<String, Vec<u16>>, BTreeMap<String, Vec<u16>>) = Default::default();
    for socket in sockets {
        let port = socket.public_port.expect("every socket of a gateway has a port");
        for email in &socket.acl.emails {
            emails.entry(email.to_ascii_lowercase()).or_default().push(port);
        }
        for domain in &socket.acl.domains {
            domains.entry(domain.to_ascii_lowercase()).or_default().push(port);
        }
    }
    for (email, ports) in &mut emails {
        let (_, domain) = email.rsplit_once('@').expect("an address has an @");
        ports.extend(domains.get(domain).into_iter().flatten());
    }
    let domains = domains.into_iter().map(|(domain, ports)| (format!("@{domain}"), ports));
    let line = |(name, mut ports): (String, Vec<u16>)| {
        ports.sort_unstable();
        ports.dedup();
        Principal { name, ports }
    };
    emails.into_iter().chain(domains).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_programs_read_as_itself_is_exact() {
        for item in ["a@b.com", "A.b-c_d+lab@sub.example.org", "o'neil@b.com", "nokia.com", "xn--4ca.example", "1@2.de"]
        {
            assert!(is_exact(item), "{item}");
        }
        let long = format!("{}@b.com", "x".repeat(250));
        for item in [
            "",
            "@b.com",
            "a@",
            "a@b",
            "b",
            "a b@c.de",
            "a@b@c.de",
            "-a@b.com",
            "a|b@c.de",
            "a@o'brien.com",
            "a`@b.com",
            "a\\@b.com",
            "a\"@b.com",
            "a,b@c.de",
            "a*@b.com",
            "%{HTTP:X}@b.com",
            "${X}@b.com",
            "é@b.com",
            "a@é.com",
            "a\n@b.com",
            "a@b.com\n",
            &long,
        ] {
            assert!(!is_exact(item), "{item:?}");
        }
    }

    #[test]
    fn a_claim_is_a_whole_address() {
        let acl = Acl {
            emails: vec!["Bob+lab@x.org".to_owned()],
            domains: vec!["nokia.com".to_owned()],
            policies: Vec::new(),
        };
        assert_eq!(
            claims(&acl),
            ["email~(?is)^bob[+]lab@x[.]org(?!.)", "email~(?is)^(?!-)[a-z0-9._+'-]+@nokia[.]com(?!.)"]
        );
    }
}
