//! A lab that is compiled: what is to be written, and what comes after that.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::{Streams, hand_over, node_record, state};
use crate::emit::folder::Output;
use crate::plan::Plan;
use crate::provider::Capabilities;
use crate::render::next_steps::{self, NodeSteps};

/// A lab whose files are to be written.
pub(super) struct Ready {
    pub(super) plan: Plan,
    pub(super) provider: &'static Capabilities,
    /// The topology that containerlab deploys.
    pub(super) topology: PathBuf,
    /// It has keys that current containerlab rejects.
    pub(super) is_rejected: bool,
    /// Files that somebody edited are overwritten.
    pub(super) force: bool,
    /// Where scripts keep the state of open tunnels.
    pub(super) state: Option<PathBuf>,
    pub(super) files: Files,
}

/// What was generated.
pub(super) struct Files {
    pub(super) output: Output,
    /// The names of the documents that say how the other end of the tunnels must be set up.
    pub(super) documents: Vec<String>,
    /// The node of the tunnels, if there is one.
    pub(super) node: Option<NodeFiles>,
    /// The document that says how to run the tunnels in a cluster, if there is one.
    pub(super) cluster: Option<String>,
}

/// The node of the tunnels, in a copy that is to be written.
pub(super) struct NodeFiles {
    /// What to know before the copy is deployed.
    pub(super) steps: NodeSteps,
    /// The name of the node's container.
    pub(super) container: String,
}

/// A lab whose files were written.
pub(super) struct Written {
    /// The directory of the files.
    pub(super) folder: PathBuf,
    /// What to run next, in words; empty if the tunnels cannot be opened.
    pub(super) next_steps: String,
    /// What to know before a copy with a node of the tunnels is deployed; empty without one.
    pub(super) before_deploy: String,
}

impl Ready {
    /// The directory of the files.
    pub(super) fn folder(&self) -> &Path {
        self.files.output.folder()
    }

    /// The text of a file that is to be in that directory.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files.output.text(name)
    }

    /// Whether the provider's tunnels can be opened: its service is not shut down.
    pub(super) fn is_alive(&self) -> bool {
        self.provider.about.shut_down.is_none()
    }

    /// Whether the client runs as a node of the topology.
    pub(super) fn is_node(&self) -> bool {
        self.files.node.is_some()
    }

    /// Writes the files.
    pub(super) fn write(&self, streams: &mut Streams<'_>) -> Result<Written, Failure> {
        let Files { output, documents, node, cluster } = &self.files;
        hand_over::write(output, self.force, self.provider, streams)?;
        let folder = output.folder().to_owned();
        state::trust(self.state.as_deref(), &folder)?;
        node_record::keep(self.state.as_deref(), &folder, node.as_ref().map(|node| node.container.as_str()))?;
        let topology = (self.topology.as_path(), self.is_rejected);
        let next_steps = if self.is_alive() {
            next_steps::text(
                topology,
                &folder,
                (documents, node.as_ref().map(|node| &node.steps), cluster.as_deref()),
                &self.plan,
            )
        } else {
            String::new()
        };
        let before_deploy = node.as_ref().map(|node| node.steps.before_deploy(&folder)).unwrap_or_default();
        Ok(Written { folder, next_steps, before_deploy })
    }
}
