//! Whether what was inserted is read as it was meant.

use std::sync::Arc;

use crate::base::SourceFile;
use crate::providers::Yaml;
use crate::syntax::{Node, NodeId, Tree};
use crate::text::{Environment, Source};

/// A text as it is read where no variable is set: their names stay, in one form.
fn read(text: &str) -> String {
    let file = Arc::new(SourceFile::new("", text));
    Source::new(file, &Environment::default()).0.text().to_owned()
}

/// Whether a value of a file is this one; in the file, no variable is replaced.
pub(super) fn is_same(tree: &Tree<'_>, value: NodeId, meant: &Yaml) -> bool {
    match (tree.written(value), meant) {
        (Node::Scalar(scalar), Yaml::Text(text)) => !scalar.is_null && scalar.value == read(text),
        (Node::Scalar(scalar), Yaml::Truth(truth)) => scalar.is_plain && scalar.value == truth.to_string(),
        (Node::Scalar(scalar), Yaml::Number(number)) => scalar.is_plain && scalar.value == number.to_string(),
        (Node::Sequence, Yaml::List(items)) => {
            let children = tree.children(value);
            children.len() == items.len() && children.iter().zip(items).all(|(child, item)| is_same(tree, *child, item))
        }
        (Node::Mapping, Yaml::Map(pairs)) => {
            let written: Vec<_> = tree.written_pairs(value).collect();
            written.len() == pairs.len()
                && written.iter().zip(pairs).all(|(written, (key, value))| {
                    tree.key_text(written.key) == Some(key) && is_same(tree, written.value, value)
                })
        }
        _ => false,
    }
}
