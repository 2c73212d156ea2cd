use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use crate::resolve::{Lab, Standing};

/// Random in each run: nobody can write two names that are taken for one.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The names that the DNS of a lab's management network answers with containers of the lab. A lab can have 200,000 nodes whose names
/// are long: only a digest of each is kept.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// In order.
    digests: Vec<u64>,
}

impl Claims {
    /// Docker answers the name of a container, its aliases, and, since version 25, its hostname (`buildEndpointDNSNames` in
    /// `daemon/container_operations.go`), in upper and lower case. containerlab uses the node's name as the hostname (`Hostname`
    /// in `runtime/docker/docker.go`). As in `name-not-resolvable`, aliases of every level count.
    pub(crate) fn new(lab: &Lab<'_>) -> Self {
        let nodes = lab.nodes.iter().filter(|node| node.standing != Standing::NoContainer);
        let names = nodes.flat_map(|node| [Self::digest(lab.container(node)), Self::digest(node.name.value)]);
        let aliases = lab.topology.dns_aliases.iter().map(|alias| Self::digest(alias.value));
        let mut digests: Vec<u64> = names.chain(aliases).collect();
        digests.sort_unstable();
        digests.dedup();
        Self { digests }
    }

    /// Adds the names of another part of the same lab.
    pub(crate) fn add(&mut self, other: Self) {
        self.digests.extend(other.digests);
        self.digests.sort_unstable();
        self.digests.dedup();
    }

    /// What is kept of a name in this run.
    pub(crate) fn digest(name: &str) -> u64 {
        HASHER.hash_one(name.to_ascii_lowercase())
    }

    /// What is kept of each.
    pub(crate) fn digests(&self) -> &[u64] {
        &self.digests
    }

    /// Whether the name with this digest is among them.
    pub(crate) fn has(&self, digest: u64) -> bool {
        self.digests.binary_search(&digest).is_ok()
    }
}
