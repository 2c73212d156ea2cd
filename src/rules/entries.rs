//! What the rules about the text of an entry share.

use std::ops::Range;

use super::Subject;
use crate::base::{Span, quoted};
use crate::model::Item;
use crate::syntax::entry::{Entry, Trouble, TroubleKind};

/// A trouble and the entry that has it.
pub(super) struct Sick<'a> {
    subject: &'a Subject<'a>,
    item: &'a Item<'a>,
    pub(super) trouble: &'a Trouble,
}

/// Every trouble of every entry for which `is_wanted`.
pub(super) fn troubles<'a>(subject: &'a Subject<'a>, is_wanted: impl Fn(&TroubleKind) -> bool) -> Vec<Sick<'a>> {
    let mut sick = Vec::new();
    for item in subject.lab.items() {
        if let Entry::Malformed(troubles) = &*item.entry {
            sick.extend(troubles.iter().filter(|trouble| is_wanted(&trouble.kind)).map(|trouble| Sick {
                subject,
                item,
                trouble,
            }));
        }
    }
    sick
}

impl Sick<'_> {
    /// The entry as the file has it.
    pub(super) fn entry(&self) -> String {
        entry_text(self.subject, self.item)
    }

    /// The segment or item as the file has it.
    pub(super) fn segment(&self) -> String {
        quoted(self.subject.lab.original(self.item.place_of(&self.trouble.range)))
    }

    /// The segment's value; none where it holds anything from the environment, which is never shown.
    pub(super) fn segment_value(&self) -> Option<&str> {
        let place = self.item.place_of(&self.trouble.range);
        if self.subject.lab.source.is_substituted(place) {
            None
        } else {
            self.item.text.value.get(self.trouble.range.clone())
        }
    }

    /// Where the trouble is.
    pub(super) fn span(&self) -> Span {
        span(self.subject, self.item, &self.trouble.range)
    }

    /// `expected …`, or what to know about a variable that stands in the way.
    pub(super) fn expectation(&self) -> String {
        let expected = format!("expected {}", self.trouble.expected);
        let value = self.item.text.value.get(self.trouble.range.clone()).unwrap_or_default();
        if value.contains('$') {
            format!("{expected}; this variable is not set, or empty")
        } else if self.segment_value().is_none() {
            format!("{expected}, in the value of this variable")
        } else {
            expected
        }
    }
}

/// An entry as the file has it, in back-ticks.
pub(super) fn entry_text(subject: &Subject<'_>, item: &Item<'_>) -> String {
    quoted(subject.lab.original(item.place_of(&(0..item.text.value.len()))))
}

/// Where a range of an entry's text stands.
pub(super) fn span(subject: &Subject<'_>, item: &Item<'_>, range: &Range<usize>) -> Span {
    subject.lab.span(item.place_of(range))
}

/// Where the whole entry stands, quotation marks left out.
pub(super) fn entry_span(subject: &Subject<'_>, item: &Item<'_>) -> Span {
    span(subject, item, &(0..item.text.value.len()))
}
