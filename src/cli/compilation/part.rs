//! The files of one provider: of the whole lab, or of the part of it that goes to one of several.

use std::path::Path;

use super::job::{Job, Place};
use super::node::ReadyNode;
use super::output_folder::{compiled_from, project};
use super::ready::{NodeFiles, PartFiles};
use super::{kubernetes, port_changes, tunnel_client};
use crate::cli::Streams;
use crate::cli::client_settings::client_settings;
use crate::cli::failure::Failure;
use crate::cli::offers::the_provider;
use crate::emit::folder::{Destination, Output};
use crate::emit::manifest::Sources;
use crate::emit::node::NodeName;
use crate::plan::{LabContext, Plan, PlannedSocket};
use crate::providers::{self, Artifact, Folder, Provider, Refusal, Request};
use crate::render;
use crate::text::Environment;

/// What a provider is to open.
pub(super) struct ProviderPlan {
    pub(super) provider: &'static dyn Provider,
    plan: Plan,
    lab_context: LabContext,
}

/// The plans with their providers; `could` says which could carry all of a lab for which none is selected.
pub(super) fn of_providers(
    plans: Vec<(Plan, LabContext)>,
    could: impl Fn() -> Vec<&'static str>,
) -> Result<Vec<ProviderPlan>, Failure> {
    let with_provider = |(plan, lab_context): (Plan, LabContext)| {
        Ok(ProviderPlan { provider: the_provider(&plan, &could)?, plan, lab_context })
    };
    plans.into_iter().map(with_provider).collect()
}

/// The generated files of a provider.
pub(super) struct Part<'j> {
    provider: &'static dyn Provider,
    plan: Plan,
    destination: Destination,
    sources: Sources,
    project: String,
    artifacts: Vec<Artifact>,
    node: Option<ReadyNode<'j>>,
    /// The host of the relay, if there is one, and the ports there that no other server can have.
    server: Option<(String, Vec<u16>)>,
}

impl<'j> Part<'j> {
    /// Generates the files, and says which of the user's settings and images they use. `node` is the name of the node that runs the client,
    /// if one does; the lab has other providers too if it `is_part`.
    pub(super) fn new(
        job: &'j Job<'_>,
        ProviderPlan { provider, mut plan, mut lab_context }: ProviderPlan,
        is_part: bool,
        node: Option<&'j NodeName>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let Job { options, topology, .. } = job;
        let (capabilities, wanted) = (provider.capabilities(), job.wanted.of(provider.capabilities()));
        let place = job.place(plan.provider.filter(|_| is_part))?;
        let sources = job.sources(&place)?;
        let Place { destination, paths } = place;
        job.place_origins(&mut plan)?;
        if let Some(token) = &mut lab_context.token {
            token.value = paths.seen(&token.value, &paths.topology);
        }
        let subscription = wanted.settings.expose_options.subscription;
        lab_context.proxy = tunnel_client::proxy(options, lab_context.proxy.take(), capabilities, subscription)?;
        let client_settings = client_settings(&options.client_settings, &wanted, &paths, capabilities)?;
        let project = project(&plan.lab, &destination, job.is_dry())?;
        let request = Request {
            plan: &plan,
            lab_context: &lab_context,
            source: &topology.name,
            client_settings: &client_settings,
            folded: &[],
            project: &project,
            compiled_from: &compiled_from(&sources, topology, options, &paths)?,
            node: None,
            is_pod: false,
            is_part,
        };
        let node = match (node, &job.node) {
            (Some(name), Some(place)) => Some(place.ready(name, (provider, &request), &paths)?),
            _ => None,
        };
        let request = Request { node: node.as_ref().map(ReadyNode::node), ..request };
        let host = client_settings.relay.as_ref().map(|relay| relay.address.host.to_lowercase());
        let server = host.map(|host| (host, provider.server_ports(&request)));
        let mut artifacts = artifacts(provider, &request)?;
        artifacts.extend(kubernetes::artifacts((&options.client_settings, &wanted), provider, &request)?);
        let of = if is_part { plan.provider } else { None };
        tunnel_client::tell_settings((options, of), &lab_context, &client_settings, capabilities, streams)?;
        Ok(Self { provider, plan, destination, sources, project, artifacts, node, server })
    }

    /// Refuses another provider whose server, or whose sockets, would have a port of this one's server.
    pub(super) fn refuse_on_one_host(&self, other: &Self) -> Result<(), Failure> {
        let (Some((host, ports)), Some((other_host, other_ports))) = (&self.server, &other.server) else {
            return Ok(());
        };
        if host != other_host {
            return Ok(());
        }
        let [own, others] = [self, other].map(|part| part.provider.capabilities().title());
        let words = if let Some(port) = ports.iter().find(|port| other_ports.contains(port)) {
            format!("the servers of {own} and {others} would both listen on port {port} of {host}")
        } else {
            let is_taken = |port: &u16| ports.contains(port);
            let mut sockets = other.plan.sockets.iter().filter_map(|socket| Some((socket, socket.public_port?)));
            let Some((socket, port)) = sockets.find(|(_, port)| is_taken(port)) else { return Ok(()) };
            format!(
                "port {port} of {} at {others} is used by the server of {own} itself, on {host}",
                socket.shown_name()
            )
        };
        let way_out = "give one of them another relay or other ports, under `[providers.NAME]` in publish-plan.toml";
        Err(Failure::Refused(Refusal(format!("{words}; {way_out}"))))
    }

    /// The copy of the topology with the node of this provider. It is the `first` to be inserted, or others are in the text already.
    pub(super) fn with_node(&self, text: &str, first: bool, environment: &Environment) -> Result<String, Failure> {
        let node = self.node.as_ref().expect("with a node for each provider, this one has one");
        node.copy(text, first, (&self.plan, &self.artifacts), environment)
    }

    /// The files with their places; `copy` is one more for containerlab.
    pub(super) fn files(self, copy: Option<Artifact>, home: Option<&Path>) -> Result<PartFiles, Failure> {
        let Self { provider, plan, destination, sources, project, mut artifacts, node, .. } = self;
        // That of a cluster says all of its own.
        let documents = artifacts.iter().filter(|file| file.is_document() && file.folder != Folder::Kubernetes);
        let documents = documents.map(Artifact::path).collect();
        let cluster = artifacts.iter().find(|file| file.is_document() && file.folder == Folder::Kubernetes);
        let cluster = cluster.map(Artifact::path);
        artifacts.extend(copy);
        let provider = provider.capabilities();
        let output = Output::new(destination, sources, provider.title(), Some(&project), artifacts);
        let output = output.map_err(Failure::format("the manifest"))?;
        let node: Option<NodeFiles> = node.map(|node| node.files(home));
        Ok(PartFiles { plan, provider, output, documents, node, cluster })
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
