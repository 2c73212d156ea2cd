//! ngrok (spec/providers.md#ngrok): an agent with one endpoint per socket. It can identify visitors of http and https sockets only.

use serde_json::json;

use super::script::script;
use super::template::{ready, render};
use super::{Artifact, JumpWay, Provider, Refusal, Request};
use crate::base::{AccountClass, Acl, AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    Audience, Capabilities, Carried, DefaultImage, FreeNames, Ingress, Key, Limit, Need, ProxyUse, Secret,
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

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("ngrok"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).with(Need::Card),
        Carried::new(SocketType::Tls).at(Ingress::HostName).with(Need::PaidPlan),
    ],
    without_acl: Audience::Anyone,
    limits: &[
        Limit { class: None, most: 3, source: "a free ngrok account (3 endpoints)", is_free_only: true },
        Limit {
            class: Some(AccountClass::Http),
            most: 1,
            source: "a free ngrok account (one domain)",
            is_free_only: true,
        },
    ],
    proxy: ProxyUse::PaidPlan,
    has_own_domain: true,
    free_names: FreeNames::DomainOnly,
    free_people: Some(3),
    needs_account: true,
    reads: &["secret"],
    images: &[IMAGE],
    secrets: &[Secret { what: "the ngrok authtoken", found: "`NGROK_AUTHTOKEN`, or the file given with `--secret`" }],
    tried: "script tested with a mock agent; never run against the service",
    note: Some(
        "visitors of a socket with an acl log in with a Google account; addresses are compared exactly as written, and Google reports them in lower case",
    ),
    ..Capabilities::UNKNOWN
};

impl Provider for Ngrok {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let mut values = request.values();
        values["image"] = json!(request.image(&IMAGE));
        values["secret"] = json!(request.client_settings.secret);
        request.each(&mut values, |socket, values| {
            let (scheme, upstream) = match socket.socket_type {
                SocketType::Http => ("https", "http"),
                SocketType::Https => ("https", "https"),
                // Passed through: with `tls` the agent would add a second TLS.
                SocketType::Tls => ("tls", "tcp"),
                _ => ("tcp", "tcp"),
            };
            let target = values["target"].as_str().expect("every socket has a target");
            values["upstream"] = json!(format!("{upstream}://{target}"));
            // Without a name, ngrok uses the account's own domain, and the agent logs it.
            values["url"] = json!(format!("{scheme}://{}", socket.host_name.as_deref().unwrap_or_default()));
            if let (true, Some(name)) = (upstream.starts_with("http"), &socket.host_name) {
                values["address"] = json!(format!("https://{name}"));
            }
            values["denied"] = json!(denied(&socket.acl));
            Ok(())
        })?;
        let values = ready(values);
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        Ok(vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            script(include_str!("templates/client.sh.hbs"), &values)?,
            file("ngrok.yml", include_str!("templates/ngrok.yml.hbs"))?,
        ])
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
