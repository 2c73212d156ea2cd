//! Inheritance: node, group, kind, defaults (spec/inheritance.md#which-list-applies).

use std::rc::Rc;

use super::lab::{Inherited, LevelKind};
use crate::model::{Level, Notation, Text, Topology};

/// The levels that apply to one node, the most specific first.
pub(super) struct NodeLevels<'l> {
    pub(super) kind: Option<Text<'l>>,
    pub(super) group: Option<Text<'l>>,
    levels: [Option<(LevelKind, &'l Level<'l>)>; 4],
}

/// Finds the levels of a node.
///
/// The kind may come through the group that the node itself or the defaults name, never through a group that was found by
/// the kind: there is no circle.
pub(super) fn levels<'l>(topology: &'l Topology<'l>, node: &'l Level<'l>) -> NodeLevels<'l> {
    let defaults = &topology.defaults;
    let group_kind = |group: Option<Text<'l>>| topology.groups.get(group?.value)?.kind;
    let kind = node.kind.or_else(|| group_kind(node.group)).or_else(|| group_kind(defaults.group)).or(defaults.kind);
    let kind_level = kind.and_then(|kind| topology.kinds.get(kind.value));
    let group = node.group.or_else(|| kind_level.and_then(|level| level.group)).or(defaults.group);
    let group_level = group.and_then(|group| topology.groups.get(group.value));
    NodeLevels {
        kind,
        group,
        levels: [
            Some((LevelKind::Node, node)),
            group_level.map(|level| (LevelKind::Group, level)),
            kind_level.map(|level| (LevelKind::Kind, level)),
            Some((LevelKind::Defaults, defaults)),
        ],
    }
}

/// The lists on the way from a node to the defaults.
#[derive(Default)]
pub(super) struct Lists<'l> {
    pub(super) holding: Option<Inherited<'l>>,
    pub(super) hidden: Option<Inherited<'l>>,
    pub(super) label_behind: Option<Inherited<'l>>,
    pub(super) passed_over: Vec<Inherited<'l>>,
}

impl<'l> NodeLevels<'l> {
    fn iter(&self) -> impl DoubleEndedIterator<Item = (LevelKind, &'l Level<'l>)> {
        self.levels.iter().copied().flatten()
    }

    /// The first value on the way from the node to the defaults.
    pub(super) fn first<T>(&self, value: impl Fn(&'l Level<'l>) -> Option<T>) -> Option<T> {
        self.iter().find_map(|(_, level)| value(level))
    }

    /// `extras` is replaced as a whole.
    pub(super) fn extras(&self) -> Option<&'l crate::model::Extras<'l>> {
        self.first(|level| level.extras.as_ref())
    }

    /// The list that applies, the next one that it hides, and the empty ones before it.
    pub(super) fn publish(&self) -> Lists<'l> {
        let mut lists = Lists::default();
        for (level_kind, level) in self.iter() {
            let Some(list) = &level.publish else { continue };
            let inherited = Inherited { level: level_kind, list: Rc::clone(list) };
            match (list.falls_through(), &lists.holding) {
                (true, None) => lists.passed_over.push(inherited),
                (true, Some(_)) => {}
                (false, None) => lists.holding = Some(inherited),
                (false, Some(_)) => {
                    if lists.label_behind.is_none() && inherited.list.notation == Notation::Label {
                        lists.label_behind = Some(inherited.clone());
                    }
                    lists.hidden.get_or_insert(inherited);
                }
            }
        }
        lists
    }

    /// Binds of all levels, the more specific one of each destination.
    pub(super) fn binds(&self) -> Vec<Text<'l>> {
        let mut binds: Vec<Text<'l>> = Vec::new();
        for (_, level) in self.iter() {
            for bind in &level.binds {
                let is_hidden = binds.iter().any(|nearer| destination(nearer.value) == destination(bind.value));
                if !is_hidden {
                    binds.push(*bind);
                }
            }
        }
        binds
    }
}

/// The path in the container of `host:container[:options]`.
fn destination(bind: &str) -> &str {
    bind.split(':').nth(1).unwrap_or(bind)
}
