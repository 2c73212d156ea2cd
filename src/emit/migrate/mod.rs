//! A topology with its entries in labels (spec/entries.md#labels) or in an entries file (spec/entries-file.md#moving-entries) instead of `publish`
//! lists, and without the nodes that ran a tunnel client: what current containerlab deploys, with nothing lost; and the way back from
//! an entries file. Edits of the original bytes: everything else stays.

mod comments;
mod from_entries_file;
mod label;
mod listing;
mod moves;
mod obstacles;
mod to_entries_file;

pub(crate) use from_entries_file::{listings, with_lists};
pub(crate) use listing::Listing;
pub(crate) use to_entries_file::to_entries_file;

use std::collections::HashSet;

use super::strip::{same, targets};
use crate::base::rule::CANNOT_MIGRATE as RULE;
use crate::base::{Finding, SourceFile, Span, Spelled, apply, narrow};
use crate::model::{Notation, Part, parts};
use crate::resolve::{AclReading, Lab};
use crate::syntax::{self, NodeId, Tree};
use crate::text::{Environment, Source};

/// A topology after its migration.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) text: String,
    /// The text of the entries file, if there is now one.
    pub(crate) entries_file: Option<String>,
    /// Entries that are elsewhere now, each counted where it is written.
    pub(crate) entries: usize,
    /// Those of them that contain a variable and are in a label.
    pub(crate) with_variables: usize,
    /// Tunnel nodes that are gone.
    pub(crate) nodes: usize,
    /// A tunnel node made policies of every acl.
    pub(crate) reads_policies: bool,
    /// The kind of the first tunnel node.
    pub(crate) tunnel_kind: Option<String>,
    /// Its image, as messages may show it: no value of the environment.
    pub(crate) tunnel_image: Option<String>,
    /// Its binds.
    pub(crate) tunnel_binds: Vec<Spelled>,
}

/// Moves them into labels. The caller checks whether the plan is the same.
///
/// # Errors
/// Findings: an entry cannot be written in a label, or something cannot be moved without changing
/// the rest.
pub(crate) fn migrate(tree: &Tree<'_>, lab: &Lab<'_>, environment: &Environment) -> Result<Migration, Vec<Finding>> {
    let source = lab.source;
    let findings = obstacles::find(lab, Notation::Publish, Notation::Label);
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut cuts = targets::find(tree, source, lab).map_err(renamed)?;
    super::strip::anchors_in_use(tree, source, &cuts).map_err(renamed)?;
    let mut moves = moves::find(tree, source, lab, &cuts)?;
    let text = apply(source.file().text(), &std::mem::take(&mut moves.edits)).ok();
    let text = text.and_then(|text| same::read_again(text, environment, |result| is_the_same(tree, &mut cuts, result)));
    let Some(text) = text else { return Err(vec![not_moved(source, &cuts, tree)]) };
    Ok(Migration { entries: moves.entries, with_variables: moves.with_variables, ..Migration::of(lab, text) })
}

impl Migration {
    /// What is known of a lab whose topology is now `text`.
    fn of(lab: &Lab<'_>, text: String) -> Self {
        let tunnel = lab.tunnel_nodes().find(|node| node.kind.is_some());
        let binds = tunnel.map_or(&[][..], |node| &node.binds);
        Self {
            text,
            entries_file: None,
            entries: 0,
            with_variables: 0,
            nodes: lab.tunnel_nodes().count(),
            reads_policies: lab.acl_reading == AclReading::Policies,
            tunnel_kind: tunnel.and_then(|node| node.kind).map(|kind| kind.value.to_owned()),
            tunnel_image: tunnel.and_then(|node| node.image).map(|image| lab.shown(image).to_owned()),
            tunnel_binds: binds.iter().map(|bind| lab.spelled(*bind)).collect(),
        }
    }
}

/// The findings of `strip`, reported under this rule.
fn renamed(mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.rule = RULE;
    }
    findings
}

/// Whether a tree is the original without its lists and tunnel nodes, but for labels `publish`, which are added to the cuts.
fn is_the_same(tree: &Tree<'_>, cuts: &mut targets::Cuts, result: &Tree<'_>) -> bool {
    let gone: HashSet<NodeId> = cuts.children.iter().map(|(_, child)| *child).collect();
    if other_labels(tree, &gone) != other_labels(result, &HashSet::new()) {
        return false;
    }
    drop(gone);
    labels_out(tree, cuts);
    let mut result_without = targets::Cuts::default();
    labels_out(result, &mut result_without);
    let mut written = levels(result).flat_map(|level| result.written_pairs(level));
    let has_lists = written.any(|pair| result.key_text(pair.key) == Some("publish"));
    !has_lists && same::are_alike(tree, cuts, result, &result_without)
}

/// The labels of every level but `publish`, with those that are merged into it; nodes that are `gone` left out.
fn other_labels(tree: &Tree<'_>, gone: &HashSet<NodeId>) -> Vec<Vec<(String, String)>> {
    targets::levels(tree)
        .into_iter()
        .filter(|level| !gone.contains(&level.key))
        .map(|level| {
            let labels = tree.lookup(level.value, "labels").map(|labels| labels.value);
            let text = |node: NodeId| tree.key_text(node).unwrap_or_default().to_owned();
            let pairs = labels.into_iter().flat_map(|labels| tree.pairs(labels));
            let mut labels: Vec<_> = pairs.map(|pair| (text(pair.key), text(pair.value))).collect();
            labels.retain(|(name, _)| name != "publish");
            labels.sort();
            labels
        })
        .collect()
}

/// The maps that are read as defaults, kinds, groups and nodes, those that are merged into them too.
fn levels(tree: &Tree<'_>) -> impl Iterator<Item = NodeId> {
    parts(tree).into_iter().filter(|(part, _)| *part == Part::Level).map(|(_, map)| map)
}

/// Adds the labels `publish`, and maps of labels that contain nothing else.
fn labels_out(tree: &Tree<'_>, cuts: &mut targets::Cuts) {
    for mapping in levels(tree) {
        for labels in tree.written_pairs(mapping) {
            if tree.key_text(labels.key) != Some("labels")
                || matches!(tree.written(labels.value), syntax::Node::Alias(_))
            {
                continue;
            }
            let is_ours = |key: NodeId| tree.key_text(key) == Some("publish");
            let pairs: Vec<syntax::Pair> = tree.written_pairs(labels.value).collect();
            if pairs.iter().all(|pair| is_ours(pair.key)) {
                cuts.add_pair(mapping, labels);
            }
            for pair in pairs.into_iter().filter(|pair| is_ours(pair.key)) {
                cuts.add_pair(labels.value, pair);
            }
        }
    }
}

/// The finding for a socket that would be lost, added, or changed; `line` is where it is written (1-based), or another of the
/// file's lists.
pub(crate) fn not_the_same(file: &SourceFile, what: &str, line: usize) -> Finding {
    let range = file.line_range(line.saturating_sub(1));
    let text = &file.text()[range.clone()];
    let start = range.start + text.len() - text.trim_start().len();
    Finding::error(RULE, what.to_owned())
        .at(Span::new(narrow(start), narrow(range.end)), "the plan would change")
        .help("write the entries on each node; shared maps and merges cannot be split")
}

fn not_moved(source: &Source, cuts: &targets::Cuts, tree: &Tree<'_>) -> Finding {
    let finding = Finding::error(RULE, "the entries cannot be moved without changing the text around them");
    let lists: HashSet<NodeId> = cuts.lists.iter().map(|(_, pair)| pair.key).collect();
    let first = cuts.children.iter().map(|(_, child)| *child).find(|child| lists.contains(child));
    let first = first.or_else(|| cuts.children.first().map(|(_, child)| *child));
    let finding =
        first.into_iter().fold(finding, |finding, key| finding.at(source.span(tree.place(key)), "starting here"));
    finding.help("put each list on its own lines, away from `|` and `>` blocks, or move it by hand")
}
