//! One topology before and after: what changed for whom, or why that cannot be said.

use super::super::settings::Wanted;
use super::silenced::{Silenced, silenced};
use crate::base::{Severity, counted};
use crate::line::{self, Examined};
use crate::plan::{Comparison, End, compare};

/// A topology's text, and what was wanted for it.
pub(super) struct Side {
    pub(super) bytes: Vec<u8>,
    pub(super) wanted: Wanted,
}

/// What there is to tell of a topology.
pub(super) enum Told {
    /// It could not be compared, for this reason.
    NotCompared(String),
    Compared(Box<Compared>),
}

/// A topology that was compared.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    /// What it was before, if it was no topology: "new", in words.
    pub(super) silenced: Vec<Silenced>,
}

/// Compares the topology called `name`. None where nothing changed that publishing is about.
pub(super) fn compared(name: &str, before: Option<&Side>, after: &Side, hides_environment: bool) -> Option<Told> {
    let is_same_text = before.is_some_and(|before| before.bytes == after.bytes);
    let examine = |side: &Side| line::examine(name, side.bytes.clone(), &side.wanted.settings, true);
    let (old, new) = (before.map(examine), examine(after));
    let silenced = silenced(
        old.as_ref().zip(before).map(|(old, before)| (old, &before.wanted)),
        (&new, &after.wanted),
    );
    let Some(plan) = &new.plan else {
        let was_topology = old.as_ref().is_some_and(|old| old.plan.is_some());
        let is_told = was_topology || is_sick(&new) && !is_same_text;
        return is_told.then(|| Told::NotCompared(why_no_plan(&new)));
    };
    let end = |examined: &Examined, wanted: &Wanted| {
        let plan = examined.plan.as_ref()?;
        let stopped = examined.findings.iter().filter(|finding| finding.blocks_compile).count();
        Some((plan, End::new(plan, wanted.relay.as_ref(), stopped)))
    };
    let was = old.as_ref().zip(before).and_then(|(old, before)| end(old, &before.wanted));
    let (_, is) = end(&new, &after.wanted).expect("the new topology has a plan");
    let unknown = if is_same_text || !hides_environment { &[][..] } else { &new.unknown_variables };
    let comparison = compare(was, plan, is, unknown);
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
