use super::{Outline, OutlinedEntry, OutlinedList, OutlinedNode};
use crate::base::{self, counted, whole};
use crate::plan::{Plan, PlannedSocket};
use crate::provider::Audience;
use crate::render::entrance;
use crate::resolve::LevelKind;

/// A lab as an editor shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'v> {
    pub(crate) outline: &'v Outline,
    pub(crate) plan: &'v Plan,
}

/// Words that are shown beside a place, and are not part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The byte that they are shown before.
    pub(crate) offset: u32,
    pub(crate) words: String,
}

/// The most lines of what is shown for one place; the rest are counted.
const MOST_LINES: usize = 10;

/// The most audiences that a hint names.
const MOST_AUDIENCES: usize = 3;

impl<'v> View<'v> {
    /// What is shown for a byte of a file, in Markdown: who gets in, and where. None if there is nothing to say.
    pub(crate) fn hover(&self, file: usize, offset: u32) -> Option<String> {
        let outline = self.outline;
        if let Some(entry) = outline.entry_at(file, offset) {
            return Some(self.of_entry(entry));
        }
        if let Some(node) = outline.node_at(file, offset) {
            return self.of_node(node);
        }
        outline.list_at(file, offset).map(|list| self.of_list(list))
    }

    /// The hints of a file, in the order of the outline: the audience of each entry, and of each node what it inherits.
    pub(crate) fn hints(&self, file: usize) -> Vec<Hint> {
        let entries = self.outline.entries.iter().filter(|entry| entry.at.file == file);
        let entries = entries.map(|entry| Hint { offset: entry.at.span.end, words: self.audience_of(entry) });
        let nodes = self.outline.nodes.iter().filter(|node| node.at.file == file);
        entries.chain(nodes.filter_map(|node| self.inherited(node))).collect()
    }

    /// How much is published, and how much of it is open to anyone: `3 sockets, 1 open to anyone`.
    pub(crate) fn summary(&self) -> String {
        let sockets = counted(self.plan.sockets.len(), "socket");
        match self.plan.open_count().open {
            0 => sockets,
            open => format!("{sockets}, {open} open to anyone"),
        }
    }

    /// `from kind: anyone @domain.com`, for a node that has no list of its own.
    fn inherited(&self, node: &OutlinedNode) -> Option<Hint> {
        let (list, level) = node.list.filter(|(_, level)| *level != LevelKind::Node)?;
        let words = if self.outline.lists[list].opts_out {
            "nothing".to_owned()
        } else {
            let sockets: Vec<&PlannedSocket> = self.sockets_of(node).collect();
            if sockets.is_empty() { "nothing that is opened".to_owned() } else { audiences(&sockets) }
        };
        Some(Hint { offset: node.at.span.end, words: format!("from {}: {words}", level.word()) })
    }

    fn audience_of(&self, entry: &OutlinedEntry) -> String {
        let sockets: Vec<&PlannedSocket> = entry.sockets.iter().map(|index| &self.plan.sockets[*index]).collect();
        if sockets.is_empty() { self.why_not(entry).to_owned() } else { audiences(&sockets) }
    }

    /// Why an entry opens nothing.
    fn why_not(&self, entry: &OutlinedEntry) -> &'static str {
        let list = &self.outline.lists[entry.list];
        if list.opts_out {
            "not opened: the list has `none`"
        } else if list.nodes.is_empty() {
            "not opened: no node uses this list"
        } else {
            "not opened"
        }
    }

    fn sockets_of(&self, node: &'v OutlinedNode) -> impl Iterator<Item = &'v PlannedSocket> {
        node.sockets.iter().map(|index| &self.plan.sockets[*index])
    }

    fn of_entry(&self, entry: &OutlinedEntry) -> String {
        let sockets: Vec<&PlannedSocket> = entry.sockets.iter().map(|index| &self.plan.sockets[*index]).collect();
        if sockets.is_empty() {
            return self.why_not(entry).to_owned();
        }
        let list = &self.outline.lists[entry.list];
        let who = format!("**{}** can get in, by the list of {}", text(&audiences(&sockets)), text(&list.owner));
        lines(who, sockets.iter().map(|one| Self::line(one)))
    }

    fn of_node(&self, node: &OutlinedNode) -> Option<String> {
        let list = &self.outline.lists[node.list?.0];
        let sockets: Vec<&PlannedSocket> = self.sockets_of(node).collect();
        if sockets.is_empty() {
            return Some(format!("no entry opens this node: the list of {} applies to it", text(&list.owner)));
        }
        let line = |socket: &&PlannedSocket| format!("{}: **{}**", Self::line(socket), text(&entrance::who(socket)));
        let what = format!("the list of {} applies to {}", text(&list.owner), text(&node.words));
        Some(lines(what, sockets.iter().map(line)))
    }

    fn of_list(&self, list: &OutlinedList) -> String {
        let nodes = list.nodes.iter().map(|index| text(&self.outline.nodes[*index].words));
        let count = counted(list.nodes.len(), "node");
        lines(format!("the list of {} applies to {count}", text(&list.owner)), nodes)
    }

    /// `port 22 of leaf1, at port 20067 through ssh`.
    fn line(socket: &PlannedSocket) -> String {
        let at = entrance::words(socket).map_or_else(String::new, |words| format!(", at {}", text(&words)));
        // Missing if there is one for all.
        let provider = socket.provider.map_or_else(String::new, |provider| format!(", {provider}"));
        let (port, node) = (socket.shown_port(), text(socket.shown_node()));
        format!("port {port} of {node} ({}{provider}){at}", socket.socket_type)
    }
}

/// Text of the user in Markdown. Not every editor knows entities, and none notifies people.
fn text(words: &str) -> String {
    base::markdown(&whole(words)).replace("&#64;", "@").replace("&amp;", "&")
}

/// All of them, each once, the widest first; of many, the first.
fn audiences(sockets: &[&PlannedSocket]) -> String {
    let mut all: Vec<String> = Vec::new();
    let is_open = |socket: &&&PlannedSocket| socket.audience == Audience::Anyone;
    let (open, others): (Vec<_>, Vec<_>) = sockets.iter().partition(is_open);
    for words in open.into_iter().chain(others).map(|socket| whole(&entrance::who(socket))) {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    if all.len() > MOST_AUDIENCES {
        let more = all.len() - MOST_AUDIENCES;
        all.truncate(MOST_AUDIENCES);
        all.push(format!("and {more} more"));
    }
    all.join("; ")
}

fn lines(first: String, rest: impl ExactSizeIterator<Item = String>) -> String {
    let more = rest.len().checked_sub(MOST_LINES).filter(|more| *more > 0).map(|more| format!("and {more} more"));
    let lines = rest.take(MOST_LINES).chain(more).map(|line| format!("\n- {line}"));
    first + "\n" + &lines.collect::<Vec<_>>().concat()
}
