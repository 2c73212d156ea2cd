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

/// The same text, if it is the original without the cuts.
pub(in crate::emit) fn the_rest(
    tree: &Tree<'_>,
    cuts: &Cuts,
    text: String,
    environment: &Environment,
) -> Option<String> {
    read_again(text, environment, |rest| are_alike(tree, cuts, rest, &Cuts::default()))
}

/// The same text, if it is YAML without findings and its tree is as it should be.
pub(in crate::emit) fn read_again(
    text: String,
    environment: &Environment,
    is_right: impl FnOnce(&Tree<'_>) -> bool,
) -> Option<String> {
    // Not a copy: it is as long as the topology.
    let file = Arc::new(SourceFile::new("", text));
    let (source, _) = Source::new(Arc::clone(&file), environment);
    let (tree, findings) = syntax::parse(&source);
    let is_right = findings.is_empty() && tree.is_some_and(|tree| is_right(&tree));
    drop((source, findings));
    let file = Arc::into_inner(file).expect("nothing else refers to a file that was read here");
    is_right.then(|| file.into_text())
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
