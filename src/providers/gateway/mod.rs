//! gateway (spec/providers.md#gateway): a server of the user's own that keeps an acl. The tunnel is that of ssh. Apache lets visitors
//! of pages log in with a browser, and sshd lets visitors of other ports in with a certificate that names them.

mod people;
mod settings;
mod visitors;

use people::{Principal, claims, principals};
use serde::Serialize;
use settings::{ACME_EMAIL, CERTIFICATE, CERTIFICATE_KEY, CLIENT_ID, HOURS, ISSUER, WEB_PORT};
use visitors::NodeValues;

use super::artifact::digest;
use super::script::{Client, scripts};
use super::ssh::CLIENT_IMAGE;
use super::ssh::tunnel::{self, TunnelSocketValues, TunnelValues};
use super::template::{Values, render};
use super::{Artifact, Folder, JumpWay, Provider, Refusal, Relay, Request};
use crate::base::{AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Applies, Audience, Capabilities, Carriage, Carried, DefaultImage, ExactItems, Ingress, Key, Login,
    ProxyUse, Reads, RelayUse, Secret,
};

/// The provider.
pub(super) struct Gateway;

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.gateway",
        "Image that the OpenSSH client for a gateway is added to, with apk.",
        r#""mirror.example.net/alpine:3.22.2""#,
    )),
    ..CLIENT_IMAGE
};
const CLIENT: Client =
    Client { runtime: &[tunnel::RUNTIME, include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };
/// The longest name of a lab in accounts: with `clab-` and `-visitors`, Linux allows 32 characters.
const LONGEST_LAB: usize = 18;
/// The most ports of one person: sshd reads a line with 400 of them, and none with 5,000.
const MOST_PORTS: usize = 400;

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("gateway"),
    carries: &[
        page(SocketType::Http),
        page(SocketType::Https),
        closed(SocketType::Ssh),
        open(SocketType::Ssh),
        closed(SocketType::Tcp),
        open(SocketType::Tcp),
        closed(SocketType::Tls),
        open(SocketType::Tls),
    ],
    access: Access {
        without_acl: Audience::Anyone,
        exact: Some(ExactItems { is_one: people::is_exact, expected: people::EXACT }),
        ..Access::UNKNOWN
    },
    reads: Reads {
        proxy: ProxyUse::Yes,
        flags: &["relay", "identity", "known-hosts"],
        settings: &[
            ISSUER.setting,
            CLIENT_ID.setting,
            CERTIFICATE.setting,
            CERTIFICATE_KEY.setting,
            ACME_EMAIL.setting,
            WEB_PORT.setting,
            HOURS.setting,
        ],
    },
    relay: RelayUse { is_needed: true, has_all_ports: true, own_labels: &["auth", "ssh"], ..RelayUse::UNKNOWN },
    about: About {
        images: &[IMAGE],
        secrets: &[
            Secret { what: "a private key that the gateway accepts", found: "the file given with `--identity`" },
            Secret { what: "the client secret", found: "`/etc/publish-plan/client-secret` on the gateway" },
        ],
        tried: "end to end: real Apache, mod_auth_openidc, and OpenSSH, visitors in a real Chromium, and a certified identity provider",
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// A page at a hostname, with a login if it has an acl.
const fn page(socket_type: SocketType) -> Carried {
    Carried::new(socket_type).at(Ingress::HostName).for_whom(IDENTITIES).by_login(Login::Browser)
}

/// A port behind the gateway's sshd.
const fn closed(socket_type: SocketType) -> Carried {
    Carried::new(socket_type)
        .only(Applies::WithAcl)
        .by(Carriage::ClientRequired)
        .at(Ingress::Certificate)
        .for_whom(IDENTITIES)
        .by_login(Login::Certificate)
}

/// A port of the gateway.
const fn open(socket_type: SocketType) -> Carried {
    Carried::new(socket_type).only(Applies::WithoutAcl).by(Carriage::Raw).at(Ingress::Port)
}

impl Provider for Gateway {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let relay = relay(request)?;
        let gateway = GatewayValues::new(request)?;
        let socket = |socket| PageValues::new(request, relay, &gateway, socket);
        let sockets = request.plan.sockets.iter().map(socket).collect::<Result<Vec<_>, _>>()?;
        let principals = principals(request.plan.sockets.iter().filter(|socket| is_closed(socket)));
        most_ports(&principals)?;
        let user = gateway.account.clone();
        let lab = LabValues {
            tunnel: TunnelValues::new(request, relay, user, &IMAGE)?,
            signers: signers(request),
            nodes: visitors::nodes(request)?,
            principals,
            gateway,
        };
        let values = Values::new(&lab, &sockets)?;
        let mut artifacts = Vec::from(tunnel::files(&values)?);
        artifacts.extend(scripts(CLIENT, &values)?);
        artifacts.extend(server_files(&values)?);
        let visitors = render("ssh_config", include_str!("templates/ssh_config.hbs"), &[], &values)?;
        artifacts.push(Artifact::new("ssh_config", visitors).in_folder(Folder::Visitors));
        let document = render("gateway.md", include_str!("templates/gateway.md.hbs"), &[], &values)?;
        artifacts.push(Artifact::new("gateway.md", document));
        Ok(artifacts)
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        Ok(request.relay_way(socket))
    }
}

/// The relay; its account is the lab's.
fn relay<'r>(request: &'r Request<'_>) -> Result<&'r Relay, Refusal> {
    let relay = request.relay("host[:port]")?;
    match &relay.address.user {
        None => Ok(relay),
        Some(user) => Err(Refusal(format!(
            "the account on a gateway is made from the lab's name; leave out `{user}@` before the address of the gateway"
        ))),
    }
}

/// Whether only people with a certificate can connect.
fn is_closed(socket: &PlannedSocket) -> bool {
    socket.login == Some(Login::Certificate)
}

/// The claims of everybody who may have a certificate, each once.
fn signers(request: &Request<'_>) -> Vec<String> {
    let closed = request.plan.sockets.iter().filter(|socket| is_closed(socket));
    let mut signers: Vec<String> = closed.flat_map(|socket| claims(&socket.acl)).collect();
    signers.sort_unstable();
    signers.dedup();
    signers
}

fn most_ports(principals: &[Principal]) -> Result<(), Refusal> {
    match principals.iter().find(|principal| principal.ports.len() > MOST_PORTS) {
        None => Ok(()),
        Some(principal) => Err(Refusal(format!(
            "{} would have {} ports behind the gateway's sshd, which supports {MOST_PORTS} for one address or domain; split the lab",
            principal.name,
            principal.ports.len()
        ))),
    }
}

/// What the gateway's administrator installs.
fn server_files(values: &Values) -> Result<Vec<Artifact>, Refusal> {
    let template = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], values)?));
    let files = [
        Artifact::program("install.sh", include_str!("server/install.sh").to_owned()),
        template("lab.values", include_str!("templates/lab.values.hbs"))?,
        template("gateway.conf", include_str!("templates/gateway.conf.hbs"))?,
        template("login.inc", include_str!("templates/login.inc.hbs"))?,
        template("tls.inc", include_str!("templates/tls.inc.hbs"))?,
        template("lab.conf", include_str!("templates/lab.conf.hbs"))?,
        template("lab.people", include_str!("templates/lab.people.hbs"))?,
        template("sshd.conf", include_str!("templates/sshd.conf.hbs"))?,
        template("authorized_keys", include_str!("templates/authorized_keys.hbs"))?,
        template("principals", include_str!("templates/principals.hbs"))?,
        Artifact::program("sign", include_str!("server/sign").to_owned()),
        Artifact::program("sign.cgi", include_str!("server/sign.cgi").to_owned()),
    ];
    Ok(files.into_iter().map(|file| file.in_folder(Folder::Gateway)).collect())
}

/// What the templates can use of a lab.
#[derive(Serialize)]
struct LabValues<'r> {
    #[serde(flatten)]
    tunnel: TunnelValues<'r>,
    gateway: GatewayValues,
    principals: Vec<Principal>,
    signers: Vec<String>,
    nodes: Vec<NodeValues<'r>>,
}

/// What they can use of the gateway.
#[derive(Serialize)]
struct GatewayValues {
    /// The lab's name in paths and accounts.
    lab: String,
    /// The account of its tunnel; that of its visitors has `-visitors` after it.
    account: String,
    domain: String,
    web_port: u16,
    /// Apache listens at no port of its own for it: Debian's ports.conf has 443.
    listens: bool,
    issuer: String,
    client_id: String,
    certificate: Option<String>,
    certificate_key: Option<String>,
    acme_email: Option<String>,
    hours: u16,
    auth_page: String,
    signing_page: String,
    /// The name of the gateway in the file for visitors.
    jump: String,
    /// The ports of all sockets, with spaces between them.
    ports: String,
    /// The hostnames of all pages, likewise.
    names: String,
}

impl GatewayValues {
    fn new(request: &Request<'_>) -> Result<Self, Refusal> {
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
                    Some(request.needs(given, "the certificate of that key: use `--certificate FILE`")?.to_string());
                certificate_key =
                    Some(request.needs(key, "the key of its certificate: use `--certificate-key FILE`")?.to_string());
            }
        }
        let lab = lab_name(&request.plan.lab);
        let web_port = own.get(&WEB_PORT).unwrap_or(443);
        let page = |label: &str| format!("https://{label}.{domain}{}", port_of_url(web_port));
        let sockets = &request.plan.sockets;
        let joined = |words: Vec<String>| words.join(" ");
        let ports = sockets.iter().filter_map(|socket| socket.public_port).map(|port| port.to_string());
        Ok(Self {
            account: format!("clab-{lab}"),
            jump: format!("clab-{lab}-gateway"),
            auth_page: page("auth"),
            signing_page: page("ssh") + "/",
            listens: web_port != 443,
            hours: own.get(&HOURS).unwrap_or(8),
            ports: joined(ports.collect()),
            names: joined(sockets.iter().filter_map(|socket| socket.host_name.clone()).collect()),
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
}

fn port_of_url(port: u16) -> String {
    if port == 443 { String::new() } else { format!(":{port}") }
}

/// The name of a lab in paths and accounts: its own if that is a plain word that is short enough; otherwise the beginning of it, with
/// digits that no other name has.
fn lab_name(lab: &str) -> String {
    let word = super::template::slug(lab);
    if word == lab && word.len() <= LONGEST_LAB {
        return word;
    }
    let start: String = word.chars().take(LONGEST_LAB - 9).collect();
    format!("{}-{}", start.trim_matches('-'), digest(lab, 8))
}

/// What the templates can use of a socket.
#[derive(Serialize)]
struct PageValues<'r> {
    #[serde(flatten)]
    tunnel: TunnelSocketValues<'r>,
    entry: &'r str,
    is_page: bool,
    is_https: bool,
    /// The gateway gets the certificate of the page itself.
    is_acme: bool,
    web_port: u16,
    origin: Option<String>,
    issuer: String,
    people: Vec<String>,
    /// How visitors connect with the file for them; none if they do not need it.
    command: Option<String>,
}

impl<'r> PageValues<'r> {
    fn new(
        request: &Request<'_>,
        relay: &Relay,
        gateway: &GatewayValues,
        socket: &'r PlannedSocket,
    ) -> Result<Self, Refusal> {
        let is_page = matches!(socket.socket_type, SocketType::Http | SocketType::Https);
        let origin = if is_page {
            Some(format!("https://{}{}", request.host_name(socket)?, port_of_url(gateway.web_port)))
        } else {
            None
        };
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
            issuer: gateway.issuer.clone(),
            people: claims(&socket.acl),
            command: if is_closed(socket) { Some(visitors::command(request, socket)) } else { None },
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
        for lab in ["a-lab-with-19-chars", "Identity", "-a", "a_b", "", "läb", "a b"] {
            let name = lab_name(lab);
            assert!(name.len() <= LONGEST_LAB && name != lab_name("identity"), "{lab}: {name}");
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.bytes().all(is_plain) && !name.starts_with('-') && !name.ends_with('-'), "{lab}: {name}");
        }
        assert_ne!(lab_name("Identity"), lab_name("IDENTITY"));
    }
}
