//! Takes everything about a change of a repository. Gives a document for the people who review it. What could not be compared is
//! in it, and never counts as unchanged.

mod claims;
mod document;
mod maps;
mod remarks;
mod sheet;
mod words;

use std::path::PathBuf;

use super::map::Map;
use crate::plan::{Address, Comparison, Led};

pub(crate) use document::{documents, failed};

/// Everything about a change. Paths begin at the root of the repository.
#[derive(Default)]
pub(crate) struct Review {
    /// The commit that was compared; if it merges a change into the base, also the commit of that change.
    pub(crate) head: Vec<String>,
    /// The commit that it was compared with.
    pub(crate) base: String,
    /// The topologies with something to report, in the order of their paths.
    pub(crate) topologies: Vec<Reviewed>,
    /// The number of topologies with nothing to report.
    pub(crate) unchanged: usize,
    /// The number of files that cannot be read as topologies, neither before nor now.
    pub(crate) unreadable: usize,
    /// Links to directories that lead to other directories than before.
    pub(crate) moved: Vec<Moved>,
    /// Topologies that no longer exist, each with the number of sockets that it published, if it could be read.
    pub(crate) gone: Vec<(PathBuf, Option<usize>)>,
    /// Addresses that led into one topology and now lead into another.
    pub(crate) rewired: Vec<Rewired>,
    /// Container names that several topologies have, if a tunnel leads to one of them.
    pub(crate) claims: Vec<Claim>,
    /// Submodules at a different commit.
    pub(crate) submodules: Vec<PathBuf>,
    /// Topologies that a check of their directory skips now and did not before, each with the reason.
    pub(crate) left_out: Vec<(PathBuf, &'static str)>,
    /// Baselines with more findings than before.
    pub(crate) baselines: Vec<(PathBuf, Vec<Accepted>)>,
}

/// A topology with something to report.
pub(crate) struct Reviewed {
    pub(crate) path: PathBuf,
    /// Its path before, if it was renamed.
    pub(crate) was: Option<PathBuf>,
    /// Whether the file existed before.
    pub(crate) has_before: bool,
    pub(crate) told: Told,
}

/// What to report about a topology.
pub(crate) enum Told {
    /// It could not be compared, for this reason.
    NotCompared(String),
    Compared(Box<Compared>),
}

/// A topology that was compared.
pub(crate) struct Compared {
    pub(crate) comparison: Comparison,
    /// The new topology, with what changed.
    pub(crate) map: Map,
    /// The findings that stop `compile` now and did not before. Their entries are not in the comparison.
    pub(crate) stops: Vec<Found>,
    /// The findings that are ignored now and were not before.
    pub(crate) ignored: Vec<Found>,
}

impl Compared {
    /// Whether the change might let anyone in who could not get in before, or lead anyone elsewhere.
    pub(crate) fn is_wider(&self) -> bool {
        self.comparison.is_wider() || !self.stops.is_empty()
    }

    pub(crate) fn is_any(&self) -> bool {
        self.comparison.is_any() || !self.stops.is_empty() || !self.ignored.is_empty()
    }
}

/// A finding that is new with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) rule: &'static str,
    /// 1-based.
    pub(crate) line: usize,
    /// What ignores it, in words; empty if the finding stops `compile`.
    pub(crate) by: &'static str,
}

/// A finding that was added to a baseline.
pub(crate) struct Accepted {
    pub(crate) rule: String,
    /// Its file, relative to the directory of the baseline.
    pub(crate) file: String,
    /// The node, kind, or group that it is in: `nodes/r1`; empty if it is in none.
    pub(crate) node: String,
}

/// A link that leads to another directory than before, so that a path through it is another topology.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) link: PathBuf,
    pub(crate) before: PathBuf,
    pub(crate) after: PathBuf,
}

/// An address that led into one topology and now leads into another.
pub(crate) struct Rewired {
    pub(crate) address: Address,
    pub(crate) before: (PathBuf, Led),
    pub(crate) after: (PathBuf, Led),
}

/// Container names on a network that a topology has or leads to, and others too.
pub(crate) struct Claim {
    pub(crate) topology: PathBuf,
    /// True if the topology has the names now and tunnels of the others lead to them; false if its tunnels lead to the names now and
    /// the others have them.
    pub(crate) has_name: bool,
    /// One of the others, and the number of the rest.
    pub(crate) other: PathBuf,
    pub(crate) more: usize,
    pub(crate) network: String,
    pub(crate) names: Vec<String>,
}

impl Review {
    pub(crate) fn compared(&self) -> impl Iterator<Item = (&Reviewed, &Compared)> {
        self.topologies.iter().filter_map(|reviewed| match &reviewed.told {
            Told::Compared(compared) => Some((reviewed, &**compared)),
            Told::NotCompared(_) => None,
        })
    }

    pub(crate) fn not_compared(&self) -> impl Iterator<Item = (&Reviewed, &str)> {
        self.topologies.iter().filter_map(|reviewed| match &reviewed.told {
            Told::NotCompared(reason) => Some((reviewed, reason.as_str())),
            Told::Compared(_) => None,
        })
    }

    /// Whether the change might let anyone in who could not get in before, or lead anyone elsewhere.
    pub(crate) fn is_wider(&self) -> bool {
        self.compared().any(|(_, compared)| compared.is_wider())
            || !self.rewired.is_empty()
            || !self.claims.is_empty()
            || !self.moved.is_empty()
            || !self.submodules.is_empty()
    }

    /// Whether there is anything to report.
    pub(crate) fn is_any(&self) -> bool {
        !self.topologies.is_empty()
            || self.is_wider()
            || !(self.gone.is_empty() && self.left_out.is_empty() && self.baselines.is_empty())
    }
}
