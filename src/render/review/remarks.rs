//! What changed besides the sockets: lines of Markdown, first those that might let more people in.

use std::collections::HashMap;
use std::path::PathBuf;

use super::document::path;
use super::words::code;
use super::{Moved, Review, Reviewed, Rewired, claims};
use crate::plan::{Comparison, Led};
use crate::provider::{Fact, Weight};
use crate::render::comparison::{Remark, remarks};

/// The most topologies that a line names; the rest are counted.
const MOST_NAMED: usize = 3;

/// Whether a remark might be wider, its Markdown, and the topologies that it is about.
pub(super) type RemarkOf<'r> = ((bool, String), Vec<&'r Reviewed>);

/// The remarks of all topologies, each text once, sorted by subject.
pub(super) fn remarks_by_text(review: &Review) -> Vec<RemarkOf<'_>> {
    let mut places: HashMap<(bool, String), usize> = HashMap::new();
    let mut all: Vec<(usize, RemarkOf<'_>)> = Vec::new();
    for (reviewed, compared) in review.compared() {
        let comparison = &compared.comparison;
        for (rank, Remark { text, is_wider, is_ours }) in
            remarks(comparison).into_iter().chain(of_new(comparison)).enumerate()
        {
            let text = if is_ours { text } else { code(&text) };
            let place = *places.entry((is_wider, text.clone())).or_insert(all.len());
            if place == all.len() {
                all.push((rank, ((is_wider, text), Vec::new())));
            }
            all[place].1.1.push(reviewed);
        }
    }
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, remark)| remark).collect()
}

/// The settings that decide where the sockets of a new topology lead: there is nothing to compare them with.
fn of_new(comparison: &Comparison) -> Vec<Remark> {
    let Comparison { before: None, after, .. } = comparison else { return Vec::new() };
    let decides = after.facts.iter().filter(|fact| fact.weight == Weight::LeadsElsewhere);
    let settings = decides.filter(|fact| !["name", "prefix", "mgmt.network"].contains(&fact.what.as_str()));
    let remark =
        |fact: &Fact| Remark { text: format!("{} is {}", fact.what, fact.value), is_wider: false, is_ours: false };
    settings.filter(|fact| after.reads(fact)).map(remark).collect()
}

/// The lines of remarks: those that might be wider, with submodules, and the others.
pub(super) fn remark_lines(review: &Review) -> (Vec<String>, Vec<String>) {
    let submodule = |folder: &PathBuf| {
        format!("- **{} is a submodule at a different commit; its contents were not compared**\n", path(folder))
    };
    let led = |(file, led): &(PathBuf, Led)| format!("port {} of {} in {}", led.port, code(&led.node), path(file));
    let rewired = |it: &Rewired| {
        let (address, before, after) = (code(&it.address.to_string()), led(&it.before), led(&it.after));
        format!("- **{address} led to {before} and now leads to {after}**\n")
    };
    // Settings first: they are few, and apply to everything.
    let (mut wider, mut other) = (Vec::new(), Vec::new());
    for ((is_wider, text), whose) in remarks_by_text(review) {
        let names: Vec<String> = whose.iter().take(MOST_NAMED).map(|reviewed| path(&reviewed.path)).collect();
        let more = match whose.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names.join(", ");
        if is_wider {
            wider.push(format!("- **{text}** in {names}{more}\n"));
        } else {
            other.push(format!("- {text} in {names}{more}\n"));
        }
    }
    wider.extend(review.rewired.iter().map(rewired));
    wider.extend(review.claims.iter().map(claims::line));
    let moved = |it: &Moved| {
        let (link, before, after) = (path(&it.link), path(&it.before), path(&it.after));
        format!("- **{link} is a symbolic link that led to {before} and now leads to {after}**\n")
    };
    wider.extend(review.moved.iter().map(moved));
    wider.extend(review.submodules.iter().map(submodule));
    (wider, other)
}
