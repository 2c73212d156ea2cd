//! One topology before and after: what changed for whom, or why that cannot be said.

use super::super::against::{self, Looked};
use super::super::settings::Wanted;
use super::silenced::{Silenced, silenced};
use crate::base::{Severity, counted};
use crate::line::Examined;
use crate::plan::Comparison;

/// What there is to tell of a topology.
pub(super) enum Told {
    /// It could not be compared, for this reason.
    NotCompared(String),
    Compared(Box<Compared>),
}

/// A topology that was compared.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// The findings that are ignored now and were not.
    pub(super) silenced: Vec<Silenced>,
}

/// Compares a topology with what it was, each with what was wanted for it. None where nothing changed that publishing is about.
pub(super) fn compared(
    before: Option<(&Looked, &Wanted)>,
    after: (&Looked, &Wanted),
    hides_environment: bool,
) -> Option<Told> {
    let (old, new) = (before.map(|(old, _)| old), after.0);
    let Some(comparison) = against::comparison(old, new, hides_environment) else {
        let was_topology = old.is_some_and(|old| old.examined.plan.is_some());
        let is_same_text = old.is_some_and(|old| old.examined.file.text() == new.examined.file.text());
        let is_told = was_topology || is_sick(&new.examined) && !is_same_text;
        return is_told.then(|| Told::NotCompared(why_no_plan(&new.examined)));
    };
    let silenced = silenced(before, after);
    let is_any = comparison.is_any() || !silenced.is_empty();
    is_any.then(|| Told::Compared(Box::new(Compared { comparison, silenced })))
}

fn is_sick(examined: &Examined) -> bool {
    examined.findings.iter().any(|finding| finding.severity > Severity::Info)
}

/// Why a file has no plan, by its first findings.
fn why_no_plan(examined: &Examined) -> String {
    let sick: Vec<_> = examined.findings.iter().filter(|finding| finding.severity > Severity::Info).collect();
    let Some(first) = sick.first() else { return "it is not a topology".to_owned() };
    let line = examined.file.position(first.start()).line;
    let more = match sick.len() - 1 {
        0 => String::new(),
        more => format!(", and {} more", counted(more, "finding")),
    };
    format!("it cannot be read as a topology: {} at line {line}{more}", first.rule)
}
