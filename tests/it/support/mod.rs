//! What the tests share.

pub(crate) mod gate;
pub(crate) mod gateway_reader;
pub(crate) mod language_client;
pub(crate) mod mutate;
pub(crate) mod pages;
pub(crate) mod program;
pub(crate) mod stage;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use crate::support::program::{Run, check, formats, rules, run, run_with};

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    gate::enter();
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The project's reference material beside its folder (corpus, schemas). Where it is absent the test is skipped, loudly:
/// past the capture of the test runner, and into a file that `.ci/run` counts.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = root().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    skip(&format!("../shared/{path} is absent"));
    None
}

/// Says that the calling test could not do its work.
pub(crate) fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    keep("skipped.txt", &format!("SKIPPED {test}: {reason}\n"));
}

/// Prints a line past the capture of the test runner, and adds it to a file that `.ci/run` shows.
pub(crate) fn keep(file: &str, line: &str) {
    let _ = std::io::stderr().write_all(line.as_bytes());
    append(file, line);
}

/// Adds a line to a file that `.ci/run` shows.
fn append(file: &str, line: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// How many cases, or bytes, a long test tries that tries so many where `TEST_CASES` is `all`, as at night: a quarter.
pub(crate) fn cases<N: From<u8> + std::ops::Div<Output = N>>(all: N) -> N {
    if all_cases() { all } else { all / N::from(4) }
}

/// Whether tests do all that they can, as at night.
pub(crate) fn all_cases() -> bool {
    std::env::var_os("TEST_CASES").is_some_and(|wanted| wanted == "all")
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// The cases of findings: topologies, and entries files.
pub(crate) fn finding_cases() -> Vec<PathBuf> {
    let is_entries_file = |path: &PathBuf| path.to_str().unwrap().ends_with(".publish.yml");
    let entries = files_below(&root().join("tests/cases/entries")).into_iter().filter(is_entries_file);
    files_below(&root().join("tests/cases/findings")).into_iter().chain(entries).collect()
}

/// A program that a test needs: the one in the environment variable `variable`, else `name` on PATH. Where it does not
/// answer to `arguments` the test is skipped, loudly.
pub(crate) fn program(name: &str, variable: &str, arguments: &[&str]) -> Option<String> {
    gate::enter();
    let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
    let answers = Command::new(&program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !answers {
        skip(&format!("{name} is not installed"));
    }
    answers.then_some(program)
}

/// Runs git in a folder, as somebody who may commit there: what it prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    gate::enter();
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.com",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Makes a folder the root of a git repository: what git itself asks for before it takes one for that.
pub(crate) fn make_repository(folder: &Path) {
    for part in ["objects", "refs"] {
        std::fs::create_dir_all(folder.join(".git").join(part)).unwrap();
    }
    std::fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
}

/// Every topology of the corpus that is no Go template: its name and its text.
pub(crate) fn real_topologies() -> Option<Vec<(String, String)>> {
    let corpus = shared("corpus")?;
    let files = files_below(&corpus)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "yml" || end == "yaml"));
    let texts = files.map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()));
    Some(texts.filter(|(_, text)| !text.contains("{{")).collect())
}

/// The text of a topology with lists put before some of its keys `kind`; none where it has no such key.
pub(crate) fn with_lists(text: &str, chosen: &[usize], lists: &[&str]) -> Option<String> {
    let keys: Vec<usize> = text
        .match_indices("kind:")
        .filter(|(index, _)| text[..*index].rsplit('\n').next().is_some_and(|before| before.trim().is_empty()))
        .map(|(index, _)| index)
        .collect();
    if keys.is_empty() {
        return None;
    }
    let mut places: BTreeSet<usize> = chosen.iter().map(|choice| keys[choice % keys.len()]).collect();
    let mut out = text.to_owned();
    while let Some(place) = places.pop_last() {
        let line = out[..place].rfind('\n').map_or(0, |newline| newline + 1);
        let list = lists[place % lists.len()].replace("INDENT", &out[line..place]);
        out.insert_str(place, &list);
    }
    Some(out)
}

/// Every topology of the corpus with such lists in it, in several places; only those that an independent reader reads. None
/// where the corpus is absent.
pub(crate) fn real_topologies_with(lists: &[&str]) -> Option<Vec<(String, String)>> {
    let topologies = real_topologies()?;
    assert!(topologies.len() > 100);
    let places = [&[0][..], &[1, 3], &[0, 1, 2, 3, 4, 5]];
    let with = topologies.iter().flat_map(|(name, text)| {
        places.into_iter().filter_map(move |chosen| Some((name.clone(), with_lists(text, chosen, lists)?)))
    });
    Some(with.filter(|(_, text)| yaml_rust2::YamlLoader::load_from_str(text).is_ok()).collect())
}

/// Begins a test anew in a process of its own, which a command starts that gives it other surroundings and takes a program and
/// its arguments; `INSIDE` is set there. What it says to keep is said here too.
pub(crate) fn anew(command: &mut Command, test: &str) {
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env("INSIDE", "yes");
    let inside = command.output().unwrap();
    let said = String::from_utf8_lossy(&inside.stderr);
    for line in said.lines().filter(|line| ["FAULT", "LOAD", "SKIPPED"].iter().any(|word| line.starts_with(word))) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
    let said = String::from_utf8_lossy(&inside.stdout) + said;
    assert!(inside.status.success(), "{said}");
}

/// Compares a text with the snapshot of that name beside the tests of a subject.
pub(crate) fn snapshot(subject: &str, name: impl Into<String>, text: impl AsRef<str>) {
    let folder = root().join("tests/it").join(subject).join("snapshots");
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name.into(), text.as_ref());
    });
}
