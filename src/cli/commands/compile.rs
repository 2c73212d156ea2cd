//! `publish-plan compile`

use std::path::PathBuf;

use crate::base::{Spelled, quoted};
use crate::cli::client_settings::{self, OutputPaths, client_settings};
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::cli::options::CompileOptions;
use crate::cli::output_folder::{compiled_from, output_folder, output_paths, project, settings, topology_folder};
use crate::cli::settings::{EffectiveSettings, SettingsLoader};
use crate::cli::topology_file::TopologyFile;
use crate::cli::{Exit, Streams, hand_over, port_changes, retire, tell, triaged};
use crate::emit::folder::{Destination, Output};
use crate::emit::manifest::Digested;
use crate::pipeline::{self, Settings};
use crate::plan::{LabContext, Plan, PlannedSocket};
use crate::provider::{Capabilities, ProxyUse, Subscription};
use crate::providers::{self, Artifact, ClientSettings, Folder, Provider, Request};
use crate::render::{self, Look, next_steps};

/// Compiles a topology into the files that run its tunnels.
pub(super) fn run(
    options: &CompileOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let job = Job::read(options, variables, streams)?;
    let Job { topology, bytes, wanted, look, .. } = &job;
    let examined = pipeline::examine_to_compile(&topology.shown, bytes.clone(), &wanted.settings);
    let findings = triaged::for_one_plan(wanted, &examined);
    let mut summary = tell::findings(&examined.file, &findings, options.verbose, *look, streams)?;
    if examined.findings.iter().any(|finding| finding.blocks_compile) {
        summary.sockets = examined.plan.as_ref().map_or(0, |plan| plan.sockets.len());
        writeln!(streams.stderr, "{}nothing was written", summary.line(false, look.columns))?;
        return Ok(Exit::Findings);
    }
    let (Some(mut plan), Some(mut lab_context)) = (examined.plan, examined.lab_context) else {
        return Err(Failure::NotATopology { name: topology.shown.clone() });
    };
    let (destination, output_paths) = job.destination()?;
    if plan.sockets.is_empty() {
        return job.retire(plan, &destination, streams);
    }
    let Some(provider) = plan.provider.and_then(providers::find) else {
        return Err(Failure::NoProvider { could: could_carry(&topology.shown, bytes, wanted) });
    };
    let deploy = examined.deploy.expect("a topology with sockets is cut for containerlab");
    let deploy = match deploy {
        Ok(text) => Artifact::new(&topology.deploy_name(), text).in_folder(Folder::Topology),
        Err(findings) => {
            tell::findings(&examined.file, &findings, options.verbose, *look, streams)?;
            streams.stderr.write_all(b"nothing was written\n")?;
            return Ok(Exit::Findings);
        }
    };
    job.complete(provider, &mut plan, &mut lab_context, &output_paths)?;
    let files = job.compiled(provider, (&plan, &lab_context), (destination, &output_paths), deploy, streams)?;
    tell::rejected(&findings, options.verbose, streams)?;
    job.finish(&files, provider, &plan, streams)
}

/// One topology to compile.
struct Job<'o> {
    options: &'o CompileOptions,
    topology: TopologyFile,
    bytes: Vec<u8>,
    wanted: EffectiveSettings,
    /// How findings look on standard error.
    look: Look,
    /// The user's home directory, if there is one.
    home: Option<PathBuf>,
    /// Where scripts keep the state of open tunnels.
    state: Option<PathBuf>,
}

/// What was generated.
struct Files {
    output: Output,
    /// The names of the documents that say how the other end of the tunnels must be set up.
    documents: Vec<String>,
}

impl<'o> Job<'o> {
    /// Reads the topology, and the settings that apply to it.
    fn read(
        options: &'o CompileOptions,
        variables: Vec<(String, String)>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let look = tell::look(&options.common, &variables, streams);
        let home = variables.iter().find(|(name, home)| name == "HOME" && !home.is_empty());
        let home = home.map(|(_, home)| PathBuf::from(home));
        let state = retire::state_folder(&variables);
        let path = options.topology.path(streams)?;
        if path.as_os_str() == "-" {
            return Err(Failure::NotAFile);
        }
        let path = input::named(&path);
        let topology = TopologyFile::new(&path)?;
        let mut loader = SettingsLoader::new(&options.common, options.account.clone(), variables, look)?;
        let wanted = loader.of(&topology.folder)?.clone();
        loader.tell_warnings(streams)?;
        let bytes = input::read_file(&path, &options.common)?;
        tell::settings(&wanted, None, streams)?;
        Ok(Self { options, topology, bytes, wanted, look, home, state })
    }

    /// Whether nothing is written.
    fn is_dry(&self) -> bool {
        self.options.check || self.options.diff
    }

    /// Whether the files are written, not shown or compared.
    fn is_written(&self) -> bool {
        !self.is_dry() && self.options.stdout.is_none()
    }

    /// Where the files go, and the directories that they see other files from.
    fn destination(&self) -> Result<(Destination, OutputPaths), Failure> {
        let topology = &self.topology;
        let output = output_folder(self.options.output.as_deref(), topology)?;
        let output_paths = output_paths(&output, topology, self.home.clone())?;
        let source = output_paths.seen(&topology.name, &output_paths.topology);
        Ok((Destination { source, topology: topology_folder(topology), output }, output_paths))
    }

    /// Removes what an earlier run wrote, because the topology publishes nothing now.
    fn retire(&self, plan: Plan, destination: &Destination, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        if self.options.stdout.is_some() {
            return Err(Failure::NothingPublished { name: self.topology.shown.clone() });
        }
        let lab = Spelled { value: plan.lab, shown: plan.shown_lab };
        retire::run((&self.topology, &lab), destination, self.state.as_deref(), self.is_dry(), streams)
    }

    /// Makes a plan independent of the current directory, and applies the flags that it does not know.
    fn complete(
        &self,
        provider: &dyn Provider,
        plan: &mut Plan,
        lab_context: &mut LabContext,
        output_paths: &OutputPaths,
    ) -> Result<(), Failure> {
        // Origins are named relative to the topology's directory, so the output does not depend on the current directory.
        for socket in &mut plan.sockets {
            self.topology.name.clone_into(&mut socket.origin.file);
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
        lab_context.proxy = proxy(self.options, lab_context.proxy.take(), provider.capabilities(), subscription)?;
        client_settings::check(&self.options.client_settings, provider.capabilities(), plan)
    }

    /// Generates the files, and says which of the user's settings and images they use.
    fn compiled(
        &self,
        provider: &dyn Provider,
        (plan, lab_context): (&Plan, &LabContext),
        (destination, output_paths): (Destination, &OutputPaths),
        deploy: Artifact,
        streams: &mut Streams<'_>,
    ) -> Result<Files, Failure> {
        let Self { options, topology, wanted, .. } = self;
        let client_settings = client_settings(&options.client_settings, wanted, output_paths, provider.capabilities())?;
        let source = Digested::new(&destination.source, &self.bytes);
        let settings = settings(wanted, output_paths)?;
        let project = project(&plan.lab, &destination, self.is_dry())?;
        let request = Request {
            plan,
            lab_context,
            source: &topology.name,
            client_settings: &client_settings,
            folded: &[],
            project: &project,
            compiled_from: &compiled_from(&source, settings.as_ref(), options, output_paths),
        };
        let mut artifacts = artifacts(provider, &request)?;
        tell_settings(options, lab_context, &client_settings, provider.capabilities(), streams)?;
        let documents = artifacts.iter().filter(|artifact| artifact.is_document());
        let documents = documents.map(Artifact::path).collect();
        let name = provider.capabilities().title();
        artifacts.push(deploy);
        let output = Output::new(destination, (source, settings), name, &project, artifacts)
            .map_err(Failure::format("the manifest"))?;
        Ok(Files { output, documents })
    }

    /// Writes the files, unless that would close or move tunnels unnoticed, or shows them; says what to run next.
    fn finish(
        &self,
        Files { output, documents }: &Files,
        provider: &dyn Provider,
        plan: &Plan,
        streams: &mut Streams<'_>,
    ) -> Result<Exit, Failure> {
        let Self { options, topology, .. } = self;
        let lab = Spelled { value: plan.lab.clone(), shown: plan.shown_lab.clone() };
        if self.is_written() && retire::refuse_another_lab(self.state.as_deref(), &lab, output.folder(), streams)? {
            return Ok(Exit::Findings);
        }
        let pins = &self.wanted.settings.expose_options.pins;
        if let Some(exit) = port_changes::refused(options, output, plan, pins, streams)? {
            return Ok(exit);
        }
        if let Some(name) = &options.stdout {
            return hand_over::print(output, name, streams);
        }
        if self.is_dry() {
            return hand_over::compare(output, options.diff, self.look, streams);
        }
        hand_over::write(output, options.force, provider.capabilities(), streams)?;
        // The tunnels of a service that is shut down cannot be opened.
        if provider.capabilities().about.shut_down.is_none() {
            let copy = topology.folder.join(topology.deploy_name());
            let next_steps = next_steps::text(&copy, output.folder(), documents, plan);
            streams.stderr.write_all(next_steps.as_bytes())?;
        }
        Ok(Exit::Clean)
    }
}

/// The HTTP proxy for the tunnel client: `--proxy`, otherwise the one in the topology. An address with a password is rejected
/// before.
fn proxy(
    options: &CompileOptions,
    of_topology: Option<String>,
    provider: &Capabilities,
    subscription: Subscription,
) -> Result<Option<String>, Failure> {
    let given = options.client_settings.proxy()?.as_ref().map(ToString::to_string);
    let Some(proxy) = given.or(of_topology) else { return Ok(None) };
    let refused = |reason: &str| {
        let way_out = "omit `--proxy` if it can reach the service directly, or choose another provider";
        Err(Failure::Refused(providers::Refusal(format!("the {} client {reason}; {way_out}", provider.title()))))
    };
    match (provider.reads.proxy, subscription) {
        (ProxyUse::No, _) => refused("does not support a proxy"),
        (ProxyUse::PaidPlan, Subscription::Free) => refused("supports a proxy only on a paid tier (`--tier paid`)"),
        (ProxyUse::Yes, _) | (ProxyUse::PaidPlan, Subscription::Paid) => Ok(Some(proxy)),
    }
}

/// Names what the settings file decided about the tunnel client, and the image that gets the account's token, if the topology has
/// another one than the provider's own.
fn tell_settings(
    options: &CompileOptions,
    lab_context: &LabContext,
    client_settings: &ClientSettings,
    provider: &Capabilities,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if let Some(chosen) = client_settings::chosen_by_settings(&options.client_settings, provider, client_settings) {
        writeln!(streams.stderr, "note: from the settings file, the tunnel client uses {chosen}")?;
    }
    // The name without its digest and tag.
    let repository = |image: &str| {
        let name = image.split('@').next().unwrap_or_default();
        let tag = name.rfind(':').filter(|colon| !name[*colon..].contains('/'));
        name[..tag.unwrap_or(name.len())].to_owned()
    };
    let is_own = |image: &str| provider.about.images.iter().any(|own| repository(own.reference) == repository(image));
    // An image of the settings takes precedence, and is told with the other settings.
    let of_topology =
        lab_context.image.as_ref().filter(|_| client_settings::images(provider, client_settings).next().is_none());
    if let Some(image) = of_topology.filter(|image| !is_own(&image.value)) {
        writeln!(
            streams.stderr,
            "note: the container that gets your {} token runs {}, which the topology names; the provider's own image is {}",
            provider.title(),
            quoted(&image.shown),
            provider.about.images.iter().map(|own| own.reference).collect::<Vec<_>>().join(", "),
        )?;
    }
    Ok(())
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

/// The names of the providers in service that could carry every entry of the topology.
fn could_carry(name: &str, bytes: &[u8], wanted: &EffectiveSettings) -> Vec<&'static str> {
    let in_service = providers::capabilities().iter().filter(|provider| provider.about.shut_down.is_none());
    let with = |provider| Settings { provider: Some(provider), ..Settings::clone(&wanted.settings) };
    let settings: Vec<Settings> = in_service.map(|provider| with(provider)).collect();
    let could = pipeline::examine_with_each(name, bytes.to_vec(), &settings, |settings, examined| {
        let is_free = examined.findings.iter().all(|finding| !finding.blocks_compile);
        let is_one = is_free && examined.plan.is_some_and(|plan| !plan.sockets.is_empty());
        settings.provider.and_then(|provider| provider.name).filter(|_| is_one)
    });
    could.into_iter().flatten().collect()
}
