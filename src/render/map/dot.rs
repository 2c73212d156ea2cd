use std::fmt::Write as _;

use super::change::{ChangedDoor, Mark};
use super::graph::{Access, Graph, MapDoor};

/// A digraph for `dot`.
pub(super) fn document(graph: &Graph, notes: &[String]) -> String {
    let title = [format!("Who can reach {}", graph.title)];
    let title: Vec<&String> = title.iter().chain(graph.heading()).chain(notes).collect();
    let mut out = format!(
        "digraph {{\n  graph [rankdir=LR, ranksep=1.5, labelloc=t, fontname=\"sans-serif\", label={}];\n  \
         node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"monospace\", fontsize=10];\n  \
         edge [fontname=\"monospace\", fontsize=10];\n",
        quoted(&title)
    );
    for (index, group) in graph.groups.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label={}; style=dotted;", quoted(&[&group.words]));
        for (place, node) in group.nodes.iter().enumerate() {
            let _ = writeln!(out, "    n{index}_{place} [label={}];", quoted(&[&node.words]));
        }
        out.push_str("  }\n");
    }
    for (index, who) in graph.audiences.iter().enumerate() {
        let color = who.access.color(None);
        let _ = writeln!(out, "  w{index} [label={}, color=\"{color}\"];", quoted(&who.lines()));
    }
    let mut count = 0;
    for (index, group) in graph.groups.iter().enumerate() {
        for (place, node) in group.nodes.iter().enumerate() {
            for door in &node.doors {
                put_door(&mut out, graph, door, count, &format!("n{index}_{place}"));
                count += 1;
            }
        }
    }
    out + "}\n"
}

fn put_door(out: &mut String, graph: &Graph, door: &MapDoor, index: usize, node: &str) {
    let style = style(graph.audiences[door.who].access, door.change.as_ref());
    let _ = writeln!(out, "  d{index} [label={}, {style}];", quoted(&door.lines()));
    let _ = writeln!(out, "  w{} -> d{index} [{style}];", door.who);
    let _ = writeln!(out, "  d{index} -> {node} [label={}, {style}];", quoted(&[&door.port()]));
}

fn style(access: Access, change: Option<&ChangedDoor>) -> String {
    let mark = change.map(|change| change.mark);
    let line = match mark {
        Some(Mark::Wider) => ", penwidth=4",
        Some(Mark::Gone) => ", style=dashed",
        Some(Mark::Narrower | Mark::Other) | None => "",
    };
    format!("color=\"{}\"{line}", access.color(mark))
}

/// Lines as a string of DOT. Outside of HTML-like labels too, `dot` replaces entities.
fn quoted(lines: &[impl AsRef<str>]) -> String {
    let line = |line: &_| AsRef::<str>::as_ref(line).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;");
    format!("\"{}\"", lines.iter().map(line).collect::<Vec<_>>().join("\\n"))
}
