//! One finding per line, for editors and `grep`: `lab.clab.yml:8:15: error[malformed-entry] …`.

use super::Report;
use crate::base::whole;

pub(super) fn text(report: &Report<'_>) -> String {
    let drawn = report.drawn(|file, reported| {
        let finding = reported.finding;
        let position = file.file.position(finding.start());
        let (name, severity) = (whole(file.file.name()), finding.severity.word());
        format!("{name}:{}:{}: {severity}[{}] {}\n", position.line, position.column, finding.rule.name, finding.message)
    });
    drawn + &report.summary_line(false, None)
}
