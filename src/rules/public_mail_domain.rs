//! A domain in an acl at which anyone can have an address: millions of people are let in.

use std::collections::HashSet;

use super::Subject;
use super::entries::{entry_text, part_text, span};
use crate::base::{AclKind, Finding, Findings};
use crate::syntax::entry::AclItem;

/// Providers of free addresses, in alphabetical order: the largest of each region, by their own sign-up pages.
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

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let is_public = |word: &&AclItem| {
        let (kind, name) = subject.lab.acl_item(word);
        kind == AclKind::Domain && PUBLIC.binary_search(&name).is_ok()
    };
    for (item, entry) in subject.lab.entries(|entry| entry.acl.iter().any(|word| is_public(&word))) {
        let mut said = HashSet::new();
        for word in entry.acl.iter().filter(is_public).filter(|word| said.insert(&word.canonical)) {
            findings.push(
                Finding::warning(
                    "public-mail-domain",
                    format!(
                        "{} in the acl of {} lets in millions of people",
                        part_text(subject, item, &word.range),
                        entry_text(subject, item)
                    ),
                )
                .at(span(subject, item, &word.range), "anyone can get an address at this domain")
                .concerns(subject.nodes_with(item))
                .help("name people by their whole address, `user@domain.com`, separated by commas"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PUBLIC;

    #[test]
    fn the_list_can_be_searched() {
        assert!(PUBLIC.is_sorted());
    }
}
