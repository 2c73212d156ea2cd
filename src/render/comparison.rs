//! A comparison of two plans as a table, or as Markdown for a pull request.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::table::{self, Table};
use super::wrap;
use crate::base::{self, counted, whole};
use crate::plan::{Change, ChangeKind, Comparison, Differing, End, Led, Rewired, Side, Through};
use crate::provider::{Audience, Weight};

const HEADER: [&str; 6] = ["CHANGE", "NODE", "PORT", "TYPE", "BEFORE", "AFTER"];

/// The kinds of changes, in the order in which they are counted.
const KINDS: [ChangeKind; 8] = [
    ChangeKind::NewlyReachable,
    ChangeKind::Widened,
    ChangeKind::Rewired,
    ChangeKind::LeadsElsewhere,
    ChangeKind::NoLongerReachable,
    ChangeKind::Narrowed,
    ChangeKind::Retyped,
    ChangeKind::Moved,
];

fn cells(comparison: &Comparison, change: &Change) -> Vec<String> {
    let [before, after] = sides(comparison, change, &|audience, _| audience.to_string());
    vec![
        change.kind.word().to_owned(),
        whole(&change.node),
        change.port.to_string(),
        types(change),
        whole(&before),
        whole(&after),
    ]
}

/// The type, or both if it changed: `tcp`, `tcp → tls`.
pub(crate) fn types(change: &Change) -> String {
    let word = |side: &Side| side.socket_type.word();
    match (change.before.as_ref().map(word), change.after.as_ref().map(word)) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (before, after) => after.or(before).unwrap_or_default().to_owned(),
    }
}

/// Both sides of a change: the audience, if it changed or a side is missing, and everything else that differs. The two texts are never
/// the same. `words` describes an audience; its second argument is the part of it that is not on the other side.
pub(crate) fn sides(
    comparison: &Comparison,
    change: &Change,
    words: &dyn Fn(&Audience, &Audience) -> String,
) -> [String; 2] {
    let who = |side: &Side, only: &Audience| words(&side.audience, only);
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        let at = |side: &Side| side.provider.map_or_else(String::new, |provider| format!(", provider {provider}"));
        let one = |side: Option<&Side>, only| side.map_or_else(|| "–".to_owned(), |side| who(side, only) + &at(side));
        return [one(change.before.as_ref(), &change.lost), one(change.after.as_ref(), &change.gained)];
    };
    let (mut was, mut is) = (Vec::new(), Vec::new());
    if !change.gained.is_empty() || !change.lost.is_empty() {
        was.push(who(before, &change.lost));
        is.push(who(after, &change.gained));
    }
    let mut add_other = |before: Vec<String>, after: Vec<String>| {
        for (before, after) in before.into_iter().zip(after).filter(|(before, after)| before != after) {
            was.push(before);
            is.push(after);
        }
        was == is
    };
    let is_one_text = add_other(way(before), way(after));
    // What differs between the two plans as a whole is in the remarks; it is here only if nothing else differs.
    if let (true, Some(old)) = (is_one_text, &comparison.before) {
        add_other(ends(old), ends(&comparison.after));
    }
    [was.join(", "), is.join(", ")]
}

/// Where a socket leads and how it is reached, one part per text.
fn way(side: &Side) -> Vec<String> {
    // The type and the audience are shown elsewhere.
    let Side {
        socket,
        socket_type: _,
        audience: _,
        container,
        address,
        kind,
        public_port,
        host_name,
        through,
        provider,
    } = side;
    let or_no = |what: &str, value: Option<&String>| match value {
        Some(value) => format!("{what} {}", word(value)),
        None => format!("no {what}"),
    };
    let (jump_host, local_port) = match through {
        None => ("not through a jump host".to_owned(), None),
        Some(Through { jump_host, local_port }) => (format!("through {}", word(jump_host)), *local_port),
    };
    vec![
        format!("container {}", word(container)),
        or_no("address", address.as_ref()),
        or_no("kind", kind.as_ref()),
        jump_host,
        local_port.map_or_else(|| "no local port".to_owned(), |port| format!("local port {port}")),
        public_port.map_or_else(|| "no public port".to_owned(), |port| format!("public port {port}")),
        or_no("hostname", host_name.as_ref()),
        format!("socket {}", word(socket)),
        format!("provider {}", provider.unwrap_or("not selected")),
    ]
}

fn ends(end: &End) -> Vec<String> {
    let providers = match end.providers.as_slice() {
        [] => format!("provider {}", end.provider.unwrap_or("not selected")),
        several => format!("providers {}", several.join(", ")),
    };
    vec![format!("lab {}", word(&end.lab)), providers]
}

/// A text of the user, in backticks if it is not a single word, so that it cannot be read as part of the sentence.
fn word(text: &str) -> Cow<'_, str> {
    let is_one = !text.is_empty() && !text.contains(|character: char| character.is_whitespace() || character == '`');
    if is_one { text.into() } else { format!("`{text}`").into() }
}

/// The number of changes of each kind: `1 newly reachable, 2 narrowed, 3 unchanged`.
pub(crate) fn counts(comparison: &Comparison) -> String {
    let counted = KINDS.into_iter().map(|kind| (comparison.count(kind), kind.word()));
    let mut parts: Vec<String> =
        counted.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    parts.push(format!("{} unchanged", comparison.unchanged));
    parts.join(", ")
}

/// One difference in words: `relay.address changed: t@inner → t@outer`.
fn fact(differing: &Differing) -> String {
    let Differing { what, before, after, weight: _ } = differing;
    match (before.as_deref().map(word), after.as_deref().map(word)) {
        (Some(before), Some(after)) if before == after => format!("{what} changed: {after} has different content"),
        (Some(before), Some(after)) => format!("{what} changed: {before} → {after}"),
        (Some(before), None) => format!("{what} no longer set (was {before})"),
        (None, after) => {
            let after = after.expect("one end has a value");
            format!("{what} set to {after}")
        }
    }
}

/// A fact about a comparison that is not a row.
pub(crate) struct Remark {
    pub(crate) text: String,
    /// Whether it might lead visitors elsewhere or let more people in.
    pub(crate) is_wider: bool,
    /// Whether no part of the text comes from the user.
    pub(crate) is_ours: bool,
}

/// The facts about a comparison that are not rows.
pub(crate) fn remarks(comparison: &Comparison) -> Vec<Remark> {
    let remark = |text, is_wider| Remark { text, is_wider, is_ours: false };
    let facts = comparison.differing.iter();
    let mut remarks: Vec<Remark> =
        facts.map(|differing| remark(fact(differing), differing.weight == Weight::LeadsElsewhere)).collect();
    if !comparison.unknown_variables.is_empty() {
        let names: Vec<String> = comparison.unknown_variables.iter().map(|name| format!("${{{name}}}")).collect();
        let (values, are) = if names.len() == 1 { ("value", "is") } else { ("values", "are") };
        let names = names.join(", ");
        let text = format!("the {values} of {names} {are} not known here, so the change might open more");
        remarks.push(remark(text, true));
    }
    for Rewired { address, before, after } in &comparison.rewired {
        let lab =
            |led: &Led| if before.lab == after.lab { String::new() } else { format!(" of lab {}", word(&led.lab)) };
        let socket = |led: &Led| format!("port {} of {}{}", led.port, word(&led.node), lab(led));
        remarks.push(remark(format!("{address} led to {} and now leads to {}", socket(before), socket(after)), true));
    }
    remarks.extend(comparison.new_doors.iter().map(|door| remark(format!("new door: {}", door.words), true)));
    if comparison.is_let_through() {
        let text =
            "`compile` refused the old topology and accepts the new one, so it now opens everything in it".to_owned();
        remarks.push(Remark { text, is_wider: true, is_ours: true });
    }
    let stopped = |end: &End, which: &str| {
        let findings = counted(end.stopped, "finding");
        let text = format!("`compile` stops at {findings} in the {which} topology; the comparison may be incomplete");
        (end.stopped > 0).then_some(Remark { text, is_wider: false, is_ours: true })
    };
    remarks.extend(comparison.before.as_ref().and_then(|before| stopped(before, "old")));
    remarks.extend(stopped(&comparison.after, "new"));
    remarks
}

/// The same for a document that does not say elsewhere that there was no topology before.
fn all_remarks(comparison: &Comparison) -> Vec<Remark> {
    let mut remarks = remarks(comparison);
    if comparison.before.is_none() {
        let text = "there was no topology before, so everything is new".to_owned();
        remarks.push(Remark { text, is_wider: false, is_ours: true });
    }
    remarks
}

/// A table of the changes since what is open, which is called `against`, as [`table`] makes it.
pub(crate) fn changes(comparison: &Comparison, against: &str, width: Option<usize>) -> String {
    table_with(comparison, remarks(comparison), against, width)
}

/// A table of the changes since `against`, with the facts that are not rows. It fits `width` columns, if there is a limit.
pub(crate) fn table(comparison: &Comparison, against: &str, width: Option<usize>) -> String {
    table_with(comparison, all_remarks(comparison), against, width)
}

fn table_with(comparison: &Comparison, remarks: Vec<Remark>, against: &str, width: Option<usize>) -> String {
    let rows = comparison.changes.iter().map(|change| cells(comparison, change));
    let mut out = Table::new(&HEADER, rows).wrapping(&["BEFORE", "AFTER"]).text(width);
    for remark in remarks {
        out += &wrap::sentence(&whole(&remark.text), width);
    }
    out + &wrap::sentence(&format!("compared with {}: {}", whole(against), counts(comparison)), width)
}

/// What a map says of a comparison besides its doors: one line each.
pub(crate) fn notes(comparison: &Comparison, against: &str) -> Vec<String> {
    let remarks = all_remarks(comparison).into_iter().map(|remark| whole(&remark.text));
    remarks.chain([format!("compared with {}: {}", whole(against), counts(comparison))]).collect()
}

/// A comment for a pull request about the topology called `name`, with wider changes first.
pub(crate) fn markdown(comparison: &Comparison, name: &str, against: &str) -> String {
    let mut out = format!("### Who can reach the lab in {}\n\n", base::markdown(&whole(name)));
    let remarks = all_remarks(comparison);
    for Remark { text, is_wider, .. } in &remarks {
        let remark = base::markdown(&whole(text));
        let _ = if *is_wider { writeln!(out, "- **{remark}**") } else { writeln!(out, "- {remark}") };
    }
    if !remarks.is_empty() {
        out.push('\n');
    }
    let mut changes: Vec<&Change> = comparison.changes.iter().collect();
    changes.sort_by_key(|change| change.kind);
    let rows = changes.into_iter().map(|change| {
        let mut cells = table::escaped(&cells(comparison, change));
        if change.kind.is_wider() {
            cells[0] = format!("**{}**", cells[0]);
        }
        cells
    });
    out += &table::markdown(&HEADER, rows);
    let _ =
        writeln!(out, "Compared with {}: {}.", base::markdown(&whole(against)), base::markdown(&counts(comparison)));
    out
}
