//! Checks the structure of what was read, and that of a topology against schemas/topology.schema.json, the same file that editors use. The findings get
//! their words from the schema's `errorMessage` and their places from the tree.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::entries;
use super::plain::odd_one;
use crate::base::{Finding, Findings, quoted, rule};
use crate::syntax::{Node, NodeId, Pair, Tree};
use crate::text::Source;

/// The text of the schema, for editors.
pub(crate) const SCHEMA: &str = include_str!("../../schemas/topology.schema.json");

static PARSED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(SCHEMA).expect("the schema in the program is JSON"));

/// Compiled when the first topology is checked, shared by all threads.
static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&PARSED).expect("the schema in the program is one"));

/// Finds values of the wrong type. Entries that are strings are left to the grammar, which reports them better.
pub(crate) fn check(tree: &Tree<'_>, source: &Source) -> Findings {
    let mut all = tree.first_root().map_or_else(Findings::default, |root| entries::check(tree, root, source));
    all.append(of_topology(tree, source));
    all
}

fn of_topology(tree: &Tree<'_>, source: &Source) -> Findings {
    let Some(root) = tree.root() else { return Findings::default() };
    let Some(odd) = odd_one(tree, root) else { return Findings::default() };
    let mut findings = by_schema(tree, source, root);
    if findings.is_empty() && tree.has_merges() {
        let message = "this value has the wrong type, even if a merge overrides it";
        let place = source.span(tree.place(odd));
        findings
            .push(Finding::error(rule::MALFORMED_TOPOLOGY, message).at(place, format!("this is {}", shape(tree, odd))));
    }
    findings
}

fn by_schema(tree: &Tree<'_>, source: &Source, root: NodeId) -> Findings {
    let view = View { tree, seen: HashSet::new() }.root(root);
    if VALIDATOR.is_valid(&view) {
        return Findings::default();
    }
    let mut wide = WideMaps::default();
    VALIDATOR.iter_errors(&view).filter_map(|error| finding(tree, source, root, &error, &mut wide)).collect()
}

/// The pairs of maps with many keys, so that a thousand findings in one map do not each search all of it.
type WideMaps = HashMap<NodeId, HashMap<String, Pair>>;

/// Maps with more keys are looked up in [`WideMaps`].
const FEW_KEYS: usize = 16;

fn finding(
    tree: &Tree<'_>,
    source: &Source,
    root: NodeId,
    error: &jsonschema::ValidationError<'_>,
    wide: &mut WideMaps,
) -> Option<Finding> {
    let path = error.instance_path().as_str();
    let path: Vec<String> = path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let below = below_level(&path);
    let (is_entry, is_list) = (matches!(below[..], ["publish", _]), below == ["publish"]);
    let is_label = below == ["labels", "publish"];
    if (is_entry || is_label) && (error.instance().is_string() || error.instance().is_null()) {
        return None;
    }
    let (key, node) = walk(tree, root, &path, wide);
    let key = key.map(|key| quoted(source.original(tree.place(key))));
    let (rule, message) = match (is_entry, key) {
        (true, _) => (rule::MALFORMED_ENTRY, "a publish entry must be a string".to_owned()),
        (false, Some(key)) if is_label => (rule::MALFORMED_TOPOLOGY, format!("the label {key} is not a string")),
        (false, Some(key)) if is_list => (rule::PUBLISH_NOT_A_LIST, format!("{key} is not a list")),
        (false, Some(key)) => (rule::MALFORMED_TOPOLOGY, format!("the value of {key} has the wrong type")),
        (false, None) => (rule::MALFORMED_TOPOLOGY, "this value has the wrong type".to_owned()),
    };
    let expected = expected(error.schema_path().as_str()).unwrap_or("expected another type").to_owned();
    let place = tree.place(node);
    Some(Finding::error(rule, message).at(source.span(place), format!("this is {}", shape(tree, node))).help(expected))
}

/// The part of a path that is inside a level: nodes, kinds and groups may have any name.
fn below_level(path: &[String]) -> Vec<&str> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path[..] {
        ["topology", "defaults", ref below @ ..] | ["topology", "kinds" | "groups" | "nodes", _, ref below @ ..] => {
            below.to_vec()
        }
        _ => Vec::new(),
    }
}

/// The `errorMessage` of the schema at the place that failed.
fn expected(schema_path: &str) -> Option<&'static str> {
    let (parent, _) = schema_path.rsplit_once('/')?;
    let mut schema = PARSED.pointer(parent)?;
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        schema = PARSED.pointer(reference.trim_start_matches('#'))?;
    }
    schema.get("errorMessage")?.as_str()
}

pub(super) fn shape(tree: &Tree<'_>, node: NodeId) -> &'static str {
    match tree.get(node) {
        Node::Mapping => "a map",
        Node::Sequence => "a list",
        Node::Scalar(scalar) if scalar.is_null => "empty",
        _ => "a string",
    }
}

/// The node at a path of keys and indices, with the last key on the way.
fn walk(tree: &Tree<'_>, root: NodeId, path: &[String], wide: &mut WideMaps) -> (Option<NodeId>, NodeId) {
    let mut key = None;
    let mut node = root;
    for part in path {
        if let Some(pair) = lookup(tree, node, part, wide) {
            key = Some(pair.key);
            node = pair.value;
        } else if let Some(item) = part.parse::<usize>().ok().and_then(|index| tree.items(node)?.get(index).copied()) {
            node = item;
        }
    }
    (key, node)
}

fn lookup(tree: &Tree<'_>, mapping: NodeId, name: &str, wide: &mut WideMaps) -> Option<Pair> {
    if tree.pairs(mapping).nth(FEW_KEYS).is_none() {
        return tree.lookup(mapping, name);
    }
    let by_name = wide.entry(tree.resolve(mapping)).or_insert_with(|| {
        tree.pairs(mapping).filter_map(|pair| Some((tree.key_text(pair.key)?.to_owned(), pair))).collect()
    });
    by_name.get(name).copied()
}

/// A tree as JSON, reduced to what the schema reads: every scalar is a string, as yaml.v2 reads it into a string.
struct View<'v, 's> {
    tree: &'v Tree<'s>,
    /// Collections that were seen already, with the way in which they were read: one that an alias repeats was validated at its
    /// first place.
    seen: HashSet<(NodeId, &'static str)>,
}

impl View<'_, '_> {
    fn root(mut self, root: NodeId) -> Value {
        self.object("root", root, |view, key, value| match key {
            "name" | "prefix" => Some(view.leaf(value)),
            "mgmt" => Some(view.object("mgmt", value, |view, key, value| (key == "network").then(|| view.leaf(value)))),
            "topology" => Some(view.object("topology", value, |view, key, value| match key {
                "defaults" => Some(view.level(value)),
                "kinds" | "groups" | "nodes" => {
                    Some(view.object("levels", value, |view, _, value| Some(view.level(value))))
                }
                _ => None,
            })),
            _ => None,
        })
    }

    fn level(&mut self, id: NodeId) -> Value {
        self.object("level", id, |view, key, value| match key {
            "kind" | "group" | "image" | "network-mode" | "type" | "publish" | "binds" => Some(view.leaf(value)),
            "components" => Some(view.components(value)),
            "labels" => {
                Some(view.object("labels", value, |view, key, value| (key == "publish").then(|| view.leaf(value))))
            }
            "extras" => Some(
                view.object("extras", value, |view, key, value| (key == "mysocket-proxy").then(|| view.leaf(value))),
            ),
            _ => None,
        })
    }

    fn components(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        match tree.items(id) {
            Some(_) if !self.seen.insert((tree.resolve(id), "components")) => Value::Array(Vec::new()),
            Some(items) => {
                let component = |item: &NodeId| {
                    self.object("component", *item, |view, key, value| (key == "slot").then(|| view.shallow(value)))
                };
                items.iter().map(component).collect()
            }
            None => self.shallow(id),
        }
    }

    /// A map that is read as `part` of a topology, with the members that `member` selects.
    fn object(
        &mut self,
        part: &'static str,
        id: NodeId,
        mut member: impl FnMut(&mut Self, &str, NodeId) -> Option<Value>,
    ) -> Value {
        if !self.tree.is_mapping(id) {
            return self.leaf(id);
        }
        if !self.seen.insert((self.tree.resolve(id), part)) {
            return Value::Object(Map::new());
        }
        let tree = self.tree;
        let mut map = Map::new();
        for pair in tree.pairs(id) {
            if let Some(key) = tree.key_text(pair.key)
                && let Some(value) = member(self, key, pair.value)
            {
                map.insert(key.to_owned(), value);
            }
        }
        Value::Object(map)
    }

    /// A scalar, or a list of scalars; for anything nested deeper, only its type.
    fn leaf(&mut self, id: NodeId) -> Value {
        match self.tree.get(id) {
            Node::Sequence if !self.seen.insert((self.tree.resolve(id), "list")) => Value::Array(Vec::new()),
            Node::Sequence => {
                let items = self.tree.items(id).expect("a sequence has items");
                items.iter().map(|item| self.shallow(*item)).collect()
            }
            _ => self.shallow(id),
        }
    }

    fn shallow(&self, id: NodeId) -> Value {
        match self.tree.get(id) {
            Node::Scalar(scalar) if scalar.is_null => Value::Null,
            Node::Scalar(scalar) => Value::from(scalar.value),
            Node::Sequence => Value::Array(Vec::new()),
            _ => Value::Object(Map::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;
    use crate::text::{self, Environment};

    /// Whether the quick check passes, and how many findings the schema gives.
    fn verdicts(text: &str) -> Option<(bool, usize)> {
        let (_, source, _) = text::read("l", text.as_bytes().to_vec(), &Environment::default());
        let source = source?;
        let (tree, _) = crate::syntax::parse(&source);
        let tree = tree?;
        let root = tree.root()?;
        Some((odd_one(&tree, root).is_none(), by_schema(&tree, &source, root).len()))
    }

    /// Values of any type that can be at any place.
    const VALUES: [&str; 14] = [
        "",
        "~",
        "word",
        "22",
        "[]",
        "[a, b]",
        "[[a]]",
        "[{a: b}]",
        "[~]",
        "{}",
        "{publish: tcp/22}",
        "{a: {b: c}}",
        "[{slot: 1}, {slot: A}]",
        "[{slot: [A]}]",
    ];
    const KEYS: [&str; 17] = [
        "kind",
        "group",
        "image",
        "network-mode",
        "type",
        "components",
        "slot",
        "publish",
        "binds",
        "labels",
        "extras",
        "ports",
        "name",
        "mgmt",
        "prefix",
        "network",
        "mysocket-proxy",
    ];

    #[test]
    fn what_is_plainly_right_is_right_for_the_schema() {
        let value = || prop::sample::select(&VALUES[..]);
        let pair = (prop::sample::select(&KEYS[..]), value());
        let level = prop_oneof![
            6 => prop::collection::vec(pair.clone(), 0..4).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
            1 => value().prop_map(str::to_owned),
            1 => Just("&a {publish: [tcp/22], labels: {publish: [x]}}".to_owned()),
            1 => Just("*a".to_owned()),
        ];
        let levels = prop_oneof![
            8 => prop::collection::vec(level, 0..4).prop_map(|levels| {
                let levels: Vec<String> = levels.iter().enumerate().map(|(index, level)| format!("n{index}: {level}")).collect();
                format!("{{{}}}", levels.join(", "))
            }),
            1 => value().prop_map(str::to_owned),
        ];
        let topology = (pair, levels.clone(), levels, value()).prop_map(|((key, value), kinds, nodes, defaults)| {
            format!("{key}: {value}\ntopology:\n  kinds: {kinds}\n  nodes: {nodes}\n  defaults: {defaults}\n")
        });
        let counts = std::cell::Cell::new((0, 0, 0));
        let mut runner = TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
        runner
            .run(&topology, |text| {
                if let Some((is_plain, findings)) = verdicts(&text) {
                    prop_assert!(!is_plain || findings == 0, "{text}");
                    let (plain, right, wrong) = counts.get();
                    counts.set(match (is_plain, findings) {
                        (true, _) => (plain + 1, right, wrong),
                        (false, 0) => (plain, right + 1, wrong),
                        (false, _) => (plain, right, wrong + 1),
                    });
                }
                Ok(())
            })
            .unwrap();
        let (plain, right, wrong) = counts.get();
        // The schema sees only the last of two duplicate keys.
        assert!(plain > 300 && right < 300 && wrong > 1_000, "{plain} plain, {right} right, {wrong} wrong");
    }
}
