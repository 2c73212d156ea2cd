//! Advice never opens a door: whatever a person copies from a message, a rule page, or a schema names people.

use publish_plan::Exit;
use serde_json::Value;

use crate::check::rules::{name, table};
use crate::support::{check, files_below, root, run, run_with};

const TYPES: [&str; 6] = ["https", "http", "ssh", "tcp", "tls", "udp"];

/// Findings that repeat an entry of the file in their help: what the author wrote, not an example.
const REPEATS: [(&str, &str); 4] = [
    ("cannot-migrate", "it says which of the author's entries to rewrite"),
    ("malformed-ignore", "it shows the author's comment"),
    ("non-canonical-entry", "the same entry in its canonical spelling, and for whom it is then published"),
    ("socket-name-collision", "it says which two of the author's entries are one socket"),
];

/// Pages whose "Correct" part has an entry without an acl.
const OPEN_PAGES: [(&str, &str); 1] =
    [("relay-ports-used-up", "it is about the provider ssh, which cannot identify visitors: there is no acl to give")];

/// The entries in a text that have a port and nobody after it.
fn open_entries(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (slash, _) in text.match_indices('/') {
        let Some(kind) = TYPES.iter().find(|kind| text[..slash].ends_with(**kind)) else { continue };
        let start = slash - kind.len();
        let rest = &text[slash + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let is_word = !text[..start].ends_with(|letter: char| letter.is_ascii_alphanumeric());
        if is_word && digits > 0 && !rest[digits..].starts_with('/') {
            found.push(&text[start..slash + 1 + digits]);
        }
    }
    found
}

#[test]
fn an_open_entry_is_told_from_a_closed_one() {
    assert_eq!(open_entries("write `tcp/22`, tls/22/a@b.com or https/443"), ["tcp/22", "https/443"]);
    assert!(open_entries("`tls/<port>/<who>`, tls/22/user@domain.com, ports 22/tcp").is_empty());
}

/// What `check` says of a case, as JSON.
fn findings(case: &std::path::Path) -> Vec<Value> {
    let text = String::from_utf8_lossy(&std::fs::read(case).unwrap()).into_owned();
    let flags = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
    let mut arguments = vec!["check", "--verbose", "--format", "json", case.to_str().unwrap()];
    arguments.extend(flags.split_whitespace());
    let report: Value = serde_json::from_str(&run(&arguments).stdout).unwrap();
    report["findings"].as_array().unwrap().clone()
}

#[test]
fn no_help_and_no_fix_offers_an_entry_without_people() {
    let mut seen = 0;
    let mut repeated = std::collections::BTreeSet::new();
    for case in files_below(&root().join("tests/cases/findings")) {
        let written = String::from_utf8_lossy(&std::fs::read(&case).unwrap()).into_owned();
        for finding in findings(&case) {
            let rule = finding["rule"].as_str().unwrap();
            let mut texts = vec![finding["help"].as_str().unwrap_or_default().to_owned()];
            let edits = finding["fix"]["edits"].as_array().into_iter().flatten();
            texts.extend(edits.map(|edit| edit["content"].as_str().unwrap().to_owned()));
            for text in &texts {
                seen += usize::from(text.contains("@domain.com"));
                let Some(open) = open_entries(text).first().copied() else { continue };
                let is_repeat = REPEATS.iter().any(|(repeats, _)| *repeats == rule);
                assert!(is_repeat, "{}: {rule} offers `{open}`: {text}", case.display());
                repeated.insert(rule.to_owned());
            }
            // A message and a label only quote.
            let labels = finding["labels"].as_array().unwrap().iter().map(|label| label["text"].as_str().unwrap());
            for text in labels.chain(finding["message"].as_str()) {
                for open in open_entries(text) {
                    assert!(written.contains(open), "{}: {rule} says `{open}`: {text}", case.display());
                }
            }
        }
    }
    assert!(seen > 10, "{seen} helps name people");
    assert!(repeated.contains("non-canonical-entry"), "{repeated:?}");
}

/// The part of a page that shows what to write.
fn correct(page: &str) -> &str {
    page.split("\n## Correct\n").nth(1).unwrap().split("\n## ").next().unwrap()
}

#[test]
fn no_page_and_no_schema_shows_an_entry_without_people_to_copy() {
    for rule in table() {
        let name = name(&rule);
        let page = run(&["explain", name]).stdout;
        let open = open_entries(correct(&page));
        let is_listed = OPEN_PAGES.iter().any(|(page, _)| *page == name);
        assert_eq!(!open.is_empty(), is_listed, "{name}, Correct: {open:?}");
    }
    for schema in files_below(&root().join("schemas")) {
        let text = std::fs::read_to_string(&schema).unwrap();
        assert_eq!(open_entries(&text), [""; 0], "{}", schema.display());
    }
}

/// Nor does a text that no case happens to print: string literals of the program, tests and comments left out.
#[test]
fn no_text_of_the_program_has_an_entry_without_people() {
    for file in files_below(&root().join("src")).iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let source = std::fs::read_to_string(file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // `tcp/1/…` around a word is how a word is parsed alone.
            assert_eq!(open_entries(line), [""; 0], "{}: {line}", file.display());
        }
    }
}

/// A bound tells to name fewer people, never to name a domain in the place of its addresses.
#[test]
fn no_bound_advises_a_wider_acl() {
    for file in ["src/model/bounds.rs", "src/plan/bound.rs", "src/resolve/bounds.rs"] {
        let source = std::fs::read_to_string(root().join(file)).unwrap();
        let helps: Vec<&str> = source.split(".help(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(!helps.is_empty(), "{file}");
        for help in helps {
            assert!(!help.contains("domain"), "{file}: {help}");
        }
    }
}

/// What was nearly right is still refused: a suggestion accepts nothing.
#[test]
fn what_has_a_suggestion_publishes_nothing() {
    for entry in [
        "tcp:22",
        "tcp 22",
        "tcp-22",
        "https//443",
        "ssh",
        "tls/22/a@b.com;c@d.com",
        "tls/22/a@b.com/c@d.com",
        "http/80/*",
        "http/80/all",
        "http/80/any",
        "http/80/everyone",
        "80:80",
    ] {
        let lab =
            format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n        - '{entry}'\n");
        for provider in [&[][..], &["--provider", "mysocketio"], &["--provider", "tailscale"]] {
            let report = check(&lab, &[&["--no-env", "--format", "json"], provider].concat()).stdout;
            let report: Value = serde_json::from_str(&report).unwrap();
            let found = report["findings"].as_array().unwrap();
            assert!(found.iter().any(|finding| finding["blocks_compile"] == true), "{entry} {provider:?}: {report}");
        }
        let plan = run_with(&["plan", "-", "--no-env", "--provider", "mysocketio"], &lab, &[]);
        assert_eq!(plan.exit, Exit::Findings, "{entry}: {}", plan.stdout);
        assert!(!plan.stdout.contains("clab-r1-"), "{entry}: {}", plan.stdout);
    }
}

/// A port mapping becomes an entry that names people, in the help and in the fix that is shown.
#[test]
fn a_port_mapping_becomes_an_entry_with_people() {
    let lab = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: ['8080:80']}\n";
    let report = check(lab, &["--no-env", "--format", "json"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let found = report["findings"].as_array().unwrap();
    let finding = found.iter().find(|finding| finding["rule"] == "docker-port-syntax").unwrap();
    assert_eq!(finding["fix"]["applicability"], "display");
    assert_eq!(finding["fix"]["edits"][0]["content"], "tcp/80/user@domain.com");
    assert!(finding["help"].as_str().unwrap().contains("`tcp/80/user@domain.com`"), "{finding}");
}

/// The numbers on the pages of limits are those of the code.
#[test]
fn pages_give_the_limits_of_the_code() {
    let source = std::fs::read_to_string(root().join("src/base/limits.rs")).unwrap();
    let limit = |constant: &str| {
        let rest = source.split(&format!("const {constant}: usize = ")).nth(1).unwrap();
        rest.split(';').next().unwrap().replace('_', "")
    };
    for (rule, constant) in [
        ("too-many-entries", "MOST_ENTRIES"),
        ("too-many-entries", "MOST_NAMED"),
        ("too-many-entries", "MOST_PUBLISHED"),
        ("too-many-entries", "MOST_HOST_PORTS"),
        ("too-many-entries", "MOST_SOCKETS"),
        ("too-many-entries", "MOST_WORDS"),
        ("too-many-entries", "MOST_WRITTEN"),
        ("too-many-findings", "MOST_FINDINGS"),
        ("too-many-nodes", "MOST_LEVELS"),
        ("too-many-values", "MOST_VALUES"),
        ("too-much-merged", "MOST_MERGED_PAIRS"),
    ] {
        let (page, limit) = (run(&["explain", rule]).stdout, limit(constant));
        assert!(page.contains(&format!("{limit} ")), "{rule}: {limit}, {constant}");
    }
}

/// What the page of `invalid-utf8` says about its count is what is printed.
#[test]
fn bytes_are_counted_from_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("l.clab.yml");
    std::fs::write(&file, b"\xffname: l\n").unwrap();
    let report = run(&["check", file.to_str().unwrap()]).stdout;
    assert!(report.contains("byte 1 of the file (0xff)"), "{report}");
    assert!(run(&["explain", "invalid-utf8"]).stdout.replace('\n', " ").contains("counted from 1"));
}
