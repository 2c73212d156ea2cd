//! `plan --against REV --format github-comment`: what a reviewer reads of a change, with repositories made to mislead. Real git.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use publish_plan::Exit;

use crate::support::{Run, git, run};

/// A lab whose r1 has this list.
pub(crate) fn lab(entries: &str) -> String {
    format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{entries}]}}\n")
}

const CLOSED: &str = "tls/830/user@domain.com";

/// A repository with a commit of these files, which is the base, and the name of that commit.
pub(crate) struct Repository {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) base: String,
}

impl Repository {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet"]);
        let mut repository = Self { folder, base: String::new() };
        for (name, text) in files {
            repository.write(name, text);
        }
        repository.commit();
        repository.base = git(repository.folder.path(), &["rev-parse", "HEAD"]);
        repository
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(self.folder.path(), arguments)
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all", "--force", "."]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
    }

    /// The comment about what was committed since the base.
    pub(crate) fn comment(&self, flags: &[&str]) -> Run {
        let fixed = ["plan", "--no-env", "--format", "github-comment", "--against", &self.base, "--fail-on", "widened"];
        let folder = self.folder.path().to_str().unwrap();
        run(&[&fixed[..], flags, &["--", folder]].concat())
    }

    /// The comment after a change.
    fn after(&self, change: impl FnOnce(&Self)) -> Run {
        change(self);
        self.commit();
        self.comment(&[])
    }
}

const NOTHING: &str = "This change opens nothing and closes nothing";

fn has(run: &Run, exit: Exit, told: &[&str]) {
    for words in told {
        assert!(run.stdout.contains(words), "{words}: {}{}", run.stdout, run.stderr);
    }
    assert_eq!(run.exit, exit, "{}{}", run.stdout, run.stderr);
    let says_nothing = run.stdout.contains(NOTHING);
    assert_eq!(says_nothing, told.contains(&NOTHING), "{}", run.stdout);
}

/// What a reviewer sees.
#[test]
fn a_comment_says_first_what_is_open_to_anyone() {
    let repository = Repository::new(&[
        ("labs/a.clab.yml", &lab(CLOSED)),
        ("labs/b.clab.yml", &lab("tls/1/a@b.com, http/80")),
        ("same.clab.yml", &lab(CLOSED)),
    ]);
    let run = repository.after(|it| {
        it.write("labs/a.clab.yml", &lab("tls/830"));
        it.write("labs/b.clab.yml", &lab("tls/1/b.com"));
        it.write("labs/new.clab.yml", &lab("tls/2/c@d.com").replace("name: l", "name: new"));
    });
    let head = repository.git(&["rev-parse", "HEAD"]);
    has(
        &run,
        Exit::Findings,
        &[
            "### publish-plan: who can reach the labs\n",
            &format!("Commit {head}, compared with {}.\n", repository.base),
            "**1 port is open to anyone on the Internet**, **2 changes let more people in or might lead elsewhere**, 1 other change; 1 topology unchanged.\n",
            "- `labs/a.clab.yml`: 1 widened, 0 unchanged\n",
            "- `labs/new.clab.yml` (new): 1 newly reachable, 0 unchanged\n",
            "| `labs/a.clab.yml` | **widened** | `r1` | 830 | tls | `user@domain.com` | `anyone on the Internet` |\n",
            "| `labs/b.clab.yml` | **widened** | `r1` | 1 | tls | `a@b.com` | `anyone @b.com` |\n",
            "| `labs/b.clab.yml` | no longer reachable | `r1` | 80 | http | `anyone on the Internet` | – |\n",
        ],
    );
    let at = |words: &str| run.stdout.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(at("#### Topologies") < at("#### Open to anyone on the Internet"), "{}", run.stdout);
    assert!(at("#### Open to anyone on the Internet") < at("#### Wider"), "{}", run.stdout);
    assert!(at("#### Wider") < at("#### Other changes"), "{}", run.stdout);
    // Below the tables, a map of each topology, for GitHub to draw.
    assert!(at("#### Other changes") < at("#### Maps"), "{}", run.stdout);
    let maps: Vec<&str> = run.stdout.split("```mermaid\nflowchart LR\n").skip(1).collect();
    assert_eq!(maps.len(), 3);
    assert!(maps[0].contains("widened#58; lets in anyone on the Internet"), "{}", maps[0]);
    assert!(maps[1].contains("no longer reachable") && maps[1].contains("stroke-dasharray"), "{}", maps[1]);
    // As GitHub checks a pull request out, the change is the second parent.
    repository.git(&["checkout", "--quiet", "--detach", &repository.base]);
    repository.git(&["merge", "--quiet", "--no-ff", "--message", "merge", &head]);
    let told = repository.comment(&[]).stdout;
    assert!(told.contains(&format!("Commit {head}, merged as ")), "{told}");
    assert!(told.contains(&format!(", compared with {}.", repository.base)), "{told}");
}

#[test]
fn a_change_of_nothing_says_so() {
    let repository = Repository::new(&[("a.clab.yml", &lab(CLOSED)), ("README.md", "x")]);
    let run = repository.after(|it| {
        it.write("README.md", "y");
        it.write("a.clab.yml", &lab(CLOSED).replace("name: l", "name: l # a lab"));
    });
    has(&run, Exit::Clean, &[NOTHING, ": 1 topology compared.\n"]);
}

/// A file may be called like a commit, like a pattern of git's, or have a line break in its name.
#[test]
fn no_name_of_a_file_misleads_git() {
    for name in
        [":(literal)lab.clab.yml", ":!x.clab.yml", "*.clab.yml", "a\nb.clab.yml", "-z.clab.yml", "\"q\".clab.yml"]
    {
        let repository = Repository::new(&[(name, &lab(CLOSED))]);
        let run = repository.after(|it| {
            it.write(name, &lab("tls/830"));
            it.write(&it.base, "x");
            it.write("HEAD", "x");
        });
        has(&run, Exit::Findings, &["**1 port is open to anyone on the Internet**", "| **widened** | `r1` | 830 |"]);
        // The same for one topology.
        let one = crate::support::run(&[
            "plan",
            "--no-env",
            &format!("--against={}", repository.base),
            "--fail-on=widened",
            "--",
            repository.path(name).to_str().unwrap(),
        ]);
        assert_eq!(one.exit, Exit::Findings, "{name}: {}{}", one.stdout, one.stderr);
    }
}

#[test]
fn what_cannot_be_compared_is_said_and_fails() {
    let broken = [("a.clab.yml", lab(CLOSED)), ("publish-plan.toml", "provider = 'shh'\n".to_owned())];
    let broken: Vec<(&str, &str)> = broken.iter().map(|(name, text)| (*name, text.as_str())).collect();
    // The base's settings.
    let repository = Repository::new(&broken);
    let run = repository.after(|it| fs::remove_file(it.path("publish-plan.toml")).unwrap());
    has(&run, Exit::Failed, &["**1 topology could not be compared**", "- **`a.clab.yml` could not be compared**: `"]);
    assert!(run.stdout.contains("publish-plan.toml") && run.stdout.contains("shh"), "{}", run.stdout);
    // The head's.
    let repository = Repository::new(&broken[..1]);
    let run = repository.after(|it| it.write("publish-plan.toml", "provider = 'shh'\n"));
    has(&run, Exit::Failed, &["**1 topology could not be compared**"]);
    // A topology that cannot be read, or is none any more.
    for (now, told) in [
        ("topology: [", "it cannot be read as a topology: "),
        ("a: b\n", "it is not a topology"),
        ("name: l\ntopology:\n  nodes:\n{{ range .nodes }}    r{{.}}: {publish: [tcp/22]}\n{{ end }}", "at line"),
    ] {
        let repository = Repository::new(&broken[..1]);
        let run = repository.after(|it| it.write("a.clab.yml", now));
        has(&run, Exit::Failed, &["**1 topology could not be compared**", told]);
    }
    // A revision that there is not, and a folder that is in no repository.
    let repository = Repository::new(&broken[..1]);
    for (revision, folder) in [("no-such-revision", repository.folder.path()), ("HEAD", Path::new("/proc"))] {
        let run = run_comment(revision, folder);
        has(&run, Exit::Failed, &["**The change could not be compared** with `"]);
    }
}

fn run_comment(revision: &str, folder: &Path) -> Run {
    run(&["plan", "--format=github-comment", &format!("--against={revision}"), "--", folder.to_str().unwrap()])
}

/// Deployers may set what CI leaves out.
#[test]
fn a_variable_counts_as_wider() {
    let repository = Repository::new(&[("a.clab.yml", &lab(CLOSED))]);
    let run = repository.after(|it| it.write("a.clab.yml", &lab("tls/830/user@domain.com${HOME:+, tcp/22}")));
    has(&run, Exit::Findings, &["**1 change lets more people in or might lead elsewhere**", "HOME"]);
    // As it was, it is what it was.
    repository.git(&["checkout", "--quiet", "-b", "next"]);
    let next = Repository { base: repository.git(&["rev-parse", "HEAD"]), folder: repository.folder };
    next.commit();
    has(&next.comment(&[]), Exit::Clean, &[NOTHING]);
    let run = next
        .after(|it| it.write("a.clab.yml", &lab("tls/830/user@domain.com${HOME:+, tcp/22}").replace("l\n", "l # x\n")));
    has(&run, Exit::Findings, &["HOME"]);
}

/// The same text does something else with a value where the settings are others, and so does a text that has no variable any more.
#[test]
fn a_variable_counts_where_only_the_settings_change() {
    let changes: [(&str, &str, &str); 3] = [
        ("${X:+tcp/22}", "provider = 'border0'\n", "provider = 'ssh'\n"),
        ("${X:+tls/22/x.com}", "acl = 'policies'\n", "acl = 'identities'\n"),
        ("'http/80/a@b.com'${X:+, tls/22}", "provider = 'ngrok'\n", "provider = 'ngrok'\ntier = 'paid'\n"),
    ];
    for (entries, before, after) in changes {
        let repository = Repository::new(&[("a.clab.yml", &lab(entries)), ("publish-plan.toml", before)]);
        let run = repository.after(|it| it.write("publish-plan.toml", after));
        has(
            &run,
            Exit::Findings,
            &["**`the value of ${X} is not known here, so the change might open more`** in `a.clab.yml`"],
        );
    }
    let repository = Repository::new(&[("a.clab.yml", &lab("${X:-tls/830}"))]);
    let run = repository.after(|it| it.write("a.clab.yml", &lab("tls/830")));
    has(&run, Exit::Findings, &["**`the value of ${X} is not known here, "]);
    // What only `check` reads does nothing with it.
    let repository = Repository::new(&[("a.clab.yml", &lab("${X:+tcp/22}"))]);
    let run = repository.after(|it| it.write("publish-plan.toml", "[rules]\nopen-to-anyone = 'error'\n"));
    has(&run, Exit::Clean, &["No socket changes; other changes are below", "rules.open-to-anyone"]);
}

/// What was at a path is what the revision had there, wherever links lead now.
#[test]
fn a_link_in_place_of_a_folder_hides_nothing() {
    let link = |it: &Repository, from: &str, to: &str| {
        let from = it.path(from);
        if from.is_symlink() {
            fs::remove_file(&from).unwrap();
        } else {
            fs::remove_dir_all(&from).unwrap();
        }
        symlink(to, from).unwrap();
    };
    // The settings of the folder are gone with it.
    let repository = Repository::new(&[
        ("publish-plan.toml", "provider = 'ssh'\n"),
        ("labs/publish-plan.toml", "provider = 'border0'\n"),
        ("labs/a.clab.yml", &lab("tls/22")),
    ]);
    let run = repository.after(|it| {
        it.write("real/a.clab.yml", &lab("tls/22"));
        link(it, "labs", "real");
    });
    has(
        &run,
        Exit::Findings,
        &[
            "**2 ports are open to anyone on the Internet**",
            "`real/a.clab.yml` (was `labs/a.clab.yml`): 1 newly reachable",
            "**`provider changed: border0 → ssh`** in `labs/a.clab.yml`, `real/a.clab.yml`",
        ],
    );
    // Another topology is found where one was.
    let repository = Repository::new(&[("labs/a.clab.yml", &lab(CLOSED)), ("open/a.clab.yml", &lab("tls/830"))]);
    let run = repository.after(|it| link(it, "labs", "open"));
    has(
        &run,
        Exit::Findings,
        &["**1 port is open to anyone on the Internet**", "| `labs/a.clab.yml` | **widened** | `r1` | 830 |"],
    );
    let one = crate::support::run(&[
        "plan",
        "--no-env",
        "--fail-on=widened",
        &format!("--against={}", repository.base),
        repository.path("labs/a.clab.yml").to_str().unwrap(),
    ]);
    assert_eq!(one.exit, Exit::Findings, "{}{}", one.stdout, one.stderr);
    // A file that settings name lies in it.
    let settings = "provider = 'ssh'\n[relay]\naddress = 't@relay.example.net'\nknown-hosts = 'keys/hosts'\n";
    let files =
        [("publish-plan.toml", settings), ("a.clab.yml", &lab("tcp/22")), ("one/hosts", "1"), ("two/hosts", "2")];
    let repository = Repository::new(&[&files[..], &[("keys/hosts", "1")]].concat());
    link(&repository, "keys", "one");
    repository.commit();
    let same = repository.comment(&[]);
    has(&same, Exit::Clean, &[NOTHING]);
    let run = repository.after(|it| link(it, "keys", "two"));
    has(&run, Exit::Findings, &["**`relay.known-hosts changed: keys/hosts has different content`** in `a.clab.yml`"]);
    let later = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    let run = later.after(|it| link(it, "keys", "one"));
    has(&run, Exit::Findings, &["relay.known-hosts changed"]);
}

/// Links that lead nowhere before and after are no change, and where the revision's settings could not be read, nothing was opened.
#[test]
fn what_could_not_be_read_before_is_no_fact() {
    let repository = Repository::new(&[("b.clab.yml", &lab(CLOSED)), ("README.md", "x")]);
    for (link, target) in [("a.clab.yml", "nowhere"), ("c.clab.yml", "/etc/hostname")] {
        symlink(target, repository.path(link)).unwrap();
    }
    repository.commit();
    let later = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    has(&later.after(|it| it.write("README.md", "y")), Exit::Clean, &[NOTHING, ": 1 topology compared.\n"]);
    for target in ["nowhere", "/etc/hostname", "../.hidden/settings.toml", ""] {
        let repository = Repository::new(&[
            ("labs/a.clab.yml", &lab("tls/830")),
            (".hidden/settings.toml", ""),
            ("publish-plan.toml", "provider = 'ssh'\n"),
        ]);
        let settings = repository.path("labs/publish-plan.toml");
        // Bytes that are no text, or a link.
        if target.is_empty() {
            fs::write(&settings, b"# \xff\n").unwrap();
        } else {
            symlink(target, &settings).unwrap();
        }
        repository.commit();
        let later = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        let run = later.after(|it| fs::remove_file(it.path("labs/publish-plan.toml")).unwrap());
        has(
            &run,
            Exit::Failed,
            &[
                "- **`labs/a.clab.yml` could not be compared**: ``cannot read `",
                ":labs/publish-plan.toml`: expected a file",
            ],
        );
    }
}

#[test]
fn a_topology_is_followed_wherever_it_goes() {
    let open = |it: &Repository, name: &str| it.write(name, &lab("tls/830"));
    let long = format!("{}{}", lab(CLOSED), "# a line\n".repeat(20));
    let repository = || Repository::new(&[("labs/a.clab.yml", &long), ("other.txt", "x")]);
    // Another name, also one that nobody would look for.
    for name in ["labs/b.clab.yml", "labs/a.yml", "hidden/.x.txt"] {
        let run = repository().after(|it| {
            it.write(name, &long.replace("/user@domain.com", ""));
            fs::remove_file(it.path("labs/a.clab.yml")).unwrap();
        });
        has(
            &run,
            Exit::Findings,
            &[&format!("`{name}` (was `labs/a.clab.yml`): 1 widened"), "**1 port is open to anyone"],
        );
    }
    // A template under another name.
    let run = repository().after(|it| {
        it.write("labs/a.clab.gotmpl", &long.replace("tls/830", "{{ .entry }}"));
        fs::remove_file(it.path("labs/a.clab.yml")).unwrap();
    });
    has(&run, Exit::Failed, &["- **`labs/a.clab.gotmpl` (was `labs/a.clab.yml`) could not be compared**"]);
    // A link to a file of the repository is that file; any other is not read.
    let run = repository().after(|it| {
        open(it, "data.txt");
        fs::remove_file(it.path("labs/a.clab.yml")).unwrap();
        symlink("../data.txt", it.path("labs/a.clab.yml")).unwrap();
    });
    has(&run, Exit::Findings, &["`labs/a.clab.yml`: 1 widened", "**1 port is open to anyone"]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.yml"), "name: s3cret\n").unwrap();
    for target in [outside.path().join("secret.yml"), "nowhere".into(), "../.git/config".into(), "a.clab.yml".into()] {
        let run = repository().after(|it| {
            fs::remove_file(it.path("labs/a.clab.yml")).unwrap();
            symlink(&target, it.path("labs/a.clab.yml")).unwrap();
        });
        has(&run, Exit::Failed, &["- **`labs/a.clab.yml` could not be compared**: `it is a symbolic link"]);
        assert!(!run.stdout.contains("s3cret") && !run.stderr.contains("s3cret"));
    }
    // It is gone, which closes nothing; also the last one.
    let run = repository().after(|it| fs::remove_file(it.path("labs/a.clab.yml")).unwrap());
    has(
        &run,
        Exit::Clean,
        &[
            "1 topology is gone",
            "#### Deleted, or no longer in the compared paths",
            "- `labs/a.clab.yml` is gone: it published 1 socket. Its open tunnels stay open",
        ],
    );
    assert!(!run.stdout.contains("closed"), "{}", run.stdout);
}

#[test]
fn a_base_without_a_topology_makes_everything_new() {
    for base in ["", "a: b\n", "topology: [", "just text\n"] {
        let repository = Repository::new(&[("a.clab.yml", base), ("x", "x")]);
        let run = repository.after(|it| it.write("a.clab.yml", &lab("tls/830")));
        has(&run, Exit::Findings, &["**newly reachable**", "**1 port is open to anyone"]);
        let one = crate::support::run(&[
            "plan",
            "--no-env",
            "--fail-on=new",
            &format!("--against={}", repository.base),
            repository.path("a.clab.yml").to_str().unwrap(),
        ]);
        assert_eq!(one.exit, Exit::Findings, "{base}: {}{}", one.stdout, one.stderr);
    }
}

#[test]
fn a_submodule_at_another_commit_is_named() {
    let inner = Repository::new(&[("x.clab.yml", &lab(CLOSED))]);
    let repository = Repository::new(&[("a.clab.yml", &lab(CLOSED))]);
    let add = |it: &Repository| {
        it.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},labs/inner", inner.base)]);
        // What hides it from `git diff`.
        it.write(".gitmodules", "[submodule \"labs/inner\"]\n\tpath = labs/inner\n\turl = x\n\tignore = all\n");
        it.git(&["add", ".gitmodules"]);
        it.git(&["commit", "--quiet", "--message", "change"]);
    };
    add(&repository);
    has(
        &repository.comment(&[]),
        Exit::Findings,
        &["- **`labs/inner` is a submodule at a different commit; its contents were not compared**"],
    );
    let later = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    has(&later.comment(&[]), Exit::Clean, &[NOTHING]);
}

#[test]
fn what_a_change_silences_is_told() {
    let open = lab("tcp/22").replace("linux", "nokia_srlinux");
    let labs = [("labs/a.clab.yml", open.as_str()), ("README", CLOSED)];
    // By a comment, by a level, by patterns of two kinds, by a hidden folder, by a baseline.
    let run = Repository::new(&labs).after(|it| {
        let silent = open.replace("    r1:", "    # publish-plan: ignore[open-to-anyone] fine\n    r1:");
        it.write("labs/a.clab.yml", &silent);
    });
    has(
        &run,
        Exit::Clean,
        &["#### No longer shown by `check`", "- **`open-to-anyone`** at `labs/a.clab.yml:5`, ignored by a comment\n"],
    );
    let run = Repository::new(&labs).after(|it| it.write("publish-plan.toml", "[rules]\nopen-to-anyone = 'ignore'\n"));
    has(
        &run,
        Exit::Clean,
        &[
            "- **`open-to-anyone`** at `labs/a.clab.yml:4`, ignored by `rules` in publish-plan.toml\n",
            "rules.open-to-anyone",
        ],
    );
    let run = Repository::new(&labs).after(|it| it.write("publish-plan.toml", "exclude = ['a.*']\n"));
    has(
        &run,
        Exit::Clean,
        &["- **`labs/a.clab.yml`** is no longer checked because of `exclude` in publish-plan.toml\n"],
    );
    let run = Repository::new(&labs).after(|it| it.write(".gitignore", "labs/\n"));
    has(&run, Exit::Clean, &["- **`labs/a.clab.yml`** is no longer checked because of .gitignore"]);
    let run = Repository::new(&labs).after(|it| {
        fs::create_dir(it.path(".labs")).unwrap();
        fs::rename(it.path("labs/a.clab.yml"), it.path(".labs/a.clab.yml")).unwrap();
    });
    has(&run, Exit::Clean, &["- **`.labs/a.clab.yml`** is no longer checked because of .gitignore or its hidden name"]);
    let run = Repository::new(&labs).after(|it| {
        let (baseline, lab) = (it.path("known.json"), it.path("labs/a.clab.yml"));
        let written =
            crate::support::run(&["check", lab.to_str().unwrap(), "--write-baseline", baseline.to_str().unwrap()]);
        assert_eq!(written.exit, Exit::Clean, "{}", written.stderr);
    });
    has(
        &run,
        Exit::Clean,
        &["- **`open-to-anyone`** in `labs/a.clab.yml` at `nodes/r1`, ignored by the baseline `known.json`\n"],
    );
    // What was silent before is not told again.
    let silent = open.replace("    r1:", "    # publish-plan: ignore[open-to-anyone] fine\n    r1:");
    let run = Repository::new(&[("a.clab.yml", &silent), (".gitignore", "*.yml\n")]).after(|it| {
        it.write("a.clab.yml", &silent.replace("name: l", "name: l # x"));
        it.write("README", "x");
    });
    has(&run, Exit::Clean, &[NOTHING]);
}

/// Thousands of rows, and names and audiences as long as they may be.
#[test]
fn what_is_cut_is_counted() {
    let nodes: Vec<String> = (0..3000)
        .map(|node| {
            let entry = if node % 3 == 0 { "tcp/22" } else { CLOSED };
            format!("    n{node}: {{kind: linux, publish: [{entry}]}}\n")
        })
        .collect();
    let nodes = nodes.concat();
    let people: Vec<String> = (0..400).map(|index| format!("p{index}@x.com")).collect();
    let head = |more: &str| {
        format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: ['tls/1/{}{more}']}}\n",
            people.join(",")
        )
    };
    let files = [("many.clab.yml", "x"), ("people.clab.yml", &head(""))];
    let repository = Repository::new(&files);
    let summary = repository.path("summary");
    for index in 0..800 {
        repository
            .write(&format!("labs/{index}.clab.yml"), &lab(CLOSED).replace("name: l", &format!("name: l{index}")));
    }
    repository.write("many.clab.yml", &format!("name: l\ntopology:\n  nodes:\n{nodes}"));
    repository.write("people.clab.yml", &head(",evil@y.com"));
    repository.commit();
    let run = repository.comment(&["--summary", summary.to_str().unwrap()]);
    assert!(run.stdout.len() < 65_536, "{}", run.stdout.len());
    has(
        &run,
        Exit::Findings,
        &[
            "**1000 ports are open to anyone on the Internet**, **2801 changes let more people in or might lead elsewhere**",
            "\n- `many.clab.yml` (was not a topology): 3000 newly reachable, 0 unchanged\n",
            "more topologies with changes** are not shown here; the job summary shows more.\n",
            "more ports that are open to anyone** are not shown here; the job summary shows more.\n",
            "changes that let more people in** are not shown here; the job summary shows more.\n",
        ],
    );
    let shown = run.stdout.matches("| `anyone on the Internet` |\n").count();
    assert!(shown > 100, "{shown}");
    assert!(run.stdout.contains(&format!("**{} more ports that are open to anyone**", 1000 - shown)));
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.len() < 1024 * 1024 && summary.matches("\n| `").count() >= 3801, "{}", summary.len());
    assert!(summary.contains("| `evil@y.com, p0@x.com, p1@x.com, p2@x.com, p3@x.com, p4@x.com and 395 more of 401` |"));
}

/// Names are text, whatever is in them.
#[test]
fn no_name_is_markup_a_link_or_a_mention() {
    let name = "[x](https://evil.example)@team`|<img src=x>";
    let text =
        format!("name: l\ntopology:\n  nodes:\n    '{name}': {{kind: linux, publish: [tls/1/user@domain.com]}}\n");
    let repository = Repository::new(&[("x", "x")]);
    let run = repository.after(|it| it.write("@team https:`evil.clab.yml", &text));
    let cell = "``[x](https://evil.example)@team`\\u{7c}<img src=x>``";
    has(&run, Exit::Findings, &[cell, "``@team https:`evil.clab.yml``"]);
    // A map is a block of code, in which nothing ends it.
    let (before, map) = run.stdout.split_once("```mermaid\n").unwrap();
    let (map, after) = map.split_once("```\n").unwrap();
    assert!(
        map.contains("#91;x#93;#40;https#58;//evil") && !map.replace("<br/>", "").contains(['`', '@', '<']),
        "{map}"
    );
    let outside: String = format!("{before}{after}")
        .replace("``@team https:`evil.clab.yml:4``", "")
        .replace(cell, "")
        .replace("``@team https:`evil.clab.yml``", "")
        .replace("`user@domain.com`", "");
    assert!(!outside.contains("evil") && !outside.contains('@') && !outside.contains("http"), "{outside}");
}

/// Settings are those of where a topology really is, in each commit; files that settings name are those that links lead to there.
#[test]
fn links_to_folders_lead_elsewhere_in_each_commit() {
    // What somebody types does not decide which settings hold.
    let repository = Repository::new(&[
        ("site/x/a.clab.yml", &lab("https/57400")),
        ("site/publish-plan.toml", "provider = 'border0'\n"),
    ]);
    symlink("site/x", repository.path("labs")).unwrap();
    repository.commit();
    let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    let run = repository.after(|it| {
        it.write("publish-plan.toml", "provider = 'ssh'\n[relay]\naddress = 't@evil.example'\n");
    });
    has(&run, Exit::Clean, &[NOTHING]);
    let typed = repository.path("labs/a.clab.yml");
    let one = crate::support::run(&["plan", "--no-env", "--against", &repository.base, typed.to_str().unwrap()]);
    assert!(one.stdout.ends_with(": 1 unchanged\n") && one.stdout.lines().count() == 1, "{}", one.stdout);
    // A key and known hosts behind a link that is pointed elsewhere, in the repository and out of it.
    let settings = "provider = 'ssh'\n[relay]\naddress = 't@r.example'\nidentity = 'keys/k'\nknown-hosts = 'hosts/h'\n";
    for (from, to) in [("a", "b"), ("a", "/srv/evil"), ("/srv/good", "/srv/evil")] {
        let repository = Repository::new(&[
            ("l.clab.yml", &lab("https/443")),
            ("a/h", "good"),
            ("b/h", "evil"),
            ("keys/k.pub", "ssh-ed25519 A"),
            ("publish-plan.toml", settings),
        ]);
        symlink(from, repository.path("hosts")).unwrap();
        repository.commit();
        let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        let run = repository.after(|it| {
            fs::remove_file(it.path("hosts")).unwrap();
            symlink(to, it.path("hosts")).unwrap();
        });
        has(
            &run,
            Exit::Findings,
            &["- **`relay.known-hosts changed: hosts/h has different content`** in `l.clab.yml`\n"],
        );
        let run = repository.after(|it| it.write("keys/k.pub", "ssh-ed25519 B"));
        has(&run, Exit::Findings, &["- **`relay.identity changed: keys/k has different content`** in `l.clab.yml`\n"]);
        let next = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        has(&next.after(|it| it.write("x", "x")), Exit::Clean, &[NOTHING]);
    }
    // By an absolute path, and the token of a tunnel node.
    let repository = Repository::new(&[("l.clab.yml", &lab("https/443")), ("key", "a")]);
    let absolute = fs::canonicalize(repository.path("key")).unwrap();
    repository.write("publish-plan.toml", &format!("provider = 'ngrok'\nsecret = '{}'\n", absolute.display()));
    let node = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/1/ops]}\n    t: {kind: mysocketio, image: 'i:1', binds: ['token:/root/.mysocketio_token']}\n";
    repository.write("nodes/t.clab.yml", node);
    repository.write("nodes/token", "a");
    repository.write("nodes/publish-plan.toml", "");
    repository.commit();
    let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    let run = repository.after(|it| {
        it.write("key", "b");
        it.write("nodes/token", "b");
    });
    has(
        &run,
        Exit::Findings,
        &[
            "- **`token of the tunnel node changed: token has different content`** in `nodes/t.clab.yml`\n",
            &format!("- **`secret changed: {} has different content`** in `l.clab.yml`\n", absolute.display()),
        ],
    );
}

/// An address may lead from one topology into another.
#[test]
fn two_labs_that_swap_their_addresses_are_told() {
    let named = |name: &str, entry: &str| lab(entry).replace("name: l", &format!("name: {name}"));
    let pins = |a: u16, b: u16| {
        format!(
            "provider = 'ssh'\n[relay]\naddress = 't@r.example'\n[relay.pins]\n'clab-a-r1-https-443' = {a}\n'clab-b-r1-http-80' = {b}\n"
        )
    };
    let repository = Repository::new(&[
        ("a.clab.yml", &named("a", "https/443")),
        ("d/b.clab.yml", &named("b", "http/80")),
        ("publish-plan.toml", &pins(20022, 20023)),
    ]);
    let run = repository.after(|it| it.write("publish-plan.toml", &pins(20023, 20022)));
    has(
        &run,
        Exit::Findings,
        &[
            "**2 changes let more people in or might lead elsewhere**, 2 other changes",
            "- **`port 20022` led to port 443 of `r1` in `a.clab.yml` and now leads to port 80 of `r1` in `d/b.clab.yml`**\n",
        ],
    );
    // Also from one that is gone.
    let repository =
        Repository::new(&[("a.clab.yml", &named("a", "https/443")), ("publish-plan.toml", &pins(20022, 20023))]);
    let run = repository.after(|it| {
        fs::remove_file(it.path("a.clab.yml")).unwrap();
        let nodes = "topology: {nodes: {r1: {kind: nokia_srlinux, publish: ['http/80']}}}";
        it.write(
            "z/quite-another.clab.yml",
            &format!("# Another lab altogether, of other people.\nname: b\nmgmt: {{network: n}}\n{nodes}\n"),
        );
        it.write("publish-plan.toml", &pins(20023, 20022));
    });
    has(&run, Exit::Findings, &["- **`port 20022` led to port 443 of `r1` in `a.clab.yml` and now leads to port 80"]);
}

/// An address is of the host that visitors know, however the settings spell the way to it, and what several topologies had already
/// leads nowhere else.
#[test]
fn an_address_is_known_by_what_visitors_see() {
    let named = |name: &str, entries: &str| lab(entries).replace("name: l", &format!("name: {name}"));
    let pinned = |settings: &str, socket: &str, port: u16| format!("{settings}\n[relay.pins]\n'{socket}' = {port}\n");
    let settings = |head: [&str; 2], a: u16, b: u16| {
        [pinned(head[0], "clab-a-r1-tcp-22", a), pinned(head[1], "clab-b-r1-tcp-22", b)]
    };
    let relays =
        ["provider = 'ssh'\nrelay.address = 't@r.example'", "provider = 'ssh'\nrelay.address = 'u@R.example:2222'"];
    let tailnet = ["provider = 'tailscale'"; 2];
    for (head, [a, b], exit, told) in [
        (relays, [20023, 20022], Exit::Findings, "now leads to port 22 of `r1` in `b/l.clab.yml`"),
        // Each lab has a host of its own there.
        (tailnet, [20022, 20022], Exit::Clean, "\n1 other change; 1 topology unchanged.\n"),
    ] {
        let [of_a, of_b] = settings(head, 20022, 20023);
        let repository = Repository::new(&[
            ("a/l.clab.yml", &named("a", "tcp/22")),
            ("b/l.clab.yml", &named("b", "tcp/22")),
            ("a/publish-plan.toml", &of_a),
            ("b/publish-plan.toml", &of_b),
        ]);
        let run = repository.after(|it| {
            let [of_a, of_b] = settings(head, a, b);
            it.write("a/publish-plan.toml", &of_a);
            it.write("b/publish-plan.toml", &of_b);
        });
        has(&run, exit, &[told]);
    }
    let repository = Repository::new(&[
        ("a.clab.yml", &named("a", "http/80, http/81")),
        ("b.clab.yml", &named("b", "http/80")),
        ("publish-plan.toml", "provider = 'frp'\nnames.domain = 'lab.example.net'\n"),
    ]);
    let run = repository.after(|it| it.write("a.clab.yml", &named("a", "http/80")));
    has(&run, Exit::Clean, &["\n1 other change; 1 topology unchanged.\n"]);
}

/// What git has and the work tree has not, what is only renamed, and what nobody looks at.
#[test]
fn what_is_not_looked_at_is_not_unchanged() {
    // A sparse checkout.
    let repository = Repository::new(&[("q/q.clab.yml", &lab(CLOSED)), ("a.clab.yml", &lab(CLOSED))]);
    repository.write("q/q.clab.yml", &lab("tls/830"));
    repository.write("q/new.clab.yml", &lab("tls/831"));
    repository.commit();
    repository.git(&["sparse-checkout", "set", "--no-cone", "/a.clab.yml"]);
    let run = repository.comment(&[]);
    has(
        &run,
        Exit::Failed,
        &[
            "- **`q/q.clab.yml` could not be compared**: `git tracks it, but it is not in the work tree`",
            "`q/new.clab.yml` (new)",
        ],
    );
    let folder = repository.folder.path().to_str().unwrap();
    let check = crate::support::run(&["check", "--tracked", "--no-env", folder]);
    assert!(check.exit == Exit::Failed && check.stderr.contains("it is not in the work tree"), "{}", check.stderr);
    // What is as it was, and is not there, is no news.
    let same = Repository::new(&[("q/q.clab.yml", &lab(CLOSED)), ("a.clab.yml", &lab(CLOSED))]);
    same.write("a.clab.yml", &lab(&format!("{CLOSED}, tls/1/a@b.com")));
    same.commit();
    same.git(&["sparse-checkout", "set", "--no-cone", "/a.clab.yml"]);
    let run = same.comment(&[]);
    assert!(run.exit == Exit::Findings && !run.stdout.contains("q.clab.yml"), "{}", run.stdout);
    // A new name alone is told; where it comes into what is looked at, all of it is new.
    let repository = Repository::new(&[("labs/a.clab.yml", &lab(CLOSED)), ("docs/e.clab.yml", &lab("tls/22"))]);
    let run = repository.after(|it| it.git(&["mv", "labs/a.clab.yml", "labs/a.yml"]).clear());
    has(
        &run,
        Exit::Clean,
        &[
            "- `labs/a.yml` (was `labs/a.clab.yml`): 1 unchanged\n",
            "- **`labs/a.yml`** is no longer checked because its new name does not end in `.clab.yml`",
        ],
    );
    repository.git(&["mv", "docs/e.clab.yml", "labs/prod.clab.yml"]);
    repository.commit();
    let labs = repository.path("labs");
    let run = crate::support::run(&[
        "plan",
        "--format=github-comment",
        &format!("--against={}", repository.base),
        "--fail-on=widened",
        labs.to_str().unwrap(),
    ]);
    has(&run, Exit::Findings, &["- `labs/prod.clab.yml` (new): 1 newly reachable", "**1 port is open to anyone"]);
    // A path that names nothing.
    for missing in ["nosuch", "nosuch.clab.yml", "README.md"] {
        let path = repository.path(missing);
        let run = run_comment(&repository.base, &path);
        has(&run, Exit::Failed, &["**The change could not be compared** with `", missing]);
    }
    // A link that always led out, or nowhere, is no news with every change; once something else is behind it, it is.
    let repository = Repository::new(&[("data.txt", &lab(CLOSED)), ("x", "x")]);
    symlink("/srv/nowhere.yml", repository.path("out.clab.yml")).unwrap();
    symlink("data.txt", repository.path("in.clab.yml")).unwrap();
    repository.commit();
    let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    has(&repository.after(|it| it.write("x", "y")), Exit::Clean, &[NOTHING]);
    repository.git(&["rm", "--quiet", "--cached", "data.txt"]);
    repository.git(&["commit", "--quiet", "--message", "not tracked"]);
    has(&repository.comment(&[]), Exit::Failed, &["- **`in.clab.yml` could not be compared**"]);
    // A template whose variables are others.
    let template = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/830/{{ .who }}]}\n";
    for name in ["a.clab.yml", "a.clab.gotmpl"] {
        let repository = Repository::new(&[(name, template), ("a.clab_vars.yml", "who: a@b.com\n"), ("x", "x")]);
        repository.write("b.clab.yml", &lab(CLOSED));
        repository.commit();
        let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        has(&repository.after(|it| it.write("x", "y")), Exit::Clean, &[NOTHING]);
        let run = repository.after(|it| it.write("a.clab_vars.yml", "who: b.com\n"));
        has(&run, Exit::Failed, &[&format!("- **`{name}` could not be compared**")]);
    }
}

/// An entry in error is compared with nothing, and in older releases of containerlab it may be open.
#[test]
fn a_new_error_is_told() {
    for (entries, rule) in [
        ("tls/830/user@domain.com, tcp/99999", "port-out-of-range"),
        ("tls/830/user@domain.com, tls/22/", "empty-acl"),
        ("tls/830/user@domain.com, tls/830", "duplicate-socket"),
    ] {
        let repository = Repository::new(&[("a.clab.yml", &lab(CLOSED))]);
        let run = repository.after(|it| it.write("a.clab.yml", &lab(entries)));
        has(&run, Exit::Findings, &["**1 new error stops `compile`**", &format!("- **`{rule}`** at `a.clab.yml:4`\n")]);
        let next = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        has(&next.after(|it| it.write("x", "x")), Exit::Clean, &[NOTHING]);
        let run = next.after(|it| it.write("b.clab.yml", &lab(entries)));
        has(&run, Exit::Findings, &[&format!("- **`{rule}`** at `b.clab.yml:4`\n")]);
    }
}

/// A commit may say what it likes.
#[test]
fn no_commit_names_itself() {
    let repository = Repository::new(&[("a.clab.yml", &lab(CLOSED))]);
    repository.write("a.clab.yml", &lab("tls/830"));
    repository.commit();
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let text = format!(
        "tree {tree}\nparent {}\nauthor a <a@b.com> 0 +0000\ncommitter a <a@b.com> 0 +0000\nparent <b>[x](https://evil.example) @team</b>\n\nx\n",
        repository.base
    );
    fs::write(repository.path(".git/commit"), text).unwrap();
    let commit = repository.git(&["hash-object", "-t", "commit", "-w", "--literally", ".git/commit"]);
    repository.git(&["update-ref", "HEAD", &commit]);
    let run = repository.comment(&[]);
    has(&run, Exit::Findings, &[&format!("Commit {commit}, compared with {}.\n", repository.base)]);
    assert!(!run.stdout.contains("evil"), "{}", run.stdout);
}

/// Files that have nothing to do with labs, and settings with thousands of lines.
#[test]
fn nothing_large_hides_a_change() {
    let repository =
        Repository::new(&[("a.clab.yml", &lab(CLOSED)), ("publish-plan.toml", "provider = 'cloudflared'\n")]);
    let run = repository.after(|it| {
        it.write("data.json", &" ".repeat(3_000_000));
        it.write("a.clab.yml", &lab("http/830"));
        let tags: Vec<String> = (0..3000).map(|index| format!("'h{index}.a.com' = '{}'\n", "ab".repeat(32))).collect();
        let team = "[cloudflare]\nteam = 'evil'\n[names]\ndomain = 'evil.com'\n";
        it.write("publish-plan.toml", &format!("provider = 'cloudflared'\n{team}[access-tags]\n{}", tags.concat()));
        let comment = crate::support::run(&[
            "plan",
            "--no-env",
            "--max-size",
            "1000000",
            "--format=github-comment",
            &format!("--against={}", it.base),
            it.folder.path().to_str().unwrap(),
        ]);
        assert!(comment.stdout.contains("**1 port is open to anyone"), "{}{}", comment.stdout, comment.stderr);
    });
    has(
        &run,
        Exit::Findings,
        &[
            "- **`cloudflare.team set to evil`** in `a.clab.yml`\n",
            "- **`names.domain set to evil.com`** in `a.clab.yml`\n",
        ],
    );
    assert!(!run.stdout.contains("access-tags"), "a tag of no socket is nothing: {}", run.stdout);
}

/// What git has of a file is not what people read where an attribute changes it on checkout (gitattributes(5)). In ISO 646-JP, the
/// byte of `\` is `¥` of Unicode, which ends nothing and escapes nothing.
#[test]
fn a_file_that_git_changes_on_checkout_is_not_compared() {
    const CHANGES: &str = "on checkout, because .gitattributes sets working-tree-encoding, ident, or filter`";
    // As people have it, its group is `", publish: [tls/830], user: `, and its acl is closed; as git has it, it is open.
    let yen = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, group: \"\\\", publish: [tls/830], user: \", publish: [tls/830/user@domain.com]} # \"}\n";
    let encoded = |pattern: &str| format!("{pattern} text working-tree-encoding=ISO646-JP\n");
    let base = |attributes: &str, lab: &str| {
        Repository::new(&[(".gitattributes", attributes), ("old/a.clab.yml", lab), ("x", "x")])
    };
    let not_compared = |run: &Run, what: &str| has(run, Exit::Failed, &[what, CHANGES]);
    // What git has, in the work tree.
    let raw = |it: &Repository, from: &str, to: &str| {
        let blob = it.git(&["show", from]);
        assert!(blob.contains("group: \"¥\", publish"), "{blob}");
        it.write(to, &format!("{blob}\n"));
    };
    for pattern in ["old/*.clab.yml", "\"old/a.clab.yml\"", "/old/**"] {
        let it = base(&encoded(pattern), yen);
        fs::remove_file(it.path("old/a.clab.yml")).unwrap();
        it.git(&["checkout", "--quiet", "--", "."]);
        assert_eq!(fs::read_to_string(it.path("old/a.clab.yml")).unwrap(), yen, "the checkout changes it");
        // Git sees a file with another name, and no line of it changed.
        let run = it.after(|it| {
            it.git(&["mv", "old", "new"]);
            raw(it, ":new/a.clab.yml", "new/a.clab.yml");
            it.write(".gitattributes", "\n");
        });
        assert!(it.git(&["diff", "--raw", "-M", &it.base, "HEAD"]).contains("R100"));
        not_compared(&run, "- **`new/a.clab.yml` (was `old/a.clab.yml`) could not be compared**: `git changes it ");
    }
    // The attribute alone is taken away, or taken back.
    for attributes in
        ["", "* -text\n", "old/* working-tree-encoding=ISO646-JP\nold/a.clab.yml !working-tree-encoding\n"]
    {
        let it = base("old/* working-tree-encoding=ISO646-JP\n", yen);
        let blob = it.git(&["rev-parse", "HEAD:old/a.clab.yml"]);
        let run = it.after(|it| {
            it.write(".gitattributes", attributes);
            it.git(&["add", ".gitattributes"]);
            raw(it, ":old/a.clab.yml", "old/a.clab.yml");
        });
        assert_eq!(it.git(&["rev-parse", "HEAD:old/a.clab.yml"]), blob, "git has the same file");
        not_compared(&run, "- **`old/a.clab.yml` could not be compared**: `git changes it ");
    }
    // A link leads to it.
    let it = base("/data/** working-tree-encoding=ISO646-JP\n", "a: b\n");
    it.write("data/x", yen);
    symlink("data/x", it.path("l.clab.yml")).unwrap();
    it.commit();
    let it = Repository { base: it.git(&["rev-parse", "HEAD"]), ..it };
    let run = it.after(|it| {
        it.write(".gitattributes", "");
        it.git(&["add", ".gitattributes"]);
        raw(it, ":data/x", "data/x");
    });
    not_compared(&run, "- **`l.clab.yml` could not be compared**: `git changes it ");
    // Others, in a folder, by a macro; before, after, and for what a topology is compared with.
    let marked = format!("{}# $Id$\n", lab(CLOSED));
    for (place, attributes) in [
        (".gitattributes", "*.yml filter=x\n"),
        ("old/.gitattributes", "a.* ident\n"),
        (".gitattributes", "* one\n[attr]one text ident\n"),
    ] {
        let it = Repository::new(&[(place, attributes), ("old/a.clab.yml", &marked), ("x", "x")]);
        fs::remove_file(it.path("old/a.clab.yml")).unwrap();
        it.git(&["checkout", "--quiet", "--", "."]);
        let is_changed = fs::read_to_string(it.path("old/a.clab.yml")).unwrap() != marked;
        assert_eq!(is_changed, attributes.contains("ident"));
        // Without a change of it there is no noise, whatever else changes.
        let run = it.after(|it| it.write("x", "y"));
        has(&run, Exit::Clean, &[NOTHING, ": 1 topology compared.\n"]);
        let run = it.after(|it| it.write("old/a.clab.yml", &marked.replace("name: l", "name: m")));
        not_compared(&run, "- **`old/a.clab.yml` could not be compared**: `git changes it ");
        let it = Repository::new(&[("old/a.clab.yml", &marked)]);
        let run = it.after(|it| it.write(place, attributes));
        not_compared(&run, "- **`old/a.clab.yml` could not be compared**: `git changes it ");
        // What is not committed is no less of a change.
        let it = Repository::new(&[(place, attributes), ("old/a.clab.yml", &marked)]);
        it.write("old/a.clab.yml", &lab("tls/830"));
        not_compared(&it.comment(&[]), "- **`old/a.clab.yml` could not be compared**: `git changes it ");
    }
    let it = base("publish-plan.toml filter=x\n", &marked);
    let run = it.after(|it| it.write("publish-plan.toml", "provider = 'ssh'\n"));
    not_compared(&run, "- **`old/a.clab.yml` could not be compared**: `git changes its publish-plan.toml ");
    // Too large to be read, and not for topologies.
    let run = base("", &marked).after(|it| it.write(".gitattributes", &"# x\n".repeat(100_000)));
    not_compared(&run, "- **`old/a.clab.yml` could not be compared**: `git changes it ");
    let lfs = "*.png filter=lfs diff=lfs merge=lfs -text\n*.[pP][dD][fF] filter=lfs\nmy[[:space:]]x filter=lfs\n";
    let run = base(lfs, &marked).after(|it| {
        it.write(".gitattributes", &format!("{lfs}*.yml text eol=lf -ident\n"));
        it.write("old/a.clab.yml", &lab("tls/830"));
    });
    has(&run, Exit::Findings, &["**1 port is open to anyone on the Internet**"]);
    // A link is no file of attributes, as for git.
    let run = base("", &marked).after(|it| {
        it.write("attributes", "* ident\n");
        symlink("../attributes", it.path("old/.gitattributes")).unwrap();
    });
    has(&run, Exit::Clean, &[NOTHING]);
}

/// A tunnel finds its node by the container's name: a second lab on the network must not have that name.
#[test]
fn a_name_that_another_labs_tunnel_looks_for_is_told() {
    let demo = lab(CLOSED).replace("name: l", "name: demo");
    let other = |name: &str, node: &str, more: &str| {
        format!("name: {name}\n{more}topology:\n  nodes:\n    {node}\n    other: {{kind: linux}}\n")
    };
    let harmless = other("b", "x: {kind: linux}", "");
    let base = || Repository::new(&[("a.clab.yml", &demo), ("b.clab.yml", &harmless)]);
    let says = |name: &str| {
        format!(
            "- **`b.clab.yml` now has the name `{name}` on network `clab`; a tunnel of `a.clab.yml` leads to it**\n"
        )
    };
    let count = "**1 change lets more people in or might lead elsewhere**";
    // By an alias, in whatever case and at whatever level, by the host name that Docker answers too, by a prefix, by its lab's name.
    for evil in [
        other("b", "x: {kind: linux, aliases: [clab-demo-r1]}", ""),
        other("b", "x: {kind: linux, aliases: [y, CLAB-demo-R1]}", ""),
        other("b", "x: {kind: linux}", "")
            .replace("topology:", "topology:\n  kinds: {linux: {aliases: [clab-demo-r1]}}"),
        other("b", "clab-demo-r1: {kind: linux}", ""),
        other("b", "r1: {kind: linux}", "").replace("name: b", "name: demo"),
        other("demo", "r1: {kind: linux}", "prefix: clab\n"),
        other("clab-demo", "r1: {kind: linux}", "prefix: __lab-name\n"),
        other("b", "x: {kind: linux, aliases: [clab-demo-r1]}", "mgmt: {network: clab}\n"),
    ] {
        has(&base().after(|it| it.write("b.clab.yml", &evil)), Exit::Findings, &[count, &says("clab-demo-r1")]);
    }
    let evil = other("b", "x: {kind: linux, aliases: [clab-demo-r1]}", "");
    // Elsewhere nobody looks for it, and of a node that answers at an address nobody asks for its name.
    let elsewhere = other("b", "x: {kind: linux, aliases: [clab-demo-r1]}", "mgmt: {network: mine}\n");
    let hidden = base();
    has(&hidden.after(|it| it.write("b.clab.yml", &elsewhere)), Exit::Clean, &[NOTHING]);
    hidden.write("b.clab.yml", &evil);
    hidden.commit();
    has(&hidden.comment(&[]), Exit::Findings, &[count, &says("clab-demo-r1")]);
    has(&hidden.comment(&["--address", "r1=10.0.0.1"]), Exit::Clean, &[NOTHING]);
    // What was there is no news, wherever the file moves; a network that becomes the same is.
    let later = Repository { base: hidden.git(&["rev-parse", "HEAD"]), ..hidden };
    has(
        &later.after(|it| drop(it.git(&["mv", "b.clab.yml", "c.clab.yml"]))),
        Exit::Clean,
        &["No socket changes; other changes are below"],
    );
    let apart = Repository::new(&[("a.clab.yml", &demo), ("b.clab.yml", &elsewhere)]);
    has(&apart.after(|it| it.write("b.clab.yml", &evil)), Exit::Findings, &[count, &says("clab-demo-r1")]);
    // A tunnel that is new, to a name that is not.
    let silent = demo.replace(CLOSED, "none");
    let waiting = Repository::new(&[("a.clab.yml", &silent), ("b.clab.yml", &evil), ("c.clab.yml", &evil)]);
    has(
        &waiting.after(|it| it.write("a.clab.yml", &demo)),
        Exit::Findings,
        &[
            "**2 changes let more people in or might lead elsewhere**",
            "- **`a.clab.yml` now publishes the name `clab-demo-r1` on network `clab`, which `b.clab.yml` and 1 more also have**\n",
        ],
    );
    // A copy of a lab is one line, not one for each node.
    let nodes: Vec<String> =
        (1..6).map(|node| format!("    r{node}: {{kind: linux, publish: [{CLOSED}]}}\n")).collect();
    let large = format!("name: demo\ntopology:\n  nodes:\n{}", nodes.concat());
    let copied = Repository::new(&[("a.clab.yml", &large)]).after(|it| it.write("b.clab.yml", &large));
    let names = "the names `clab-demo-r1`, `clab-demo-r2`, `clab-demo-r3` and 2 more on network `clab`";
    let told = format!("- **`b.clab.yml` now has {names}; tunnels of `a.clab.yml` lead to them**\n");
    has(&copied, Exit::Findings, &["**6 changes let more people in or might lead elsewhere**", &told]);
    assert_eq!(copied.stdout.matches(" on network ").count(), 1, "{}", copied.stdout);
}

/// `compile` opened nothing, and now it does.
#[test]
fn an_error_that_goes_opens_what_it_stopped() {
    let settings = |more: &str| format!("provider = 'ssh'\n{more}");
    for (before, after, old, new) in [
        ("tcp/22, tcp/23/a@b.com", "tcp/22", "", ""),
        ("tcp/22, tls/57400/", "tcp/22", "", ""),
        ("tcp/22, tcp/23", "tcp/22, tcp/23", "[limits]\ntcp = 1\n", "[limits]\ntcp = 9\n"),
    ] {
        let repository = Repository::new(&[("a.clab.yml", &lab(before)), ("publish-plan.toml", &settings(old))]);
        let run = repository.after(|it| {
            it.write("a.clab.yml", &lab(after));
            it.write("publish-plan.toml", &settings(new));
        });
        let told = "- **`compile` refused the old topology and accepts the new one, so it now opens everything in it** in `a.clab.yml`\n";
        has(&run, Exit::Findings, &[told]);
    }
}

/// What nobody could read is not compared; with other settings it may do something else.
#[test]
fn what_cannot_be_read_is_not_compared() {
    let settings = |host: &str| format!("provider = 'ssh'\n[relay]\naddress = 't@{host}'\nknown-hosts = 'kh'\n");
    for text in ["name: l\n{{ range . }}x{{ end }}\n", "topology: ["] {
        let repository = Repository::new(&[
            ("t.clab.yml", text),
            ("kh", "one"),
            ("v", "x"),
            ("publish-plan.toml", &settings("a.net")),
        ]);
        symlink("v", repository.path("t.clab_vars.yml")).unwrap();
        repository.commit();
        let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
        let run = repository.after(|it| it.write("README", "x"));
        has(
            &run,
            Exit::Clean,
            &[NOTHING, ": 0 topologies compared; 1 other file still cannot be read as a topology.\n"],
        );
        for (file, now) in
            [("publish-plan.toml", settings("evil.net")), ("kh", "two".to_owned()), ("v", "y".to_owned())]
        {
            let run = repository.after(|it| it.write(file, &now));
            has(&run, Exit::Failed, &["- **`t.clab.yml` could not be compared**"]);
            repository.git(&["reset", "--quiet", "--hard", &repository.base]);
        }
    }
}

/// Through a link, another topology is at the same path; the same relay may be spelled in several ways.
#[test]
fn another_way_to_the_same_place_is_told() {
    let repository = Repository::new(&[
        ("A/s/x.clab.yml", &lab(CLOSED)),
        ("B/s/x.clab.yml", &lab("tcp/22").replace("name: l", "name: b")),
    ]);
    symlink("A", repository.path("cur")).unwrap();
    repository.commit();
    let repository = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    let run = repository.after(|it| {
        fs::remove_file(it.path("cur")).unwrap();
        symlink("B", it.path("cur")).unwrap();
    });
    let told = "- **`cur` is a symbolic link that led to `A` and now leads to `B`**\n";
    has(&run, Exit::Findings, &[told]);
    let path = repository.path("cur/s");
    let run = crate::support::run(&[
        "plan",
        "--format=github-comment",
        "--fail-on=widened",
        &format!("--against={}", repository.base),
        path.to_str().unwrap(),
    ]);
    has(&run, Exit::Findings, &[told]);
    let named = |name: &str, entry: &str| lab(entry).replace("name: l", &format!("name: {name}"));
    let settings = |provider: &str, relay: &str, name: &str, port: u16| {
        let relay = if relay.is_empty() { String::new() } else { format!("address = '{relay}'\n") };
        format!("provider = '{provider}'\n[relay]\n{relay}[relay.pins]\n'clab-{name}-r1-tcp-22' = {port}\n")
    };
    for (provider, relay) in [
        ("ssh", "t@RELAY.net"),
        ("ssh", "u@relay.net:22"),
        ("ssh", "t@relay.net.:2222"),
        ("bore", "relay.net"),
        ("ssh", ""),
    ] {
        let (a, b) = (settings("ssh", "t@relay.net", "a", 20500), settings(provider, relay, "b", 20501));
        let files = [
            ("a/a.clab.yml", named("a", "tcp/22")),
            ("b/b.clab.yml", named("b", "tcp/22")),
            ("a/publish-plan.toml", a.clone()),
            ("b/publish-plan.toml", b.clone()),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let repository = Repository::new(&files);
        let run = repository.after(|it| {
            it.write("a/publish-plan.toml", &a.replace("20500", "20501"));
            it.write("b/publish-plan.toml", &b.replace("20501", "20500"));
        });
        has(
            &run,
            Exit::Findings,
            &[
                "- **`port 20500` led to port 22 of `r1` in `a/a.clab.yml` and now leads to port 22 of `r1` in `b/b.clab.yml`**\n",
            ],
        );
    }
    // A lab that moves with its settings and keys is what it was.
    let settings = "provider = 'ssh'\n[relay]\naddress = 't@r.net'\nidentity = 'k'\nknown-hosts = 'kh'\n";
    let repository = Repository::new(&[
        ("a.clab.yml", &lab("tcp/22")),
        ("k.pub", "x"),
        ("kh", "y"),
        ("publish-plan.toml", settings),
    ]);
    let run = repository.after(|it| {
        fs::create_dir(it.path("d")).unwrap();
        fs::rename(it.path("a.clab.yml"), it.path("d/a.clab.yml")).unwrap();
    });
    has(&run, Exit::Clean, &["- `d/a.clab.yml` (was `a.clab.yml`): 1 unchanged\n"]);
}
