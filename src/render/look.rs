/// How a report is drawn for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// With terminal colors.
    pub(crate) color: bool,
    /// Rule names are links to their pages (OSC 8).
    pub(crate) links: bool,
    /// Frames are drawn in ASCII characters only.
    pub(crate) ascii: bool,
    /// The columns of a line of help.
    pub(crate) width: usize,
    /// The columns that everything fits, if it is for a terminal or COLUMNS is set. None in a pipe: there, `grep` finds a whole
    /// headline in one line.
    pub(crate) columns: Option<usize>,
}
