//! Checks by hand whether a tree has the structure that schemas/topology.schema.json requires. Nearly every topology does, and
//! then the schema need not be compiled and no view of the tree need be built. Any doubt is left to the schema.

use std::collections::HashSet;

use crate::syntax::{NodeId, Tree, is_merge_key};

/// The first value of the wrong type; none if the schema certainly has nothing to report except what the grammar of entries
/// reports better. With merges, this also checks what they override, as containerlab does; the schema sees only the values that
/// apply.
pub(super) fn odd_one(tree: &Tree<'_>, root: NodeId) -> Option<NodeId> {
    let seen = tree.aliases().next().map(|_| HashSet::new());
    let mut plain = Plain { tree, seen, odd: None };
    (!plain.root(root)).then(|| plain.odd.expect("is_odd has kept what is not plain"))
}

struct Plain<'v, 's> {
    tree: &'v Tree<'s>,
    /// Collections that were checked already, with the way in which they were read, if there are aliases: those can lead to the
    /// same collection many times.
    seen: Option<HashSet<(NodeId, &'static str)>>,
    odd: Option<NodeId>,
}

impl Plain<'_, '_> {
    fn root(&mut self, root: NodeId) -> bool {
        self.map("root", root, |plain, key, value| match key {
            "name" | "prefix" => plain.is_word(value),
            "mgmt" => plain.map("mgmt", value, |plain, key, value| key != "network" || plain.is_word(value)),
            "topology" => plain.map("topology", value, |plain, key, value| match key {
                "defaults" => plain.level(value),
                "kinds" | "groups" | "nodes" => plain.map("levels", value, |plain, _, value| plain.level(value)),
                _ => true,
            }),
            _ => true,
        })
    }

    fn level(&mut self, id: NodeId) -> bool {
        self.map("level", id, |plain, key, value| match key {
            "kind" | "group" | "image" | "network-mode" | "type" => plain.is_word(value),
            "components" => plain.components(value),
            "publish" | "binds" => plain.is_list(value),
            "labels" => plain.map("labels", value, |plain, key, value| key != "publish" || plain.is_word(value)),
            "extras" => plain.map("extras", value, |plain, key, value| key != "mysocket-proxy" || plain.is_word(value)),
            _ => true,
        })
    }

    /// Null, or a map of the given part of a topology with only good members.
    fn map(
        &mut self,
        part: &'static str,
        id: NodeId,
        mut is_good: impl FnMut(&mut Self, &str, NodeId) -> bool,
    ) -> bool {
        let tree = self.tree;
        if !tree.is_mapping(id) {
            return self.is_null(id);
        }
        // What is merged is read as the same part.
        let mut merged = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            if !self.was_seen(part, id) {
                for pair in tree.written_pairs(id) {
                    let key = tree.key_text(pair.key).filter(|key| *key != "<<" || !is_merge_key(tree, pair.key));
                    if key.is_some_and(|key| !is_good(self, key, pair.value)) {
                        return false;
                    }
                }
                merged.extend_from_slice(tree.sources(id));
            }
            next = merged.pop();
        }
        true
    }

    fn is_word(&mut self, id: NodeId) -> bool {
        self.tree.is_scalar(id) || self.is_odd(id)
    }

    fn is_null(&mut self, id: NodeId) -> bool {
        self.tree.is_null(id) || self.is_odd(id)
    }

    /// Keeps the first one.
    fn is_odd(&mut self, id: NodeId) -> bool {
        self.odd.get_or_insert(id);
        false
    }

    /// Null, or a list of words.
    fn is_list(&mut self, id: NodeId) -> bool {
        let tree = self.tree;
        match tree.items(id) {
            Some(items) => self.was_seen("list", id) || items.iter().all(|item| self.is_word(*item)),
            None => self.is_null(id),
        }
    }

    /// Null, or a list of maps whose slots are words.
    fn components(&mut self, id: NodeId) -> bool {
        let tree = self.tree;
        let Some(items) = tree.items(id) else { return self.is_null(id) };
        self.was_seen("components", id)
            || items
                .iter()
                .all(|item| self.map("component", *item, |plain, key, value| key != "slot" || plain.is_word(value)))
    }

    fn was_seen(&mut self, part: &'static str, id: NodeId) -> bool {
        let id = self.tree.resolve(id);
        self.seen.as_mut().is_some_and(|seen| !seen.insert((id, part)))
    }
}
