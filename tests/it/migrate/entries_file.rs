//! `migrate --to entries`, and back: lists leave a topology for an entries file, an entries file for labels, the plan as it was.

use std::fs;
use std::path::Path;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::{real_topologies_with, run, run_with};

const OLD: &str = "\
name: fair
topology:
  defaults:
    # for the whole team
    publish: [tcp/22/netops@example.org]  # ssh
    image: x
  kinds:
    linux:
      publish: [none]
      image: alpine
  nodes:
    r1:
      kind: nokia_srlinux
      publish:
        # the gNMI port
        - tls/57400/ops@example.org  # until May
        - https/443/example.org,a@b.com
        # - tcp/830
    h1: {kind: linux, publish: [\"http/80/a.com,b.com\"]}  # a host
    h2:
      kind: linux
      labels:
        publish: tcp/80/x.com
";

const WITHOUT: &str = "\
name: fair
topology:
  defaults:
    image: x
  kinds:
    linux:
      image: alpine
  nodes:
    r1:
      kind: nokia_srlinux
    h1: {kind: linux}  # a host
    h2:
      kind: linux
      labels:
        publish: tcp/80/x.com
";

const ENTRIES: &str = "\
topology: fair.clab.yml
# for the whole team
defaults: [tcp/22/netops@example.org]  # ssh
kinds:
  linux: [none]
nodes:
  r1:
    # the gNMI port
    - tls/57400/ops@example.org  # until May
    - https/443/example.org,a@b.com
    # - tcp/830
  h1: [\"http/80/a.com,b.com\"]
";

const LABELS: &str = "\
name: fair
topology:
  defaults:
    image: x
    # for the whole team
    labels:
      publish: tcp/22/netops@example.org  # ssh
  kinds:
    linux:
      image: alpine
      labels:
        publish: none
  nodes:
    r1:
      kind: nokia_srlinux
      # tls/57400/ops@example.org: the gNMI port
      # tls/57400/ops@example.org: until May
      # - tcp/830
      labels:
        publish: tls/57400/ops@example.org https/443/example.org,a@b.com
    h1: {labels: {publish: \"http/80/a.com,b.com\"}, kind: linux}  # a host
    h2:
      kind: linux
      labels:
        publish: tcp/80/x.com
";

/// The sockets of a lab without the places of their entries; none if nothing can be planned.
fn sockets(file: &Path) -> Option<Vec<Value>> {
    let plan = run(&["plan", file.to_str().unwrap(), "--format", "json", "--no-config"]);
    let plan: Value = serde_json::from_str(&plan.stdout).ok()?;
    let sockets = plan["sockets"].as_array()?.iter().cloned();
    let mut sockets: Vec<Value> = sockets
        .map(|mut socket| {
            let level = socket["origin"]["level"].clone();
            socket["origin"] = level;
            socket
        })
        .collect();
    // A null that becomes a map comes last in it.
    sockets.sort_by_key(ToString::to_string);
    Some(sockets)
}

/// What someone types, and what they see.
#[test]
fn lists_move_into_an_entries_file_and_from_there_into_labels() {
    let folder = tempfile::tempdir().unwrap();
    let (topology, entries) = (folder.path().join("fair.clab.yml"), folder.path().join("fair.publish.yml"));
    let (file, entries_file) = (topology.to_str().unwrap(), entries.to_str().unwrap());
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    fs::write(&topology, OLD).unwrap();
    let before = sockets(&topology).unwrap();
    assert_eq!(before.len(), 4);

    let shown = run(&["migrate", file, "--to", "entries"]);
    assert_eq!((shown.exit, shown.stdout.as_str()), (Exit::Clean, ENTRIES));
    assert_eq!(
        shown.stderr,
        format!(
            "5 entries moved into `{entries_file}`\nnote: this is the entries file; `--in-place` writes it and removes the lists from the topology\n"
        )
    );
    let diff = run(&["migrate", file, "--to", "entries", "--diff"]);
    assert_eq!(diff.exit, Exit::Findings);
    assert!(diff.stdout.contains("+topology: fair.clab.yml\n") && diff.stdout.contains("\n-      publish: [none]\n"));
    assert_eq!((read(&topology).as_str(), entries.exists()), (OLD, false));

    let done = run(&["migrate", file, "--to", "entries", "--in-place"]);
    assert_eq!((done.exit, done.stdout.as_str()), (Exit::Clean, ""));
    assert_eq!(done.stderr, format!("5 entries moved into `{entries_file}`\n"));
    assert_eq!((read(&topology).as_str(), read(&entries).as_str()), (WITHOUT, ENTRIES));
    assert_eq!(sockets(&topology).unwrap(), before);
    // Twice is once, and nothing has to be cut out for containerlab.
    for flag in ["--diff", "--in-place"] {
        let again = run(&["migrate", file, "--to", "entries", flag]);
        assert_eq!((again.exit, again.stdout.as_str(), again.stderr.as_str()), (Exit::Clean, "", ""));
        assert_eq!((read(&topology).as_str(), read(&entries).as_str()), (WITHOUT, ENTRIES));
    }
    assert_eq!(run(&["strip", file]).stdout, WITHOUT);
    let already = run(&["migrate", entries_file, "--to", "entries"]);
    assert_eq!(already.exit, Exit::Clean);
    assert_eq!(already.stderr, format!("`{entries_file}` is an entries file already\n"));

    let shown = run(&["migrate", entries_file]);
    assert_eq!((shown.exit, shown.stdout.as_str()), (Exit::Clean, LABELS), "{}", shown.stderr);
    assert_eq!(shown.stderr, "5 entries moved into labels\n");
    let done = run(&["migrate", entries_file, "--in-place"]);
    assert_eq!(
        done.stderr,
        format!("5 entries moved into labels\nnote: `{entries_file}` is no longer needed; remove it\n")
    );
    assert_eq!((read(&topology).as_str(), read(&entries).as_str()), (LABELS, ENTRIES));
    assert_eq!(sockets(&topology).unwrap(), before);
    let again = run(&["migrate", entries_file, "--diff"]);
    assert_eq!((again.exit, again.stdout.as_str(), again.stderr.as_str()), (Exit::Clean, "", ""));
    fs::remove_file(&entries).unwrap();
    assert_eq!(sockets(&topology).unwrap(), before);
}

/// Levels that only the entries file names are written into the topology.
#[test]
fn levels_that_a_topology_lacks_are_made() {
    for (topology, entries, new) in [
        (
            "name: l\ntopology:\n  nodes:\n    a:\n      kind: linux\n    b: {kind: srl}\n",
            "defaults: [tcp/1]\nkinds:\n  linux: [none]  # no hosts\n  srl:\n    - tls/2/a.com\n",
            "name: l\ntopology:\n  defaults:\n    labels:\n      publish: tcp/1\n  kinds:\n    linux:\n      labels:\n        publish: none  # no hosts\n    srl:\n      labels:\n        publish: tls/2/a.com\n  nodes:\n    a:\n      kind: linux\n    b: {kind: srl}\n",
        ),
        (
            "name: l\ntopology:\n  kinds:\n    linux:\n    srl: ~\n  nodes:\n    a:\n      kind: linux\n    b: {kind: srl}\n",
            "kinds: {linux: [tcp/1], srl: [tcp/2, tcp/3/a.com]}\n",
            "name: l\ntopology:\n  kinds:\n    linux:\n      labels:\n        publish: tcp/1\n    srl: {labels: {publish: \"tcp/2 tcp/3/a.com\"}}\n  nodes:\n    a:\n      kind: linux\n    b: {kind: srl}\n",
        ),
        (
            "{\"name\": \"l\", \"topology\": {\"nodes\": {\"a\": {\"kind\": \"linux\"}}}}\n",
            "nodes:\n  a:\n    - tls/2/a.com,b.com  # two\n",
            "# two\n{\"name\": \"l\", \"topology\": {\"nodes\": {\"a\": {\"labels\": {\"publish\": \"tls/2/a.com,b.com\"}, \"kind\": \"linux\"}}}}\n",
        ),
        // A list or a label that is replaced is gone, even by an empty one.
        (
            "name: l\ntopology:\n  nodes:\n    a:\n      kind: linux\n      publish: [tcp/1]\n    b:\n      kind: linux\n      labels:\n        publish: tcp/1\n        x: y\n    c:\n      kind: linux\n      publish: [tcp/1]\n",
            "nodes:\n  a: [tcp/2]\n  b: [tcp/3]\n  c: []\n",
            "name: l\ntopology:\n  nodes:\n    a:\n      kind: linux\n      labels:\n        publish: tcp/2\n    b:\n      kind: linux\n      labels:\n        publish: tcp/3\n        x: y\n    c:\n      kind: linux\n",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, with) = (folder.path().join("l.clab.yml"), folder.path().join("l.publish.yml"));
        fs::write(&path, topology).unwrap();
        fs::write(&with, entries).unwrap();
        let before = sockets(&path).unwrap();
        let shown = run(&["migrate", with.to_str().unwrap()]);
        assert_eq!((shown.stdout.as_str(), shown.exit), (new, Exit::Clean), "{}", shown.stderr);
        fs::remove_file(&with).unwrap();
        fs::write(&path, new).unwrap();
        assert_eq!(sockets(&path).unwrap(), before);
    }
}

/// What cannot be moved is refused with its place, and nothing is written over.
#[test]
fn what_cannot_be_moved_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, with) = (folder.path().join("fair.clab.yml"), folder.path().join("fair.publish.yml"));
    let file = path.to_str().unwrap();
    fs::write(&path, OLD).unwrap();
    fs::write(&with, "nodes: {r1: [none]}\n").unwrap();
    for flags in [&["--in-place"][..], &["--diff"], &[]] {
        let there = run(&[&["migrate", file, "--to", "entries"], flags].concat());
        assert_eq!((there.exit, there.stdout.as_str()), (Exit::Failed, ""));
        assert!(
            there.stderr.contains("already exists; move the lists of the topology there by hand"),
            "{}",
            there.stderr
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), OLD);
    // A merge that comes after the list would take its place.
    let merged = "x: &x {publish: [tcp/9]}\nname: l\ntopology:\n  nodes:\n    a:\n      kind: linux\n      <<: *x\n";
    for (topology, entries, said) in [
        (OLD, "nodes: {r9: [tcp/1]}\n", "the topology has no node `r9`"),
        (OLD, "nodes: {r1: ['tcp/1/a b']}\n", "cannot be written in a label"),
        (OLD, "nodes: {r1: [tcp/1, none]}\n", "appears among other entries"),
        (
            "name: l\nx: &n {kind: linux}\ntopology:\n  nodes:\n    a: *n\n",
            "nodes: {a: [tcp/1]}\n",
            "no list can be written here",
        ),
        (merged, "nodes: {a: [tcp/1]}\n", "cannot-migrate"),
    ] {
        fs::write(&path, topology).unwrap();
        fs::write(&with, entries).unwrap();
        let refused = run(&["migrate", with.to_str().unwrap(), "--in-place"]);
        assert_eq!(refused.exit, Exit::Findings, "{entries} {}", refused.stdout);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), topology);
    }
    // The topology cannot be written, so there is no entries file either.
    fs::remove_file(&with).unwrap();
    let real = folder.path().join("real.yml");
    fs::write(&real, OLD).unwrap();
    fs::remove_file(&path).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&real, &path).unwrap();
    let linked = run(&["migrate", file, "--to", "entries", "--in-place"]);
    assert_eq!(linked.exit, Exit::Failed, "{}", linked.stderr);
    assert!(!with.exists() && fs::read_to_string(&real).unwrap() == OLD);
}

/// From another program: the file names the topology only if that has a name.
#[test]
fn standard_input_becomes_an_entries_file() {
    let shown = run_with(&["migrate", "-", "--to", "entries"], OLD, &[]);
    assert_eq!(shown.stdout, ENTRIES.split_once('\n').unwrap().1);
    assert!(shown.stderr.starts_with("5 entries moved into an entries file\n"), "{}", shown.stderr);
    let named = run_with(&["migrate", "-", "--to", "entries", "--stdin-filename", "x/fair.clab.yml"], OLD, &[]);
    assert_eq!(named.stdout, ENTRIES);
}

/// On every real topology, with lists and labels of its own: what is moved publishes what it did, there and back again.
#[test]
fn real_topologies_publish_the_same_there_and_back_again() {
    let lists = [
        "publish: [tcp/1/x@y.com, http/2]\nINDENT",
        "publish:\nINDENT  - udp/3  # three\nINDENT  # four\nINDENT  - 'tls/4/y.com,z.com'\nINDENT",
        "labels: {publish: \"tcp/3 tls/4/y.com\", other: z}\nINDENT",
        "publish: [none]\nINDENT",
    ];
    let Some(topologies) = real_topologies_with(&lists) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, with) = (folder.path().join("l.clab.yml"), folder.path().join("l.publish.yml"));
    let (file, entries) = (path.to_str().unwrap(), with.to_str().unwrap());
    let (mut moved, mut back, mut refused) = (0, 0, Vec::new());
    for (name, text) in topologies {
        fs::write(&path, &text).unwrap();
        let _ = fs::remove_file(&with);
        let before = sockets(&path);
        let said = run(&["migrate", file, "--to", "entries", "--in-place", "--no-config"]);
        if said.exit != Exit::Clean {
            assert_eq!((fs::read_to_string(&path).unwrap(), with.exists()), (text, false), "{name}");
            refused.push(format!("{name}: {}", said.stderr.lines().next().unwrap_or_default()));
            continue;
        }
        assert_eq!(sockets(&path), before, "{name}\n{text}");
        if !with.exists() {
            continue;
        }
        moved += 1;
        let said = run(&["migrate", entries, "--in-place", "--no-config"]);
        if said.exit != Exit::Clean {
            refused.push(format!("{name}, back: {}", said.stderr.lines().next().unwrap_or_default()));
            continue;
        }
        assert_eq!(sockets(&path), before, "{name}\n{text}");
        let again = run(&["migrate", entries, "--diff", "--no-config"]);
        assert_eq!((again.exit, again.stdout.as_str()), (Exit::Clean, ""), "{name}\n{text}");
        fs::remove_file(&with).unwrap();
        assert_eq!(sockets(&path), before, "{name}\n{text}");
        back += 1;
    }
    assert!(moved > 200 && back * 10 > moved * 9, "{moved} {back} {refused:#?}");
}
