//! A line a finding, for editors and for `grep`: `lab.clab.yml:8:15: error[malformed-entry] …`.

use std::fmt::Write as _;

use super::Report;
use crate::base::whole;

pub(super) fn text(report: &Report<'_>) -> String {
    let mut out = String::new();
    let mut unshown = 0;
    for file in &report.files {
        let (shown, left) = report.shown(file);
        unshown += left;
        for reported in shown {
            let finding = reported.finding;
            let position = file.file.position(finding.start());
            let _ = writeln!(
                out,
                "{}:{}:{}: {}[{}] {}",
                whole(file.file.name()),
                position.line,
                position.column,
                finding.severity.word(),
                finding.rule,
                finding.message
            );
        }
    }
    out + &report.last_line(unshown)
}
