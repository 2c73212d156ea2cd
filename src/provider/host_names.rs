//! Hostnames for sockets: a template with its fields filled in and made valid for DNS.

use std::fmt;
use std::str::FromStr;

use crate::base::dns::{ends_in_number, is_host_name};

/// The domain of hostnames: labels of letters, digits, and dashes, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

/// The template of a hostname, by default `{node}-{port}.{domain}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostTemplate(String);

/// Domain and template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostNames {
    /// Without a domain there are no hostnames.
    pub domain: Option<Domain>,
    /// The template.
    pub template: HostTemplate,
}

/// The values for a template's fields. Each is made valid for DNS ([`crate::base::dns::dns_safe`]).
#[derive(Clone, Copy, Debug)]
pub struct Named<'n> {
    /// The lab's name.
    pub lab: &'n str,
    /// The node's name in the topology.
    pub node: &'n str,
    /// The type that the socket has at the provider.
    pub socket_type: &'n str,
    /// The node's port.
    pub port: &'n str,
}

/// Why a text is not a domain or not a template: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidName(&'static str);

const DOMAIN: InvalidName =
    InvalidName("a domain of letters, digits, and `-`, with at least one dot, for example `lab.example.net`");
const TEMPLATE: InvalidName = InvalidName(
    "a hostname that ends in `{domain}` and can contain `{node}`, `{port}`, `{type}`, and `{lab}`, for example `{node}-{port}.{domain}`",
);
const FIELDS: [&str; 5] = ["{node}", "{port}", "{type}", "{lab}", "{domain}"];

impl Domain {
    /// What every domain matches, as a regular expression for editors.
    pub(crate) const PATTERN: &str =
        r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$";

    /// As in DNS, without a dot at either end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.to_ascii_lowercase();
        if text.contains('.') && !ends_in_number(&text) && is_host_name(&text) { Ok(Self(text)) } else { Err(DOMAIN) }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Default for HostTemplate {
    fn default() -> Self {
        Self("{node}-{port}.{domain}".to_owned())
    }
}

impl fmt::Display for HostTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for HostTemplate {
    type Err = InvalidName;

    /// A template must end with the domain, so that every name is one of the user's own.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let rest = FIELDS.iter().fold(text.to_owned(), |rest, field| rest.replace(field, "a"));
        let ends_well = text == "{domain}" || text.ends_with(".{domain}");
        if ends_well && is_host_name(&rest) { Ok(Self(text.to_owned())) } else { Err(TEMPLATE) }
    }
}

impl HostNames {
    /// The hostname of a socket. None if no domain is set. It might be too long for DNS.
    #[must_use]
    pub fn of(&self, named: &Named<'_>) -> Option<String> {
        let domain = self.domain.as_ref()?;
        let template = self.template.0.to_ascii_lowercase();
        Some(filled(&template, [named.node, named.port, named.socket_type, named.lab, domain.as_str()]))
    }
}

/// Fills in a template in one pass: a value might look like a field itself.
fn filled(template: &str, values: [&str; 5]) -> String {
    let mut name = String::with_capacity(template.len() + values.iter().map(|value| value.len()).sum::<usize>());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let field = &rest[start..];
        let known = FIELDS.iter().zip(values).find_map(|(known, value)| Some((value, field.strip_prefix(known)?)));
        let (value, after) = known.expect("a template has no other fields");
        name += &rest[..start];
        name += value;
        rest = after;
    }
    name += rest;
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dns::dns_safe;

    fn name(template: &str, node: &str) -> Option<String> {
        let names = HostNames { domain: "Lab.Example.net".parse().ok(), template: template.parse().ok()? };
        names.of(&Named { lab: &dns_safe("My Lab"), node: &dns_safe(node), socket_type: "http", port: "80" })
    }

    #[test]
    fn a_name_is_fit_for_dns() {
        let usual = HostTemplate::default().to_string();
        assert_eq!(name(&usual, "r1").as_deref(), Some("r1-80.lab.example.net"));
        assert_eq!(name(&usual, "SW1~").as_deref(), Some("sw1-80.lab.example.net"));
        assert_eq!(name(&usual, "br01|_bp1").as_deref(), Some("br01-bp1-80.lab.example.net"));
        assert_eq!(
            name("{type}.{node}-of-{lab}.{domain}", "a.b").as_deref(),
            Some("http.a-b-of-my-lab.lab.example.net")
        );
        assert_eq!(name("{domain}", "r1").as_deref(), Some("lab.example.net"));
        // Nothing is left of it; a rule reports that.
        assert_eq!(name(&usual, "ü").as_deref(), Some("-80.lab.example.net"));
    }

    #[test]
    fn a_domain_and_a_template_are_plain() {
        for (text, is_one) in [
            ("lab.example.net", true),
            ("LAB.example.net", true),
            ("example", false),
            ("192.0.2.1", false),
            ("a..b", false),
            ("-a.b", false),
            ("a b.c", false),
            ("a.b/c", false),
            ("a.b.", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Domain>().is_ok(), is_one, "{text}");
        }
        for (text, is_one) in [
            ("{node}-{port}.{domain}", true),
            ("{node}.lab.{domain}", true),
            ("{domain}", true),
            ("{node}-{port}", false),
            ("{node}-{prot}.{domain}", false),
            ("{node}{domain}", false),
            ("*.{domain}", false),
            ("-{node}.{domain}", false),
        ] {
            assert_eq!(text.parse::<HostTemplate>().is_ok(), is_one, "{text}");
        }
    }
}
