//! What yaml.v2 itself reads: containerlab's YAML library, asked about the same texts. Whether it takes them, and what values it
//! gives a topology: the lists that nodes get from them are those of the plan, or publish-plan refuses the text.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use publish_plan::testing::read;
use publish_plan::{Environment, Examined, LabFiles, Settings, examine};
use serde::Deserialize;

use crate::check::merges;
use crate::check::values::Read;
use crate::support::mutate::{Chance, mutated};
use crate::support::{cases, files_below, program, real_topologies, root, run_with, skip};

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
const STRICTER: [&str; 9] = [
    // As the name of an anchor and something behind it.
    "the anchor",
    // `]#`: as a comment.
    "comments must be separated",
    // `%` at the start of a line: as the start of another document.
    "document end marker",
    // As the end of a line.
    "the file contains U+",
    // Between brackets, as the sign of a key.
    "as YAML syntax",
    // As a letter of the key.
    "needs a space after it",
    // Some of them it decodes, or takes as they are.
    "a tag changes",
    // In a comment or at the start of a key.
    "a byte-order mark",
    "a BOM must not",
];

/// What yaml.v2 says of a text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    /// `yes`, `unknown` where only keys that containerlab does not know are in the way, `no: ` and why.
    says: String,
    read: Option<Read>,
    has_publish: bool,
}

/// What yaml.v2 answers to each text; none where it is not installed.
fn answers(texts: &[Vec<u8>]) -> Option<Vec<Answer>> {
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
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn what_yaml_v2_refuses_is_refused_and_nothing_else() {
    let Some(topologies) = real_topologies() else { return };
    let mut chance = Chance::new(0x9e37_79b9_7f4a_7c15);
    let texts = (0..2_000).map(|round| {
        let (name, text) = &topologies[chance.below(topologies.len())];
        (format!("{name}, round {round}"), mutated(text, &mut chance))
    });
    let counts = compare(texts.collect());
    assert!(counts.as_ref().is_none_or(|counts| counts.refused > 200), "{counts:?}");
}

#[test]
fn of_the_project_s_own_texts_too() {
    let folders = ["examples", "tests/cases", "fuzz/corpus/fix", "fuzz/corpus/check"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| files_below(folder));
    let texts = files.map(|file| (file.display().to_string(), fs::read(&file).unwrap()));
    // The topology in a resource of clabernetes is a text of its own.
    let texts = texts.filter(|(_, text)| !text.starts_with(b"apiVersion: clabernetes"));
    let counts = compare(texts.collect());
    assert!(counts.as_ref().is_none_or(|counts| counts.refused > 10), "{counts:?}");
}

/// What came of a comparison.
#[derive(Debug, Default)]
struct Counts {
    /// Texts that yaml.v2 refuses.
    refused: usize,
    /// Texts that publish something, and that nobody refuses.
    published: usize,
}

/// Asks both what they take of named texts, and what they read; none where yaml.v2 is not installed.
fn compare(texts: Vec<(String, Vec<u8>)>) -> Option<Counts> {
    let mut cases = Vec::new();
    for (name, bytes) in texts {
        // Variables have their values before yaml.v2 sees the text; one that is never closed is an error before that.
        let (_, source, findings) = read("x", bytes.clone(), &Environment::default());
        let read = source.map_or_else(|| bytes.clone(), |source| source.text().as_bytes().to_vec());
        if findings.iter().all(|finding| finding.rule.name != "unclosed-substitution") {
            cases.push((name, bytes, read));
        }
    }
    let texts: Vec<Vec<u8>> = cases.iter().map(|(_, _, read)| read.clone()).collect();
    let answers = answers(&texts)?;
    assert_eq!(answers.len(), cases.len());
    let (mut counts, mut wrong) = (Counts::default(), Vec::new());
    for ((name, bytes, text), answer) in cases.into_iter().zip(answers) {
        counts.refused += usize::from(answer.says.starts_with("no"));
        if let Some(why) = differs(&bytes, &answer, &mut counts) {
            wrong.push(format!("{name}: {why}\n{}", String::from_utf8_lossy(&text)));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    Some(counts)
}

/// How publish-plan takes a text that yaml.v2 gave this answer to. Policies are not read: every word of an acl is an identity.
fn examined(bytes: &[u8]) -> (Examined, Vec<String>, bool) {
    let settings = Settings {
        acl_as_identities: Some(true),
        tcp_limit: Some(9_999),
        http_limit: Some(9_999),
        ..Settings::default()
    };
    let examined = examine(LabFiles::topology("x.clab.yml", bytes.to_vec()), &settings, true);
    let refusals = refusals(&examined);
    let is_refused = examined.plan.is_none() || examined.findings().any(|finding| finding.blocks_compile);
    (examined, refusals, is_refused)
}

/// What publish-plan says otherwise than yaml.v2, of a text and of the values in it.
fn differs(bytes: &[u8], answer: &Answer, counts: &mut Counts) -> Option<String> {
    let (examined, refusals, is_refused) = examined(bytes);
    let is_stricter = |refusal: &String| STRICTER.iter().any(|words| refusal.contains(words));
    let is_alike = match answer.says.as_str() {
        "yes" => refusals.is_empty() || refusals.iter().any(is_stricter),
        // What stands in a key that nobody knows is not looked at by yaml.v2.
        "unknown" => true,
        _ => !refusals.is_empty(),
    };
    if !is_alike {
        return Some(format!("yaml.v2 says {}, publish-plan says {refusals:?}", answer.says));
    }
    let publishes = examined.plan.as_ref().is_some_and(|plan| !plan.sockets.is_empty());
    counts.published += usize::from(publishes && refusals.is_empty() && !is_refused);
    answer.read.as_ref().filter(|_| refusals.is_empty())?.differs(&examined, is_refused)
}

/// What publish-plan has against the text as YAML or as a topology.
fn refusals(examined: &Examined) -> Vec<String> {
    let refusals = examined.findings().filter(|finding| {
        REFUSALS.contains(&finding.rule.name)
            || finding.rule.name == "malformed-entry" && finding.message.contains("must be a string")
    });
    refusals.map(|finding| finding.message.to_string()).collect()
}

/// Topologies full of merges, every sixth of them damaged.
fn merged(count: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut chance = Chance::new(seed);
    let texts = (0..count).map(|round| {
        let text = merges::topology(&mut chance);
        let bytes = if round % 6 == 5 { mutated(&text, &mut chance) } else { text.into_bytes() };
        (format!("round {round}"), bytes)
    });
    texts.collect()
}

#[test]
fn merged_topologies_have_the_values_of_yaml_v2() {
    let texts = merged(cases(20_000), 0x2545_f491_4f6c_dd1d);
    let Some(counts) = compare(texts) else { return };
    assert!(counts.refused > cases(2_000) && counts.published > cases(2_000), "{counts:?}");
}

/// What `verb` makes of topologies that yaml.v2 takes, with what it took of each before and after.
fn outputs(verb: &str, count: usize, seed: u64) -> Option<Vec<(String, Read, Answer)>> {
    let texts: Vec<Vec<u8>> = merged(count, seed).into_iter().map(|(_, text)| text).collect();
    let before = answers(&texts)?;
    let mut made = Vec::new();
    for (text, answer) in texts.into_iter().zip(before) {
        let (Ok(text), Some(read)) =
            (String::from_utf8(text), answer.read.filter(|_| answer.says == "yes" || answer.says == "unknown"))
        else {
            continue;
        };
        let run = run_with(&[verb, "-", "--no-env", "--no-config"], &text, &[]);
        if !run.stdout.is_empty() {
            made.push((format!("{text}\n---- {verb}\n{}", run.stdout), read, run.stdout));
        }
    }
    let texts: Vec<Vec<u8>> = made.iter().map(|(_, _, output)| output.clone().into_bytes()).collect();
    let after = answers(&texts)?;
    Some(made.into_iter().zip(after).map(|((text, read, _), after)| (text, read, after)).collect())
}

#[test]
fn what_is_stripped_has_the_values_it_had() {
    let Some(outputs) = outputs("strip", 6_000, 0x9e37_79b9_7f4a_7c15) else { return };
    assert!(outputs.len() > 500, "{}", outputs.len());
    for (text, before, after) in outputs {
        assert!(!after.says.starts_with("no"), "{}\n{text}", after.says);
        assert!(!after.has_publish, "{text}");
        let after = after.read.unwrap();
        assert_eq!(after.without_entries(), before.without_entries(), "{text}");
    }
}

#[test]
fn what_is_migrated_publishes_what_it_did() {
    let Some(outputs) = outputs("migrate", 6_000, 0x7f4a_7c15_9e37_79b9) else { return };
    assert!(outputs.len() > 500, "{}", outputs.len());
    for (text, before, after) in outputs {
        assert!(!after.says.starts_with("no"), "{}\n{text}", after.says);
        assert!(!after.has_publish, "{text}");
        let after = after.read.unwrap();
        assert_eq!(after.published(), before.published(), "{text}");
        assert_eq!(after.without_labels(), before.without_labels(), "{text}");
    }
}
