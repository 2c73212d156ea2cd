//! What must be true of any input whatever: laws, each of a part of the line, that panic where they do not hold. The fuzz
//! targets (fuzz/) look for inputs that break them; the tests hold them over what was found and over mutated topologies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use publish_plan::testing::{Entry, Node, NodeId, Place, Tree, canonical, parse_entry, parse_tree, read};
use publish_plan::{
    Audience, Environment, ExaminedFile, Exit, Finding, LabFiles, Plan, Settings, SourceFile, Span, apply, examine,
};
use serde_json::Value;

use crate::support::program::{Run, formats, providers, rules, run_bytes, run_with};

/// What must be true of an input; it panics where that is not so.
pub(crate) type Law = fn(&[u8]);

/// Every law under the name of its fuzz target.
pub(crate) const LAWS: [(&str, Law); 7] = [
    ("check", check),
    ("compile", compile),
    ("entry", entry),
    ("fix", fix),
    ("migrate", migrate),
    ("substitution", substitution),
    ("tree", tree),
];

/// Neither the caller's variables nor its settings.
const APART: [&str; 2] = ["--no-env", "--no-config"];

/// An entry is taken as what it says, or its troubles are in it; its plain spelling means the same.
fn entry(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let is_inside = |range: &std::ops::Range<usize>| text.get(range.clone()).is_some();
    match parse_entry(text) {
        Entry::OptOut => assert_eq!(text, "none"),
        Entry::Malformed(troubles) => {
            assert!(!troubles.is_empty() && troubles.iter().all(|trouble| is_inside(&trouble.range)), "{troubles:?}");
        }
        Entry::Socket(socket) => {
            let items = socket.acl.iter().map(|item| &item.range);
            let oddities = socket.oddities.iter().map(|oddity| &oddity.range);
            let mut ranges = items.chain(oddities).chain([&socket.type_range, &socket.port_range]);
            assert!(ranges.all(is_inside), "{socket:?}");
            assert_eq!(&text[socket.type_range.clone()], socket.socket_type.word());
            assert!(socket.acl.iter().all(|item| item.text == text[item.range.clone()]), "{socket:?}");
            // A third segment is never lost: without people the socket would be open to anyone.
            assert_eq!(socket.acl.is_empty(), text.splitn(3, '/').nth(2).is_none(), "{socket:?}");
            assert_eq!(socket.acl.is_empty(), socket.identities.is_empty());
            let plain = canonical(&socket);
            let Entry::Socket(again) = parse_entry(&plain) else { panic!("{plain:?} is no entry") };
            assert_eq!((again.socket_type, again.port), (socket.socket_type, socket.port));
            assert_eq!(again.identities, socket.identities);
            assert!(again.oddities.is_empty() && canonical(&again) == plain, "{plain:?}");
        }
    }
}

/// Every place of the text that YAML reads leads back into the file.
fn substitution(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let values = [("A", "x"), ("B", ""), ("C", "$A"), ("D", "é\n- ${A}"), ("LONG_1", "tcp/22")];
    let environment = Environment::new(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (file, source, findings) = read("x", bytes.to_vec(), &environment);
    assert_inside(&file, &findings);
    let Some(source) = source else { return };
    if !source.has_variables() {
        assert_eq!(source.text(), text);
    }
    let variables = source.variables();
    let names: BTreeSet<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names.len(), variables.len(), "one stands there twice");
    assert!(variables.is_sorted_by_key(|variable| variable.line));
    assert!(names.iter().all(|name| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"))));
    let mut last = 0;
    let letters = source.text().char_indices().map(|(start, letter)| Place::new(start, start + letter.len_utf8()));
    for place in letters {
        let span = source.span(place);
        assert!(span.start >= last && file.text().get(span.range()).is_some_and(|text| !text.is_empty()), "{span:?}");
        last = span.start;
        let is_alike =
            source.exact_span(place) == Some(span) && source.original(place) == &source.text()[place.range()];
        assert!(is_alike || source.is_substituted(place), "{span:?}");
    }
}

/// A tree stands in its text: children inside their parents, one after another, and plain words letter for letter.
fn tree(bytes: &[u8]) {
    let (file, source, findings) = read("x", bytes.to_vec(), &Environment::default());
    assert_inside(&file, &findings);
    let Some(source) = source else { return };
    let (tree, findings) = parse_tree(&source);
    assert_inside(&file, &findings);
    if let Some(root) = tree.as_ref().and_then(Tree::root) {
        stands(tree.as_ref().unwrap(), root, source.text());
    }
}

fn stands(tree: &Tree<'_>, root: NodeId, text: &str) {
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let place = tree.place(id);
        let written = text.get(place.range()).unwrap_or_else(|| panic!("{place:?} is outside"));
        match tree.written(id) {
            Node::Scalar(scalar) if scalar.is_plain && !scalar.is_null && !written.contains(['\n', '\r']) => {
                assert_eq!(scalar.value, written);
            }
            Node::Alias(target) => assert!(!matches!(tree.written(target), Node::Alias(_)), "{written}"),
            _ => {}
        }
        let mut end = place.range().start;
        for child in tree.children(id) {
            let inside = tree.place(*child).range();
            assert!(inside.start >= end && inside.end <= place.range().end, "{inside:?} in {place:?}");
            end = inside.end;
            open.push(*child);
        }
    }
}

/// Findings are inside the file, and in its order.
pub(crate) fn findings(bytes: &[u8]) {
    let examined = examine(LabFiles::topology("x.clab.yml", bytes.to_vec()), &Settings::default(), true);
    let ExaminedFile { file, findings, .. } = &examined.files[0];
    assert_inside(file, findings);
    assert!(findings.is_sorted_by_key(Finding::start));
    if let Some(plan) = &examined.plan {
        assert_eq!(reported_open(file, findings), planned_open(plan));
    }
}

/// Line and column of each entry that opens sockets to anyone on the Internet, and the nodes where it does, as the plan has them.
fn planned_open(plan: &Plan) -> Vec<(usize, usize, String)> {
    let open = plan.sockets.iter().filter(|socket| socket.audience == Audience::Anyone);
    let mut open: Vec<_> =
        open.map(|socket| (socket.origin.line, socket.origin.column, socket.shown_node().to_owned())).collect();
    open.sort();
    open
}

/// The same, as `open-socket` reports them.
fn reported_open(file: &SourceFile, findings: &[Finding]) -> Vec<(usize, usize, String)> {
    let findings = findings.iter().filter(|finding| finding.rule.name == "open-socket");
    let mut open: Vec<_> = findings
        .flat_map(|finding| {
            let position = file.position(finding.start());
            finding.affects.iter().map(move |node| (position.line, position.column, node.clone()))
        })
        .collect();
    open.sort();
    open
}

/// The same, and every report of them can be written.
fn check(bytes: &[u8]) {
    findings(bytes);
    let examined = examine(LabFiles::topology("x.clab.yml", bytes.to_vec()), &Settings::default(), false);
    let formats = formats();
    let format = formats[bytes.len() % formats.len()].as_str();
    let run = run_bytes(&[&["check", "-", "--verbose", "--format", format], &APART[..]].concat(), bytes, &[]);
    let is_clean = examined.findings().all(|finding| finding.severity == publish_plan::Severity::Info);
    // Comments in the file may have silenced what was found.
    assert!(run.exit == Exit::Clean || run.exit == Exit::Findings && !is_clean, "{:?} {}", run.exit, run.stderr);
    if format == "json" || format == "sarif" {
        let _: Value = serde_json::from_str(&run.stdout).unwrap();
    }
}

/// Whether all that findings point at stands in the file, and what mends them can be applied.
fn assert_inside(file: &SourceFile, findings: &[Finding]) {
    let lines = file.text().split(['\n', '\r']).count();
    let is_inside = |span: Span| {
        let (start, end) = (file.position(span.start), file.position(span.end));
        file.text().get(span.range()).is_some() && start <= end && end.line <= lines
    };
    for finding in findings {
        assert!(finding.labels.iter().all(|label| is_inside(label.span)), "{finding:?}");
        if let Some(fix) = &finding.fix {
            assert!(apply(file.text(), &fix.edits).is_ok(), "{finding:?}");
        }
    }
}

fn topology(verb: &[&str], topology: &str) -> Run {
    run_with(&[verb, &APART].concat(), topology, &[])
}

/// The sockets that are planned, by name, each with its audience.
fn planned(text: &str, flags: &[&str]) -> BTreeMap<String, String> {
    let plan =
        topology(&[&["plan", "-", "--format", "json", "--limit", "tcp=999,http=999"], flags].concat(), text).stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap_or_default();
    let sockets = plan["sockets"].as_array().cloned().unwrap_or_default();
    sockets.iter().map(|socket| (socket["name"].to_string(), socket["audience"].to_string())).collect()
}

/// What is mended stays mended, is read like before, and no socket that was planned has another audience.
fn fix(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let fixed = |text: &str| topology(&["check", "-", "--fix"], text).stdout;
    let once = fixed(text);
    if once == text {
        return;
    }
    assert_eq!(fixed(&once), once, "fixing twice is not fixing once");
    let (before, after) = (topology(&["strip", "-"], text), topology(&["strip", "-"], &once));
    assert_eq!(before.exit, after.exit, "{}\n{}", before.stderr, after.stderr);
    let (before, after) = (planned(text, &[]), planned(&once, &[]));
    for (name, audience) in &before {
        assert!(after.get(name).is_none_or(|after| after == audience), "{name}: {audience}, then {after:?}");
    }
}

/// What is migrated stays as it is, has nothing left to strip, and the plan is the same.
fn migrate(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let run = topology(&["migrate", "-"], text);
    if run.stderr.contains("is an entries file") {
        return;
    }
    if run.exit != Exit::Clean {
        assert!(run.exit == Exit::Findings && !rules(&run.stderr).is_empty(), "{:?} {}", run.exit, run.stderr);
        return;
    }
    let again = topology(&["migrate", "-"], &run.stdout);
    assert_eq!((again.exit, &again.stdout), (Exit::Clean, &run.stdout), "migrating twice is not migrating once");
    assert_eq!(topology(&["strip", "-"], &run.stdout).stdout, run.stdout, "strip takes something");
    let offered = run.stderr.lines().filter_map(|line| line.strip_prefix('+')).filter(|line| !line.starts_with('+'));
    let offered = offered.flat_map(|line| {
        let (key, value) = line.split_once(" = ").unwrap();
        [format!("--{key}"), value.trim_matches('"').to_owned()]
    });
    let offered: Vec<String> = offered.collect();
    let flags: Vec<&str> = offered.iter().map(String::as_str).collect();
    assert_eq!(planned(text, &[]), planned(&run.stdout, &flags));
}

/// The first byte chooses the provider. What is compiled is compiled the same again, lets nobody in whom the entry does not
/// name, and is text; what is not compiled leaves nothing.
fn compile(bytes: &[u8]) {
    let Some((choice, topology)) = bytes.split_first() else { return };
    let providers = providers();
    let (provider, flags) = &providers[usize::from(*choice) % providers.len()];
    // What is written is written for good, which takes time on a disk.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let file = folder.path().join("x.clab.yml");
    fs::write(&file, topology).unwrap();
    let mut arguments = vec!["compile", file.to_str().unwrap(), "--provider", provider];
    arguments.extend(flags.iter().map(String::as_str));
    arguments.extend(APART);
    let home = [("HOME", folder.path().to_str().unwrap())];
    let run = run_with(&arguments, "", &home);
    let written = folder.path().join("x.publish");
    if run.exit != Exit::Clean {
        assert!(!written.exists() && run.stderr.len() > 10, "{:?} {}", run.exit, run.stderr);
        return;
    }
    let again = run_with(&[&arguments[..], &["--check"]].concat(), "", &home);
    assert_eq!(again.exit, Exit::Clean, "{}", again.stderr);
    assert_is_what_was_written(&written);
}

fn assert_is_what_was_written(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains(|letter: char| letter.is_control() && !"\n\t".contains(letter)), "{text:?}");
    }
    let plan: Value = serde_json::from_str(&fs::read_to_string(folder.join("plan.json")).unwrap()).unwrap();
    for socket in plan["sockets"].as_array().unwrap() {
        let written = socket["origin"]["entry"].as_str().unwrap();
        let Entry::Socket(entry) = parse_entry(written) else { panic!("{written:?} is no entry") };
        let is_open = socket["audience"] == "anyone on the Internet";
        assert!(!is_open || entry.acl.is_empty(), "{socket}");
        assert_eq!(socket["port"], u64::from(entry.port));
    }
}
