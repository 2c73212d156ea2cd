//! A rule's page on a terminal: headings, code, and names in color. In a pipe it is printed as written.

use std::fmt::Write as _;

use super::wrap;

/// The page with its paragraphs and list items in lines of at most `columns`. Code and tables stay as they are.
pub(crate) fn filled(page: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    let end = |paragraph: &mut String, out: &mut String| {
        let indent = if paragraph.starts_with("- ") { 2 } else { 0 };
        if !paragraph.is_empty() {
            out.push_str(&wrap::filled(&std::mem::take(paragraph), columns, indent));
            out.push('\n');
        }
    };
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        let is_text = !(is_code || is_fence || line.is_empty() || line.starts_with(['#', '|']));
        if !is_text || line.starts_with("- ") {
            end(&mut paragraph, &mut out);
        }
        is_code ^= is_fence;
        if is_text {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim_start());
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    end(&mut paragraph, &mut out);
    out
}

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
    use super::{colored, filled};

    #[test]
    fn paragraphs_fit_and_code_stays() {
        let page = "# a\n\none two\nthree\n\n- four five\n  six\n- seven\n\n```yaml\nlong: line of code\n```\n| a | table of words |\n";
        let narrow = "# a\n\none two\nthree\n\n- four\n  five six\n- seven\n\n```yaml\nlong: line of code\n```\n| a | table of words |\n";
        assert_eq!(filled(page, 10), narrow);
        assert!(filled(page, 80).contains("\none two three\n"));
    }

    #[test]
    fn marks_become_colors() {
        assert_eq!(
            colored("# a\n\nb `c`\n\n```yaml\nd: 1\n```\n"),
            "\u{1b}[1ma\u{1b}[0m\n\nb \u{1b}[36mc\u{1b}[0m\n\n\u{1b}[36m    d: 1\u{1b}[0m\n"
        );
    }
}
