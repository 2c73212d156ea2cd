//! `plan --format svg|html|mermaid|dot`: who gets through which door to which node, as Chromium, axe-core, Mermaid, and Graphviz see it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{root, run, run_with, skip, snapshot};

const FORMATS: [&str; 4] = ["svg", "html", "mermaid", "dot"];

/// Names that end a tag, an attribute, a script, a label, a line of style, or the letters of a font.
const HOSTILE: &str = r#"name: "<script>document.title='owned'</script>"
topology:
  groups: {"\"]; click n0_0 call alert()": {}, "</svg><script>document.title='owned'</script>": {}}
  nodes:
    "<img src=x onerror=document.title='owned'>": {kind: "%%{init: {'theme':'dark'}}%%", publish: [http/80/a&b@c.org, tcp/22]}
    "' onload='document.title=1": {publish: [http/80]}
    "end": {group: "\"]; click n0_0 call alert()", publish: [http/80]}
    "style a:b#35;": {group: "</svg><script>document.title='owned'</script>", publish: [tls/443/x_y_z@example.org]}
    "a\\nb\"c`d`": {kind: "w x", publish: [http/81/домен.рф]}
    "路由器一": {kind: linux, ports: ["8080:80"], publish: [http/82]}
    "1. www.example.com": {kind: linux, publish: [http/83/alice@nokia.com]}
    "\u202Eevil": {kind: linux, publish: [http/84]}
    "\uFDFD\uFFFF": {kind: linux, publish: [http/85]}
    "&lt;b&gt; #35;": {kind: linux, publish: [http/86]}
"#;

/// A lab with this many nodes of three kinds and groups, each with this many sockets, for four audiences.
fn lab(nodes: usize, sockets: usize) -> String {
    let mut text = "name: big\ntopology:\n  nodes:\n".to_owned();
    for node in 0..nodes {
        let kind = if node % 3 == 0 { "linux" } else { "nokia_srlinux" };
        let group = if node % 5 == 0 { ", group: spines" } else { "" };
        let entries: Vec<String> = (0..sockets)
            .map(|port| {
                let who = ["/alice@nokia.com", "/nokia.com,bob@x.org", "", "/carol@y.org"][(node + port) % 4];
                format!("{}/{}{who}", ["tcp", "tls", "http", "https"][port % 4], 1000 + port)
            })
            .collect();
        let _ = writeln!(text, "    leaf{node}: {{kind: {kind}{group}, publish: [\"{}\"]}}", entries.join("\", \""));
    }
    text
}

fn map(topology: &str, format: &str, more: &[&str]) -> String {
    let run =
        run_with(&[&["plan", "-", "--format", format, "--no-env", "--color", "never"], more].concat(), topology, &[]);
    assert!(!run.stdout.is_empty(), "{}", run.stderr);
    run.stdout
}

/// Six labs: the example, one by a real provider with a jump host, other doors, a comparison, three hundred sockets, hostile names.
fn labs(folder: &Path) -> Vec<(&'static str, String, Vec<String>)> {
    let example = fs::read_to_string(root().join("examples/identity.clab.yml")).unwrap();
    let telemetry = fs::read_to_string(root().join("examples/telemetry.clab.yml")).unwrap();
    let doors =
        telemetry.replacen("  nodes:", "  nodes:\n    web: {kind: linux, ports: [\"8080:80\", 161:161/udp]}", 1);
    let before = folder.join("before.yml");
    fs::write(&before, lab(8, 4)).unwrap();
    let after = lab(7, 4)
        .replace(",bob@x.org", "")
        .replace("tcp/1000/alice@nokia.com", "tcp/1000")
        .replace("carol@y.org", "carol@y.org,dan@z.org");
    let jump = lab(4, 2).replace("tcp/1000/alice@nokia.com", "ssh/22/nokia.com");
    let words = |words: &str| words.split_whitespace().map(str::to_owned).collect();
    vec![
        ("example", example, Vec::new()),
        ("gateway", jump, words("--provider gateway --jump-host leaf0")),
        ("doors", doors, Vec::new()),
        ("compared", after, vec!["--against".to_owned(), before.to_str().unwrap().to_owned()]),
        ("many", lab(50, 6), words("--limit tcp=300 --limit http=300")),
        ("hostile", HOSTILE.to_owned(), Vec::new()),
    ]
}

/// Files of all labs in these formats.
fn written(folder: &Path, formats: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (name, topology, flags) in labs(folder) {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        for format in formats {
            let file = folder.join(format!("{name}.{format}"));
            fs::write(&file, map(&topology, format, &flags)).unwrap();
            files.push(file);
        }
    }
    files
}

/// Runs a script of this folder with the files, and reads the lines of JSON that it prints. None if something is missing.
fn script(name: &str, files: &[PathBuf], modules: &[&str], variables: &[(&str, &str)]) -> Option<Vec<Value>> {
    let folder = std::env::var_os("NPM_MODULES").map_or_else(|| root().join("node_modules"), PathBuf::from);
    if let Some(module) = modules.iter().find(|module| !folder.join(module).exists()) {
        skip(&format!("npm's {module} is not in NPM_MODULES"));
        return None;
    }
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let is_there = |program: &str| {
        let found = Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]).output().unwrap();
        found.status.success()
    };
    if let Some(program) = ["node", &browser].into_iter().find(|program| !is_there(program)) {
        skip(&format!("{program} is not installed"));
        return None;
    }
    let mut command = Command::new("node");
    command.arg(root().join("tests/it/plan/map").join(name)).args(files);
    command.env("NPM_MODULES", &folder).env("CHROMIUM", browser).envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn the_example_in_every_format() {
    for format in FORMATS {
        let file = root().join("examples/identity.clab.yml");
        let run = run(&["plan", "--format", format, "--no-env", file.to_str().unwrap()]);
        snapshot("plan", format!("map__{format}"), run.stdout);
    }
}

#[test]
fn a_change_is_in_every_format() {
    let folder = TempDir::new_in(root()).unwrap();
    let (_, topology, flags) = labs(folder.path()).swap_remove(3);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    for format in ["svg", "mermaid", "dot"] {
        let text = map(&topology, format, &flags);
        for (words, count) in [
            ("widened: lets in anyone on the Internet", 2),
            ("widened: lets in dan@z.org", 7),
            ("narrowed: no longer lets in bob@x.org", 7),
            // With the summary.
            ("no longer reachable", if format == "mermaid" { 4 } else { 5 }),
        ] {
            let words =
                if format == "mermaid" { words.replace(':', "#58;").replace('@', "#64;") } else { words.to_owned() };
            assert_eq!(text.matches(&words).count(), count, "{format}: {words}\n{text}");
        }
    }
    let page = map(&topology, "html", &flags);
    assert_eq!(page.matches(" data-gone").count(), 4);
    assert!(page.contains("9 widened, 4 no longer reachable, 7 narrowed, 12 unchanged"), "{page}");
}

#[test]
fn chromium_shows_every_map_without_an_overlap_and_answers_for_a_person() {
    let folder = TempDir::new().unwrap();
    let files = written(folder.path(), &["svg", "html"]);
    let questions = json!([
        {"person": "alice@nokia.com"},
        {"person": "ALICE@nokia.com", "type": "https"},
        {"person": "mallory@nokia.com.example"},
        {"node": "leaf0"},
        {"person": "Mallory <mailto:Mallory@Example.Org>", "node": "leaf0", "type": "http"},
        {"person": "alice"},
    ]);
    let pictures = std::env::var("PICTURES").unwrap_or_default();
    let variables = [("QUESTIONS", questions.to_string()), ("PICTURES", pictures)];
    let variables: Vec<(&str, &str)> =
        variables.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, value.as_str())).collect();
    // Where there is no such node, nothing can be chosen.
    let (some, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap();
        ["many", "compared"].contains(&name)
    });
    let Some(seen) = script("chromium.mjs", &others, &["playwright-core", "axe-core"], &[]) else { return };
    let answered = script("chromium.mjs", &some, &["playwright-core", "axe-core"], &variables).unwrap();
    let mut answers = BTreeMap::new();
    for page in seen.iter().chain(&answered) {
        let file = page["file"].as_str().unwrap();
        assert_eq!(page["overlaps"], json!([]), "{file}");
        assert_eq!(page["said"], json!([]), "{file}");
        assert!(page["title"].as_str().unwrap().starts_with("Who can reach lab "), "{page}");
        if page["light"].is_array() {
            assert_eq!([&page["light"], &page["dark"]], [&json!([]), &json!([])], "{file}");
            let white = json!("rgb(255, 255, 255)");
            let paper = json!({"form": false, "paper": white, "picture": white, "wide": true});
            assert_eq!(page["paper"], paper, "{file}");
            let keys = page["keys"].as_array().unwrap();
            assert_eq!(keys[..4], [json!("person"), json!("node"), json!("type"), json!("reset")], "{file}");
            assert!(keys[4].as_str().unwrap().to_lowercase().contains("map"), "{file}: {keys:?}");
            answers.insert(file, &page["answers"]);
        }
    }
    let of = |file: &str, question: usize| {
        let answer = &answers[file][question];
        let rows = answer["rows"].as_array().unwrap().len();
        (answer["answer"].as_str().unwrap().to_owned(), rows, answer["faint"].as_u64().unwrap())
    };
    // A quarter of 300 is for her, a quarter for her domain, a quarter for anyone.
    let words = |words: &str| words.to_owned();
    let perhaps = ", and perhaps 1 more, which this page cannot know.";
    assert_eq!(of("many.html", 0), (format!("alice@nokia.com can get through 226 of 301 doors{perhaps}"), 227, 74));
    assert_eq!(
        of("many.html", 1),
        (format!("alice@nokia.com can get through 37 of 51 doors of type https{perhaps}"), 38, 263)
    );
    assert_eq!(
        of("many.html", 2),
        (format!("mallory@nokia.com.example can get through 75 of 301 doors{perhaps}"), 76, 225)
    );
    // What leads to every node leads to this one.
    assert_eq!(of("many.html", 3), (words("7 doors to leaf0."), 7, 294));
    assert_eq!(
        of("many.html", 4),
        (format!("mallory@example.org can get through 1 of 2 doors to leaf0 of type http{perhaps}"), 2, 299)
    );
    // No verdict about half an address.
    assert_eq!(of("many.html", 5), (words("Type one whole email address."), 301, 0));
    // What is gone is shown, and counts for nobody.
    assert_eq!(of("compared.html", 0), (format!("alice@nokia.com can get through 21 of 29 doors{perhaps}"), 25, 8));
    let rows = answers["compared.html"][0]["rows"].to_string();
    assert_eq!(rows.matches("no longer: ").count(), 3, "{rows}");
}

/// A domain is more than a person, whatever else an acl names; a change is more than what stays.
#[test]
fn what_is_wider_is_never_folded_out_of_sight() {
    let people: Vec<String> = (0..30).map(|one| format!("person{one}@a.example")).collect();
    let lab = format!(
        "name: l\ntopology: {{nodes: {{r1: {{kind: linux, publish: ['tls/1/{},evil.example']}}}}}}\n",
        people.join(",")
    );
    for format in ["svg", "mermaid", "dot"] {
        let text = map(&lab, format, &[]).replace("#64;", "@");
        assert!(text.contains("anyone @evil.example") && text.contains("and 20 more people"), "{format}: {text}");
    }
    let many = |wide: &str| {
        let nodes =
            (0..150).map(|node| format!("    n{node}: {{kind: linux, publish: [tls/1/p{node}@{}]}}\n", "a.example"));
        let nodes = nodes.collect::<Vec<_>>().concat().replace("p5@a.example", wide);
        format!("name: l\ntopology:\n  nodes:\n{nodes}")
    };
    let folder = TempDir::new().unwrap();
    let before = folder.path().join("before.yml");
    fs::write(&before, many("p5@a.example")).unwrap();
    for format in ["svg", "mermaid", "dot"] {
        let flags = ["--limit", "tcp=300", "--against", before.to_str().unwrap()];
        let text = map(&many("gmail.com"), format, &flags).replace("#64;", "@").replace("#58;", ":");
        assert!(text.contains("widened: lets in anyone @gmail.com"), "{format}: {text}");
        // Mermaid has room for all of them.
        let is_folded = format == "mermaid" || text.contains("n0, n1 and 147 more nodes") && !text.contains("p149@");
        assert!(is_folded, "{format}: {text}");
    }
    // What is refused is not in it, and that is said.
    for format in FORMATS {
        let refused = map(&many("p5@a.example"), format, &["--provider", "ssh"]);
        let refused = refused.replace("#96;", "`").replace("#58;", ":").replace("<br/>", " ");
        let words = "`compile` stops at 150 findings: what they are about may be missing here";
        assert!(refused.contains(words), "{format}: {refused}");
    }
}

#[test]
fn a_page_says_everything_without_its_script() {
    let folder = TempDir::new().unwrap();
    let files = written(folder.path(), &["html"]);
    let Some(seen) = script("chromium.mjs", &files, &["playwright-core"], &[("SCRIPTS", "off")]) else { return };
    for (page, (name, topology, flags)) in seen.iter().zip(labs(folder.path())) {
        let text = page["text"].as_str().unwrap();
        assert!(!text.contains("What can this person reach?"), "{name}");
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let flags = if name == "compared" { Vec::new() } else { flags };
        let plan: Value = serde_json::from_str(&map(&topology, "json", &flags)).unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.contains('\t')).collect();
        for socket in plan["sockets"].as_array().unwrap() {
            let [node, port] = ["node", "port"].map(|key| socket[key].to_string().trim_matches('"').to_owned());
            let is_row = |row: &&str| row.ends_with(&format!("\t{port}"));
            assert!(
                rows.iter().any(|row| is_row(row) && (name == "hostile" || row.contains(&node))),
                "{socket}\n{text}"
            );
        }
    }
}

#[test]
fn mermaid_reads_every_diagram_and_draws_its_texts() {
    let folder = TempDir::new().unwrap();
    let mut files = written(folder.path(), &["mermaid"]);
    for (name, topology) in [("huge", lab(600, 6)), ("people", people())] {
        let file = folder.path().join(format!("{name}.mermaid"));
        let text = map(&topology, "mermaid", &[]);
        // No map of nothing: a plan has room for so many.
        assert!(text.contains(" sockets<br/>") || text.contains("audiences"), "{name}: {text}");
        // What GitHub draws.
        assert!(text.chars().count() <= 50_000, "{name}: {}", text.len());
        assert!(text.matches(" -->").count() <= 500, "{name}");
        fs::write(&file, text).unwrap();
        files.push(file);
    }
    let Some(parsed) = script("parse.mjs", &files, &["mermaid", "jsdom"], &[]) else { return };
    assert!(parsed.iter().all(|one| one["diagramType"] == "flowchart-v2"), "{parsed:?}");
    let Some(drawn) = script("chromium.mjs", &files, &["mermaid", "playwright-core"], &[]) else { return };
    for (file, seen) in files.iter().zip(&drawn) {
        assert_eq!(seen["said"], json!([]), "{}", file.display());
    }
    let texts: BTreeSet<&str> =
        drawn[5]["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    for text in [
        "<img src=x onerror=document.title='owned'>",
        "kind %%{init: {'theme':'dark'}}%%",
        "group \"]; click n0_0 call alert()",
        "style a:b#35;",
        "a\\nb\"c`d`",
        "1. www.example.com",
        "x_y_z@example.org",
        "\\u{202e}evil",
        "&lt;b&gt; #35;",
        "port 443",
    ] {
        assert!(texts.contains(text), "{text}: {texts:?}");
    }
}

/// A lab in which each socket is for other people, with names that are long.
fn people() -> String {
    let mut text = "name: people\ntopology:\n  nodes:\n".to_owned();
    for node in 0..700 {
        let people: Vec<String> =
            (0..8).map(|one| format!("somebody.with.a.long.name{one}@department{node}.example.com")).collect();
        let _ = writeln!(text, "    n{node}: {{kind: k{node}, publish: [\"tls/57400/{}\"]}}", people.join(","));
    }
    text
}

#[test]
fn dot_draws_every_digraph_with_its_texts() {
    let folder = TempDir::new().unwrap();
    for file in written(folder.path(), &["dot"]) {
        let started = Command::new("dot")
            .arg("-Tsvg")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut dot) = started else { return skip("graphviz is not installed") };
        dot.stdin.take().unwrap().write_all(&fs::read(&file).unwrap()).unwrap();
        let output = dot.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let picture = String::from_utf8(output.stdout).unwrap();
        assert!(picture.contains("Who can reach lab "), "{}", file.display());
        if file.ends_with("hostile.dot") {
            let text = |text: &str| {
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
            };
            for name in ["style a:b#35;", "1. www.example.com", "a\\nb\"c`d`", "&lt;b&gt; #35;"] {
                let name = text(name);
                assert!(picture.contains(&format!(">{name}<")), "{name}\n{picture}");
            }
        }
    }
}
