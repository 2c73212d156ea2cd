//! Which fixes can be applied together.

use std::collections::HashSet;

use crate::base::{Applicability, Edit, Finding, Fix};

/// As many fixes as can be applied together, in the order of their places: if two change the same bytes, the first is applied,
/// and the other waits for another pass. Fixes that are only displayed are never applied, nor are those that are trusted less
/// than `least` or that are `refused`.
pub(crate) fn choose<'f>(findings: &'f [Finding], least: Applicability, refused: &[Fix]) -> Vec<&'f Fix> {
    let least = least.max(Applicability::Unsafe);
    let wanted = findings.iter().filter_map(|finding| finding.fix.as_deref()).filter(|fix| fix.applicability >= least);
    let mut fixes: Vec<&Fix> = wanted.filter(|fix| !fix.edits.is_empty() && !refused.contains(fix)).collect();
    fixes.sort_by_key(|fix| fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)).min());
    let mut taken: Vec<&Fix> = Vec::new();
    let mut starts = HashSet::new();
    // The end of everything that is applied: fixes come in order, so only those that reach back overlap.
    let mut end = None;
    for fix in fixes {
        let starts_at = fix.edits.iter().map(|edit| edit.span.start).min();
        let starts_at = starts_at.expect("a fix without edits is left out");
        if end.is_some_and(|end| starts_at < end) || starts.contains(&starts_at) {
            continue;
        }
        end = end.max(fix.edits.iter().map(|edit| edit.span.end).max());
        starts.extend(fix.edits.iter().map(|edit| edit.span.start));
        taken.push(fix);
    }
    taken
}

/// The result of a pass, or the fixes that prevent it: those that `made` cannot apply alone; if there are none, all except the
/// first, which then is tried first.
pub(crate) fn pass<T>(fixes: &[&Fix], made: impl Fn(&[&Fix]) -> Option<T>) -> Result<T, Vec<Fix>> {
    made(fixes).ok_or_else(|| {
        let cloned = |fixes: &mut dyn Iterator<Item = &&Fix>| fixes.map(|fix| (**fix).clone()).collect::<Vec<_>>();
        let to_blame = cloned(&mut fixes.iter().filter(|fix| made(&[**fix]).is_none()));
        if to_blame.is_empty() { cloned(&mut fixes.iter().skip(1)) } else { to_blame }
    })
}

/// All edits of some fixes.
pub(crate) fn edits<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> Vec<Edit> {
    fixes.into_iter().flat_map(|fix| fix.edits.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rule, Severity, Span};

    const RULE: &Rule = &Rule::new("x", &[Severity::Warning]).fixable();

    fn finding(edits: &[(u32, u32)], applicability: Applicability) -> Finding {
        let edits = edits.iter().map(|(start, end)| Edit::remove(Span::new(*start, *end)));
        Finding::warning(RULE, "x").fix(Some(Fix { applicability, edits: edits.collect() }))
    }

    #[test]
    fn the_first_of_two_that_overlap_is_taken() {
        let safe = |edits: &[(u32, u32)]| finding(edits, Applicability::Safe);
        let chosen = |findings: &[Finding]| {
            let fixes = choose(findings, Applicability::Safe, &[]);
            (edits(fixes.iter().copied()).iter().map(|edit| edit.span.start).collect::<Vec<_>>(), fixes.len())
        };
        assert_eq!(chosen(&[safe(&[(4, 6)]), safe(&[(0, 2)]), safe(&[(1, 5)])]), (vec![0, 4], 2));
        assert_eq!(chosen(&[safe(&[(3, 3)]), safe(&[(3, 3)]), safe(&[(5, 6)])]), (vec![3, 5], 2));
        assert_eq!(chosen(&[safe(&[(0, 1), (8, 9)]), safe(&[(4, 5)])]), (vec![0, 8], 1));
    }

    #[test]
    fn one_that_cannot_be_made_keeps_none_of_the_others_back() {
        let findings = [1, 2, 3].map(|at| finding(&[(at, at + 1)], Applicability::Safe));
        let fixes = choose(&findings, Applicability::Safe, &[]);
        let start = |fix: &Fix| fix.edits[0].span.start;
        let starts =
            |result: Result<usize, Vec<Fix>>| result.map_err(|fixes| fixes.iter().map(start).collect::<Vec<_>>());
        assert_eq!(starts(pass(&fixes, |fixes| Some(fixes.len()))), Ok(3));
        let without_the_second = |fixes: &[&Fix]| fixes.iter().all(|fix| start(fix) != 2).then_some(fixes.len());
        assert_eq!(starts(pass(&fixes, without_the_second)), Err(vec![2]));
        let only_alone = |fixes: &[&Fix]| (fixes.len() == 1).then_some(1);
        assert_eq!(starts(pass(&fixes, only_alone)), Err(vec![2, 3]));
    }

    #[test]
    fn what_is_only_shown_is_never_made() {
        let findings = [
            finding(&[(0, 1)], Applicability::Display),
            finding(&[(2, 3)], Applicability::Unsafe),
            finding(&[(4, 5)], Applicability::Safe),
        ];
        assert_eq!(choose(&findings, Applicability::Safe, &[]).len(), 1);
        assert_eq!(choose(&findings, Applicability::Display, &[]).len(), 2);
        let refused = [*findings[2].fix.clone().unwrap()];
        assert_eq!(choose(&findings, Applicability::Display, &refused).len(), 1);
    }
}
