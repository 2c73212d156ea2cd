//! A change in Markdown: first what could not be compared and how much changed, then what is open to anyone, what is wider, and
//! the rest.

use std::fmt::Write as _;
use std::path::Path;

use super::maps;
use super::remarks::{remark_lines, remarks_by_text};
use super::sheet::{self, Section};
use super::words::{cell, code, people};
use super::{Compared, Found, Review, Reviewed, Told};
use crate::base::counted;
use crate::plan::{Change, Comparison};
use crate::provider::Audience;
use crate::render::comparison::{counts, sides, types};
use crate::render::table;

/// The room in bytes. GitHub accepts 65,536 characters in a comment, and 1 MiB in the summary of a step.
const COMMENT: usize = 60_000;
const SUMMARY: usize = 1_000_000;

const TITLE: &str = "### publish-plan: who can reach the labs\n\n";

/// One document in two lengths: for a comment, and for the summary of a job.
pub(crate) struct Documents {
    pub(crate) comment: String,
    pub(crate) summary: String,
}

/// The documents of a change that was compared.
pub(crate) fn documents(review: &Review) -> Documents {
    let (top, sections, maps) = (top(review), sections(review), [maps::section(review)]);
    let short = |most, elsewhere| sheet::write(&sheet::write(&top, &sections, most, elsewhere), &maps, most, elsewhere);
    let by_hand = format!("to see them, run `publish-plan plan FILE --against {}` for each topology", review.base);
    Documents { comment: short(COMMENT, "the job summary shows more"), summary: short(SUMMARY, &by_hand) }
}

/// The documents of a change that could not be compared with `against`, for this reason.
pub(crate) fn failed(against: &str, reason: &str) -> Documents {
    let why = code(reason);
    let text = format!("{TITLE}**The change could not be compared** with {}: {why}\n", code(against));
    Documents { comment: text.clone(), summary: text }
}

/// How bad a change is, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    OpenToAnyone,
    Wider,
    Other,
}

fn class(change: &Change) -> Class {
    match change.gained {
        Audience::Anyone => Class::OpenToAnyone,
        _ if change.kind.is_wider() => Class::Wider,
        _ => Class::Other,
    }
}

/// The class of the worst change of a topology.
fn worst(compared: &Compared) -> Class {
    let of_sockets = compared.comparison.changes.iter().map(class).min().unwrap_or(Class::Other);
    if compared.is_wider() { of_sockets.min(Class::Wider) } else { of_sockets }
}

pub(super) fn path(path: &Path) -> String {
    code(&path.to_string_lossy())
}

/// The path of a topology, and what it was before: `labs/a.clab.yml (new)`.
fn name(reviewed: &Reviewed) -> String {
    let now = path(&reviewed.path);
    match &reviewed.was {
        Some(was) => format!("{now} (was {})", path(was)),
        None if !reviewed.has_before => format!("{now} (new)"),
        None => match &reviewed.told {
            Told::Compared(compared) if compared.comparison.before.is_none() => format!("{now} (was not a topology)"),
            _ => now,
        },
    }
}

/// The commits, and the number of changes of each class.
fn top(review: &Review) -> String {
    let mut out = TITLE.to_owned();
    let head = match &review.head[..] {
        [head] if *head == review.base => "The work tree".to_owned(),
        [head, change] => format!("Commit {change}, merged as {head}"),
        head => format!("Commit {}", head.concat()),
    };
    let _ = writeln!(out, "{head}, compared with {}.\n", review.base);
    let mut classes = [0, 0, 0];
    for (_, compared) in review.compared() {
        for change in &compared.comparison.changes {
            classes[class(change) as usize] += 1;
        }
    }
    let facts = remarks_by_text(review).iter().filter(|((is_wider, _), _)| *is_wider).count();
    let mut parts = Vec::new();
    let mut add = |count: usize, one: &str, many: &str, is_bold: bool| {
        if count > 0 {
            let words = format!("{count} {}", if count == 1 { one } else { many });
            parts.push(if is_bold { format!("**{words}**") } else { words });
        }
    };
    add(review.not_compared().count(), "topology could not be compared", "topologies could not be compared", true);
    add(classes[0], "port is open to anyone on the Internet", "ports are open to anyone on the Internet", true);
    let stops: usize = review.compared().map(|(_, compared)| compared.stops.len()).sum();
    let wider =
        classes[1] + facts + review.rewired.len() + review.claims.len() + review.moved.len() + review.submodules.len();
    add(
        wider,
        "change lets more people in or might lead elsewhere",
        "changes let more people in or might lead elsewhere",
        true,
    );
    add(stops, "new error stops `compile`", "new errors stop `compile`", true);
    add(classes[2], "other change", "other changes", false);
    add(review.gone.len(), "topology is gone", "topologies are gone", false);
    if parts.is_empty() {
        let verdict = if review.is_any() {
            "No socket changes; other changes are below"
        } else {
            "This change opens nothing and closes nothing"
        };
        let compared = counted_topologies(review.unchanged + review.topologies.len());
        let _ = writeln!(out, "{verdict}: {compared} compared{}.", unreadable(review));
    } else {
        let same = match review.unchanged {
            0 => String::new(),
            count => format!("; {} unchanged", counted_topologies(count)),
        };
        let _ = writeln!(out, "{}{same}{}.", parts.join(", "), unreadable(review));
    }
    out
}

/// The number of files that cannot be compared and never could.
fn unreadable(review: &Review) -> String {
    match review.unreadable {
        0 => String::new(),
        1 => "; 1 other file still cannot be read as a topology".to_owned(),
        count => format!("; {count} other files still cannot be read as topologies"),
    }
}

fn counted_topologies(count: usize) -> String {
    counted(count, "topology")
}

fn sections(review: &Review) -> Vec<Section> {
    let (anyone, wider, other) = rows(review);
    let (wider_remarks, other_remarks) = remark_lines(review);
    let rows = |heading, lines, units, is_bold, share| Section {
        heading,
        head: table::head(&HEADER),
        lines,
        units,
        is_bold,
        share,
    };
    let list =
        |heading, lines, units, is_bold, share| Section { heading, head: String::new(), lines, units, is_bold, share };
    vec![
        list(
            "Could not be compared",
            not_compared_lines(review),
            ("topology that could not be compared", "topologies that could not be compared"),
            true,
            4,
        ),
        list("Topologies", count_lines(review), ("topology with changes", "topologies with changes"), true, 4),
        rows(
            "Open to anyone on the Internet",
            anyone,
            ("port that is open to anyone", "ports that are open to anyone"),
            true,
            2,
        ),
        list(
            "Might lead elsewhere, or is unknown",
            wider_remarks,
            ("change that might lead elsewhere", "changes that might lead elsewhere"),
            true,
            2,
        ),
        rows("Wider", wider, ("change that lets more people in", "changes that let more people in"), true, 2),
        list(
            "New errors that stop `compile`",
            stop_lines(review),
            ("error that stops `compile`", "errors that stop `compile`"),
            true,
            2,
        ),
        list("No longer shown by `check`", ignored_lines(review), ("finding", "findings"), true, 2),
        list(
            "Deleted, or no longer in the compared paths",
            gone_lines(review),
            ("topology that is gone", "topologies that are gone"),
            false,
            2,
        ),
        rows("Other changes", other, ("other change", "other changes"), false, 2),
        list("Settings and notes", other_remarks, ("remark", "remarks"), false, 1),
    ]
}

const HEADER: [&str; 7] = ["TOPOLOGY", "CHANGE", "NODE", "PORT", "TYPE", "BEFORE", "AFTER"];

fn not_compared_lines(review: &Review) -> Vec<String> {
    let line = |(reviewed, reason): (&Reviewed, &str)| {
        format!("- **{} could not be compared**: {}\n", name(reviewed), code(reason))
    };
    review.not_compared().map(line).collect()
}

/// The worst topologies first.
fn count_lines(review: &Review) -> Vec<String> {
    let mut all: Vec<(&Reviewed, &Compared)> = review.compared().collect();
    all.sort_by_key(|(_, compared)| worst(compared));
    let line = |(reviewed, compared): &(&Reviewed, &Compared)| {
        let ignored = match compared.ignored.len() {
            0 => String::new(),
            count => format!(", {} no longer shown", counted(count, "finding")),
        };
        format!("- {}: {}{ignored}\n", name(reviewed), counts(&compared.comparison))
    };
    all.iter().map(line).collect()
}

/// The rows of changes, by class: those that open to anyone, the wider ones, and the others. In each class, the worst come first.
fn rows(review: &Review) -> (Vec<String>, Vec<String>, Vec<String>) {
    let all = review.compared().flat_map(|(reviewed, compared)| {
        compared.comparison.changes.iter().map(move |change| (reviewed, &compared.comparison, change))
    });
    let mut all: Vec<(&Reviewed, &Comparison, &Change)> = all.collect();
    all.sort_by_key(|(_, _, change)| change.kind);
    let of = |wanted: Class| {
        let rows = all.iter().filter(|(_, _, change)| class(change) == wanted);
        rows.map(|(reviewed, comparison, change)| row(reviewed, comparison, change)).collect()
    };
    (of(Class::OpenToAnyone), of(Class::Wider), of(Class::Other))
}

fn row(reviewed: &Reviewed, comparison: &Comparison, change: &Change) -> String {
    let kind = change.kind.word();
    let [before, after] = sides(comparison, change, &people);
    let cells = [
        cell(&reviewed.path.to_string_lossy()),
        if change.kind.is_wider() { format!("**{kind}**") } else { kind.to_owned() },
        cell(&change.node),
        change.port.to_string(),
        types(change),
        cell(&before),
        cell(&after),
    ];
    table::row(&cells)
}

/// One line for each error that stops `compile` now and did not before.
fn stop_lines(review: &Review) -> Vec<String> {
    let all = review.compared().flat_map(|(reviewed, compared)| compared.stops.iter().map(move |it| (reviewed, it)));
    all.map(|(reviewed, found)| format!("- **{}** at {}\n", code(found.rule), place(reviewed, found))).collect()
}

fn place(reviewed: &Reviewed, found: &Found) -> String {
    code(&format!("{}:{}", reviewed.path.to_string_lossy(), found.line))
}

/// One line for each finding, and each topology, that `check` does not show because of the change.
fn ignored_lines(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    for (reviewed, compared) in review.compared() {
        for ignored in &compared.ignored {
            let (rule, place) = (code(ignored.rule), place(reviewed, ignored));
            lines.push(format!("- **{rule}** at {place}, ignored by {}\n", ignored.by));
        }
    }
    for (file, by) in &review.left_out {
        lines.push(format!("- **{}** is no longer checked {by}\n", path(file)));
    }
    for (baseline, findings) in &review.baselines {
        for finding in findings {
            let node = if finding.node.is_empty() { String::new() } else { format!(" at {}", code(&finding.node)) };
            let (rule, file) = (code(&finding.rule), code(&finding.file));
            lines.push(format!("- **{rule}** in {file}{node}, ignored by the baseline {}\n", path(baseline)));
        }
    }
    lines
}

fn gone_lines(review: &Review) -> Vec<String> {
    let line = |(file, sockets): &(std::path::PathBuf, Option<usize>)| {
        let published = match sockets {
            None => "it could not be read as a topology".to_owned(),
            Some(0) => "it published nothing".to_owned(),
            Some(count) => format!(
                "it published {}. Its open tunnels stay open until you run its `publish.sh down`",
                counted(*count, "socket")
            ),
        };
        format!("- {} is gone: {published}\n", path(file))
    };
    review.gone.iter().map(line).collect()
}
