//! `plan --against`: what changed between two plans, and for whom.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;

use crate::support::{Run, root, run};

/// A topology with these lists on r1 and r2.
fn lab(r1: &str, r2: &str) -> String {
    format!(
        "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{r1}]}}\n    r2: {{kind: linux, publish: [{r2}]}}\n"
    )
}

/// The plan of `new` against that of `old`.
fn against(folder: &Path, old: &str, new: &str, arguments: &[&str]) -> Run {
    let (before, after) = (folder.join("before.yml"), folder.join("after.yml"));
    fs::write(&before, old).unwrap();
    fs::write(&after, new).unwrap();
    let fixed = ["plan", after.to_str().unwrap(), "--against", before.to_str().unwrap(), "--no-env"];
    run(&[&fixed[..], arguments].concat())
}

fn compared(folder: &Path, old: &str, new: &str, arguments: &[&str]) -> Value {
    let run = against(folder, old, new, &[&["--no-config", "--format", "json"], arguments].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// What someone types, and what they see.
#[test]
fn a_table_says_what_changed_for_whom() {
    let folder = tempfile::tempdir().unwrap();
    let old = lab("tls/22/a@b.com, tls/57400/b.com, http/80", "tcp/5");
    let new = lab("tls/22/b.com, tls/57400/x@b.com", "tcp/5, 'tls/6/a@b.com,b.com'");
    let table = against(folder.path(), &old, &new, &["--no-config"]);
    let rows: Vec<String> =
        table.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        rows,
        [
            "CHANGE NODE PORT TYPE BEFORE AFTER",
            "widened r1 22 tls a@b.com anyone @b.com",
            "narrowed r1 57400 tls anyone @b.com x@b.com",
            "newly reachable r2 6 tls – a@b.com and anyone @b.com",
            "no longer reachable r1 80 http anyone on the Internet –",
            &format!(
                "compared with {}: 1 newly reachable, 1 widened, 1 no longer reachable, 1 narrowed, 1 unchanged",
                folder.path().join("before.yml").display()
            ),
        ]
    );
    assert_eq!(table.exit, Exit::Clean);
    // A pull request reads the worst first, and no word of a topology is markup.
    let document = against(folder.path(), &old, &new, &["--no-config", "--format", "markdown"]).stdout;
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(rows[2], "| **newly reachable** | r2 | 6 | tls | – | a&#64;b.com and anyone &#64;b.com |");
    assert!(rows[3].starts_with("| **widened** |"), "{document}");
    let same = against(folder.path(), &old, &old, &["--no-config"]);
    assert!(same.stdout.ends_with(": 4 unchanged\n") && same.stdout.lines().count() == 1, "{}", same.stdout);
}

#[test]
fn failing_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let exits = |old: &str, new: &str| {
        ["widened", "new", "any"].map(|what| {
            let run = against(folder.path(), &lab(old, ""), &lab(new, ""), &["--no-config", "--fail-on", what]);
            run.exit == Exit::Findings
        })
    };
    assert_eq!(exits("tls/1/a@b.com", "tls/1/a@b.com"), [false, false, false]);
    assert_eq!(exits("tls/1/b.com", "tls/1/a@b.com"), [false, false, true]);
    assert_eq!(exits("tls/1/a@b.com", ""), [false, false, true]);
    assert_eq!(exits("tls/1/a@b.com", "tls/1/b.com"), [true, false, true]);
    assert_eq!(exits("", "tls/1/a@b.com"), [true, true, true]);
    // An entry in error is not published: mended, it is new. An error in the new plan is one.
    assert_eq!(exits("tls/ab", "tls/1/a@b.com"), [true, true, true]);
    assert_eq!(exits("tls/1", "tls/ab"), [true, true, true]);
    assert_eq!(run(&["plan", "x.yml", "--fail-on", "new"]).exit, Exit::Failed);
}

#[test]
fn the_way_to_a_socket_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = |old: &str, new: &str, arguments: &[&str]| -> Vec<String> {
        let json = compared(folder.path(), old, new, arguments);
        json["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
    };
    let one = lab("tls/1", "");
    // Another lab's name is another container's, whatever its port and its socket are called then.
    assert_eq!(kinds(&one, &one.replace("name: l", "name: m"), &["--provider", "ssh"]), ["leads-elsewhere"]);
    assert_eq!(kinds(&one, &one.replace("name: l", "name: m"), &[]), ["leads-elsewhere"]);
    // Where nobody gets in, nobody gets elsewhere.
    let (open, shut) = (lab("tls/1/ops", ""), lab("tls/1", "").replace("name: l", "name: m"));
    assert_eq!(kinds(&open, &shut, &["--provider", "border0"]), ["no-longer-reachable"]);
    assert_eq!(kinds(&lab("tls/1", ""), &shut, &["--provider", "border0"]), ["moved"]);
    assert_eq!(kinds(&one, &lab("http/1", ""), &[]), ["retyped"]);
    assert_eq!(kinds(&one, &lab("http/1/a@b.com", ""), &[]), ["narrowed"]);
    // Of two on a port, those of one type are one.
    let two = lab("'http/80/a@b.com', 'tls/80/c@d.com'", "");
    assert_eq!(kinds(&two, &lab("'tls/80/c@d.com'", ""), &[]), ["no-longer-reachable"]);
    assert_eq!(kinds(&lab("'tls/80/c@d.com'", ""), &two, &[]), ["newly-reachable"]);
    // The tunnel node decides the provider, and with it who is meant: nobody can be sure of a policy of another one.
    let border0 = format!("{}    t: {{kind: border0}}\n", lab("tls/1/ops", ""));
    let json = compared(folder.path(), &lab("tls/1/a@b.com", ""), &border0, &[]);
    assert_eq!((&json["before"]["provider"], &json["after"]["provider"]), (&Value::Null, &Value::from("border0")));
    assert_eq!(json["changes"][0]["kind"], "widened");
    assert_eq!(json["changes"][0]["gained"], "holders of policy ops");
    let told = against(folder.path(), &lab("tls/1/a@b.com", ""), &border0, &["--no-config"]);
    assert!(told.stdout.contains("\nprovider set to border0\n"), "{}", told.stdout);
    // Another relay is told, and what could not be compared.
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    for (side, address) in [(&old, "t@inner.example.net"), (&new, "t@outer.example.net")] {
        fs::create_dir(side).unwrap();
        fs::write(side.join("l.yml"), &one).unwrap();
        fs::write(side.join("publish-plan.toml"), format!("provider = 'ssh'\n[relay]\naddress = '{address}'\n"))
            .unwrap();
    }
    let (old, new) = (old.join("l.yml"), new.join("l.yml"));
    let told = run(&["plan", new.to_str().unwrap(), "--against", old.to_str().unwrap(), "--fail-on", "widened"]);
    assert_eq!(told.exit, Exit::Findings);
    assert!(
        told.stdout.starts_with("relay.address changed: t@inner.example.net → t@outer.example.net\n"),
        "{}",
        told.stdout
    );
    // But not where the provider has no use for one.
    let flags = ["--provider", "border0", "--fail-on", "any"];
    let without = run(&[&["plan", new.to_str().unwrap(), "--against", old.to_str().unwrap()], &flags[..]].concat());
    assert_eq!(without.exit, Exit::Clean, "{}{}", without.stdout, without.stderr);
    let diagnostic = against(folder.path(), &one, &lab("tls/1/", ""), &["--no-config", "--format", "markdown"]);
    assert!(
        diagnostic.stdout.contains("- \\`compile\\` stops at 1 finding in the new topology"),
        "{}",
        diagnostic.stdout
    );
    for other in ["", "hello: 1\n", "just text\n"] {
        let failed = against(folder.path(), other, &one, &["--no-config"]);
        assert!(
            failed.exit == Exit::Failed || failed.stderr.contains("everything is new"),
            "{other}: {}",
            failed.stderr
        );
    }
    let same = against(folder.path(), &border0, &border0, &["--no-config", "--fail-on", "any"]);
    assert_eq!(same.exit, Exit::Clean);
}

/// A folder that a stranger made look like a repository, whose settings name a program: git is not to start it.
#[test]
fn no_program_of_the_repository_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| crate::support::git(folder.path(), arguments);
    git(&["init", "--quiet", "."]);
    let trap = folder.path().join("trap");
    for part in ["objects", "refs"] {
        fs::create_dir_all(trap.join(part)).unwrap();
        fs::write(trap.join(part).join("keep"), "").unwrap();
    }
    let started = folder.path().join("started");
    let program = format!("touch '{}'; git-upload-pack", started.display());
    fs::write(trap.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(
        trap.join("config"),
        format!("[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = {}\n\tpromisor = true\n\tuploadpack = \"{program}\"\n", folder.path().display()),
    )
    .unwrap();
    let path = trap.join("l.clab.yml");
    fs::write(&path, lab("tls/1/ops", "")).unwrap();
    for revision in ["HEAD", "0123456789012345678901234567890123456789"] {
        let compared = run(&["plan", path.to_str().unwrap(), "--no-env", "--against", revision]);
        assert_eq!(compared.exit, Exit::Failed, "{}", compared.stdout);
    }
    assert!(!started.exists(), "a program that the folder's settings name was started");
}

/// The real git, and the settings of the revision.
#[test]
fn a_revision_is_read_through_git() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| crate::support::git(folder.path(), arguments);
    let labs = folder.path().join("a/labs");
    fs::create_dir_all(&labs).unwrap();
    let (path, toml) = (labs.join("l.clab.yml"), folder.path().join("a/publish-plan.toml"));
    fs::write(&path, lab("tls/1/ops", "")).unwrap();
    fs::write(&toml, "provider = \"border0\"\nacl = \"policies\"\n").unwrap();
    git(&["init", "--quiet", "."]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "one"]);
    git(&["tag", "v1"]);
    let plan =
        |revision: &str| run(&["plan", path.to_str().unwrap(), "--no-env", "--against", revision, "--format", "json"]);
    let kinds = |revision: &str| -> Vec<String> {
        let json: Value = serde_json::from_str(&plan(revision).stdout).unwrap();
        json["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds("HEAD"), [""; 0]);
    fs::write(&path, lab("'tls/1/ops,b.com'", "")).unwrap();
    fs::write(&toml, "provider = \"border0\"\n").unwrap();
    assert_eq!(kinds("v1"), ["widened"]);
    // The settings were those of that time: then `b.com` was a policy.
    git(&["commit", "--quiet", "-am", "two"]);
    fs::write(&toml, "provider = \"border0\"\nacl = \"policies\"\n").unwrap();
    assert_eq!(kinds("HEAD"), ["widened"]);
    assert_eq!(kinds("HEAD~1"), ["widened"]);

    // Values of an environment file are those of that time too; a link is followed as on disk.
    let (linked, env) = (labs.join("linked.clab.yml"), labs.join("lab.env"));
    fs::write(labs.join("real.yml"), lab("'tls/3/${WHO}'", "")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("real.yml", &linked).unwrap();
    #[cfg(not(unix))]
    fs::copy(labs.join("real.yml"), &linked).unwrap();
    fs::write(&env, "WHO=a@b.com\n").unwrap();
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "three"]);
    fs::write(&env, "WHO=b.com\n").unwrap();
    let flags =
        ["--no-env", "--no-config", "--env-file", env.to_str().unwrap(), "--against", "HEAD", "--format", "json"];
    let json: Value =
        serde_json::from_str(&run(&[&["plan", linked.to_str().unwrap()], &flags[..]].concat()).stdout).unwrap();
    assert_eq!(json["changes"][0]["kind"], "widened", "{json}");

    // What a shell hands over as a file, `<(…)`, is one.
    #[cfg(unix)]
    {
        let pipe = labs.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = (pipe.clone(), lab("tls/1/ops", ""));
        let writer = std::thread::spawn(move || fs::write(writer.0, writer.1).unwrap());
        let compared = run(&["plan", path.to_str().unwrap(), "--no-config", "--against", pipe.to_str().unwrap()]);
        // First, for nobody reads what a refused pipe is given.
        assert!(compared.stdout.contains("compared with "), "{}{}", compared.stdout, compared.stderr);
        writer.join().unwrap();
    }

    // A file must not pass for the branch of its name.
    git(&["branch", "main-line"]);
    let here = std::path::absolute("main-line").unwrap();
    fs::write(&here, lab("tls/1/ops", "")).unwrap();
    let ambiguous = run(&["plan", path.to_str().unwrap(), "--against", "main-line"]);
    let as_file = run(&["plan", path.to_str().unwrap(), "--against", "./main-line"]);
    fs::remove_file(&here).unwrap();
    assert_eq!(ambiguous.exit, Exit::Failed);
    assert!(ambiguous.stderr.contains("is both a file and a Git revision"), "{}", ambiguous.stderr);
    assert_eq!(as_file.exit, Exit::Clean, "{}", as_file.stderr);

    let new = labs.join("new.clab.yml");
    fs::write(&new, lab("tls/2/ops", "")).unwrap();
    let run_new = run(&["plan", new.to_str().unwrap(), "--against", "HEAD", "--fail-on", "new"]);
    assert_eq!(run_new.exit, Exit::Findings);
    assert!(run_new.stderr.contains("did not exist in HEAD, so everything is new"), "{}", run_new.stderr);
    for unknown in ["no-such-revision", "HEAD~99", "--all", "-n1", "HEAD:a", "^HEAD", "HEAD..v1"] {
        let run = run(&["plan", path.to_str().unwrap(), &format!("--against={unknown}")]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{unknown}: {}", run.stderr);
    }
}

/// People, some of whom no acl names.
const PEOPLE: [&str; 6] = ["a@x.com", "b@x.com", "c@x.com", "a@y.com", "c@y.com", "z@z.com"];
const POLICIES: [&str; 2] = ["P", "Q"];

/// Whether someone with some policies gets into a socket of a plan.
fn gets_in(socket: &Value, person: &str, policies: usize, opens_without_acl: bool) -> bool {
    let list = |kind: &str| {
        socket["acl"][kind].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (emails, domains, named) = (list("emails"), list("domains"), list("policies"));
    if emails.is_empty() && domains.is_empty() && named.is_empty() {
        return opens_without_acl;
    }
    let holds = |policy: &String| {
        POLICIES.iter().position(|known| known == policy).is_some_and(|index| policies & (1 << index) != 0)
    };
    emails.iter().any(|email| email == person)
        || domains.iter().any(|domain| person.ends_with(&format!("@{domain}")))
        || named.iter().any(holds)
}

/// A side of a comparison: its sockets, and whether a socket without an acl is open.
struct World {
    sockets: Vec<Value>,
    provider: &'static str,
}

impl World {
    fn is_in(&self, wanted: impl Fn(&Value) -> bool, person: &str, policies: usize) -> bool {
        let open = self.provider != "border0";
        self.sockets.iter().filter(|socket| wanted(socket)).any(|socket| gets_in(socket, person, policies, open))
    }
}

/// Whether there may be someone who gets into `into` of one world and not into `other` of the other. Who holds a policy is
/// another matter with each provider.
fn someone(world: &World, into: impl Fn(&Value) -> bool, other_world: &World, other: impl Fn(&Value) -> bool) -> bool {
    let same = world.provider == other_world.provider;
    PEOPLE.iter().any(|person| {
        (0..4).any(|policies| {
            (0..4)
                .filter(|others| !same || *others == policies)
                .any(|others| world.is_in(&into, person, policies) && !other_world.is_in(&other, person, others))
        })
    })
}

#[test]
fn the_verdict_is_that_of_trying_everybody() {
    let who = prop::sample::subsequence(vec!["a@x.com", "b@x.com", "a@y.com", "x.com", "y.com", "P", "Q"], 0..4);
    let entry = (prop::sample::select(vec!["tls", "http"]), 1..3_u16, who).prop_map(|(socket_type, port, who)| {
        let acl = if who.is_empty() { String::new() } else { format!("/{}", who.join(",")) };
        format!("'{socket_type}/{port}{acl}'")
    });
    let list = prop::collection::vec(entry, 0..4).prop_map(|entries| entries.join(", "));
    let side = (list.clone(), list, prop::sample::select(vec!["border0", "border0", "mysocketio"]));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let world = |(r1, r2, provider): &(String, String, &'static str), name: &str| {
        // The tunnel node says the provider, the flag how acls are read.
        let text =
            format!("{}    t: {{kind: {provider}, image: 'i:1', binds: ['t:/root/.mysocketio_token']}}\n", lab(r1, r2));
        let path = folder.join(name);
        fs::write(&path, &text).unwrap();
        let plan = run(&[
            "plan",
            path.to_str().unwrap(),
            "--no-config",
            "--no-env",
            "--acl",
            "identities",
            "--format",
            "json",
        ])
        .stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        (text, World { sockets: plan["sockets"].as_array().unwrap().clone(), provider })
    };
    let mut runner = TestRunner::new(Config { cases: 800, failure_persistence: None, ..Config::default() });
    let seen = Cell::new((0, 0, 0));
    let schema = fs::read_to_string(root().join("schemas/comparison.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    runner
        .run(&(side.clone(), side), |(old, new)| {
            let ((old_text, before), (new_text, after)) = (world(&old, "b.yml"), world(&new, "a.yml"));
            let json = compared(folder, &old_text, &new_text, &["--acl", "identities"]);
            prop_assert!(validator.is_valid(&json), "{json}");
            let changes = json["changes"].as_array().unwrap();
            for node in ["r1", "r2"] {
                for port in 1..3 {
                    let there = |socket: &Value| socket["node"] == node && socket["port"] == port;
                    let of_port: Vec<&Value> = changes.iter().filter(|change| there(change)).collect();
                    let is_told =
                        of_port.iter().any(|change| change["kind"] == "newly-reachable" || change["kind"] == "widened");
                    prop_assert!(
                        is_told || !someone(&after, there, &before, there),
                        "{node} {port}: {json}\n{old_text}{new_text}"
                    );
                }
            }
            for change in changes {
                let of = |side: &str| {
                    let (node, port, socket_type) =
                        (change["node"].clone(), change["port"].clone(), change[side]["type"].clone());
                    move |socket: &Value| {
                        socket["node"] == node && socket["port"] == port && socket["type"] == socket_type
                    }
                };
                let wider_now = someone(&after, of("after"), &before, of("before"));
                let narrower_now = someone(&before, of("before"), &after, of("after"));
                let (mut wider, mut narrower, mut same) = seen.get();
                match change["kind"].as_str().unwrap() {
                    "newly-reachable" | "widened" => {
                        prop_assert!(wider_now, "{change}\n{old_text}{new_text}");
                        wider += 1;
                    }
                    "narrowed" | "no-longer-reachable" => {
                        prop_assert!(narrower_now && !wider_now, "{change}\n{old_text}{new_text}");
                        narrower += 1;
                    }
                    _ => {
                        prop_assert!(!wider_now && !narrower_now, "{change}\n{old_text}{new_text}");
                        same += 1;
                    }
                }
                seen.set((wider, narrower, same));
            }
            Ok(())
        })
        .unwrap();
    let (wider, narrower, same) = seen.get();
    assert!(wider > 200 && narrower > 200 && same > 5, "{wider} wider, {narrower} narrower, {same} the same");
}
