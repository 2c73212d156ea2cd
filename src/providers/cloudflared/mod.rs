//! cloudflared (spec/providers.md#cloudflared): one tunnel of an account, one hostname per socket, and Access applications that identify
//! visitors. Until the application of a hostname is known, nobody can connect to it.

mod settings;

use std::collections::HashMap;

use serde::Serialize;
use settings::{ACCESS_TAGS, AccessTag, CREDENTIALS, TEAM, TUNNEL};

use super::kubernetes::Destination;
use super::node::{Confirmation, SecretFile, Start};
use super::script::{Client, scripts};
use super::template::{NamedValues, Value, Values, render};
use super::values::{LabValues, SocketValues};
use super::{Artifact, ClientContainer, JumpWay, Provider, Refusal, Request};
use crate::base::{AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{
    About, Access, Account, Audience, Capabilities, Carriage, Carried, DefaultImage, FreeNames, Ingress, Key, Reads,
    Secret,
};

/// The provider.
pub(super) struct Cloudflared;

const IDENTITIES: &[AclKind] = &[AclKind::Email, AclKind::Domain];
const IMAGE: DefaultImage = DefaultImage {
    setting: Some(Key::image(
        "images.cloudflared",
        "Image of cloudflared.",
        r#""mirror.example.net/cloudflared:2026.8.2""#,
    )),
    reference: "cloudflare/cloudflared:2026.8.2@sha256:0aa26e284f05e6c77ae375b8c9c11d9eb6a448fb7bcd8d40f31cb6176189eb38",
    purpose: "the client",
};
/// The tag if the application does not exist yet. No visitor has a token for it.
const NO_TAG: &str = "no-application-yet";
const CLIENT: Client = Client { runtime: &[include_str!("client.sh")], lab: include_str!("templates/lab.sh.hbs") };

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("cloudflared"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Ssh).by(Carriage::ClientRequired).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).by(Carriage::ClientRequired).at(Ingress::HostName).for_whom(IDENTITIES),
    ],
    access: Access { without_acl: Audience::Anyone, encrypts: true, ..Access::UNKNOWN },
    account: Account { free_names: FreeNames::Flat, is_needed: true, ..Account::UNKNOWN },
    reads: Reads {
        settings: &[TUNNEL.setting, CREDENTIALS.setting, TEAM.setting, ACCESS_TAGS.setting],
        ..Reads::UNKNOWN
    },
    about: About {
        images: &[IMAGE],
        secrets: &[Secret {
            what: "the tunnel's credentials",
            found: "the file given with `--credentials`, or `~/.cloudflared/<UUID>.json`",
        }],
        from_outside: "a closed hostname redirects to the login of the team at Cloudflare, to the application of that hostname; open tcp and ssh sockets need the visitor's cloudflared and are not tried",
        tried: "script tested with a mock client; config validated by a real cloudflared if one is on PATH; by hand with cloudflared 2026.8.2 against a mock of Cloudflare's edge: sockets with an acl answer 403 without a token, open ones are carried; never against the service, nor with an Access application",
        note: Some(
            "a free Zero Trust team is limited to 50 people; for each hostname with an acl, you create an Access application from access.json by hand",
        ),
        ..About::UNKNOWN
    },
    ..Capabilities::UNKNOWN
};

/// What the templates can use of a lab.
#[derive(Serialize)]
struct CloudflaredValues<'r> {
    #[serde(flatten)]
    lab: LabValues<'r>,
    has_acl: bool,
    credentials: String,
    tunnel: &'r str,
    /// The hostnames with an acl but without an Access application, with spaces between them.
    untagged: String,
    access_digest: String,
    team_name: Option<&'r str>,
}

/// What the templates can use of a socket.
struct CloudflaredSocketValues<'r> {
    socket: SocketValues<'r>,
    host_name: &'r str,
    service: String,
    team: Option<&'r str>,
    is_https: bool,
    tag: &'r str,
    is_untagged: bool,
}

impl<'r> CloudflaredSocketValues<'r> {
    fn new(
        request: &Request<'r>,
        team: Option<&'r str>,
        tags: &'r [AccessTag],
        socket: &'r PlannedSocket,
    ) -> Result<Self, Refusal> {
        let name = request.host_name(socket)?;
        let tag = tags.iter().find(|tag| tag.host == name);
        let (scheme, is_page) = match socket.socket_type {
            SocketType::Http => ("http", true),
            SocketType::Https => ("https", true),
            SocketType::Ssh => ("ssh", false),
            _ => ("tcp", false),
        };
        let address = if is_page { format!("https://{name}/") } else { name.to_owned() };
        let values = SocketValues::new(socket, Some(address));
        Ok(Self {
            host_name: name,
            service: format!("{scheme}://{}", values.target),
            socket: values,
            team,
            is_https: scheme == "https",
            tag: tag.map_or(NO_TAG, |tag| tag.tag.as_str()),
            is_untagged: tag.is_none() && !socket.acl.is_empty(),
        })
    }
}

impl NamedValues for CloudflaredSocketValues<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "host_name" => self.host_name.into(),
            "service" => (&self.service).into(),
            "team" => self.team.into(),
            "is_https" => self.is_https.into(),
            "tag" => self.tag.into(),
            "is_untagged" => self.is_untagged.into(),
            _ => return self.socket.value(name),
        })
    }
}

impl Provider for Cloudflared {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let given = &request.client_settings.own;
        let tunnel = request.own(&TUNNEL, "a tunnel")?.to_string();
        let has_acl = has_acl(request);
        let team = "the Zero Trust team that authenticates visitors";
        let team = if has_acl { Some(request.own(&TEAM, team)?.to_string()) } else { None };
        let tags = given.all(&ACCESS_TAGS);
        one_application_one_acl(request, &tags)?;
        let socket = |socket| CloudflaredSocketValues::new(request, team.as_deref(), &tags, socket);
        let sockets: Vec<_> = request.plan.sockets.iter().map(socket).collect::<Result<_, _>>()?;
        let untagged = sockets.iter().filter(|socket| socket.is_untagged).map(|socket| socket.host_name);
        let access = if has_acl { Some(Artifact::json("access.json", &access(request)?)?) } else { None };
        let values = CloudflaredValues {
            lab: LabValues::new(request, &IMAGE),
            has_acl,
            credentials: credentials(request)?,
            tunnel: &tunnel,
            untagged: untagged.collect::<Vec<_>>().join(" "),
            team_name: team.as_deref(),
            access_digest: access.as_ref().map(Artifact::digest).unwrap_or_default(),
        };
        let values = Values::new(&values, &sockets)?;
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let [publish, runtime] = scripts(CLIENT, &values)?;
        let mut artifacts = vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            publish,
            runtime,
            file("config.yml", include_str!("templates/config.yml.hbs"))?,
            file("cloudflare.md", include_str!("templates/cloudflare.md.hbs"))?,
        ];
        artifacts.extend(access);
        Ok(artifacts)
    }

    fn client_container(&self, request: &Request<'_>) -> Result<ClientContainer, Refusal> {
        // The client finds its file only if the user has confirmed that the Access applications match access.json. containerlab replaces
        // the variable, and leaves it if it is not set.
        let digest =
            if has_acl(request) { Some(Artifact::json("access.json", &access(request)?)?.digest()) } else { None };
        let named = if digest.is_some() { "${ACCESS_TAKEN}" } else { "config" };
        Ok(ClientContainer {
            start: Start::Program {
                entrypoint: "cloudflared",
                command: format!("tunnel --no-autoupdate --metrics 127.0.0.1:20241 --config /publish/{named}.yml run"),
                paths: vec![format!("/publish/{}.yml", digest.as_deref().unwrap_or("config"))],
            },
            files: &["config.yml"],
            secrets: vec![SecretFile::new(&credentials(request)?, "/etc/cloudflared/credentials.json")],
            // Cloudflare's documentation, "Tunnel with firewall": 7844, and 443 for the keys of Access.
            destinations: vec![
                Destination::anywhere("TCP", Some(7844)),
                Destination::anywhere("UDP", Some(7844)),
                Destination::anywhere("TCP", Some(443)),
            ],
            confirmation: digest.map(|digest| Confirmation {
                variable: "ACCESS_TAKEN",
                digest,
                what: "the Access applications of your account match access.json",
            }),
            ..ClientContainer::new(request.image(&IMAGE))
        })
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        let host = Some(request.host_name(socket)?.to_owned());
        Ok(JumpWay { host, port: None, proxy_command: Some("cloudflared access ssh --hostname %h") })
    }
}

/// Whether visitors of a socket log in.
fn has_acl(request: &Request<'_>) -> bool {
    request.plan.sockets.iter().any(|socket| !socket.acl.is_empty())
}

/// The file with the tunnel's credentials.
fn credentials(request: &Request<'_>) -> Result<String, Refusal> {
    let usual = format!("~/.cloudflared/{}.json", request.own(&TUNNEL, "a tunnel")?);
    Ok(request.client_settings.own.get(&CREDENTIALS).unwrap_or(usual))
}

/// A visitor who has passed an application is let in by every rule with its tag, so two acls must not share a tag.
fn one_application_one_acl(request: &Request<'_>, tags: &[AccessTag]) -> Result<(), Refusal> {
    let mut seen: HashMap<&str, &PlannedSocket> = HashMap::new();
    for socket in &request.plan.sockets {
        let name = request.host_name(socket)?;
        let Some(tag) = tags.iter().find(|tag| tag.host == name) else { continue };
        if socket.acl.is_empty() {
            return Err(Refusal(format!(
                "{name} has an access tag, but its entry has no acl and lets in anyone: name who may connect in the entry, or remove the tag"
            )));
        }
        let first = seen.entry(&tag.tag).or_insert(socket);
        if first.acl != socket.acl {
            return Err(Refusal(format!(
                "{} and {name} share an audience tag but have different acls; each needs its own Access application",
                request.host_name(first)?
            )));
        }
    }
    Ok(())
}

/// An Access application to create, in the format of Cloudflare's API.
#[derive(Serialize)]
struct Application<'s> {
    name: &'s str,
    domain: &'s str,
    #[serde(rename = "type")]
    kind: &'static str,
    policies: [Policy<'s>; 1],
}

#[derive(Serialize)]
struct Policy<'s> {
    name: &'s str,
    decision: &'static str,
    include: Vec<Include<'s>>,
}

/// Who may connect. These are alternatives.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Include<'s> {
    Email { email: &'s str },
    EmailDomain { domain: &'s str },
}

/// One application for each socket with an acl.
fn access<'s>(request: &Request<'s>) -> Result<Vec<Application<'s>>, Refusal> {
    let named = request.plan.sockets.iter().filter(|socket| !socket.acl.is_empty());
    let application = |socket: &'s PlannedSocket| {
        let emails = socket.acl.emails.iter().map(|email| Include::Email { email });
        let domains = socket.acl.domains.iter().map(|domain| Include::EmailDomain { domain });
        Ok(Application {
            name: &socket.name,
            domain: request.host_name(socket)?,
            kind: "self_hosted",
            policies: [Policy { name: &socket.name, decision: "allow", include: emails.chain(domains).collect() }],
        })
    };
    named.map(application).collect()
}
