//! A migration, and whether the plan is the same after it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::examine::{Wants, examine};
use super::read::{Read, Resolved, read};
use super::{Examined, ExaminedFile, LabFiles, NamedFile, Settings, sorted};
use crate::base::{Finding, Rule, SourceFile, quoted};
use crate::emit::{self, Migration};
use crate::plan::{self, PlannedSocket};
use crate::provider::{Audience, Capabilities};
use crate::providers::{self, Provider};
use crate::triage::ignore;

/// A topology with its entries elsewhere, and the settings of its tunnel node.
#[derive(Debug)]
pub(crate) struct Migrated {
    pub(crate) migration: Migration,
    /// The provider of the tunnel node that is gone.
    pub(crate) provider: Option<&'static Capabilities>,
    /// The path of the tunnel node's token, as messages may show it: without values from the environment.
    pub(crate) token: Option<String>,
    /// The tunnel node had an HTTP proxy.
    pub(crate) has_proxy: bool,
    /// Rules and entries that comments ignore now and did not before.
    pub(crate) ignored: Vec<(&'static str, String)>,
    /// Until the settings replace what the tunnel node decided, the result names more people at some socket.
    pub(crate) is_wider_without_settings: bool,
}

/// Where entries are moved.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Destination<'d> {
    Labels,
    /// An entries file with this name, which names the topology like this, if it does.
    EntriesFile {
        name: &'d str,
        topology: Option<&'d str>,
    },
}

/// Moves the entries of a topology. The plan stays the same, socket by socket; settings replace what the tunnel node decided.
pub(crate) fn migrate(
    topology: NamedFile,
    to: Destination<'_>,
    settings: &Settings,
) -> (Arc<SourceFile>, Result<Migrated, Vec<Finding>>) {
    let name = topology.name.clone();
    // What was read of the topology is gone before the result is read.
    let (file, migrated) = read(LabFiles::of(topology), settings, |read| {
        let file = Arc::clone(&read.file);
        let before = examined(&read, settings);
        let migration = read.sound().and_then(|Resolved { tree, lab, .. }| match to {
            Destination::Labels => emit::migrate(tree, lab, &settings.environment),
            Destination::EntriesFile { topology, .. } => {
                emit::to_entries_file(tree, lab, &settings.environment, topology)
            }
        });
        (file, migration.map(|migration| (before, migration)))
    });
    let entries_name = match to {
        Destination::EntriesFile { name, .. } => name,
        Destination::Labels => "",
    };
    let migrated =
        migrated.and_then(|(before, migration)| checked((&name, entries_name), &before, migration, settings));
    (file, migrated.map_err(sorted))
}

/// Moves the lists of an entries file into labels of its topology. The plan stays the same, socket by socket; `of_topology` are the
/// settings that apply without the entries file.
pub(crate) fn migrate_back(
    files: LabFiles,
    settings: &Settings,
    of_topology: &Settings,
) -> (Arc<SourceFile>, Result<Migrated, Vec<Finding>>) {
    let topology = files.topology.clone();
    let (file, listings) = read(files, settings, |read| {
        let file = Arc::clone(&read.file);
        let before = examined(&read, settings);
        let own = read.own.first().copied();
        let listings = read
            .sound()
            .and_then(|topology| emit::listings(topology.lab, own.expect("what is sound was read from files")));
        (file, listings.map(|listings| (before, listings)))
    });
    let (before, listings) = match listings {
        Ok(read) => read,
        Err(findings) => return (file, Err(sorted(findings))),
    };
    let name = topology.name.clone();
    let (beneath, text) = read(LabFiles::of(topology), settings, |read| {
        let file = Arc::clone(&read.file);
        (file, read.sound().and_then(|topology| emit::with_lists(topology.tree, topology.lab.source, &listings)))
    });
    let text = match text {
        Ok(text) => text,
        Err(findings) => return (beneath, Err(sorted(findings))),
    };
    let between = NamedFile { name, bytes: text.into_bytes() };
    let (between, migrated) = migrate(between, Destination::Labels, of_topology);
    let Ok(mut migrated) = migrated else { return (between, migrated) };
    let mut after = of_topology.clone();
    if migrated.migration.nodes > 0 {
        after.provider = before.provider();
        after.acl_as_identities = Some(!migrated.migration.reads_policies);
    }
    let result = LabFiles::topology(beneath.name(), migrated.migration.text.clone().into_bytes());
    if let Some((what, line)) = difference(&before, &super::examine(result, &after, true)) {
        return (file, Err(vec![emit::not_the_same(before.file(), &what, line)]));
    }
    migrated.migration.entries = listings.iter().map(emit::Listing::count).sum();
    (beneath, Ok(migrated))
}

/// A lab before its migration, with the findings that count afterwards: those that block `compile`, and all of a file that has comments
/// about them.
fn examined(read: &Read<'_>, settings: &Settings) -> Examined {
    let mut examined = examine(read, settings, Wants::Plan);
    for file in examined.files.iter_mut().filter(|file| file.ignores.is_empty()) {
        file.findings.retain(|finding| finding.blocks_compile);
        file.findings.shrink_to_fit();
    }
    examined
}

/// A migration, if the plan stays the same.
fn checked(
    names: (&str, &str),
    before: &Examined,
    migration: Migration,
    settings: &Settings,
) -> Result<Migrated, Vec<Finding>> {
    let provider = before.provider();
    let after = Settings { provider, acl_as_identities: Some(!migration.reads_policies), ..settings.clone() };
    let after = super::examine(files(names, &migration), &after, true);
    if let Some((what, line)) = difference(before, &after) {
        return Err(vec![emit::not_the_same(before.file(), &what, line)]);
    }
    let of_node = migration.tunnel_kind.as_deref().and_then(providers::of_node_kind);
    let ignored = newly_ignored(before, &after);
    let binds = migration.tunnel_binds.iter().cloned();
    let token = of_node.and_then(|provider| plan::bound_to(provider.node.token?.destination, binds));
    let has_proxy = before.lab_context.as_ref().is_some_and(|lab_context| lab_context.proxy.is_some());
    let token = token.map(|token| token.shown);
    drop(after);
    let is_wider_without_settings = migration.nodes > 0 && is_wider(names, before, &migration, settings);
    Ok(Migrated { migration, provider: of_node, token, has_proxy, ignored, is_wider_without_settings })
}

/// The files after a migration, with the names of the topology and of the entries file.
fn files((topology, entries): (&str, &str), migration: &Migration) -> LabFiles {
    let entries = migration
        .entries_file
        .as_ref()
        .map(|text| NamedFile { name: entries.to_owned(), bytes: text.clone().into_bytes() });
    LabFiles { entries, ..LabFiles::topology(topology, migration.text.clone().into_bytes()) }
}

impl Examined {
    /// The provider of the plan, if there is one; several are in the settings.
    fn provider(&self) -> Option<&'static Capabilities> {
        self.plan.as_ref()?.provider.and_then(providers::find).map(Provider::capabilities)
    }
}

/// Whether a migration lets in someone new with the settings as they are.
fn is_wider(names: (&str, &str), before: &Examined, migration: &Migration, settings: &Settings) -> bool {
    let mut known: HashMap<(&str, u16), Vec<&Audience>> = HashMap::new();
    for socket in before.plan.iter().flat_map(|plan| &plan.sockets) {
        known.entry((&socket.node, socket.port)).or_default().push(&socket.audience);
    }
    let after = super::examine(files(names, migration), settings, true);
    let is_within = |socket: &PlannedSocket| {
        let before = known.get(&(socket.node.as_str(), socket.port));
        before.is_some_and(|before| before.iter().any(|before| socket.audience.beyond(before, true).is_empty()))
    };
    after.plan.iter().flat_map(|plan| &plan.sockets).any(|socket| !is_within(socket))
}

/// The first socket that differs between two plans, in words, and the line where it is written; also what blocks `compile` and
/// did not before.
fn difference(before: &Examined, after: &Examined) -> Option<(String, usize)> {
    let old = before.plan.as_ref().map_or(&[][..], |plan| &plan.sockets);
    let new = after.plan.as_ref().map_or(&[][..], |plan| &plan.sockets);
    let nowhere = PlannedSocket::wherever_it_is_written;
    let is_alike = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| old.is_the_same_as(new));
    let by_name = |sockets: &'_ [PlannedSocket]| {
        let mut by_name: HashMap<String, Vec<PlannedSocket>> = HashMap::new();
        for socket in sockets.iter().filter(|_| !is_alike) {
            by_name.entry(socket.name.clone()).or_default().push(nowhere(socket));
        }
        by_name
    };
    let is_in = |socket: &PlannedSocket, others: &HashMap<String, Vec<PlannedSocket>>| {
        is_alike || others.get(&socket.name).is_some_and(|others| others.contains(&nowhere(socket)))
    };
    let (olds, news) = (by_name(old), by_name(new));
    let said = |socket: &PlannedSocket, what: &str| {
        format!("socket {} on {} {what}", quoted(socket.shown_name()), quoted(socket.shown_node()))
    };
    let line = |socket: Option<&PlannedSocket>| socket.or(old.first()).map_or(1, |socket| socket.origin.line);
    if let Some(lost) = old.iter().find(|socket| !is_in(socket, &news)) {
        return Some((said(lost, "would be lost or changed"), line(Some(lost))));
    }
    if let Some(come) = new.iter().find(|socket| !is_in(socket, &olds)) {
        return Some((said(come, "would be added"), line(None)));
    }
    let stops: HashSet<&Rule> =
        before.findings().filter(|finding| finding.blocks_compile).map(|finding| finding.rule).collect();
    let new_stop = after.findings().find(|finding| finding.blocks_compile && !stops.contains(finding.rule));
    new_stop.map(|finding| (format!("the result would have an error: {}", finding.message), line(None)))
}

/// What comments ignore after a migration and did not before: rule and entry.
fn newly_ignored(before: &Examined, after: &Examined) -> Vec<(&'static str, String)> {
    let of_file = |file: &ExaminedFile| -> Vec<(&'static str, String)> {
        if file.ignores.is_empty() {
            return Vec::new();
        }
        let (_, ignored) = ignore::apply(&file.ignores, file.findings.clone(), &file.file, &[]);
        let entry = |finding: &Finding| file.sections.entry(&file.file, finding.start()).unwrap_or_default();
        ignored.iter().map(|finding| (finding.rule.name, entry(finding))).collect()
    };
    let ignored = |examined: &Examined| -> Vec<_> { examined.files.iter().flat_map(of_file).collect() };
    let mut known: HashMap<(&'static str, String), usize> = HashMap::new();
    for found in ignored(before) {
        *known.entry(found).or_default() += 1;
    }
    let mut new = ignored(after);
    new.retain(|found| match known.get_mut(found) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    new
}
