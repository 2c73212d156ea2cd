//! A topology inside a clabernetes Topology (spec/kubernetes.md#a-topology-of-clabernetes). Takes a file. Gives the topology in its block,
//! and what clabernetes opens besides.

use std::sync::Arc;

use crate::base::{Findings, SourceFile, Span, narrow};
use crate::model::ClusterLab;
use crate::syntax::{self, NodeId, Pair, Tree};
use crate::text::{Environment, Source};

/// The group of its API.
const GROUP: &str = "clabernetes.containerlab.dev/";

/// The topology in a file that is a clabernetes Topology. None if the file is something else, or its topology is no block of text.
pub(super) fn within(file: &Arc<SourceFile>, environment: &Environment) -> Option<(Source, Findings, ClusterLab)> {
    if !file.text().contains(GROUP) {
        return None;
    }
    documents(file.text()).find_map(|start| {
        let end = file.text()[start..].find("\n---").map_or(file.text().len(), |end| start + end + 1);
        let part = Arc::new(SourceFile::new(file.name(), &file.text()[start..end]));
        let (source, _) = Source::new(part, &Environment::default());
        let tree = syntax::parse(&source).0?;
        let document = Document { tree: &tree, source: &source, start: narrow(start) };
        let (starts, cluster) = document.read()?;
        let (inner, findings) = Source::within(Arc::clone(file), &starts, environment);
        Some((inner, findings, cluster))
    })
}

/// The bytes at which the documents of a file begin.
fn documents(text: &str) -> impl Iterator<Item = usize> {
    let marks = text.match_indices("\n---").filter_map(|(at, _)| {
        let rest = &text[at + 4..];
        let line = rest.find('\n')?;
        rest[..line].trim().is_empty().then_some(at + 4 + line + 1)
    });
    let first = if text.starts_with("---") { text.find('\n').map_or(text.len(), |end| end + 1) } else { 0 };
    std::iter::once(first).chain(marks)
}

struct Document<'d> {
    tree: &'d Tree<'d>,
    source: &'d Source,
    /// Where it begins in the file.
    start: u32,
}

impl Document<'_> {
    fn read(&self) -> Option<(Vec<u32>, ClusterLab)> {
        let tree = self.tree;
        let root = tree.root()?;
        let word = |mapping: NodeId, key: &str| Some(tree.scalar(tree.lookup(mapping, key)?.value)?.value);
        let is_one = word(root, "apiVersion")?.starts_with(GROUP) && word(root, "kind")? == "Topology";
        let spec = tree.lookup(root, "spec").filter(|_| is_one)?.value;
        let expose = tree.lookup(spec, "expose").map(|expose| expose.value);
        let expose_type = expose.and_then(|expose| tree.lookup(expose, "exposeType")).map(|pair| pair.value);
        let is_off = expose.and_then(|expose| word(expose, "disableExpose")) == Some("true");
        let is_default = expose_type
            .and_then(|value| tree.scalar(value))
            .is_none_or(|scalar| scalar.is_null || scalar.value.is_empty() || scalar.value == "LoadBalancer");
        let definition = tree.lookup(tree.lookup(spec, "definition")?.value, "containerlab")?;
        let cluster = ClusterLab {
            kind: self.span(tree.lookup(root, "kind")?.value),
            expose_type: expose_type.map(|value| self.span(value)),
            has_load_balancers: is_default && !is_off,
        };
        Some((self.lines(definition)?, cluster))
    }

    fn span(&self, node: NodeId) -> Span {
        self.source.span(self.tree.place(node)).moved(self.start)
    }

    /// The bytes of the file at which the lines of a block of text begin, behind their indentation. None if it is no `|` block.
    fn lines(&self, pair: Pair) -> Option<Vec<u32>> {
        let value = self.tree.scalar(pair.value)?.value;
        let text = self.source.file().text();
        let at = self.source.span(self.tree.place(pair.key)).start as usize;
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let (head, behind) = text[line..].split_once('\n')?;
        let mark = head.rsplit_once(": ")?.1.split('#').next()?.trim();
        let is_block = mark.starts_with('|') && mark[1..].chars().all(|letter| "+-123456789".contains(letter));
        let first = behind.lines().find(|line| !line.trim().is_empty())?;
        let own = head.len() - head.trim_start().len();
        let indent = match mark.chars().find(char::is_ascii_digit) {
            Some(digit) => own + digit.to_digit(10)? as usize,
            None => first.len() - first.trim_start_matches(' ').len(),
        };
        if !is_block || indent <= own {
            return None;
        }
        let mut starts = Vec::new();
        let mut position = line + head.len() + 1;
        for line in behind.split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let is_empty = line.trim_matches([' ', '\r', '\n']).is_empty();
            if !is_empty && blanks < indent {
                break;
            }
            let skipped = if is_empty { blanks.min(indent) } else { indent };
            starts.push(narrow(position + skipped) + self.start);
            position += line.len();
        }
        // What was cut out is what YAML reads.
        let whole = |start: &u32| {
            let rest = &text[(*start - self.start) as usize..];
            rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)].replace("\r\n", "\n")
        };
        let cut = Arc::new(SourceFile::new("", starts.iter().map(whole).collect::<String>()));
        let (cut, _) = Source::new(cut, &Environment::default());
        (cut.text().trim_end() == value.trim_end()).then_some(starts)
    }
}
