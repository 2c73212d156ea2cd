use std::borrow::Cow;
use std::fmt::Write as _;

use super::change::Mark;
use super::fold::{self, Fold};
use super::graph::{Access, Graph, MapDoor};
use crate::render::wrap;

/// What GitHub and GitLab draw: Mermaid's own limits, `maxTextSize` in characters and `maxEdges`.
pub(super) const MOST: usize = 50_000;
const MOST_LINES: usize = 500;

/// The most characters of one text; folded the most, there is less room.
const LONGEST: usize = 64;
const LONGEST_FOLDED: usize = 32;

/// A flowchart of at most `most` characters, if there is room for a few lines at least: what is more is folded.
pub(super) fn document(graph: &Graph, most: usize) -> String {
    let (folded, level) = fold::fitting(graph, |graph, _| {
        2 * graph.doors().count() <= MOST_LINES && flowchart(graph, LONGEST).chars().count() <= most
    });
    flowchart(&folded, if level == Fold::Access { LONGEST_FOLDED } else { LONGEST })
}

fn flowchart(graph: &Graph, longest: usize) -> String {
    let label = |lines: &[Cow<'_, str>]| {
        let lines: Vec<String> = lines.iter().map(|line| escaped(line, longest)).collect();
        format!("\"{}\"", lines.join("<br/>"))
    };
    let mut out = "flowchart LR\n".to_owned();
    if let Some(missing) = &graph.missing {
        let lines: Vec<Cow<'_, str>> = wrap::lines(missing, longest, longest).into_iter().map(Cow::Borrowed).collect();
        let _ = writeln!(out, "  missing[{}]", label(&lines));
    }
    for (index, who) in graph.audiences.iter().enumerate() {
        let _ = writeln!(out, "  w{index}[{}]:::{}", label(&who.lines()), who.access.class());
    }
    for (index, group) in graph.groups.iter().enumerate() {
        let words = if group.words.is_empty() { "nodes" } else { &group.words };
        let _ = writeln!(out, "  subgraph g{index}[{}]", label(&[words.into()]));
        for (place, node) in group.nodes.iter().enumerate() {
            let _ = writeln!(out, "    n{index}_{place}[{}]", label(&[node.words.as_str().into()]));
        }
        out.push_str("  end\n");
    }
    let mut styles = String::new();
    let mut count = 0;
    for (index, group) in graph.groups.iter().enumerate() {
        for (place, node) in group.nodes.iter().enumerate() {
            for door in &node.doors {
                let access = graph.audiences[door.who].access;
                let port = door.port();
                let port = if port.is_empty() { String::new() } else { format!("|{}|", label(&[port.into()])) };
                let door_label = label(&door.lines());
                let _ = writeln!(
                    out,
                    "  w{} --> d{count}[{door_label}]:::{} -->{port} n{index}_{place}",
                    door.who,
                    access.class()
                );
                let _ = writeln!(styles, "  linkStyle {},{} {}", 2 * count, 2 * count + 1, style(access, door));
                count += 1;
            }
        }
    }
    out += &styles;
    for access in [Access::Anyone, Access::Members, Access::Named, Access::Nobody, Access::Unplanned] {
        if graph.audiences.iter().any(|who| who.access == access) {
            let _ = writeln!(out, "  classDef {} stroke:{}", access.class(), access.color(None));
        }
    }
    out
}

fn style(access: Access, door: &MapDoor) -> String {
    let mark = door.change.as_ref().map(|change| change.mark);
    let line = match mark {
        Some(Mark::Wider) => ",stroke-width:5px",
        Some(Mark::Gone) => ",stroke-dasharray:6 5",
        Some(Mark::Narrower | Mark::Other) | None => "",
    };
    format!("stroke:{}{line}", access.color(mark))
}

/// Text that stays text in a label: letters and digits, and entities for everything that Mermaid, or the Markdown that some versions
/// read in it, could take for something else. A colon before an entity would make it a line of style.
fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::new();
    let mut before = None;
    let mut characters = text.chars().peekable();
    let is_address = text.to_ascii_lowercase().contains("www.");
    for index in 0.. {
        let Some(character) = characters.next() else { break };
        if index == longest {
            out.push('…');
            break;
        }
        let is_word = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
        let is_inside = is_word(before) && is_word(characters.peek().copied());
        let is_plain = match character {
            '.' => is_inside && !is_address,
            '-' | '_' => is_inside,
            '0'..='9' | ' ' | ',' | '/' => index > 0,
            other => other.is_alphanumeric(),
        };
        if is_plain {
            out.push(character);
        } else {
            let _ = write!(out, "#{};", u32::from(character));
        }
        before = Some(character);
    }
    out
}
