//! How many sockets are open to anyone on the Internet, in a sentence.

use std::ops::AddAssign;

/// Counts the sockets of a plan, or of several plans, that are open to anyone on the Internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenCount {
    /// Sockets whose audience is anyone on the Internet.
    pub(crate) open: usize,
    /// All sockets, whatever their audience.
    pub(crate) all: usize,
}

impl OpenCount {
    /// `2 of 5 sockets are open to anyone on the Internet`, in red if `color` is set. Returns `None` if no socket is open.
    pub(crate) fn words(self, color: bool) -> Option<String> {
        let Self { open, all } = self;
        let sockets = if all == 1 { "socket" } else { "sockets" };
        let are = if open == 1 { "is" } else { "are" };
        let words = format!("{open} of {all} {sockets} {are} open to anyone on the Internet");
        let words = if color { format!("\u{1b}[31m{words}\u{1b}[0m") } else { words };
        Some(words).filter(|_| open > 0)
    }
}

impl AddAssign for OpenCount {
    fn add_assign(&mut self, other: Self) {
        self.open += other.open;
        self.all += other.all;
    }
}

#[cfg(test)]
mod tests {
    use super::OpenCount;

    #[test]
    fn singular_and_plural_are_right_and_none_is_not_mentioned() {
        let words = |open, all| OpenCount { open, all }.words(false);
        assert_eq!((words(0, 0), words(0, 5)), (None, None));
        assert_eq!(words(1, 1).as_deref(), Some("1 of 1 socket is open to anyone on the Internet"));
        assert_eq!(words(1, 5).as_deref(), Some("1 of 5 sockets is open to anyone on the Internet"));
        assert_eq!(words(2, 5).as_deref(), Some("2 of 5 sockets are open to anyone on the Internet"));
        assert!(OpenCount { open: 1, all: 1 }.words(true).unwrap().starts_with("\u{1b}[31m1 of 1 "));
    }
}
