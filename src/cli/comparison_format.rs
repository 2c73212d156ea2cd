//! A comparison as a table, as Markdown for a pull request, or as JSON.

use std::fmt::Write as _;

use super::failure::Failure;
use super::table;
use super::values::PlanFormat;
use crate::base::{counted, markdown, whole};
use crate::plan::{Change, ChangeKind, Comparison, End, Led, Rewired, Side};

const HEADER: [&str; 6] = ["CHANGE", "NODE", "PORT", "TYPE", "BEFORE", "AFTER"];

/// In this order they are counted.
const KINDS: [ChangeKind; 7] = [
    ChangeKind::NewlyReachable,
    ChangeKind::Widened,
    ChangeKind::Rewired,
    ChangeKind::NoLongerReachable,
    ChangeKind::Narrowed,
    ChangeKind::Retyped,
    ChangeKind::Moved,
];

/// The text of a comparison of the topology called `name`. A table is fitted to `width` columns, where there is a terminal.
pub(super) fn write(
    comparison: &Comparison,
    name: &str,
    against: &str,
    format: PlanFormat,
    width: Option<usize>,
) -> Result<String, Failure> {
    match format {
        PlanFormat::Table => Ok(table(comparison, against, width)),
        PlanFormat::Markdown => Ok(document(comparison, name, against)),
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(comparison).map_err(|error| Failure::Format(error.to_string()))?;
            Ok(json + "\n")
        }
        PlanFormat::Yaml => serde_saphyr::to_string(comparison).map_err(|error| Failure::Format(error.to_string())),
    }
}

fn cells(change: &Change) -> Vec<String> {
    vec![
        change.kind.word().to_owned(),
        whole(&change.node),
        change.port.to_string(),
        types(change),
        side(change.before.as_ref(), change),
        side(change.after.as_ref(), change),
    ]
}

/// `tcp`, `tcp → tls`.
fn types(change: &Change) -> String {
    let word = |side: &Side| side.socket_type.word();
    match (change.before.as_ref().map(word), change.after.as_ref().map(word)) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (before, after) => after.or(before).unwrap_or_default().to_owned(),
    }
}

/// Who may use it; where nothing but the way to it is another, that way.
fn side(side: Option<&Side>, change: &Change) -> String {
    let Some(side) = side else { return "–".to_owned() };
    if !matches!(change.kind, ChangeKind::Moved | ChangeKind::Rewired) {
        return whole(&side.audience.to_string());
    }
    let port = side.relay_port.map_or_else(String::new, |port| format!(", port {port} outside"));
    let host = side.host_name.as_ref().map_or_else(String::new, |host| format!(", {}", whole(host)));
    format!("{}{port}{host}", whole(&side.socket))
}

/// `1 newly reachable, 2 narrowed, 3 unchanged`.
fn counts(comparison: &Comparison) -> String {
    let counted = KINDS.into_iter().map(|kind| (comparison.count(kind), kind.word()));
    let mut parts: Vec<String> =
        counted.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    parts.push(format!("{} unchanged", comparison.unchanged));
    parts.join(", ")
}

fn provider(name: Option<&str>) -> &str {
    name.unwrap_or("none chosen")
}

/// What is to be known beside the sockets.
fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some((before, after)) = comparison.providers() {
        remarks.push(format!("provider changed: {} → {}", provider(before), provider(after)));
    }
    if let Some((before, after)) = comparison.relays() {
        remarks.push(format!("relay changed: {before} → {after}"));
    }
    for Rewired { address, before, after } in &comparison.rewired {
        let lab = |led: &Led| if before.lab == after.lab { String::new() } else { format!(" of lab {}", led.lab) };
        let socket = |led: &Led| format!("port {} of {}{}", led.port, led.node, lab(led));
        remarks.push(format!("{address} led to {} and now leads to {}", socket(before), socket(after)));
    }
    let stopped = |end: &End, which: &str| {
        let findings = counted(end.stopped, "finding");
        (end.stopped > 0)
            .then(|| format!("`compile` stops at {findings} in the {which} topology: not everything may be compared"))
    };
    match &comparison.before {
        Some(before) => remarks.extend(stopped(before, "old")),
        None => remarks.push("there was no topology before: everything is new".to_owned()),
    }
    remarks.extend(stopped(&comparison.after, "new"));
    remarks
}

fn table(comparison: &Comparison, against: &str, width: Option<usize>) -> String {
    let mut out = table::text(&HEADER, comparison.changes.iter().map(cells), width);
    for remark in remarks(comparison) {
        let _ = writeln!(out, "{}", whole(&remark));
    }
    let _ = writeln!(out, "against {}: {}", whole(against), counts(comparison));
    out
}

/// A comment for a pull request, which may be about several topologies: what was widened stands first.
fn document(comparison: &Comparison, name: &str, against: &str) -> String {
    let mut out = format!("### Who can reach the lab of {}\n\n", markdown(&whole(name)));
    let remarks = remarks(comparison);
    for remark in &remarks {
        let _ = writeln!(out, "- {}", markdown(&whole(remark)));
    }
    if !remarks.is_empty() {
        out.push('\n');
    }
    let mut changes: Vec<&Change> = comparison.changes.iter().collect();
    changes.sort_by_key(|change| change.kind);
    let rows = changes.into_iter().map(|change| {
        let mut cells = table::escaped(&cells(change));
        if change.kind.is_wider() {
            cells[0] = format!("**{}**", cells[0]);
        }
        cells
    });
    out += &table::markdown(&HEADER, rows);
    let _ = writeln!(out, "Against {}: {}.", markdown(&whole(against)), markdown(&counts(comparison)));
    out
}
