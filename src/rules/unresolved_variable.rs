//! A variable in an entry that has no value: the entry is not what was meant, whatever else is wrong with it.

use super::Subject;
use super::entries::unresolved;
use crate::base::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for sick in unresolved(subject) {
        findings.push(
            Finding::error("unresolved-variable", format!("a variable in {} has no value", sick.entry()))
                .at(sick.span(), format!("not set, or empty; {}", sick.expected()))
                .help("set it in the environment or in a file for `--env-file`; `${NAME:-value}` gives it a default"),
        );
    }
}
