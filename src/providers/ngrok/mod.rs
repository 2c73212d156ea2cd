//! ngrok (spec/providers.md#ngrok): an agent with one endpoint per socket. It can identify visitors of http and https sockets only.

use serde::Serialize;

use super::kubernetes::Destination;
use super::node::{self, SecretFile};
use super::script::{Client, scripts};
use super::template::{NamedValues, Value, Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Request};
use crate::base::{AccountClass, Acl, AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Account, Audience, Capabilities, Carried, DefaultImage, FreeNames, Ingress, Key, Limit, Need,
    ProxyUse, Reads, Secret,
};

/// The provider.
pub(super) struct Ngrok;

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.ngrok",
        "Image of the ngrok agent.",
        r#""mirror.example.net/ngrok:3.39.11-alpine""#,
    )),
    reference: "ngrok/ngrok:3.39.11-alpine@sha256:187e588f6c4efe3b29cd3eea9fcd768a1afa7342319e3cee9aeb5af6a9cf64fd",
    purpose: "the agent",
};
const CLIENT: Client = Client { runtime: &[include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("ngrok"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).with(Need::Card),
        Carried::new(SocketType::Tls).at(Ingress::HostName).with(Need::PaidPlan),
    ],
    access: Access { without_acl: Audience::Anyone, ..Access::UNKNOWN },
    account: Account {
        limits: &[
            Limit { class: None, most: 3, source: "a free ngrok account (3 endpoints)", is_free_only: true },
            Limit {
                class: Some(AccountClass::Http),
                most: 1,
                source: "a free ngrok account (one domain)",
                is_free_only: true,
            },
        ],
        gives_domain: true,
        free_names: FreeNames::DomainOnly,
        free_people: Some(3),
        is_needed: true,
        ..Account::UNKNOWN
    },
    reads: Reads { proxy: ProxyUse::PaidPlan, flags: &["secret"], ..Reads::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: &[Secret {
            what: "the ngrok authtoken",
            found: "`NGROK_AUTHTOKEN`, or the file given with `--secret`",
        }],
        from_outside: "a closed page redirects to idp.ngrok.com; where the address is chosen by ngrok, only the machine that opened the lab knows it",
        tried: "script tested with a mock agent; never run against the service",
        note: Some(
            "visitors of a socket with an acl log in with a Google account; addresses are compared exactly as written, and Google reports them in lower case",
        ),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// What the templates can use of a lab.
#[derive(Serialize)]
struct NgrokValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    secret: Option<&'r str>,
}

/// What the templates can use of a socket.
struct NgrokSocketValues<'r> {
    socket: SocketValues<'r>,
    upstream: String,
    /// Without a hostname, ngrok uses the account's own domain, and the agent logs it.
    url: String,
    denied: String,
}

impl<'r> NgrokSocketValues<'r> {
    fn new(socket: &'r PlannedSocket) -> Self {
        let (scheme, upstream) = match socket.socket_type {
            SocketType::Http => ("https", "http"),
            SocketType::Https => ("https", "https"),
            // Passed through: with `tls` the agent would add a second TLS.
            SocketType::Tls => ("tls", "tcp"),
            _ => ("tcp", "tcp"),
        };
        let name = socket.host_name.as_deref();
        let address = name.filter(|_| upstream.starts_with("http")).map(|name| format!("https://{name}"));
        let values = SocketValues::new(socket, address);
        Self {
            upstream: format!("{upstream}://{}", values.target),
            socket: values,
            url: format!("{scheme}://{}", name.unwrap_or_default()),
            denied: denied(&socket.acl),
        }
    }
}

impl NamedValues for NgrokSocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "upstream" => (&self.upstream).into(),
            "url" => (&self.url).into(),
            "denied" => (&self.denied).into(),
            _ => return self.socket.value(name),
        })
    }
}

impl Provider for Ngrok {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let secret = request.client_settings.secret.as_deref();
        let sockets: Vec<_> = request.plan.sockets.iter().map(NgrokSocketValues::new).collect();
        let values = Values::new(&NgrokValues { lab: LabValues::new(request, &IMAGE), secret }, &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let [publish, runtime] = scripts(CLIENT, &values)?;
        let mut artifacts = vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            publish,
            runtime,
            file("ngrok.yml", include_str!("templates/ngrok.yml.hbs"))?,
        ];
        artifacts.extend(node::script(request, include_str!("templates/node.sh.hbs"), &values)?);
        Ok(artifacts)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        let secret = "a file with the authtoken, because variables can be read by others where the client runs: use `--secret FILE`, or set `secret` in publish-plan.toml";
        let secret = request.needs(request.client_settings.secret.as_deref(), secret)?;
        Ok(ClientContainer {
            files: &["ngrok.yml"],
            secrets: vec![SecretFile::new(secret, "/run/secrets/secret")],
            destinations: vec![Destination::anywhere("TCP", Some(443))],
            ..ClientContainer::new(request.image(&IMAGE))
        })
    }

    fn jump_way(&self, _: &Request<'_>, _: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(JumpWay::default())
    }
}

/// A CEL expression that is true for visitors to refuse: those with none of the addresses and in none of the domains. A domain includes
/// its `@`; otherwise, `evil-nokia.com` would match `nokia.com`.
fn denied(acl: &Acl) -> String {
    const EMAIL: &str = "actions.ngrok.oauth.identity.email";
    let mut ways = Vec::new();
    if !acl.emails.is_empty() {
        let emails: Vec<String> = acl.emails.iter().map(|email| cel(email)).collect();
        ways.push(format!("{EMAIL} in [{}]", emails.join(", ")));
    }
    ways.extend(acl.domains.iter().map(|domain| format!("{EMAIL}.endsWith({})", cel(&format!("@{domain}")))));
    format!("!({})", ways.join(" || "))
}

/// A CEL string.
fn cel(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_takes_its_sign_along() {
        let acl = Acl {
            emails: vec!["a@b.com".to_owned(), "o'neil@b.com".to_owned()],
            domains: vec!["nokia.com".to_owned()],
            policies: Vec::new(),
        };
        assert_eq!(
            denied(&acl),
            r"!(actions.ngrok.oauth.identity.email in ['a@b.com', 'o\'neil@b.com'] || actions.ngrok.oauth.identity.email.endsWith('@nokia.com'))"
        );
    }
}
