use crate::base::whole;
use crate::plan::{Change, ChangeKind, Comparison};
use crate::provider::Audience;
use crate::render::comparison::sides;
use crate::render::wrap;

/// What happened to a door.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChangedDoor {
    pub(super) mark: Mark,
    /// What exactly: `widened: lets in anyone @domain.com`.
    pub(super) words: String,
}

/// How a door that changed is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mark {
    /// New, or it lets in more people, or it leads elsewhere: thick.
    Wider,
    /// Gone: dashed.
    Gone,
    /// It lets in fewer people: green.
    Narrower,
    /// The same people, in another way.
    Other,
}

impl Mark {
    pub(super) const ALL: [Self; 4] = [Self::Wider, Self::Gone, Self::Narrower, Self::Other];

    /// The class of a line, in all formats.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Wider => "wider",
            Self::Gone => "gone",
            Self::Narrower => "narrower",
            Self::Other => "changed",
        }
    }

    /// What the line means.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Wider => "new, or wider than before",
            Self::Gone => "gone",
            Self::Narrower => "narrower than before",
            Self::Other => "changed for the same people",
        }
    }
}

/// The most columns of the part of a sentence that says who or what.
const LONGEST: usize = 60;

/// The change of one socket.
pub(super) fn of(comparison: &Comparison, change: &Change) -> ChangedDoor {
    let mark = match change.kind {
        kind if kind.is_wider() => Mark::Wider,
        ChangeKind::NoLongerReachable => Mark::Gone,
        ChangeKind::Narrowed => Mark::Narrower,
        _ => Mark::Other,
    };
    let kind = change.kind.word();
    let detail = match change.kind {
        ChangeKind::NewlyReachable | ChangeKind::NoLongerReachable => None,
        ChangeKind::Widened => Some(format!("lets in {}", named(&change.gained))),
        ChangeKind::Narrowed => Some(format!("no longer lets in {}", named(&change.lost))),
        ChangeKind::Rewired | ChangeKind::LeadsElsewhere | ChangeKind::Retyped | ChangeKind::Moved => {
            let [before, after] = sides(comparison, change, &|audience, _| audience.to_string());
            Some(whole(&format!("{before} → {after}"))).filter(|text| wrap::width(text) <= LONGEST)
        }
    };
    let words = detail.map_or_else(|| kind.to_owned(), |detail| format!("{kind}: {detail}"));
    ChangedDoor { mark, words }
}

/// The audience, or how many are named if that is too long.
fn named(audience: &Audience) -> String {
    let words = whole(&audience.to_string());
    match audience {
        Audience::Named(acl) if wrap::width(&words) > LONGEST => {
            let count = acl.emails.len() + acl.domains.len() + acl.policies.len();
            if count == 1 { words } else { format!("{count} people, domains, or policies") }
        }
        _ => words,
    }
}
