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
    Walk::new(one, without, &HashMap::new()).eq(Walk::new(other, other_without, &HashMap::new()))
}

/// Whether a tree is another one without its cuts, but for scalars of the first that have other values in the second.
pub(in crate::emit) fn are_alike_but(
    one: &Tree<'_>,
    replaced: &HashMap<NodeId, String>,
    other: &Tree<'_>,
    other_without: &Cuts,
) -> bool {
    Walk::new(one, &Cuts::default(), replaced).eq(Walk::new(other, other_without, &HashMap::new()))
}

/// A walk through a tree without its cuts, in which some scalars have other values. Two trees are compared step by step,
/// without a copy of either.
struct Walk<'w> {
    tree: &'w Tree<'w>,
    cuts: &'w Cuts,
    replaced: &'w HashMap<NodeId, String>,
    /// What aliases stand for.
    targets: HashSet<NodeId>,
    /// The steps at which these began.
    begun: HashMap<NodeId, usize>,
    /// Nodes still to come, the next one last; `None` ends a collection.
    open: Vec<Option<NodeId>>,
    /// How many steps were made.
    made: usize,
}

impl<'w> Walk<'w> {
    fn new(tree: &'w Tree<'_>, cuts: &'w Cuts, replaced: &'w HashMap<NodeId, String>) -> Self {
        Self {
            tree,
            cuts,
            replaced,
            targets: tree.aliases().map(|(_, target)| target).collect(),
            begun: HashMap::new(),
            open: tree.root().into_iter().map(Some).collect(),
            made: 0,
        }
    }

    fn step(&mut self) -> Option<Step<'w>> {
        let Some(node) = self.open.pop()? else { return Some(Step::End) };
        if self.targets.contains(&node) {
            self.begun.insert(node, self.made);
        }
        let children = self.tree.children(node);
        Some(match self.tree.written(node) {
            Node::Scalar(scalar) => {
                Step::Scalar(self.replaced.get(&node).map_or(scalar.value, String::as_str), scalar.is_null)
            }
            Node::Alias(target) => Step::Alias(self.begun.get(&target).copied()),
            Node::Sequence => {
                self.open.push(None);
                self.open.extend(children.iter().rev().filter(|item| !self.cuts.holds(**item)).copied().map(Some));
                Step::Sequence
            }
            Node::Mapping => {
                self.open.push(None);
                let kept = children.as_chunks::<2>().0.iter().rev().filter(|[key, _]| !self.cuts.holds(*key));
                self.open.extend(kept.flat_map(|[key, value]| [Some(*value), Some(*key)]));
                Step::Mapping
            }
        })
    }
}

impl<'w> Iterator for Walk<'w> {
    type Item = Step<'w>;

    fn next(&mut self) -> Option<Step<'w>> {
        let step = self.step();
        self.made += usize::from(step.is_some());
        step
    }
}
