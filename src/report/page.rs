//! A rule's page on a terminal: headings, code, and names in color. In a pipe it is printed as written.

use std::fmt::Write as _;

/// The page with terminal colors.
pub(crate) fn colored(page: &str) -> String {
    let mut out = String::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            paint(&mut out, "36", &format!("    {line}"));
        } else if line.starts_with('#') {
            paint(&mut out, "1", line.trim_start_matches(['#', ' ']));
        } else {
            for (index, part) in line.split('`').enumerate() {
                if index % 2 == 1 { paint(&mut out, "36", part) } else { out.push_str(part) }
            }
        }
        out.push('\n');
    }
    out
}

fn paint(out: &mut String, style: &str, text: &str) {
    let _ = write!(out, "\u{1b}[{style}m{text}\u{1b}[0m");
}

#[cfg(test)]
mod tests {
    use super::colored;

    #[test]
    fn marks_become_colors() {
        assert_eq!(
            colored("# a\n\nb `c`\n\n```yaml\nd: 1\n```\n"),
            "\u{1b}[1ma\u{1b}[0m\n\nb \u{1b}[36mc\u{1b}[0m\n\n\u{1b}[36m    d: 1\u{1b}[0m\n"
        );
    }
}
