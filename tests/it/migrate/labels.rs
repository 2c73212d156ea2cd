//! `migrate`: entries in labels, tunnel nodes gone, the plan as it was.

use std::cell::Cell;
use std::fs;

use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::YamlLoader;

use crate::migrate::strip::{LISTS, as_json, layouts, without_publish, without_tunnels};
use crate::support::{Run, real_topologies_with, rules, run, run_with};

fn migrate(topology: &str) -> Run {
    run_with(&["migrate", "-", "--no-env", "--no-config"], topology, &[])
}

/// A topology with these lines below a node's name.
fn node(lines: &str) -> String {
    format!("name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n{lines}")
}

/// What someone types, and what they see.
#[test]
fn a_file_is_migrated_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fair.clab.yml");
    let old = "name: fair\ntopology:\n  nodes:\n    r1:\n      kind: nokia_srlinux\n      publish:\n        - tls/57400/ops  # until May\n    b0:\n      kind: border0\n  links:\n    - endpoints: [r1:e1, b0:e1]\n";
    let new = "name: fair\ntopology:\n  nodes:\n    r1:\n      kind: nokia_srlinux\n      labels:\n        publish: tls/57400/ops  # until May\n";
    fs::write(&path, old).unwrap();
    let file = path.to_str().unwrap();

    let diff = run(&["migrate", file, "--diff"]);
    assert_eq!(diff.exit, Exit::Findings);
    assert!(diff.stdout.contains("+        publish: tls/57400/ops  # until May\n"), "{}", diff.stdout);
    assert!(diff.stdout.ends_with("+provider = \"border0\"\n+acl = \"policies\"\n"), "{}", diff.stdout);
    assert_eq!(fs::read_to_string(&path).unwrap(), old);
    assert_eq!(run(&["migrate", file]).stdout, new);

    let done = run(&["migrate", file, "--in-place"]);
    assert_eq!((done.exit, done.stdout.as_str()), (Exit::Clean, ""));
    let said: Vec<&str> = done.stderr.lines().collect();
    assert_eq!(
        said[..2],
        [
            "1 entry moved into labels; 1 tunnel node removed",
            "publish-plan.toml can now set what the tunnel node decided:"
        ]
    );
    assert!(done.stderr.ends_with("+provider = \"border0\"\n+acl = \"policies\"\n"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), new);
    // Offered, not written.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // Once is enough, and `strip` has nothing to take.
    let again = run(&["migrate", file, "--diff"]);
    assert_eq!((again.exit, again.stdout.as_str(), again.stderr.as_str()), (Exit::Clean, "", ""));
    assert_eq!(run(&["strip", file]).stdout, new);
    // With those settings, the plan is the old one.
    fs::write(folder.path().join("publish-plan.toml"), "provider = \"border0\"\nacl = \"policies\"\n").unwrap();
    let plan = run(&["plan", file, "--format", "json"]).stdout;
    assert!(plan.contains("\"holders of policy ops\"") && plan.contains("\"carrier\": \"label\""), "{plan}");
}

/// Without the settings that replace a border0 node, a policy would be a domain, and an entry without people would be for anyone.
#[test]
fn nothing_is_written_that_lets_in_more_people_before_its_settings_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let (path, toml) = (folder.path().join("l.clab.yml"), folder.path().join("publish-plan.toml"));
    let file = path.to_str().unwrap();
    for entries in ["http/80/nokia.com", "http/81", "http/80/nokia.com, http/81"] {
        let old = format!("{}    b0: {{kind: border0}}\n", node(&format!("      publish: [{entries}]\n")));
        fs::write(&path, &old).unwrap();
        let _ = fs::remove_file(&toml);
        let plan = run(&["plan", file, "--format", "json"]).stdout;
        let refused = run(&["migrate", file, "--in-place"]);
        assert_eq!(refused.exit, Exit::Findings);
        let said = "publish-plan.toml must set what the tunnel node decided; otherwise more people are let in after the migration:\n";
        assert!(refused.stderr.starts_with(said), "{}", refused.stderr);
        assert!(refused.stderr.ends_with("nothing was written: set this first, and then run this again\n"));
        assert_eq!(fs::read_to_string(&path).unwrap(), old);
        assert!(run(&["migrate", file]).stderr.contains(said));
        // Another provider refuses the policy, and would let in the domain.
        fs::write(&toml, "provider = \"cloudflared\"\n").unwrap();
        if entries.contains("nokia") {
            assert_eq!(run(&["migrate", file, "--in-place"]).exit, Exit::Findings);
        }
        fs::write(&toml, "provider = \"border0\"\nacl = \"policies\"\n").unwrap();
        let done = run(&["migrate", file, "--in-place"]);
        assert_eq!(done.exit, Exit::Clean, "{}", done.stderr);
        let audiences = |plan: &str| {
            let plan: serde_json::Value = serde_json::from_str(plan).unwrap();
            plan["sockets"].as_array().unwrap().iter().map(|socket| socket["audience"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(audiences(&run(&["plan", file, "--format", "json"]).stdout), audiences(&plan));
    }
}

/// What is set already is not offered; another file is changed at its top.
#[test]
fn only_what_nobody_says_yet_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let toml = folder.path().join("publish-plan.toml");
    fs::write(&path, format!("{}    b0: {{kind: border0}}\n", node("      publish: [tls/1/ops]\n"))).unwrap();
    let said = || run(&["migrate", path.to_str().unwrap()]).stderr;
    fs::write(&toml, "[limits]\ntcp = 9\n").unwrap();
    assert!(said().contains("\n+provider = \"border0\"\n+acl = \"policies\"\n [limits]\n"), "{}", said());
    fs::write(&toml, "provider = \"border0\"\n").unwrap();
    assert!(said().contains("\n+acl = \"policies\"\n provider = \"border0\"\n"), "{}", said());
    fs::write(&toml, "provider = \"border0\"\nacl = \"policies\"\n").unwrap();
    assert_eq!(said(), "1 entry moved into labels; 1 tunnel node removed\n");
}

#[test]
fn labels_stand_where_the_file_would_have_them() {
    for (old, new) in [
        ("      publish: [tcp/22]\n", "      labels:\n        publish: tcp/22\n"),
        ("      publish: ['tcp/22']\n", "      labels:\n        publish: \"tcp/22\"\n"),
        ("      publish:\n      - none\n      image: x\n", "      labels:\n        publish: none\n      image: x\n"),
        // Into a map that is there, with what stands above the list.
        (
            "      # who\n      publish: [tcp/22]\n      labels:\n        # a\n        a: b\n",
            "      labels:\n        # who\n        publish: tcp/22\n        # a\n        a: b\n",
        ),
        ("      labels: {a: b}\n      publish: [tcp/22]\n", "      labels: {publish: \"tcp/22\", a: b}\n"),
        ("      labels: {}\n      publish: [tcp/22]\n", "      labels: {publish: \"tcp/22\"}\n"),
        ("      labels:\n      publish: [tcp/22]\n", "      labels:\n        publish: tcp/22\n"),
        ("      labels: ~\n      publish: [tcp/22]\n", "      labels: {publish: \"tcp/22\"}\n"),
        (
            "      publish: [tcp/22]\n      labels:\n        a: b",
            "      labels:\n        publish: tcp/22\n        a: b",
        ),
        // Many are a block; comments of entries go above it.
        (
            "      publish:\n        - tcp/1\n        - tcp/2 # two\n        # the third\n        - tcp/3\n        - tcp/4\n        - tcp/5\n",
            "      # tcp/2: two\n      # tcp/3: the third\n      labels:\n        publish: |-\n          tcp/1\n          tcp/2\n          tcp/3\n          tcp/4\n          tcp/5\n",
        ),
        ("      publish: [tcp/22] # one\n", "      labels:\n        publish: tcp/22  # one\n"),
        // Spellings stay, blanks that say nothing go.
        (
            "      publish: [tcp/+22, 'tls/1/a@b.com, c.com']\n",
            "      labels:\n        publish: \"tcp/+22 tls/1/a@b.com,c.com\"\n",
        ),
        ("      publish: [\"tcp/${P:-22}\"]\n", "      labels:\n        publish: \"tcp/${P:-22}\"\n"),
        // An empty list holds nothing; what is said about it stays.
        ("      publish: []\n", ""),
        ("      publish: [] # on purpose\n      image: x\n", "      # on purpose\n      image: x\n"),
        // What is said deeper behind the last entry does not fall into the block.
        (
            "      publish:\n        - tls/22/alice.longname@domain.com,bob.longname@domain.com\n        - tls/57400/carol.longname@domain.com  # gNMI\n                                             # until March\n\n          # and more\n      image: x\n",
            "      # tls/57400/carol.longname@domain.com: gNMI\n      # until March\n      # and more\n      labels:\n        publish: |-\n          tls/22/alice.longname@domain.com,bob.longname@domain.com\n          tls/57400/carol.longname@domain.com\n      image: x\n",
        ),
        // A comment of its own line is about the entry below it; an entry that was taken out is no comment.
        (
            "      publish:\n        # only in March\n        - tcp/22\n        # - tcp/23\n        - tcp/24\n",
            "      # tcp/22: only in March\n      # - tcp/23\n      labels:\n        publish: tcp/22 tcp/24\n",
        ),
    ] {
        let (old, new) = (node(old), node(new));
        assert_eq!(migrate(&old).stdout, new, "{old}\n{}", migrate(&old).stderr);
        let windows = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(migrate(&windows(&old)).stdout, windows(&new));
    }
    for (old, new) in [
        ("{kind: linux, publish: [tcp/22, tcp/23]} # c", "{kind: linux, labels: {publish: \"tcp/22 tcp/23\"}} # c"),
        ("{\"kind\":\"linux\",\"publish\":[\"tcp/22\"]}", "{\"kind\":\"linux\",\"labels\": {\"publish\": \"tcp/22\"}}"),
        ("{publish: [tcp/22], labels: {a: b}}", "{labels: {publish: \"tcp/22\", a: b}}"),
        (
            "\n      {kind: linux, # k\n       publish: [tcp/22, # one\n        tcp/23]}",
            "\n      # tcp/22: one\n      {kind: linux, # k\n       labels: {publish: \"tcp/22 tcp/23\"}}",
        ),
    ] {
        let lab = |node: &str| format!("name: l\ntopology:\n  nodes:\n    r1: {node}\n");
        assert_eq!(migrate(&lab(old)).stdout, lab(new), "{}", migrate(&lab(old)).stderr);
    }
}

#[test]
fn a_variable_in_a_label_is_told() {
    let run =
        run_with(&["migrate", "-", "--no-config"], &node("      publish: ['tls/1/${WHO}']\n"), &[("WHO", "a@b.com")]);
    assert_eq!(run.stdout, node("      labels:\n        publish: \"tls/1/${WHO}\"\n"));
    assert!(run.stderr.contains("note: 1 entry with a variable; in a label, a space in its value splits the entry"));
}

/// A comment that silences a rule for one entry speaks for the label afterwards: that is said.
#[test]
fn silences_that_grow_are_told() {
    let router = |lines: &str| node(lines).replace("linux", "nokia_srlinux");
    let old =
        router("      publish:\n        - tcp/22 # publish-plan: ignore[open-to-anyone] a fair\n        - tcp/830\n");
    let run = migrate(&old);
    let label = "publish: tcp/22 tcp/830  # publish-plan: ignore[open-to-anyone] a fair";
    assert_eq!(run.stdout, router(&format!("      labels:\n        {label}\n")));
    assert!(
        run.stderr.contains("note: `open-to-anyone` of `tcp/830` is now ignored by a comment that covered less before"),
        "{}",
        run.stderr
    );
    // What was said about a tunnel node goes with it.
    let old = "name: l\ntopology:\n  nodes:\n    # ours\n    # publish-plan: ignore[image-not-pinned] it is old\n    t: {kind: border0}\n    r1: {kind: linux, labels: {publish: tls/1/a}}\n";
    assert_eq!(
        migrate(old).stdout,
        "name: l\ntopology:\n  nodes:\n    # ours\n    r1: {kind: linux, labels: {publish: tls/1/a}}\n"
    );
}

#[test]
fn what_cannot_be_moved_is_refused() {
    for (topology, expected) in [
        (node("      publish: [tls/ab]\n"), "`tls/ab` is not a valid entry"),
        (node("      publish: [none, tcp/1]\n"), "`none` appears among other entries"),
        (node("      publish: tcp/1\n"), "this is not a list of entries"),
        (node("      publish: [tls/1/Night Shift]\n    b0: {kind: border0}\n"), "`tls/1/Night Shift` cannot be written in a label"),
        (node("      publish: [tcp/1]\n      labels: {publish: tcp/2}\n"), "the same level has entries in both a list and a label"),
        (node("      publish: [tcp/1]\n      labels: {publish: ''}\n"), "this cannot be moved line by line"),
        (format!("x: &l {{a: b}}\n{}", node("      publish: [tcp/1]\n      labels: *l\n")), "this cannot be moved line by line"),
        (
            node("      exec: &e [tcp/1]\n      publish: &p [tcp/1]\n    r2: {kind: linux, exec: *p}\n"),
            "alias `*p` refers to something that would be removed",
        ),
        // In one map of labels containerlab takes no key twice.
        (
            "name: l\ntopology:\n  nodes:\n    r1: &x {kind: linux, publish: [tcp/1]}\n    r2:\n      <<: *x\n      publish: [tcp/2]\n".to_owned(),
            "would be lost or changed",
        ),
        (
            node("      labels: &l {a: b}\n      publish: [tcp/1]\n    r2: {kind: linux, labels: *l}\n"),
            "socket `clab-r2-tcp-1` on `r2` would be added",
        ),
        (
            "name: l\ntopology:\n  kinds: &k\n    t: {kind: border0}\n    r1: {kind: linux, publish: [tcp/1]}\n  nodes: *k\n".to_owned(),
            "an alias uses this map as something else too",
        ),
        // What would go without a word.
        (
            "name: l\nx: &x {publish: [tcp/2]}\ntopology:\n  nodes:\n    r1:\n      publish: [tcp/1] # mine\n      <<: *x\n".to_owned(),
            "this list is overridden and would be lost",
        ),
        (node("    t: {kind: border0, publish: [tcp/1]}\n"), "the tunnel node `t` has its own list"),
        (format!("publish: [tcp/1]\n{}", node("")), "this list is in a place where it has no effect"),
        (node("      labels: !!null\n      publish: [tcp/1]\n"), "this cannot be moved line by line"),
        ("a: [".to_owned(), "invalid-yaml"),
    ] {
        let run = migrate(&topology);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Findings, ""), "{topology}");
        assert!(run.stderr.contains(expected), "{topology}\n{}", run.stderr);
        assert!(rules(&run.stderr).iter().all(|rule| rule == "cannot-migrate" || rule == "invalid-yaml"));
    }
}

/// The sockets of a plan, without where they are written; with the settings that a migration offers.
/// Labels that a merge brings and those of the node itself are one map.
#[test]
fn a_label_joins_those_that_are_merged() {
    for (old, new) in [
        (
            "r1: &n {kind: linux, labels: {keep: me}}\n    r2:\n      <<: *n\n      publish: [tcp/1]\n",
            "r1: &n {kind: linux, labels: {keep: me}}\n    r2:\n      <<: *n\n      labels:\n        publish: tcp/1\n",
        ),
        (
            "r1: &n {kind: linux, publish: [tcp/1]}\n    r2:\n      <<: *n\n      labels: {a: b}\n",
            "r1: &n {kind: linux, labels: {publish: \"tcp/1\"}}\n    r2:\n      <<: *n\n      labels: {a: b}\n",
        ),
    ] {
        let head = "name: l\ntopology:\n  nodes:\n    ";
        assert_eq!(migrate(&format!("{head}{old}")).stdout, format!("{head}{new}"));
    }
}

fn sockets(topology: &str, settings: &[String]) -> Value {
    let settings = settings.iter().map(String::as_str);
    let arguments = ["plan", "-", "--no-env", "--no-config", "--format", "json"];
    let plan = run_with(&arguments.into_iter().chain(settings).collect::<Vec<_>>(), topology, &[]).stdout;
    let mut plan: Value = serde_json::from_str(&plan).unwrap_or_default();
    let mut sockets = plan["sockets"].take();
    for socket in sockets.as_array_mut().into_iter().flatten() {
        socket["origin"] = socket["origin"]["level"].take();
    }
    sockets
}

/// The flags that say what the offered settings say.
fn offered(stderr: &str) -> Vec<String> {
    let value = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    let lines = stderr.lines().filter_map(|line| line.strip_prefix('+')).filter(|line| !line.starts_with('+'));
    lines
        .flat_map(|line| match line.split(' ').next().unwrap() {
            "provider" => vec!["--provider".to_owned(), value(line)],
            "acl" => vec!["--acl".to_owned(), value(line)],
            other => panic!("{other}"),
        })
        .collect()
}

/// What must be true of any topology; whether it was moved.
fn holds(topology: &str) -> Result<bool, String> {
    let run = migrate(topology);
    if run.exit != Exit::Clean {
        return if run.stderr.contains("error[") {
            Ok(false)
        } else {
            Err(format!("refused without a reason\n{topology}"))
        };
    }
    let result = &run.stdout;
    let claim =
        |is_true: bool, what: &str| if is_true { Ok(()) } else { Err(format!("{what}\n{topology}\n=>\n{result}")) };
    let again = migrate(result);
    claim(again.stdout == *result && again.stderr.is_empty(), "migrating twice is not migrating once")?;
    claim(
        run_with(&["strip", "-", "--no-env", "--no-config"], result, &[]).stdout == *result,
        "strip takes something",
    )?;
    claim(sockets(topology, &[]) == sockets(result, &offered(&run.stderr)), "the plan is another one")?;
    let parsed = YamlLoader::load_from_str(result).map_err(|error| format!("{error}\n{result}"))?;
    claim(without_publish(result) == parsed[0], "a list is left")?;
    let rest = |topology: Value| without_labels(topology);
    let expected = rest(without_tunnels(&without_publish(topology)));
    claim(expected == rest(as_json(&parsed[0])), "something else changed")?;
    Ok(result != topology)
}

/// Without labels `publish`, and without maps of labels that hold nothing else.
fn without_labels(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            if let Some(Value::Object(labels)) = map.get_mut("labels") {
                labels.remove("publish");
            }
            let is_empty = map
                .get("labels")
                .is_some_and(|labels| labels.is_null() || labels.as_object().is_some_and(serde_json::Map::is_empty));
            if is_empty {
                map.remove("labels");
            }
            map.values_mut().for_each(|value| *value = without_labels(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_labels(item.take())),
        _ => {}
    }
    value
}

#[test]
fn every_layout_is_moved_or_refused_and_never_bent() {
    let mut runner = TestRunner::new(Config { cases: 1_500, failure_persistence: None, ..Config::default() });
    let moved = Cell::new(0);
    runner
        .run(&layouts(), |topology| {
            if YamlLoader::load_from_str(&topology).is_err() {
                return Ok(());
            }
            let is_moved = holds(&topology).map_err(proptest::test_runner::TestCaseError::fail)?;
            moved.set(moved.get() + u32::from(is_moved));
            Ok(())
        })
        .unwrap();
    assert!(moved.get() > 400, "only {} topologies were moved", moved.get());
}

#[test]
fn real_topologies_with_lists_in_them_are_moved() {
    let Some(topologies) = real_topologies_with(LISTS) else { return };
    let moved =
        topologies.iter().filter(|(name, text)| holds(text).unwrap_or_else(|error| panic!("{name}: {error}"))).count();
    assert!(moved > 150, "only {moved} topologies were moved");
}
