use super::{At, Outline, OutlinedWord};
use crate::base::{AclKind, quoted};
use crate::syntax::entry::{self, Entry};

impl Outline {
    /// The word of an acl at a byte of a file.
    pub(crate) fn word_at(&self, file: usize, offset: u32) -> Option<&OutlinedWord> {
        let words = self.entry_at(file, offset)?.acl.iter();
        words.into_iter().find(|word| word.at.is_some_and(|at| at.has(file, offset)))
    }

    /// Every place of a name in the acls.
    ///
    /// # Errors
    /// One of them is not written letter for letter, so that it cannot be replaced.
    pub(crate) fn places_of(&self, kind: AclKind, name: &str) -> Result<Vec<At>, String> {
        let words =
            self.entries.iter().flat_map(|entry| &entry.acl).filter(|word| word.kind == kind && word.name == name);
        let places = words.map(|word| {
            word.at
                .ok_or_else(|| format!("{} is also the value of a variable, or is written with escapes", quoted(name)))
        });
        let mut places = places.collect::<Result<Vec<At>, String>>()?;
        // An alias is written once.
        places.sort_by_key(|at| (at.file, at.span));
        places.dedup();
        Ok(places)
    }
}

/// Checks that a word can take the place of one of this kind: a person stays a person, so that nobody else gets in.
///
/// # Errors
/// Why it cannot.
pub(crate) fn may_replace(kind: AclKind, new: &str) -> Result<(), String> {
    let (what, other) = match kind {
        AclKind::Email => ("an email address", "user@domain.com"),
        AclKind::Domain => ("a domain", "domain.com"),
        AclKind::Policy => ("the name of a policy", "MyPolicy"),
    };
    let is_one = |acl: &[entry::AclItem]| matches!(acl, [one] if one.kind == kind && one.text == new);
    match entry::parse(&format!("tcp/1/{new}")) {
        Entry::Socket(socket) if is_one(&socket.acl) => Ok(()),
        _ => Err(format!("{} is not {what}; expected something like `{other}`", quoted(new))),
    }
}
