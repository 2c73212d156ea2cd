//! A topology inside a clabernetes Topology (spec/kubernetes.md#a-topology-of-clabernetes). Takes a file. Gives the topology in its block,
//! and what clabernetes opens besides.

use std::sync::Arc;

use crate::base::rule::MALFORMED_TOPOLOGY;
use crate::base::{Finding, Findings, SourceFile, Span, narrow};
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
        let (starts, cluster) = document(file, start, |document| document.read())?;
        let (inner, mut findings) = Source::within(Arc::clone(file), &starts, environment);
        findings.extend(others(file, start).map(|span| {
            Finding::error(MALFORMED_TOPOLOGY, "this file has more than one clabernetes Topology")
                .at(span, "this one is not read")
                .help("keep each in a file of its own")
        }));
        Some((inner, findings, cluster))
    })
}

/// What `read` reads of the document that begins at a byte.
fn document<T>(file: &SourceFile, start: usize, read: impl FnOnce(Document<'_>) -> Option<T>) -> Option<T> {
    let end = file.text()[start..].find("\n---").map_or(file.text().len(), |end| start + end + 1);
    let part = Arc::new(SourceFile::new(file.name(), &file.text()[start..end]));
    let (source, _) = Source::new(part, &Environment::default());
    let tree = syntax::parse(&source).0?;
    read(Document { tree: &tree, source: &source, start: narrow(start) })
}

/// Where the documents behind the one at `start` say that they are Topologies too.
fn others(file: &SourceFile, start: usize) -> impl Iterator<Item = Span> {
    let behind = documents(file.text()).filter(move |other| *other != start);
    behind.filter_map(|other| document(file, other, |document| document.kind()))
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
        let word = |mapping: NodeId, key: &str| self.word(mapping, key);
        let kind = self.kind()?;
        let spec = tree.lookup(root, "spec")?.value;
        let expose = tree.lookup(spec, "expose").map(|expose| expose.value);
        let expose_type = expose.and_then(|expose| tree.lookup(expose, "exposeType")).map(|pair| pair.value);
        let is_off = expose.and_then(|expose| word(expose, "disableExpose")) == Some("true");
        let is_default = expose_type
            .and_then(|value| tree.scalar(value))
            .is_none_or(|scalar| scalar.is_null || scalar.value.is_empty() || scalar.value == "LoadBalancer");
        let definition = tree.lookup(tree.lookup(spec, "definition")?.value, "containerlab")?;
        let cluster = ClusterLab {
            kind,
            expose_type: expose_type.map(|value| self.span(value)),
            has_load_balancers: is_default && !is_off,
            has_usual_ports: expose.and_then(|expose| word(expose, "disableAutoExpose")) != Some("true"),
        };
        Some((self.lines(definition)?, cluster))
    }

    /// Where it says that it is a Topology, if it is one.
    fn kind(&self) -> Option<Span> {
        let root = self.tree.root()?;
        let is_one = self.word(root, "apiVersion")?.starts_with(GROUP) && self.word(root, "kind")? == "Topology";
        is_one.then(|| self.tree.lookup(root, "kind")).flatten().map(|kind| self.span(kind.value))
    }

    fn word(&self, mapping: NodeId, key: &str) -> Option<&str> {
        Some(self.tree.scalar(self.tree.lookup(mapping, key)?.value)?.value)
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
