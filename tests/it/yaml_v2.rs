//! What yaml.v2 itself reads: containerlab's YAML library, asked about the same texts.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use publish_plan::text::{self, Environment};
use publish_plan::{Settings, examine};

use crate::mutate::{Chance, mutated};
use crate::support::{files_below, program, real_topologies, root, skip};

/// Where Debian's packages put the sources of Go libraries.
const LIBRARIES: &str = "/usr/share/gocode";

/// The rules that say: this is no YAML for containerlab, or not of its types.
const REFUSALS: [&str; 8] = [
    "duplicate-key",
    "invalid-utf8",
    "invalid-yaml",
    "malformed-topology",
    "publish-not-a-list",
    "template-not-rendered",
    "too-deeply-nested",
    "too-much-merged",
];

/// What publish-plan says of texts that yaml.v2 takes, and takes for something else than they look like.
const STRICTER: [&str; 5] = [
    // As the name of an anchor and something behind it.
    "the anchor",
    // `]#`: as a comment.
    "comments must be separated",
    // `%` at the start of a line: as the start of another document.
    "document end marker",
    // As the end of a line.
    "the character U+",
    // Between brackets, as the sign of a key.
    "for a sign of its own",
];

/// What yaml.v2 answers to each text; none where it is not installed.
fn answers(texts: &[Vec<u8>]) -> Option<Vec<String>> {
    let go = program("go", "GO", &["version"])?;
    if !Path::new(LIBRARIES).join("src/gopkg.in/yaml.v2").exists() {
        skip("golang-gopkg-yaml.v2-dev is not installed");
        return None;
    }
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut reader = Command::new(go)
        .arg("run")
        .arg(root().join("tests/yaml_v2/reads.go"))
        .env("GO111MODULE", "off")
        .env("GOPATH", LIBRARIES)
        .env("GOCACHE", scratch.join("go"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    let framed: Vec<u8> = texts
        .iter()
        .flat_map(|text| u32::try_from(text.len()).unwrap().to_be_bytes().into_iter().chain(text.iter().copied()))
        .collect();
    let writing = std::thread::spawn(move || input.write_all(&framed));
    let output = reader.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn what_yaml_v2_refuses_is_refused_and_nothing_else() {
    let Some(topologies) = real_topologies() else { return };
    let mut chance = Chance::new(0x9e37_79b9_7f4a_7c15);
    let texts = (0..2_000).map(|round| {
        let (name, text) = &topologies[chance.below(topologies.len())];
        (format!("{name}, round {round}"), mutated(text, &mut chance))
    });
    let refused = compare(texts.collect());
    assert!(refused.is_none_or(|refused| refused > 200), "{refused:?}");
}

#[test]
fn of_the_project_s_own_texts_too() {
    let folders = ["examples", "tests/cases", "fuzz/corpus/fix", "fuzz/corpus/check"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| files_below(folder));
    let texts = files.map(|file| (file.display().to_string(), fs::read(&file).unwrap()));
    let refused = compare(texts.collect());
    assert!(refused.is_none_or(|refused| refused > 10), "{refused:?}");
}

/// Asks both what they take of named texts; gives how many of them yaml.v2 refuses, and none where it is not installed.
fn compare(texts: Vec<(String, Vec<u8>)>) -> Option<usize> {
    let mut cases = Vec::new();
    for (name, bytes) in texts {
        // Variables have their values before yaml.v2 sees the text; one that is never closed is an error before that.
        let (_, source, findings) = text::read("x", bytes.clone(), &Environment::default());
        let read = source.map_or_else(|| bytes.clone(), |source| source.text().as_bytes().to_vec());
        if findings.iter().all(|finding| finding.rule != "unclosed-substitution") {
            cases.push((name, bytes, read));
        }
    }
    let texts: Vec<Vec<u8>> = cases.iter().map(|(_, _, read)| read.clone()).collect();
    let answers = answers(&texts)?;
    assert_eq!(answers.len(), cases.len());
    let (mut refused, mut wrong) = (0, Vec::new());
    for ((name, bytes, _), answer) in cases.into_iter().zip(answers) {
        let refusals = refusals(&bytes);
        let is_stricter = |refusal: &String| STRICTER.iter().any(|words| refusal.contains(words));
        refused += usize::from(answer.starts_with("no"));
        let is_alike = match answer.as_str() {
            "yes" => refusals.is_empty() || refusals.iter().any(is_stricter),
            // What stands in a key that nobody knows is not looked at by yaml.v2.
            "unknown" => true,
            _ => !refusals.is_empty(),
        };
        if !is_alike {
            wrong.push(format!("{name}: yaml.v2 says {answer}, publish-plan says {refusals:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    Some(refused)
}

/// What publish-plan has against the text as YAML or as a topology.
fn refusals(bytes: &[u8]) -> Vec<String> {
    let findings = examine("x.clab.yml", bytes.to_vec(), &Settings::default(), false).findings;
    let refusals = findings.iter().filter(|finding| {
        REFUSALS.contains(&finding.rule)
            || finding.rule == "malformed-entry" && finding.message.contains("must be text")
    });
    refusals.map(|finding| finding.message.to_string()).collect()
}
