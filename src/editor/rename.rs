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
    /// The place of an entry in which it is not written letter for letter, so that it cannot be replaced.
    pub(crate) fn places_of(&self, kind: AclKind, name: &str) -> Result<Vec<At>, At> {
        let words = self.entries.iter().flat_map(|entry| entry.acl.iter().map(move |word| (entry, word)));
        let words = words.filter(|(_, word)| word.kind == kind && word.name == name);
        let mut places = words.map(|(entry, word)| word.at.ok_or(entry.at)).collect::<Result<Vec<At>, At>>()?;
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
    // In quotes or without them, nothing else is text everywhere in YAML, and no variable.
    let is_plain = |letter: char| letter.is_alphanumeric() || ".@_+-".contains(letter);
    if let Some(odd) = new.chars().find(|letter| !is_plain(*letter)) {
        return Err(format!(
            "{} has {}, which an editor cannot write everywhere; write it by hand",
            quoted(new),
            quoted(&odd.to_string())
        ));
    }
    let is_one = |acl: &[entry::AclItem]| matches!(acl, [one] if one.kind == kind && one.text == new);
    match entry::parse(&format!("tcp/1/{new}")) {
        Entry::Socket(socket) if is_one(&socket.acl) => Ok(()),
        _ => Err(format!("{} is not {what}; expected something like `{other}`", quoted(new))),
    }
}
