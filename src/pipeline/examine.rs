//! The second half of the line: findings of a file, and what the caller needs besides them.

use std::borrow::Cow;
use std::sync::Arc;

use super::read::{Read, Resolved};
use super::{Account, Deploy, Examined, ExaminedFile, Offered, Settings, several};
use crate::base::{self, AccountClass, Finding, Findings, Label, OpenCount};
use crate::editor::Outline;
use crate::expose::{AccountLimits, Exposure, Exposures, Refusal, account_use, exposures};
use crate::plan::{self, Claims, LabContext, Plan};
use crate::provider::{Capabilities, DOCUMENTATION, Fact, Limit};
use crate::resolve::{Lab, SectionIndex};
use crate::rules::{self, RuleContext, open_socket, too_many_sockets};
use crate::syntax::Comment;
use crate::text::Source;
use crate::triage::Owners;
use crate::triage::ignore::{self, Ignore};
use crate::{emit, providers, syntax};

/// What is needed of a file besides its findings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Nothing,
    Plan,
    /// The plan, and the names that it claims on its network, to be compared with those of other files.
    Names,
    /// The plan, and the topology to deploy.
    Deploy,
    /// How the provider would open each entry, without a finding for each that it would not; of the others, those that stop `compile`.
    Offers,
    /// The same with the plan.
    PlanAndOffers,
    /// The plan, and what an editor shows.
    Outline,
}

/// Examines a file that was read.
pub(super) fn examine(read: &Read<'_>, settings: &Settings, wants: Wants) -> Examined {
    let malformed_text: Vec<u32> = read.findings[..read.of_text].iter().map(Finding::start).collect();
    let mut findings = read.findings.clone();
    let unknown_variables = read.own.iter().flat_map(|source| source.variables());
    let unknown_variables =
        unknown_variables.filter(|variable| settings.environment.get(&variable.name).is_none()).collect();
    let is_sound = read.topology.is_some() && findings.is_empty();
    let mut looked = Looked::default();
    if let Some(topology) = &read.topology {
        findings.append(topology.findings.clone());
        let wants = if is_sound { wants } else { Wants::Nothing };
        looked = match &settings.routing {
            None => look(topology, findings, settings, wants),
            Some(routing) => several::look(topology, findings, (settings, routing), wants),
        };
        findings = std::mem::take(&mut looked.findings);
    }
    let files = files(read, findings, &malformed_text, settings);
    let (plan, lab_context, facts) =
        looked.plan.map_or_else(Default::default, |(plan, lab_context, facts)| (Some(plan), Some(lab_context), facts));
    Examined {
        files,
        plan,
        lab_context,
        parts: looked.parts,
        facts,
        claims: looked.claims,
        sockets: looked.sockets,
        open: looked.open,
        accounts: looked.accounts,
        is_sound,
        unknown_variables,
        deploy: looked.deploy,
        outline: looked.outline,
        offered: looked.offered,
    }
}

/// Each file with its findings and what its comments ignore. Findings about the text begin at `of_text`.
fn files(read: &Read<'_>, mut findings: Findings, of_text: &[u32], settings: &Settings) -> Vec<ExaminedFile> {
    let Some(topology) = &read.topology else {
        let (findings, sections) = (said_once(findings, of_text), SectionIndex::default());
        return vec![ExaminedFile { file: Arc::clone(&read.file), findings, ignores: Vec::new(), sections }];
    };
    let comments: Vec<_> = read.own.iter().map(|source| syntax::comments(source, syntax::MARK)).collect();
    let is_needed = !findings.is_empty() || comments.iter().any(|comments| !comments.is_empty());
    let sections = if is_needed { SectionIndex::new(topology.lab) } else { SectionIndex::default() };
    let second = topology.lab.source.second_start().map(|(_, start)| start);
    let sections = second.map_or_else(|| vec![sections.clone()], |start| sections.clone().parted(start));
    let mut ignores = Vec::new();
    for (((source, comments), sections), start) in read.own.iter().zip(&comments).zip(&sections).zip([Some(0), second])
    {
        let (ignored, of_comments) = read_ignores(source, comments, sections, settings);
        ignores.push(ignored);
        let start = start.expect("a second file begins somewhere");
        findings.extend(of_comments.into_vec().into_iter().map(|finding| finding.moved(|span| span.moved(start))));
    }
    let findings = said_once(findings, of_text);
    let findings = if second.is_some() { by_file(findings, topology.lab.source) } else { vec![findings] };
    let parts = read.own.iter().zip(findings).zip(ignores).zip(sections);
    parts
        .map(|(((source, findings), ignores), sections)| ExaminedFile {
            file: Arc::clone(source.file()),
            findings,
            ignores,
            sections,
        })
        .collect()
}

/// What the comments of a file ignore, and what is wrong with them.
fn read_ignores(
    source: &Source,
    comments: &[Comment],
    sections: &SectionIndex,
    settings: &Settings,
) -> (Vec<Ignore>, Findings) {
    if comments.is_empty() {
        return (Vec::new(), Findings::default());
    }
    let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
    let (starts, owner_names) = sections.owners();
    let owners = Owners { starts: &starts, names: &owner_names };
    ignore::read(comments, source.file(), owners, &names, settings.requires_ignore_reason)
}

/// The findings of each of two files. One that concerns both is the entries file's: it can be fixed there.
fn by_file(findings: Vec<Finding>, source: &Source) -> Vec<Vec<Finding>> {
    let (_, start) = source.second_start().expect("it consists of two files");
    let (mut of_entries, mut of_topology) = (Vec::new(), Vec::new());
    for mut finding in findings {
        let (own, others): (Vec<Label>, Vec<Label>) =
            std::mem::take(&mut finding.labels).into_iter().partition(|label| label.span.start < start);
        let is_fixed_there = finding.fix.iter().flat_map(|fix| &fix.edits).all(|edit| edit.span.start < start);
        // The topology is somebody else's.
        finding.fix = finding.fix.take().filter(|_| is_fixed_there);
        if own.is_empty() && !others.is_empty() {
            finding.labels = others;
            of_topology.push(finding.moved(|span| span.back(start)));
            continue;
        }
        finding.labels = own;
        for label in others {
            let (file, span) = source.locate(label.span);
            finding = finding.elsewhere(Arc::clone(file), span, label.text);
        }
        of_entries.push(finding);
    }
    base::sort(&mut of_entries);
    vec![of_entries, of_topology]
}

/// The findings in the order of the file. If the text of an entry is wrong, what is made of the entry is not reported again;
/// findings about the text come first, and begin at `of_text`, in order.
fn said_once(findings: Findings, of_text: &[u32]) -> Vec<Finding> {
    let mut findings = findings.into_vec();
    let mut left = of_text.len();
    findings.retain(|finding| {
        let is_of_text = left > 0;
        left = left.saturating_sub(1);
        is_of_text || !holds_one(finding, of_text)
    });
    base::sort(&mut findings);
    findings
}

/// Whether a finding is about a place where one of `starts` (in order) begins.
fn holds_one(finding: &Finding, starts: &[u32]) -> bool {
    finding.labels.first().is_some_and(|label| {
        let next = starts.partition_point(|start| *start < label.span.start);
        starts.get(next).is_some_and(|start| *start < label.span.end)
    })
}

/// What is known about a topology with the settings.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) findings: Findings,
    pub(super) plan: Option<(Plan, LabContext, Vec<Fact>)>,
    pub(super) parts: Vec<(Plan, LabContext)>,
    pub(super) claims: Claims,
    pub(super) sockets: usize,
    pub(super) open: OpenCount,
    pub(super) accounts: Vec<Account>,
    pub(super) deploy: Option<Deploy>,
    pub(super) outline: Option<Outline>,
    pub(super) offered: Vec<Offered>,
}

/// Exposes the entries of a lab, checks every rule and the account's limits, and plans what is open. Adds to the findings that there
/// are.
pub(super) fn look(topology: &Resolved<'_>, mut findings: Findings, settings: &Settings, wants: Wants) -> Looked {
    let lab = topology.lab;
    let provider = provider_of(lab, settings);
    let settings =
        &if settings.own.is_empty() { Cow::Borrowed(settings) } else { Cow::Owned(settings.alone(provider)) };
    let limits = limits(provider, settings);
    let exposures = exposures(lab, provider, &settings.expose_options, &limits);
    let has_offers = matches!(wants, Wants::Offers | Wants::PlanAndOffers);
    let mut context = RuleContext::new(&exposures, providers::capabilities());
    context.leaves_out_offers = has_offers;
    match wants {
        Wants::Offers => rules::check_what_blocks(&context, &mut findings),
        _ => rules::check(&context, &mut findings),
    }
    let (accounts, over) = account(&exposures, limits, settings);
    findings.extend(over);
    let planned: Vec<&Exposure<'_>> = exposures.open().collect();
    let too_large = plan::too_large(lab, &planned);
    let (planned, sockets) =
        if too_large.is_some() { (Vec::new(), 0) } else { (planned, exposures.published().count()) };
    findings.extend(too_large);
    debug_assert!(
        has_offers
            || exposures.all.iter().all(Exposure::is_open)
            || findings.iter().any(|finding| finding.blocks_compile),
        "whatever is refused is reported"
    );
    let open = open_socket::check(&context, &planned, &mut findings);
    if lab.topology.cluster.is_some() {
        // The text of a topology that is inside another file is not changed.
        findings = findings.into_vec().into_iter().map(|finding| Finding { fix: None, ..finding }).collect();
    }
    let wants_plan = !matches!(wants, Wants::Nothing | Wants::Offers);
    let plan = (wants_plan && lab.topology.key.is_some()).then(|| {
        let mut plan = plan::plan(&exposures, &planned, |class| limits.of(class));
        plan.put_addresses(&settings.addresses);
        let (lab_context, facts) = plan::lab_context(lab, provider);
        (plan, lab_context, facts)
    });
    let claims = if wants == Wants::Names && plan.is_some() { Claims::new(lab) } else { Claims::default() };
    let deploy = (wants == Wants::Deploy && !planned.is_empty()).then(|| deploy_own(topology, settings, &[]));
    let offered = if has_offers { exposures.all.iter().map(offered).collect() } else { Vec::new() };
    let outline = (wants == Wants::Outline && plan.is_some()).then(|| Outline::new(lab, &planned));
    Looked {
        findings,
        plan,
        parts: Vec::new(),
        claims,
        sockets,
        open,
        accounts: accounts.into_iter().collect(),
        deploy,
        outline,
        offered,
    }
}

/// The topology to deploy; with an entries file, that of the topology alone is worked out later. `providers` are the names of those that
/// open anything, if there are several.
pub(super) fn deploy_own(topology: &Resolved<'_>, settings: &Settings, providers: &[&str]) -> Deploy {
    if topology.lab.source.second_start().is_some() {
        return Deploy::AsItIs;
    }
    deploy(topology, settings, providers)
        .unwrap_or_else(|findings| Deploy::Not(Arc::clone(topology.lab.source.file()), super::sorted(findings)))
}

/// The copy of a topology to deploy, and whether a node for each provider can be added to it.
pub(super) fn deploy(topology: &Resolved<'_>, settings: &Settings, providers: &[&str]) -> Result<Deploy, Vec<Finding>> {
    let text = emit::strip(topology.tree, topology.lab, &settings.environment)?;
    Ok(match &settings.node {
        None => Deploy::Copy(text),
        Some(moved) => Deploy::WithNode(text, emit::node::room(topology.tree, topology.lab, moved, providers)?),
    })
}

fn offered(exposure: &Exposure<'_>) -> Offered {
    let refusals = exposure.refusals.iter().find_map(|refusal| match refusal {
        Refusal::Entry(refusals) => Some(Arc::clone(refusals)),
        _ => None,
    });
    Offered { way: exposure.way, refusals: refusals.unwrap_or_default(), is_open: exposure.is_open() }
}

/// What is used of an account that is shared with other files; otherwise the findings about an account of its own.
fn account(exposures: &Exposures<'_>, limits: AccountLimits, settings: &Settings) -> (Option<Account>, Vec<Finding>) {
    let used = || account_use(exposures, providers::capabilities());
    if settings.one_account {
        return (Some(Account { used: used(), limits }), Vec::new());
    }
    let over = limits.are_exceeded_by(exposures.published());
    let over = over.then(|| too_many_sockets::check(&[&used()], &limits)).flatten();
    (None, over.map_or_else(Vec::new, |(_, findings)| findings))
}

/// The provider that was selected, otherwise the kind of the topology's first tunnel node, otherwise what containerlab's
/// documentation promised.
fn provider_of(lab: &Lab<'_>, settings: &Settings) -> &'static Capabilities {
    settings.provider.or_else(|| of_tunnel_node(lab)).unwrap_or(&DOCUMENTATION)
}

/// The provider whose kind the topology's first tunnel node has.
pub(super) fn of_tunnel_node(lab: &Lab<'_>) -> Option<&'static Capabilities> {
    providers::of_node_kind(lab.tunnel_nodes().next()?.kind?.value)
}

fn limits(capabilities: &Capabilities, settings: &Settings) -> AccountLimits {
    let of = |class| capabilities.limit(class, settings.expose_options.subscription);
    let given =
        |class, most: Option<usize>| most.map(|most| Limit::of(class, most, "`--limit`")).or_else(|| of(Some(class)));
    AccountLimits {
        tcp: given(AccountClass::Tcp, settings.tcp_limit),
        http: given(AccountClass::Http, settings.http_limit),
        all: of(None),
    }
}
