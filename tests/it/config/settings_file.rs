//! publish-plan.toml: found, read, overruled by flags, and said no to where it is wrong.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::pages::{hold, text};
use crate::support::{git, make_repository, run, run_with, skip, snapshot};

const TOPOLOGY: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/nokia.com]}\n";

/// A repository with a topology two folders deep.
fn repository() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    make_repository(folder.path());
    fs::create_dir_all(folder.path().join("labs/one")).unwrap();
    let path = folder.path().join("labs/one/l.clab.yml");
    fs::write(&path, TOPOLOGY).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn plan(path: &str, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["plan", path, "--format", "json"].iter().chain(arguments).copied().collect();
    let run = run(&all);
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}

#[test]
fn the_nearest_one_up_to_the_root_of_the_repository_holds() {
    let (folder, path) = repository();
    assert_eq!(plan(&path, &[])["provider"], Value::Null);
    fs::write(folder.path().join("publish-plan.toml"), "provider = 'border0'\nacl = 'policies'\n[limits]\ntcp = 7\n")
        .unwrap();
    let root = plan(&path, &[]);
    assert_eq!((root["provider"].as_str(), root["counts"]["tcp"]["limit"].as_u64()), (Some("border0"), Some(7)));
    assert_eq!(root["sockets"][0]["acl"]["policies"][0], "nokia.com");
    assert_eq!(plan(&path, &["--no-config"])["provider"], Value::Null);
    assert_eq!(plan(&path, &["--acl", "identities", "--limit", "tcp=9"])["counts"]["tcp"]["limit"], 9);
    assert_eq!(plan(&path, &["--provider", "mysocketio", "--acl", "identities"])["provider"], "mysocketio");
    fs::write(folder.path().join("labs/publish-plan.toml"), "provider = 'mysocketio'\n").unwrap();
    let nearer = plan(&path, &[]);
    assert_eq!((nearer["provider"].as_str(), nearer["counts"]["tcp"]["limit"].as_u64()), (Some("mysocketio"), Some(5)));
    let given = folder.path().join("publish-plan.toml");
    assert_eq!(plan(&path, &["--config", given.to_str().unwrap()])["provider"], "border0");
    // One that cannot be read does not make way for another.
    std::os::unix::fs::symlink("nowhere", folder.path().join("labs/one/publish-plan.toml")).unwrap();
    let broken = run(&["plan", &path]);
    assert!(broken.exit == Exit::Failed && broken.stderr.contains("cannot read"), "{}", broken.stderr);
    fs::remove_file(folder.path().join("labs/one/publish-plan.toml")).unwrap();
    // Beyond the root of the repository nothing is looked for.
    make_repository(&folder.path().join("labs/one"));
    assert_eq!(plan(&path, &[])["provider"], Value::Null);
}

#[test]
fn each_file_is_checked_with_its_own() {
    let (folder, path) = repository();
    let other = folder.path().join("labs/l2.clab.yml");
    fs::write(&other, TOPOLOGY).unwrap();
    fs::write(folder.path().join("labs/one/publish-plan.toml"), "provider = 'ssh'\n").unwrap();
    let report = run(&["check", &path, other.to_str().unwrap()]);
    assert_eq!(report.exit, Exit::Findings);
    assert_eq!(report.stdout.matches("error[acl-not-enforced]").count(), 1, "{}", report.stdout);
}

#[test]
fn a_wrong_one_ends_the_run_with_its_places() {
    let (folder, path) = repository();
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "provdier = 'ssh'\n[relay]\naddress = 're lay'\nports = 22\n").unwrap();
    for verb in ["check", "plan", "compile", "strip"] {
        let run = run_with(&[verb, &path], "", &[("COLUMNS", "100")]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{verb}");
        let report = run.stderr.replace(&folder.path().display().to_string(), "REPOSITORY");
        snapshot("config", "config__invalid-config", report);
    }
}

/// The schema for editors is made from the settings that are read, and from the names of providers and rules.
#[test]
fn the_schema_has_what_is_read() {
    let schema = serde_json::to_string_pretty(&publish_plan::settings_schema()).unwrap();
    hold("schemas/config.schema.json", &(schema + "\n"));
}

/// The keys of a schema, with their tables, and what each is: in its own words, or in those of its table. The old name of a key
/// is read, but named nowhere else.
fn keys(prefix: &str, table: &Value) -> Vec<(String, String)> {
    let properties = table["properties"].as_object().unwrap();
    let properties = properties.iter().filter(|(_, value)| value["deprecated"] != true);
    let keys = |(key, value): (&String, &Value)| {
        if value.get("properties").is_some() {
            return keys(&format!("{prefix}{key}."), value);
        }
        let description = value.get("description").unwrap_or(&table["description"]);
        vec![(format!("{prefix}{key}"), description.as_str().unwrap().to_owned())]
    };
    properties.flat_map(keys).collect()
}

/// The reference of keys in the book is made from the settings.
#[test]
fn the_book_has_every_key() {
    let page = "docs/src/settings.md";
    let has = text(page);
    let (before, rest) = has.split_once("<!-- settings -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /settings -->").unwrap();
    let rows = keys("", &publish_plan::settings_schema());
    let rows: Vec<String> = rows.iter().map(|(key, sets)| format!("| `{key}` | {sets} |\n")).collect();
    let table = format!("| key | what it sets |\n|---|---|\n{}", rows.concat());
    hold(page, &format!("{before}<!-- settings -->\n{table}<!-- /settings -->{after}"));
}

/// What `init` writes says nothing, and its examples are values of every key.
#[test]
fn the_template_has_every_key() {
    let (folder, path) = repository();
    let config = folder.path().join("publish-plan.toml");
    assert_eq!(run(&["init", folder.path().to_str().unwrap()]).exit, Exit::Clean);
    let shown = || {
        let run = run(&["check", "--show-settings", &path]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        run.stdout
    };
    assert!(!shown().contains("publish-plan.toml"), "{}", shown());
    let text = fs::read_to_string(&config).unwrap();
    let is_setting =
        |line: &&str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_setting).collect();
    fs::write(&config, lines.join("\n")).unwrap();
    let shown = shown();
    // Of the providers that can have settings of their own, the example names one.
    let all = keys("", &publish_plan::settings_schema()).into_iter();
    for (key, _) in all.filter(|(key, _)| !key.starts_with("providers.") || key == "providers.ssh") {
        let is_it = |line: &&str| line.starts_with(&format!("{key} = ")) || line.starts_with(&format!("{key}."));
        let line = shown.lines().find(is_it).unwrap_or_else(|| panic!("{key}: {shown}"));
        assert!(line.ends_with("publish-plan.toml"), "{line}");
    }
}

#[test]
fn it_says_how_bad_rules_are_and_flags_win() {
    let (folder, path) = repository();
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: nokia_srlinux, publish: [tcp/22, tls/ab]}\n")
        .unwrap();
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "[rules]\nopen-to-anyone = 'error'\nmalformed-entry = 'ignore'\n").unwrap();
    let configured = run(&["check", &path]);
    assert_eq!(crate::support::rules(&configured.stdout), ["open-to-anyone"]);
    assert!(configured.stdout.contains("error[open-to-anyone]"), "{}", configured.stdout);
    assert!(configured.stdout.contains("; 1 ignored\n"), "{}", configured.stdout);
    let flags = run(&["check", &path, "--ignore", "open-to-anyone", "--warn", "malformed-entry"]);
    assert!(flags.stdout.starts_with("warning[malformed-entry]"), "{}", flags.stdout);
    // How bad it says a warning is does not make `compile` stop, nor say so.
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: nokia_srlinux, publish: [tcp/22]}\n").unwrap();
    let compiled = run(&["compile", &path, "--provider", "mysocketio"]);
    assert!(
        compiled.exit == Exit::Clean && compiled.stderr.contains("\nwarning[open-to-anyone]"),
        "{}",
        compiled.stderr
    );
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: nokia_srlinux, publish: [tcp/22, tls/ab]}\n")
        .unwrap();
    // Selecting is a flag too.
    let selected = run(&["check", &path, "--select", "malformed-entry"]);
    assert_eq!(crate::support::rules(&selected.stdout), ["malformed-entry"]);
    // What it ignores stops `compile` all the same.
    let compiled = run(&["compile", &path, "--provider", "mysocketio"]);
    assert_eq!(compiled.exit, Exit::Findings);
    assert!(compiled.stderr.contains("error[malformed-entry]"), "{}", compiled.stderr);
}

#[test]
fn it_leaves_out_what_is_found_and_not_what_is_named() {
    let (folder, path) = repository();
    fs::write(folder.path().join("labs/two.clab.yml"), TOPOLOGY).unwrap();
    fs::write(folder.path().join("publish-plan.toml"), "exclude = ['labs/one/']\n").unwrap();
    let last = |arguments: &[&str]| run(&[&["check"], arguments].concat()).stdout.lines().last().unwrap().to_owned();
    let labs = folder.path().join("labs");
    assert!(
        last(&[labs.to_str().unwrap()]).ends_with("in 1 file, 1 socket; 1 file excluded"),
        "{}",
        last(&[labs.to_str().unwrap()])
    );
    // Nothing left is not silence.
    let one = folder.path().join("labs/one");
    assert_eq!(last(&[one.to_str().unwrap()]), "no problems found in 0 files, 0 sockets; 1 file excluded");
    assert!(last(&[&path]).ends_with("in 1 file, 1 socket"));
    assert!(last(&["--no-config", labs.to_str().unwrap()]).ends_with("in 2 files, 2 sockets"));
    // Unless it is pre-commit that names it.
    assert!(last(&["--force-exclude", &path]).ends_with("1 file excluded"));
    fs::write(folder.path().join("publish-plan.toml"), "exclude = ['[a']\n").unwrap();
    let broken = run(&["check", &path]);
    assert_eq!(broken.exit, Exit::Failed);
    assert!(broken.stderr.contains("invalid `exclude` patterns"), "{}", broken.stderr);
}

#[test]
fn its_topologies_can_share_an_account() {
    let (folder, path) = repository();
    let other = folder.path().join("labs/two.clab.yml");
    let topology = |ports: &str| {
        format!("name: l\ntopology:\n  nodes:\n    {ports}: {{kind: linux, publish: [tcp/1, tcp/2, tcp/3]}}\n")
    };
    fs::write(&path, topology("a")).unwrap();
    fs::write(&other, topology("b")).unwrap();
    let check = || run(&["check", &path, other.to_str().unwrap()]);
    assert_eq!(check().exit, Exit::Clean);
    fs::write(folder.path().join("publish-plan.toml"), "one-account = true\n").unwrap();
    assert_eq!(crate::support::rules(&check().stdout), ["too-many-sockets"]);
    // One file does not silence what is about all of them.
    fs::write(&path, format!("# publish-plan: ignore-file[too-many-sockets] x\n{}", topology("a"))).unwrap();
    assert!(crate::support::rules(&check().stdout).contains(&"too-many-sockets".to_owned()));
    fs::write(&path, topology("a")).unwrap();
    // The topologies of another configuration have an account of their own.
    fs::write(folder.path().join("labs/one/publish-plan.toml"), "one-account = true\n").unwrap();
    assert_eq!(check().exit, Exit::Clean);
}

#[test]
fn it_asks_for_reasons() {
    let (folder, path) = repository();
    let topology = |reason: &str| {
        format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: nokia_srlinux, publish: [tcp/22]}} # publish-plan: ignore[open-to-anyone]{reason}\n"
        )
    };
    fs::write(folder.path().join("publish-plan.toml"), "require-ignore-reason = true\n").unwrap();
    fs::write(&path, topology("")).unwrap();
    assert_eq!(crate::support::rules(&run(&["check", &path]).stdout), ["ignore-without-reason"]);
    assert_eq!(crate::support::rules(&run(&["check", &path, "--no-config"]).stdout), Vec::<String>::new());
    fs::write(&path, topology(" a fair")).unwrap();
    assert_eq!(crate::support::rules(&run(&["check", &path]).stdout), Vec::<String>::new());
}

#[test]
fn init_writes_one_and_never_over_another() {
    let (folder, path) = repository();
    let there = folder.path().to_str().unwrap();
    assert_eq!(run(&["init", there]).exit, Exit::Clean);
    assert_eq!(plan(&path, &[])["provider"], Value::Null);
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "provider = 'ssh'\n").unwrap();
    let again = run(&["init", there]);
    assert_eq!(again.exit, Exit::Failed);
    assert!(again.stderr.contains("cannot write"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&config).unwrap(), "provider = 'ssh'\n");
}

/// A pin is where its socket is reached, or an error: never another port.
#[test]
fn a_pinned_port_is_the_sockets_or_refused() {
    let (folder, path) = repository();
    fs::write(
        &path,
        "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/a@b.com, tls/23/a@b.com]}\n",
    )
    .unwrap();
    let with = |provider: &str, pins: &str| {
        let text = format!("provider = '{provider}'\n[relay]\nports = '3000-3009'\n[relay.pins]\n{pins}");
        fs::write(folder.path().join("publish-plan.toml"), text).unwrap();
        run(&["check", &path])
    };
    let ports = || {
        let plan = plan(&path, &[]);
        let sockets = plan["sockets"].as_array().unwrap().iter();
        sockets.map(|socket| socket["relay_port"].clone()).collect::<Vec<_>>()
    };
    let usable = with("tailscale", "clab-l-r1-tls-22 = 3007\nclab-other-r1-tls-22 = 3001\n");
    assert_eq!(crate::support::rules(&usable.stdout), Vec::<String>::new());
    let planned = ports();
    assert!(planned[0] == 3007 && planned[1] != 3007 && planned[1] != 3001, "{planned:?}");
    let outside = with("tailscale", "clab-l-r1-tls-22 = 4000\n");
    assert_eq!(crate::support::rules(&outside.stdout), ["relay-pin-not-usable"]);
    assert!(outside.stdout.contains("expected one of 3000-3009, found 4000 in `[relay.pins]`"), "{}", outside.stdout);
    assert_eq!(ports()[0], Value::Null);
    assert_eq!(run(&["compile", &path]).exit, Exit::Findings);
    // Ports of the provider's own, and one too few of them for what is pinned elsewhere.
    let text = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22, tls/23]}\n";
    fs::write(&path, text).unwrap();
    let funnel = with("tailscale-funnel", "clab-l-r1-tls-22 = 3001\n");
    assert!(funnel.stdout.contains("expected one of 443, 8443, 10000, found 3001"), "{}", funnel.stdout);
    let others = with("tailscale-funnel", "clab-l-r9-tls-22 = 443\nclab-l-r8-tls-22 = 8443\n");
    assert!(crate::support::rules(&others.stdout).contains(&"relay-ports-used-up".to_owned()), "{}", others.stdout);
    // Where no port is the socket's own, a pin is about another provider.
    let ngrok = with("ngrok", "clab-l-r1-tls-22 = 3001\n");
    assert!(!ngrok.stdout.contains("relay-pin"), "{}", ngrok.stdout);
}

/// What is shown can be written into a publish-plan.toml, and says who said it.
#[test]
fn settings_are_shown_with_their_sources() {
    let (folder, path) = repository();
    let config = folder.path().join("publish-plan.toml");
    fs::write(
        &config,
        "provider = 'ssh'\n[limits]\ntcp = 7\n[relay.pins]\nclab-l-r1-tcp-22 = 20022\n[rules]\nempty-acl = 'warning'\nopen-to-anyone = 'error'\n",
    )
    .unwrap();
    let shown = run(&["check", "--show-settings", &path, "--limit", "http=3", "--ignore", "empty-acl"]);
    assert_eq!(shown.exit, Exit::Clean);
    let line = |key: &str| shown.stdout.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    let file = config.display().to_string();
    for (key, value, source) in [
        ("provider", "\"ssh\"", file.as_str()),
        ("limits.tcp", "7", &file),
        ("limits.http", "3", "--limit"),
        ("rules.empty-acl", "\"ignore\"", "--ignore"),
        ("rules.open-to-anyone", "\"error\"", &file),
        ("relay.ports", "\"20000-29999\"", "default"),
        ("relay.pins.\"clab-l-r1-tcp-22\"", "20022", &file),
    ] {
        let line = line(key);
        assert!(line.starts_with(&format!("{key} = {value} ")) && line.ends_with(&format!("# {source}")), "{line}");
    }
    assert!(shown.stdout.contains("# acl "), "{}", shown.stdout);
    let copied = folder.path().join("labs/publish-plan.toml");
    fs::write(&copied, &shown.stdout).unwrap();
    let again = run(&["check", "--show-settings", &path]);
    assert_eq!(again.exit, Exit::Clean, "{}", again.stderr);
    assert!(again.stdout.contains("limits.http = 3"), "{}", again.stdout);
}

/// What is named `.git` makes a repository only if git would take it for one.
#[test]
fn only_the_root_of_a_real_repository_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (top, labs) = (folder.path(), folder.path().join("work/labs"));
    fs::create_dir_all(&labs).unwrap();
    let path = labs.join("l.clab.yml");
    fs::write(&path, TOPOLOGY).unwrap();
    fs::write(top.join("publish-plan.toml"), "provider = 'border0'\nacl = 'policies'\n").unwrap();
    let applies = || plan(path.to_str().unwrap(), &[])["provider"] == "border0";
    let dot_git = top.join(".git");
    // What git says itself is the measure.
    let holds = |what: &str, expected: bool| {
        let inside =
            std::process::Command::new("git").args(["rev-parse", "--show-toplevel"]).current_dir(&labs).output();
        if let Ok(output) = inside {
            let seen = String::from_utf8_lossy(&output.stdout).trim() == top.canonicalize().unwrap().to_str().unwrap();
            assert_eq!(seen, expected, "{what}: git itself: {}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(applies(), expected, "{what}");
    };
    holds("no repository", false);
    fs::create_dir(&dot_git).unwrap();
    holds("an empty folder", false);
    fs::write(dot_git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    holds("HEAD alone", false);
    fs::create_dir(dot_git.join("objects")).unwrap();
    holds("no refs", false);
    fs::create_dir(dot_git.join("refs")).unwrap();
    holds("a repository", true);
    for (head, expected) in [
        ("hello\n", false),
        ("", false),
        ("ref: elsewhere\n", false),
        ("0123456789012345678901234567890123456789\n", true),
        ("ref:refs/heads/x\n", true),
    ] {
        fs::write(dot_git.join("HEAD"), head).unwrap();
        holds(head, expected);
    }
    fs::remove_file(dot_git.join("HEAD")).unwrap();
    std::os::unix::fs::symlink("refs/heads/main", dot_git.join("HEAD")).unwrap();
    holds("HEAD as a link", true);
    // An empty one on the way does not hide the real one.
    fs::create_dir(top.join("work/.git")).unwrap();
    holds("an empty folder below a repository", true);
    fs::remove_dir(top.join("work/.git")).unwrap();

    fs::rename(&dot_git, top.join("elsewhere")).unwrap();
    for (text, expected) in
        [("", false), ("gitdir: nowhere\n", false), ("elsewhere\n", false), ("gitdir: elsewhere\n", true)]
    {
        fs::write(&dot_git, text).unwrap();
        holds(text, expected);
    }
    // A pipe is not waited for.
    fs::remove_file(&dot_git).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&dot_git).status().unwrap().success());
    assert!(!applies());
    fs::remove_file(&dot_git).unwrap();

    // A further work tree, whose objects lie elsewhere.
    let main = tempfile::tempdir().unwrap();
    git(main.path(), &["init", "--quiet", "."]);
    git(main.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    let tree = main.path().join("tree").display().to_string();
    git(main.path(), &["worktree", "add", "--quiet", &tree]);
    fs::rename(main.path().join("tree/.git"), &dot_git).unwrap();
    assert!(applies());
}

/// A lab two folders deep in a real repository with settings, whose files can be given away.
fn shared_lab() -> (tempfile::TempDir, String, std::path::PathBuf) {
    let (folder, path) = repository();
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "[relay]\nknown-hosts = 'theirs'\n").unwrap();
    (folder, path, config)
}

/// Settings of somebody else are neither used nor passed over: the user says which.
#[test]
fn settings_of_somebody_else_are_refused() {
    const OTHER: u32 = 12_345;
    let (folder, path, config) = shared_lab();
    let give = |path: &std::path::Path, owner: u32| std::os::unix::fs::lchown(path, Some(owner), None);
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(&config).unwrap()) != 0 || give(&config, OTHER).is_err() {
        return skip("not root: no file can be given to somebody else");
    }
    give(&config, 0).unwrap();
    let refused = |given: &std::path::Path, file: &std::path::Path| {
        for verb in ["check", "plan", "compile", "strip", "migrate"] {
            let run = run(&[verb, &path]);
            assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{verb} {}", given.display());
            let (file, given) = (file.display(), given.canonicalize().unwrap_or(given.to_owned()));
            let wanted = format!(
                "publish-plan: cannot use `{file}`: `{}` belongs to user {OTHER}, not to you (user 0) or root; read it, then pass it with `--config`, or ignore it with `--no-config`\n",
                given.display()
            );
            assert_eq!(run.stderr, wanted, "{verb}");
        }
        assert_eq!(run(&["plan", &path, "--no-config"]).exit, Exit::Clean);
        assert_eq!(run(&["plan", &path, "--config", file.to_str().unwrap()]).exit, Exit::Clean);
        // Root who was called by sudo acts for who called it, and nobody else is believed.
        let sudo = |id: &str| run_with(&["plan", &path], "", &[("SUDO_UID", id)]).exit;
        assert_eq!(
            (sudo(&OTHER.to_string()), sudo("12346"), sudo("x"), sudo("-1")),
            (Exit::Clean, Exit::Failed, Exit::Failed, Exit::Failed)
        );
    };
    let each = |given: &std::path::Path, file: &std::path::Path| {
        give(given, OTHER).unwrap();
        refused(given, file);
        give(given, 0).unwrap();
        assert_eq!(run(&["plan", &path]).exit, Exit::Clean);
    };
    each(&config, &config);
    each(folder.path(), &config);
    each(&folder.path().join(".git"), &config);
    // The topology's own folder.
    let labs = folder.path().join("labs/one");
    let own = labs.join("publish-plan.toml");
    fs::write(&own, "").unwrap();
    each(&own, &own);
    each(&labs, &own);
    // What a link leads to, the folder of that, and the link itself.
    fs::remove_file(&own).unwrap();
    let beside = folder.path().join("beside");
    fs::create_dir(&beside).unwrap();
    let target = beside.join("settings");
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &own).unwrap();
    each(&target, &own);
    each(&beside, &own);
    give(&own, OTHER).unwrap();
    let run_of_link = run(&["plan", &path]);
    assert!(
        run_of_link.stderr.contains(&format!("`{}` belongs to user {OTHER}", own.display())),
        "{}",
        run_of_link.stderr
    );
    fs::remove_file(&own).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    // Settings that lie next to an old topology are those of whoever wrote them too.
    let old = elsewhere.path().join("old.clab.yml");
    fs::write(&old, TOPOLOGY).unwrap();
    fs::write(elsewhere.path().join("publish-plan.toml"), "").unwrap();
    give(&elsewhere.path().join("publish-plan.toml"), OTHER).unwrap();
    let against = run(&["plan", &path, "--against", old.to_str().unwrap()]);
    assert!(against.exit == Exit::Failed && against.stderr.contains("belongs to user 12345"), "{}", against.stderr);
}

/// Messages quote a settings file: a link that somebody committed would have shown a secret of the user's.
#[test]
fn settings_outside_of_the_repository_are_not_read() {
    let (folder, path) = repository();
    let lone = tempfile::tempdir().unwrap();
    let lone_path = lone.path().join("l.clab.yml");
    fs::write(&lone_path, TOPOLOGY).unwrap();
    let lone_path = lone_path.to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "t0ken = 'unheard-of'\n").unwrap();
    fs::write(folder.path().join(".git/config"), "t0ken = 'unheard-of'\n").unwrap();
    let own = folder.path().join("labs/one/publish-plan.toml");
    let refused = |topology: &str, link: &std::path::Path, target: &std::path::Path, root: &std::path::Path| {
        std::os::unix::fs::symlink(target, link).unwrap();
        let target = target.canonicalize().unwrap();
        let wanted = format!(
            "publish-plan: cannot use `{}`: it is a symbolic link to `{}`, which is hidden or outside of `{}`; read that file, then pass it with `--config`, or ignore it with `--no-config`\n",
            link.display(),
            target.display(),
            root.display()
        );
        for verb in ["check", "plan", "compile", "strip", "migrate"] {
            let run = run(&[verb, topology]);
            assert_eq!((run.exit, run.stdout.as_str(), run.stderr), (Exit::Failed, "", wanted.clone()), "{verb}");
        }
        assert_eq!(run(&["plan", topology, "--no-config"]).exit, Exit::Clean);
        fs::remove_file(link).unwrap();
    };
    refused(&path, &own, &secret, folder.path());
    refused(&path, &own, std::path::Path::new("/dev/zero"), folder.path());
    refused(&path, &folder.path().join("publish-plan.toml"), &secret, folder.path());
    refused(&path, &own, &folder.path().join(".git/config"), folder.path());
    let lone_link = lone.path().join("publish-plan.toml");
    refused(lone_path, &lone_link, &secret, lone.path());
    refused(lone_path, &lone_link, &folder.path().join("labs/one/l.clab.yml"), lone.path());

    // A link to another file of the repository is followed, and so is one that the user names.
    let shared = folder.path().join("shared.toml");
    fs::write(&shared, "provider = 'border0'\n").unwrap();
    std::os::unix::fs::symlink("../../shared.toml", &own).unwrap();
    assert_eq!(plan(&path, &[])["provider"], "border0");
    std::os::unix::fs::symlink(&shared, &lone_link).unwrap();
    assert_eq!(plan(lone_path, &["--config", lone_link.to_str().unwrap()])["provider"], "border0");
    // The way to the repository may lead through links of the user's.
    let way = elsewhere.path().join("way");
    std::os::unix::fs::symlink(folder.path(), &way).unwrap();
    assert_eq!(plan(way.join("labs/one/l.clab.yml").to_str().unwrap(), &[])["provider"], "border0");
}

/// Somebody else than root trusts root's files, and those of nobody else.
#[test]
fn root_is_trusted_and_a_stranger_is_not() {
    let (folder, path, config) = shared_lab();
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(&config).unwrap()) != 0 {
        return skip("not root: the program cannot be run as somebody else");
    }
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let program = folder.path().join("program");
    // By another process: a program that this one has open for writing, or a child that a test just began, cannot be run.
    let copied = std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_publish-plan")).arg(&program).status();
    assert!(copied.unwrap().success());
    let plan = |owner: u32| {
        std::os::unix::fs::chown(&config, Some(owner), None).unwrap();
        let mut command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--clear-groups", "--"]).arg(&program).args(["plan", &path]);
        // Nobody but root is believed to come from sudo.
        let output = command.env("SUDO_UID", "12345").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (owner, code) in [(0, 0), (65_534, 0), (12_345, 2)] {
        let (seen, said) = plan(owner);
        assert_eq!(seen, Some(code), "{said}");
        assert!(code == 0 || said.contains("belongs to user 12345, not to you (user 65534) or root"), "{said}");
    }
}

/// `plan` and `compile` name the settings that they used, and nothing where there are none.
#[test]
fn the_settings_that_were_used_are_named() {
    let (folder, path) = repository();
    // Notes are about something else.
    let without_notes =
        |text: &str| -> String { text.split_inclusive('\n').filter(|line| !line.starts_with("note: ")).collect() };
    let stderr = |arguments: &[&str]| without_notes(&run(arguments).stderr);
    let compile = ["compile", &path, "--provider", "mysocketio", "--check"];
    for arguments in [&["plan", path.as_str()][..], &compile] {
        assert!(!stderr(arguments).contains("settings"), "{}", stderr(arguments));
    }
    let config = folder.path().join("publish-plan.toml");
    fs::write(&config, "").unwrap();
    let line = format!("settings: {}\n", config.display());
    for arguments in [&["plan", path.as_str()][..], &compile] {
        assert!(stderr(arguments).starts_with(&line), "{}", stderr(arguments));
        assert!(!stderr(&[arguments, &["--no-config"]].concat()).contains("settings"));
    }
    let other = folder.path().join("other.toml");
    fs::write(&other, "").unwrap();
    let given = stderr(&["plan", &path, "--config", other.to_str().unwrap()]);
    assert_eq!(given, format!("settings: {}\n", other.display()));
    // From the folder that the program runs in, and the other side of a comparison.
    git(folder.path(), &["init", "--quiet", "."]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "one"]);
    let said = |folder: &std::path::Path, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_publish-plan"));
        let output = command.args(arguments).current_dir(folder).output().unwrap();
        without_notes(std::str::from_utf8(&output.stderr).unwrap())
    };
    let plan = ["plan", "labs/one/l.clab.yml", "--against", "HEAD"];
    assert_eq!(said(folder.path(), &plan), "settings: publish-plan.toml\nsettings of HEAD: publish-plan.toml\n");
    fs::rename(&config, folder.path().join("labs/one/publish-plan.toml")).unwrap();
    assert_eq!(said(&folder.path().join("labs/one"), &["plan", "l.clab.yml"]), "settings: publish-plan.toml\n");
    assert_eq!(said(folder.path(), &plan[..2]), "settings: labs/one/publish-plan.toml\n");
}
