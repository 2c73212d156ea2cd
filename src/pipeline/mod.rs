//! Takes the bytes of a file and the settings for it. Gives its findings and what the caller needs besides them: the line, walked
//! with one file, which is read, parsed, and resolved once.

mod account;
mod clabernetes;
mod entries;
mod examine;
mod migrate;
mod read;
mod several;

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::{self, Finding, OpenCount, SourceFile};
use crate::editor::Outline;
use crate::emit;
use crate::emit::node::NodeName;
use crate::expose::EntryRefusal;
use crate::plan::{Claims, LabContext, Plan};
use crate::provider::{Capabilities, Carried, ExposeOptions, Fact, NodeAddress, Routing};
use crate::resolve::SectionIndex;
use crate::text::{Environment, Variable};
use crate::triage::ignore::Ignore;
use examine::Wants;
use read::read;

pub(crate) use account::{ACCOUNT_RULES, Account, examine_account, examine_own_account};
pub(crate) use entries::{may_be_entries, topology_named_by};
pub(crate) use migrate::{Destination, Migrated, migrate, migrate_back};

/// A file with its name, as messages show it.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// As the user wrote it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a lab is read from.
#[derive(Clone, Debug)]
pub struct LabFiles {
    /// The topology.
    pub topology: NamedFile,
    /// The entries file, whose lists take the place of the topology's, if there is one.
    pub entries: Option<NamedFile>,
    /// Why the topology of an entries file could not be read, if it could not: then its bytes do not count.
    pub unread: Option<String>,
}

impl LabFiles {
    /// The file that findings are about: the entries file, if there is one.
    pub(crate) fn file(&self) -> &NamedFile {
        self.entries.as_ref().unwrap_or(&self.topology)
    }

    /// The same lab with other bytes in that file.
    pub(crate) fn with(&self, bytes: Vec<u8>) -> Self {
        let mut files = self.clone();
        files.entries.as_mut().unwrap_or(&mut files.topology).bytes = bytes;
        files
    }

    /// Takes the bytes of another lab's file that findings are about, or of the topology below it.
    pub(crate) fn take_bytes(&mut self, from: &Self, of_own: bool) {
        match (&mut self.entries, &from.entries) {
            (Some(own), Some(other)) if of_own => own.bytes.clone_from(&other.bytes),
            _ => self.topology.bytes.clone_from(&from.topology.bytes),
        }
    }

    /// The topology as if there were no entries file.
    pub(crate) fn beneath(&self) -> Self {
        Self::of(self.topology.clone())
    }

    /// A topology alone.
    #[must_use]
    pub fn topology(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::of(NamedFile { name: name.into(), bytes })
    }

    /// The same of a file.
    pub(crate) fn of(topology: NamedFile) -> Self {
        Self { topology, entries: None, unread: None }
    }
}

/// How files are to be examined.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What variables are replaced by.
    pub environment: Environment,
    /// The provider, independently of the topology.
    pub provider: Option<&'static Capabilities>,
    /// How sockets are distributed over several providers (spec/providers.md#several-providers-in-one-lab); then `provider` is
    /// None. None if there is one.
    pub routing: Option<Arc<Routing>>,
    /// Acl words are identities (`true`) or policies (`false`), independently of the topology.
    pub acl_as_identities: Option<bool>,
    /// The account's limit of tcp-based sockets, independently of the provider.
    pub tcp_limit: Option<usize>,
    /// The account's limit of http-based sockets, independently of the provider.
    pub http_limit: Option<usize>,
    /// The user's settings for the provider.
    pub expose_options: ExposeOptions,
    /// The same for providers that have settings of their own, by their names.
    pub own: HashMap<&'static str, OwnSettings>,
    /// Where nodes answer, if not under the names of their containers.
    pub addresses: Vec<NodeAddress>,
    /// The files of one run share an account: its limits are checked for all of them together, not file by file.
    pub one_account: bool,
    /// Require a reason in every comment that ignores a rule.
    pub requires_ignore_reason: bool,
    /// The topology to deploy gets a node for the tunnels: the path from its directory to that of the topology, empty if they are the
    /// same.
    pub node: Option<String>,
}

/// What a provider has in place of the fields of [`Settings`] with the same names.
#[derive(Clone, Debug, Default)]
pub struct OwnSettings {
    /// The account's limit of tcp-based sockets.
    pub tcp_limit: Option<usize>,
    /// The account's limit of http-based sockets.
    pub http_limit: Option<usize>,
    /// The user's settings for the provider.
    pub expose_options: ExposeOptions,
}

impl Settings {
    /// The same if a provider is the only one.
    pub(crate) fn alone(&self, provider: &'static Capabilities) -> Self {
        let mut alone = Self { provider: Some(provider), routing: None, ..self.clone() };
        let own = provider.name.and_then(|name| std::mem::take(&mut alone.own).remove(name));
        if let Some(OwnSettings { tcp_limit, http_limit, expose_options }) = own {
            alone = Self { tcp_limit, http_limit, expose_options, ..alone };
        }
        alone
    }

    /// The user's settings for one of the providers.
    pub(crate) fn options_of(&self, provider: &Capabilities) -> &ExposeOptions {
        let own = provider.name.and_then(|name| self.own.get(name));
        own.map_or(&self.expose_options, |own| &own.expose_options)
    }
}

/// The results for one lab.
#[derive(Debug)]
pub struct Examined {
    /// The files that it was read from, with what was found in each: first the entries file, if there is one. There is always one.
    pub files: Vec<ExaminedFile>,
    /// What would be published; missing if the file is not a topology that can be read.
    pub plan: Option<Plan>,
    /// What the topology says about the tunnel client; present as soon as there is a plan.
    pub lab_context: Option<LabContext>,
    /// With several providers, the plan of each, and what the topology says about its client; there with the plan.
    pub(crate) parts: Vec<(Plan, LabContext)>,
    /// The same for comparison, and everything else that decides which containers are reached.
    pub(crate) facts: Vec<Fact>,
    /// The names that it has on its management network; present with the plan, if they were requested.
    pub(crate) claims: Claims,
    /// How many sockets it opens.
    pub(crate) sockets: usize,
    /// How many sockets of its plan are open to anyone on the Internet.
    pub(crate) open: OpenCount,
    /// What it uses of the accounts that it shares with other files, one for each provider; none if it shares none.
    pub(crate) accounts: Vec<Account>,
    /// Its text is YAML that containerlab reads, whatever it contains.
    pub(crate) is_sound: bool,
    /// The variables of its text that the environment does not set, in the order of the files: they mean something else if they
    /// are set.
    pub unknown_variables: Vec<Variable>,
    /// The topology as current containerlab deploys it; there if it was requested and something is published.
    pub(crate) deploy: Option<Deploy>,
    /// What an editor shows of its text; there with the plan, if it was requested.
    pub(crate) outline: Option<Outline>,
    /// How the provider would open each entry of the nodes, in their order; there if it was requested.
    pub(crate) offered: Vec<Offered>,
}

/// One file of a lab, and what was found in it.
#[derive(Debug)]
pub struct ExaminedFile {
    /// To show findings in.
    pub file: Arc<SourceFile>,
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// What its comments ignore; nothing is removed from the findings yet.
    pub(crate) ignores: Vec<Ignore>,
    /// What its places belong to.
    pub(crate) sections: SectionIndex,
}

/// A topology as current containerlab deploys it.
#[derive(Debug)]
pub(crate) enum Deploy {
    /// As it is: nothing in it is rejected.
    AsItIs,
    /// This text in its place.
    Copy(String),
    /// This text, into which nodes of these names are to be inserted, one for each provider.
    WithNode(String, Vec<NodeName>),
    /// Why there is none, and the file that this is about.
    Not(Arc<SourceFile>, Vec<Finding>),
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

impl Examined {
    /// The file that the lab is called by: its entries file, if there is one.
    ///
    /// # Panics
    ///
    /// If [`Self::files`] was emptied.
    #[must_use]
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.files.first().expect("a lab is read from a file").file
    }

    /// What was found in all of its files.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.files.iter().flat_map(|file| &file.findings)
    }

    /// Whether its files have the same texts as those of another.
    pub(crate) fn is_same_text(&self, other: &Self) -> bool {
        let texts = |examined: &Self| examined.files.iter().map(|file| Arc::clone(&file.file)).collect::<Vec<_>>();
        let (own, others) = (texts(self), texts(other));
        own.len() == others.len() && own.iter().zip(&others).all(|(own, other)| own.text() == other.text())
    }
}

/// Examines a lab. With `wants_plan`, its plan is made too.
#[must_use]
pub fn examine(files: LabFiles, settings: &Settings, wants_plan: bool) -> Examined {
    let wants = if wants_plan { Wants::Plan } else { Wants::Nothing };
    read(files, settings, |read| examine::examine(&read, settings, wants))
}

/// The same, with its plan and the names that it claims.
pub(crate) fn examine_with_names(files: LabFiles, settings: &Settings) -> Examined {
    read(files, settings, |read| examine::examine(&read, settings, Wants::Names))
}

/// The same, with its plan and what an editor shows of it.
pub(crate) fn examine_with_outline(files: LabFiles, settings: &Settings) -> Examined {
    read(files, settings, |read| examine::examine(&read, settings, Wants::Outline))
}

/// The same, with its plan and the topology to deploy.
pub(crate) fn examine_to_compile(files: LabFiles, settings: &Settings) -> Examined {
    let topology = files.entries.is_some().then(|| files.topology.clone());
    let mut examined = read(files, settings, |read| examine::examine(&read, settings, Wants::Deploy));
    let providers: Vec<&str> = examined.parts.iter().filter_map(|(plan, _)| plan.provider).collect();
    if let Some(topology) = topology.filter(|_| examined.deploy.is_some()) {
        // Below an entries file, a topology is deployed as if there were none.
        examined.deploy = Some(read(LabFiles::of(topology), settings, |read| {
            let file = Arc::clone(&read.file);
            let deploy = read.sound().and_then(|topology| examine::deploy(&topology, settings, &providers));
            match deploy {
                Ok(Deploy::Copy(text)) if text == file.text() => Deploy::AsItIs,
                Ok(deploy) => deploy,
                Err(findings) => Deploy::Not(file, sorted(findings)),
            }
        }));
    }
    examined
}

/// The same with several settings, which differ only in the provider and the options for it; each with its offer, in place of findings
/// about entries that the provider cannot carry, and the first one with its plan. What is needed of each is what `keep` makes of it.
pub(crate) fn examine_with_each<T>(
    files: LabFiles,
    settings: &[Settings],
    mut keep: impl FnMut(&Settings, Examined) -> T,
) -> Vec<T> {
    let Some(first) = settings.first() else { return Vec::new() };
    read(files, first, |read| {
        let wants = std::iter::once(Wants::PlanAndOffers).chain(std::iter::repeat(Wants::Offers));
        let examined =
            settings.iter().zip(wants).map(|(settings, wants)| (settings, examine::examine(&read, settings, wants)));
        examined.map(|(settings, examined)| keep(settings, examined)).collect()
    })
}

/// The text of a topology without what current containerlab rejects, cut out of the original.
///
/// # Errors
/// Findings, if it cannot be read or cut.
pub fn strip(topology: NamedFile, settings: &Settings) -> (Arc<SourceFile>, Result<String, Vec<Finding>>) {
    read(LabFiles::of(topology), settings, |read| {
        let file = Arc::clone(&read.file);
        let text = read.sound().and_then(|topology| emit::strip(topology.tree, topology.lab, &settings.environment));
        (file, text.map_err(sorted))
    })
}

/// An entries file to begin with for a topology, which is at `path` as the file sees it. None if the topology cannot be read.
pub(crate) fn starter(topology: NamedFile, path: &str) -> Option<String> {
    read(LabFiles::of(topology), &Settings::default(), |read| {
        let topology = read.sound().ok().filter(|topology| topology.lab.topology.cluster.is_none())?;
        Some(emit::starter(topology.lab, path))
    })
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    base::sort(&mut findings);
    findings
}
