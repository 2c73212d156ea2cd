//! Which providers the sockets of a lab go to, if there is more than one (spec/providers.md#several-providers-in-one-lab).

use std::fmt;
use std::str::FromStr;

use super::Capabilities;
use crate::base::SocketType;

/// How sockets are distributed over several providers.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    /// A socket that no route fits goes to the first of these that can open it.
    pub order: Vec<&'static Capabilities>,
    /// In the order of the settings.
    pub routes: Vec<Route>,
}

/// The providers that some sockets go to, whatever the order is.
#[derive(Clone, Debug)]
pub struct Route {
    /// Which sockets.
    pub fits: Fit,
    /// To each of these providers.
    pub to: Vec<&'static Capabilities>,
}

/// Which sockets a route is for: `type:http`, `node:leaf*`, or `socket:clab-lab-r1-ssh-22`, the name that the socket gets at the route's
/// provider. A `*` stands for any characters, also for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Those of a type, as it is written.
    Type(SocketType),
    /// Those of nodes with these names.
    Node(Pattern),
    /// Those with these names.
    Socket(Pattern),
}

/// A name in which a `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text says for no sockets what their route is: what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFit {
    /// It has another beginning.
    #[error("expected `type:`, `node:`, or `socket:`, and a name right after it")]
    Kind,
    /// There is no such type.
    #[error("expected one of {all}", all = types())]
    Type(String),
}

fn types() -> String {
    SocketType::ALL.map(|one| format!("`type:{one}`")).join(", ")
}

impl Routing {
    /// Every provider that sockets might go to, each once: first those of the order.
    pub(crate) fn providers(&self) -> Vec<&'static Capabilities> {
        let mut all: Vec<&'static Capabilities> = Vec::new();
        for provider in self.order.iter().chain(self.routes.iter().flat_map(|route| &route.to)) {
            if all.iter().all(|known| known.name != provider.name) {
                all.push(provider);
            }
        }
        all
    }
}

impl Fit {
    /// What a text for it looks like, as an ECMA 262 regular expression.
    pub(crate) const PATTERN: &str = "^(type:(http|https|ssh|tcp|tls|udp)|(node|socket):.+)$";

    /// How narrow its kind is: a route for a socket wins over one for its node, and that over one for its type.
    pub(crate) fn rank(&self) -> usize {
        match self {
            Self::Type(_) => 0,
            Self::Node(_) => 1,
            Self::Socket(_) => 2,
        }
    }
}

impl FromStr for Fit {
    type Err = InvalidFit;

    fn from_str(text: &str) -> Result<Self, InvalidFit> {
        let (kind, name) = text
            .split_once(':')
            .filter(|(_, name)| !name.is_empty() && name.trim() == *name)
            .ok_or(InvalidFit::Kind)?;
        match kind {
            "type" => {
                let found = SocketType::ALL.into_iter().find(|one| one.word() == name);
                found.map(Self::Type).ok_or_else(|| InvalidFit::Type(name.to_owned()))
            }
            "node" => Ok(Self::Node(Pattern(name.to_owned()))),
            "socket" => Ok(Self::Socket(Pattern(name.to_owned()))),
            _ => Err(InvalidFit::Kind),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(socket_type) => write!(formatter, "type:{socket_type}"),
            Self::Node(Pattern(name)) => write!(formatter, "node:{name}"),
            Self::Socket(Pattern(name)) => write!(formatter, "socket:{name}"),
        }
    }
}

impl Pattern {
    /// Whether a name is one of these.
    pub(crate) fn fits(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().expect("a text has a part before its first star");
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let fits = |pattern: &str, name: &str| Pattern(pattern.to_owned()).fits(name);
        for (pattern, name, expected) in [
            ("leaf1", "leaf1", true),
            ("leaf1", "leaf12", false),
            ("leaf*", "leaf", true),
            ("leaf*", "leaf12", true),
            ("*1", "leaf1", true),
            ("*1", "leaf12", false),
            ("l*f*1", "leaf1", true),
            ("l*f*1", "lf1", true),
            ("l*f*1", "leaf12", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("**", "r", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_route_is_for_a_type_a_node_or_a_socket() {
        assert_eq!("type:http".parse(), Ok(Fit::Type(SocketType::Http)));
        for text in ["type:ssh", "node:leaf*", "node:a:b", "socket:clab-l-r1-ssh-22"] {
            assert_eq!(text.parse::<Fit>().map(|fit| fit.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("type:htp".parse::<Fit>(), Err(InvalidFit::Type("htp".to_owned())));
        for text in ["http", "node:", "node: r1", "kind:linux", ""] {
            assert_eq!(text.parse::<Fit>(), Err(InvalidFit::Kind), "{text}");
        }
        let narrowest = ["type:http", "node:r1", "socket:s"].map(|text| text.parse::<Fit>().map(|fit| fit.rank()));
        assert_eq!(narrowest, [Ok(0), Ok(1), Ok(2)]);
    }
}
