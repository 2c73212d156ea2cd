//! Takes the bytes of a file and the settings for it. Gives its findings and what the caller needs besides them: the line, walked
//! with one file, which is read, parsed, and resolved once.

mod account;
mod examine;
mod migrate;
mod read;

use std::sync::Arc;

use crate::base::{self, Finding, OpenCount, SourceFile};
use crate::emit;
use crate::expose::EntryRefusal;
use crate::plan::{Claims, LabContext, Plan};
use crate::provider::{Capabilities, Carried, ExposeOptions, Fact, NodeAddress};
use crate::resolve::SectionIndex;
use crate::text::{Environment, Variable};
use crate::triage::ignore::Ignore;
use examine::Wants;
use read::read;

pub(crate) use account::{ACCOUNT_RULES, Account, examine_account};
pub(crate) use migrate::{Migrated, migrate};

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
    /// The topology as current containerlab deploys it, or why there is none; there if it was requested and something is published.
    pub(crate) deploy: Option<Result<String, Vec<Finding>>>,
    /// How the provider would open each entry of the nodes, in their order; there if it was requested.
    pub(crate) offered: Vec<Offered>,
}

/// How a provider would open an entry of a node.
#[derive(Debug)]
pub(crate) struct Offered {
    /// How it carries the type; none if it does not.
    pub(crate) way: Option<&'static Carried>,
    /// Why it does not open the entry, on whatever node it is.
    pub(crate) refusals: Arc<[EntryRefusal]>,
    /// Nothing speaks against opening it.
    pub(crate) is_open: bool,
}

/// Examines the file called `name`. With `wants_plan`, its plan is made too.
#[must_use]
pub fn examine(name: &str, bytes: Vec<u8>, settings: &Settings, wants_plan: bool) -> Examined {
    let wants = if wants_plan { Wants::Plan } else { Wants::Nothing };
    read(name, bytes, settings, |read| examine::examine(&read, settings, wants))
}

/// The same, with its plan and the names that it claims.
pub(crate) fn examine_with_names(name: &str, bytes: Vec<u8>, settings: &Settings) -> Examined {
    read(name, bytes, settings, |read| examine::examine(&read, settings, Wants::Names))
}

/// The same, with its plan and the topology to deploy.
pub(crate) fn examine_to_compile(name: &str, bytes: Vec<u8>, settings: &Settings) -> Examined {
    read(name, bytes, settings, |read| examine::examine(&read, settings, Wants::Deploy))
}

/// The same with several settings, which differ only in the provider and the options for it; each with its plan and its offer. What
/// is needed of each is what `keep` makes of it.
pub(crate) fn examine_with_each<T>(
    name: &str,
    bytes: Vec<u8>,
    settings: &[Settings],
    mut keep: impl FnMut(&Settings, Examined) -> T,
) -> Vec<T> {
    let Some(first) = settings.first() else { return Vec::new() };
    read(name, bytes, first, |read| {
        settings.iter().map(|settings| keep(settings, examine::examine(&read, settings, Wants::Offers))).collect()
    })
}

/// The text of the topology in the file called `name` without what current containerlab rejects, cut out of the original.
///
/// # Errors
/// Findings, if it cannot be read or cut.
pub fn strip(name: &str, bytes: Vec<u8>, settings: &Settings) -> (Arc<SourceFile>, Result<String, Vec<Finding>>) {
    read(name, bytes, settings, |read| {
        let file = Arc::clone(&read.file);
        let text = read.sound().and_then(|topology| emit::strip(topology.tree, topology.lab, &settings.environment));
        (file, text.map_err(sorted))
    })
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    base::sort(&mut findings);
    findings
}
