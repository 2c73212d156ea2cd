//! How a file on disk differs from what would be written.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::base::{on_a_terminal, whole};
use crate::emit::folder::Difference;

/// A unified diff from the file on disk to the new text.
pub(super) fn unified(difference: &Difference<'_>, color: bool) -> String {
    let name = whole(&difference.path.to_string_lossy());
    let (old, new) = (difference.old.as_deref().unwrap_or_default(), difference.new.unwrap_or_default());
    let side = |is_there: bool| if is_there { name.clone() } else { "/dev/null".to_owned() };
    let diff = TextDiff::from_lines(old, new);
    let text = diff
        .unified_diff()
        .context_radius(3)
        .header(&side(difference.old.is_some()), &side(difference.new.is_some()))
        .to_string();
    if !color {
        return text;
    }
    let style = |line: &str| match line.as_bytes().first() {
        Some(b'+') => "32",
        Some(b'-') => "31",
        Some(b'@') => "36",
        _ => "0",
    };
    text.lines().fold(String::new(), |mut colored, line| {
        let _ = writeln!(colored, "\u{1b}[{}m{}\u{1b}[0m", style(line), on_a_terminal(line));
        colored
    })
}
