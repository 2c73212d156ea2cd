//! gateway (spec/providers.md#gateway): a server of the user's own that keeps an acl. The tunnel is that of ssh. Apache lets visitors
//! of pages log in with a browser, and sshd lets visitors of other ports in with a certificate that names them.

mod headers;
mod invitation;
mod people;
mod settings;
mod values;
mod visitors;

use people::{Principal, claims, principals};
use settings::{ACME_EMAIL, CERTIFICATE, CERTIFICATE_KEY, CLIENT_ID, HOURS, ISSUER, WEB_PORT};
use values::{GatewayLabValues, GatewaySocketValues, GatewayValues};
use visitors::Visitors;

#[cfg(test)]
use super::artifact::digest;
use super::script::{CLIENTS, Client, scripts};
use super::ssh::tunnel::{self, TunnelValues};
use super::ssh::{CLIENT_IMAGE, node_image};
use super::template::{Values, render};
use super::{Artifact, ClientContainer, Folder, Invitation, JumpWay, Provider, Refusal, Relay, Request};
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
const NODE: DefaultImage = node_image("images.gateway-node");
const CLIENT: Client = Client {
    runtime: &[CLIENTS, tunnel::RUNTIME, include_str!("client.sh")],
    lab: include_str!("templates/lab.sh.hbs"),
};
/// The most ports of one person: sshd reads a line with 400 of them, and none with 5,000.
const MOST_PORTS: usize = 400;

/// install.sh, in parts, the same for every lab.
const INSTALL: [&str; 11] = [
    include_str!("server/install/head.sh"),
    include_str!("server/install/words.sh"),
    include_str!("server/install/undo.sh"),
    include_str!("server/install/files.sh"),
    include_str!("server/install/reading.sh"),
    include_str!("server/install/forms.sh"),
    include_str!("server/install/checks.sh"),
    include_str!("server/install/server.sh"),
    include_str!("server/install/processes.sh"),
    include_str!("server/install/installation.sh"),
    include_str!("server/install/start.sh"),
];
/// What signs a visitor's key, as an account of its own.
const SIGN: &str = include_str!("server/sign");
/// The page where visitors get a certificate.
const SIGN_CGI: &str = include_str!("server/sign.cgi");

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
        images: &[IMAGE, NODE],
        secrets: &[
            Secret { what: "a private key that the gateway accepts", found: "the file given with `--identity`" },
            Secret { what: "the client secret", found: "`/etc/publish-plan/client-secret` on the gateway" },
        ],
        note: Some(
            "the gateway enforces the version that its administrator installed last; after each change, have install.sh run there again",
        ),
        from_outside: "a closed page redirects to the login of the issuer; closed ports refuse everybody without a certificate, and listen on the gateway itself only",
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
        let visitors = Visitors::new(request)?;
        let socket = |socket| GatewaySocketValues::new(request, relay, &gateway, &visitors.ways, socket);
        let sockets = request.plan.sockets.iter().map(socket).collect::<Result<Vec<_>, _>>()?;
        let principals = principals(request.plan.sockets.iter().filter(|socket| is_closed(socket)));
        most_ports(&principals)?;
        let user = gateway.account.clone();
        let lab = GatewayLabValues {
            tunnel: TunnelValues::new(request, relay, user, &IMAGE)?,
            signers: signers(request),
            nodes: visitors.nodes,
            principals,
            gateway: &gateway,
        };
        let values = Values::new(&lab, &sockets)?;
        let mut artifacts = Vec::from(tunnel::files(&values)?);
        artifacts.extend(scripts(CLIENT, &values)?);
        artifacts.extend(tunnel::node_script(request, &values)?);
        artifacts.extend(server_files(&values)?);
        let for_visitors = render("ssh_config", include_str!("templates/ssh_config.hbs"), &[], &values)?;
        artifacts.push(Artifact::new("ssh_config", for_visitors).in_folder(Folder::Visitors));
        let document = render("gateway.md", include_str!("templates/gateway.md.hbs"), &[], &values)?;
        artifacts.push(Artifact::new("gateway.md", document).in_folder(Folder::Gateway));
        Ok(artifacts)
    }

    fn invitation(&self, request: &Request<'_>, invitation: &Invitation<'_>) -> Result<String, Refusal> {
        invitation::text(request, relay(request)?, invitation)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        tunnel::container(request, relay(request)?, &NODE)
    }

    fn server_ports(&self, request: &Request<'_>) -> Vec<u16> {
        vec![values::web_port(request)]
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
fn server_files(values: &Values<'_>) -> Result<Vec<Artifact>, Refusal> {
    let template = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], values)?));
    let files = [
        Artifact::program("install.sh", INSTALL.join("\n")),
        template("lab.values", include_str!("templates/lab.values.hbs"))?,
        template("gateway.conf", include_str!("templates/gateway.conf.hbs"))?,
        template("login.inc", include_str!("templates/login.inc.hbs"))?,
        template("headers.inc", include_str!("templates/headers.inc.hbs"))?,
        template("tls.inc", include_str!("templates/tls.inc.hbs"))?,
        template("lab.conf", include_str!("templates/lab.conf.hbs"))?,
        template("lab.people", include_str!("templates/lab.people.hbs"))?,
        template("sshd.conf", include_str!("templates/sshd.conf.hbs"))?,
        template("authorized_keys", include_str!("templates/authorized_keys.hbs"))?,
        template("principals", include_str!("templates/principals.hbs"))?,
        Artifact::program("sign", SIGN.to_owned()),
        Artifact::program("sign.cgi", SIGN_CGI.to_owned()),
    ];
    Ok(files.into_iter().map(|file| file.in_folder(Folder::Gateway)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It installs no other programs than those that belong to it.
    #[test]
    fn the_installer_knows_what_it_installs() {
        for (variable, program) in [("sign_sha256", SIGN), ("sign_cgi_sha256", SIGN_CGI)] {
            let line = format!("\n{variable}={}\n", digest(program, 64));
            assert!(INSTALL[0].contains(&line), "server/install/head.sh must have{line}");
        }
    }
}
