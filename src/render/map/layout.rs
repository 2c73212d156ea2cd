//! Three columns: who, door, node. A door is beside the port that it leads to, so that only the lines on the left cross, and each
//! audience is as near to its doors as there is room.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::graph::{Graph, MapDoor, MapNode, NodeGroup};

/// All sizes are in pixels. A character of a monospaced font at 13 pixels is at most this wide: 0.602 of its size in most fonts.
const CHARACTER: f64 = 8.1;
/// From one line of text to the next.
pub(super) const LINE: f64 = 18.0;
/// Around the text of a box.
pub(super) const PADDING: f64 = 10.0;
/// Around everything, and between boxes of a column.
const MARGIN: f64 = 24.0;
const GAP: f64 = 10.0;
/// Between two columns, for the lines.
const BETWEEN: [f64; 2] = [130.0, 60.0];
/// Where the columns begin, below the title.
const TOP: f64 = 36.0;

/// The width of a text.
pub(super) fn width(text: &str) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a text is shorter than 2^52
    let columns = text.width() as f64;
    columns * CHARACTER
}

/// A rectangle with lines of text.
#[derive(Clone, Debug)]
pub(super) struct TextBox {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) lines: Vec<String>,
}

impl TextBox {
    fn around(lines: &[Cow<'_, str>]) -> Self {
        let lines: Vec<String> = lines.iter().map(|line| line.clone().into_owned()).collect();
        let width = lines.iter().map(|line| width(line)).fold(0.0, f64::max) + 2.0 * PADDING;
        #[allow(clippy::cast_precision_loss)] // there are not that many
        let height = lines.len() as f64 * LINE + PADDING;
        Self { x: 0.0, y: 0.0, width, height, lines }
    }

    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Where everything is.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The headings of the columns, and where they begin.
    pub(super) headings: [(&'static str, f64); 3],
    /// The audiences that have a door, each with its index.
    pub(super) audiences: Vec<(usize, TextBox)>,
    pub(super) groups: Vec<PlacedGroup>,
}

pub(super) struct PlacedGroup {
    /// Around its nodes; its only line is what they have in common.
    pub(super) frame: TextBox,
    pub(super) nodes: Vec<PlacedNode>,
}

pub(super) struct PlacedNode {
    /// Around its ports; its only line is its name.
    pub(super) frame: TextBox,
    pub(super) doors: Vec<PlacedDoor>,
}

pub(super) struct PlacedDoor {
    pub(super) frame: TextBox,
    /// Where the port's text is: its left end, and the middle of its line.
    pub(super) port: (f64, f64),
    /// From the audience to the door: the ends.
    pub(super) line: [(f64, f64); 2],
    /// From the door to the node: the ends.
    pub(super) lead: [(f64, f64); 2],
}

/// Lays a graph out, in a picture that is at least `least` wide.
pub(super) fn layout(graph: &Graph, top: f64, least: f64) -> Layout {
    let mut y = top + TOP;
    let mut groups: Vec<PlacedGroup> = graph.groups.iter().map(|group| place_group(group, &mut y)).collect();
    let mut audiences = place_audiences(graph, &groups, top + TOP);
    let widest = |boxes: &mut dyn Iterator<Item = f64>| boxes.fold(0.0, f64::max);
    let who = widest(&mut audiences.iter().map(|(_, frame)| frame.width)).max(width("WHO"));
    let nodes = |groups: &[PlacedGroup]| widest(&mut groups.iter().map(|group| group.frame.width)).max(width("NODE"));
    let doors = groups.iter().flat_map(|group| &group.nodes).flat_map(|node| &node.doors);
    let door = widest(&mut doors.map(|door| door.frame.width)).max(width("DOOR"));
    let node = nodes(&groups);
    let columns = [MARGIN, MARGIN + who + BETWEEN[0], MARGIN + who + BETWEEN[0] + door + BETWEEN[1]];
    for (_, frame) in &mut audiences {
        (frame.x, frame.width) = (columns[0], who);
    }
    for group in &mut groups {
        (group.frame.x, group.frame.width) = (columns[2], node);
        for placed in &mut group.nodes {
            (placed.frame.x, placed.frame.width) = (columns[2] + GAP, node - 2.0 * GAP);
            for one in &mut placed.doors {
                (one.frame.x, one.frame.width) = (columns[1], door);
                let middle = one.frame.middle();
                one.port = (columns[2] + GAP + PADDING, middle);
                one.lead = [(columns[1] + door, middle), (columns[2] + GAP, middle)];
                one.line[1] = (columns[1], middle);
            }
        }
    }
    join_lines(graph, &audiences, &mut groups, columns[0] + who);
    let bottom = audiences.iter().map(|(_, frame)| frame.y + frame.height).fold(y, f64::max);
    Layout {
        width: (columns[2] + node + MARGIN).max(least + 2.0 * MARGIN),
        height: bottom + MARGIN,
        headings: [("WHO", columns[0]), ("DOOR", columns[1]), ("NODE", columns[2])],
        audiences,
        groups,
    }
}

/// Puts the nodes of a group one below the other, beginning at `y`, which is then below them.
fn place_group(group: &NodeGroup, y: &mut f64) -> PlacedGroup {
    let mut frame = TextBox::around(&[group.words.as_str().into()]);
    frame.y = *y;
    *y += if group.words.is_empty() { GAP } else { LINE + PADDING };
    let nodes: Vec<PlacedNode> = group.nodes.iter().map(|node| place_node(node, y)).collect();
    frame.width = nodes.iter().map(|node| node.frame.width + 2.0 * GAP).fold(frame.width, f64::max);
    frame.height = *y - frame.y;
    *y += 2.0 * GAP;
    PlacedGroup { frame, nodes }
}

fn place_node(node: &MapNode, y: &mut f64) -> PlacedNode {
    let mut frame = TextBox::around(&[node.words.as_str().into()]);
    frame.y = *y;
    *y += LINE + PADDING;
    let doors = node.doors.iter().map(|door| place_door(door, y)).collect();
    let ports = node.doors.iter().map(|door| width(&door.port()) + 2.0 * PADDING);
    frame.width = ports.fold(frame.width, f64::max);
    frame.height = *y - frame.y;
    *y += GAP;
    PlacedNode { frame, doors }
}

fn place_door(door: &MapDoor, y: &mut f64) -> PlacedDoor {
    let mut frame = TextBox::around(&door.lines());
    frame.y = *y;
    *y += frame.height + GAP;
    PlacedDoor { frame, port: (0.0, 0.0), line: [(0.0, 0.0); 2], lead: [(0.0, 0.0); 2] }
}

/// Puts each audience as near as possible to the middle of its doors, one below the other.
fn place_audiences(graph: &Graph, groups: &[PlacedGroup], top: f64) -> Vec<(usize, TextBox)> {
    let mut middles: Vec<(f64, f64)> = vec![(0.0, 0.0); graph.audiences.len()];
    for (door, placed) in graph.doors().map(|(_, _, door)| door).zip(doors(groups)) {
        let (sum, count) = &mut middles[door.who];
        (*sum, *count) = (*sum + placed.frame.middle(), *count + 1.0);
    }
    let wanted = middles.into_iter().enumerate().filter(|(_, (_, count))| *count > 0.0);
    let mut wanted: Vec<(usize, f64)> = wanted.map(|(who, (sum, count))| (who, sum / count)).collect();
    wanted.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let boxes: Vec<(usize, f64, TextBox)> =
        wanted.into_iter().map(|(who, middle)| (who, middle, TextBox::around(&graph.audiences[who].lines()))).collect();
    let mut bottom = top;
    let mut placed: Vec<(usize, TextBox)> = Vec::new();
    for (who, middle, mut frame) in boxes {
        frame.y = (middle - frame.height / 2.0).max(bottom);
        bottom = frame.y + frame.height + 2.0 * GAP;
        placed.push((who, frame));
    }
    placed
}

fn doors(groups: &[PlacedGroup]) -> impl Iterator<Item = &PlacedDoor> {
    groups.iter().flat_map(|group| &group.nodes).flat_map(|node| &node.doors)
}

/// Where the lines of an audience leave it: at even distances, in the order of their doors.
fn join_lines(graph: &Graph, audiences: &[(usize, TextBox)], groups: &mut [PlacedGroup], right: f64) {
    let mut counts = vec![0.0; graph.audiences.len()];
    for (_, _, door) in graph.doors() {
        counts[door.who] += 1.0;
    }
    let mut frames: Vec<Option<&TextBox>> = vec![None; graph.audiences.len()];
    for (who, frame) in audiences {
        frames[*who] = Some(frame);
    }
    let mut seen = vec![0.0; graph.audiences.len()];
    let placed = groups.iter_mut().flat_map(|group| &mut group.nodes).flat_map(|node| &mut node.doors);
    for ((_, _, door), placed) in graph.doors().zip(placed) {
        seen[door.who] += 1.0;
        let frame = frames[door.who].expect("an audience with a door has a place");
        placed.line[0] = (right, frame.y + frame.height * seen[door.who] / (counts[door.who] + 1.0));
    }
}
