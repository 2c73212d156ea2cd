//! The language server and `check` never differ: over every case of a finding, and over a long run of edits.

use std::fs;

use serde_json::{Value, json};

use super::Editor;
use crate::support::{all_cases, finding_cases, mutate, run};

/// What `check` finds in a file, in the form of [`super::line`].
fn checked(editor: &Editor, name: &str) -> Vec<String> {
    let path = editor.path(name);
    let report = run(&["check", "--format", "json", "--no-env", path.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of_file = findings.iter().filter(|finding| finding["file"].as_str().unwrap().ends_with(name));
    let mut lines: Vec<String> = of_file
        .map(|finding| {
            let (severity, rule) = (finding["severity"].as_str().unwrap(), finding["rule"].as_str().unwrap());
            let message = finding["message"].as_str().unwrap().lines().next().unwrap();
            // What is about the whole file is shown at its beginning.
            let [line, column] = ["line", "column"].map(|key| finding["start"][key].as_u64().unwrap_or(1));
            format!("{line}:{column} {severity}[{rule}] {message}")
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn every_case_of_a_finding_is_underlined_as_check_reports_it() {
    let mut editor = Editor::new();
    for (index, case) in finding_cases().into_iter().enumerate() {
        let Ok(text) = fs::read_to_string(&case) else { continue };
        // Columns of both count alike only here.
        if !text.is_ascii() {
            continue;
        }
        let name = format!("case{index}.clab.yml");
        fs::write(editor.path(&name), &text).unwrap();
        let mut shown = editor.open(&name, &text);
        shown.sort();
        assert_eq!(shown, checked(&editor, &name), "{}", case.display());
        let uri = editor.uri(&name);
        editor.client.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
        assert_eq!(editor.diagnostics(&name), [""; 0]);
    }
}

/// What somebody might type.
const WORDS: [&str; 24] = [
    "tcp/22",
    "tls/57400/user@domain.com",
    "- ",
    "\n",
    "\n      ",
    "publish:",
    "publish: [",
    "]",
    "labels: {publish: ",
    "}",
    "kind: linux",
    "nokia_srlinux",
    ": ",
    "/",
    ",",
    "none",
    "'",
    "\"",
    "# publish-plan: ignore[open-to-anyone] x",
    "    r9: {kind: linux, publish: [http/80]}\n",
    "&a ",
    "*a",
    "<<: ",
    "${X:=tcp/1}",
];

/// One edit after another, each sent as an editor sends it; what is shown is compared now and then.
#[test]
fn edit_after_edit_shows_what_check_finds() {
    let (edits, every): (usize, usize) = if all_cases() { (1_000_000, 500) } else { (3_000, 20) };
    let mut editor = Editor::new();
    let mut text = super::LAB.to_owned();
    editor.open("l.clab.yml", &text);
    let uri = editor.uri("l.clab.yml");
    let mut chance = mutate::Chance::new(29);
    for edit in 1..=edits {
        // From time to time from the beginning: a text in which nothing makes sense hides everything else.
        if edit % 400 == 0 {
            text = super::LAB.to_owned();
            let change = json!({"textDocument": {"uri": uri, "version": 2 * edit}, "contentChanges": [{"text": text}]});
            editor.client.notify("textDocument/didChange", &change);
        }
        let start = chance.below(text.len() + 1);
        let length = if chance.below(2) == 0 { 0 } else { chance.below(8).min(text.len() - start) };
        let word = if chance.below(3) == 0 { "" } else { WORDS[chance.below(WORDS.len())] };
        let at = |offset: usize| {
            let before = &text[..offset];
            let line = before.matches('\n').count();
            json!({"line": line, "character": offset - before.rfind('\n').map_or(0, |end| end + 1)})
        };
        let (begin, end) = (at(start), at(start + length));
        let change = json!({"range": {"start": begin, "end": end}, "text": word});
        text.replace_range(start..start + length, word);
        let document = json!({"uri": uri, "version": 2 * edit + 1});
        editor.client.notify("textDocument/didChange", &json!({"textDocument": document, "contentChanges": [change]}));
        if edit % every == 0 {
            let shown = editor.client.wait(|message| message["params"]["version"] == 2 * edit + 1);
            let mut shown: Vec<String> =
                shown["params"]["diagnostics"].as_array().unwrap().iter().map(super::line).collect();
            shown.sort();
            fs::write(editor.path("l.clab.yml"), &text).unwrap();
            assert_eq!(shown, checked(&editor, "l.clab.yml"), "edit {edit}\n{text}");
            // Whatever the text is, what is asked about it is answered.
            for method in ["hover", "completion", "definition", "prepareRename"] {
                editor
                    .client
                    .ask(&format!("textDocument/{method}"), &json!({"textDocument": {"uri": uri}, "position": begin}));
            }
            let lens = editor.client.ask("textDocument/codeLens", &json!({"textDocument": {"uri": uri}}));
            assert!(lens.is_array(), "{lens}");
        }
    }
    assert!(editor.client.end().success());
}
