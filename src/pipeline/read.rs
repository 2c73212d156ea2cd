//! The first half of the line: the files of a lab are read, parsed, and resolved once, whatever is done with them.

use std::sync::Arc;

use super::{LabFiles, NamedFile, Settings, clabernetes};
use crate::base::{Finding, Findings, SourceFile, rule, whole};
use crate::model::ClusterLab;
use crate::provider::Capabilities;
use crate::resolve::{AclReading, Conventions, Lab, resolve};
use crate::syntax::Tree;
use crate::text::{self, Source};
use crate::{model, providers, syntax};

/// The files of a lab, as far as they could be read.
pub(super) struct Read<'r> {
    /// The file that findings are about: the entries file, if there is one.
    pub(super) file: Arc<SourceFile>,
    /// Each file by itself, as far as its text can be read: the entries file, if there is one, and the topology.
    pub(super) own: Vec<&'r Source>,
    /// None if its YAML cannot be read.
    pub(super) topology: Option<Resolved<'r>>,
    /// What is wrong with the text, the YAML, and the keys, in this order.
    pub(super) findings: Findings,
    /// How many of them are about the text.
    pub(super) of_text: usize,
}

/// The topology in a file.
pub(super) struct Resolved<'r> {
    pub(super) tree: &'r Tree<'r>,
    pub(super) lab: &'r Lab<'r>,
    /// What else is wrong with it: values of the wrong shape, and more entries than any lab has; then none of them is there.
    pub(super) findings: Findings,
}

/// Reads the files of a lab, and passes them on: what is read of them refers to their text, which stays here.
pub(super) fn read<T>(files: LabFiles, settings: &Settings, then: impl FnOnce(Read<'_>) -> T) -> T {
    match files.entries {
        None => read_topology(files.topology, settings, then),
        Some(entries) => read_both(entries, (files.topology, files.unread), settings, then),
    }
}

fn read_topology<T>(topology: NamedFile, settings: &Settings, then: impl FnOnce(Read<'_>) -> T) -> T {
    let alone = OneFile::read(topology, settings);
    let Some(source) = &alone.source else { return then(alone.unparsed()) };
    let (tree, findings) = alone.parse(source);
    let read = Read { findings, own: vec![source], ..alone.unparsed() };
    let Some(tree) = tree else { return then(read) };
    resolved((&tree, source, alone.cluster), read, settings, then)
}

/// The same with an entries file. If the topology cannot be read, nothing of it is shown: an entries file can lead to any file.
fn read_both<T>(
    entries: NamedFile,
    (topology, unread): (NamedFile, Option<String>),
    settings: &Settings,
    then: impl FnOnce(Read<'_>) -> T,
) -> T {
    let (first, second) = (OneFile::read(entries, settings), OneFile::read(topology, settings));
    let Some(source) = &first.source else { return then(first.unparsed()) };
    let (tree, findings) = first.parse(source);
    // containerlab never reads an entries file.
    let of_entries = |finding: Finding| {
        if finding.rule.name == rule::DUPLICATE_KEY.name { finding.help("keep one of them") } else { finding }
    };
    let findings: Findings = findings.into_vec().into_iter().map(of_entries).collect();
    let read = Read { findings, own: vec![source], ..first.unparsed() };
    let Some(tree) = tree else { return then(read) };
    let unread = unread.or_else(|| {
        let why = "it is a clabernetes Topology, which has no entries file; write the entries into its topology";
        second.cluster.is_some().then(|| why.to_owned())
    });
    let parsed =
        second.source.as_ref().filter(|_| second.cluster.is_none()).and_then(|beneath| match second.parse(beneath) {
            (Some(tree), findings) if is_topology(&tree) => Some((beneath, tree, findings)),
            _ => None,
        });
    let Some((beneath, tree_beneath, findings_beneath)) = parsed else {
        let mut findings = read.findings;
        findings
            .extend(tree.root().map(|root| model::entries::check(&tree, root, source).into_vec()).unwrap_or_default());
        let named = tree.root().and_then(|root| tree.lookup(root, model::TOPOLOGY_KEY));
        // What names no file is reported already.
        if named.is_none_or(|named| tree.is_scalar(named.value)) {
            findings.push(no_topology(&tree, source, second.file.name(), unread.as_deref()));
        }
        return then(Read { findings, ..read });
    };
    let joined = Source::join(source, beneath);
    let (_, start) = joined.second_start().expect("it is joined");
    // Those about the text come first, of both files.
    let mut findings: Findings = read.findings[..read.of_text].iter().cloned().collect();
    let moved = |finding: &Finding| finding.clone().moved(|span| span.moved(start));
    findings.extend(findings_beneath[..second.of_text].iter().map(moved));
    findings.extend(read.findings[read.of_text..].iter().cloned());
    findings.extend(findings_beneath[second.of_text..].iter().map(moved));
    let read = Read { findings, of_text: read.of_text + second.of_text, own: vec![source, beneath], ..read };
    let tree = Tree::join(tree, tree_beneath, &joined);
    resolved((&tree, &joined, None), read, settings, then)
}

/// The lab in a tree.
fn resolved<'r, T>(
    (tree, source, cluster): (&'r Tree<'r>, &'r Source, Option<ClusterLab>),
    mut read: Read<'r>,
    settings: &Settings,
    then: impl FnOnce(Read<'_>) -> T,
) -> T {
    let (mut topology, model_findings) = model::build(tree, source);
    topology.cluster = cluster;
    read.findings.append(model_findings);
    let (lab, too_many_entries) = resolve(&topology, source, &conventions(settings));
    let mut findings = model::structure::check(tree, source);
    findings.extend(too_many_entries);
    then(Read { topology: Some(Resolved { tree, lab: &lab, findings }), ..read })
}

/// One file by itself.
struct OneFile {
    file: Arc<SourceFile>,
    /// The clabernetes Topology that it is, if it is one.
    cluster: Option<ClusterLab>,
    /// None if it cannot be read.
    source: Option<Source>,
    findings: Findings,
    of_text: usize,
}

impl OneFile {
    fn read(file: NamedFile, settings: &Settings) -> Self {
        let (file, source, findings) = text::read(&file.name, file.bytes, &settings.environment);
        let inner = source.as_ref().and_then(|_| clabernetes::within(&file, &settings.environment));
        match inner {
            None => Self { file, cluster: None, source, of_text: findings.len(), findings },
            Some((source, findings, cluster)) => {
                Self { file, cluster: Some(cluster), source: Some(source), of_text: findings.len(), findings }
            }
        }
    }

    /// What is known before anything is parsed.
    fn unparsed(&self) -> Read<'_> {
        Read {
            file: Arc::clone(&self.file),
            own: Vec::new(),
            topology: None,
            findings: self.findings.clone(),
            of_text: self.of_text,
        }
    }

    /// Its tree, if there is one, and all findings so far.
    fn parse<'s>(&self, source: &'s Source) -> (Option<Tree<'s>>, Findings) {
        let (tree, syntax_findings) = syntax::parse(source);
        let mut findings = self.findings.clone();
        // An unclosed `${` or a control character can break the YAML after it; that is not a second finding.
        if tree.is_some() || self.of_text == 0 {
            findings.append(syntax_findings);
        }
        (tree, findings)
    }
}

/// Whether something is a topology at all, whatever is wrong with it.
fn is_topology(tree: &Tree<'_>) -> bool {
    let topology = tree.root().and_then(|root| tree.lookup(root, "topology"));
    topology.is_some_and(|topology| tree.lookup(topology.value, "nodes").is_some())
}

/// The finding about an entries file whose topology is none, or `unread` for a reason.
fn no_topology(tree: &Tree<'_>, source: &Source, name: &str, unread: Option<&str>) -> Finding {
    let message = match unread {
        Some(reason) => format!("cannot read the topology `{}`: {reason}", whole(name)),
        None => format!("`{}` is not a topology that can be read", whole(name)),
    };
    let finding = Finding::error(rule::MALFORMED_ENTRIES_FILE, message);
    let key = tree.root().and_then(|root| tree.lookup(root, "topology"));
    let finding = match key {
        Some(pair) => finding.at(source.span(tree.place(pair.value)), "the topology of these entries"),
        None => finding,
    };
    finding.help(match unread {
        Some(_) => {
            "write the path of the topology after `topology:`, relative to this file, or put this file beside it"
        }
        None => "write the path of a topology after `topology:`; nothing of any other file is shown",
    })
}

impl<'r> Read<'r> {
    /// The topology, if nothing is wrong with it: nobody knows which of two duplicate keys was meant, and containerlab accepts
    /// neither, so nothing of it is planned or changed otherwise.
    ///
    /// # Errors
    /// What is wrong: with the text, if anything is, otherwise with the rest.
    pub(super) fn sound(self) -> Result<Resolved<'r>, Vec<Finding>> {
        match self.topology {
            Some(topology) if self.findings.is_empty() => Ok(topology),
            _ if self.of_text > 0 => Err(self.findings.into_vec().into_iter().take(self.of_text).collect()),
            _ => Err(self.findings.into_vec()),
        }
    }
}

/// What the providers say about topologies, and how the user wants acls to be read.
fn conventions(settings: &Settings) -> Conventions {
    let kinds = |wanted: fn(&Capabilities) -> bool| {
        let wanted = providers::capabilities().iter().filter(|provider| wanted(provider));
        wanted.filter_map(|provider| provider.node.kind).collect()
    };
    Conventions {
        tunnel_kinds: kinds(|_| true),
        policy_kinds: kinds(|provider| provider.node.makes_policies),
        acl_reading: settings
            .acl_as_identities
            .map(|identities| if identities { AclReading::Identities } else { AclReading::Policies }),
    }
}
