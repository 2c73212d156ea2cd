//! A line a finding, for editors and for `grep`: `lab.clab.yml:8:15: error[malformed-entry] …`.

use super::Report;
use crate::base::whole;

pub(super) fn text(report: &Report<'_>) -> String {
    report.drawn(false, |file, reported| {
        let finding = reported.finding;
        let position = file.file.position(finding.start());
        let (name, severity) = (whole(file.file.name()), finding.severity.word());
        format!("{name}:{}:{}: {severity}[{}] {}\n", position.line, position.column, finding.rule, finding.message)
    })
}
