//! One finding has one position, whatever the format: also where nothing is written that could be pointed to.

use std::path::Path;

use serde_json::Value;

use crate::support::{files_below, formats, root, run_with};

/// Entries of which nothing, or not everything, is there: at the end of a line, before a comment, inside brackets, in quotes.
const EMPTY: &str = "name: l
topology:
  nodes:
    r1:
      kind: linux
      publish:
        -
        - \x20
        - # a comment
        - \"\"
        - ''
        - !!str
        - ~
        - ssh
        - tls/
        - tls/22/
        - https//443
    ünïcode: {kind: linux, publish: [~, \"\", tls/1/user@domain.com, ]}
    r2:
      kind: linux
      labels:
        publish: tcp ssh
      extras:
    r3:
      kind: linux
      publish:
      -
";

/// The positions of all findings in the order in which a format gives them, as line and column.
type Positions = Vec<(u64, u64)>;

fn pair(line: &Value, column: &Value) -> (u64, u64) {
    (line.as_u64().unwrap(), column.as_u64().unwrap())
}

/// Two numbers with a colon between them.
fn numbers(text: &str) -> (u64, u64) {
    let (line, column) = text.split_once(':').unwrap();
    (line.parse().unwrap(), column.parse().unwrap())
}

fn json(text: &str) -> Option<Positions> {
    let report: Value = serde_json::from_str(text).unwrap();
    let found = report["findings"].as_array().unwrap().iter();
    // A finding about a whole file has no position.
    let of = |finding: &Value| Some(pair(finding["start"].get("line")?, finding["start"].get("column")?));
    found.map(of).collect()
}

/// The frames of each finding, by their heads. Places that are far apart have a frame each, in the order of the file.
fn frames(text: &str, name: &str) -> Vec<Positions> {
    let frame = format!("─[{name}:");
    let mut found: Vec<Positions> = Vec::new();
    for line in text.lines() {
        if line.starts_with(|letter: char| letter.is_ascii_lowercase()) && line.contains("]: ") {
            found.push(Vec::new());
        } else if let Some((_, place)) = line.split_once(&frame) {
            found.last_mut().unwrap().push(numbers(place.trim_end_matches(']')));
        }
    }
    found
}

fn concise(text: &str, name: &str) -> Positions {
    let of = |line: &str| {
        let place = line.strip_prefix(&format!("{name}:"))?;
        Some(numbers(place.split(": ").next().unwrap()))
    };
    text.lines().filter_map(of).collect()
}

fn github(text: &str) -> Positions {
    let property = |line: &str, name: &str| -> u64 {
        let rest = line.split(&format!(",{name}=")).nth(1).unwrap();
        rest.split([',', ':']).next().unwrap().parse().unwrap()
    };
    text.lines().map(|line| (property(line, "line"), property(line, "col"))).collect()
}

fn sarif(text: &str) -> Positions {
    let report: Value = serde_json::from_str(text).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap().iter();
    let regions = results.map(|result| &result["locations"][0]["physicalLocation"]["region"]);
    regions.map(|region| pair(&region["startLine"], &region["startColumn"])).collect()
}

fn junit(text: &str) -> Positions {
    let names = text.split("<testcase name=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    names.map(|name| numbers(name.split_once(' ').unwrap().1)).collect()
}

/// GitLab has lines only.
fn gitlab(text: &str) -> Vec<u64> {
    let report: Value = serde_json::from_str(text).unwrap();
    report.as_array().unwrap().iter().map(|issue| issue["location"]["lines"]["begin"].as_u64().unwrap()).collect()
}

/// Every format gives the positions of the JSON report; none where a finding has no position.
#[track_caller]
fn assert_agree(file: &Path, arguments: &[&str]) -> Option<Positions> {
    let path = file.to_str().unwrap();
    let report = |format: &str| {
        let all = ["check", path, "--no-env", "--no-config", "--verbose", "--max-findings", "1000", "--format", format];
        run_with(&[&all[..], arguments].concat(), "", &[("COLUMNS", "100")]).stdout
    };
    let expected = json(&report("json"))?;
    for format in formats() {
        let text = report(format);
        let found = match format.as_str() {
            "json" => continue,
            "human" => {
                let frames = frames(&text, path);
                assert_eq!(frames.len(), expected.len(), "{text}");
                for (frames, position) in frames.iter().zip(&expected) {
                    assert!(frames.contains(position), "{path}: {position:?} is in none of {frames:?}\n{text}");
                }
                continue;
            }
            "concise" => concise(&text, path),
            "github" => github(&text),
            "sarif" => sarif(&text),
            "junit" => junit(&text),
            "gitlab" => {
                assert_eq!(
                    gitlab(&text),
                    expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
                    "{path} {format}"
                );
                continue;
            }
            other => panic!("{other}: where are its positions?"),
        };
        assert_eq!(found, expected, "{path} {format}\n{text}");
    }
    Some(expected)
}

#[test]
fn what_is_empty_has_one_position() {
    let folder = tempfile::tempdir().unwrap();
    for text in [EMPTY.to_owned(), EMPTY.replace('\n', "\r\n"), EMPTY.trim_end().to_owned(), format!("\u{feff}{EMPTY}")]
    {
        let file = folder.path().join("l.clab.yml");
        std::fs::write(&file, &text).unwrap();
        let found = assert_agree(&file, &[]).unwrap();
        assert!(found.len() > 14, "{found:?}");
        // The dash of the first empty entry is in column 9, and the entry would begin after it.
        assert!(found.contains(&(7, 10)), "{found:?}");
        // Of `ssh`, the rest is missing, after its last letter.
        assert!(found.contains(&(14, 14)), "{found:?}");
    }
}

#[test]
fn every_case_has_one_position_in_every_format() {
    let mut seen = 0;
    for file in files_below(&root().join("tests/cases/findings")) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let flags = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
        let flags: Vec<&str> = flags.split_whitespace().collect();
        seen += assert_agree(&file, &flags).map_or(0, |found| found.len());
    }
    assert!(seen > 150, "{seen}");
}
