//! The second half of the line: findings of a file, and what the caller needs besides them.

use std::sync::Arc;

use super::read::{Read, Resolved};
use super::{Account, Examined, Offered, Settings};
use crate::base::{self, AccountClass, Finding, Findings, OpenCount};
use crate::expose::{AccountLimits, Exposure, Exposures, Refusal, account_use, exposures};
use crate::plan::{self, Claims, LabContext, Plan};
use crate::provider::{Capabilities, DOCUMENTATION, Fact, Limit};
use crate::resolve::{Lab, SectionIndex};
use crate::rules::{self, RuleContext, open_socket, too_many_sockets};
use crate::text::Source;
use crate::triage::Owners;
use crate::triage::ignore;
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
    /// The plan, and how the provider would open each entry.
    Offers,
}

/// Examines a file that was read.
pub(super) fn examine(read: &Read<'_>, settings: &Settings, wants: Wants) -> Examined {
    let malformed_text: Vec<u32> = read.findings[..read.of_text].iter().map(Finding::start).collect();
    let mut findings = read.findings.clone();
    let unknown_variables = read.source.map(Source::variables).unwrap_or_default().into_iter();
    let unknown_variables =
        unknown_variables.filter(|variable| settings.environment.get(&variable.name).is_none()).collect();
    let is_sound = read.topology.is_some() && findings.is_empty();
    let mut looked = Looked::default();
    let (mut ignores, mut sections) = (Vec::new(), SectionIndex::default());
    if let (Some(topology), Some(source)) = (&read.topology, read.source) {
        findings.append(topology.findings.clone());
        looked = look(topology, findings, settings, if is_sound { wants } else { Wants::Nothing });
        findings = std::mem::take(&mut looked.findings);
        let comments = syntax::comments(source, syntax::MARK);
        if !findings.is_empty() || !comments.is_empty() {
            sections = SectionIndex::new(topology.lab);
        }
        if !comments.is_empty() {
            let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
            let (starts, owner_names) = sections.owners();
            let owners = Owners { starts: &starts, names: &owner_names };
            let (read, ignore_findings) =
                ignore::read(&comments, source.file(), owners, &names, settings.requires_ignore_reason);
            ignores = read;
            findings.append(ignore_findings);
        }
    }
    let (plan, lab_context, facts) =
        looked.plan.map_or_else(Default::default, |(plan, lab_context, facts)| (Some(plan), Some(lab_context), facts));
    Examined {
        file: Arc::clone(&read.file),
        findings: said_once(findings, &malformed_text),
        plan,
        lab_context,
        facts,
        claims: looked.claims,
        sockets: looked.sockets,
        open: looked.open,
        account: looked.account,
        is_sound,
        ignores,
        sections,
        unknown_variables,
        deploy: looked.deploy,
        offered: looked.offered,
    }
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
struct Looked {
    findings: Findings,
    plan: Option<(Plan, LabContext, Vec<Fact>)>,
    claims: Claims,
    sockets: usize,
    open: OpenCount,
    account: Option<Account>,
    deploy: Option<Result<String, Vec<Finding>>>,
    offered: Vec<Offered>,
}

/// Exposes the entries of a lab, checks every rule and the account's limits, and plans what is open. Adds to the findings that there
/// are.
fn look(topology: &Resolved<'_>, mut findings: Findings, settings: &Settings, wants: Wants) -> Looked {
    let lab = topology.lab;
    let provider = provider_of(lab, settings);
    let limits = limits(provider, settings);
    let exposures = exposures(lab, provider, &settings.expose_options, &limits);
    let context = RuleContext::new(&exposures, providers::capabilities());
    rules::check(&context, &mut findings);
    let (account, over) = account(&exposures, limits, settings);
    findings.extend(over);
    let planned: Vec<&Exposure<'_>> = exposures.open().collect();
    let too_large = plan::too_large(lab, &planned);
    let (planned, sockets) =
        if too_large.is_some() { (Vec::new(), 0) } else { (planned, exposures.published().count()) };
    findings.extend(too_large);
    debug_assert!(
        exposures.all.iter().all(Exposure::is_open) || findings.iter().any(|finding| finding.blocks_compile),
        "whatever is refused is reported"
    );
    let open = open_socket::check(&context, &planned, &mut findings);
    let plan = (wants != Wants::Nothing && lab.topology.key.is_some()).then(|| {
        let mut plan = plan::plan(&exposures, &planned, |class| limits.of(class));
        plan.put_addresses(&settings.addresses);
        let (lab_context, facts) = plan::lab_context(lab, provider);
        (plan, lab_context, facts)
    });
    let claims = if wants == Wants::Names && plan.is_some() { Claims::new(lab) } else { Claims::default() };
    let deploy = (wants == Wants::Deploy && !planned.is_empty())
        .then(|| emit::strip(topology.tree, lab, &settings.environment).map_err(super::sorted));
    let offered = if wants == Wants::Offers { exposures.all.iter().map(offered).collect() } else { Vec::new() };
    Looked { findings, plan, claims, sockets, open, account, deploy, offered }
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
    let by_node = || providers::of_node_kind(lab.tunnel_nodes().next()?.kind?.value);
    settings.provider.or_else(by_node).unwrap_or(&DOCUMENTATION)
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
