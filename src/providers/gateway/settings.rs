//! The settings of a gateway: what it needs besides the relay's address, key, and domain.

use std::fmt;
use std::str::FromStr;

use crate::base::dns::is_host_name;
use crate::provider::{Flag, Key, Kind, Setting, Table, Unset, Weight};

/// The OpenID Connect provider with which visitors log in.
pub(super) const ISSUER: Key<Issuer> = Key::text(Setting {
    key: "gateway.issuer",
    table: Some(Table {
        description: "What the provider gateway needs.",
        comment: "The gateway: where visitors log in, and its certificate. The address and the key are under [relay], the domain under [names].",
    }),
    pattern: "^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?$",
    flag: Some(Flag::compile("issuer", "URL", "OpenID Connect provider with which visitors of the gateway log in")),
    description: "URL of the OpenID Connect provider with which visitors log in, like `--issuer`: its `issuer`, as `/.well-known/openid-configuration` below it says.",
    example: r#""https://login.example.net""#,
    ..Setting::OWN
});

/// The gateway's name at the identity provider.
pub(super) const CLIENT_ID: Key<ClientId> = Key::text(Setting {
    key: "gateway.client-id",
    pattern: "^[A-Za-z0-9._~@:/-]+$",
    flag: Some(Flag::compile("client-id", "ID", "Client ID of the gateway at the OpenID Connect provider")),
    description: "Client ID of the gateway at the OpenID Connect provider, like `--client-id`. The client secret is a file on the gateway.",
    example: r#""publish-plan""#,
    ..Setting::OWN
});

/// The gateway's certificate.
pub(super) const CERTIFICATE: Key<ServerPath> = Key::text(Setting {
    key: "gateway.certificate",
    pattern: "^/[A-Za-z0-9._/-]+$",
    flag: Some(Flag::compile(
        "certificate",
        "FILE",
        "Certificate on the gateway for all names of the domain: an absolute path there",
    )),
    description: "Path on the gateway of a certificate for all names of the domain, like `--certificate`. With `acme-email`, the gateway gets certificates itself.",
    example: r#""/etc/ssl/lab/fullchain.pem""#,
    ..Setting::OWN
});

/// The key of the certificate.
pub(super) const CERTIFICATE_KEY: Key<ServerPath> = Key::text(Setting {
    key: "gateway.certificate-key",
    pattern: "^/[A-Za-z0-9._/-]+$",
    flag: Some(Flag::compile(
        "certificate-key",
        "FILE",
        "Private key of that certificate: an absolute path on the gateway",
    )),
    description: "Path on the gateway of the private key of that certificate, like `--certificate-key`.",
    example: r#""/etc/ssl/lab/privkey.pem""#,
    ..Setting::OWN
});

/// The contact at the authority whose certificates the gateway gets itself.
pub(super) const ACME_EMAIL: Key<Contact> = Key::text(Setting {
    key: "gateway.acme-email",
    pattern: r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$",
    flag: Some(Flag::compile(
        "acme-email",
        "ADDRESS",
        "The gateway gets its certificates from Let's Encrypt, with this contact, instead of `--certificate`",
    )),
    description: "Contact address for Let's Encrypt, like `--acme-email`: the gateway gets its certificates itself, for each name.",
    example: r#""admin@example.net""#,
    ..Setting::OWN
});

/// The port where the gateway accepts browsers.
pub(super) const WEB_PORT: Key<u16> = Key::new(Setting {
    key: "gateway.web-port",
    kind: Kind::Number { least: 1, most: 65_535, expected: "a port" },
    flag: Some(Flag::compile("gateway-port", "PORT", "Port where the gateway accepts browsers [default: 443]")),
    unset: Unset::Default("443"),
    description: "Port where the gateway accepts browsers, like `--gateway-port`.",
    example: "443",
    ..Setting::OWN
});

/// How long a visitor's certificate is valid.
pub(super) const HOURS: Key<u16> = Key::new(Setting {
    key: "gateway.certificate-hours",
    kind: Kind::Number { least: 1, most: 168, expected: "1 to 168 hours" },
    flag: Some(Flag::compile(
        "certificate-hours",
        "HOURS",
        "How long a visitor's SSH certificate is valid, up to a week [default: 8]",
    )),
    weight: Weight::LeadsElsewhere,
    unset: Unset::Default("8"),
    description: "Hours that a visitor's SSH certificate is valid, like `--certificate-hours`. Someone whom an acl no longer names gets in no more, whatever the certificate says.",
    example: "8",
    ..Setting::OWN
});

/// The URL of an OpenID Connect provider, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Issuer(String);

/// A client ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientId(String);

/// An absolute path on the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerPath(String);

/// An email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact(String);

/// Why a text cannot be parsed as one of these: what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub(super) struct InvalidGateway(&'static str);

const NO_ISSUER: InvalidGateway = InvalidGateway(
    "the URL of an OpenID Connect provider that begins with `https://`, for example `https://login.example.net`",
);
const NO_CLIENT_ID: InvalidGateway =
    InvalidGateway("a client ID of letters, digits, and `.`, `_`, `~`, `@`, `:`, `/`, `-`");
const NO_PATH: InvalidGateway =
    InvalidGateway("an absolute path on the gateway, of letters, digits, and `.`, `_`, `/`, `-`");
const NO_CONTACT: InvalidGateway = InvalidGateway("an email address");

/// Whether a text has only ASCII letters, digits, and these characters.
fn consists_of(text: &str, others: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

impl FromStr for Issuer {
    type Err = InvalidGateway;

    fn from_str(text: &str) -> Result<Self, InvalidGateway> {
        let rest = text.strip_prefix("https://").ok_or(NO_ISSUER)?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
        let is_one = is_host_name(&host.to_ascii_lowercase()) && port.is_none_or(is_port);
        if is_one && consists_of(path, b"._~/-") { Ok(Self(text.to_owned())) } else { Err(NO_ISSUER) }
    }
}

impl FromStr for ClientId {
    type Err = InvalidGateway;

    fn from_str(text: &str) -> Result<Self, InvalidGateway> {
        let is_one = (1..=200).contains(&text.len()) && consists_of(text, b"._~@:/-");
        if is_one { Ok(Self(text.to_owned())) } else { Err(NO_CLIENT_ID) }
    }
}

impl FromStr for ServerPath {
    type Err = InvalidGateway;

    fn from_str(text: &str) -> Result<Self, InvalidGateway> {
        let is_one = text.len() > 1 && text.starts_with('/') && consists_of(text, b"._/-");
        if is_one && !text.split('/').any(|part| part == "..") { Ok(Self(text.to_owned())) } else { Err(NO_PATH) }
    }
}

impl FromStr for Contact {
    type Err = InvalidGateway;

    fn from_str(text: &str) -> Result<Self, InvalidGateway> {
        let (name, domain) = text.split_once('@').ok_or(NO_CONTACT)?;
        let is_one = !name.is_empty() && consists_of(name, b"._+-") && is_host_name(&domain.to_ascii_lowercase());
        if is_one { Ok(Self(text.to_owned())) } else { Err(NO_CONTACT) }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for ServerPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_and_nothing_that_apache_reads() {
        for text in ["https://login.example.net", "https://Login.example.net:8443/realms/lab_1", "https://a.b/"] {
            assert_eq!(text.parse::<Issuer>().map(|issuer| issuer.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "http://login.example.net",
            "https://",
            "https://a b",
            "https://a.b/?x=1",
            "https://a.b/#x",
            "https://u:p@a.b",
            "https://a.b:99999",
            "https://a.b:+1",
            "https://a.b/${PATH}",
            "https://a.b/%{HTTP:X}",
            "https://a.b\"",
            "https://a.b/\\",
            "https://-a.b",
        ] {
            assert!(text.parse::<Issuer>().is_err(), "{text}");
        }
    }

    #[test]
    fn other_values_are_plain_words() {
        assert!("/etc/ssl/lab/fullchain.pem".parse::<ServerPath>().is_ok());
        for text in ["", "/", "etc/ssl", "/etc/../x", "/a b", "/a$b", "/a\nb", "~/x", "/a\"", "/%{X}"] {
            assert!(text.parse::<ServerPath>().is_err(), "{text}");
        }
        assert!("publish-plan".parse::<ClientId>().is_ok() && "0oa1:b/c@d.e~f_g".parse::<ClientId>().is_ok());
        for text in ["", "a b", "a\"b", "a\\", "${A}", "a|b", &"x".repeat(201)] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
        assert!("Admin+lab@Example.net".parse::<Contact>().is_ok());
        for text in ["", "@a.b", "a@", "a b@c.d", "a@b@c", "a\"@b.c", "a@b c"] {
            assert!(text.parse::<Contact>().is_err(), "{text}");
        }
    }
}
