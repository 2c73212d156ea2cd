//! Addresses that led to one socket and now lead to another: a bookmark, or a grant, would open something other than what it was
//! made for.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Plan, PlannedSocket};

/// Where visitors connect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Address {
    /// A port of the relay, or of the provider's node.
    RelayPort(u16),
    /// A hostname.
    HostName(String),
    /// A port of the visitor's own machine, while the visitor is logged in to the jump host.
    LocalPort(u16),
}

impl fmt::Display for Address {
    /// `port 20022`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RelayPort(port) => write!(formatter, "port {port}"),
            Self::HostName(name) => write!(formatter, "hostname {name}"),
            Self::LocalPort(port) => write!(formatter, "local port {port}"),
        }
    }
}

/// The socket that an address leads to. It counts as another one if the lab, the node, or its port differs; its name and its type
/// may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Led {
    /// The lab's name.
    pub(crate) lab: String,
    /// The node's name in the topology.
    pub(crate) node: String,
    /// The node's port.
    pub(crate) port: u16,
    /// The socket's name at the provider.
    pub(crate) socket: String,
}

impl Led {
    /// Whether both are the same port of the same node.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.lab, &self.node, self.port) == (&other.lab, &other.node, other.port)
    }
}

/// An address and what it leads to.
pub(crate) type Way = (Address, Led);

/// An address that led to one socket and leads to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rewired {
    /// Where visitors connect.
    #[serde(flatten)]
    pub(crate) address: Address,
    /// The socket before.
    pub(crate) before: Led,
    /// The socket now.
    pub(crate) after: Led,
}

/// The ways that lead elsewhere, in the order of the new ones.
#[must_use]
pub(crate) fn rewired(before: &[Way], after: &[Way]) -> Vec<Rewired> {
    let mut led: HashMap<&Address, Vec<&Led>> = HashMap::new();
    for (address, socket) in before {
        led.entry(address).or_default().push(socket);
    }
    let mut rewired = Vec::new();
    for (address, after) in after {
        let other = led.get(address).and_then(|led| led.iter().find(|before| !before.is_same(after)));
        if let Some(before) = other {
            rewired.push(Rewired { address: address.clone(), before: (*before).clone(), after: after.clone() });
        }
    }
    rewired
}

/// The fields of a plan.json that say where its addresses lead. Other fields are not read.
#[derive(Debug, Deserialize)]
pub(crate) struct WrittenPlan {
    version: u32,
    lab: String,
    sockets: Vec<WrittenSocket>,
}

#[derive(Debug, Deserialize)]
struct WrittenSocket {
    name: String,
    node: String,
    port: u16,
    #[serde(rename = "relay_port")]
    public_port: Option<u16>,
    host_name: Option<String>,
    through: Option<WrittenThrough>,
}

#[derive(Debug, Deserialize)]
struct WrittenThrough {
    local_port: Option<u16>,
}

impl WrittenPlan {
    /// The addresses of the text of a plan.json.
    ///
    /// # Errors
    /// Why it is not one, in words.
    pub(crate) fn ways(text: &str) -> Result<Vec<Way>, String> {
        let plan: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if ![super::VERSION, super::VERSION_OF_SEVERAL].contains(&plan.version) {
            let known = format!("{} or {}", super::VERSION, super::VERSION_OF_SEVERAL);
            return Err(format!("expected version {known}, found version {}", plan.version));
        }
        let ways = plan.sockets.into_iter().flat_map(|socket| {
            let local_port = socket.through.and_then(|through| through.local_port);
            let led = Led { lab: plan.lab.clone(), node: socket.node, port: socket.port, socket: socket.name };
            addresses(socket.public_port, socket.host_name, local_port).map(move |address| (address, led.clone()))
        });
        Ok(ways.collect())
    }
}

impl Plan {
    /// The sockets that its addresses lead to.
    #[must_use]
    pub(crate) fn ways(&self) -> Vec<Way> {
        self.sockets.iter().flat_map(|socket| self.ways_of(socket)).collect()
    }

    /// The addresses of one of its sockets, and what they lead to.
    pub(crate) fn ways_of(&self, socket: &PlannedSocket) -> impl Iterator<Item = Way> + use<> {
        let led =
            Led { lab: self.lab.clone(), node: socket.node.clone(), port: socket.port, socket: socket.name.clone() };
        socket.addresses().map(move |address| (address, led.clone()))
    }
}

impl PlannedSocket {
    /// Where visitors connect, as far as it is known before anything runs.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Address> + use<> {
        let local_port = self.through.as_ref().and_then(|through| through.local_port);
        addresses(self.public_port, self.host_name.clone(), local_port)
    }
}

fn addresses(
    public_port: Option<u16>,
    host_name: Option<String>,
    local_port: Option<u16>,
) -> impl Iterator<Item = Address> {
    let ports = [public_port.map(Address::RelayPort), local_port.map(Address::LocalPort)];
    ports.into_iter().flatten().chain(host_name.map(Address::HostName))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(port: u16, lab: &str, node: &str, target: u16) -> Way {
        let led =
            Led { lab: lab.to_owned(), node: node.to_owned(), port: target, socket: format!("{node}-tcp-{target}") };
        (Address::RelayPort(port), led)
    }

    #[test]
    fn an_address_that_leads_elsewhere_is_found() {
        let before = [way(1, "l", "r1", 22), way(2, "l", "r2", 22)];
        let found = |after: &[Way]| {
            let found = rewired(&before, after);
            found.into_iter().map(|one| (one.address, one.before.node, one.after.node)).collect::<Vec<_>>()
        };
        assert_eq!(found(&before), []);
        // It moved to an address that was free, or is gone: the old address leads nowhere.
        assert_eq!(found(&[way(3, "l", "r1", 22)]), []);
        assert_eq!(found(&[]), []);
        let port = Address::RelayPort;
        assert_eq!(found(&[way(2, "l", "r1", 22)]), [(port(2), "r2".to_owned(), "r1".to_owned())]);
        assert_eq!(found(&[way(1, "l", "r1", 23)]), [(port(1), "r1".to_owned(), "r1".to_owned())]);
        assert_eq!(found(&[way(1, "other", "r1", 22)]).len(), 1);
        // A port of the relay is not one of the visitor's machine.
        let (_, led) = way(1, "l", "r2", 22);
        assert_eq!(found(&[(Address::LocalPort(1), led)]), []);
    }

    #[test]
    fn a_written_plan_is_read_as_it_was_made() {
        let text = r#"{"version":1,"lab":"l","provider":"ssh","sockets":[
            {"name":"a","node":"r1","port":22,"relay_port":20001,"acl":{}},
            {"name":"b","node":"r2","port":80,"host_name":"r2.example.net"},
            {"name":"c","node":"r3","port":80,"through":{"jump_host":"r1","local_port":20003}},
            {"name":"d","node":"r4","port":22,"through":{"jump_host":"r1"}}],"counts":{}}"#;
        let addresses: Vec<String> =
            WrittenPlan::ways(text).unwrap().into_iter().map(|(address, _)| address.to_string()).collect();
        assert_eq!(addresses, ["port 20001", "hostname r2.example.net", "local port 20003"]);
        for (wrong, why) in [
            ("", "EOF while parsing a value"),
            ("{}", "missing field"),
            (&text.replace("\"version\":1", "\"version\":3"), "expected version 1 or 2, found version 3"),
            (&text.replace("20001", "70000"), "invalid value"),
        ] {
            let told = WrittenPlan::ways(wrong).unwrap_err();
            assert!(told.starts_with(why), "{told}");
        }
    }
}
