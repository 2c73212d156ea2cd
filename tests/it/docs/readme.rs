//! Tests of README.md alone. `docs.rs` has those of the blocks of all pages.

use std::collections::BTreeSet;

use crate::support::pages::{blocks_of, hold, scratch, shell, text};
use crate::support::{program, root, run, snapshot};

/// There are exactly two `sh` blocks: the commands to install, which a test of `packaging` runs, and to test, which `.ci/run`
/// runs. This test runs only the part that needs no build.
#[test]
fn there_is_one_command_to_install_and_one_to_test() {
    let [install, test] = &blocks_of("README.md", "sh")[..] else { panic!("expected two blocks of `sh`") };
    assert_eq!(install.lines().count(), 1);
    assert_eq!(test.trim(), "cargo test");
    let parts: Vec<&str> = install.trim().split(" && ").collect();
    let [clone, enter, build, check] = parts[..] else { panic!("{install}") };
    assert_eq!(clone, concat!("git clone ", env!("CARGO_PKG_REPOSITORY")));
    assert_eq!(enter, "cd publish-plan");
    assert_eq!(build, "cargo install --path . --locked");
    let (output, code) = shell(scratch().path(), check);
    assert_eq!(code, Some(0), "{output}");
}

/// The table between the marks is what the program prints.
#[test]
fn the_matrix_of_providers_is_the_programs_own() {
    let printed = run(&["providers", "--format", "markdown"]).stdout;
    let page = "docs/src/providers.md";
    let text = text(page);
    let (before, rest) = text.split_once("<!-- providers -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /providers -->").unwrap();
    hold(page, &format!("{before}<!-- providers -->\n{printed}<!-- /providers -->{after}"));
}

/// The table of the README is written by hand. Its facts are those of `providers --format json`: one row per provider, the
/// types that it carries, the acls that it enforces, whom an entry without an acl lets in, and whether it was run for real.
#[test]
fn the_table_of_the_readme_says_what_the_program_knows() {
    let json = run(&["providers", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let readme = text("README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 7);
    let mut rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    for provider in json["providers"].as_array().unwrap() {
        let name = format!("`{}`", provider["name"].as_str().unwrap());
        let at = rows.iter().position(|row| row[0] == name).unwrap_or_else(|| panic!("README.md: no row for {name}"));
        let row = rows.remove(at);
        let [_, _, carries, enforces, without_acl, is_run] = row[..] else { panic!("{row:?}") };
        compare_carried(provider, carries, enforces);
        let lets_in = match provider["without_acl"].as_str().unwrap() {
            "anyone" => "anyone on the Internet",
            "members" => "every member of the tailnet",
            "nobody" => "nobody",
            other => panic!("{other}"),
        };
        assert_eq!(without_acl, lets_in, "{name}");
        let tried = provider["tried"].as_str().unwrap();
        assert_eq!(is_run.contains("**yes**"), tried.starts_with("end to end"), "{name}: {is_run}: {tried}");
        let is_never = tried.contains("never run against the service")
            || tried.contains("never against the service")
            || tried.contains("never the service")
            || tried.contains("no longer exists");
        assert_eq!(is_run.starts_with("no"), is_never, "{name}: {is_run}: {tried}");
    }
    assert!(rows.is_empty(), "{rows:?}");
}

/// The cells of one provider about types and acls.
fn compare_carried(provider: &serde_json::Value, types_cell: &str, acl_cell: &str) {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_owned).collect()
    };
    let known = ["http", "https", "ssh", "tcp", "tls", "udp"];
    let carried = provider["carries"].as_array().unwrap();
    let types: BTreeSet<&str> = carried.iter().map(|carried| carried["type"].as_str().unwrap()).collect();
    let said = words(types_cell);
    assert_eq!(known.into_iter().filter(|word| said.contains(*word)).collect::<BTreeSet<_>>(), types, "{types_cell}");
    for (fact, words) in [("raw", "as a plain port"), ("visitor", "with a client program")] {
        let is_so = carried.iter().any(|carried| carried["carriage"] == fact);
        assert_eq!(types_cell.contains(words), is_so, "{types_cell}");
    }
    for (fact, words) in [("card", "with a payment card on file"), ("paid", "on a paid account")] {
        assert_eq!(types_cell.contains(words), carried.iter().any(|carried| carried["needs"] == fact), "{types_cell}");
    }
    let kinds: BTreeSet<&str> = carried
        .iter()
        .flat_map(|carried| carried["enforces"].as_array().unwrap())
        .map(|kind| kind.as_str().unwrap())
        .collect();
    let said = words(acl_cell);
    let named: BTreeSet<&str> = ["email", "domain", "policy"].into_iter().filter(|word| said.contains(*word)).collect();
    assert_eq!(named, kinds, "{acl_cell}");
    assert_eq!(acl_cell.starts_with("yes"), !kinds.is_empty(), "{acl_cell}");
    assert!(!kinds.is_empty() || acl_cell == "no", "{acl_cell}");
    // If only some types have an acl, the cell names them.
    let with_acl = carried.iter().filter(|carried| !carried["enforces"].as_array().unwrap().is_empty());
    let with_acl: BTreeSet<&str> = with_acl.map(|carried| carried["type"].as_str().unwrap()).collect();
    let named: BTreeSet<&str> = known.into_iter().filter(|word| said.contains(*word)).collect();
    assert_eq!(named, if with_acl.is_empty() || with_acl == types { BTreeSet::new() } else { with_acl }, "{acl_cell}");
}

/// The pictures of terminals show what the program prints now.
#[test]
fn the_pictures_are_real() {
    let Some(python) = program("python3", "PYTHON", &["--version"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let drawn = std::process::Command::new(python)
        .arg(root().join("docs/picture.py"))
        .args([env!("CARGO_BIN_EXE_publish-plan").as_ref(), folder.path()])
        .output()
        .unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    for name in ["terminal-dark.svg", "terminal-light.svg"] {
        let picture = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(picture.contains("malformed-entry") && picture.contains("anyone on the Internet"), "{picture}");
        hold(&format!("docs/src/{name}"), &picture);
        assert!(text("README.md").contains(&format!("docs/src/{name}")));
    }
}

/// The map in the README and the book is what the command there prints.
#[test]
fn the_map_is_real() {
    let example = root().join("examples/identity.clab.yml");
    let map = run(&["plan", "--no-env", "--provider", "gateway", "--format", "svg", example.to_str().unwrap()]).stdout;
    assert!(map.contains("user1@domain.com"), "{map}");
    hold("docs/src/map.svg", &map);
    assert!(text("README.md").contains("src=\"docs/src/map.svg\"") && text("docs/src/map.md").contains("](map.svg)"));
}

/// The output of `providers NAME`, and the JSON form.
#[test]
fn providers_are_described() {
    let providers = crate::compile::files::providers();
    for (name, _) in &providers {
        let text = run(&["providers", name]).stdout;
        snapshot("docs", format!("providers__{name}"), text);
    }
    let json = run(&["providers", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["providers"].as_array().unwrap().len(), providers.len());
    assert_eq!(json["providers"][1]["carries"][0]["carriage"], "raw");
}
