//! One topology before and after: what changed for whom, or why it cannot be compared.

use super::super::against::{self, Looked};
use super::super::settings::EffectiveSettings;
use super::findings::{newly_ignored, stops};
use super::pairs::Pair;
use crate::base::{Severity, counted};
use crate::pipeline::Examined;
use crate::render::map::Map;
use crate::render::review::{Compared, Told};

/// Compares a topology with what it was, each with its settings. None if nothing changed that matters for publishing.
pub(super) fn compared(
    pair: &Pair,
    before: Option<(&Looked, &EffectiveSettings)>,
    after: (&Looked, &EffectiveSettings),
    has_other_settings: bool,
    hides_environment: bool,
) -> Option<Told> {
    let (old, new) = (before.map(|(old, _)| old), after.0);
    let Some(comparison) = against::comparison(old, new, hides_environment) else {
        let was_topology = old.is_some_and(|old| old.examined.plan.is_some());
        let is_same_text = old.is_some_and(|old| old.examined.is_same_text(&new.examined));
        let may_be_another = !is_same_text || pair.has_other_variables || pair.was.is_some() || has_other_settings;
        let is_told = was_topology || is_malformed(&new.examined) && may_be_another;
        return is_told.then(|| Told::NotCompared(why_no_plan(&new.examined)));
    };
    let plan = new.examined.plan.as_ref().expect("what was compared has a plan");
    let map = Map::of(plan, Some((&comparison, "")), 0);
    let compared = Compared { comparison, map, stops: stops(old, new), ignored: newly_ignored(before, after) };
    // A new name is always reported: it might be one that no check looks for.
    let is_told = compared.is_any() || pair.was.is_some();
    is_told.then(|| Told::Compared(Box::new(compared)))
}

fn is_malformed(examined: &Examined) -> bool {
    examined.findings().any(|finding| finding.severity > Severity::Info)
}

/// Why a file has no plan, by its first findings.
fn why_no_plan(examined: &Examined) -> String {
    let in_files = examined.files.iter().flat_map(|file| file.findings.iter().map(move |finding| (file, finding)));
    let diagnostic: Vec<_> = in_files.filter(|(_, finding)| finding.severity > Severity::Info).collect();
    let Some((file, first)) = diagnostic.first() else { return "it is not a topology".to_owned() };
    let line = file.file.position(first.start()).line;
    let more = match diagnostic.len() - 1 {
        0 => String::new(),
        more => format!(", and {}", counted(more, "more finding")),
    };
    format!("it cannot be read as a topology: {} at line {line}{more}", first.rule.name)
}
