//! `publish-plan compile`

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::base::Spelled;
use crate::cli::client_settings::{self, OutputPaths, absolute, client_settings};
use crate::cli::compile_options::{CompileOptions, LabOptions, Purpose};
use crate::cli::failure::Failure;
use crate::cli::flags::StdinOptions;
use crate::cli::given::{GivenLab, LabFlags};
use crate::cli::lab::Lab;
use crate::cli::node::{NodePlace, ReadyNode};
use crate::cli::offers::{could_carry, the_provider};
use crate::cli::other_labs::OtherLabs;
use crate::cli::output_folder::{compiled_from, output_folder, output_paths, project, seen, settings, topology_folder};
use crate::cli::ready::{Files, Ready};
use crate::cli::settings::EffectiveSettings;
use crate::cli::topology_file::TopologyFile;
use crate::cli::{
    Exit, Streams, hand_over, kubernetes, node_record, paths, port_changes, retire, state, tell, triaged, tunnel_client,
};
use crate::emit::folder::{Destination, Output};
use crate::emit::manifest::{Digested, Sources};
use crate::pipeline::{self, Deploy, LabFiles};
use crate::plan::{LabContext, Plan, PlannedSocket};
use crate::providers::{self, Artifact, Folder, Provider, Request};
use crate::render::{self, Look};

/// Compiles a lab into the files that run its tunnels.
pub(super) fn run(
    options: &CompileOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    match compile(&options.lab, options.purpose(), variables, streams)? {
        Done::Ready(ready) => {
            let written = ready.write(streams)?;
            streams.stderr.write_all(written.next_steps.as_bytes())?;
            Ok(Exit::Clean)
        }
        Done::Ended(exit) => Ok(exit),
    }
}

/// What became of a compilation.
pub(super) enum Done {
    Ready(Box<Ready>),
    /// Nothing is to be written, which was told or asked for.
    Ended(Exit),
}

/// Compiles a lab, for a purpose.
pub(super) fn compile(
    options: &LabOptions,
    purpose: Purpose<'_>,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Done, Failure> {
    let job = Job::read((options, purpose), variables, streams)?;
    let Job { topology, files, others, wanted, look, .. } = &job;
    let mut examined = pipeline::examine_to_compile(files.clone(), &wanted.settings);
    others.count_with(&mut examined);
    let findings = triaged::for_one_plan(wanted, &examined);
    let mut summary = tell::findings(&findings, options.verbose, *look, streams)?;
    if examined.findings().any(|finding| finding.blocks_compile) {
        summary.sockets = examined.plan.as_ref().map_or(0, |plan| plan.sockets.len());
        writeln!(streams.stderr, "{}nothing was written", summary.line(false, look.columns))?;
        return Ok(Done::Ended(Exit::Findings));
    }
    let (Some(mut plan), Some(mut lab_context)) = (examined.plan, examined.lab_context) else {
        return Err(Failure::NotATopology { name: topology.shown.clone() });
    };
    let (destination, output_paths) = job.destination()?;
    if plan.sockets.is_empty() {
        return job.retire(plan, &destination, streams).map(Done::Ended);
    }
    let provider = the_provider(&plan, || could_carry(files.clone(), wanted))?;
    let deploy = match examined.deploy.expect("a topology with sockets is cut for containerlab") {
        Deploy::Not(file, findings) => {
            tell::findings(&[(file, findings)], options.verbose, *look, streams)?;
            streams.stderr.write_all(b"nothing was written\n")?;
            return Ok(Done::Ended(Exit::Findings));
        }
        deploy => deploy,
    };
    job.complete(provider, &mut plan, &mut lab_context, &output_paths)?;
    let files = job.compiled(provider, (&plan, &lab_context), (destination, &output_paths), &deploy, streams)?;
    if job.entries.is_none() {
        tell::rejected(&findings, options.verbose, streams)?;
    }
    if let Some(exit) = job.ended(&files, &plan, streams)? {
        return Ok(Done::Ended(exit));
    }
    let copy = job.topology.folder.join(job.topology.deploy_name());
    Ok(Done::Ready(Box::new(Ready {
        plan,
        provider: provider.capabilities(),
        topology: if job.twin_folder().is_some() { copy } else { job.topology_path.clone() },
        // Nothing is written beside the topology of others.
        is_rejected: job.entries.is_some() && matches!(deploy, Deploy::Copy(_)),
        force: options.force,
        state: job.state,
        files,
    })))
}

/// One lab to compile.
struct Job<'o> {
    options: &'o LabOptions,
    purpose: Purpose<'o>,
    /// The file that the lab is called by.
    topology: TopologyFile,
    files: LabFiles,
    others: OtherLabs,
    /// The topology itself.
    topology_path: PathBuf,
    /// The entries file, if there is one.
    entries: Option<PathBuf>,
    wanted: EffectiveSettings,
    /// How the client runs as a node of the topology, if it does.
    node: Option<NodePlace>,
    /// How findings look on standard error.
    look: Look,
    /// The user's home directory, if there is one.
    home: Option<PathBuf>,
    /// Where scripts keep the state of open tunnels.
    state: Option<PathBuf>,
}

impl<'o> Job<'o> {
    /// Reads the topology, and the settings that apply to it.
    fn read(
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
    fn is_dry(&self) -> bool {
        matches!(self.purpose, Purpose::Compare(_) | Purpose::Look)
    }

    /// Whether the files are written, not shown or compared.
    fn is_written(&self) -> bool {
        matches!(self.purpose, Purpose::Write)
    }

    /// Where the files go, and the directories that they see other files from.
    fn destination(&self) -> Result<(Destination, OutputPaths), Failure> {
        let topology = &self.topology;
        let output = output_folder(self.options.output.as_deref(), topology)?;
        let output_paths = output_paths(&output, self.topology_folder(), self.home.clone())?;
        let source = seen(&self.topology_path, &[], &output_paths)?.name;
        let twin = self.twin_folder().unwrap_or_else(|| self.topology_folder());
        Ok((Destination { source, topology: topology_folder(twin), output }, output_paths))
    }

    /// Removes what an earlier run wrote, because the topology publishes nothing now.
    fn retire(&self, plan: Plan, destination: &Destination, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        if let Purpose::Print(_) = self.purpose {
            return Err(Failure::NothingPublished { name: self.topology.shown.clone() });
        }
        let lab = Spelled { value: plan.lab, shown: plan.shown_lab };
        if self.is_written() && self.is_node_left(&destination.output.shown, None, streams)? {
            return Ok(Exit::Findings);
        }
        retire::run((&self.topology, &lab), destination, self.state.as_deref(), self.is_dry(), streams)
    }

    /// Returns true, with a message, if a node that was compiled before would be left open: the new files could not close it.
    fn is_node_left(&self, output: &Path, container: Option<&str>, streams: &mut Streams<'_>) -> Result<bool, Failure> {
        let record = self.state.as_deref().and_then(|states| node_record::of(states, output));
        retire::refuse_another_node(record.as_ref(), container, self.options.force, streams)
    }

    /// Makes a plan independent of the current directory, and applies the flags that it does not know.
    fn complete(
        &self,
        provider: &dyn Provider,
        plan: &mut Plan,
        lab_context: &mut LabContext,
        output_paths: &OutputPaths,
    ) -> Result<(), Failure> {
        // Origins are named relative to the lab's directory, so the output does not depend on the current directory.
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
        if let Some(token) = &mut lab_context.token {
            token.value = output_paths.seen(&token.value, &output_paths.topology);
        }
        for address in &self.options.account.address {
            if plan.sockets.iter().all(|socket| socket.node != address.node) {
                return Err(Failure::NoSuchNode { node: address.node.clone() });
            }
        }
        let subscription = self.wanted.settings.expose_options.subscription;
        lab_context.proxy =
            tunnel_client::proxy(self.options, lab_context.proxy.take(), provider.capabilities(), subscription)?;
        client_settings::check(&self.options.client_settings, provider.capabilities(), plan)
    }

    /// Generates the files, and says which of the user's settings and images they use.
    fn compiled(
        &self,
        provider: &dyn Provider,
        (plan, lab_context): (&Plan, &LabContext),
        (destination, output_paths): (Destination, &OutputPaths),
        deploy: &Deploy,
        streams: &mut Streams<'_>,
    ) -> Result<Files, Failure> {
        let Self { options, topology, files, wanted, .. } = self;
        let client_settings = client_settings(&options.client_settings, wanted, output_paths, provider.capabilities())?;
        let entries = self.entries.as_deref().zip(files.entries.as_ref());
        let sources = Sources {
            topology: Digested::new(&destination.source, &files.topology.bytes),
            entries: entries.map(|(path, file)| seen(path, &file.bytes, output_paths)).transpose()?,
            settings: settings(wanted, output_paths)?,
        };
        let project = project(&plan.lab, &destination, self.is_dry())?;
        let request = Request {
            plan,
            lab_context,
            source: &topology.name,
            client_settings: &client_settings,
            folded: &[],
            project: &project,
            compiled_from: &compiled_from(&sources, topology, options, output_paths)?,
            node: None,
            is_pod: false,
        };
        let node = match (deploy, &self.node) {
            (Deploy::WithNode(_, name), Some(place)) => Some(place.ready(name, (provider, &request), output_paths)?),
            _ => None,
        };
        let request = Request { node: node.as_ref().map(ReadyNode::node), ..request };
        let mut artifacts = artifacts(provider, &request)?;
        artifacts.extend(kubernetes::artifacts((&options.client_settings, wanted), provider, &request)?);
        tunnel_client::tell_settings(options, lab_context, &client_settings, provider.capabilities(), streams)?;
        // That of a cluster says all of its own.
        let documents = artifacts.iter().filter(|file| file.is_document() && file.folder != Folder::Kubernetes);
        let documents = documents.map(Artifact::path).collect();
        let name = provider.capabilities().title();
        match (deploy, &self.entries, &node) {
            (Deploy::Copy(text), None, _) => {
                artifacts.push(Artifact::new(&topology.deploy_name(), text.clone()).in_folder(Folder::Topology));
            }
            (Deploy::WithNode(text, _), _, Some(node)) => {
                artifacts.push(node.copy(text, plan, &artifacts, &wanted.settings.environment)?);
            }
            _ => {}
        }
        let node = node.map(|node| node.files(self.home.as_deref()));
        let cluster = artifacts.iter().find(|file| file.is_document() && file.folder == Folder::Kubernetes);
        let cluster = cluster.map(Artifact::path);
        let output =
            Output::new(destination, sources, name, &project, artifacts).map_err(Failure::format("the manifest"))?;
        Ok(Files { output, documents, node, cluster })
    }

    /// Shows or compares the files, or refuses to write what would close or move tunnels unnoticed; None if they are to be written.
    fn ended(
        &self,
        Files { output, node, .. }: &Files,
        plan: &Plan,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Exit>, Failure> {
        let lab = Spelled { value: plan.lab.clone(), shown: plan.shown_lab.clone() };
        if self.is_written() && retire::refuse_another_lab(self.state.as_deref(), &lab, output.folder(), streams)? {
            return Ok(Some(Exit::Findings));
        }
        let node = node.as_ref().map(|node| node.container.as_str());
        if self.is_written() && self.is_node_left(output.folder(), node, streams)? {
            return Ok(Some(Exit::Findings));
        }
        let pins = &self.wanted.settings.expose_options.pins;
        if let Some(exit) = port_changes::refused((self.options, self.purpose), output, plan, pins, streams)? {
            return Ok(Some(exit));
        }
        match self.purpose {
            Purpose::Print(name) => hand_over::print(output, name, streams).map(Some),
            Purpose::Compare(as_diff) => hand_over::compare(output, as_diff, self.look, streams).map(Some),
            Purpose::Write | Purpose::Look => Ok(None),
        }
    }
}

/// The files of a provider, and the plan. `request` has all sockets; the provider publishes those that are not folded.
fn artifacts(provider: &dyn Provider, request: &Request<'_>) -> Result<Vec<Artifact>, Failure> {
    let plan = request.plan;
    let published = plan.published();
    let folded: Vec<PlannedSocket> = plan.sockets.iter().filter(|socket| socket.through.is_some()).cloned().collect();
    let request = Request { plan: &published, folded: &folded, ..*request };
    let mut artifacts = provider.artifacts(&request).map_err(Failure::Refused)?;
    if let Some(jump) = published.sockets.first().filter(|_| !folded.is_empty()) {
        let way = provider.jump_way(&request, jump).map_err(Failure::Refused)?;
        artifacts.push(providers::visitors::ssh_config(&request, &way).map_err(Failure::Refused)?);
    }
    artifacts.push(Artifact::new(port_changes::PLAN, render::json(plan).map_err(Failure::format("the plan"))?));
    Ok(artifacts)
}
