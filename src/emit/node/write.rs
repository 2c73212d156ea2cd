//! A node as text: in lines, or between brackets.

use std::sync::Arc;

use crate::base::SourceFile;
use crate::providers::Yaml;
use crate::syntax::{Node, NodeId, Tree};
use crate::text::{Environment, Source};

/// The lines of a node, without their ends: its name `indent` spaces from the left, each level `step` more.
pub(super) fn block(name: &str, node: &Yaml, indent: usize, step: usize) -> Vec<String> {
    let mut lines = Vec::new();
    pair((name, node), indent, step, &mut lines);
    lines
}

fn pair((key, value): (&str, &Yaml), indent: usize, step: usize, lines: &mut Vec<String>) {
    let blanks = " ".repeat(indent);
    let key = word(key);
    match value {
        Yaml::Map(pairs) => {
            lines.push(format!("{blanks}{key}:"));
            for (key, value) in pairs {
                pair((key, value), indent + step, step, lines);
            }
        }
        Yaml::List(items) => {
            lines.push(format!("{blanks}{key}:"));
            let blanks = " ".repeat(indent + step);
            lines.extend(items.iter().map(|item| format!("{blanks}- {}", flow(item))));
        }
        Yaml::Text(_) | Yaml::Truth(_) => lines.push(format!("{blanks}{key}: {}", flow(value))),
    }
}

/// The same on one line.
pub(super) fn flow(value: &Yaml) -> String {
    match value {
        Yaml::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", word(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Yaml::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Yaml::Text(text) => word(text),
        Yaml::Truth(truth) => truth.to_string(),
    }
}

/// A text as a scalar: bare if nobody could read it as anything else.
pub(super) fn word(text: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/');
    let is_other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = begins && text.chars().all(is_bare) && !is_other.iter().any(|other| text.eq_ignore_ascii_case(other));
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

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
