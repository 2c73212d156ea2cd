//! Takes a plan, and a comparison if there is one. Gives a map of who gets through which door to which node, as a picture (SVG), a page
//! (HTML), or the text of a diagram (Mermaid, DOT).

mod build;
mod change;
mod dot;
mod fold;
mod graph;
mod html;
mod layout;
mod markup;
mod mermaid;
mod svg;

use crate::base::counted;
use crate::plan::{Comparison, Plan};
use crate::render::comparison;
use fold::Fold;
use graph::Graph;

/// A map before it is drawn.
pub(crate) struct Map {
    graph: Graph,
    /// What a comparison says that is no door.
    notes: Vec<String>,
}

/// The most lines of a picture in which every door has its own.
const MOST_DOORS: usize = 60;
/// The most lines of a picture in which every node has its own.
const MOST_LINES: usize = 100;

impl Map {
    /// The map of a plan. With a comparison and the name of what it compares with, it shows
    /// what changed. `stopped` is the number of findings that stop `compile`: what they are about may not be in the plan.
    pub(crate) fn of(plan: &Plan, compared: Option<(&Comparison, &str)>, stopped: usize) -> Self {
        // A comparison says it of both sides.
        let stopped = if compared.is_some() { 0 } else { stopped };
        let graph = Graph::new(plan, compared.map(|(comparison, _)| comparison), stopped);
        let notes = compared.map_or_else(Vec::new, |(comparison, against)| comparison::notes(comparison, against));
        Self { graph, notes }
    }

    /// A picture.
    pub(crate) fn svg(&self) -> String {
        let (graph, notes) = self.folded();
        svg::document(&graph, &notes)
    }

    /// A page.
    pub(crate) fn html(&self) -> String {
        let (folded, notes) = self.folded();
        html::document(&self.graph, &folded, &notes)
    }

    /// A diagram for GitHub and GitLab.
    pub(crate) fn mermaid(&self) -> String {
        self.mermaid_within(mermaid::MOST)
    }

    /// The same with at most `most` characters, where there is room for a few lines at least.
    pub(crate) fn mermaid_within(&self, most: usize) -> String {
        mermaid::document(&self.graph, most)
    }

    /// A diagram for Graphviz.
    pub(crate) fn dot(&self) -> String {
        let (graph, notes) = self.folded();
        dot::document(&graph, &notes)
    }

    /// The graph that a picture has room for, and its notes, the last of which says what was folded.
    fn folded(&self) -> (Graph, Vec<String>) {
        let all = self.graph.doors().count();
        let (graph, _) = fold::fitting(&self.graph, |graph, fold| {
            graph.doors().count() <= if fold == Fold::Nothing { MOST_DOORS } else { MOST_LINES }
        });
        let lines = graph.doors().count();
        let mut notes = self.notes.clone();
        if lines < all {
            notes.push(format!("{} are folded into {}", counted(all, "door"), counted(lines, "line")));
        }
        (graph, notes)
    }
}
