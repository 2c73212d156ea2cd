//! Repositories whose settings name programs: neither the program nor a generated script lets git start one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::stage::Stage;
use crate::support::{files_below, git, root, skip};

/// Settings that name programs (git-config(1)), for a program at `$P` and without those of one `url`.
const PROGRAMS: [(&str, &str); 22] = [
    ("alias.ls-files", "!$P"),
    ("core.alternateRefsCommand", "$P"),
    ("core.askPass", "$P"),
    ("core.editor", "$P"),
    ("core.fsmonitor", "$P"),
    ("core.gitProxy", "$P"),
    ("core.hooksPath", "$D"),
    ("core.pager", "$P"),
    ("core.sshCommand", "$P"),
    ("credential.helper", "$P"),
    ("diff.external", "$P"),
    ("filter.x.clean", "$P"),
    ("filter.x.process", "$P"),
    ("filter.x.smudge", "$P"),
    ("gpg.program", "$P"),
    ("pager.cat-file", "$P"),
    ("pager.ls-files", "$P"),
    ("pager.rev-parse", "$P"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("protocol.file.allow", "always"),
    ("uploadpack.packObjectsHook", "$P"),
];

/// A place outside of the repositories with a program that leaves a mark when it is started.
struct Trap {
    folder: tempfile::TempDir,
}

impl Trap {
    fn new() -> Self {
        let trap = Self { folder: tempfile::tempdir().unwrap() };
        let hooks =
            ["fsmonitor-watchman", "post-checkout", "post-index-change", "query-watchman", "reference-transaction"];
        for name in ["program"].into_iter().chain(hooks) {
            let program = trap.folder.path().join(name);
            fs::write(&program, format!("#!/bin/sh\ntouch '{}'\n", trap.mark().display())).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        trap
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("started")
    }

    fn program(&self) -> String {
        self.folder.path().join("program").display().to_string()
    }

    /// Whether the program was started since the last time that somebody asked.
    fn was_sprung(&self) -> bool {
        fs::remove_file(self.mark()).is_ok()
    }

    /// Sets everything that can name a program, with a flag of `git config` or none.
    fn set(&self, folder: &Path, flags: &[&str]) {
        for (key, value) in PROGRAMS {
            let value = value.replace("$P", &self.program()).replace("$D", &self.folder.path().display().to_string());
            git(folder, &[&["config"], flags, &[key, &value]].concat());
        }
    }

    /// Makes the repository one that lacks objects and gets them by starting the program.
    fn set_promisor(&self, folder: &Path) {
        for (key, value) in [
            ("core.repositoryformatversion", "1".to_owned()),
            ("extensions.partialClone", "origin".to_owned()),
            ("remote.origin.promisor", "true".to_owned()),
            ("remote.origin.uploadpack", self.program()),
            ("remote.origin.url", format!("ext::{}", self.program())),
        ] {
            git(folder, &["config", key, &value]);
        }
    }
}

/// Takes an object out of a repository.
fn lose(folder: &Path, name: &str) {
    let object = git(folder, &["rev-parse", name]);
    fs::remove_file(folder.join(".git/objects").join(&object[..2]).join(&object[2..])).unwrap();
}

/// The files below a folder, with those of the folders in it, in another one.
fn copy(from: &Path, to: &Path) {
    for file in files_below(from) {
        let there = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        fs::copy(&file, there).unwrap();
    }
    fs::create_dir_all(to.join("refs")).unwrap();
}

/// What every form begins with: a repository that has the token, or that has not.
fn repository(folder: &Path, has_token: bool) {
    for (file, text) in [("a/x", "x"), ("b/y", "y"), (".gitattributes", "* filter=x\n")] {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::write(folder.join(file), text).unwrap();
    }
    git(folder, &["init", "--quiet", "."]);
    git(folder, &["add", "--", "a", "b", ".gitattributes"]);
    if has_token {
        git(folder, &["add", "--", "token"]);
    }
    git(folder, &["commit", "--quiet", "-m", "one"]);
}

/// A folder beside which the token lies is made one whose settings name programs.
type Form = fn(&Path, &Trap, bool);

const FORMS: [(&str, Form); 6] = [
    ("an ordinary repository", |folder, trap, has_token| {
        repository(folder, has_token);
        trap.set(folder, &[]);
    }),
    ("a bare repository beside the token", |folder, trap, has_token| {
        repository(folder, has_token);
        git(folder, &["config", "core.worktree", &folder.display().to_string()]);
        trap.set(folder, &[]);
        copy(&folder.join(".git"), folder);
        fs::remove_dir_all(folder.join(".git")).unwrap();
    }),
    ("a gitfile that leads elsewhere", |folder, trap, has_token| {
        repository(folder, has_token);
        git(folder, &["config", "core.worktree", &folder.display().to_string()]);
        trap.set(folder, &[]);
        let elsewhere = trap.folder.path().join("elsewhere");
        let _ = fs::remove_dir_all(&elsewhere);
        copy(&folder.join(".git"), &elsewhere);
        fs::remove_dir_all(folder.join(".git")).unwrap();
        fs::write(folder.join(".git"), format!("gitdir: {}\n", elsewhere.display())).unwrap();
    }),
    ("settings of the work tree", |folder, trap, has_token| {
        repository(folder, has_token);
        git(folder, &["config", "extensions.worktreeConfig", "true"]);
        trap.set(folder, &["--worktree"]);
    }),
    ("settings in another file", |folder, trap, has_token| {
        repository(folder, has_token);
        trap.set(folder, &["--file", "more"]);
        git(folder, &["config", "include.path", "../more"]);
    }),
    ("objects that are fetched", |folder, trap, has_token| {
        repository(folder, has_token);
        git(folder, &["sparse-checkout", "set", "--cone", "--sparse-index", "a"]);
        lose(folder, "HEAD:b");
        trap.set(folder, &[]);
        git(folder, &["config", "--unset", "core.fsmonitor"]);
        trap.set_promisor(folder);
    }),
];

/// A lab whose relay wants a token, which lies in a folder of its own; what `up` says of it.
struct Keeper {
    stage: Stage,
    folder: PathBuf,
}

impl Keeper {
    fn new() -> Self {
        let mut stage = Stage::new();
        stage.node("echo", "127.0.0.3", "tcp");
        // A git before 2.45 does not know this variable: the others must be enough.
        stage.stand_in("git", "unset GIT_NO_LAZY_FETCH\nPATH=${PATH#*:}\nexec git \"$@\"\n");
        let folder = stage.home().join("keys");
        Self { stage, folder }
    }

    /// An empty folder with the token, and a lab that is compiled for it.
    fn reset(&self, name: &str) {
        let _ = fs::remove_dir_all(&self.folder);
        let token = self.stage.secret(&format!("keys/{name}"), "t0ken");
        // The port of a relay that nobody runs.
        let relay = ["--relay", "127.0.0.1:9", "--secret", token.to_str().unwrap()];
        self.stage.compile("frp", "", &[&["--force"], &relay[..]].concat());
    }
}

fn has_git() -> bool {
    let has = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has {
        skip("git is not installed");
    }
    has
}

#[test]
fn up_starts_no_program_of_a_repository() {
    if !has_git() {
        return;
    }
    let (mut keeper, trap) = (Keeper::new(), Trap::new());
    for (name, form) in FORMS {
        for has_token in [true, false] {
            keeper.reset("token");
            form(&keeper.folder, &trap, has_token);
            // The trap works: git itself starts the program.
            trap.was_sprung();
            let _ = Command::new("git")
                .args(["-c", "safe.bareRepository=all", "ls-files", "--error-unmatch", "--", "token"])
                .current_dir(&keeper.folder)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(trap.was_sprung(), "{name}: the settings start nothing");

            let said = keeper.stage.refusal();
            assert!(!trap.was_sprung(), "{name}: a program was started: {said}");
            let is_tracked = said.contains("the relay token is tracked by Git");
            let is_doubted = said.contains("Git cannot tell whether the relay token is tracked");
            match name {
                // Which of the two depends on when the fetch notices that it may not.
                "objects that are fetched" => assert!(!has_token || is_tracked || is_doubted, "{name}: {said}"),
                "a bare repository beside the token" => assert!(is_doubted, "{name}: {said}"),
                _ => assert_eq!((is_tracked, is_doubted), (has_token, false), "{name}: {said}"),
            }
        }
    }

    // Variables of the caller lead to no other repository.
    keeper.reset("token");
    repository(&keeper.folder, true);
    let other = tempfile::tempdir().unwrap();
    git(other.path(), &["init", "--quiet", "."]);
    let other = other.path().join(".git").display().to_string();
    for (name, value) in
        [("GIT_DIR", other.as_str()), ("GIT_INDEX_FILE", "/dev/null"), ("GIT_CEILING_DIRECTORIES", "/")]
    {
        keeper.stage.variables = vec![(name.to_owned(), value.to_owned())];
        let said = keeper.stage.refusal();
        assert!(said.contains("the relay token is tracked by Git"), "{name}: {said}");
    }
}

#[test]
fn a_token_that_git_cannot_tell_of_is_refused() {
    if !has_git() {
        return;
    }
    let keeper = Keeper::new();
    let doubt = |what: &str| {
        let said = keeper.stage.refusal();
        assert!(said.contains("Git cannot tell whether the relay token is tracked"), "{what}: {said}");
    };
    let passes = |what: &str| {
        let said = keeper.stage.refusal();
        assert!(!said.contains("tracked") && !said.contains("in git"), "{what}: {said}");
    };
    keeper.reset("token");
    passes("in no repository");
    fs::create_dir(keeper.folder.join(".git")).unwrap();
    passes("an empty folder that is called .git");

    // A name is no pattern.
    keeper.reset("*");
    fs::write(keeper.folder.join("token"), "").unwrap();
    repository(&keeper.folder, true);
    passes("a name that fits others as a pattern");

    keeper.reset("token");
    fs::write(keeper.folder.join(".git"), "gitdir: nowhere\n").unwrap();
    doubt("a gitfile that leads nowhere");

    keeper.reset("token");
    repository(&keeper.folder, true);
    git(&keeper.folder, &["config", "core.repositoryformatversion", "99"]);
    doubt("a repository of the future");

    keeper.reset("token");
    repository(&keeper.folder, true);
    // Root's `safe.directory` could name every folder.
    if std::os::unix::fs::chown(keeper.folder.join(".git"), Some(1), Some(1)).is_err() {
        return skip("not root: no folder can be given to somebody else");
    }
    doubt("a repository of somebody else");
}

#[test]
fn plan_starts_no_program_of_a_repository() {
    if !has_git() {
        return;
    }
    let (keeper, trap) = (Keeper::new(), Trap::new());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("l.clab.yml"), "name: l\ntopology: {nodes: {r1: {kind: linux, publish: [tls/1]}}}\n")
        .unwrap();
    repository(folder, false);
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "two"]);
    trap.set(folder, &[]);
    let plan = |revision: &str| {
        let path = format!("{}:{}", keeper.stage.bin().display(), std::env::var("PATH").unwrap());
        Command::new(env!("CARGO_BIN_EXE_publish-plan"))
            .args(["plan", "l.clab.yml", "--no-env", &format!("--against={revision}")])
            .current_dir(folder)
            .env("PATH", path)
            .output()
            .unwrap()
    };
    trap.was_sprung();
    assert!(plan("HEAD").status.success());
    // Names that make git read its index.
    for revision in [":0:l.clab.yml", ":l.clab.yml", "HEAD:l.clab.yml"] {
        assert_eq!(plan(revision).status.code(), Some(2), "{revision}");
    }
    assert!(!trap.was_sprung(), "a program was started");

    lose(folder, "HEAD:l.clab.yml");
    trap.set_promisor(folder);
    let output = plan("HEAD");
    assert!(!trap.was_sprung(), "a program was started: {output:?}");
    // The trap works: git itself starts the program.
    let _ = Command::new("git").args(["cat-file", "-p", "HEAD:l.clab.yml"]).current_dir(folder).output().unwrap();
    assert!(trap.was_sprung(), "the settings start nothing");
}

/// The program and the scripts protect themselves from the same settings.
#[test]
fn the_scripts_have_the_settings_of_the_program() {
    let program = fs::read_to_string(root().join("src/cli/git.rs")).unwrap();
    let script = fs::read_to_string(root().join("src/providers/script/common.sh")).unwrap();
    let strings = |name: &str| {
        let table = program.split(&format!("const {name}: ")).nth(1).unwrap();
        let table = table.split_once('=').unwrap().1.split("];").next().unwrap();
        table.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let (settings, variables) = (strings("SETTINGS"), strings("VARIABLES"));
    assert!(settings.len() > 3 && variables.len() > 6, "{settings:?} {variables:?}");
    for setting in &settings {
        assert!(script.contains(&format!("-c {setting} ")), "{setting}");
    }
    for variable in variables.chunks(2) {
        assert!(script.contains(&format!(" {}={}", variable[0], variable[1])), "{variable:?}");
    }
    let in_script = script.lines().filter_map(|line| line.trim().strip_prefix("unset GIT_"));
    let in_script: Vec<String> =
        in_script.flat_map(|names| format!("GIT_{names}").split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    assert_eq!(in_script, strings("UNSET"));
    if has_git() {
        let local = git(&root(), &["rev-parse", "--local-env-vars"]);
        // The first is set, and the second, of git before 2.40, only names paths in messages.
        let others = ["GIT_NO_REPLACE_OBJECTS", "GIT_INTERNAL_SUPER_PREFIX"];
        let is_known = |name: &str| others.contains(&name) || in_script.iter().any(|known| known == name);
        assert!(local.lines().count() > 10 && local.lines().all(is_known), "{local}");
    }
}

/// What `refs/replace` has in the place of an object, and the variables of the caller, change no comparison.
#[test]
fn plan_compares_with_the_commit_that_was_named() {
    if !has_git() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lab = |publish: &str| {
        let text = format!("name: l\ntopology: {{nodes: {{r1: {{kind: linux, publish: [{publish}]}}}}}}\n");
        fs::write(folder.join("l.clab.yml"), text).unwrap();
    };
    git(folder, &["init", "--quiet", "."]);
    lab("tls/1/a@b.com");
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "one"]);
    lab("tls/1");
    let plan = |variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_publish-plan"))
            .args(["plan", "l.clab.yml", "--no-env", "--against=HEAD", "--fail-on=widened"])
            .current_dir(folder)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let honest = plan(&[]);
    assert_eq!(honest.0, Some(1), "{}", honest.1);

    let wide = git(folder, &["hash-object", "-w", "l.clab.yml"]);
    git(folder, &["replace", "HEAD:l.clab.yml", &wide]);
    assert_eq!(plan(&[]), honest);
    git(folder, &["replace", "-d", &git(folder, &["--no-replace-objects", "rev-parse", "HEAD:l.clab.yml"])]);

    // A repository of the same look that has the wide entry.
    let other = tempfile::tempdir().unwrap();
    fs::copy(folder.join("l.clab.yml"), other.path().join("l.clab.yml")).unwrap();
    git(other.path(), &["init", "--quiet", "."]);
    git(other.path(), &["add", "."]);
    git(other.path(), &["commit", "--quiet", "-m", "one"]);
    let path = |path: &str| other.path().join(path).display().to_string();
    assert_eq!(plan(&[("GIT_DIR", &path(".git"))]), honest);
    assert_eq!(plan(&[("GIT_COMMON_DIR", &path(".git"))]), honest);
    assert_eq!(plan(&[("GIT_OBJECT_DIRECTORY", &path("nowhere"))]), honest);
    let count = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.worktree"), ("GIT_CONFIG_VALUE_0", "/")];
    assert_eq!(plan(&count), honest);
    // As in a hook.
    assert_eq!(plan(&[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index"), ("GIT_PREFIX", "")]), honest);
}
