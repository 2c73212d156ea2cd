use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::base::{AccountClass, Acl, SocketType, beginning};
use crate::expose::{Exposure, Exposures};
use crate::model::Notation;
use crate::provider::{Audience, Carriage, Ingress, Login, SSH_PORT};
use crate::resolve::LevelKind;

/// One row of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedSocket {
    /// The socket's name at the provider.
    pub name: String,
    /// The provider; missing if there is one for all sockets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'static str>,
    /// The node's name in the topology.
    pub node: String,
    /// The container that the tunnel client reaches.
    pub container: String,
    /// The node's kind that applies; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The node's group that applies; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where the node answers, if that was given; otherwise it is found by its container's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The type that the socket gets.
    #[serde(rename = "type", serialize_with = "type_word")]
    pub socket_type: SocketType,
    /// The type in the entry.
    #[serde(serialize_with = "type_word")]
    pub written_type: SocketType,
    /// The node's port.
    pub port: u16,
    /// How it reaches the visitor; missing if no provider is selected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carriage: Option<Carriage>,
    /// How the provider finds out who a visitor is; missing if the socket has no acl, or if the provider's service decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
    /// The socket's own port, with providers whose sockets have ports. It is public unless there is a hostname or a login.
    #[serde(rename = "relay_port", skip_serializing_if = "Option::is_none")]
    pub public_port: Option<u16>,
    /// The hostname that leads to it and to nothing else, with a provider whose sockets have hostnames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Visitors reach it by a hostname only, whether it is known or not.
    #[serde(skip)]
    pub needs_host_name: bool,
    /// How it is reached through the jump host; missing if it is published itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<Through>,
    /// Who is named.
    pub acl: Acl,
    /// Who may use it, in words.
    #[serde(serialize_with = "audience_words")]
    pub audience: Audience,
    /// Where it was written.
    pub origin: Origin,
}

/// The way through a jump host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Through {
    /// The jump host's name in the topology.
    pub jump_host: String,
    /// The address of the socket on the visitor's own machine, 127.0.0.1, while the visitor is logged in there; missing for the
    /// node's SSH, to which the visitor jumps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_port: Option<u16>,
}

/// Where a socket's entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    level: LevelKind,
    #[serde(rename = "carrier")]
    notation: Notation,
    /// The file, as it was given.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in Unicode scalar values.
    pub column: usize,
    /// The entry as the file has it, variables not replaced.
    pub entry: String,
    /// The socket's names as messages may show them.
    #[serde(skip)]
    pub shown: Option<Box<Shown>>,
}

/// The names of a socket as messages may show them: no value of the environment is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The socket's name at the provider.
    pub name: String,
    /// The node's name in the topology.
    pub node: String,
    /// The container that the tunnel client reaches.
    pub container: String,
    /// The node's port.
    pub port: String,
    /// The hostname, with a provider whose sockets have hostnames.
    pub host_name: Option<String>,
}

impl PlannedSocket {
    /// The socket's name at the provider, as messages may show it.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.origin.shown.as_ref().map_or(&self.name, |shown| &shown.name)
    }

    /// The node's name, as messages may show it.
    #[must_use]
    pub fn shown_node(&self) -> &str {
        self.origin.shown.as_ref().map_or(&self.node, |shown| &shown.node)
    }

    /// The container's name, as messages may show it.
    #[must_use]
    pub fn shown_container(&self) -> &str {
        self.origin.shown.as_ref().map_or(&self.container, |shown| &shown.container)
    }

    /// The node's port, as messages may show it.
    #[must_use]
    pub fn shown_port(&self) -> Cow<'_, str> {
        self.origin.shown.as_ref().map_or_else(|| self.port.to_string().into(), |shown| shown.port.as_str().into())
    }

    /// The hostname, as messages may show it.
    #[must_use]
    pub fn shown_host_name(&self) -> Option<&str> {
        self.origin.shown.as_ref().map_or(self.host_name.as_deref(), |shown| shown.host_name.as_deref())
    }

    /// The host that the tunnel client connects to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.container)
    }

    /// It leads to the node's SSH, by its type or its port.
    #[must_use]
    pub fn is_ssh(&self) -> bool {
        match self.socket_type {
            SocketType::Ssh => true,
            SocketType::Tcp | SocketType::Tls => self.port == SSH_PORT,
            SocketType::Http | SocketType::Https | SocketType::Udp => false,
        }
    }

    /// Which of the account's limits it counts against.
    #[must_use]
    pub(crate) fn account_class(&self) -> AccountClass {
        self.socket_type.account_class()
    }
}

impl PlannedSocket {
    /// Whether both are the same socket, wherever their entries are.
    pub(crate) fn is_the_same_as(&self, other: &Self) -> bool {
        // Every field, so that a new one is compared too.
        let Self {
            name,
            provider,
            node,
            container,
            kind,
            group,
            address,
            socket_type,
            written_type,
            port,
            carriage,
            login,
            public_port,
            host_name,
            needs_host_name,
            through,
            acl,
            audience,
            origin,
        } = self;
        *name == other.name
            && *provider == other.provider
            && *node == other.node
            && *container == other.container
            && *kind == other.kind
            && *group == other.group
            && *address == other.address
            && *socket_type == other.socket_type
            && *written_type == other.written_type
            && *port == other.port
            && *carriage == other.carriage
            && *login == other.login
            && *public_port == other.public_port
            && *host_name == other.host_name
            && *needs_host_name == other.needs_host_name
            && *through == other.through
            && *acl == other.acl
            && *audience == other.audience
            && origin.level == other.origin.level
    }

    /// The same socket without the place of its entry, for comparison.
    pub(crate) fn wherever_it_is_written(&self) -> Self {
        Self { origin: Origin { level: self.origin.level, ..Origin::nowhere() }, ..self.clone() }
    }
}

impl Origin {
    /// That of a socket whose entry is not known.
    pub(super) fn nowhere() -> Self {
        Self {
            level: LevelKind::Node,
            notation: Notation::Publish,
            file: String::new(),
            line: 0,
            column: 0,
            entry: String::new(),
            shown: None,
        }
    }

    /// The level and the place in one line: `kind (demo.clab.yml:8:15)`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {}:{}:{}", self.level.word(), self.file, self.line, self.column)
    }
}

/// The row of an exposure that is open.
pub(super) fn planned(exposures: &Exposures<'_>, exposure: &Exposure<'_>) -> PlannedSocket {
    let (lab, socket) = (exposures.lab, &exposure.socket);
    let (node, entry) = (socket.node, socket.entry);
    let acl = lab.acl(entry);
    let place = socket.item.whole_place();
    let (file, span) = lab.source.locate(lab.span(place));
    let position = file.position(span.start);
    PlannedSocket {
        name: exposures.name(exposure),
        provider: None,
        node: node.name.value.to_owned(),
        container: lab.container(node).to_owned(),
        // It comes again with every socket.
        kind: node.kind.map(|kind| beginning(kind.value).to_owned()),
        group: node.group.map(|group| beginning(group.value).to_owned()),
        address: None,
        socket_type: exposure.socket_type,
        written_type: entry.socket_type,
        port: entry.port,
        carriage: exposure.way.map(|way| way.carriage).filter(|_| exposures.provider.name.is_some()),
        login: exposure.way.and_then(|way| way.login).filter(|_| !entry.acl.is_empty()),
        public_port: None,
        host_name: None,
        needs_host_name: exposure.ingress() == Ingress::HostName,
        through: None,
        audience: exposures.own_audience(exposure),
        acl: acl.into_owned(),
        origin: Origin {
            level: socket.inherited.level,
            notation: socket.inherited.list.notation,
            file: file.name().to_owned(),
            line: position.line,
            column: position.column,
            entry: lab.original(place).to_owned(),
            // If there is no variable, the names themselves are what messages may show.
            shown: lab.source.has_variables().then(|| Box::new(shown(exposures, exposure))),
        },
    }
}

fn shown(exposures: &Exposures<'_>, exposure: &Exposure<'_>) -> Shown {
    let (lab, socket) = (exposures.lab, &exposure.socket);
    Shown {
        name: exposures.shown_name(exposure),
        node: lab.shown(socket.node.name).to_owned(),
        container: lab.shown_container(socket.node),
        host_name: exposures.shown_host_name(exposure),
        port: lab.shown_port(socket).into_owned(),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
pub(super) fn type_word<S: Serializer>(socket_type: &SocketType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(socket_type.word())
}

pub(super) fn audience_words<S: Serializer>(audience: &Audience, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(audience)
}
