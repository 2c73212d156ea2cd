//! `publish-plan providers --for FILE`: which provider could carry which entries of one topology, and with what limitations.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::given::{GivenLab, LabFlags};
use super::options::ProvidersOptions;
use super::settings::EffectiveSettings;
use super::values::ProvidersFormat;
use super::{Exit, Streams, input, tell, together, triaged};
use crate::base::{AclKind, Finding, Severity};
use crate::expose::EntryRefusal;
use crate::pipeline::{self, Examined, LabFiles, Offered, Settings};
use crate::plan::{Plan, PlannedSocket};
use crate::provider::{Capabilities, DOCUMENTATION, Routing};
use crate::providers::{self, Provider};
use crate::render;
use crate::render::offers::{self, Answer, Obstacle, Offer};
use crate::rules::too_many_sockets;
use crate::settings::PROVIDER;

/// How many lists of providers are tried whether they could carry a lab together.
const MOST_TRIED: usize = 10;

/// Prints what the providers could carry, as a table or for programs.
pub(super) fn run(
    path: &Path,
    options: &ProvidersOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    let columns = input::columns(&variables, streams.terminal.stdout, streams.terminal);
    let ProvidersOptions { common, stdin, entries, account, .. } = options;
    let flags = LabFlags { common, stdin, entries, account };
    let GivenLab { lab, wanted, look, .. } = GivenLab::read(path, flags, variables, streams)?;
    let only: Vec<&str> =
        options.name.iter().chain(options.account.settings.0.list(&PROVIDER)).map(String::as_str).collect();
    let is_wanted = |provider: &&&'static Capabilities| match provider.name {
        Some(name) if !only.is_empty() => only.contains(&name),
        _ => provider.about.shut_down.is_none(),
    };
    let with = |provider| Settings { one_account: false, ..alone(provider, &wanted) };
    // The provider of the documentation carries everything, so what is an error with it is an error with every provider. Its
    // limits apply to no account, and nothing is folded.
    let mut documented = with(&DOCUMENTATION);
    documented.expose_options.jump_host = None;
    let each = providers::capabilities().iter().filter(is_wanted).map(|provider| with(provider));
    let settings: Vec<Settings> = std::iter::once(documented).chain(each).collect();
    let mut documented: Option<Examined> = None;
    let mut stops: HashSet<Cow<'static, str>> = HashSet::new();
    let offers = pipeline::examine_with_each(lab.files.clone(), &settings, |settings, mut examined| {
        let provider = settings.provider.expect("each of these settings has a provider");
        let Some(documented) = &documented else {
            for file in &mut examined.files {
                file.findings.retain(|finding| finding.rule != too_many_sockets::RULE);
            }
            stops = examined.findings().map(|finding| finding.message.clone()).collect();
            documented = Some(examined);
            return None;
        };
        Some(offer(provider, documented, &examined, &stops))
    });
    let offers: Vec<Offer> = offers.into_iter().flatten().collect();
    let examined = documented.expect("the first of these settings is the documentation's");
    let told = triaged::for_one_plan(&wanted, &examined);
    let summary = tell::findings(&told, options.verbose, look, streams)?;
    let Some(plan) = &examined.plan else {
        let is_said = examined.findings().any(|finding| finding.severity > Severity::Info);
        let name = examined.file().name().to_owned();
        return if is_said { Ok(Exit::Findings) } else { Err(Failure::NotATopology { name }) };
    };
    let is_one_enough = offers.len() < 2 || offers.iter().any(Offer::carries_all) || summary.errors > 0;
    let together =
        if is_one_enough { Vec::new() } else { fewest((plan, &offers, &stops), &lab.files, &with(&DOCUMENTATION)) };
    let (together, errors) = (together.as_slice(), summary.errors);
    let text = match options.format {
        ProvidersFormat::Table => offers::tables(plan, &offers, (together, errors), columns),
        ProvidersFormat::Markdown => offers::markdown(plan, &offers, (together, errors)),
        ProvidersFormat::Json => render::json(&offers::document(plan, &offers, (together, errors)))
            .map_err(Failure::format("the offers of the providers"))?,
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(if summary.errors > 0 { Exit::Findings } else { Exit::Clean })
}

/// The names of the fewest providers that could carry the whole plan together; none if it takes too long to find them. `stops` is what is
/// wrong with every provider.
fn fewest(
    (plan, offers, stops): (&Plan, &[Offer], &HashSet<Cow<'static, str>>),
    files: &LabFiles,
    settings: &Settings,
) -> Vec<&'static str> {
    let could = |list: &Vec<&'static Capabilities>| {
        let routing = Some(Arc::new(Routing { order: list.clone(), routes: Vec::new() }));
        let settings = Settings { provider: None, routing, ..settings.clone() };
        let examined = pipeline::examine(files.clone(), &settings, true);
        let is_new = |finding: &Finding| finding.blocks_compile && !stops.contains(&finding.message);
        let is_clean = !examined.findings().any(is_new);
        is_clean && examined.plan.is_some_and(|other| other.sockets.len() == plan.sockets.len())
    };
    let list = together::lists(plan, offers).into_iter().take(MOST_TRIED).find(could);
    list.into_iter().flatten().filter_map(|provider| provider.name).collect()
}

/// The settings as if a provider were the only one.
fn alone(provider: &'static Capabilities, wanted: &EffectiveSettings) -> Settings {
    wanted.settings.alone(provider)
}

/// Whether a provider could carry a socket of the plan, which it would open like this.
fn answer(provider: &'static Capabilities, socket: &PlannedSocket, offered: &Offered) -> Answer {
    let Some(carried) = offered.way else { return Answer::No(Obstacle::Type(socket.written_type)) };
    let is_of_the_acl = |refusal: &EntryRefusal| {
        matches!(refusal, EntryRefusal::AclNotEnforced(_) | EntryRefusal::PoliciesNotSupported(_))
    };
    if offered.refusals.iter().any(is_of_the_acl) {
        let unenforced = [
            (AclKind::Email, socket.acl.emails.is_empty()),
            (AclKind::Domain, socket.acl.domains.is_empty()),
            (AclKind::Policy, socket.acl.policies.is_empty()),
        ];
        let missing = unenforced.into_iter().filter(|(kind, is_empty)| !is_empty && !carried.enforces.contains(kind));
        return Answer::No(Obstacle::Acl(socket.written_type, missing.map(|(kind, _)| kind).collect()));
    }
    let needs_paid_tier = |refusal: &EntryRefusal| matches!(refusal, EntryRefusal::NeedsPaidTier);
    if offered.is_open || offered.refusals.iter().any(needs_paid_tier) {
        let without_acl = socket.acl.is_empty().then_some(&provider.access.without_acl);
        Answer::Carries(carried, without_acl)
    } else {
        Answer::No(Obstacle::OtherFinding)
    }
}

/// What a provider could do with a topology that was examined with it; `documented` is the same without a provider, and `stops`
/// what is wrong with every provider.
fn offer(
    provider: &'static Capabilities,
    documented: &Examined,
    examined: &Examined,
    stops: &HashSet<Cow<'static, str>>,
) -> Offer {
    // The same entries in the same order; the plan has those that are open.
    let offered = documented.offered.iter().zip(&examined.offered).filter(|(documented, _)| documented.is_open);
    let sockets = documented.plan.iter().flat_map(|plan| &plan.sockets);
    let answers = sockets.zip(offered).map(|(socket, (_, offered))| answer(provider, socket, offered));
    let own = examined.findings().filter(|finding| finding.blocks_compile && !stops.contains(&finding.message));
    Offer { provider, answers: answers.collect(), in_the_way: own.map(|finding| finding.message.to_string()).collect() }
}

/// The provider of a plan that one provider opens; `could` says which could carry all of it, if none is selected.
///
/// # Errors
/// There is none.
pub(super) fn the_provider(
    plan: &Plan,
    could: impl FnOnce() -> Vec<&'static str>,
) -> Result<&'static dyn Provider, Failure> {
    plan.provider.and_then(providers::find).ok_or_else(|| Failure::NoProvider { could: could() })
}

/// The names of the providers in service that could carry every entry of the topology.
pub(super) fn could_carry(files: LabFiles, wanted: &EffectiveSettings) -> Vec<&'static str> {
    let in_service = providers::capabilities().iter().filter(|provider| provider.about.shut_down.is_none());
    let settings: Vec<Settings> = in_service.map(|provider| alone(provider, wanted)).collect();
    let could = pipeline::examine_with_each(files, &settings, |settings, examined| {
        let is_free = examined.findings().all(|finding| !finding.blocks_compile);
        let is_one = is_free && examined.sockets > 0 && examined.offered.iter().all(|offered| offered.is_open);
        settings.provider.and_then(|provider| provider.name).filter(|_| is_one)
    });
    could.into_iter().flatten().collect()
}
