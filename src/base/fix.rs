use super::Edit;

/// How far a fix can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// For people to look at; never applied.
    Display,
    /// May change what is published.
    Unsafe,
    /// Changes only what the finding is about.
    Safe,
}

/// Changes to the finding's own file that fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// The changes; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// One change that is safe.
    #[must_use]
    pub(crate) fn safe(edit: Edit) -> Self {
        Self { applicability: Applicability::Safe, edits: vec![edit] }
    }

    /// One change that may change what is published.
    #[must_use]
    pub(crate) fn guess(edit: Edit) -> Self {
        Self { applicability: Applicability::Unsafe, edits: vec![edit] }
    }

    /// The same changes, trusted no further than `most`.
    #[must_use]
    pub(crate) fn at_most(mut self, most: Applicability) -> Self {
        self.applicability = self.applicability.min(most);
        self
    }
}
