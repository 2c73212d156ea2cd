//! The rules as people meet them: the table, the pages and their examples, what is chosen and what is ignored.

use std::collections::{BTreeMap, BTreeSet};

use publish_plan::{Exit, LabFiles};
use serde_json::Value;

use crate::support::{check, files_below, finding_cases, root, rules, run, run_with};

/// Said once of every file with `publish`, or of every one with a provider that is gone.
const ALWAYS: &[&str] = &["key-refused-by-containerlab", "service-shut-down"];

/// Raised by each socket that is open: an example of what is wrong may have some, and an example to follow only on these pages.
/// They are about a comment on an open socket, or about providers that cannot enforce an acl.
const WHERE_OPEN: &str = "open-socket";
const FOLLOWED_AND_OPEN: &[&str] =
    &["ignore-without-reason", "malformed-ignore", "needs-paid-plan", "relay-ports-used-up", "unknown-rule-in-ignore"];

/// Rules whose wrong example cannot stand in a page as a topology; where it is tried instead.
const NO_EXAMPLE: &[(&str, &str)] = &[
    ("ambiguous-route", "several.rs: a setting asks for it"),
    ("cannot-add-node", "node.rs: `check` never says it"),
    ("cannot-migrate", "migrate.rs: `check` never says it"),
    ("cannot-strip", "strip.rs: `check` never says it"),
    ("ignore-without-reason", "config.rs: a setting asks for it"),
    ("invalid-config", "config.rs: it is about another file"),
    ("invalid-utf8", "findings: a page is UTF-8"),
    ("relay-pin-not-usable", "config.rs: a setting asks for it"),
    ("relay-port-collision", "cli.rs: two files take part"),
    ("too-many-entries", "hostile.rs: as many entries"),
    ("too-many-findings", "hostile.rs: as many findings"),
    ("too-many-nodes", "hostile.rs: as many nodes"),
    ("too-many-values", "hostile.rs: millions of values"),
    ("too-much-merged", "hostile.rs: a million keys"),
];

pub(crate) fn table() -> Vec<Value> {
    let json: Value = serde_json::from_str(&run(&["rules", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["version"], 1);
    json["rules"].as_array().unwrap().clone()
}

pub(crate) fn name(rule: &Value) -> &str {
    rule["name"].as_str().unwrap()
}

/// The blocks of a page under a heading that are topologies.
fn examples(page: &str, heading: &str) -> Vec<String> {
    let part = page.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    part.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// What an example raises; its first line may be `# check …`, with flags.
fn raised(example: &str) -> Vec<String> {
    let first = example.lines().next().unwrap();
    let mut arguments = vec!["--no-env", "--no-config"];
    arguments.extend(first.strip_prefix("# check ").unwrap_or_default().split_whitespace());
    let run = if example.contains("\ntopology: lab.clab.yml\n") {
        // An entries file, beside the topology of all such examples.
        let folder = tempfile::tempdir().unwrap();
        let topology = root().join("tests/cases/entries/lab.clab.yml");
        std::fs::copy(topology, folder.path().join("lab.clab.yml")).unwrap();
        let file = folder.path().join("lab.publish.yml");
        std::fs::write(&file, example).unwrap();
        run(&[&["check", "--verbose", file.to_str().unwrap()], &arguments[..]].concat())
    } else {
        check(example, &arguments)
    };
    assert_ne!(run.exit, Exit::Failed, "{}", run.stderr);
    let mut raised = rules(&run.stdout);
    raised.sort();
    raised.dedup();
    raised
}

#[test]
fn the_examples_of_every_page_are_right() {
    let mut wrong = Vec::new();
    for rule in table() {
        let name = name(&rule);
        let page = run(&["explain", name]).stdout;
        let incorrect = examples(&page, "Incorrect");
        let has_none = NO_EXAMPLE.iter().any(|(rule, _)| *rule == name);
        assert_eq!(incorrect.is_empty(), has_none, "{name}");
        let correct = examples(&page, "Correct");
        let itself = [name];
        let all = incorrect.iter().map(|example| ("Incorrect", example, &itself[..]));
        for (heading, example, expected) in all.chain(correct.iter().map(|example| ("Correct", example, &[][..]))) {
            let mut raised = raised(example);
            let may_be_open = heading == "Incorrect" || FOLLOWED_AND_OPEN.contains(&name);
            raised.retain(|rule| rule == name || !ALWAYS.contains(&rule.as_str()));
            raised.retain(|rule| rule == name || !may_be_open || rule != WHERE_OPEN);
            if raised != expected {
                let file = name.replace('-', "_");
                wrong.push(format!(
                    "src/rules/{file}.md, {heading}: it raises {raised:?}, and not {expected:?}; change the example, or let one finding be `.suppressed_by` the other"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_has_the_same_form() {
    for rule in table() {
        let (name, summary) = (name(&rule), rule["summary"].as_str().unwrap());
        let page = run(&["explain", name]).stdout;
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, ["## What it does", "## Why", "## Incorrect", "## Correct", "## Known limits"], "{name}");
        assert!(page.starts_with(&format!("# {name}\n\n{summary}.\n")), "{page}");
        assert!((20..=95).contains(&summary.len()), "{name}: {summary}");
        let url = rule["url"].as_str().unwrap();
        assert!(page.trim_end().ends_with(url), "{page}");
        let path = url.split(&format!("/blob/v{}/", env!("CARGO_PKG_VERSION"))).nth(1).unwrap();
        assert!(root().join(path).is_file(), "{url}");
    }
}

#[test]
fn the_table_is_in_order_and_is_all_there_is() {
    let names: Vec<String> = table().iter().map(|rule| name(rule).to_owned()).collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut pages: Vec<String> = files_below(&root().join("src/rules"))
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "md"))
        .map(|file| file.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    pages.sort();
    assert_eq!(pages, names);
}

/// What a rule declares is what its findings are, on every case: no other severity, and a fix that
/// is not only shown if it declares one.
#[test]
fn findings_are_what_the_table_says() {
    let table = table();
    let said: BTreeMap<&str, &Value> = table.iter().map(|rule| (name(rule), rule)).collect();
    let mut fixed = BTreeSet::new();
    for file in finding_cases() {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let flags = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
        let mut arguments = vec!["check", "--verbose", "--format", "json", file.to_str().unwrap()];
        arguments.extend(flags.split_whitespace());
        let report: Value = serde_json::from_str(&run(&arguments).stdout).unwrap();
        for finding in report["findings"].as_array().unwrap() {
            let rule = finding["rule"].as_str().unwrap();
            let declared = said.get(rule).unwrap_or_else(|| panic!("{rule} is not in the table"));
            let severities = declared["severity"].as_array().unwrap();
            assert!(severities.contains(&finding["severity"]), "{finding}");
            assert!(finding["severity"] != "error" || declared["blocks_compile"] == true, "{finding}");
            if !finding["fix"].is_null() && finding["fix"]["applicability"] != "display" {
                fixed.insert(rule.to_owned());
            }
        }
    }
    let fixable = table.iter().filter(|rule| rule["fixable"] == true).map(|rule| name(rule).to_owned());
    assert_eq!(fixed, fixable.collect(), "the rules that declare `.fixable()`, and those whose cases have a fix");
}

#[test]
fn the_list_is_read_by_people_and_programs() {
    let rows = run(&["rules"]).stdout;
    assert!(rows.lines().any(|line| line.contains("acl-not-enforced") && line.contains("error")), "{rows}");
    let markdown = run(&["rules", "--format", "markdown"]).stdout;
    assert!(markdown.contains("| [needs-provider](https://github.com/publish-plan/publish-plan/blob/v"), "{markdown}");
    assert_eq!(markdown.lines().count(), table().len() + 2);
}

const LAB: &str =
    "name: l\ntopology:\n  nodes:\n    r1: {kind: nokia_srlinux, publish: [tcp/22, tls/ab, http/81/gmail.com]}\n";

#[test]
fn rules_are_chosen_lowered_and_raised() {
    let shown = |arguments: &[&str]| {
        let run = run_with(&[&["check", "-"], arguments].concat(), LAB, &[]);
        (run.exit, rules(&run.stdout), run.stdout.lines().last().unwrap().to_owned())
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(shown(&[]).1, ["open-to-anyone", "malformed-entry", "public-mail-domain"]);
    let (exit, found, last) = shown(&["--ignore", "malformed-entry,open-to-anyone"]);
    assert_eq!((exit, found), (Exit::Clean, names(&["public-mail-domain"])));
    assert!(last.ends_with("1 file, 2 sockets; 1 of 2 sockets is open to anyone on the Internet; 2 ignored"), "{last}");
    assert_eq!(shown(&["--select", "open-to-anyone"]).1, ["open-to-anyone"]);
    assert_eq!(shown(&["--select", "open-to-anyone", "--error", "open-to-anyone"]).0, Exit::Findings);
    assert_eq!(shown(&["--warn", "malformed-entry"]).0, Exit::Clean);
    assert_eq!(shown(&["--error", "key-refused-by-containerlab"]).1.len(), 4);
    let (_, _, statistics) = shown(&["--statistics", "--ignore", "malformed-entry"]);
    assert_eq!(
        statistics,
        "2 warnings, 2 info in 1 file, 2 sockets; 1 of 2 sockets is open to anyone on the Internet; 1 ignored"
    );
    let table = run_with(&["check", "-", "--statistics"], LAB, &[]).stdout;
    assert!(table.contains("    1  error    malformed-entry\n"), "{table}");
}

#[test]
fn a_misspelt_rule_is_usage_with_a_guess() {
    for arguments in [
        &["check", "-", "--ignore", "malformed-entri"][..],
        &["check", "-", "--select", "empty-acl,malformed-entri"],
        &["explain", "malformed-entri"],
    ] {
        let run = run_with(arguments, LAB, &[]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{arguments:?}");
        assert!(run.stderr.contains("did you mean `malformed-entry`?"), "{}", run.stderr);
    }
}

/// A map that several nodes share through an alias has one slip.
#[test]
fn a_slip_that_is_shared_is_told_once() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: &r {kind: linux, publsh: [tls/1]}\n    r2: *r\n    r3: {<<: *r}\n";
    assert_eq!(rules(&check(lab, &["--no-env"]).stdout), ["near-miss-key"]);
}

/// An entry or a list that stands in several places through an alias is one.
#[test]
fn an_entry_that_is_shared_is_told_once() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: &l [tcp/ab, 'tls/1/a@b.com,b.com']}\n    r2: {kind: linux, publish: *l}\n    r3: {kind: linux, publish: [&e tls/ab, &s 'tls/2/a@c.com,c.com']}\n    r4: {kind: linux, publish: [*e, *s, tcp/0]}\n";
    let told = [
        "key-refused-by-containerlab",
        "malformed-entry",
        "acl-covers-itself",
        "malformed-entry",
        "acl-covers-itself",
        "port-out-of-range",
    ];
    assert_eq!(rules(&check(lab, &["--no-env"]).stdout), told);
}

/// Behind an acl between brackets, a word is taken for a part of it only where it could be one.
#[test]
fn what_is_no_word_of_an_acl_is_not_taken_for_one() {
    let found = |behind: &str| {
        let lab =
            format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tls/1/a@b.com, {behind}]}}\n");
        rules(&check(&lab, &["--no-env", "--ignore", "key-refused-by-containerlab"]).stdout)
    };
    assert_eq!(found("c@d.com"), ["flow-sequence-splits-acl"]);
    assert_eq!(found("'x@'"), ["malformed-entry"]);
    assert_eq!(found("tcp/ab"), ["malformed-entry"]);
}

/// One finding has the word for one cause; where it is ignored, the other still says what is true.
#[test]
fn an_ignored_finding_does_not_take_another_along() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: ceos, publish: [tls/22/u@d.com, tcp/22, tcp/23, tcp/23]}\n";
    let shown = |arguments: &[&str]| {
        let mut found = rules(&check(lab, &[&["--no-env"], arguments].concat()).stdout);
        found.retain(|rule| rule != "key-refused-by-containerlab" && rule != "tcp-becomes-tls");
        found
    };
    assert_eq!(shown(&[]), ["wider-than-sibling", "duplicate-socket"]);
    assert_eq!(shown(&["--ignore", "wider-than-sibling"]), ["open-to-anyone", "duplicate-socket"]);
    assert_eq!(shown(&["--select", "open-to-anyone"]), ["open-to-anyone"]);
}

/// An entry that stands twice has one finding, not another about the host name that both would have.
#[test]
fn a_doubled_entry_is_no_doubled_host_name() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/8000, http/8000]}\n";
    let flags = ["--no-env", "--provider", "cloudflared", "--domain", "example.net"];
    assert_eq!(rules(&check(lab, &flags).stdout), ["key-refused-by-containerlab", "duplicate-socket"]);
}

/// Where an entry without an acl lets nobody in, it opens nothing that another keeps.
#[test]
fn an_entry_that_lets_nobody_in_is_not_wider() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [ssh/22/engineers, tls/22]}\n";
    let found = |provider: &str| rules(&check(lab, &["--no-env", "--provider", provider]).stdout);
    assert!(!found("border0").iter().any(|rule| rule == "wider-than-sibling"), "{:?}", found("border0"));
}

/// What is ignored or lowered still stops `compile`.
#[test]
fn ignoring_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    std::fs::write(&path, LAB).unwrap();
    let run = run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio"]);
    assert_eq!(run.exit, Exit::Findings);
    assert!(run.stderr.ends_with("nothing was written\n"), "{}", run.stderr);
    assert!(!folder.path().join("l.publish").exists());
}

/// What a finding says to write is what its fix writes.
#[test]
fn fixes_write_what_the_help_says() {
    let lab = |entry: &str| {
        format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n        - {entry} # here\n")
    };
    for (entry, expected) in [
        ("tcp/+022", Some("tcp/22")),
        ("'TLS/22/a@b.com'", Some("'tls/22/a@b.com'")),
        ("\"tls/25/a@b.com,, c.com\"", Some("\"tls/25/a@b.com,c.com\"")),
        ("tls/25/a@b.com,a@B.com,c.com", Some("tls/25/a@b.com,c.com")),
        // Not written letter for letter, or from the environment: nothing is changed.
        ("\"\\x74cp/+22\"", None),
        ("tcp/${PORT:-+22}", None),
    ] {
        let settings = publish_plan::Settings::default();
        let text = lab(entry);
        let examined = publish_plan::examine(LabFiles::topology("l", text.clone().into_bytes()), &settings, false);
        let rules = ["non-canonical-entry", "duplicate-acl-item"];
        let finding = examined.findings().find(|finding| rules.contains(&finding.rule.name)).unwrap();
        let fixed = finding.fix.as_ref().map(|fix| publish_plan::apply(&text, &fix.edits).unwrap());
        assert_eq!(fixed, expected.map(lab), "{entry}");
        assert_eq!(finding.is_fixable(), expected.is_some());
        let run = check(&text, &["--no-env"]);
        assert_eq!(
            run.stdout.lines().last().unwrap().ends_with("; 1 fixable with --fix"),
            expected.is_some(),
            "{}",
            run.stdout
        );
    }
}
