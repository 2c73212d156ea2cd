/// Whom a mail is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invitation<'i> {
    /// The visitor's email address, as it was given.
    pub(crate) visitor: &'i str,
    /// Until when the lab is open, in words.
    pub(crate) until: Option<&'i str>,
}
