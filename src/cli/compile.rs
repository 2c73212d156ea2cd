//! `publish-plan compile`

use std::path::PathBuf;

use super::client_settings::{self, client_settings};
use super::failure::{Failure, listed};
use super::input;
use super::options::CompileOptions;
use super::output_folder::{compiled_from, output_folder, output_paths, project, settings, topology_folder};
use super::settings::{EffectiveSettings, SettingsLoader};
use super::topology_file::TopologyFile;
use super::values::PlanFormat;
use super::{Exit, Streams, diff, next_steps, plan_format, port_changes, retire, tell};
use crate::base::{Spelled, counted, quoted, whole};
use crate::emit::folder::{Destination, Output};
use crate::emit::manifest::Digested;
use crate::pipeline::{self, Settings};
use crate::plan::{LabContext, PlannedSocket};
use crate::provider::{Capabilities, ProxyUse, Subscription};
use crate::providers::{self, Artifact, ClientSettings, Request};
use crate::render::Look;

/// Compiles a topology into the files that run its tunnels.
pub(super) fn run(
    options: &CompileOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
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

    let examined = pipeline::examine(&topology.shown, bytes.clone(), &wanted.settings, true);
    let findings = tell::wanted(&examined, &wanted.levels());
    let mut summary = tell::findings(&examined.file, &findings, options.verbose, look, streams)?;
    if examined.findings.iter().any(|finding| finding.blocks_compile) {
        summary.sockets = examined.plan.as_ref().map_or(0, |plan| plan.sockets.len());
        writeln!(streams.stderr, "{}nothing was written", summary.line(false, look.columns))?;
        return Ok(Exit::Findings);
    }
    let (Some(mut plan), Some(mut lab_context)) = (examined.plan, examined.lab_context) else {
        return Err(Failure::NotATopology { name: topology.shown });
    };
    let output = output_folder(options.output.as_deref(), &topology)?;
    let output_paths = output_paths(&output, &topology, home)?;
    let destination = Destination {
        source: output_paths.seen(&topology.name, &output_paths.topology),
        topology: topology_folder(&topology),
        output,
    };
    if plan.sockets.is_empty() {
        if options.stdout.is_some() {
            return Err(Failure::NothingPublished { name: topology.shown });
        }
        let is_dry = options.check || options.diff;
        let lab = Spelled { value: plan.lab, shown: plan.shown_lab };
        return retire::run((&topology, &lab), &destination, state.as_deref(), is_dry, streams);
    }
    let Some(provider) = plan.provider.and_then(providers::find) else {
        return Err(Failure::NoProvider { could: could_carry(&topology.shown, &bytes, &wanted) });
    };
    let (_, deploy) = pipeline::strip(&topology.shown, bytes.clone(), &wanted.settings);
    let deploy = match deploy {
        Ok(text) => Artifact { name: topology.deploy_name(), text, is_executable: false },
        Err(findings) => {
            tell::findings(&examined.file, &findings, options.verbose, look, streams)?;
            streams.stderr.write_all(b"nothing was written\n")?;
            return Ok(Exit::Findings);
        }
    };

    // Origins are named relative to the topology's directory, so the output does not depend on the current directory.
    for socket in &mut plan.sockets {
        topology.name.clone_into(&mut socket.origin.file);
    }
    if let Some(token) = &mut lab_context.token {
        token.value = output_paths.seen(&token.value, &output_paths.topology);
    }
    for address in &options.account.address {
        if plan.sockets.iter().all(|socket| socket.node != address.node) {
            return Err(Failure::NoSuchNode { node: address.node.clone() });
        }
    }
    let subscription = wanted.settings.expose_options.subscription;
    lab_context.proxy = proxy(options, lab_context.proxy, provider.capabilities(), subscription)?;
    client_settings::check(&options.client_settings, provider.capabilities(), &plan)?;
    let client_settings = client_settings(&options.client_settings, &wanted, &output_paths, provider.capabilities())?;
    let source = Digested::new(&destination.source, &bytes);
    let settings = settings(&wanted, &output_paths)?;
    let project = project(&plan.lab, &destination, options.check || options.diff)?;
    let request = Request {
        plan: &plan,
        lab_context: &lab_context,
        source: &topology.name,
        client_settings: &client_settings,
        folded: &[],
        project: &project,
        compiled_from: &compiled_from(&source, settings.as_ref(), options, &output_paths),
    };
    let artifacts = artifacts(provider, &request)?;
    tell_settings(options, &lab_context, &client_settings, provider.capabilities(), streams)?;
    tell::rejected(&findings, options.verbose, streams)?;
    let documents = documents(&artifacts);
    let name = provider.capabilities().title();
    let output = Output::new(destination, (source, settings), name, &project, artifacts, deploy)
        .map_err(|error| Failure::Format(error.to_string()))?;
    let is_written = !options.check && !options.diff && options.stdout.is_none();
    let lab = Spelled { value: plan.lab.clone(), shown: plan.shown_lab.clone() };
    if is_written && retire::refuse_another_lab(state.as_deref(), &lab, output.folder(), streams)? {
        return Ok(Exit::Findings);
    }
    if let Some(exit) = port_changes::refused(options, &output, &plan, &wanted.settings.expose_options.pins, streams)? {
        return Ok(exit);
    }
    let exit = hand_over(options, &output, provider.capabilities(), look, streams)?;
    // The tunnels of a service that is shut down cannot be opened.
    if is_written && provider.capabilities().shut_down.is_none() {
        next_steps::tell(&topology, output.folder(), &documents, &plan, streams)?;
    }
    Ok(exit)
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
    match (provider.proxy, subscription) {
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
    let is_own = |image: &str| provider.images.iter().any(|own| repository(own.reference) == repository(image));
    // An image of the settings takes precedence, and is told with the other settings.
    let of_topology =
        lab_context.image.as_ref().filter(|_| client_settings::images(provider, client_settings).next().is_none());
    if let Some(image) = of_topology.filter(|image| !is_own(&image.value)) {
        writeln!(
            streams.stderr,
            "note: the container that gets your {} token runs {}, which the topology names; the provider's own image is {}",
            provider.title(),
            quoted(&image.shown),
            provider.images.iter().map(|own| own.reference).collect::<Vec<_>>().join(", "),
        )?;
    }
    Ok(())
}

/// The names of the documents that say how the other end of the tunnels must be set up.
fn documents(artifacts: &[Artifact]) -> Vec<String> {
    artifacts.iter().filter(|artifact| artifact.is_document()).map(|artifact| artifact.name.clone()).collect()
}

/// The files of a provider, and the plan. `request` has all sockets; the provider publishes those that are not folded.
fn artifacts(provider: &dyn providers::Provider, request: &Request<'_>) -> Result<Vec<Artifact>, Failure> {
    let plan = request.plan;
    let published = plan.published();
    let folded: Vec<PlannedSocket> = plan.sockets.iter().filter(|socket| socket.through.is_some()).cloned().collect();
    let request = Request { plan: &published, folded: &folded, ..*request };
    let mut artifacts = provider.artifacts(&request).map_err(Failure::Refused)?;
    if let Some(jump) = published.sockets.first().filter(|_| !folded.is_empty()) {
        let way = provider.jump_way(&request, jump).map_err(Failure::Refused)?;
        artifacts.push(providers::visitors::ssh_config(&request, &way).map_err(Failure::Refused)?);
    }
    artifacts.push(Artifact {
        name: port_changes::PLAN.to_owned(),
        text: plan_format::write(plan, PlanFormat::Json, None, false)?,
        is_executable: false,
    });
    Ok(artifacts)
}

/// The names of the providers in service that could carry every entry of the topology.
fn could_carry(name: &str, bytes: &[u8], wanted: &EffectiveSettings) -> Vec<&'static str> {
    let could = |provider: &&&'static Capabilities| {
        let mut settings = Settings::clone(&wanted.settings);
        settings.provider = Some(provider);
        let examined = pipeline::examine(name, bytes.to_vec(), &settings, true);
        let is_free = examined.findings.iter().all(|finding| !finding.blocks_compile);
        provider.shut_down.is_none() && is_free && examined.plan.is_some_and(|plan| !plan.sockets.is_empty())
    };
    providers::capabilities().iter().filter(could).filter_map(|provider| provider.name).collect()
}

/// Writes the files, or compares or shows them instead.
fn hand_over(
    options: &CompileOptions,
    output: &Output,
    provider: &Capabilities,
    look: Look,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    if let Some(name) = &options.stdout {
        let names = || output.names().into_iter().map(str::to_owned).collect();
        let text = output.text(name).ok_or_else(|| Failure::NoArtifact { name: name.clone(), names: names() })?;
        streams.stdout.write_all(text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    if options.check || options.diff {
        let differences = output.differences().map_err(Failure::Emit)?;
        for difference in &differences {
            if options.diff {
                let color = look.color && streams.terminal.stdout;
                streams.stdout.write_all(diff::unified(difference, color).as_bytes())?;
            } else {
                let what = match (&difference.old, difference.new) {
                    (None, _) => "is missing",
                    (_, None) => "is no longer generated",
                    _ => "differs",
                };
                writeln!(streams.stdout, "{} {what}", whole(&difference.path.to_string_lossy()))?;
            }
        }
        return Ok(if differences.is_empty() { Exit::Clean } else { Exit::Findings });
    }
    let done = output.write(options.force).map_err(Failure::Emit)?;
    let stderr = &mut streams.stderr;
    let folder = whole(&output.folder().to_string_lossy());
    writeln!(
        stderr,
        "wrote {0} to {folder} for {2} ({1} unchanged)",
        counted(done.new, "file"),
        done.unchanged,
        provider.title()
    )?;
    for path in &done.removed {
        writeln!(stderr, "removed {}, which is no longer generated", whole(&path.to_string_lossy()))?;
    }
    if !done.strangers.is_empty() {
        writeln!(stderr, "note: publish-plan did not write {}", listed(&done.strangers))?;
    }
    if let Some(shut_down) = provider.shut_down {
        let alive: Vec<&str> = providers::capabilities()
            .iter()
            .filter(|provider| provider.shut_down.is_none())
            .filter_map(|provider| provider.name)
            .collect();
        writeln!(
            stderr,
            "note: the {} service {shut_down}; providers still in service: {}",
            provider.title(),
            alive.join(", ")
        )?;
    }
    if let Some(note) = provider.note {
        writeln!(stderr, "note: {note}")?;
    }
    Ok(Exit::Clean)
}
