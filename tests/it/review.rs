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
        it.write("labs/new.clab.yml", &lab("tls/2/c@d.com"));
    });
    let head = repository.git(&["rev-parse", "HEAD"]);
    has(
        &run,
        Exit::Findings,
        &[
            "### publish-plan: who can reach the labs\n",
            &format!("Commit {head}, compared with {}.\n", repository.base),
            "**1 port is open to anyone on the Internet**, **2 changes let others in or may lead elsewhere**, 1 other change; 1 topology without a change.\n",
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
    // As GitHub checks a pull request out, the change is the second parent.
    repository.git(&["checkout", "--quiet", "--detach", &repository.base]);
    repository.git(&["merge", "--quiet", "--no-ff", "--message", "merge", &head]);
    assert!(repository.comment(&[]).stdout.contains(&format!("Commit {head}, compared with {}.", repository.base)));
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
    has(&run, Exit::Findings, &["**1 change lets others in or may lead elsewhere**", "HOME"]);
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
        ("'http/80/a@b.com'${X:+, tls/22}", "provider = 'ngrok'\n", "provider = 'ngrok'\nplan = 'paid'\n"),
    ];
    for (entries, before, after) in changes {
        let repository = Repository::new(&[("a.clab.yml", &lab(entries)), ("publish-plan.toml", before)]);
        let run = repository.after(|it| it.write("publish-plan.toml", after));
        has(
            &run,
            Exit::Findings,
            &["**`${X} not known here: with a value, the change might open more`** in `a.clab.yml`"],
        );
    }
    let repository = Repository::new(&[("a.clab.yml", &lab("${X:-tls/830}"))]);
    let run = repository.after(|it| it.write("a.clab.yml", &lab("tls/830")));
    has(&run, Exit::Findings, &["**`${X} not known here: "]);
    // What only `check` reads does nothing with it.
    let repository = Repository::new(&[("a.clab.yml", &lab("${X:+tcp/22}"))]);
    let run = repository.after(|it| it.write("publish-plan.toml", "[rules]\nopen-to-anyone = 'error'\n"));
    has(&run, Exit::Clean, &["No socket changes, but what is below does", "rules.open-to-anyone"]);
}

/// What was at a path is what the revision had there, wherever links lead now.
#[test]
fn a_link_in_place_of_a_folder_hides_nothing() {
    let link = |it: &Repository, from: &str, to: &str| {
        let from = it.path(from);
        let removed = if from.is_symlink() { fs::remove_file(&from) } else { fs::remove_dir_all(&from) };
        removed.unwrap();
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
    has(
        &run,
        Exit::Findings,
        &["**`relay.known-hosts changed: keys/hosts is no longer what it was`** in `a.clab.yml`"],
    );
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
        let made = if target.is_empty() { fs::write(&settings, b"# \xff\n") } else { symlink(target, &settings) };
        made.unwrap();
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
        &["1 topology is gone", "- `labs/a.clab.yml` is gone: it published 1 socket. Tunnels that are open stay open"],
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
        &["- **`labs/inner` is a submodule at another commit: nothing in it was compared**"],
    );
    let later = Repository { base: repository.git(&["rev-parse", "HEAD"]), ..repository };
    has(&later.comment(&[]), Exit::Clean, &[NOTHING]);
}

#[test]
fn what_a_change_silences_is_told() {
    let open = lab("tcp/22").replace("linux", "nokia_srlinux");
    let labs = [("labs/a.clab.yml", open.as_str()), ("labs/b.clab.yml", CLOSED)];
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
    has(&run, Exit::Clean, &["- **`labs/a.clab.yml`** is left out by `exclude` in publish-plan.toml\n"]);
    let run = Repository::new(&labs).after(|it| it.write(".gitignore", "labs/\n"));
    has(&run, Exit::Clean, &["- **`labs/a.clab.yml`** is left out by .gitignore"]);
    let run = Repository::new(&labs).after(|it| {
        fs::create_dir(it.path(".labs")).unwrap();
        fs::rename(it.path("labs/a.clab.yml"), it.path(".labs/a.clab.yml")).unwrap();
    });
    has(&run, Exit::Clean, &["- **`.labs/a.clab.yml`** is left out by .gitignore, or because its name is hidden"]);
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
        repository.write(&format!("labs/{index}.clab.yml"), &lab(CLOSED));
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
            "**1000 ports are open to anyone on the Internet**, **2801 changes let others in or may lead elsewhere**",
            "\n- `many.clab.yml` (was not a topology): 3000 newly reachable, 0 unchanged\n",
            "more topologies with changes** are not shown here; the summary of the job shows more.\n",
            "more ports that are open to anyone** are not shown here; the summary of the job shows more.\n",
            "changes that let others in** are not shown here; the summary of the job shows more.\n",
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
    let outside: String =
        run.stdout.replace(cell, "").replace("``@team https:`evil.clab.yml``", "").replace("`user@domain.com`", "");
    assert!(!outside.contains("evil") && !outside.contains('@') && !outside.contains("http"), "{outside}");
}
