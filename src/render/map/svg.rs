use std::fmt::Write as _;

use super::change::Mark;
use super::graph::{Access, Graph, MapDoor};
use super::layout::{self, LINE, Layout, PADDING, PlacedDoor, TextBox};
use super::markup::xml;

/// The colors, for light and dark surroundings. Each text has a contrast of at least 4.5 to what is behind it (WCAG 2.2, 1.4.3), and
/// each line one of 3.
pub(super) const STYLE: &str = include_str!("map.css");

/// A picture in a file of its own.
pub(super) fn document(graph: &Graph, notes: &[String]) -> String {
    let style = format!("<style>\n{STYLE}</style>\n");
    picture(graph, notes, "", &style) + "\n"
}

/// The `<svg>` element. `attributes` and `inside` are put in as they are.
pub(super) fn picture(graph: &Graph, notes: &[String], attributes: &str, inside: &str) -> String {
    let facts: Vec<&String> = graph.heading().chain(notes).collect();
    #[allow(clippy::cast_precision_loss)] // there are not that many
    let top = 24.0 + LINE * (facts.len() + 1) as f64;
    let legend = legend(graph);
    let legend_width = legend.iter().map(|(_, _, words)| layout::width(words) + 60.0).sum();
    let least = facts.iter().map(|fact| layout::width(fact)).fold(legend_width, f64::max);
    let layout = layout::layout(graph, top, least);
    let height = layout.height + LINE + PADDING;
    let title = xml(&format!("Who can reach {}", graph.title));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" {attributes}role=\"img\">\n\
         <title>{title}</title>\n{inside}<rect class=\"background\" width=\"100%\" height=\"100%\"/>\n",
        number(layout.width),
        number(height),
    );
    text(&mut out, "title", 24.0, 30.0, &format!("Who can reach {}", graph.title));
    let mut y = 30.0;
    for fact in facts {
        y += LINE;
        text(&mut out, "muted", 24.0, y, fact);
    }
    for (words, x) in layout.headings {
        text(&mut out, "heading", x, top + 22.0, words);
    }
    lines(&mut out, graph, &layout);
    boxes(&mut out, graph, &layout);
    key(&mut out, &legend, layout.height + PADDING);
    out + "</svg>"
}

/// The lines, below the boxes.
fn lines(out: &mut String, graph: &Graph, layout: &Layout) {
    for (index, (door, placed)) in doors(graph, layout).enumerate() {
        let PlacedDoor { line: [from, to], lead, .. } = placed;
        let (class, half) = (class(graph, door), f64::midpoint(from.0, to.0));
        let [x1, y1, x2, y2, half] = [from.0, from.1, to.0, to.1, half].map(number);
        let [_, (end, _)] = lead;
        let _ = writeln!(
            out,
            "<path class=\"line {class}\" data-door=\"{index}\" d=\"M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}M{} {y2}H{}\"/>",
            number(lead[0].0),
            number(*end),
        );
    }
}

fn boxes(out: &mut String, graph: &Graph, layout: &Layout) {
    for (who, frame) in &layout.audiences {
        let access = graph.audiences[*who].access.class();
        let _ = writeln!(out, "<g data-audience=\"{who}\">");
        rectangle(out, &format!("box {access}"), frame);
        written(out, "text", frame);
        out.push_str("</g>\n");
    }
    let mut index = 0;
    for (group, placed) in graph.groups.iter().zip(&layout.groups) {
        if !group.words.is_empty() {
            rectangle(out, "group", &placed.frame);
            written(out, "muted", &placed.frame);
        }
        for (node, placed) in group.nodes.iter().zip(&placed.nodes) {
            rectangle(out, "box node", &placed.frame);
            written(out, "name", &placed.frame);
            for (door, placed) in node.doors.iter().zip(&placed.doors) {
                let _ = writeln!(out, "<g data-door=\"{index}\">");
                index += 1;
                rectangle(out, &format!("box {}", class(graph, door)), &placed.frame);
                written(out, "text", &placed.frame);
                let (x, middle) = placed.port;
                text(out, "text", x, middle + 4.5, &door.port());
                out.push_str("</g>\n");
            }
        }
    }
}

/// The classes of a door and its lines.
fn class(graph: &Graph, door: &MapDoor) -> String {
    let access = graph.audiences[door.who].access.class();
    door.change.as_ref().map_or_else(|| access.to_owned(), |change| format!("{access} {}", change.mark.class()))
}

fn doors<'m>(graph: &'m Graph, layout: &'m Layout) -> impl Iterator<Item = (&'m MapDoor, &'m PlacedDoor)> {
    let placed = layout.groups.iter().flat_map(|group| &group.nodes).flat_map(|node| &node.doors);
    graph.doors().map(|(_, _, door)| door).zip(placed)
}

/// What the colors and lines mean that the map has: the class of a line, and its meaning.
fn legend(graph: &Graph) -> Vec<(&'static str, &'static str, &'static str)> {
    let has = |access: Access| graph.doors().any(|(_, _, door)| graph.audiences[door.who].access == access);
    let all = [Access::Anyone, Access::Members, Access::Named, Access::Nobody, Access::Unplanned];
    let accesses = all.into_iter().filter(|access| has(*access)).map(|access| (access.class(), "", access.meaning()));
    let marks = Mark::ALL.into_iter().filter(|mark| graph.has(*mark));
    accesses.chain(marks.map(|mark| ("named", mark.class(), mark.meaning()))).collect()
}

fn key(out: &mut String, legend: &[(&str, &str, &str)], y: f64) {
    let mut x = 24.0;
    for (access, mark, words) in legend {
        let class = [*access, *mark].join(" ");
        let _ = writeln!(out, "<path class=\"line {}\" d=\"M{} {}h28\"/>", class.trim_end(), number(x), number(y));
        text(out, "muted", x + 36.0, y + 4.5, words);
        x += layout::width(words) + 60.0;
    }
}

fn rectangle(out: &mut String, class: &str, frame: &TextBox) {
    let [x, y, width, height] = [frame.x, frame.y, frame.width, frame.height].map(number);
    let _ =
        writeln!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>");
}

/// The lines of a box, from its top.
fn written(out: &mut String, class: &str, frame: &TextBox) {
    let mut y = frame.y + PADDING / 2.0 - 4.5;
    for line in &frame.lines {
        y += LINE;
        text(out, class, frame.x + PADDING, y, line);
    }
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    if words.is_empty() {
        return;
    }
    // Where a font has no such letter, that of another font may be wider.
    let length = if words.is_ascii() {
        String::new()
    } else {
        format!(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"", number(layout::width(words) * 0.96))
    };
    let _ =
        writeln!(out, "<text class=\"{class}\" x=\"{}\" y=\"{}\"{length}>{}</text>", number(x), number(y), xml(words));
}

/// A number with at most one digit after the point.
fn number(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
