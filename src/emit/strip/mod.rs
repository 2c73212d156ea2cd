//! A topology without what current containerlab rejects: `publish` lists, the nodes that ran a tunnel client, and what leads to
//! them (spec/history.md#what-containerlab-does-today). Cut out of the original bytes: everything else stays, to the byte.

pub(in crate::emit) mod same;
pub(in crate::emit) mod targets;

use std::collections::HashSet;

use crate::base::rule::CANNOT_STRIP as RULE;
use crate::base::{Finding, Rule, apply};
use crate::model::{ClusterLab, Notation};
use crate::resolve::{Lab, Standing};
use crate::syntax::{Editor, Tree};
use crate::text::{Environment, Place, Source};

/// The text of the topology without them.
///
/// # Errors
/// Findings: something cannot be cut out without changing what is left.
pub(crate) fn strip(tree: &Tree<'_>, lab: &Lab<'_>, environment: &Environment) -> Result<String, Vec<Finding>> {
    let source = lab.source;
    if let Some(cluster) = &lab.topology.cluster {
        return Err(vec![of_cluster(RULE, cluster)]);
    }
    uncovered(source, lab)?;
    let cuts = targets::find(tree, source, lab)?;
    let edits = Editor::new(tree, source).remove(&cuts.children).map_err(|place| cannot(source, place));
    let edits = edits.and_then(|edits| anchors_in_use(tree, source, &cuts).map(|()| edits))?;
    let text = apply(source.file().text(), &edits).ok();
    let text = text.and_then(|text| same::the_rest(tree, &cuts, text, environment));
    text.ok_or_else(|| vec![not_cut(tree, source, environment, &cuts)])
}

/// The text of a topology that is inside another file is not changed.
pub(in crate::emit) fn of_cluster(rule: &'static Rule, cluster: &ClusterLab) -> Finding {
    Finding::error(rule, "this is a clabernetes Topology, which only `check` and `plan` read")
        .at(cluster.kind, "its topology is a block of text in this file")
        .help("use the containerlab topology that it was made from")
}

/// Labels stay: one that a list replaces would apply in its place, with other entries.
fn uncovered(source: &Source, lab: &Lab<'_>) -> Result<(), Vec<Finding>> {
    let both = |(list, label): &(Place, Place)| {
        Finding::error(RULE, "without the `publish` list, a label at the same level would apply")
            .at(source.span(*list), "this list must be removed")
            .at(source.span(*label), "this label remains")
            .help("keep one of them")
    };
    let mut findings: Vec<Finding> = lab.topology.two_carriers.iter().map(both).collect();
    let mut said = HashSet::new();
    for node in lab.nodes.iter().filter(|node| node.standing != Standing::Tunnel) {
        let (Some(holding), Some(label)) = (&node.publish, &node.label_behind) else { continue };
        let (list, label) = (&holding.list, &label.list);
        if list.notation != Notation::Publish || !said.insert((list.key.range(), label.key.range())) {
            continue;
        }
        let name = crate::base::quoted(lab.shown(node.name));
        findings.push(
            Finding::error(RULE, format!("without its `publish` list, {name} would publish the entries of a label"))
                .at(source.span(list.key), "this list overrides the label and must be removed")
                .at(source.span(label.key), "this label remains and would apply")
                .help("move the lists into labels too, as `publish-plan migrate` does"),
        );
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn cannot(source: &Source, place: Place) -> Vec<Finding> {
    let finding = Finding::error(RULE, "this cannot be removed line by line")
        .at(source.span(place), "it shares a line with something that must stay")
        .help("put it on its own lines, with no variable that contains part of it");
    vec![finding]
}

/// Cuts that are tried one by one to find the one at fault.
const MOST_SUSPECTS: usize = 100;

/// An alias for an anchor that is removed would refer to nothing.
pub(in crate::emit) fn anchors_in_use(
    tree: &Tree<'_>,
    source: &Source,
    cuts: &targets::Cuts,
) -> Result<(), Vec<Finding>> {
    let mut aliases = tree.aliases().peekable();
    if aliases.peek().is_none() {
        return Ok(());
    }
    let gone = cuts.gone(tree);
    let mut findings = Vec::new();
    for (alias, target) in aliases {
        if gone.contains(&target) && !gone.contains(&alias) {
            let name = crate::base::quoted(source.original(tree.place(alias)));
            findings.push(
                Finding::error(RULE, format!("alias {name} refers to something that would be removed"))
                    .at(source.span(tree.place(target)), "contains the anchor and must be removed")
                    .at(source.span(tree.place(alias)), "still used here")
                    .help("replace the alias with the value, or move the anchor there"),
            );
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// The result would not be the rest of the topology, so there is none. Points to the first part that cannot be cut even alone.
fn not_cut(tree: &Tree<'_>, source: &Source, environment: &Environment, cuts: &targets::Cuts) -> Finding {
    let goes = |cuts: &targets::Cuts| {
        let text = apply(source.file().text(), &Editor::new(tree, source).remove(&cuts.children).ok()?).ok()?;
        same::the_rest(tree, cuts, text, environment).map(|_| ())
    };
    let to_blame = cuts.one_by_one().take(MOST_SUSPECTS).find(|one| goes(one).is_none());
    let blamed = to_blame.as_ref().unwrap_or(cuts).children.first().map(|(_, child)| tree.place(*child));
    let finding = Finding::error(RULE, "this cannot be removed without changing the text around it");
    let finding = blamed.into_iter().fold(finding, |finding, place| finding.at(source.span(place), "must be removed"));
    finding.help("put it on its own lines, away from `|` and `>` blocks, or remove it by hand")
}
