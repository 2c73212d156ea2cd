//! What the templates of a gateway can use.

use std::collections::HashMap;

use serde::Serialize;

use super::headers::spellings;
use super::is_closed;
use super::people::{Principal, claims};
use super::settings::{ACME_EMAIL, CERTIFICATE, CERTIFICATE_KEY, CLIENT_ID, HOURS, ISSUER, WEB_PORT};
use super::visitors::{NodeValues, WayValues};
use crate::base::SocketType;
use crate::plan::PlannedSocket;
use crate::providers::artifact::digest;
use crate::providers::ssh::tunnel::{self, TunnelSocketValues, TunnelValues};
use crate::providers::template::{NamedValues, Value, slug};
use crate::providers::{Refusal, Relay, Request};

/// The longest name of a lab in accounts: with `clab-` and `-visitors`, Linux allows 32 characters.
const LONGEST_LAB: usize = 18;
/// The port of pages if no other one is given, which URLs leave out.
const USUAL_WEB_PORT: u16 = 443;

/// The port where browsers are accepted.
pub(super) fn web_port(request: &Request<'_>) -> u16 {
    request.client_settings.own.get(&WEB_PORT).unwrap_or(USUAL_WEB_PORT)
}
/// How long a certificate of a visitor is valid if nothing else is given.
const USUAL_HOURS: u16 = 8;

/// What the templates can use of a lab.
#[derive(Serialize)]
pub(super) struct GatewayLabValues<'r> {
    #[serde(flatten)]
    pub(super) tunnel: TunnelValues<'r>,
    pub(super) gateway: &'r GatewayValues,
    pub(super) principals: Vec<Principal>,
    /// The claims of everybody who may have a certificate.
    pub(super) signers: Vec<String>,
    pub(super) nodes: Vec<NodeValues<'r>>,
}

/// What they can use of the gateway.
#[derive(Serialize)]
pub(super) struct GatewayValues {
    /// The lab's name in paths and accounts.
    lab: String,
    /// The account of its tunnel; that of its visitors has `-visitors` after it.
    pub(super) account: String,
    domain: String,
    web_port: u16,
    /// Apache listens at no port of its own for it: Debian's ports.conf has 443.
    listens: bool,
    /// As tokens name it, which may end with a slash.
    issuer: String,
    /// Where it describes itself (OpenID Connect Discovery 1.0, section 4).
    metadata: String,
    client_id: String,
    certificate: Option<String>,
    certificate_key: Option<String>,
    acme_email: Option<String>,
    hours: u16,
    auth_page: String,
    /// Where the issuer sends visitors back to.
    login_returns: String,
    /// The account of the lab's visitors.
    visitors_account: String,
    signing_page: String,
    /// The headers of visitors that no node gets.
    headers: Vec<String>,
    /// The name of the gateway in the file for visitors.
    jump: String,
    /// The ports of all sockets, with spaces between them.
    ports: String,
    /// The hostnames of all pages, likewise.
    names: String,
}

impl GatewayValues {
    pub(super) fn new(request: &Request<'_>) -> Result<Self, Refusal> {
        let own = &request.client_settings.own;
        let domain = "a domain for its pages: use `--domain lab.example.net`, or set `domain` under `[names]` in publish-plan.toml";
        let domain = request.needs(request.client_settings.host_names.domain.as_ref(), domain)?.to_string();
        let issuer = request.own(&ISSUER, "an OpenID Connect provider")?.to_string();
        let client_id = request.own(&CLIENT_ID, "its client ID at the OpenID Connect provider")?.to_string();
        let acme_email = own.get(&ACME_EMAIL).map(|contact| contact.to_string());
        let (mut certificate, mut certificate_key) = (None, None);
        match (own.get(&CERTIFICATE), own.get(&CERTIFICATE_KEY), &acme_email) {
            (None, None, Some(_)) => {}
            (_, _, Some(_)) => {
                return Err(Refusal("with `acme-email`, the gateway gets its certificates itself; leave out `certificate` and `certificate-key`".to_owned()));
            }
            (None, None, None) => {
                request.own(&CERTIFICATE, "a certificate or, with `--acme-email`, a contact to get certificates")?;
            }
            (given, key, None) => {
                certificate =
                    Some(request.needs(given, "the certificate that `certificate-key` belongs to: use `--certificate FILE`, or set `certificate` under `[gateway]` in publish-plan.toml")?.to_string());
                certificate_key =
                    Some(request.needs(key, "the private key of `certificate`: use `--certificate-key FILE`, or set `certificate-key` under `[gateway]` in publish-plan.toml")?.to_string());
            }
        }
        let lab = lab_name(&request.plan.lab);
        let web_port = web_port(request);
        if web_port == tunnel::port(super::relay(request)?) {
            return Err(Refusal(format!(
                "port {web_port} cannot be that of the pages, because the gateway's sshd has it; choose another one with `--gateway-port`"
            )));
        }
        let own_page = |label: &str| page(&format!("{label}.{domain}"), web_port);
        let sockets = &request.plan.sockets;
        let joined = |words: Vec<String>| words.join(" ");
        let ports = sockets.iter().filter_map(|socket| socket.public_port).map(|port| port.to_string());
        Ok(Self {
            account: format!("clab-{lab}"),
            visitors_account: format!("clab-{lab}-visitors"),
            login_returns: own_page("auth") + "/.publish-plan/oidc",
            headers: spellings(),
            jump: format!("clab-{lab}-gateway"),
            auth_page: own_page("auth"),
            signing_page: own_page("ssh") + "/",
            listens: web_port != USUAL_WEB_PORT,
            hours: own.get(&HOURS).unwrap_or(USUAL_HOURS),
            ports: joined(ports.collect()),
            names: joined(sockets.iter().filter_map(|socket| socket.host_name.clone()).collect()),
            metadata: format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(&issuer)),
            lab,
            domain,
            web_port,
            issuer,
            client_id,
            certificate,
            certificate_key,
            acme_email,
        })
    }

    /// The URL of a page, without a slash at its end.
    pub(super) fn page_of(&self, host_name: &str) -> String {
        page(host_name, self.web_port)
    }
}

fn page(host_name: &str, port: u16) -> String {
    let port = if port == USUAL_WEB_PORT { String::new() } else { format!(":{port}") };
    format!("https://{host_name}{port}")
}

/// The name of a lab in paths and accounts: its own if that is a plain word that is short enough; otherwise the beginning of it, with
/// digits that no other name has.
fn lab_name(lab: &str) -> String {
    let word = slug(lab);
    // Those would be the visitors of another lab, and the file of revoked people.
    let is_taken = word == "visitors" || word == "revoked" || word.ends_with("-visitors");
    if word == lab && word.len() <= LONGEST_LAB && !is_taken {
        return word;
    }
    let start: String = word.chars().take(LONGEST_LAB - 9).collect();
    format!("{}-{}", start.trim_matches('-'), digest(lab, 8))
}

/// What the templates can use of a socket.
pub(super) struct GatewaySocketValues<'r> {
    tunnel: TunnelSocketValues<'r>,
    entry: &'r str,
    is_page: bool,
    is_https: bool,
    /// The gateway gets the certificate of the page itself.
    is_acme: bool,
    web_port: u16,
    origin: Option<String>,
    issuer: &'r str,
    /// Where the gateway logs visitors in and out.
    auth_page: &'r str,
    people: Vec<String>,
    /// How visitors connect with the file for them; none if they do not need it.
    way: Option<WayValues>,
}

impl<'r> GatewaySocketValues<'r> {
    pub(super) fn new(
        request: &Request<'_>,
        relay: &Relay,
        gateway: &'r GatewayValues,
        ways: &HashMap<&str, WayValues>,
        socket: &'r PlannedSocket,
    ) -> Result<Self, Refusal> {
        let is_page = matches!(socket.socket_type, SocketType::Http | SocketType::Https);
        let origin = if is_page { Some(gateway.page_of(request.host_name(socket)?)) } else { None };
        let address = match &origin {
            Some(origin) => Some(format!("{origin}/")),
            None if is_closed(socket) => Some(format!("ssh:{}", request.relay_port(socket)?)),
            None => None,
        };
        Ok(Self {
            tunnel: TunnelSocketValues::new(request, relay, socket, address)?,
            entry: &socket.origin.entry,
            is_page,
            is_https: socket.socket_type == SocketType::Https,
            is_acme: gateway.acme_email.is_some(),
            web_port: gateway.web_port,
            origin,
            issuer: &gateway.issuer,
            auth_page: &gateway.auth_page,
            people: claims(&socket.acl),
            way: ways.get(socket.name.as_str()).cloned(),
        })
    }
}

impl NamedValues for GatewaySocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "entry" => self.entry.into(),
            "is_page" => self.is_page.into(),
            "is_https" => self.is_https.into(),
            "is_acme" => self.is_acme.into(),
            "web_port" => self.web_port.into(),
            "origin" => self.origin.as_ref().into(),
            "issuer" => self.issuer.into(),
            "auth_page" => self.auth_page.into(),
            "people" => self.people.as_slice().into(),
            "way_host" => self.way.as_ref().map(|way| &way.host).into(),
            "way_port" => self.way.as_ref().and_then(|way| way.local_port).into(),
            _ => return self.tunnel.value(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_lab_is_short_and_its_own() {
        assert_eq!(lab_name("identity"), "identity");
        assert_eq!(lab_name("a-lab-with-18-char"), "a-lab-with-18-char");
        for lab in ["a-lab-with-19-chars", "Identity", "-a", "a_b", "", "läb", "a b", "visitors", "a-visitors"] {
            let name = lab_name(lab);
            assert!(name.len() <= LONGEST_LAB && name != lab_name("identity"), "{lab}: {name}");
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.bytes().all(is_plain) && !name.starts_with('-') && !name.ends_with('-'), "{lab}: {name}");
        }
        assert_ne!(lab_name("Identity"), lab_name("IDENTITY"));
    }
}
