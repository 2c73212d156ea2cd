//! The comment of a pull request, by the step that makes it: with changes that are made to mislead, and where other steps failed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{Github, Job, LAB, pull_request};
use crate::support::git;

const STEP: &str = "Say what the pull request opens";

/// A job of a pull request with this change, and GitHub.
fn job(inputs: &[(&'static str, &str)], change: impl Fn(&Path)) -> Option<(Job, Github)> {
    let mut job = Job::new(&[&[("comment", "true")], inputs].concat());
    job.has_the_program();
    let github = Github::new(&mut job, "writes")?;
    pull_request(&mut job, change);
    Some((job, github))
}

/// The comment that the step made, if it made one.
fn comment(job: &Job) -> String {
    let comments: serde_json::Value = serde_json::from_str(&job.read("comments")).unwrap();
    let mut ours = comments
        .as_array()
        .unwrap()
        .iter()
        .filter(|comment| comment["user"]["login"] == "github-actions[bot]" && comment["body"].is_string());
    let body = ours.next().map(|comment| comment["body"].as_str().unwrap().to_owned()).unwrap_or_default();
    assert!(ours.next().is_none(), "{comments}");
    body
}

/// A change, and what is told of it.
type Trick<'t> = (&'t str, &'t dyn Fn(&Path), &'t [&'t str]);

/// Tricks that once ended in "opens nothing".
#[test]
fn a_change_that_is_made_to_mislead_is_told() {
    let open = LAB.replace("/user@domain.com", "");
    let tricks: [Trick<'_>; 6] = [
        (
            "a file that is called like the base",
            &|origin| {
                fs::write(origin.join("one.clab.yml"), &open).unwrap();
                let base = git(origin, &["rev-parse", "main"]);
                fs::write(origin.join(base), "x").unwrap();
            },
            &["**1 port is open to anyone on the Internet**"],
        ),
        (
            "a name that is a pattern of git's",
            &|origin| fs::write(origin.join(":(literal)one.clab.yml"), &open).unwrap(),
            &["`:(literal)one.clab.yml` (new)", "**1 port is open to anyone on the Internet**"],
        ),
        (
            "a variable that CI leaves out",
            &|origin| {
                let text = LAB.replace("user@domain.com", "user@domain.com${HOME:+, tcp/22}");
                fs::write(origin.join("one.clab.yml"), text).unwrap();
            },
            &["**1 change lets more people in or might lead elsewhere**", "${HOME}"],
        ),
        (
            "settings that cannot be read",
            &|origin| fs::write(origin.join("publish-plan.toml"), "provider = 'shh'\n").unwrap(),
            &["**2 topologies could not be compared**"],
        ),
        (
            "a link",
            &|origin| {
                fs::remove_file(origin.join("one.clab.yml")).unwrap();
                symlink("/etc/hostname", origin.join("one.clab.yml")).unwrap();
            },
            &["- **`one.clab.yml` could not be compared**"],
        ),
        (
            "a file that .gitignore hides",
            &|origin| {
                fs::write(origin.join("one.clab.yml"), &open).unwrap();
                fs::write(origin.join(".gitignore"), "*.yml\n").unwrap();
            },
            &[
                "**1 port is open to anyone on the Internet**",
                "- **`one.clab.yml`** is no longer checked because of .gitignore",
            ],
        ),
    ];
    for (trick, change, told) in tricks {
        let Some((job, _github)) = job(&[("fail-on-change", "widened")], change) else { return };
        let said = job.step(STEP);
        assert_eq!(said.code, Some(0), "{trick}: {}", said.said);
        let comment = comment(&job);
        for words in told {
            assert!(comment.contains(words), "{trick}: {comment}{}", said.said);
        }
        assert!(!comment.contains("opens nothing"), "{trick}: {comment}");
        let head = job.known("the head");
        assert!(comment.contains(&head), "{trick}: {comment}");
        // It fails the job, also if the check is content.
        let checked = job.step("Check");
        assert_eq!(checked.code, Some(0), "{trick}: {}", checked.said);
        assert!(job.output("compare", "code") == "1" || job.output("compare", "code") == "2", "{trick}");
        assert_ne!(job.step("Result").code, Some(0), "{trick}");
    }
}

/// The base's settings, and files of another user, with which git does nothing.
#[test]
fn what_git_or_the_base_prevents_is_told() {
    let Some((mut job, _github)) = job(&[], |origin| {
        fs::write(origin.join("one.clab.yml"), LAB.replace("/user@domain.com", "")).unwrap();
    }) else {
        return;
    };
    // A base that is nowhere.
    let base = job.variables.iter_mut().find(|(name, _)| name == "the base").unwrap();
    let real = std::mem::replace(&mut base.1, "0".repeat(40));
    let sha = job.variables.iter_mut().find(|(name, _)| name == "GITHUB_SHA").unwrap();
    let merged = std::mem::replace(&mut sha.1, real);
    let said = job.step(STEP);
    assert_eq!(said.code, Some(0), "{}", said.said);
    assert!(comment(&job).contains("**The change could not be compared** with `0000"), "{}", comment(&job));
    assert_eq!(job.output("compare", "code"), "2");
    job.variables.iter_mut().find(|(name, _)| name == "GITHUB_SHA").unwrap().1 = merged;
    // Of another owner (git-config(1), safe.directory).
    if !rustix::process::geteuid().is_root() {
        return crate::support::skip("only root can give a folder to another user");
    }
    std::os::unix::fs::chown(job.path("checkout"), Some(4711), Some(4711)).unwrap();
    let said = job.step(STEP);
    assert_eq!(said.code, Some(0), "{}", said.said);
    assert!(comment(&job).contains("**The change could not be compared**"), "{}", comment(&job));
    assert!(comment(&job).contains("dubious ownership"), "{}", comment(&job));
    let checked = job.step("Check");
    assert_eq!((checked.code, job.step("Result").code), (Some(0), Some(2)), "{}", checked.said);
}

/// An old comment does not stand for a commit that could not be looked at.
#[test]
fn an_old_comment_is_renewed_where_the_program_cannot_run() {
    let Some((job, _github)) = job(&[], |origin| {
        fs::write(origin.join("one.clab.yml"), LAB.replace("/user@domain.com", "")).unwrap();
    }) else {
        return;
    };
    assert_eq!(job.step(STEP).code, Some(0));
    assert!(comment(&job).contains("**widened**"));
    // The step that installs it failed, so nothing says where it is.
    fs::write(job.path("output-install"), "").unwrap();
    let said = job.step(STEP);
    assert_eq!(said.code, Some(0), "{}", said.said);
    let told = comment(&job);
    assert!(told.contains("could not be compared") && told.contains(&job.known("the head")), "{told}");
    assert!(!told.contains("**widened**") && job.read("summary").contains("could not be compared"), "{told}");
    assert_ne!(job.output("compare", "code"), "0");
}

#[test]
fn the_last_topology_that_goes_is_told() {
    let Some((job, _github)) = job(&[], |origin| {
        for name in ["one.clab.yml", "same.clab.yml"] {
            fs::remove_file(origin.join(name)).unwrap();
        }
    }) else {
        return;
    };
    assert_eq!(job.step(STEP).code, Some(0));
    assert!(comment(&job).contains("2 topologies are gone"), "{}", comment(&job));
    assert!(comment(&job).contains("- `one.clab.yml` is gone: it published 1 socket."), "{}", comment(&job));
}

/// Their jobs may write to the repository, and look at files of a stranger.
#[test]
fn events_that_are_not_for_it_are_refused() {
    for (event, code) in [("pull_request_target", 1), ("workflow_run", 1), ("push", 0)] {
        let Some((mut job, _github)) = job(&[], |origin| {
            fs::write(origin.join("one.clab.yml"), LAB.replace("/user@domain.com", "")).unwrap();
        }) else {
            return;
        };
        job.event = event;
        let said = job.step(STEP);
        assert_eq!(said.code, Some(code), "{event}: {}", said.said);
        let refused = format!("::error title=publish-plan::No comment is made for {event}: ");
        assert_eq!(said.said.contains(&refused), code == 1, "{event}: {}", said.said);
        assert!(!job.path("comments").exists() && !job.path("asked").exists(), "{event}");
    }
}

/// Whatever the job's environment says of hosts, the token goes to GitHub.
#[test]
fn the_token_goes_where_github_is() {
    let Some((mut job, _github)) = job(&[], |origin| {
        fs::write(origin.join("one.clab.yml"), LAB.replace("/user@domain.com", "")).unwrap();
    }) else {
        return;
    };
    job.variables.push(("GH_HOST".to_owned(), "evil.example".to_owned()));
    assert_eq!(job.step(STEP).code, Some(0));
    let asked = job.read("asked");
    assert!(asked.lines().count() >= 2 && asked.lines().all(|line| line.ends_with(" api.github.com")), "{asked}");
}

/// Names that are commands to GitHub, and mentions.
#[test]
fn no_name_is_a_command_or_a_mention() {
    let name = "a\n::add-mask::x\n##[add-mask]y @team https:%2e.clab.yml";
    let Some((job, _github)) = job(&[("format", "human")], |origin| {
        fs::write(origin.join(name), LAB.replace("830", "ab")).unwrap();
        fs::write(origin.join("one.clab.yml"), "topology: [\n::add-mask::z\n").unwrap();
        fs::write(origin.join("publish-plan.toml"), "::add-mask::t\n").unwrap();
    }) else {
        return;
    };
    for step in ["Check", STEP] {
        let said = job.step(step).said;
        let (stop, rest) = said.split_once("::stop-commands::").unwrap_or_else(|| panic!("{said}"));
        let (token, rest) = rest.split_once('\n').unwrap();
        let (inside, after) = rest.split_once(&format!("::{token}::")).unwrap_or_else(|| panic!("{said}"));
        assert!(!stop.contains("##[") && !after.contains("##[") && !after.contains("add-mask"), "{said}");
        assert!(step != "Check" || inside.contains("publish-plan"), "{said}");
    }
    let comment = comment(&job);
    let shown = format!("`{}`", name.replace('\n', "\\u{a}"));
    assert!(comment.contains(&shown) && !comment.replace(&shown, "").contains("@team"), "{comment}");
}

/// One process for all of them: not much more than a check, which looks at each once.
#[test]
fn thousands_of_files_take_no_time() {
    let Some((job, _github)) = job(&[], |origin| {
        for index in 0..3000 {
            let lab = LAB.replace("830", &(1000 + index).to_string());
            let lab = lab.replacen("name: ", &format!("name: l{index}-"), 1);
            fs::write(origin.join(format!("{index}.clab.yml")), lab).unwrap();
        }
    }) else {
        return;
    };
    let time = |step: &str| {
        let start = std::time::Instant::now();
        assert_eq!(job.step(step).code, Some(0));
        start.elapsed()
    };
    let (check, compare) = (time("Check"), time(STEP));
    assert!(comment(&job).contains("3000 changes let more people in"), "{}", comment(&job));
    assert!(compare < check * 6 + std::time::Duration::from_secs(5), "{compare:?}, and a check takes {check:?}");
}
