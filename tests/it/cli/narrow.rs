//! Narrow terminals: which columns give way, and that nothing is broken inside a word.

use std::path::Path;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::program::run_on_terminal;
use crate::support::{files_below, root, run, run_with};

/// Long enough that a table of it needs records somewhere, and never one line per row.
const LAB: &str = "name: narrow
topology:
  nodes:
    spine1:
      kind: linux
      publish:
        - tcp/22
        - http/8080/first.person@example-company.com,second.person@example-company.com,third.company.example.org
    leaf-with-a-long-name:
      kind: linux
      publish:
        - tls/57400/collector@example.com,other.org
";

const WORDS: [&str; 7] = [
    "first.person@example-company.com",
    "second.person@example-company.com",
    "anyone @third.company.example.org",
    "collector@example.com",
    "anyone @other.org",
    "leaf-with-a-long-name",
    "57400",
];

fn lab() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narrow.clab.yml");
    std::fs::write(&path, LAB).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn width(line: &str) -> usize {
    without_colors(line).chars().count()
}

/// A text without the escape sequences that color it.
fn without_colors(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').expect("a color ends with `m`").1)
}

/// The headings of a table, or of its first record.
fn headings(text: &str) -> Vec<String> {
    let known = ["NODE", "PORT", "TYPE", "REACHED AT", "AUDIENCE", "SOCKET", "CONTAINER", "DEFINED AT"];
    let first = text.lines().next().unwrap();
    let is_record = !first.starts_with(' ');
    let there = |heading: &&str| {
        if is_record {
            text.lines().any(|line| line.starts_with(&format!("{heading}  ")))
        } else {
            first.contains(*heading)
        }
    };
    known.into_iter().filter(there).map(str::to_owned).collect()
}

/// docs/src/plan.md lists the columns in this order.
#[test]
fn columns_give_way_in_the_documented_order() {
    let (_folder, path) = lab();
    let mut seen: Vec<(Vec<String>, bool, bool)> = Vec::new();
    for columns in (40..=400).rev() {
        let text =
            run_on_terminal(&["plan", &path, "--provider", "tailscale", "--tailnet-domain", "other.org"], columns);
        let text = text.stdout;
        let form = (headings(&text), text.contains("narrow.clab.yml:"), !text.starts_with(' '));
        if seen.last() != Some(&form) {
            seen.push(form);
        }
        for word in &WORDS[3..] {
            assert!(text.contains(word), "{word} is broken at {columns} columns:\n{text}");
        }
    }
    let all = ["NODE", "PORT", "TYPE", "REACHED AT", "AUDIENCE"];
    let with = |more: &[&str]| all.iter().chain(more).map(|heading| (*heading).to_owned()).collect::<Vec<_>>();
    let expected = [
        (with(&["SOCKET", "CONTAINER", "DEFINED AT"]), true, false),
        (with(&["CONTAINER", "DEFINED AT"]), true, false),
        (with(&["DEFINED AT"]), true, false),
        (with(&["DEFINED AT"]), false, false),
        (with(&[]), false, false),
        (with(&[]), false, true),
    ];
    assert_eq!(seen, expected);
    let page = crate::support::pages::text("docs/src/plan.md");
    let order: Vec<&str> = page.lines().filter(|line| line.starts_with(|digit: char| digit.is_ascii_digit())).collect();
    let expected = ["1. SOCKET", "2. CONTAINER", "3. the file in DEFINED AT", "4. DEFINED AT"];
    assert!(order.len() == 4 && order.iter().zip(expected).all(|(line, start)| line.starts_with(start)), "{order:?}");
}

/// What is left out is named, and JSON has it.
#[test]
fn what_is_not_shown_is_named() {
    let (_folder, path) = lab();
    let wide = run_on_terminal(&["plan", &path], 400).stdout;
    assert!(!wide.contains("not shown"), "{wide}");
    let narrow = run_on_terminal(&["plan", &path], 80).stdout;
    assert!(narrow.contains("not shown: SOCKET, CONTAINER"), "{narrow}");
    let json = run(&["plan", &path, "--format", "json"]).stdout;
    assert!(json.contains("\"clab-spine1-tcp-22\"") && json.contains("\"container\""), "{json}");
}

/// Scripts read the columns of a pipe; `watch` and people who set COLUMNS get what fits.
#[test]
fn a_pipe_has_all_columns_in_one_line() {
    let (_folder, path) = lab();
    let pipe = run(&["plan", &path]).stdout;
    assert_eq!(pipe, without_colors(&run_on_terminal(&["plan", &path], 400).stdout));
    assert_eq!(pipe.lines().count(), 1 + 3 + 3, "{pipe}");
    let narrow = run_with(&["plan", &path], "", &[("COLUMNS", "80")]).stdout;
    assert_eq!(narrow, without_colors(&run_on_terminal(&["plan", &path], 80).stdout));
}

/// Every line fits, except for one that is a single word, with what is before it in its column.
fn assert_fits(text: &str, columns: usize) {
    for line in text.lines() {
        // What is before the last gap is another column, or the indentation.
        let last = line.rsplit("  ").next().unwrap_or_default().trim();
        let is_word = !last.contains(' ') || last.starts_with("anyone @") && last.matches(' ').count() == 1;
        assert!(width(line) <= columns || is_word, "wider than {columns} columns: {line}\n{text}");
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let (folder, path) = lab();
    let changed = folder.path().join("changed.clab.yml");
    std::fs::write(&changed, LAB.replace("tcp/22", "tls/22/somebody@example.com").replace("narrow", "wide")).unwrap();
    let changed = changed.to_str().unwrap();
    let mut all: Vec<Vec<&str>> = vec![
        vec!["plan", &path],
        vec!["plan", &path, "--provider", "ssh"],
        vec!["plan", changed, "--against", &path],
        vec!["providers"],
        vec!["providers", "--for", &path],
        vec!["rules"],
        vec!["check", &path, "--statistics"],
        vec!["check", &path, "--show-settings"],
    ];
    for (name, _) in crate::compile::files::providers() {
        all.push(vec!["providers", name]);
    }
    for arguments in all {
        for columns in [40, 60, 80, 100, 120] {
            let run = run_on_terminal(&arguments, columns);
            assert!(!run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
            // What TOML does not let anyone break.
            let is_toml = |line: &&str| {
                arguments.contains(&"--show-settings") && (line.contains(" = ") || line.starts_with("# for "))
            };
            let text: Vec<&str> = run.stdout.lines().filter(|line| !is_toml(line)).collect();
            assert_fits(&text.join("\n"), columns);
            if arguments.contains(&path.as_str()) && arguments[0] == "plan" {
                let words = if arguments.contains(&"--against") { &WORDS[5..] } else { &WORDS[..] };
                let is_carried = |word: &&&str| !arguments.contains(&"ssh") || word.contains("leaf");
                for word in words.iter().filter(is_carried) {
                    assert!(run.stdout.contains(word) || arguments.contains(&"ssh"), "{word}: {}", run.stdout);
                }
            }
        }
    }
}

/// The page of a rule, but for its code, tables, and address.
#[test]
fn a_page_fits_too() {
    for rule in ["name-not-resolvable", "non-canonical-entry", "open-socket"] {
        let page = run_with(&["explain", rule], "", &[("COLUMNS", "60")]).stdout;
        let mut is_code = false;
        for line in page.lines() {
            is_code ^= line.starts_with("```");
            assert!(
                is_code || line.starts_with('|') || line.starts_with("https:") || width(line) <= 60,
                "{rule}: {line}"
            );
        }
    }
}

/// Only words that are in the table are explained.
#[test]
fn the_legend_has_the_words_of_the_table() {
    let (_folder, path) = lab();
    let text = run_on_terminal(&["providers", "--for", &path, "tailscale"], 80).stdout;
    assert!(text.contains("\nmembers: ") && text.contains("\nnative: "), "{text}");
    assert!(!text.contains("\nraw: ") && !text.contains("\ncard: "), "{text}");
}

/// The settings stay a publish-plan.toml at every width.
#[test]
fn settings_stay_toml() {
    let (_folder, path) = lab();
    let whole: toml::Value = toml::from_str(&run(&["check", &path, "--show-settings"]).stdout).unwrap();
    for columns in [40, 60, 80, 120] {
        let text = run_on_terminal(&["check", &path, "--show-settings"], columns).stdout;
        assert_eq!(toml::from_str::<toml::Value>(&text).unwrap(), whole, "{text}");
    }
}

/// The text between back-ticks in a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Help, labels, and messages of every case: an entry or a name is in one piece, a command too if it fits on a line.
#[test]
fn findings_break_no_entry_and_no_command() {
    let mut seen = 0;
    for file in files_below(&root().join("tests/cases/findings")) {
        let found = check(&file, &["--format", "json"], 80);
        let found: Value = serde_json::from_str(&found).unwrap();
        for columns in [60, 80] {
            let human = check(&file, &[], columns);
            for finding in found["findings"].as_array().unwrap() {
                for (text, room) in [(&finding["help"], columns - 10), (&finding["message"], columns - 2)] {
                    for code in code(text.as_str().unwrap_or_default()) {
                        let is_kept = !code.contains(' ') || width(code) + 2 <= room;
                        let there = human.contains(&format!("`{code}`"));
                        assert!(there || !is_kept, "`{code}` is broken at {columns} columns:\n{human}");
                        seen += usize::from(there);
                    }
                }
            }
            for line in human.lines() {
                // Lines of the file and the frame around them are as wide as the file.
                let is_text = line.starts_with("  help: ") || line.starts_with("        ") || line.contains("]: ");
                let is_word = !line.trim().trim_start_matches("help: ").contains(' ');
                assert!(!is_text || width(line) <= columns || is_word, "wider than {columns}: {line}\n{human}");
            }
        }
    }
    assert!(seen > 500, "{seen}");
}

fn check(file: &Path, arguments: &[&str], columns: usize) -> String {
    let bytes = std::fs::read(file).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let own = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
    let mut all = vec!["check", "--verbose", file.to_str().unwrap()];
    all.extend(own.split_whitespace());
    all.extend(arguments);
    let run = run_on_terminal(&all, columns);
    assert_ne!(run.exit, Exit::Failed, "{}", run.stderr);
    run.stdout
}
