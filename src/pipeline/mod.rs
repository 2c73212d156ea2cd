//! The line, walked with one file: bytes in, findings and what the caller gathers from the lab out.

mod fold;
mod migrate;

use std::sync::Arc;

pub(crate) use migrate::{Migrated, migrate};

use crate::base::{self, AccountClass, Finding, Findings, OpenCount, Rule, SourceFile};
use crate::plan::{self, Claims, LabContext, Plan};
use crate::provider::{Capabilities, DOCUMENTATION, ExposeOptions, Fact, Limit, NodeAddress};
use crate::resolve::{AclReading, Conventions, Lab, SectionIndex, resolve};
use crate::rules::too_many_sockets::{self, AccountLimits, AccountUse};
use crate::rules::{self, Lookups, RuleContext, host_name_not_usable, open_socket, socket_name_collision};
use crate::text::{self, Environment, Variable};
use crate::triage::Owners;
use crate::triage::ignore::{self, Ignore};
use crate::{emit, model, providers, syntax};

/// How files are to be examined.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What variables are replaced by.
    pub environment: Environment,
    /// The provider, independently of the topology.
    pub provider: Option<&'static Capabilities>,
    /// Acl words are identities (`true`) or policies (`false`), independently of the topology.
    pub acl_as_identities: Option<bool>,
    /// The account's limit of tcp-based sockets, independently of the provider.
    pub tcp_limit: Option<usize>,
    /// The account's limit of http-based sockets, independently of the provider.
    pub http_limit: Option<usize>,
    /// The user's settings for the provider.
    pub expose_options: ExposeOptions,
    /// Where nodes answer, if not under the names of their containers.
    pub addresses: Vec<NodeAddress>,
    /// The files of one run share an account: its limits are checked for all of them together, not file by file.
    pub one_account: bool,
    /// Require a reason in every comment that ignores a rule.
    pub requires_ignore_reason: bool,
}

/// The results for one file.
#[derive(Debug)]
pub struct Examined {
    /// The file, to show findings in.
    pub file: Arc<SourceFile>,
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// What would be published; missing if the file is not a topology that can be read.
    pub plan: Option<Plan>,
    /// What the topology says about the tunnel client; present as soon as there is a plan.
    pub lab_context: Option<LabContext>,
    /// The same for comparison, and everything else that decides which containers are reached.
    pub(crate) facts: Vec<Fact>,
    /// The names that it has on its management network; present with the plan, if they were requested.
    pub(crate) claims: Claims,
    /// How many sockets it opens.
    pub(crate) sockets: usize,
    /// How many sockets of its plan are open to anyone on the Internet.
    pub(crate) open: OpenCount,
    /// What it uses of the account that it shares with other files; none if it shares none.
    pub(crate) account: Option<Account>,
    /// Its text is YAML that containerlab reads, whatever it contains.
    pub(crate) is_sound: bool,
    /// What its comments ignore; nothing is removed from the findings yet.
    pub(crate) ignores: Vec<Ignore>,
    /// What its places belong to.
    pub(crate) sections: SectionIndex,
    /// The variables of its text that the environment does not set, in the order of the file: the file means something else if
    /// they are set.
    pub unknown_variables: Vec<Variable>,
}

/// What a file uses of its account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) used: AccountUse,
    pub(crate) limits: AccountLimits,
}

/// Examines the file called `name`. With `wants_plan`, its plan is made too.
#[must_use]
pub fn examine(name: &str, bytes: Vec<u8>, settings: &Settings, wants_plan: bool) -> Examined {
    examine_for(name, bytes, settings, if wants_plan { Wants::Plan } else { Wants::Findings })
}

/// The same, with its plan and the names that it claims.
pub(crate) fn examine_with_names(name: &str, bytes: Vec<u8>, settings: &Settings) -> Examined {
    examine_for(name, bytes, settings, Wants::Names)
}

/// The steps that are needed for a file, each including the earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wants {
    Findings,
    Plan,
    /// That it claims on its network, to be compared with those of other files.
    Names,
}

fn examine_for(name: &str, bytes: Vec<u8>, settings: &Settings, wants: Wants) -> Examined {
    let (file, source, mut findings) = text::read(name, bytes, &settings.environment);
    let malformed_text: Vec<u32> = findings.iter().map(Finding::start).collect();
    let mut examined = Examined {
        file,
        findings: Vec::new(),
        plan: None,
        lab_context: None,
        facts: Vec::new(),
        claims: Claims::default(),
        sockets: 0,
        open: OpenCount::default(),
        account: None,
        is_sound: false,
        ignores: Vec::new(),
        sections: SectionIndex::default(),
        unknown_variables: Vec::new(),
    };
    if let Some(source) = source {
        examined.unknown_variables = source.variables();
        examined.unknown_variables.retain(|variable| settings.environment.get(&variable.name).is_none());
        let (tree, syntax_findings) = syntax::parse(&source);
        // An unclosed `${` or a control character can break the YAML after it; that is not a second finding.
        if tree.is_some() || malformed_text.is_empty() {
            findings.append(syntax_findings);
        }
        if let Some(tree) = tree {
            let (topology, model_findings) = model::build(&tree, &source);
            findings.append(model_findings);
            // Nobody knows which of two duplicate keys was meant, and containerlab accepts neither: nothing in the file is
            // planned.
            examined.is_sound = findings.is_empty();
            let wants = if findings.is_empty() { wants } else { Wants::Findings };
            findings.append(model::structure::check(&tree, &source));
            let (lab, resolve_finding) = resolve(&topology, &source, &conventions(settings));
            findings.extend(resolve_finding);
            look(&lab, settings, wants, &mut findings, &mut examined);
            let comments = syntax::comments(&source, syntax::MARK);
            if !findings.is_empty() || !comments.is_empty() {
                examined.sections = SectionIndex::new(&lab);
            }
            if !comments.is_empty() {
                let names: Vec<&str> = rules::RULES.iter().map(|rule| rule.name).collect();
                let (starts, owner_names) = examined.sections.owners();
                let owners = Owners { starts: &starts, names: &owner_names };
                let (ignores, ignore_findings) =
                    ignore::read(&comments, source.file(), owners, &names, settings.requires_ignore_reason);
                examined.ignores = ignores;
                findings.append(ignore_findings);
            }
        }
    }
    let mut findings = findings.into_vec();
    // If the text of an entry is wrong, the entry made from it is not reported again.
    let mut of_text = malformed_text.len();
    findings.retain(|finding| {
        let is_of_text = of_text > 0;
        of_text = of_text.saturating_sub(1);
        is_of_text || !holds_one(finding, &malformed_text)
    });
    base::sort(&mut findings);
    examined.findings = findings;
    examined
}

/// Whether a finding is about a place where one of `starts` (in order) begins.
fn holds_one(finding: &Finding, starts: &[u32]) -> bool {
    finding.labels.first().is_some_and(|label| {
        let next = starts.partition_point(|start| *start < label.span.start);
        starts.get(next).is_some_and(|start| *start < label.span.end)
    })
}

/// The text of the topology in the file called `name` without what current containerlab rejects, cut out of the original.
///
/// # Errors
/// Findings, if it cannot be read or cut.
pub fn strip(name: &str, bytes: Vec<u8>, settings: &Settings) -> (Arc<SourceFile>, Result<String, Vec<Finding>>) {
    let (file, source, findings) = text::read(name, bytes, &settings.environment);
    let result = match source {
        Some(source) if findings.is_empty() => emit::strip(&source, &settings.environment, &conventions(settings)),
        _ => Err(findings.into_vec()),
    };
    let result = result.map_err(|mut findings| {
        base::sort(&mut findings);
        findings
    });
    (file, result)
}

/// Rules, limits and plan of a lab.
fn look(lab: &Lab<'_>, settings: &Settings, wants: Wants, findings: &mut Findings, examined: &mut Examined) {
    let capabilities = provider_of(lab, settings);
    let publishable = plan::publishable(lab, capabilities, &settings.expose_options);
    let limits = limits(capabilities, settings);
    let context = |publishable| RuleContext {
        lab,
        publishable,
        capabilities,
        providers: providers::capabilities(),
        expose_options: &settings.expose_options,
        lookups: Lookups::default(),
    };
    let fold = fold::fold(&context(&publishable), &limits, findings);
    let jump = fold.as_ref().map(|fold| fold.jump);
    let published = jump.as_ref().map_or(&publishable[..], std::slice::from_ref);
    rules::check(&context(published), findings);
    let used = || too_many_sockets::account_use(&context(published));
    if settings.one_account {
        examined.account = Some(Account { used: used(), limits });
    } else if too_many_sockets::is_over(capabilities, published, &limits)
        && let Some((_, over)) = too_many_sockets::check(&[&used()], &limits)
    {
        findings.extend(over);
    }
    let planned = fold.as_ref().map_or(&publishable[..], |fold| &fold.publishable);
    let too_large = plan::too_large(lab, planned);
    examined.sockets = if too_large.is_some() { 0 } else { published.len() };
    let planned = if too_large.is_some() { &[] } else { planned };
    let jump = jump.filter(|_| !planned.is_empty());
    findings.extend(too_large);
    examined.open = open_socket::check(&context(published), planned, jump.as_ref(), findings);
    if wants >= Wants::Plan && lab.topology.key.is_some() {
        let mut plan =
            plan::plan(lab, capabilities, planned, jump.as_ref(), &settings.expose_options, |class| limits.of(class));
        plan.put_addresses(&settings.addresses);
        examined.plan = Some(plan);
        let (lab_context, facts) = plan::lab_context(lab, capabilities);
        examined.lab_context = Some(lab_context);
        examined.facts = facts;
        if wants >= Wants::Names {
            examined.claims = Claims::new(lab);
        }
    }
}

/// The provider that was selected, otherwise the kind of the topology's first tunnel node, otherwise what containerlab's
/// documentation promised.
fn provider_of(lab: &Lab<'_>, settings: &Settings) -> &'static Capabilities {
    let by_node = || {
        let node = lab.tunnel_nodes().next()?;
        providers::capabilities()
            .iter()
            .copied()
            .find(|provider| provider.tunnel_kind.is_some_and(|kind| node.is_of_kind(&[kind])))
    };
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

fn conventions(settings: &Settings) -> Conventions {
    let kinds = |wanted: fn(&Capabilities) -> bool| {
        let wanted = providers::capabilities().iter().filter(|provider| wanted(provider));
        wanted.filter_map(|provider| provider.tunnel_kind).collect()
    };
    Conventions {
        tunnel_kinds: kinds(|_| true),
        policy_kinds: kinds(|provider| provider.node_makes_policies),
        acl_reading: settings
            .acl_as_identities
            .map(|identities| if identities { AclReading::Identities } else { AclReading::Policies }),
    }
}

/// The rules of [`examine_account`].
pub(crate) const ACCOUNT_RULES: &[&Rule] = &[
    host_name_not_usable::RULE,
    too_many_sockets::RELAY_PORT_COLLISION,
    socket_name_collision::RULE,
    too_many_sockets::RULE,
];

/// What the files of one account use of it together: findings, each with the index of the file it belongs to.
pub(crate) fn examine_account(examined: &[&Examined]) -> Vec<(usize, Finding)> {
    let mut indices = Vec::new();
    let mut uses = Vec::new();
    let mut limits: Option<AccountLimits> = None;
    for (index, file) in examined.iter().enumerate() {
        let Some(account) = &file.account else { continue };
        indices.push(index);
        uses.push(&account.used);
        // Files with several providers share nothing except the smallest of their limits.
        limits = Some(limits.map_or(account.limits, |limits| limits.smaller(account.limits)));
    }
    let mut findings = too_many_sockets::collisions(&uses);
    if let Some((home, over)) = limits.and_then(|limits| too_many_sockets::check(&uses, &limits)) {
        findings.extend(over.into_iter().map(|finding| (home, finding)));
    }
    findings.into_iter().map(|(index, finding)| (indices[index], finding)).collect()
}
