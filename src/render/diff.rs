//! How a file on disk differs from what would be written.

use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use crate::base::{on_a_terminal, whole};

/// A unified diff of the file at `path`: from its text on disk, if it exists, to its new text, if it is to exist.
pub(crate) fn unified(path: &Path, old: Option<&str>, new: Option<&str>, color: bool) -> String {
    let name = whole(&path.to_string_lossy());
    let side = |is_there: bool| if is_there { name.clone() } else { "/dev/null".to_owned() };
    let diff = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
    let text = diff.unified_diff().context_radius(3).header(&side(old.is_some()), &side(new.is_some())).to_string();
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
