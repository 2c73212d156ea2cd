//! Containers that the tunnel client could not find by name (spec/names.md#where-a-tunnel-leads).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{RuleContext, socket_name_collision};
use crate::base::dns::LONGEST_LABEL;
pub(crate) use crate::base::rule::NAME_NOT_RESOLVABLE as RULE;
use crate::base::{Finding, Findings, quoted};
use crate::model::Text;
use crate::resolve::{Lab, LabNode, Standing, has_dns_trap, is_container_name, other_meaning};

pub(super) fn check(context: &RuleContext<'_>, findings: &mut Findings) {
    let lab = context.lab;
    let mut told = Told::default();
    for node in &lab.nodes {
        check_container(context, node, &mut told, findings);
    }
    let mut nodes = lab.publishing_nodes().filter(|node| node.sockets().next().is_some()).peekable();
    if nodes.peek().is_none() {
        return;
    }
    if let Some(network) = lab.topology.management_network {
        findings.extend(about_network(lab, network));
    }
    let shared = shared_names(lab);
    let aliases = &lab.topology.dns_aliases;
    let aliases: HashMap<String, Text<'_>> =
        aliases.iter().map(|alias| (alias.value.to_ascii_lowercase(), *alias)).collect();
    let hosts = hosts_like_containers(lab);
    for node in nodes {
        // A name with a variable that has no value is reported by `unresolved-variable`.
        let words = [lab.topology.name, lab.topology.prefix, Some(node.name), node.slot];
        if !words.into_iter().flatten().any(|word| lab.source.is_unresolved(word.place)) {
            check_name(context, node, &mut told, findings);
            check_others(context, node, &shared, findings);
            check_aliases(context, node, &aliases, &mut told, findings);
            check_hosts(context, node, &hosts, findings);
        }
    }
}

/// A network without DNS, or with a name that is not valid for Docker: it would be an option, or a template, for
/// `docker network`.
fn about_network(lab: &Lab<'_>, network: Text<'_>) -> Option<Finding> {
    let (message, label) = match network.value {
        "bridge" => {
            ("containers cannot be found by name on Docker's default bridge network", "this network has no DNS")
        }
        "host" | "none" => ("containers cannot be found by name on this Docker network", "this network has no DNS"),
        name if is_container_name(name) || lab.source.is_unresolved(network.place) => return None,
        _ => (
            "not a valid name for a Docker network",
            "expected ASCII letters, digits, `_`, `.`, and `-`, with a letter or a digit first",
        ),
    };
    let help = "give the lab its own network, for example `network: clab`";
    Some(Finding::error(RULE, message).at(lab.span(network.place), label).help(help))
}

/// The names of containers that several nodes have, in lower case, as DNS compares them (RFC 4343), each with its nodes. Nodes that
/// publish nothing have containers too.
fn shared_names<'s, 'l>(lab: &'s Lab<'l>) -> HashMap<String, Vec<&'s LabNode<'l>>> {
    let is_plain = |node: &LabNode<'_>| {
        node.slot.is_none()
            && !node.is_of_kind(&["ext-container"])
            && !node.name.value.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    // The keys of a map differ.
    if lab.nodes.iter().all(is_plain) {
        return HashMap::new();
    }
    let mut nodes: HashMap<String, Vec<&LabNode<'_>>> = HashMap::new();
    for node in lab.nodes.iter().filter(|node| !matches!(node.standing, Standing::NoContainer)) {
        nodes.entry(lab.container(node).to_ascii_lowercase()).or_default().push(node);
    }
    nodes.retain(|_, nodes| nodes.len() > 1);
    nodes
}

/// Docker answers an alias as it answers a container's name: with every container that has it (containerlab hands `aliases` to
/// Docker as names on the management network: `Aliases` in runtime/docker/docker.go).
fn check_aliases(
    context: &RuleContext<'_>,
    node: &LabNode<'_>,
    aliases: &HashMap<String, Text<'_>>,
    told: &mut Told,
    findings: &mut Findings,
) {
    let lab = context.lab;
    let alias = if aliases.is_empty() { None } else { aliases.get(&lab.container(node).to_ascii_lowercase()) };
    let Some(alias) = alias.filter(|alias| told.places.insert(alias.place.range())) else { return };
    let name = quoted(lab.shown(*alias));
    findings.push(
        Finding::error(RULE, format!("alias {name} is the name of a published container"))
            .at(lab.span(alias.place), "a tunnel could lead to this node instead")
            .at(lab.span(node.name.place), "the published node")
            .help("use another alias"),
    );
}

/// The nodes whose names could be those of containers, in lower case, because they begin in the same way.
fn hosts_like_containers<'s, 'l>(lab: &'s Lab<'l>) -> HashMap<String, &'s LabNode<'l>> {
    let containers = lab.nodes.iter().map(|node| (lab.container(node), node));
    let start = containers.filter_map(|(container, node)| container.strip_suffix(node.name.value).map(str::to_owned));
    let Some(start) = start.map(|start| start.to_ascii_lowercase()).find(|start| !start.is_empty()) else {
        return HashMap::new();
    };
    let named = lab.nodes.iter().map(|node| (node.name.value.to_ascii_lowercase(), node));
    named.filter(|(name, node)| name.starts_with(&start) && !matches!(node.standing, Standing::NoContainer)).collect()
}

/// Docker answers a container's hostname as well (since Docker 25), and containerlab uses the node's name for it.
fn check_hosts(
    context: &RuleContext<'_>,
    node: &LabNode<'_>,
    hosts: &HashMap<String, &LabNode<'_>>,
    findings: &mut Findings,
) {
    let lab = context.lab;
    let other = if hosts.is_empty() { None } else { hosts.get(&lab.container(node).to_ascii_lowercase()) };
    let Some(other) = other.filter(|other| other.name.place != node.name.place) else { return };
    let name = quoted(lab.shown(other.name));
    findings.push(
        Finding::error(RULE, format!("node {name} has the name of a published container"))
            .at(lab.span(other.name.place), "a tunnel could lead to this node instead")
            .at(lab.span(node.name.place), "the published node")
            .help("give the node another name"),
    );
}

/// If two containers have the same name, the tunnel could lead to either of them.
fn check_others(
    context: &RuleContext<'_>,
    node: &LabNode<'_>,
    shared: &HashMap<String, Vec<&LabNode<'_>>>,
    findings: &mut Findings,
) {
    let lab = context.lab;
    let nodes = if shared.is_empty() { None } else { shared.get(&lab.container(node).to_ascii_lowercase()) };
    let nodes = nodes.map_or(&[][..], Vec::as_slice);
    let start = |node: &LabNode<'_>| node.name.place.range().start;
    // If both publish something, the later one is reported.
    let is_other = |other: &&&LabNode<'_>| start(other) < start(node) || other.sockets().next().is_none();
    let Some(other) = nodes.iter().find(|other| is_other(other) && start(other) != start(node)) else { return };
    let (name, other_name) = (quoted(&lab.shown_container(node)), quoted(&lab.shown_container(other)));
    findings.push(
        Finding::error(RULE, format!("{name} and {other_name} are the same name in DNS"))
            .at(lab.span(node.name.place), "a tunnel could lead to either container")
            .at(lab.span(other.name.place), "the other one")
            .help("give the nodes names that differ in more than upper and lower case")
            .suppressed_by(Some(socket_name_collision::RULE)),
    );
}

/// What is reported once per lab.
#[derive(Default)]
struct Told {
    trap: bool,
    /// Words that no container name can contain.
    places: HashSet<Range<usize>>,
}

/// If a node has several containers, the tunnel must lead to the one that has the node's network.
fn check_container(context: &RuleContext<'_>, node: &LabNode<'_>, told: &mut Told, findings: &mut Findings) {
    let lab = context.lab;
    let Standing::UnknownContainer(place) = node.standing else { return };
    let publishes = node.publish.as_ref().is_some_and(|inherited| !inherited.list.opts_out());
    if !publishes || !told.places.insert(place.range()) {
        return;
    }
    let (label, help) = if lab.source.is_unresolved(place) {
        ("a variable without a value", "set it in the environment or in a file for `--env-file`")
    } else {
        (
            "expected a list of components, each with a slot of its own",
            "give each component a slot, for example `slot: A`",
        )
    };
    let name = quoted(lab.shown(node.name));
    findings.push(
        Finding::error(RULE, format!("cannot tell which container of {name} to publish"))
            .at(lab.span(place), label)
            .help(help),
    );
}

fn check_name(context: &RuleContext<'_>, node: &LabNode<'_>, told: &mut Told, findings: &mut Findings) {
    let container = || quoted(&context.lab.shown_container(node));
    let name = context.lab.container(node);
    let span = context.lab.span(node.name.place);
    if node.kind.is_some_and(|kind| kind.value == "ext-container") {
        findings.push(
            Finding::warning(RULE, format!("{} might not be on the lab's network", container()))
                .at(span, "containerlab does not start this container")
                .help("connect it to the management network (`docker network connect`) before you open the tunnels"),
        );
    }
    let length = name.chars().count();
    if length > LONGEST_LABEL {
        findings.push(
            Finding::error(RULE, format!("container name {} is too long for DNS", container()))
                .at(span, format!("{length} characters; DNS allows at most {LONGEST_LABEL}"))
                .help("shorten the node or lab name, or set a shorter `prefix`"),
        );
    } else if !is_container_name(name) {
        // If the node's own name is valid, the lab name or the prefix is at fault, for all nodes alike.
        let topology = &context.lab.topology;
        let prefix = topology.prefix.filter(|prefix| prefix.value != "__lab-name");
        let is_at_fault = |word: &Text<'_>| !word.value.is_empty() && !is_container_name(word.value);
        let words = [Some(node.name), topology.name, prefix, node.slot];
        let culprit = words.into_iter().flatten().find(is_at_fault).unwrap_or(node.name);
        if !told.places.insert(culprit.place.range()) {
            return;
        }
        findings.push(
            Finding::error(RULE, format!("{} is not a valid container name", container()))
                .at(context.lab.span(culprit.place), "expected ASCII letters, digits, `_`, `.`, and `-`")
                .help("choose another name that starts with a letter or a digit"),
        );
    } else if let Some(meaning) = other_meaning(name) {
        findings.push(
            Finding::error(RULE, format!("{} could mean something other than this container", container()))
                .at(span, meaning)
                .help("use a letter and then letters, digits, and `-` in the names of nodes and lab, and a `prefix`"),
        );
    } else if has_dns_trap(name) && !told.trap {
        told.trap = true;
        findings.push(
            Finding::info(RULE, format!("some DNS clients do not look up a name like {}", container()))
                .at(span, "the container name contains `_`")
                .help("if a tunnel cannot find its target, use only letters, digits, and `-` in node and lab names"),
        );
    }
}
