//! Takes a [`Lab`] and the capabilities of a provider. Gives a [`Plan`]: a row a socket, in the order of nodes in the file,
//! then of entries, with its audience in words. The same lab gives the same plan.

mod socket;

use std::collections::HashMap;

use serde::Serialize;

pub use socket::{Origin, PlannedSocket};

use crate::base::AccountClass;
use crate::capability::{Capabilities, Limit};
use crate::resolve::Lab;

/// The version of the plan's JSON form; it grows when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// Everything that would be published. The form is schemas/plan.schema.json.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Always 1.
    pub version: u32,
    /// The lab's name; empty where it has none.
    pub lab: String,
    /// The provider; null where none is chosen.
    pub provider: Option<&'static str>,
    /// The sockets that can be opened as they are written.
    pub sockets: Vec<PlannedSocket>,
    /// What they take of an account.
    pub counts: Counts,
}

/// What the sockets of a plan take of an account.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// tcp, tls, ssh and udp.
    pub tcp: Count,
    /// http and https.
    pub http: Count,
}

/// Of one class.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Count {
    /// How many sockets the plan has.
    pub used: usize,
    /// How many there may be; null where there is no limit.
    pub limit: Option<usize>,
}

/// Plans the healthy sockets of a lab: those the provider takes as they are written, under a name that is theirs alone.
/// What is left out has a finding that says why.
pub(crate) fn plan(lab: &Lab<'_>, capabilities: &Capabilities, limit: impl Fn(AccountClass) -> Option<Limit>) -> Plan {
    let mut sockets: Vec<PlannedSocket> =
        lab.sockets().filter_map(|socket| socket::planned(lab, capabilities, &socket)).collect();
    let mut names: HashMap<String, usize> = HashMap::new();
    for socket in &sockets {
        *names.entry(socket.name.clone()).or_default() += 1;
    }
    // Which of two sockets of one name was meant, nobody knows: neither is opened.
    sockets.retain(|socket| names.get(&socket.name) == Some(&1));
    let count = |class| Count {
        used: sockets.iter().filter(|socket| socket.account_class() == class).count(),
        limit: limit(class).map(|limit| limit.most),
    };
    let counts = Counts { tcp: count(AccountClass::Tcp), http: count(AccountClass::Http) };
    Plan { version: VERSION, lab: lab.name().to_owned(), provider: capabilities.name, sockets, counts }
}
