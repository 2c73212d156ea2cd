//! A map of each topology of which a socket changed, below everything else, as far as there is room.

use super::Review;
use super::document::path;
use super::sheet::Section;

/// The most characters of a map, so that there is room for several.
const MOST: usize = 12_000;

/// GitHub and GitLab draw what is in a block of code called `mermaid`. The text of a map has no backtick.
pub(super) fn section(review: &Review) -> Section {
    let compared = review.compared().filter(|(_, compared)| !compared.comparison.changes.is_empty());
    let map = |(reviewed, compared): (&super::Reviewed, &super::Compared)| {
        format!(
            "{}:\n\n<details>\n<summary>Who can reach what</summary>\n\n```mermaid\n{}```\n\n</details>\n\n",
            path(&reviewed.path),
            compared.map.mermaid_within(MOST),
        )
    };
    Section {
        heading: "Maps",
        head: String::new(),
        lines: compared.map(map).collect(),
        units: ("map", "maps"),
        is_bold: false,
        share: 1,
    }
}
