//! A topology with one more node, which runs the tunnel client (spec/node.md#the-node). The node is inserted into the bytes of the
//! file, in the file's own indentation; everything else stays, to the byte, and what comes out is read again and compared.
//!
//! If the topology is somebody else's, the copy is in another directory. Then its paths are made to lead to the same files as before.

mod inherited;
mod paths;
mod same;

use std::sync::Arc;

use super::strip::same::are_alike_but;
use super::strip::targets::Cuts;
use crate::base::rule::CANNOT_ADD_NODE as RULE;
use crate::base::{Finding, SourceFile, apply};
use crate::providers::{Yaml, yaml};
use crate::resolve::Lab;
use crate::syntax::{self, Editor, Node, Pair, Tree};
use crate::text::{Environment, Source};

/// The name of the node, unless another node has it.
const NAME: &str = "publish-tunnel";

/// The node to add.
#[derive(Clone, Debug)]
pub(crate) struct NodeName {
    /// Its name in the topology, which no other node has.
    pub(crate) name: String,
    /// The name of its container.
    pub(crate) container: String,
}

/// Whether a node can be added to a topology for each of `providers`, or one if there are not several, and their names. `moved` is the path
/// from the directory of the copy to that of the topology, if they differ; empty if not.
///
/// # Errors
/// Findings: something of the topology would reach into the node, the node cannot be inserted, or a path cannot be kept.
pub(crate) fn room(
    tree: &Tree<'_>,
    lab: &Lab<'_>,
    moved: &str,
    providers: &[&str],
) -> Result<Vec<NodeName>, Vec<Finding>> {
    let mut findings = inherited::findings(tree, lab);
    if nodes(tree).is_none() {
        let nodes = topology(tree).and_then(|topology| tree.lookup(topology.value, "nodes"));
        let place = nodes.map(|nodes| tree.place(nodes.key)).or(lab.topology.key);
        let finding = Finding::error(RULE, "the node of the tunnels cannot be inserted into `nodes`");
        let finding = place.into_iter().fold(finding, |finding, place| finding.at(lab.span(place), "this is an alias"));
        findings.push(finding.help("write the nodes here, without an alias or `<<`"));
    }
    if !moved.is_empty() {
        findings.extend(paths::findings(tree, lab));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(match providers {
        [] => vec![name(lab, NAME)],
        providers => providers.iter().map(|provider| name(lab, &format!("publish-{provider}-tunnel"))).collect(),
    })
}

/// A name that no other node has, and that begins with `start`. Where names of containers have no prefix, the lab's name is part of it,
/// because two labs would otherwise have one container.
fn name(lab: &Lab<'_>, start: &str) -> NodeName {
    let prefix = lab.topology.prefix.map(|prefix| prefix.value);
    let mut first = start.to_owned();
    if prefix == Some("") {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        first = format!("{start}-{}", lab.name().chars().map(letter).collect::<String>().to_lowercase());
    }
    let container = |name: &str| match prefix {
        None => format!("clab-{}-{name}", lab.name()),
        Some("") => name.to_owned(),
        Some("__lab-name") => format!("{}-{name}", lab.name()),
        Some(prefix) => format!("{prefix}-{}-{name}", lab.name()),
    };
    // Nothing of the topology may mean the node by accident: no node, alias, link, or other node's network.
    let text = lab.source.text().to_lowercase();
    let is_taken = |name: &str| {
        let container = container(name);
        text.contains(name) || lab.nodes.iter().any(|node| lab.container(node).eq_ignore_ascii_case(&container))
    };
    let names = std::iter::once(first.clone()).chain((2_u32..).map(|number| format!("{first}-{number}")));
    let name = names.into_iter().find(|name| !is_taken(name)).expect("a topology has a finite number of names");
    NodeName { container: container(&name), name }
}

/// Inserts a node into the text of a topology for which there is [`room`], with lines for its head. None if what comes out would not be
/// the same topology with that node.
pub(crate) fn insert(
    text: &str,
    (name, node): (&str, &Yaml),
    head: &[String],
    moved: &str,
    environment: &Environment,
) -> Option<String> {
    let file = Arc::new(SourceFile::new("", text));
    let (source, _) = Source::new(Arc::clone(&file), environment);
    let tree = syntax::parse(&source).0?;
    let editor = Editor::new(&tree, &source);
    let list = nodes(&tree)?;
    let mut edits = Vec::new();
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let lines: Vec<String> = head.iter().map(|line| format!("# {line}")).collect();
    edits.push(editor.insert_lines(crate::base::narrow(bom), &lines));
    let moves = if moved.is_empty() { Vec::new() } else { paths::moves(&tree, &source, moved)? };
    edits.extend(moves.iter().map(|one| one.edit.clone()));
    edits.push(if tree.is_flow(list.value) {
        editor.insert_pair(list.value, format!("{}: {}", yaml::word(name), yaml::flow(node))).ok()?
    } else {
        let first = tree.written_pairs(list.value).next()?;
        let (indent, step) = (editor.column(tree.place(first.key)), editor.step());
        editor.insert_below(tree.place(list.key), &yaml::block(name, node, indent, step)).ok()?
    });
    edits.sort_by_key(|edit| edit.span.start);
    let twin = apply(text, &edits).ok()?;
    is_as_meant(&tree, (name, node), &moves, &twin, environment).then_some(twin)
}

/// Whether a text is the topology with the node and with these paths, and nothing else.
fn is_as_meant(
    tree: &Tree<'_>,
    (name, node): (&str, &Yaml),
    moves: &[paths::Move],
    text: &str,
    environment: &Environment,
) -> bool {
    let (source, _) = Source::new(Arc::new(SourceFile::new("", text)), environment);
    let (Some(twin), findings) = syntax::parse(&source) else { return false };
    let Some(list) = nodes(&twin) else { return false };
    let Some(added) = twin.lookup(list.value, name) else { return false };
    let mut cuts = Cuts::default();
    cuts.add_pair(list.value, added);
    let replaced = moves.iter().map(|one| (one.node, one.value.clone())).collect();
    // With no variable set, those of the node are still there.
    let (plain, _) = Source::new(Arc::new(SourceFile::new("", text)), &Environment::default());
    let is_node = syntax::parse(&plain).0.is_some_and(|plain| {
        let added = nodes(&plain).and_then(|list| plain.lookup(list.value, name));
        added.is_some_and(|added| same::is_same(&plain, added.value, node))
    });
    findings.is_empty() && is_node && are_alike_but(tree, &replaced, &twin, &cuts)
}

fn topology(tree: &Tree<'_>) -> Option<Pair> {
    tree.lookup(tree.root()?, "topology")
}

/// The nodes of a topology, if they are written where they belong.
fn nodes(tree: &Tree<'_>) -> Option<Pair> {
    let topology = topology(tree)?;
    let is_here = |value| matches!(tree.written(value), Node::Mapping);
    let mut written = tree.written_pairs(topology.value).filter(|pair| tree.key_text(pair.key) == Some("nodes"));
    let nodes = written.next().filter(|_| written.next().is_none())?;
    (is_here(topology.value) && is_here(nodes.value)).then_some(nodes)
}
