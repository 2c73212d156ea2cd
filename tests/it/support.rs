//! What the tests share.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use publish_plan::{Exit, Streams, Terminal};

/// The project's folder.
pub(crate) fn root() -> PathBuf {
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
    let line = format!("SKIPPED {test}: {reason}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped.txt");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// A run of the program.
pub(crate) struct Run {
    pub(crate) exit: Exit,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in this process, without a terminal.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_with(arguments, "", &[])
}

/// The same with standard input and environment variables.
pub(crate) fn run_with(arguments: &[&str], stdin: &str, variables: &[(&str, &str)]) -> Run {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut input = stdin.as_bytes();
    let mut streams =
        Streams { stdin: &mut input, stdout: &mut stdout, stderr: &mut stderr, terminal: Terminal::default() };
    let arguments = std::iter::once("publish-plan").chain(arguments.iter().copied()).map(OsString::from);
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let exit = publish_plan::run(arguments, variables, &mut streams);
    Run { exit, stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap() }
}

/// `check -` of a text, with everything shown.
pub(crate) fn check(topology: &str, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["check", "-", "--verbose"].iter().chain(arguments).copied().collect();
    run_with(&arguments, topology, &[])
}

/// The rules of the findings in a human report, in its order.
pub(crate) fn rules(report: &str) -> Vec<String> {
    let headlines =
        report.lines().filter(|line| ["error[", "warning[", "info["].iter().any(|word| line.starts_with(word)));
    headlines.map(|line| line.split(['[', ']']).nth(1).unwrap().to_owned()).collect()
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

/// A program that a test needs: the one in the environment variable `variable`, else `name` on PATH. Where it does not
/// answer to `arguments` the test is skipped, loudly.
pub(crate) fn program(name: &str, variable: &str, arguments: &[&str]) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
    let answers =
        std::process::Command::new(&program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !answers {
        skip(&format!("{name} is not installed"));
    }
    answers.then_some(program)
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
