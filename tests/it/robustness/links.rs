//! Symbolic links that a stranger committed: nothing that they lead to outside of the repository is read, so nothing of it is
//! printed, by any verb, in any format.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{formats, make_repository, root};

const TOPOLOGY: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/user@domain.com]}\n";

/// What a message about it would quote, whether it is read as settings or as a topology.
const SECRET: &str = "topology: {nodes: {r1: {publish: [t0ken]}}}\n";

/// A repository with the topology `labs/one/l.clab.yml`, beside what is not of it.
struct Place {
    all: tempfile::TempDir,
    repository: PathBuf,
}

impl Place {
    fn new() -> Self {
        let all = tempfile::tempdir().unwrap();
        let repository = all.path().join("repository");
        fs::create_dir_all(repository.join("labs/one")).unwrap();
        make_repository(&repository);
        fs::write(repository.join("labs/one/l.clab.yml"), TOPOLOGY).unwrap();
        fs::create_dir(all.path().join("outside")).unwrap();
        for secret in ["outside/secret", "repository/.git/config", "repository/.env"] {
            fs::write(all.path().join(secret), SECRET).unwrap();
        }
        Self { all, repository }
    }

    fn link(&self, target: impl AsRef<Path>, name: &str) -> &Self {
        let link = self.repository.join(name);
        let _ = fs::remove_file(&link);
        symlink(target, link).unwrap();
        self
    }

    /// Makes a link called `name`, in the directory `labs/one`, that leads to the secret: each way in turn.
    fn ways(&self, name: &str, mut each: impl FnMut(&str)) {
        let outside = self.all.path().join("outside");
        let own = format!("labs/one/{name}");
        self.link(outside.join("secret"), &own);
        each("absolute");
        self.link("../../../outside/secret", &own);
        each("relative");
        self.link(outside.join("secret"), "labs/further").link("../further", &own);
        each("a link to a link");
        self.link(&outside, "labs/directory").link("../directory/secret", &own);
        each("through a linked directory");
        self.link("../one/../directory/secret", &own);
        each("up and through a linked directory");
        self.link("../../.git/config", &own);
        each("into .git");
        self.link("../../.env", &own);
        each("to a hidden file");
        self.link(self.repository.join("labs/one/loop"), &own).link("loop", "labs/one/loop");
        each("in a circle");
        fs::remove_file(self.repository.join(&own)).unwrap();
    }

    /// What a run in the root of the repository says, all of it, and its exit code. Reports of files are read too.
    fn run(&self, arguments: &[&str]) -> (String, Option<i32>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        let output = command.args(arguments).current_dir(&self.repository).output().unwrap();
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said += &String::from_utf8_lossy(&output.stderr);
        said += &fs::read_to_string(self.all.path().join("report")).unwrap_or_default();
        (said, output.status.code())
    }

    /// `check` in every format, on standard output and in a file.
    fn checks(&self, paths: &[&str]) -> Vec<(String, Option<i32>)> {
        let report = self.all.path().join("report");
        let mut checks = Vec::new();
        for format in formats() {
            for place in [String::new(), format!("={}", report.display())] {
                let format = format!("--format={format}{place}");
                checks.push(self.run(&[&["check", "--no-env", "--verbose", &format], paths].concat()));
                let _ = fs::remove_file(&report);
            }
        }
        for flag in ["--fix", "--diff", "--statistics", "--show-settings"] {
            checks.push(self.run(&[&["check", "--no-env", flag], paths].concat()));
        }
        checks
    }
}

#[test]
fn what_is_looked_for_would_be_seen() {
    let place = Place::new();
    let secret = place.all.path().join("outside/secret").display().to_string();
    for (said, code) in &place.checks(&[&secret])[..2 * formats().len()] {
        assert!(*code == Some(1) && said.contains("t0ken"), "{said}");
    }
    for (said, code) in place.checks(&["--config", &secret]) {
        assert!(code == Some(2) && said.contains("t0ken"), "{said}");
    }
}

#[test]
fn settings_elsewhere_are_quoted_by_no_verb_and_in_no_format() {
    let place = Place::new();
    let topology = "labs/one/l.clab.yml";
    let silent = |what: &str| {
        let mut runs = place.checks(&["."]);
        runs.extend(place.checks(&[topology]));
        for arguments in [
            &["plan", topology][..],
            &["plan", topology, "--format", "json"],
            &["plan", topology, "--against", topology],
            &["compile", topology],
            &["compile", topology, "--diff"],
            &["strip", topology],
            &["migrate", topology],
            &["migrate", topology, "--in-place"],
            &["providers", "--for", topology],
            &["providers", "--for", topology, "--format", "json"],
        ] {
            runs.push(place.run(arguments));
        }
        for (said, code) in runs {
            assert_eq!(code, Some(2), "{what}: {said}");
            assert!(!said.contains("t0ken") && said.contains("publish-plan.toml`"), "{what}: {said}");
        }
    };
    place.ways("publish-plan.toml", silent);
    // In a directory above.
    for name in ["labs/publish-plan.toml", "publish-plan.toml"] {
        place.link(place.all.path().join("outside/secret"), name);
        silent(name);
        fs::remove_file(place.repository.join(name)).unwrap();
    }
    assert_eq!(fs::read_to_string(place.repository.join(topology)).unwrap(), TOPOLOGY);
    assert!(!place.repository.join("labs/one/l.publish").exists());
}

#[test]
fn a_topology_elsewhere_is_quoted_in_no_format_unless_it_is_named() {
    let place = Place::new();
    for paths in [&["."][..], &["labs"], &["labs/one", "labs"]] {
        place.ways("a.clab.yml", |way| {
            for (said, code) in place.checks(paths) {
                assert_eq!(code, Some(2), "{way}: {said}");
                assert!(!said.contains("t0ken") && said.contains("labs/one/a.clab.yml"), "{way}: {said}");
            }
        });
    }
    // A directory is not looked through by a link, whatever it is called.
    fs::write(place.all.path().join("outside/b.clab.yml"), SECRET).unwrap();
    place.link(place.all.path().join("outside"), "labs/directory").link("../outside", "c.clab.yml");
    for (said, code) in place.checks(&["."]) {
        assert!(code == Some(0) && !said.contains("t0ken"), "{said}");
    }
    place.link("../../../outside/secret", "labs/one/a.clab.yml");
    let (said, code) = place.run(&["check", "labs/one/a.clab.yml"]);
    assert!(code == Some(1) && said.contains("t0ken"), "{said}");
}

#[test]
fn a_link_to_patterns_is_not_followed() {
    let place = Place::new();
    place.ways(".gitignore", |way| {
        for (said, code) in place.checks(&["."]) {
            assert!(code == Some(2) && !said.contains("t0ken"), "{way}: {said}");
        }
    });
}

/// What is checked does not depend on which of its directories is named.
#[test]
fn a_link_to_another_file_of_the_repository_is_followed() {
    let place = Place::new();
    fs::create_dir(place.repository.join("shared")).unwrap();
    fs::write(place.repository.join("shared/x.yml"), TOPOLOGY.replace("tls/22", "tls/ab")).unwrap();
    place.link("../shared/x.yml", "labs/x.clab.yml").link("../labs/x.clab.yml", "shared/y.clab.yml");
    for (path, shown) in [(".", "labs/x.clab.yml"), ("labs", "labs/x.clab.yml"), ("shared", "shared/y.clab.yml")] {
        let (said, code) = place.run(&["check", "--no-env", "--format=concise", path]);
        assert!(code == Some(1) && said.starts_with(&format!("{shown}:4:")), "{path}: {said}");
        assert_eq!(said.matches("malformed-entry").count(), 1, "{path}: {said}");
    }
    // Another repository is none of its files, wherever both lie, nor is it for that one.
    let other = place.all.path().join("other");
    fs::create_dir(&other).unwrap();
    make_repository(&other);
    symlink("../repository/shared/x.yml", other.join("x.clab.yml")).unwrap();
    let all = place.all.path().to_str().unwrap();
    let (said, code) = place.run(&["check", "--no-env", "--format=concise", all]);
    assert!(code == Some(2) && said.matches("malformed-entry").count() == 1, "{said}");
    assert!(said.contains(&format!("which is hidden or outside of `{}`", other.display())), "{said}");
    // Without repositories, it is the directory that was named.
    for repository in [&other, &place.repository] {
        fs::remove_dir_all(repository.join(".git")).unwrap();
    }
    assert_eq!(place.run(&["check", "--no-env", all]).1, Some(1));
    let (said, code) = place.run(&["check", "--no-env", "labs"]);
    assert!(code == Some(2) && said.contains("which is hidden or outside of `labs`"), "{said}");
    // Settings may be in a directory that is hidden, and lead to another file of it.
    let hidden = place.repository.join(".hidden");
    fs::create_dir(&hidden).unwrap();
    fs::copy(root().join("examples/demo.clab.yml"), hidden.join("l.clab.yml")).unwrap();
    fs::write(hidden.join("shared.toml"), "provider = 'bore'\n").unwrap();
    symlink("shared.toml", hidden.join("publish-plan.toml")).unwrap();
    let (said, _) = place.run(&["check", "--no-env", "--show-settings", ".hidden/l.clab.yml"]);
    assert!(said.contains("provider = \"bore\""), "{said}");
}
