//! A lab that is compiled: what is to be written, and what comes after that.

use std::path::{Path, PathBuf};

use super::hand_over;
use super::retire::Retiring;
use crate::cli::failure::Failure;
use crate::cli::{Streams, script_record, state};
use crate::emit::folder::Output;
use crate::plan::Plan;
use crate::provider::Capabilities;
use crate::render::next_steps::{self, NextSteps, NodeSteps};

/// A lab whose files are to be written.
pub(in crate::cli) struct Ready {
    /// That of the whole lab.
    pub(in crate::cli) plan: Plan,
    /// The files of each provider, in the order of the settings.
    pub(in crate::cli) parts: Vec<PartFiles>,
    /// What is above them, if there are several.
    pub(in crate::cli) above: Option<Output>,
    /// What earlier runs wrote into directories that are not written now.
    pub(in crate::cli) abandoned: Vec<Retiring>,
    /// The name of the copy for containerlab.
    pub(in crate::cli) deploy_name: String,
    /// The topology that containerlab deploys.
    pub(in crate::cli) topology: PathBuf,
    /// It has keys that current containerlab rejects.
    pub(in crate::cli) is_rejected: bool,
    /// Files that somebody edited are overwritten.
    pub(in crate::cli) force: bool,
    /// Where scripts keep the state of open tunnels.
    pub(in crate::cli) state: Option<PathBuf>,
}

/// The files of one provider.
pub(in crate::cli) struct PartFiles {
    /// What it opens.
    pub(in crate::cli) plan: Plan,
    pub(in crate::cli) provider: &'static Capabilities,
    pub(in crate::cli) output: Output,
    /// The names of the documents that say how the other end of the tunnels must be set up.
    pub(in crate::cli) documents: Vec<String>,
    /// The node of the tunnels, if there is one.
    pub(in crate::cli) node: Option<NodeFiles>,
    /// The document that says how to run the tunnels in a cluster, if there is one.
    pub(in crate::cli) cluster: Option<String>,
}

/// The node of the tunnels, in a copy that is to be written.
pub(in crate::cli) struct NodeFiles {
    /// What to know before the copy is deployed.
    pub(in crate::cli) steps: NodeSteps,
    /// The name of the node's container.
    pub(in crate::cli) container: String,
}

/// A lab whose files were written.
pub(in crate::cli) struct Written {
    /// The directory of the files.
    pub(in crate::cli) folder: PathBuf,
    /// What to run next, in words; empty if the tunnels cannot be opened.
    pub(in crate::cli) next_steps: String,
    /// What to know before a copy with a node of the tunnels is deployed; empty without one.
    pub(in crate::cli) before_deploy: String,
}

impl PartFiles {
    /// The provider's name.
    pub(in crate::cli) fn name(&self) -> &'static str {
        self.provider.name.expect("sockets are opened by a provider that has a name")
    }
}

impl Ready {
    /// The files that belong together, first those above the others.
    pub(in crate::cli) fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.above.iter().chain(self.parts.iter().map(|part| &part.output))
    }

    /// Those with the script of the lab.
    fn main(&self) -> &Output {
        self.outputs().next().expect("a plan with sockets has a provider")
    }

    /// The directory of the files.
    pub(in crate::cli) fn folder(&self) -> &Path {
        self.main().folder()
    }

    /// The text of a file that is to be in that directory, or below it.
    pub(in crate::cli) fn text(&self, name: &str) -> Option<&str> {
        let below = |part: &'_ &PartFiles| self.above.is_some() && name.starts_with(&format!("{}/", part.name()));
        match self.parts.iter().find(below) {
            Some(part) => part.output.text(&name[part.name().len() + 1..]),
            None => self.main().text(name),
        }
    }

    /// The paths of all files from that directory, in their order.
    pub(in crate::cli) fn names(&self) -> Vec<String> {
        let below = |part: &PartFiles| -> Vec<String> {
            part.output.names().iter().map(|name| self.below(part, name)).collect()
        };
        self.above.iter().flat_map(Output::names).chain(self.parts.iter().flat_map(below)).collect()
    }

    /// The path of a provider's file from that directory.
    fn below(&self, part: &PartFiles, name: &str) -> String {
        if self.above.is_some() { format!("{}/{name}", part.name()) } else { name.to_owned() }
    }

    /// What is wrong with `--only`, if it names a provider that opens nothing of this lab.
    pub(in crate::cli) fn no_provider(&self, only: &[String]) -> Option<Failure> {
        let names: Vec<&'static str> = self.parts.iter().map(PartFiles::name).collect();
        let other = only.iter().find(|name| !names.contains(&name.as_str()))?;
        Some(Failure::NotAProviderOfTheLab { name: other.clone(), names })
    }

    /// Whether the tunnels can be opened: no provider's service is shut down.
    pub(in crate::cli) fn is_alive(&self) -> bool {
        self.parts.iter().all(|part| part.provider.about.shut_down.is_none())
    }

    /// Whether the clients run as nodes of the topology.
    pub(in crate::cli) fn is_node(&self) -> bool {
        self.parts.iter().any(|part| part.node.is_some())
    }

    /// Writes the files.
    pub(in crate::cli) fn write(&self, streams: &mut Streams<'_>) -> Result<Written, Failure> {
        hand_over::write(self, streams)?;
        let state = self.state.as_deref();
        for part in &self.parts {
            let folder = part.output.folder();
            state::trust(state, folder)?;
            script_record::keep_node(state, folder, part.node.as_ref().map(|node| node.container.as_str()))?;
        }
        for retiring in &self.abandoned {
            script_record::keep_node(state, retiring.folder(), None)?;
        }
        let folder = self.folder().to_owned();
        if self.above.is_some() {
            script_record::keep_node(state, &folder, None)?;
        }
        script_record::keep_several(state, &folder, self.above.is_some())?;
        let next_steps = if self.is_alive() { self.next_steps(&folder) } else { String::new() };
        let nodes = self.parts.iter().filter_map(|part| Some((part, part.node.as_ref()?)));
        let before_deploy = nodes.map(|(part, node)| node.steps.before_deploy(part.output.folder())).collect();
        Ok(Written { folder, next_steps, before_deploy })
    }

    fn next_steps(&self, folder: &Path) -> String {
        let documents = self.parts.iter().flat_map(|part| part.documents.iter().map(|name| self.below(part, name)));
        let clusters = self.parts.iter().filter_map(|part| Some(self.below(part, part.cluster.as_ref()?)));
        let nodes = self.parts.iter().filter_map(|part| Some((part.output.folder(), &part.node.as_ref()?.steps)));
        next_steps::text(
            (&self.topology, self.is_rejected),
            folder,
            &NextSteps { documents: documents.collect(), clusters: clusters.collect(), nodes: nodes.collect() },
            &self.plan,
        )
    }
}
