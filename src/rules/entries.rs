//! What the rules about the text of an entry have in common.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::RuleContext;
use crate::base::{Applicability, Edit, Fix, Span, plain, quoted};
use crate::model::{Item, Notation, PublishList};
use crate::provider::{Audience, Capabilities};
use crate::resolve::LabSocket;
use crate::syntax::Editor;
use crate::syntax::entry::{self, Entry, SocketEntry, Trouble, TroubleKind};
use crate::text::Place;

/// A trouble and the entry that has it.
pub(super) struct EntryDiagnostic<'a> {
    context: &'a RuleContext<'a>,
    list: &'a PublishList<'a>,
    item: &'a Item<'a>,
    pub(super) trouble: &'a Trouble,
}

/// Every trouble of every entry for which `is_wanted`, except those that a variable without a value causes.
pub(super) fn troubles<'a>(
    context: &'a RuleContext<'a>,
    is_wanted: impl Fn(&TroubleKind) -> bool + 'a,
) -> impl Iterator<Item = EntryDiagnostic<'a>> {
    all(context).filter(move |diagnostic| is_wanted(&diagnostic.trouble.kind) && !diagnostic.is_unresolved())
}

/// Every trouble that a variable without a value causes.
pub(super) fn unresolved<'a>(context: &'a RuleContext<'a>) -> impl Iterator<Item = EntryDiagnostic<'a>> {
    all(context).filter(EntryDiagnostic::is_unresolved)
}

fn all<'a>(context: &'a RuleContext<'a>) -> impl Iterator<Item = EntryDiagnostic<'a>> {
    let topology = context.lab.topology;
    let is_any = topology.distinct.iter().any(|entry| matches!(**entry, Entry::Malformed(_)));
    let may_repeat = !topology.shared.is_empty();
    let mut seen = HashSet::new();
    let lists = topology.lists.iter().filter(move |list| is_any && list.is_malformed);
    let items = lists.flat_map(|list| {
        let whole = list.items.iter().zip(split_from(list)).filter(|(_, owner)| owner.is_none());
        whole.map(move |(item, _)| (list, item))
    });
    items.flat_map(move |(list, item)| {
        let troubles = match &*item.entry {
            Entry::Malformed(troubles) if !may_repeat || seen.insert(item.identity()) => &troubles[..],
            _ => &[],
        };
        troubles.iter().map(move |trouble| EntryDiagnostic { context, list, item, trouble })
    })
}

/// The acls for each port of each list.
fn acls(context: &RuleContext<'_>) -> HashMap<(Range<usize>, u16), HashSet<Vec<String>>> {
    let mut acls: HashMap<_, HashSet<Vec<String>>> = HashMap::new();
    for list in &context.lab.topology.lists {
        for entry in list.items.iter().filter_map(Item::socket) {
            acls.entry((list.key.range(), entry.port)).or_default().insert(names(entry));
        }
    }
    acls
}

fn names(entry: &SocketEntry) -> Vec<String> {
    let mut names: Vec<String> = entry.acl.iter().map(|item| item.canonical.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// For each item of a list, the entry whose acl it surely belongs to: inside brackets and in labels, a word that could be in an
/// acl, after an entry that has one.
pub(super) fn split_from<'l, 't>(list: &'l PublishList<'t>) -> Vec<Option<&'l Item<'t>>> {
    let is_word = |item: &Item<'_>| {
        matches!(&*item.entry, Entry::Malformed(_))
            && !item.text.value.trim().eq_ignore_ascii_case("none")
            && !item.text.value.contains('/')
            && matches!(entry::parse(&format!("tcp/1/{}", item.text.value)), Entry::Socket(_))
    };
    let mut owner: Option<&Item<'t>> = None;
    let mut owners = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let belongs = owner.filter(|_| is_word(item));
        owners.push(belongs);
        if belongs.is_none() {
            let may_split = list.is_flow || list.notation == Notation::Label;
            owner = Some(item).filter(|item| may_split && item.socket().is_some_and(|entry| !entry.acl.is_empty()));
        }
    }
    owners
}

impl EntryDiagnostic<'_> {
    /// The entry as the file has it.
    pub(super) fn entry(&self) -> String {
        entry_text(self.context, self.item)
    }

    /// The segment or item, as [`part_text`] shows it.
    pub(super) fn segment(&self) -> String {
        part_text(self.context, self.item, &self.trouble.range)
    }

    /// The segment's value; none if any part of it came from the environment, which is never shown.
    pub(super) fn segment_value(&self) -> Option<&str> {
        let place = self.item.place_of(&self.trouble.range);
        if self.context.lab.source.is_substituted(place) {
            None
        } else {
            self.item.text.value.get(self.trouble.range.clone())
        }
    }

    /// Whether any part of the entry came from the environment: then no suggestion is shown.
    pub(super) fn is_substituted(&self) -> bool {
        self.context.lab.source.is_substituted(whole_place(self.item))
    }

    /// The entry that was probably meant; none if any part of the text came from the environment.
    pub(super) fn meant(&self) -> Option<String> {
        if self.is_substituted() { None } else { entry::meant(self.item.text.value) }
    }

    /// Whether another entry of the list would no longer be published if this one were written as `canonical`: an entry for the
    /// same port with another acl, or any entry next to `none`.
    pub(super) fn is_at_odds(&self, canonical: &str) -> bool {
        let Entry::Socket(entry) = entry::parse(canonical) else { return self.list.items.len() > 1 };
        let own = names(&entry);
        let acls = self.context.lookups.acls.get_or_init(|| acls(self.context));
        let of_port = acls.get(&(self.list.key.range(), entry.port));
        of_port.is_some_and(|acls| acls.iter().any(|acl| *acl != own))
    }

    /// Where the trouble is.
    pub(super) fn span(&self) -> Span {
        span(self.context, self.item, &self.trouble.range)
    }

    /// The edit that replaces the whole entry.
    pub(super) fn replaced(&self, content: &str) -> Option<Fix> {
        replaced(self.context, self.item, &(0..self.item.text.value.len()), content)
    }

    /// The edit that replaces the segment or item; it might not be what was meant.
    pub(super) fn guessed(&self, content: &str) -> Option<Fix> {
        let fix = replaced(self.context, self.item, &self.trouble.range, content)?;
        Some(fix.at_most(Applicability::Unsafe))
    }

    /// `expected …`.
    pub(super) fn expected(&self) -> String {
        format!("expected {}", self.trouble.expected)
    }

    /// `expected …`, and whether the value is a variable's.
    pub(super) fn expectation(&self) -> String {
        let expected = self.expected();
        let written = self.context.lab.original(self.item.place_of(&self.trouble.range));
        if self.segment_value().is_none() && !written.contains("$$") {
            format!("{expected}, in the value of this variable")
        } else {
            expected
        }
    }

    /// Whether the trouble is at a variable that has no value.
    fn is_unresolved(&self) -> bool {
        self.context.lab.source.is_unresolved(self.item.place_of(&self.trouble.range))
    }
}

/// An entry as the file has it, in back-ticks.
pub(super) fn entry_text(context: &RuleContext<'_>, item: &Item<'_>) -> String {
    part_text(context, item, &(0..item.text.value.len()))
}

/// A part of an entry in backticks: its value, or the text in the file if the value came from the environment.
pub(super) fn part_text(context: &RuleContext<'_>, item: &Item<'_>, range: &Range<usize>) -> String {
    quoted(context.lab.shown_part(item, range))
}

/// The help for an item of an acl that was probably meant to let in everyone; no word does. People come first, because an entry
/// without an acl is open to everyone whom the provider lets in.
pub(super) fn who_is_meant(context: &RuleContext<'_>) -> String {
    let people = "name the people who may connect, for example `user@domain.com`; no word in an acl means everyone";
    match &context.capabilities.access.without_acl {
        Audience::Nobody => people.to_owned(),
        open => format!("{people}, and an entry without a third segment is open to {open}"),
    }
}

/// Whether a part of an entry is in the file as it is, and not the value of a variable; no message may tell anything about such a
/// value.
pub(super) fn is_written(context: &RuleContext<'_>, item: &Item<'_>, range: &Range<usize>) -> bool {
    !context.lab.source.is_substituted(item.place_of(range))
}

/// The type and the port of an entry as the file has them.
pub(super) fn socket_text<'s>(context: &'s RuleContext<'_>, item: &'s Item<'_>, entry: &SocketEntry) -> &'s str {
    context.lab.shown_part(item, &(entry.type_range.start..entry.port_range.end))
}

/// The edit that replaces a range of an entry's text. None if the entry is not in the file letter for letter. Safe if only one
/// node uses the entry.
pub(super) fn replaced(context: &RuleContext<'_>, item: &Item<'_>, range: &Range<usize>, content: &str) -> Option<Fix> {
    let source = context.lab.source;
    item.verbatim_start?;
    if source.is_substituted(whole_place(item)) {
        return None;
    }
    Some(trusted(context, item, Fix::safe(source.edit(item.place_of(range), content)?)))
}

/// The edit that removes an entry from its list or label. None if it shares its lines with something that stays, or with a
/// variable.
pub(super) fn removed(context: &RuleContext<'_>, list: &PublishList<'_>, item: &Item<'_>) -> Option<Fix> {
    let source = context.lab.source;
    if source.is_substituted(whole_place(item)) {
        return None;
    }
    let fix = match list.notation {
        Notation::Publish | Notation::Entries => {
            let tree = context.lab.topology.tree?;
            let edits = Editor::new(tree, source).remove(&[(list.node, item.node)]).ok()?;
            // A comment that would be removed with the entry was written by someone, and an anchor may be used elsewhere.
            let has_comment = edits.iter().any(|edit| source.file().slice(edit.span).contains('#'));
            let before = source.text().get(..tree.place(item.node).range().start)?;
            let parts_words = |letter: char| letter.is_whitespace() || letter == ',' || letter == '[';
            let has_anchor = before.trim_end().rsplit(parts_words).next().is_some_and(|word| word.starts_with('&'));
            if has_comment || has_anchor {
                return None;
            }
            Fix { applicability: Applicability::Safe, edits }
        }
        Notation::Label => {
            let place = item.place_of(&(0..item.text.value.len()));
            item.verbatim_start?;
            let before = source.text().get(..place.range().start)?;
            let start = before.trim_ascii_end().len();
            // The first word has no whitespace of its own before it.
            let is_first = item.word == 0;
            let span = source.exact_span(Place::new(if is_first { before.len() } else { start }, place.range().end))?;
            Fix::safe(Edit::remove(span))
        }
    };
    Some(trusted(context, item, fix))
}

/// Safe only if the entry belongs to one node.
fn trusted(context: &RuleContext<'_>, item: &Item<'_>, fix: Fix) -> Fix {
    fix.at_most(if context.is_own(item) { Applicability::Safe } else { Applicability::Unsafe })
}

fn whole_place(item: &Item<'_>) -> Place {
    item.place_of(&(0..item.text.value.len()))
}

/// Where a range of an entry's text is in the file.
pub(super) fn span(context: &RuleContext<'_>, item: &Item<'_>, range: &Range<usize>) -> Span {
    context.lab.span(item.place_of(range))
}

/// Where the whole entry is in the file, without its quotes.
pub(super) fn entry_span(context: &RuleContext<'_>, item: &Item<'_>) -> Span {
    span(context, item, &(0..item.text.value.len()))
}

/// What to write so that a socket without an acl is open only to people who are named: the help of a finding.
pub(super) fn named(context: &RuleContext<'_>, socket: &LabSocket<'_, '_>) -> String {
    let can_name = |capabilities: &Capabilities| {
        let written = capabilities.effective_type(socket.entry.socket_type, true);
        capabilities.way(written, true).is_some_and(|way| !way.enforces.is_empty())
    };
    if can_name(context.capabilities) {
        let written = plain(socket_text(context, socket.item, socket.entry));
        // In place of a variable's value nothing can be shown that would be an entry.
        let example = if written.contains('$') { "<type>/<port>".into() } else { written };
        return format!("name who may connect in a third segment, for example `{example}/user@domain.com`");
    }
    match context.providers_that(can_name) {
        Some(names) => format!(
            "select a provider that can enforce an acl ({names}) and name who may connect, or publish a jump host instead"
        ),
        None => "publish a jump host instead".to_owned(),
    }
}
