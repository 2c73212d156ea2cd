//! A Markdown document of limited size: what does not fit is counted in the place where it would have been.

use std::fmt::Write as _;

/// A part of a document: lines under a heading.
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// What comes before the first line, such as the head of a table.
    pub(super) head: String,
    /// Each with its line break.
    pub(super) lines: Vec<String>,
    /// What a line is about, in singular and plural: "other change", "other changes".
    pub(super) units: (&'static str, &'static str),
    /// Whether the number of lines that are left out is in bold.
    pub(super) is_bold: bool,
    /// The section gets 1/`share` of the room that is left, or more if later sections need less.
    pub(super) share: usize,
}

impl Section {
    fn title(&self) -> String {
        format!("\n#### {}\n\n{}", self.heading, self.head)
    }

    /// The size of the whole section in bytes.
    fn size(&self) -> usize {
        self.title().len() + self.lines.iter().map(String::len).sum::<usize>()
    }
}

/// The bytes that are reserved in each section for the sentence about what does not fit.
const REST: usize = 300;

/// A document that begins with `top` and has at most `most` bytes, unless `top` alone has more. `elsewhere` says how to see what does
/// not fit.
pub(super) fn write(top: &str, sections: &[Section], most: usize, elsewhere: &str) -> String {
    let mut out = top.to_owned();
    let sections: Vec<&Section> = sections.iter().filter(|section| !section.lines.is_empty()).collect();
    for (index, section) in sections.iter().enumerate() {
        let reserved = REST * (sections.len() - index);
        let left = most.saturating_sub(out.len() + reserved);
        let after: usize = sections[index + 1..].iter().map(|section| section.size()).sum();
        let room = (left / section.share).max(left.saturating_sub(after));
        let title = section.title();
        let mut used = title.len();
        let fitting = section.lines.iter().take_while(|line| {
            used += line.len();
            used <= room
        });
        let fitting = fitting.count();
        if fitting > 0 {
            out.push_str(&title);
            out.extend(section.lines[..fitting].iter().map(String::as_str));
        }
        let rest = section.lines.len() - fitting;
        if rest > 0 {
            let more = if fitting > 0 { " more" } else { "" };
            let (unit, is) = if rest == 1 { (section.units.0, "is") } else { (section.units.1, "are") };
            let words = format!("{rest}{more} {unit}");
            let words = if section.is_bold { format!("**{words}**") } else { words };
            let _ = writeln!(out, "\n{words} {is} not shown here; {elsewhere}.");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let section = |heading, count: usize, share| Section {
            heading,
            head: String::new(),
            lines: (0..count).map(|line| format!("- {heading} {line:03} {}\n", "x".repeat(80))).collect(),
            units: ("line", "lines"),
            is_bold: heading == "a",
            share,
        };
        let sections = [section("a", 100, 2), section("none", 0, 1), section("b", 100, 1)];
        for most in [1_000, 3_000, 8_000, 20_000, 100_000] {
            let text = write("top\n", &sections, most, "the rest is elsewhere");
            assert!(text.len() <= most, "{} of {most}", text.len());
            for (heading, bold) in [("a", "**"), ("b", "")] {
                let shown = text.matches(&format!("- {heading} ")).count();
                let rest = 100 - shown;
                let more = if shown > 0 { " more" } else { "" };
                let told = format!("\n{bold}{rest}{more} lines{bold} are not shown here; the rest is elsewhere.\n");
                assert_eq!(rest == 0, !text.contains(&told), "{heading} of {most}: {text}");
            }
            assert!(!text.contains("none"));
        }
    }
}
