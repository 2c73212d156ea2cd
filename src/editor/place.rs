use super::{At, Outline};

impl Outline {
    /// Where the list is that applies to the node at a byte of a file; of an entry, the key of its list.
    pub(crate) fn list_for(&self, file: usize, offset: u32) -> Option<At> {
        if let Some(node) = self.node_at(file, offset) {
            return node.list.map(|(list, _)| self.lists[list].key);
        }
        self.entry_at(file, offset).map(|entry| self.lists[entry.list].key)
    }

    /// The names of the nodes to which the list at a byte of a file applies, or that of the entry there, or that of the node there.
    pub(crate) fn users_at(&self, file: usize, offset: u32) -> Vec<At> {
        let index = if let Some(entry) = self.entry_at(file, offset) {
            Some(entry.list)
        } else if let Some(node) = self.node_at(file, offset) {
            node.list.map(|(list, _)| list)
        } else {
            self.lists.iter().position(|list| list.key.has(file, offset))
        };
        let nodes = index.map_or(&[][..], |index| &self.lists[index].nodes);
        nodes.iter().map(|node| self.nodes[*node].at).collect()
    }
}
