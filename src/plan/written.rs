//! A plan that was written as JSON and is read again: what is open is compared with what would be opened.

use serde::Deserialize;

use super::socket::{Origin, PlannedSocket};
use super::{Count, Counts, Plan, Through};
use crate::base::{Acl, SocketType};
use crate::provider::Audience;

#[derive(Deserialize)]
struct Written {
    version: u32,
    lab: String,
    sockets: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    node: String,
    container: String,
    kind: Option<String>,
    address: Option<String>,
    #[serde(rename = "type")]
    socket_type: String,
    written_type: String,
    port: u16,
    relay_port: Option<u16>,
    host_name: Option<String>,
    through: Option<Way>,
    acl: Names,
    audience: String,
}

#[derive(Deserialize)]
struct Way {
    jump_host: String,
    local_port: Option<u16>,
}

#[derive(Deserialize)]
struct Names {
    emails: Vec<String>,
    domains: Vec<String>,
    policies: Vec<String>,
}

impl Plan {
    /// A plan from its JSON, for a comparison with another one of the same `provider`: without places of entries, other doors, and
    /// limits. None if the text is no plan.
    pub(crate) fn read(text: &str, provider: Option<&'static str>) -> Option<Self> {
        let written: Written = serde_json::from_str(text).ok()?;
        let sockets = written.sockets.into_iter().map(socket).collect::<Option<Vec<_>>>()?;
        let count = Count { used: 0, limit: None };
        (written.version == super::VERSION).then(|| Self {
            version: written.version,
            shown_lab: written.lab.clone(),
            lab: written.lab,
            provider,
            providers: Vec::new(),
            sockets: with_jump_hosts(sockets),
            counts: Counts { tcp: count, http: count, all: None },
            other_doors: Vec::new(),
        })
    }
}

fn socket(written: Row) -> Option<PlannedSocket> {
    let Names { emails, domains, policies } = written.acl;
    let acl = Acl { emails, domains, policies };
    let audience = [Audience::Anyone, Audience::Members, Audience::Nobody]
        .into_iter()
        .find(|audience| audience.to_string() == written.audience)
        .unwrap_or_else(|| Audience::Named(acl.clone()));
    Some(PlannedSocket {
        name: written.name,
        provider: None,
        node: written.node,
        container: written.container,
        kind: written.kind,
        group: None,
        address: written.address,
        socket_type: SocketType::from_word(&written.socket_type)?,
        written_type: SocketType::from_word(&written.written_type)?,
        port: written.port,
        carriage: None,
        login: None,
        public_port: written.relay_port,
        needs_host_name: written.host_name.is_some(),
        host_name: written.host_name,
        through: written.through.map(|way| Through { jump_host: way.jump_host, local_port: way.local_port }),
        audience,
        acl,
        origin: Origin::nowhere(),
    })
}

/// Behind a jump host, the people are those of the jump host, not those of the entry.
fn with_jump_hosts(mut sockets: Vec<PlannedSocket>) -> Vec<PlannedSocket> {
    let jump = sockets.iter().find(|socket| socket.through.is_none()).map(|socket| socket.audience.clone());
    for socket in sockets.iter_mut().filter(|socket| socket.through.is_some()) {
        if let Some(audience) = &jump {
            socket.audience = audience.clone();
        }
    }
    sockets
}
