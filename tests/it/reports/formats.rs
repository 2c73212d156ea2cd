//! The formats of `check`: one set of reports, each in every format.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{Run, files_below, formats, root, rules, run, run_with, shared, snapshot};

fn cases() -> Vec<PathBuf> {
    files_below(&root().join("tests/cases/reports"))
}

/// `check` of a case in one format; its first line may be `# arguments: …`. `BASELINE` stands for one of its second entry.
fn report(case: &Path, format: &str) -> Run {
    let text = String::from_utf8_lossy(&fs::read(case).unwrap()).into_owned();
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let file = seen_from(&folder.path().canonicalize().unwrap(), case);
    let finding = serde_json::json!({ "file": file, "rule": "malformed-entry", "node": "nodes/r1", "entry": "tls/ab" });
    fs::write(&baseline, serde_json::json!({ "version": 1, "findings": [finding] }).to_string()).unwrap();
    let baseline = folder.path().canonicalize().unwrap().join("baseline.json");
    let arguments = text.lines().next().and_then(|line| line.strip_prefix("# arguments: ")).unwrap_or_default();
    let arguments = arguments.replace("BASELINE", baseline.to_str().unwrap());
    let mut all = vec!["check", "--no-env", "--no-config", "--verbose", case.to_str().unwrap(), "--format", format];
    all.extend(arguments.split_whitespace());
    run_with(&all, "", &[("COLUMNS", "100"), ("CI_PROJECT_DIR", root().to_str().unwrap())])
}

/// A path as it is seen from a folder; both absolute.
fn seen_from(folder: &Path, path: &Path) -> String {
    let shared = folder.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(folder.components().count() - shared);
    format!("{up}{}", path.components().skip(shared).collect::<PathBuf>().display())
}

/// Without what is another one on another machine, or in another version.
fn plain(text: &str) -> String {
    let folder = root().display().to_string();
    let encoded = folder.replace(' ', "%20");
    let text = text.replace(&format!("file://{encoded}/"), "").replace(&format!("{folder}/"), "");
    text.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"VERSION\"")
}

#[test]
fn every_report_reads_as_it_did_in_every_format() {
    assert_eq!(cases().len(), 6);
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap().split(['.', '-']).next().unwrap().to_owned();
        for format in formats() {
            let run = report(&case, format);
            assert_eq!(run.stderr, "", "{name} {format}");
            let mut text = plain(&run.stdout);
            if format == "sarif" {
                // The pages are tried for themselves.
                let mut sarif: Value = serde_json::from_str(&text).unwrap();
                sarif["runs"][0]["tool"]["driver"]["rules"] = Value::from("every rule");
                text = serde_json::to_string_pretty(&sarif).unwrap();
            }
            if matches!(format.as_str(), "json" | "gitlab" | "sarif") {
                // They depend on where the case lies.
                text = without_digests(&text);
            }
            snapshot("reports", format!("reports__{name}__{format}"), text);
        }
    }
}

/// Every word of 64 hexadecimal digits as `DIGEST`.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('"').map(|word| if is_digest(word) { "DIGEST" } else { word }).collect::<Vec<_>>().join("\"")
}

#[test]
fn the_exit_code_is_that_of_the_findings() {
    for case in cases() {
        let exits: HashSet<_> = formats().iter().map(|format| format!("{:?}", report(&case, format).exit)).collect();
        assert_eq!(exits.len(), 1, "{}", case.display());
    }
}

#[test]
fn json_has_the_form_of_its_schema() {
    let schema = fs::read_to_string(root().join("schemas/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let mut suppressed = HashSet::new();
    for case in cases().into_iter().chain(files_below(&root().join("tests/cases/findings"))) {
        let json: Value = serde_json::from_str(&report(&case, "json").stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
        let findings = json["findings"].as_array().unwrap();
        let fingerprints: HashSet<&str> =
            findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(fingerprints.len(), findings.len(), "{}", case.display());
        // A place says the same in characters and in bytes.
        let Ok(text) = fs::read_to_string(&case) else { continue };
        for finding in findings {
            suppressed.insert(finding["suppressed"].to_string());
            let Some(start) = finding["start"]["offset"].as_u64() else { continue };
            let before = &text[..usize::try_from(start).unwrap()];
            let line = before.replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
            let column = before.rsplit(['\n', '\r']).next().unwrap().trim_start_matches('\u{feff}').chars().count() + 1;
            assert_eq!(finding["start"]["line"], line, "{}: {finding}", case.display());
            assert_eq!(finding["start"]["column"], column, "{}: {finding}", case.display());
        }
    }
    for word in ["null", "\"comment\"", "\"level\"", "\"baseline\""] {
        assert!(suppressed.contains(word), "{word}");
    }
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let fingerprints = |text: &str| -> Vec<String> {
        let json = run_with(&["check", "-", "--format", "json", "--no-env"], text, &[]).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        json["findings"].as_array().unwrap().iter().map(|finding| finding["fingerprint"].to_string()).collect()
    };
    let text = fs::read_to_string(root().join("tests/cases/reports/severities.clab.yml")).unwrap();
    assert_eq!(fingerprints(&text), fingerprints(&format!("# one\n\n# more\n{text}")));
}

#[test]
fn sarif_has_the_form_of_its_schema() {
    let Some(schema) = shared("schemas/sarif-schema-2.1.0.json") else { return };
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    // This pattern of the schema is no regular expression; no run here says its language.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    for case in cases().into_iter().chain(files_below(&root().join("tests/cases/findings"))) {
        let sarif: Value = serde_json::from_str(&report(&case, "sarif").stdout).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&sarif).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
    // Seen from the sources, bytes that a URI cannot have written out.
    let folder = tempfile::tempdir().unwrap();
    let sarif = std::process::Command::new(env!("CARGO_BIN_EXE_publish-plan"))
        .args(["check", "./a b/漢,%.clab.yml", "--format", "sarif"])
        .current_dir({
            fs::create_dir(folder.path().join("a b")).unwrap();
            fs::copy(&cases()[0], folder.path().join("a b/漢,%.clab.yml")).unwrap();
            fs::write(folder.path().join("a b/漢,%.clab.yml"), "name: l\ntopology: {nodes: {r1: {publish: [x]}}}\n")
                .unwrap();
            folder.path()
        })
        .output()
        .unwrap();
    let sarif: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let artifact = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(artifact["uri"], "a%20b/%E6%BC%A2%2C%25.clab.yml");
    assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
}

/// Every line is one command, and nothing in it ends a property or the message early.
#[test]
fn github_reads_every_annotation() {
    for case in cases() {
        for line in report(&case, "github").stdout.lines() {
            let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (word, properties) = command.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&word), "{line}");
            let names: Vec<&str> = properties.split(',').map(|property| property.split_once('=').unwrap().0).collect();
            assert_eq!(names[..2], ["file", "line"], "{line}");
            assert!(!message.is_empty() && !message.contains('\r'), "{line}");
        }
    }
    let wide = report(&cases()[5], "github").stdout;
    assert!(wide.contains("wide-漢%2C%25.clab.yml"), "{wide}");
}

#[test]
fn gitlab_sees_paths_from_its_project() {
    let mut seen = HashSet::new();
    for case in cases() {
        let issues: Vec<Value> = serde_json::from_str(&report(&case, "gitlab").stdout).unwrap();
        for issue in issues {
            assert!(issue["location"]["path"].as_str().unwrap().starts_with("tests/cases/reports/"), "{issue}");
            assert!(seen.insert(issue["fingerprint"].to_string()), "{issue}");
        }
    }
    assert!(seen.len() > 5);
}

/// A reader that is not the writer.
#[test]
fn a_reader_of_junit_finds_suites_and_failures() {
    for case in cases() {
        let text = report(&case, "junit").stdout;
        let read = junit_parser::from_reader(text.as_bytes()).unwrap();
        let human = rules(&report(&case, "human").stdout);
        assert_eq!(read.suites.len(), 1);
        let failures: Vec<&junit_parser::TestCase> =
            read.suites[0].cases.iter().filter(|case| case.status.is_failure()).collect();
        assert_eq!(failures.len(), human.len(), "{text}");
        assert_eq!(failures.len() as u64, read.suites[0].failures);
        if human.is_empty() {
            assert_eq!(read.suites[0].cases.len(), 1, "{text}");
        }
        for (failure, rule) in failures.iter().zip(&human) {
            assert_eq!(failure.classname.as_deref(), Some(rule.as_str()));
        }
    }
}

#[test]
fn several_reports_go_to_several_places() {
    let folder = tempfile::tempdir().unwrap();
    let case = root().join("tests/cases/reports/severities.clab.yml");
    let case = case.to_str().unwrap();
    let to = |format: &str, name: &str| format!("{format}={}", folder.path().join(name).display());
    let (sarif, json) = (to("sarif", "out.sarif"), to("json", "out.json"));
    let run = run(&["check", case, "--format", "human", "--format", &sarif, "--format", &json]);
    assert_eq!((run.exit, rules(&run.stdout).len()), (Exit::Findings, 3));
    for name in ["out.sarif", "out.json"] {
        let _: Value = serde_json::from_str(&fs::read_to_string(folder.path().join(name)).unwrap()).unwrap();
    }
    // Without one for standard output, nothing is printed there.
    let run = crate::support::run(&["check", case, "--format", &sarif]);
    assert_eq!((run.exit, run.stdout.as_str()), (Exit::Findings, ""));
    for arguments in [
        &["--format", "json", "--format", "sarif"][..],
        &["--format", "yaml"],
        &["--format", "json="],
        &["--format", "json=/no/such/folder/x"],
    ] {
        let run = crate::support::run(&[&["check", case], arguments].concat());
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{arguments:?}");
    }
    assert!(crate::support::run(&["check", case, "--format", "jsno"]).stderr.contains("did you mean `json`?"));
    // A report is written over nothing that is read, and not over another.
    let topology = folder.path().join("l.clab.yml");
    fs::copy(case, &topology).unwrap();
    let onto = format!("json={}", topology.display());
    for arguments in [&["--format", onto.as_str()][..], &["--format", &json, "--format", &to("sarif", "./out.json")]] {
        let run = crate::support::run(&[&["check", topology.to_str().unwrap()], arguments].concat());
        assert_eq!(run.exit, Exit::Failed);
        assert!(run.stderr.contains("it is one of the files being checked or already written"), "{}", run.stderr);
    }
    assert_eq!(fs::read(&topology).unwrap(), fs::read(case).unwrap());
    // What could not be read is in the reports that are read without an exit code.
    let failed = |format: &str| crate::support::run(&["check", "no-such.clab.yml", "--format", format]).stdout;
    let sarif: Value = serde_json::from_str(&failed("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert!(failed("junit").contains("errors=\"1\"") && failed("json").contains("cannot read `no-such.clab.yml`"));
    assert!(failed("github").starts_with("::error title=publish-plan::cannot read"));
    // Quiet leaves the last line out, and nothing else.
    let loud = crate::support::run(&["check", case]).stdout;
    let quiet = crate::support::run(&["check", case, "--quiet"]).stdout;
    assert_eq!(rules(&loud), rules(&quiet));
    assert!(loud.contains("in 1 file, 2 sockets; ") && !quiet.contains("in 1 file"), "{loud}");
}

#[test]
fn people_see_it_as_their_terminal_can() {
    let case = root().join("tests/cases/reports/wide-漢,%.clab.yml");
    let shown = |variables: &[(&str, &str)], arguments: &[&str]| {
        run_with(&[&["check", case.to_str().unwrap()], arguments].concat(), "", variables).stdout
    };
    let is_colored = |text: &str| text.contains("\u{1b}[");
    assert!(!is_colored(&shown(&[], &[])));
    assert!(is_colored(&shown(&[("FORCE_COLOR", "1")], &[])));
    assert!(!is_colored(&shown(&[("FORCE_COLOR", "0")], &[])));
    assert!(!is_colored(&shown(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[])));
    assert!(is_colored(&shown(&[("NO_COLOR", "1")], &["--color", "always"])));
    assert!(!is_colored(&shown(&[("FORCE_COLOR", "1")], &["--color", "never"])));
    // Links where the terminal takes them, and only in what is drawn for it.
    let on_terminal = |variables: &[(&str, &str)], arguments: &[&str]| {
        let (mut stdin, mut stdout, mut stderr) = (&b""[..], Vec::new(), Vec::new());
        let terminal = publish_plan::Terminal { stdout: true, ..publish_plan::Terminal::default() };
        let mut streams =
            publish_plan::Streams { stdin: &mut stdin, stdout: &mut stdout, stderr: &mut stderr, terminal };
        let arguments = [&["publish-plan", "check", case.to_str().unwrap()], arguments].concat();
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        publish_plan::run(arguments.into_iter().map(Into::into), variables, &mut streams);
        String::from_utf8(stdout).unwrap()
    };
    let page = "/src/rules/malformed_entry.md\u{1b}\\malformed-entry\u{1b}]8;;\u{1b}\\";
    assert!(on_terminal(&[("TERM_PROGRAM", "WezTerm")], &[]).contains(page));
    assert!(on_terminal(&[("VTE_VERSION", "7000")], &[]).contains("\u{1b}]8;;https://"));
    for none in [&[][..], &[("VTE_VERSION", "4000")], &[("TERM_PROGRAM", "WezTerm"), ("NO_COLOR", "1")]] {
        assert!(!on_terminal(none, &[]).contains("\u{1b}]8;;"), "{none:?}");
    }
    assert!(is_colored(&on_terminal(&[], &[])) && !is_colored(&on_terminal(&[("TERM", "dumb")], &[])));
    assert!(!on_terminal(&[("TERM_PROGRAM", "WezTerm")], &["--format", "concise"]).contains('\u{1b}'));
    // Frames of the locale; the file's own letters stay.
    let ascii = shown(&[("LANG", "C")], &[]);
    assert!(ascii.contains("`----") && !ascii.contains('╰') && ascii.contains("端口"), "{ascii}");
    for utf8 in
        [&[("LC_ALL", "C.UTF-8"), ("LANG", "C")][..], &[("LANG", "de_DE.utf8")], &[("LC_ALL", ""), ("LANG", "")]]
    {
        assert!(shown(utf8, &[]).contains('╰'), "{utf8:?}");
    }
    // The line under a wide character is as wide.
    let text = shown(&[], &[]);
    let lines: Vec<&str> = text.lines().collect();
    let marked = lines.iter().position(|line| line.contains("端口]") || line.contains("端口,")).unwrap();
    let width = |text: &str| {
        text.chars()
            .map(
                |letter| if ('\u{4e00}'..='\u{9fff}').contains(&letter) { 2 } else { usize::from(letter != '\u{301}') },
            )
            .sum::<usize>()
    };
    let source = lines[marked].split("端口").next().unwrap();
    let under = lines[marked + 1].split('─').next().unwrap();
    assert_eq!(width(source), width(under), "{text}");
    assert_eq!(lines[marked + 1].matches(['─', '┬']).count(), 4, "{text}");
}

#[test]
fn a_pipe_that_breaks_ends_quietly() {
    let diff = "(\"$0\" check --diff tests/cases/findings/*.yml; echo \"exit $?\" >&2) | head -c 1 > /dev/null";
    let run = std::process::Command::new("sh")
        .args(["-c", diff, env!("CARGO_BIN_EXE_publish-plan")])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&run.stderr).ends_with("exit 1\n"), "{}", String::from_utf8_lossy(&run.stderr));
    for format in formats() {
        let run = std::process::Command::new("sh")
            .args(["-c", &format!("(\"$0\" check --format {format} tests/cases/findings/*.yml; echo \"exit $?\" >&2) | head -c 10 > /dev/null"), env!("CARGO_BIN_EXE_publish-plan")])
            .current_dir(root())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&run.stderr), "exit 1\n", "{format}");
    }
}

/// A bar comes where somebody waits at a terminal, only where it takes long, and never where quiet is wanted.
#[test]
fn a_long_run_shows_how_far_it_is() {
    let Some(script) = crate::support::program("script", "SCRIPT", &["--version"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let nodes: String = (0..1_500)
        .fold(String::new(), |text, node| text + &format!("    r{node}: {{kind: linux, publish: [tcp/22, tls/ab]}}\n"));
    for file in 0..240 {
        fs::write(folder.path().join(format!("l{file}.clab.yml")), format!("name: l\ntopology:\n  nodes:\n{nodes}"))
            .unwrap();
    }
    // Only standard error is the terminal of `script`.
    let stderr = |path: &str, flags: &str| {
        let command =
            format!("'{}' check {flags} --max-findings 0 '{path}' > /dev/null", env!("CARGO_BIN_EXE_publish-plan"));
        let output = std::process::Command::new(&script)
            .args(["-qec", &format!("timeout 60 {command}"), "/dev/null"])
            .stdin(std::process::Stdio::null())
            .env("TERM", "xterm")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let path = folder.path().to_str().unwrap();
    let long = stderr(path, "");
    assert!(long.contains("of 240 files"), "{long:?}");
    assert_eq!(stderr(path, "--quiet"), "");
    assert_eq!(stderr(folder.path().join("l0.clab.yml").to_str().unwrap(), ""), "");
}
