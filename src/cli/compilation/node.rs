//! The tunnel client as a node of the topology (spec/node.md#the-node): where the copy with that node is, and what is in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ready::NodeFiles;
use crate::cli::client_settings::{ClientOptions, OutputPaths, absolute};
use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::cli::settings::EffectiveSettings;
use crate::cli::topology_file::TopologyFile;
use crate::emit;
use crate::emit::node::NodeName;
use crate::pipeline::Settings;
use crate::plan::Plan;
use crate::providers::{self, Artifact, ClientContainer, Provider, Refusal, Request, TunnelNode};
use crate::render::next_steps::{Confirmed, NodeSteps};
use crate::text::Environment;

/// Where the copy of the topology with the node is.
pub(in crate::cli) struct NodePlace {
    /// The path from its directory to that of the topology; empty if they are the same.
    moved: String,
    /// Its directory, absolute.
    folder: PathBuf,
    /// Its name.
    name: String,
}

/// A node whose client is known.
pub(in crate::cli) struct ReadyNode<'n> {
    place: &'n NodePlace,
    name: &'n NodeName,
    client: ClientContainer,
    /// The path of the copy, seen from the output directory.
    topology: String,
    /// The path of the output directory, seen from that of the copy.
    output: String,
    /// The output directory, absolute.
    output_folder: PathBuf,
}

impl NodePlace {
    /// The place for a lab that is called by `lab`; none if its client is not to run as a node. With an entries file, nothing is written
    /// next to the topology.
    pub(in crate::cli) fn of(
        options: &ClientOptions,
        wanted: &EffectiveSettings,
        lab: &TopologyFile,
        topology: &Path,
    ) -> Result<Option<Self>, Failure> {
        if !options.is_node(wanted) {
            return Ok(None);
        }
        let folder = absolute(&lab.folder)?;
        let of_topology = absolute(topology.parent().unwrap_or(Path::new("")))?;
        let moved = paths::seen_from(&folder, &of_topology).to_string_lossy().into_owned();
        // containerlab follows `..` in the text of a path, and not on disk.
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        if !moved.is_empty() && real(&paths::plain(&given_folder(lab)?.join(&moved))) != real(&of_topology) {
            let words = "a symbolic link is between the directories of the topology and of its entries, so containerlab would not find the topology's files; use their real paths";
            return Err(Failure::Refused(Refusal(words.to_owned())));
        }
        if folder.to_string_lossy().contains(':') {
            let words =
                "the path of the directory of the copy must not contain `:`, at which Docker splits what it mounts";
            return Err(Failure::Refused(Refusal(words.to_owned())));
        }
        if moved.contains([':', '$']) || moved.contains("{{") {
            let words = "the path from the entries file to the topology must not contain `:`, `$`, or `{{`, which mean something else to containerlab";
            return Err(Failure::Refused(Refusal(words.to_owned())));
        }
        Ok(Some(Self { moved, folder, name: lab.deploy_name() }))
    }

    /// The same settings, for a topology whose copy gets a node.
    pub(in crate::cli) fn settings(&self, wanted: EffectiveSettings) -> EffectiveSettings {
        let settings = Settings { node: Some(self.moved.clone()), ..Settings::clone(&wanted.settings) };
        EffectiveSettings { settings: Arc::new(settings), ..wanted }
    }

    /// The node of this name, with the client of the request.
    pub(in crate::cli) fn ready<'n>(
        &'n self,
        name: &'n NodeName,
        (provider, request): (&dyn Provider, &Request<'_>),
        output_paths: &OutputPaths,
    ) -> Result<ReadyNode<'n>, Failure> {
        let plan = request.plan.published();
        let client = provider.client_container(&Request { plan: &plan, ..*request }).map_err(Failure::Refused)?;
        let seen = |folder: &Path, file: &Path| paths::seen_from(folder, file).to_string_lossy().into_owned();
        let topology = seen(&output_paths.folder, &self.folder.join(&self.name));
        let output = match seen(&self.folder, &output_paths.folder) {
            // Without a slash, it would be a volume.
            here if here.is_empty() => ".".to_owned(),
            output => output,
        };
        let output_folder = output_paths.folder.clone();
        Ok(ReadyNode { place: self, name, client, topology, output, output_folder })
    }
}

/// The directory of a lab's file as it was given, absolute.
fn given_folder(lab: &TopologyFile) -> Result<PathBuf, Failure> {
    let folder = if lab.folder.as_os_str().is_empty() { Path::new(".") } else { &lab.folder };
    std::path::absolute(folder).map_err(|error| Failure::Unreadable { name: lab.shown.clone(), error })
}

impl ReadyNode<'_> {
    /// The node, for the files of the provider.
    pub(in crate::cli) fn node(&self) -> TunnelNode<'_> {
        TunnelNode {
            name: &self.name.name,
            container: &self.name.container,
            topology: &self.topology,
            client: &self.client,
        }
    }

    /// A topology with the node. It is the `first` node to be inserted, or `text` has those of other providers. `artifacts` are the files
    /// that it mounts.
    pub(in crate::cli) fn copy(
        &self,
        text: &str,
        first: bool,
        (plan, artifacts): (&Plan, &[Artifact]),
        environment: &Environment,
    ) -> Result<String, Failure> {
        let digest = providers::node::digest(&self.client, artifacts);
        let seen = |path: &str| {
            if paths::is_fixed(path) {
                return path.to_owned();
            }
            let seen = paths::seen_from(&self.place.folder, &self.output_folder.join(path));
            let seen = seen.to_string_lossy().into_owned();
            // containerlab would take it for a home directory.
            if seen.starts_with('~') { format!("./{seen}") } else { seen }
        };
        let node = providers::node::definition(&self.node(), plan, &digest, &self.output, seen);
        let node = node.map_err(Failure::Refused)?;
        let name = self.name.name.as_str();
        let head = [format!(
            "For containerlab {} or newer: the node {name} opens the tunnels. Generated by publish-plan. Do not edit.",
            self.client.least()
        )];
        // Paths are made to lead to the same files once.
        let moved = if first { self.place.moved.as_str() } else { "" };
        emit::node::insert(text, (name, &node), &head, moved, environment).ok_or_else(|| {
            Failure::Refused(Refusal(format!(
                "the node of the tunnels cannot be inserted into {} without changing something else; write each of its nodes on lines of its own",
                self.place.name
            )))
        })
    }

    /// What to know before the copy is deployed. Secrets are looked for, because containerlab does not deploy without them.
    pub(in crate::cli) fn files(&self, home: Option<&Path>) -> NodeFiles {
        let secrets = self.client.secrets.iter().filter(|secret| {
            let path = match (secret.path.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => home.join(rest),
                // The directory need not exist yet.
                _ => paths::plain(&self.output_folder.join(&secret.path)),
            };
            !path.is_file()
        });
        let steps = NodeSteps {
            least: self.client.least(),
            built: self.client.is_built.then(|| self.client.image.clone()),
            confirmation: self.client.confirmation.as_ref().map(|confirmation| Confirmed {
                assignment: format!("{}={}", confirmation.variable, confirmation.digest),
                what: confirmation.what,
            }),
            missing: secrets.map(|secret| secret.path.clone()).collect(),
        };
        NodeFiles { steps, container: self.name.container.clone() }
    }
}
