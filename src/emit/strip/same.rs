//! Proves that a cut removed what it should and nothing else: the result is read again and compared with the original, node by
//! node.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::targets::Cuts;
use crate::base::SourceFile;
use crate::syntax::{self, Node, NodeId, Tree};
use crate::text::{Environment, Source};

/// One step of a walk through a tree.
#[derive(Debug, PartialEq, Eq)]
enum Step<'s> {
    Scalar(&'s str, bool),
    Sequence,
    Mapping,
    End,
    /// The step at which the node it stands for began.
    Alias(Option<usize>),
}

/// Whether `text` is the original without the cuts.
pub(in crate::emit) fn is_the_rest(tree: &Tree<'_>, cuts: &Cuts, text: &str, environment: &Environment) -> bool {
    let (source, _) = Source::new(Arc::new(SourceFile::new("", text)), environment);
    let (Some(rest), findings) = syntax::parse(&source) else { return false };
    findings.is_empty() && are_alike(tree, cuts, &rest, &Cuts::default())
}

/// Whether two trees are alike, each without its cuts.
pub(in crate::emit) fn are_alike(one: &Tree<'_>, without: &Cuts, other: &Tree<'_>, other_without: &Cuts) -> bool {
    steps(one, without, &HashMap::new()) == steps(other, other_without, &HashMap::new())
}

/// Whether a tree is another one without its cuts, but for scalars of the first that have other values in the second.
pub(in crate::emit) fn are_alike_but(
    one: &Tree<'_>,
    replaced: &HashMap<NodeId, String>,
    other: &Tree<'_>,
    other_without: &Cuts,
) -> bool {
    steps(one, &Cuts::default(), replaced) == steps(other, other_without, &HashMap::new())
}

fn steps<'s>(tree: &'s Tree<'_>, cuts: &Cuts, replaced: &'s HashMap<NodeId, String>) -> Vec<Step<'s>> {
    let mut steps = Vec::new();
    let targets: HashSet<NodeId> = tree.aliases().map(|(_, target)| target).collect();
    let mut begun: HashMap<NodeId, usize> = HashMap::new();
    // Nodes still to come, the next one last; `None` ends a collection.
    let mut open: Vec<Option<NodeId>> = tree.root().into_iter().map(Some).collect();
    while let Some(next) = open.pop() {
        let Some(node) = next else {
            steps.push(Step::End);
            continue;
        };
        if targets.contains(&node) {
            begun.insert(node, steps.len());
        }
        match tree.written(node) {
            Node::Scalar(scalar) => {
                let value = replaced.get(&node).map_or(scalar.value, String::as_str);
                steps.push(Step::Scalar(value, scalar.is_null));
            }
            Node::Alias(target) => steps.push(Step::Alias(begun.get(&target).copied())),
            Node::Sequence => {
                steps.push(Step::Sequence);
                open.push(None);
                open.extend(tree.children(node).iter().rev().filter(|item| !cuts.holds(**item)).copied().map(Some));
            }
            Node::Mapping => {
                steps.push(Step::Mapping);
                open.push(None);
                let pairs = tree.children(node).as_chunks::<2>().0;
                let kept = pairs.iter().rev().filter(|[key, _]| !cuts.holds(*key));
                open.extend(kept.flat_map(|[key, value]| [Some(*value), Some(*key)]));
            }
        }
    }
    steps
}
