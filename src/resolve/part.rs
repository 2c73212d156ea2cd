//! The part of a lab that goes to one of several providers.

use std::collections::HashSet;
use std::rc::Rc;

use super::{Lab, LabNode, LabSocket};
use crate::model::Identity;

impl<'l> Lab<'l> {
    /// The same lab with only those of its sockets for which `is_here` is true, and without the entries that are `elsewhere` only.
    /// Those that go `nowhere` are there, but not to be published. Everything else stays: lists are checked as they are written.
    pub(crate) fn part(
        &self,
        is_here: impl Fn(&LabSocket<'_, 'l>) -> bool,
        elsewhere: HashSet<Identity>,
        nowhere: HashSet<Identity>,
    ) -> Self {
        let part = |node: &LabNode<'l>| {
            let others = node.sockets().filter(|socket| !is_here(socket)).map(|socket| socket.item.identity());
            let others: HashSet<Identity> = others.collect();
            let mut part = node.clone();
            part.elsewhere = (!others.is_empty()).then(|| Rc::new(others));
            part
        };
        Self { nodes: self.nodes.iter().map(part).collect(), elsewhere, nowhere, ..*self }
    }
}

impl<'l> LabNode<'l> {
    /// Its sockets that another provider opens.
    pub(crate) fn sockets_elsewhere(&self) -> impl Iterator<Item = LabSocket<'_, 'l>> {
        self.all_sockets().filter(|socket| self.is_elsewhere(&socket.item.identity()))
    }

    /// Whether one of its entries goes to another provider.
    pub(super) fn is_elsewhere(&self, entry: &Identity) -> bool {
        self.elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.contains(entry))
    }
}
