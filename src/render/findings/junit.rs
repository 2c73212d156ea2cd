//! `JUnit` XML, as CI servers read it: one suite per file, one failed case per finding, and one passed case for a file without
//! findings.

use quick_junit::{NonSuccessKind, Report as XmlReport, TestCase, TestCaseStatus, TestSuite};

use super::{Report, Reported};
use crate::base::{SourceFile, whole};

pub(super) fn text(report: &Report<'_>) -> String {
    let mut xml = XmlReport::new("publish-plan");
    for file in &report.files {
        let mut suite = TestSuite::new(whole(file.file.name()));
        let cases: Vec<TestCase> = report.shown(file).0.into_iter().map(|reported| case(file.file, reported)).collect();
        if cases.is_empty() {
            let mut clean = TestCase::new("no findings", TestCaseStatus::success());
            clean.set_classname("publish-plan");
            suite.add_test_case(clean);
        } else {
            suite.add_test_cases(cases);
        }
        xml.add_test_suite(suite);
    }
    if !report.failures.is_empty() {
        let mut suite = TestSuite::new("publish-plan");
        for failure in &report.failures {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(failure.clone());
            suite.add_test_case(TestCase::new("the run", status));
        }
        xml.add_test_suite(suite);
    }
    xml.to_string().expect("writing into a string cannot fail") + "\n"
}

fn case(file: &SourceFile, reported: &Reported<'_>) -> TestCase {
    let finding = reported.finding;
    let position = file.position(finding.start());
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.severity.word());
    status.set_message(finding.message.clone());
    status.set_description(format!(
        "{}:{}:{}: {}",
        whole(file.name()),
        position.line,
        position.column,
        reported.whole_text()
    ));
    let mut case = TestCase::new(format!("{} {}:{}", finding.rule.name, position.line, position.column), status);
    case.set_classname(finding.rule.name);
    case
}
