//! cloudflared (spec/providers.md#cloudflared): one tunnel of an account, one hostname per socket, and Access applications that identify
//! visitors. Until the application of a hostname is known, nobody can connect to it.

mod settings;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;
use settings::{ACCESS_TAGS, AccessTag, CREDENTIALS, TEAM, TUNNEL};

use super::script::script;
use super::template::{ready, render};
use super::{Artifact, JumpWay, Provider, Refusal, Request};
use crate::base::{AclKind, SocketType};
use crate::plan::PlannedSocket;
use crate::provider::{Audience, Capabilities, Carriage, Carried, DefaultImage, FreeNames, Ingress, Key, Secret};

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

static CAPABILITIES: Capabilities = Capabilities {
    name: Some("cloudflared"),
    carries: &[
        Carried::new(SocketType::Http).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Https).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Ssh).by(Carriage::ClientRequired).at(Ingress::HostName).for_whom(IDENTITIES),
        Carried::new(SocketType::Tcp).by(Carriage::ClientRequired).at(Ingress::HostName).for_whom(IDENTITIES),
    ],
    without_acl: Audience::Anyone,
    encrypts: true,
    free_names: FreeNames::Flat,
    needs_account: true,
    settings: &[TUNNEL.setting, CREDENTIALS.setting, TEAM.setting, ACCESS_TAGS.setting],
    images: &[IMAGE],
    secrets: &[Secret {
        what: "the tunnel's credentials",
        found: "the file given with `--credentials`, or `~/.cloudflared/<UUID>.json`",
    }],
    tried: "script tested with a mock client; config validated by a real cloudflared if one is on PATH; by hand with cloudflared 2026.8.2 against a mock of Cloudflare's edge: sockets with an acl answer 403 without a token, open ones are carried; never against the service, nor with an Access application",
    note: Some(
        "a free Zero Trust team is limited to 50 people; for each hostname with an acl, you create an Access application from access.json by hand",
    ),
    ..Capabilities::UNKNOWN
};

impl Provider for Cloudflared {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn artifacts(&self, request: &Request<'_>) -> Result<Vec<Artifact>, Refusal> {
        let given = &request.client_settings.own;
        let tunnel = request.own(&TUNNEL, "a tunnel")?.to_string();
        let has_acl = request.plan.sockets.iter().any(|socket| !socket.acl.is_empty());
        let team = "the Zero Trust team that authenticates visitors";
        let team = if has_acl { Some(request.own(&TEAM, team)?.to_string()) } else { None };
        let tags = given.all(&ACCESS_TAGS);
        one_application_one_acl(request, &tags)?;
        let mut values = request.values();
        values["image"] = json!(request.image(&IMAGE));
        values["has_acl"] = json!(has_acl);
        let usual = format!("~/.cloudflared/{tunnel}.json");
        values["credentials"] = json!(given.get(&CREDENTIALS).unwrap_or(usual));
        values["tunnel"] = json!(tunnel);
        request.each(&mut values, |socket, values| {
            let name = request.host_name(socket)?;
            let tag = tags.iter().find(|tag| tag.host == name).map(|tag| tag.tag.as_str());
            let (scheme, is_page) = match socket.socket_type {
                SocketType::Http => ("http", true),
                SocketType::Https => ("https", true),
                SocketType::Ssh => ("ssh", false),
                _ => ("tcp", false),
            };
            let target = values["target"].as_str().expect("every socket has a target");
            values["service"] = json!(format!("{scheme}://{target}"));
            values["team"] = json!(team);
            values["is_https"] = json!(scheme == "https");
            values["tag"] = json!(tag.unwrap_or(NO_TAG));
            values["is_untagged"] = json!(tag.is_none() && !socket.acl.is_empty());
            values["address"] = json!(if is_page { format!("https://{name}/") } else { name.to_owned() });
            Ok(())
        })?;
        let access = if has_acl { Some(Artifact::json("access.json", &access(request)?)?) } else { None };
        values["access_digest"] = json!(access.as_ref().map(Artifact::digest).unwrap_or_default());
        let values = ready(values);
        let file = |name: &str, template: &str| Ok(Artifact::new(name, render(name, template, &[], &values)?));
        let mut artifacts = vec![
            file("compose.yaml", include_str!("templates/compose.yaml.hbs"))?,
            script(include_str!("templates/client.sh.hbs"), &values)?,
            file("config.yml", include_str!("templates/config.yml.hbs"))?,
            file("cloudflare.md", include_str!("templates/cloudflare.md.hbs"))?,
        ];
        artifacts.extend(access);
        Ok(artifacts)
    }

    fn jump_way(&self, request: &Request<'_>, socket: &PlannedSocket) -> Result<JumpWay, Refusal> {
        let host = Some(request.host_name(socket)?.to_owned());
        Ok(JumpWay { host, port: None, proxy_command: Some("cloudflared access ssh --hostname %h") })
    }
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
