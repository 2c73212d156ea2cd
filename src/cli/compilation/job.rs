//! One lab to compile: what it is read from, where its files go, and what must be so before they are written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::hand_over;
use super::node::NodePlace;
use super::output_folder::{inside, output_folder, output_paths, seen, settings, topology_folder};
use super::part::{Part, ProviderPlan};
use super::ready::Ready;
use super::retire::{self, Retiring};
use super::{above, port_changes};
use crate::base::Spelled;
use crate::cli::client_settings::{self, OutputPaths, absolute};
use crate::cli::compile_options::{LabOptions, Purpose};
use crate::cli::failure::Failure;
use crate::cli::flags::StdinOptions;
use crate::cli::given::{GivenLab, LabFlags};
use crate::cli::lab::Lab;
use crate::cli::other_labs::OtherLabs;
use crate::cli::settings::EffectiveSettings;
use crate::cli::topology_file::TopologyFile;
use crate::cli::{Exit, Streams, paths, state, tell};
use crate::emit::folder::{Destination, Output};
use crate::emit::manifest::{Digested, Sources};
use crate::pipeline::{Deploy, LabFiles};
use crate::plan::Plan;
use crate::provider::Capabilities;
use crate::providers::{self, Artifact, Folder, state_name};
use crate::render::Look;

/// One lab to compile.
pub(super) struct Job<'o> {
    pub(super) options: &'o LabOptions,
    pub(super) purpose: Purpose<'o>,
    /// The file that the lab is called by.
    pub(super) topology: TopologyFile,
    pub(super) files: LabFiles,
    pub(super) others: OtherLabs,
    /// The topology itself.
    pub(super) topology_path: PathBuf,
    /// The entries file, if there is one.
    pub(super) entries: Option<PathBuf>,
    pub(super) wanted: EffectiveSettings,
    /// How the clients run as nodes of the topology, if they do.
    pub(super) node: Option<NodePlace>,
    /// How findings look on standard error.
    pub(super) look: Look,
    /// The user's home directory, if there is one.
    pub(super) home: Option<PathBuf>,
    /// Where scripts keep the state of open tunnels.
    state: Option<PathBuf>,
}

/// Where some of the files go, and the directories that they see other files from.
pub(super) struct Place {
    pub(super) destination: Destination,
    pub(super) paths: OutputPaths,
}

impl<'o> Job<'o> {
    /// Reads the topology, and the settings that apply to it.
    pub(super) fn read(
        (options, purpose): (&'o LabOptions, Purpose<'o>),
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let look = tell::look(&options.common, &variables, streams);
        let home = variables.iter().find(|(name, home)| name == "HOME" && !home.is_empty());
        let home = home.map(|(_, home)| PathBuf::from(home));
        let state = state::folder(&variables);
        let path = options.topology.path(streams)?;
        if path.as_os_str() == "-" {
            return Err(Failure::NotAFile);
        }
        // What cannot be compiled because of its name is not read.
        TopologyFile::new(&path)?;
        let (LabOptions { common, entries, account, .. }, stdin) = (options, &StdinOptions::default());
        let flags = LabFlags { common, stdin, entries, account };
        let GivenLab { lab, others, wanted, .. } = GivenLab::read(&path, flags, variables, streams)?;
        let Lab { files, topology, entries } = lab;
        tell::settings(&wanted, None, streams)?;
        let topology_path = topology.expect("it is not on standard input");
        let topology = TopologyFile::new(entries.as_ref().unwrap_or(&topology_path))?;
        let node = NodePlace::of(&options.client_settings, &wanted, &topology, &topology_path)?;
        let wanted = match &node {
            None => wanted,
            Some(node) => node.settings(wanted),
        };
        Ok(Self { options, purpose, topology, files, others, topology_path, entries, wanted, node, look, home, state })
    }

    /// The directory of the topology itself.
    fn topology_folder(&self) -> &Path {
        self.topology_path.parent().unwrap_or(Path::new(""))
    }

    /// Whether a copy of the topology is written, and where: beside the topology, or with a node of the tunnels beside the entries file.
    fn twin_folder(&self) -> Option<&Path> {
        match (&self.entries, &self.node) {
            (None, _) => Some(self.topology_folder()),
            (Some(_), Some(_)) => Some(&self.topology.folder),
            (Some(_), None) => None,
        }
    }

    /// Whether nothing is written.
    pub(super) fn is_dry(&self) -> bool {
        matches!(self.purpose, Purpose::Compare(_) | Purpose::Look)
    }

    /// Whether the files are written, not shown or compared.
    fn is_written(&self) -> bool {
        matches!(self.purpose, Purpose::Write)
    }

    /// Where the files of the lab go, or those of one of several providers.
    pub(super) fn place(&self, provider: Option<&str>) -> Result<Place, Failure> {
        let output = output_folder(self.options.output.as_deref(), &self.topology)?;
        let output = provider.map_or_else(|| output.clone(), |provider| inside(&output, provider));
        let paths = output_paths(&output, self.topology_folder(), self.home.clone())?;
        let source = seen(&self.topology_path, &[], &paths)?.name;
        let twin = self.twin_folder().unwrap_or_else(|| self.topology_folder());
        Ok(Place { destination: Destination { source, topology: topology_folder(twin), output }, paths })
    }

    /// What some of the files are made from.
    pub(super) fn sources(&self, place: &Place) -> Result<Sources, Failure> {
        let entries = self.entries.as_deref().zip(self.files.entries.as_ref());
        Ok(Sources {
            topology: Digested::new(&place.destination.source, &self.files.topology.bytes),
            entries: entries.map(|(path, file)| seen(path, &file.bytes, &place.paths)).transpose()?,
            settings: settings(&self.wanted, &place.paths)?,
        })
    }

    /// What earlier runs for this lab may have written that this one does not: the directories of all providers but those that are
    /// `kept`.
    fn abandoned(&self, kept: &[&str]) -> Result<Vec<Retiring>, Failure> {
        let mut abandoned = Vec::new();
        for provider in providers::capabilities().iter().filter_map(|provider| provider.name) {
            if kept.contains(&provider) {
                continue;
            }
            let destination = self.place(Some(provider))?.destination;
            let retiring = Retiring { destination, provider: Some(provider) };
            if retiring.is_there(&self.topology.deploy_name())? {
                abandoned.push(retiring);
            }
        }
        Ok(abandoned)
    }

    /// Removes what an earlier run wrote, because the topology publishes nothing now.
    pub(super) fn retire(&self, plan: Plan, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        if let Purpose::Print(_) = self.purpose {
            return Err(Failure::NothingPublished { name: self.topology.shown.clone() });
        }
        let lab = Spelled { value: plan.lab, shown: plan.shown_lab };
        let whole = Retiring { destination: self.place(None)?.destination, provider: None };
        let all: Vec<Retiring> = std::iter::once(whole).chain(self.abandoned(&[])?).collect();
        for folder in all.iter().map(Retiring::folder).filter(|_| self.is_written()) {
            if retire::refuse_another_node(self.state.as_deref(), folder, None, self.options.force, streams)? {
                return Ok(Exit::Findings);
            }
        }
        retire::run((&self.topology, &lab), &all, self.state.as_deref(), self.is_dry(), streams)
    }

    /// Applies the flags that plans do not know, after it checked those that would have no effect, and makes a plan independent of the
    /// current directory.
    pub(super) fn complete(&self, plan: &mut Plan, parts: &[ProviderPlan]) -> Result<(), Failure> {
        for address in &self.options.account.address {
            if plan.sockets.iter().all(|socket| socket.node != address.node) {
                return Err(Failure::NoSuchNode { node: address.node.clone() });
            }
        }
        let providers: Vec<&'static Capabilities> = parts.iter().map(|part| part.provider.capabilities()).collect();
        client_settings::check(&self.options.client_settings, &providers, plan)?;
        let of = |provider: &&'static Capabilities| (provider.title(), self.wanted.of(provider), *provider);
        let of_each: Vec<_> = providers.iter().map(of).collect();
        client_settings::refuse_shared_secret(&self.options.client_settings, &of_each, self.home.as_deref())?;
        self.place_origins(plan)
    }

    /// Names origins relative to the lab's directory, so that the output does not depend on the current directory.
    pub(super) fn place_origins(&self, plan: &mut Plan) -> Result<(), Failure> {
        let folder = absolute(&self.topology.folder)?;
        let mut seen: HashMap<String, String> = HashMap::new();
        for socket in &mut plan.sockets {
            let file = std::mem::take(&mut socket.origin.file);
            if !seen.contains_key(&file) {
                let path = paths::seen_from(&folder, &absolute(Path::new(&file))?);
                seen.insert(file.clone(), path.to_string_lossy().into_owned());
            }
            socket.origin.file.clone_from(&seen[&file]);
        }
        Ok(())
    }

    /// Generates the files of all providers, and what is common to them.
    pub(super) fn ready(
        &self,
        plan: Plan,
        parts: Vec<ProviderPlan>,
        deploy: &Deploy,
        streams: &mut Streams<'_>,
    ) -> Result<Ready, Failure> {
        let is_part = parts.len() > 1;
        let mut generated = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            let node = if let Deploy::WithNode(_, nodes) = deploy { Some(&nodes[index]) } else { None };
            generated.push(Part::new(self, part, is_part, node, streams)?);
        }
        for (index, part) in generated.iter().enumerate() {
            let others = generated.iter().enumerate().filter(|(other, _)| *other != index);
            others.map(|(_, other)| other).try_for_each(|other| part.refuse_on_one_host(other))?;
        }
        let copy = self.copy(&generated, deploy)?;
        let (parts, above) = if is_part {
            let parts = generated.into_iter().map(|part| part.files(None, self.home.as_deref()));
            let parts = parts.collect::<Result<Vec<_>, _>>()?;
            let above = above::output(self, &plan, &parts, copy)?;
            (parts, Some(above))
        } else {
            let part = generated.pop().expect("a plan with sockets has a provider");
            (vec![part.files(copy, self.home.as_deref())?], None)
        };
        let kept: Vec<&str> = parts.iter().filter_map(|part| part.provider.name.filter(|_| is_part)).collect();
        let deployed = self.topology.folder.join(self.topology.deploy_name());
        Ok(Ready {
            abandoned: self.abandoned(&kept)?,
            deploy_name: self.topology.deploy_name(),
            plan,
            parts,
            above,
            topology: if self.twin_folder().is_some() { deployed } else { self.topology_path.clone() },
            // Nothing is written beside the topology of others.
            is_rejected: self.entries.is_some() && matches!(deploy, Deploy::Copy(_)),
            force: self.options.force,
            state: self.state.clone(),
        })
    }

    /// The copy of the topology for containerlab, if one is written.
    fn copy(&self, parts: &[Part<'_>], deploy: &Deploy) -> Result<Option<Artifact>, Failure> {
        let copy = |text: String| Artifact::new(&self.topology.deploy_name(), text).in_folder(Folder::Topology);
        match deploy {
            Deploy::Copy(text) if self.entries.is_none() => Ok(Some(copy(text.clone()))),
            Deploy::WithNode(text, _) => {
                let mut text = text.clone();
                let environment = &self.wanted.settings.environment;
                for (index, part) in parts.iter().enumerate() {
                    text = part.with_node(&text, index == 0, environment)?;
                }
                Ok(Some(copy(text)))
            }
            _ => Ok(None),
        }
    }

    /// Shows or compares the files, or refuses to write what would close or move tunnels unnoticed; None if they are to be written.
    pub(super) fn ended(&self, ready: &Ready, streams: &mut Streams<'_>) -> Result<Option<Exit>, Failure> {
        if self.is_written() && self.leaves_open(ready, streams)? {
            return Ok(Some(Exit::Findings));
        }
        for part in &ready.parts {
            let pins = &self.wanted.of(part.provider).settings.expose_options.pins;
            if let Some(exit) =
                port_changes::refused((self.options, self.purpose), &part.output, &part.plan, pins, streams)?
            {
                return Ok(Some(exit));
            }
        }
        match self.purpose {
            Purpose::Print(name) => hand_over::print(ready, name, streams).map(Some),
            Purpose::Compare(as_diff) => hand_over::compare(ready, as_diff, self.look, streams).map(Some),
            Purpose::Write | Purpose::Look => Ok(None),
        }
    }

    /// Returns true, with a message, if tunnels are open that the new files could not close.
    fn leaves_open(&self, ready: &Ready, streams: &mut Streams<'_>) -> Result<bool, Failure> {
        let (states, force) = (self.state.as_deref(), self.options.force);
        let lab = Spelled { value: ready.plan.lab.clone(), shown: ready.plan.shown_lab.clone() };
        for part in &ready.parts {
            let own = state_name(&lab.value, part.provider.name.filter(|_| ready.above.is_some()));
            let node = part.node.as_ref().map(|node| node.container.as_str());
            if retire::refuse_another_lab(states, (&lab, Some(&own)), (part.output.folder(), ready.folder()), streams)?
                || retire::refuse_another_node(states, part.output.folder(), node, force, streams)?
            {
                return Ok(true);
            }
        }
        // Directories that had the files of one provider, or of one of several, and have no script for them now.
        let above = ready.above.iter().map(Output::folder);
        for folder in above.chain(ready.abandoned.iter().map(Retiring::folder)) {
            if retire::refuse_another_lab(states, (&lab, None), (folder, ready.folder()), streams)?
                || retire::refuse_another_node(states, folder, None, force, streams)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
