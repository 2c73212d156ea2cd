//! `compile --node`: the tunnel client as a node of the topology.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use sha2::{Digest, Sha256};
use yaml_rust2::YamlLoader;

use crate::compile::files::{compile, compiled, copy_of, providers};
use crate::migrate::strip::{as_json, layouts, without_publish};
use crate::support::pages::hold;
use crate::support::{Run, cases, files_below, real_topologies, root, run_with, shared, snapshot};

/// The providers whose client runs as a node.
const ABLE: [&str; 8] = ["bore", "cloudflared", "frp", "gateway", "ngrok", "ssh", "tailscale", "tailscale-funnel"];

/// A lab that each of them carries.
const LAB: &str = "\
name: lab
topology:
  nodes:
    # The only one.
    web:
      kind: linux
      image: nginx:1.29
      publish:
        - https/443
";

/// Compiles a text with a node, in a folder of its own. Gives the run, the folder, and the copy if there is one.
fn with_node(text: &str, provider: &str, arguments: &[&str]) -> (Run, tempfile::TempDir, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    fs::write(&path, text).unwrap();
    let secret: &[&str] = if provider == "tailscale-funnel" { &["--secret", "~/tailscale.key"] } else { &[] };
    let run = compile(&path, provider, &[&["--node", "--no-config"], secret, arguments].concat());
    let copy = fs::read_to_string(folder.path().join("lab.deploy.yml")).ok();
    (run, folder, copy)
}

fn yaml(text: &str) -> Value {
    as_json(&YamlLoader::load_from_str(text).unwrap()[0])
}

/// The node that was added, by its name, and the rest of the topology.
fn taken_out(copy: &str, name: &str) -> (Value, Value) {
    let mut whole = yaml(copy);
    let node = whole["topology"]["nodes"].as_object_mut().unwrap().remove(name);
    (node.unwrap_or_else(|| panic!("no node {name}: {copy}")), whole)
}

/// The name of the node, as the head of a copy has it.
fn name_in(copy: &str) -> String {
    copy.split("the node ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
}

/// The binds of a node: path of the host, path of the container.
fn binds(node: &Value) -> Vec<(String, String)> {
    let binds = node["binds"].as_array().unwrap().iter().map(|bind| bind.as_str().unwrap());
    binds
        .map(|bind| {
            let [source, target, "ro"] = bind.split(':').collect::<Vec<_>>()[..] else { panic!("{bind}") };
            (source.to_owned(), target.to_owned())
        })
        .collect()
}

/// A path as containerlab resolves it (0.79, utils/file.go): lexically.
fn resolved(path: &str, folder: &Path) -> PathBuf {
    if path.starts_with(['/', '~']) {
        return PathBuf::from(path);
    }
    let mut clean = PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// Every provider's copy, and what a stranger reads in it: the topology without its lists, and one node within containerlab's keys, with
/// nothing of anybody else's.
#[test]
fn each_client_runs_as_a_node() {
    let schemas = ["schemas/clab.schema.0.78.json", "schemas/clab.schema.json"].map(shared);
    let keys = shared("containerlab-keys.txt").map(|keys| fs::read_to_string(keys).unwrap());
    for provider in ABLE {
        let (run, folder, copy) = with_node(LAB, provider, &[]);
        assert_eq!(run.exit, Exit::Clean, "{provider}: {}", run.stderr);
        let copy = copy.unwrap();
        snapshot(
            "compile",
            format!("node__{provider}"),
            copy_without_digest(&copy) + "\n────\n" + &said(&run, &folder),
        );
        let (node, rest) = taken_out(&copy, "publish-tunnel");
        assert_eq!(rest, as_json(&without_publish(LAB)), "{provider}");
        assert_eq!((&node["kind"], &node["privileged"]), (&"linux".into(), &false.into()), "{provider}");
        let has_volume = node.get("volumes").is_some();
        assert_eq!(has_volume, provider.starts_with("tailscale"));
        let least = if has_volume { "0.79" } else { "0.78" };
        assert!(copy.starts_with(&format!("# For containerlab {least} or newer: ")), "{copy}");
        assert!(run.stderr.contains(&format!("containerlab {least} or newer")), "{}", run.stderr);
        for schema in schemas.iter().flatten().skip(usize::from(has_volume)) {
            let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let errors: Vec<String> = validator.iter_errors(&yaml(&copy)).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{provider}");
        }
        if let Some(keys) = &keys {
            let known = keys.lines().find(|line| line.starts_with("node, ")).unwrap();
            let known: BTreeSet<&str> = known.split_once(": ").unwrap().1.split(' ').collect();
            assert!(node.as_object().unwrap().keys().all(|key| known.contains(key.as_str())), "{node}");
        }
        let waits = &node["stages"]["create"]["wait-for"];
        assert_eq!(*waits, serde_json::json!([{"node": "web", "stage": "configure"}]), "{provider}");
        // What it mounts is there, and its digest is that of the generated files.
        let mut digest = Sha256::new();
        for (source, _) in binds(&node).iter().filter(|(source, _)| source.starts_with("lab.publish/")) {
            digest.update(fs::read(folder.path().join(source)).unwrap());
        }
        let digest = digest.finalize().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
        assert_eq!(node["env"], serde_json::json!({"PUBLISH_PLAN_DIGEST": format!("sha256:{digest}")}), "{provider}");
        let shell = folder.path().join("lab.publish/node.sh");
        assert_eq!(shell.exists(), provider != "cloudflared");
        assert!(!copy.contains('$'), "{copy}");
    }
}

/// The copy, in which the digests say where they are.
fn copy_without_digest(copy: &str) -> String {
    let (before, after) = copy.split_once("sha256:").unwrap();
    // That of an image comes first.
    let (before, after) = match after.split_once("\"sha256:") {
        Some((image, digest)) => (format!("{before}sha256:{image}\""), digest),
        None => (before.to_owned(), after),
    };
    let project = |text: String| match text.split_once("publish-lab-") {
        Some((before, after)) if after.len() > 32 && after.as_bytes()[32] == b':' => {
            format!("{before}publish-lab-PLACE{}", &after[32..])
        }
        _ => text,
    };
    project(format!("{before}sha256:DIGEST{}", &after[64..]))
}

/// What `compile` said, without the folder.
fn said(run: &Run, folder: &tempfile::TempDir) -> String {
    run.stderr.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn clients_that_cannot_run_as_a_node_say_so() {
    for provider in ["border0", "mysocketio"] {
        let (run, folder, _) = with_node(&LAB.replace("https/443", "tls/22/a@b.com"), provider, &[]);
        assert_eq!(run.exit, Exit::Failed);
        let expected = format!("{provider} cannot run as a node of the topology; leave out `--node`");
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
        assert_eq!(files_below(folder.path()).len(), 1);
    }
    for provider in ["ngrok", "tailscale"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.clab.yml");
        fs::write(&path, LAB).unwrap();
        let arguments = ["compile", path.to_str().unwrap(), "--no-config", "--provider", provider, "--node"];
        let run = run_with(&arguments, "", &[]);
        assert_eq!(run.exit, Exit::Failed);
        assert!(
            run.stderr.contains("variables can be read by others where the client runs: use `--secret FILE`"),
            "{}",
            run.stderr
        );
    }
}

/// Where only an account keeps the acls, the tunnels stay closed until somebody has confirmed what the account has.
#[test]
fn what_an_account_keeps_is_confirmed() {
    let lab = LAB.replace("https/443", "https/443/domain.com");
    let (run, folder, copy) = with_node(&lab, "cloudflared", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let (node, _) = taken_out(&copy.unwrap(), "publish-tunnel");
    let assignment = run.stderr.split("set `ACCESS_TAKEN=").nth(1).unwrap().split('`').next().unwrap().to_owned();
    assert!(run.stderr.contains(&format!("  ACCESS_TAKEN={assignment} containerlab deploy -t ")), "{}", run.stderr);
    let command = node["cmd"].as_str().unwrap();
    assert!(command.contains(" --config /publish/${ACCESS_TAKEN}.yml run"), "{command}");
    assert_eq!(binds(&node)[0], ("lab.publish/config.yml".to_owned(), format!("/publish/{assignment}.yml")));
    assert!(files_below(folder.path()).iter().any(|file| file.ends_with("access.json")));

    let (run, folder, copy) = with_node(&lab, "tailscale", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let (node, _) = taken_out(&copy.unwrap(), "publish-tunnel");
    assert_eq!(node["env"]["GRANTS_TAKEN"], "${GRANTS_TAKEN}");
    let assignment = run.stderr.split("set `GRANTS_TAKEN=").nth(1).unwrap().split('`').next().unwrap().to_owned();
    let script = fs::read_to_string(folder.path().join("lab.publish/node.sh")).unwrap();
    assert!(script.contains(&format!("[ \"${{GRANTS_TAKEN:-}}\" != {assignment} ]")), "{script}");
}

/// The node is not called like another one, and its container not like that of another lab.
#[test]
fn the_name_of_the_node_is_nobody_elses() {
    for (text, name, container) in [
        (LAB.to_owned(), "publish-tunnel", "clab-lab-publish-tunnel"),
        (
            LAB.replace("    web:", "    Publish-Tunnel: {kind: linux, image: x:1}\n    web:"),
            "publish-tunnel-2",
            "clab-lab-publish-tunnel-2",
        ),
        (
            LAB.replace("      kind", "      aliases: [publish-tunnel]\n      kind"),
            "publish-tunnel-2",
            "clab-lab-publish-tunnel-2",
        ),
        (LAB.replace("topology:", "prefix: \"\"\ntopology:"), "publish-tunnel-lab", "publish-tunnel-lab"),
        (LAB.replace("topology:", "prefix: __lab-name\ntopology:"), "publish-tunnel", "lab-publish-tunnel"),
        (LAB.replace("topology:", "prefix: mine\ntopology:"), "publish-tunnel", "mine-lab-publish-tunnel"),
    ] {
        let (run, folder, copy) = with_node(&text, "ssh", &[]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        let (_, rest) = taken_out(&copy.unwrap(), name);
        assert_eq!(rest, as_json(&without_publish(&text)));
        let script = fs::read_to_string(folder.path().join("lab.publish/publish.sh")).unwrap();
        assert!(script.contains(&format!("\nnode={container} node_name={name} ")), "{container}: {script}");
    }
}

/// What containerlab merges into every linux node would lie in a container that faces the Internet.
#[test]
fn nothing_of_other_nodes_reaches_the_node() {
    let keys = shared("containerlab-keys.txt").map(|keys| fs::read_to_string(keys).unwrap());
    let dangerous = [
        ("binds", "[./tokens:/tokens]"),
        ("env", "{TOKEN: x}"),
        ("env-files", "[tokens.env]"),
        ("exec", "[id]"),
        ("ports", "['8080:80']"),
        ("cap-add", "[NET_ADMIN]"),
        ("devices", "[/dev/kvm]"),
        ("network-mode", "host"),
        ("pid-mode", "host"),
        ("cgroupns-mode", "host"),
        ("security-opts", "['apparmor:unconfined']"),
        ("sysctls", "{net.ipv4.ip_forward: 1}"),
        ("tmpfs", "{/run: ''}"),
        ("volumes", "['v:/v']"),
        ("stages", "{configure: {exec: [{command: id}]}}"),
        ("healthcheck", "{test: [CMD, id]}"),
        ("dns", "{servers: [192.0.2.1]}"),
        ("aliases", "[web]"),
        ("auto-remove", "true"),
        ("components", "[{slot: A}]"),
        // Depends on their values.
        ("group", "$GROUP"),
        ("startup-config", "configs/__clabNodeName__.cfg"),
        ("runtime", "podman"),
    ];
    let harmless = "certificate cgroup-parent cmd config cpu cpu-set credentials enforce-startup-config entrypoint extras hostname identity-file image image-pull-policy kind labels license link-apply-mode memory mgmt-ipv4 mgmt-ipv6 password position privileged restart-policy shm-size startup-delay suppress-startup-config type user username";
    if let Some(keys) = keys {
        let line = keys.lines().find(|line| line.starts_with("node, ")).unwrap().split_once(": ").unwrap().1;
        let named: BTreeSet<&str> = dangerous.iter().map(|(key, _)| *key).chain(harmless.split(' ')).collect();
        let all: BTreeSet<&str> = line.split(' ').collect();
        assert_eq!(named, all, "each key of containerlab does harm, or does not");
    }
    let levels = [
        "  defaults: {KEY}\n",
        "  kinds:\n    linux: {KEY}\n",
        "  kinds:\n    linux: {group: g}\n  groups:\n    g: {KEY}\n",
        "  defaults: {group: g}\n  groups:\n    g: {KEY}\n",
        "  defaults:\n    <<: &d {KEY}\n",
    ];
    for (key, value) in dangerous {
        for (index, level) in levels.iter().enumerate() {
            let level = level.replace("KEY", &format!("{key}: {value}"));
            let text = LAB.replace("  nodes:", &format!("{level}  nodes:"));
            let (run, folder, _) = with_node(&text, "ssh", &[]);
            assert_eq!(run.exit, Exit::Findings, "{key} {index}: {}", run.stderr);
            // The other nodes are not on the network either.
            let is_unreachable = key == "network-mode" && run.stderr.contains("error[unreachable-node]");
            let is_told =
                run.stderr.contains("error[cannot-add-node]") && run.stderr.contains(&format!("`{key}` of the "));
            assert!(is_told || is_unreachable, "{key} {index}: {}", run.stderr);
            assert_eq!(files_below(folder.path()).len(), 1, "nothing is written");
        }
    }
    let (run, folder, _) =
        with_node(&LAB.replace("  nodes:", "  kinds:\n    linux:\n      binds: [./t:/t]\n  nodes:"), "ssh", &[]);
    snapshot("compile", "node__a-bind-for-every-node", said(&run, &folder));
    // What reaches other nodes only, and what is empty, is in nobody's way.
    for other in [
        "  kinds:\n    nokia_srlinux: {binds: ['./t:/t']}\n",
        "  groups:\n    g: {env: {TOKEN: x}}\n",
        "  defaults: {env: {}, binds: [], exec: ~, image: x:1, labels: {a: b}}\n",
        "  defaults: {mgmt-ipv4: 172.20.20.5, runtime: docker, startup-config: all.cfg}\n",
        "  defaults: {group: g}\n  groups: {g: {labels: {a: b}}}\n",
    ] {
        let (run, _, copy) = with_node(&LAB.replace("  nodes:", &format!("{other}  nodes:")), "ssh", &[]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        assert!(copy.unwrap().contains("publish-tunnel:"));
    }
}

/// The copy without the lines of the node is what `strip` gives, to the byte.
#[test]
fn every_layout_gets_its_node_and_nothing_else_changes() {
    let mut runner = TestRunner::new(Config { cases: cases(1_200), failure_persistence: None, ..Config::default() });
    let (added, brackets) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let keys = root().join("tests/cases/keys");
    let variables = [("HOME", keys.to_str().unwrap())];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    runner
        .run(&layouts(), |topology| {
            if YamlLoader::load_from_str(&topology).is_err() {
                return Ok(());
            }
            // One node surely publishes something; some are between brackets.
            let one = "r99: {kind: linux, image: \"x:1\", publish: [tcp/2222]}";
            let is_flow = topology.len() % 3 == 0;
            let text = if is_flow {
                format!("name: l\ntopology:\n  nodes: {{ # all\n    {one},\n    r98: {{kind: linux}}}}\n")
            } else {
                topology.replace("  nodes:\n", &format!("  nodes:\n    {one}\n"))
            };
            let ends = ["\n", "\r\n"][topology.len() % 2];
            fs::write(&path, text.replace('\n', ends)).unwrap();
            let of = |arguments: &[&str]| {
                let ssh = "--no-config --provider ssh --relay a@relay.example.net --identity ~/relay --known-hosts ~/h --stdout lab.deploy.yml";
                let all: Vec<&str> = ["compile", path.to_str().unwrap()].into_iter().chain(ssh.split(' ')).chain(arguments.iter().copied()).collect();
                run_with(&all, "", &variables)
            };
            let (plain, with) = (of(&[]), of(&["--node"]));
            if plain.exit != Exit::Clean || with.exit != Exit::Clean {
                let is_told = with.stderr.contains("error[") || with.stderr.contains("cannot be inserted");
                prop_assert!(is_told, "{}{}", text, with.stderr);
                return Ok(());
            }
            let (node, rest) = taken_out(&with.stdout, "publish-tunnel");
            prop_assert_eq!(&node["privileged"], &Value::from(false));
            prop_assert_eq!(rest, yaml(&plain.stdout));
            // By lines: the head, and a block that is further to the right than its name.
            let (mut left, mut is_node) = (String::new(), false);
            for line in with.stdout.split_inclusive('\n').skip(1) {
                if line.trim_end() == "    publish-tunnel:" {
                    is_node = true;
                } else if is_node && line.starts_with("      ") {
                    prop_assert!(line.ends_with(ends), "{:?}", line);
                } else {
                    is_node = false;
                    left.push_str(line);
                }
            }
            if is_flow {
                let start = left.find("publish-tunnel: {").unwrap();
                let end = left[start..].find(", r99").unwrap();
                left.replace_range(start..start + end + 2, "");
                brackets.set(brackets.get() + 1);
            }
            prop_assert_eq!(left, plain.stdout);
            added.set(added.get() + 1);
            Ok(())
        })
        .unwrap();
    assert!(added.get() > 100 && brackets.get() > 20, "{} {}", added.get(), brackets.get());
}

#[test]
fn the_indentation_is_the_files_own() {
    let wide = LAB.replace("  ", "    ");
    let (run, _, copy) = with_node(&wide, "ssh", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    snapshot("compile", "node__four-spaces", copy_without_digest(&copy.unwrap()));
    let bom = format!("\u{feff}{}", LAB.trim_end());
    let (run, _, copy) = with_node(&bom, "ssh", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    assert!(copy.unwrap().starts_with("\u{feff}# For containerlab"));
    // An alias would have the node in two places.
    let alias = LAB.replace("  nodes:\n", "  groups: &n {}\n  nodes: *n\n");
    let (run, ..) = with_node(&alias, "ssh", &[]);
    assert_ne!(run.exit, Exit::Clean);
}

/// Paths that containerlab would read as something else.
#[test]
fn what_cannot_be_mounted_is_refused() {
    for (identity, is_refused) in [
        ("~/with:colon", true),
        ("~/with$dollar", true),
        ("~/with space", false),
        ("~/__clabDir__", true),
        ("~/{{x}}", true),
    ] {
        let home = tempfile::tempdir().unwrap();
        fs::copy(root().join("tests/cases/keys/relay.pub"), home.path().join(format!("{}.pub", &identity[2..])))
            .unwrap();
        let path = home.path().join("lab.clab.yml");
        fs::write(&path, LAB).unwrap();
        let arguments = [
            "compile",
            path.to_str().unwrap(),
            "--no-config",
            "--provider",
            "ssh",
            "--relay",
            "a@relay.example.net",
            "--identity",
            identity,
            "--node",
        ];
        let run = run_with(&arguments, "", &[("HOME", home.path().to_str().unwrap())]);
        assert_eq!(run.exit == Exit::Failed, is_refused, "{identity}: {}", run.stderr);
        let is_told = run.stderr.contains("containerlab cannot mount") || identity.contains('$');
        assert_eq!(is_told, is_refused, "{identity}: {}", run.stderr);
    }
}

/// The keys of a topology that have paths, by an independent reader, and what each is in a folder.
fn paths_of(topology: &Value, folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let lab = format!("clab-{}", topology["name"].as_str().unwrap_or_default());
    let levels = |key: &str| topology["topology"][key].as_object().cloned().unwrap_or_default();
    let all = [("defaults".to_owned(), topology["topology"]["defaults"].clone())].into_iter();
    for (name, level) in all.chain(["kinds", "groups", "nodes"].iter().flat_map(|key| levels(key))) {
        let mut add = |key: &str, path: &str, is_file: bool| {
            let own = path.split(':').next().unwrap_or_default();
            let is_other = is_file && (path.contains("://") || path.contains('\n'));
            let is_of_lab = own.starts_with("__clab") || own == lab || own.starts_with(&format!("{lab}/"));
            if !own.is_empty() && !is_other && !is_of_lab {
                found.push((format!("{name} {key}"), resolved(own, folder)));
            }
        };
        for key in ["startup-config", "license"] {
            add(key, level[key].as_str().unwrap_or_default(), true);
        }
        add("identity-file", level["identity-file"].as_str().unwrap_or_default(), false);
        for key in ["binds", "env-files"] {
            for item in level[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if key != "binds" || item.contains(':') {
                    add(key, item, false);
                }
            }
        }
        for item in level["extras"]["ceos-copy-to-flash"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            add("flash", item, false);
        }
    }
    found.sort();
    found
}

/// A topology of somebody else's, with its copy in another directory: every path leads to the same file as before.
#[test]
fn paths_of_somebody_elses_topology_lead_where_they_led() {
    let made = "name: far
topology:
  kinds:
    nokia_srlinux:
      image: x:1
      license: licenses/srl.key
    linux: {image: 'y:1'}
  nodes:
    a:
      kind: nokia_srlinux
      startup-config: 'configs/__clabNodeName__.cfg'
      binds:
        - ./scripts:/scripts:ro
        - \"data:/data\"
        - ~/tools:/tools
        - /etc/hosts:/etc/hosts2
        - __clabNodeDir__/x:/x
        - clab-far/ansible-inventory.yml:/inventory
      env-files: [env/common.env, ../shared.env]
    b:
      kind: nokia_srlinux
      startup-config: https://example.net/b.cfg
    c:
      kind: nokia_srlinux
      startup-config: |
        set / interface
        commit now
    web: {kind: linux, binds: [web/index.html:/usr/share/nginx/html/index.html]}
";
    let mut topologies = vec![("made".to_owned(), made.to_owned())];
    topologies.extend(real_topologies().into_iter().flatten());
    let (mut moved, mut refused, mut paths) = (0, 0, 0);
    for (name, text) in topologies {
        for (place, folder_name) in [("their repository", "mine"), ("theirs", "my labs/here")] {
            let folder = tempfile::tempdir().unwrap();
            let home = root().join("tests/cases/keys");
            let (theirs, mine) = (folder.path().join(place), folder.path().join(folder_name));
            fs::create_dir_all(&theirs).unwrap();
            fs::create_dir_all(&mine).unwrap();
            let topology = theirs.join("lab.clab.yml");
            fs::write(&topology, &text).unwrap();
            let Ok(read) = YamlLoader::load_from_str(&text) else { continue };
            let json = as_json(&read[0]);
            let Some(nodes) = json["topology"]["nodes"].as_object() else { continue };
            let entries = nodes
                .keys()
                .fold(String::new(), |lines, node| lines + &format!("  {}: [tcp/2222]\n", Value::from(node.as_str())));
            let up = "../".repeat(Path::new(folder_name).components().count());
            fs::write(
                mine.join("lab.publish.yml"),
                format!("topology: \"{up}{place}/lab.clab.yml\"\nnodes:\n{entries}"),
            )
            .unwrap();
            let entries = mine.join("lab.publish.yml");
            let ssh = "--no-config --provider ssh --relay a@relay.example.net --identity ~/relay --known-hosts ~/h --relay-ports 10000-30000 --node";
            let arguments: Vec<&str> =
                ["compile", entries.to_str().unwrap()].into_iter().chain(ssh.split(' ')).collect();
            let run = run_with(&arguments, "", &[("HOME", home.to_str().unwrap())]);
            assert_eq!(files_below(&theirs), std::slice::from_ref(&topology), "{name}: nothing is written next to it");
            if run.exit != Exit::Clean {
                assert!(
                    name != "made" && run.exit == Exit::Findings && run.stderr.contains("error["),
                    "{name}: {}",
                    run.stderr
                );
                refused += 1;
                continue;
            }
            let copy = fs::read_to_string(mine.join("lab.deploy.yml")).unwrap();
            let (node, rest) = taken_out(&copy, &name_in(&copy));
            let (before, after) = (paths_of(&json, &theirs), paths_of(&rest, &mine));
            assert_eq!(before, after, "{name}");
            for (source, _) in binds(&node).iter().filter(|(source, _)| !source.starts_with('~')) {
                assert!(resolved(source, &mine).exists(), "{source}");
            }
            paths += before.len();
            moved += 1;
            if name == "made" && folder_name == "mine" {
                snapshot(
                    "compile",
                    "node__somebody-elses",
                    copy_without_digest(&copy) + "\n────\n" + &said(&run, &folder),
                );
            }
        }
    }
    assert!(paths >= 18, "{paths}");
    if shared("corpus").is_some() {
        assert!(moved > 150 && paths > 300 && refused < 100, "{moved} {refused} {paths}");
    }
}

#[test]
fn a_path_that_may_lead_elsewhere_is_refused() {
    for line in ["startup-config: ${CONFIGS}/a.cfg", "binds: ['$DATA/x:/x']", "license: ${L:-x}"] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("theirs")).unwrap();
        fs::write(
            folder.path().join("theirs/lab.clab.yml"),
            format!(
                "name: lab\ntopology:\n  nodes:\n    a:\n      kind: nokia_srlinux\n      image: x:1\n      {line}\n"
            ),
        )
        .unwrap();
        let entries = folder.path().join("lab.publish.yml");
        fs::write(&entries, "topology: theirs/lab.clab.yml\nnodes: {a: [tcp/22]}\n").unwrap();
        let ssh = "--no-config --provider ssh --relay a@relay.example.net --identity ~/relay --known-hosts ~/h --node";
        let arguments: Vec<&str> = ["compile", entries.to_str().unwrap()].into_iter().chain(ssh.split(' ')).collect();
        let run = run_with(&arguments, "", &[("HOME", root().join("tests/cases/keys").to_str().unwrap())]);
        assert_eq!(run.exit, Exit::Findings, "{}", run.stderr);
        assert!(run.stderr.contains("error[cannot-add-node]"), "{}", run.stderr);
    }
}

/// Nothing is left of a node when it is no longer wanted, and the setting does what the flag does.
#[test]
fn the_setting_is_the_flag() {
    let (_, folder, copy) = with_node(LAB, "ssh", &[]);
    let path = folder.path().join("lab.clab.yml");
    assert!(folder.path().join("lab.publish/node.sh").exists());
    assert_eq!(compile(&path, "ssh", &["--no-config"]).exit, Exit::Clean);
    assert!(!folder.path().join("lab.publish/node.sh").exists());
    let plain = fs::read_to_string(folder.path().join("lab.deploy.yml")).unwrap();
    assert!(!plain.contains("publish-tunnel"), "{plain}");
    fs::write(folder.path().join("publish-plan.toml"), "node = true\n").unwrap();
    assert_eq!(compile(&path, "ssh", &[]).exit, Exit::Clean);
    let again = fs::read_to_string(folder.path().join("lab.deploy.yml")).unwrap();
    assert_ne!(Some(plain), copy);
    assert_eq!(Some(copy_without_digest(&again)), copy.map(|copy| copy_without_digest(&copy)));
    // Changed contents of a mounted file change the definition.
    fs::write(&path, LAB.replace("443", "8443")).unwrap();
    assert_eq!(compile(&path, "ssh", &["--allow-port-changes"]).exit, Exit::Clean);
    let changed = fs::read_to_string(folder.path().join("lab.deploy.yml")).unwrap();
    let digest = |copy: &str| yaml(copy)["topology"]["nodes"]["publish-tunnel"]["env"]["PUBLISH_PLAN_DIGEST"].clone();
    assert_ne!(digest(&changed), digest(&again));
}

/// The copies of the examples, one of each provider.
#[test]
fn the_examples_have_a_node_of_each_provider() {
    let mut seen = BTreeSet::new();
    for (name, provider, folder) in compiled() {
        let Some(path) =
            files_below(folder.path()).into_iter().find(|file| file.to_str().unwrap().ends_with(".clab.yml"))
        else {
            continue;
        };
        if !ABLE.contains(&provider) {
            continue;
        }
        let (folder, path) = copy_of(&path);
        let secret: &[&str] = if provider == "tailscale-funnel" { &["--secret", "~/tailscale.key"] } else { &[] };
        let run = compile(&path, provider, &[&["--node"], secret].concat());
        assert_eq!(run.exit, Exit::Clean, "{name} {provider}: {}", run.stderr);
        let copy = files_below(folder.path())
            .into_iter()
            .find(|file| file.to_str().unwrap().ends_with(".deploy.yml"))
            .unwrap();
        let copy = fs::read_to_string(copy).unwrap();
        let plan: Value = serde_json::from_str(
            &fs::read_to_string(
                files_below(folder.path()).into_iter().find(|file| file.ends_with("plan.json")).unwrap(),
            )
            .unwrap(),
        )
        .unwrap();
        let (node, _) = taken_out(&copy, &name_in(&copy));
        let waits: BTreeSet<&str> = node["stages"]["create"]["wait-for"]
            .as_array()
            .unwrap()
            .iter()
            .map(|wait| wait["node"].as_str().unwrap())
            .collect();
        let planned: BTreeSet<&str> =
            plan["sockets"].as_array().unwrap().iter().map(|socket| socket["node"].as_str().unwrap()).collect();
        assert_eq!(waits, planned, "{name} {provider}");
        seen.insert(provider);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ABLE);
    assert_eq!(providers().len(), ABLE.len() + 2);
}

/// While a node may run, nothing is written that could not close it.
#[test]
fn a_node_is_not_left_open_unnoticed() {
    let (run, folder, _) = with_node(LAB, "ssh", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let (path, script) = (folder.path().join("lab.clab.yml"), folder.path().join("lab.publish/publish.sh"));
    // Nothing runs, and the script can tell.
    let own = fs::read_to_string(&script).unwrap();
    let again = |arguments: &[&str]| compile(&path, "ssh", &[&["--no-config"], arguments].concat());
    for change in [
        || String::from("# another\n"),
        // Gone.
        String::new,
    ] {
        let run = compile(&path, "ssh", &["--no-config", "--node", "--force"]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        let change = change();
        if change.is_empty() {
            fs::remove_dir_all(script.parent().unwrap()).unwrap();
        } else {
            fs::write(&script, format!("{own}{change}")).unwrap();
        }
        let run = again(&[]);
        assert_eq!(run.exit, Exit::Findings, "{}", run.stderr);
        let told = "/lab.publish/publish.sh cannot say whether they are open: it was changed, or may not ask Docker; look with `docker ps`, and compile again with `--force`; nothing was written";
        assert!(run.stderr.contains(told), "{}", run.stderr);
        assert_eq!(again(&["--force"]).exit, Exit::Clean);
        // That is known now.
        assert_eq!(again(&[]).exit, Exit::Clean);
    }
}

/// A key of the defaults may come from a variable, whose value might be a secret.
#[test]
fn a_key_from_a_variable_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    fs::write(&path, LAB.replace("  nodes:", "  defaults: {\"${KEY}\": x}\n  nodes:")).unwrap();
    let arguments =
        ["compile", "--no-config", "--node", "--provider", "tailscale", "--secret", "k", path.to_str().unwrap()];
    let run = run_with(&arguments, "", &[("HOME", folder.path().to_str().unwrap()), ("KEY", "t0ken")]);
    assert_eq!(run.exit, Exit::Findings, "{}", run.stderr);
    assert!(run.stderr.contains("`${KEY}` of the defaults would reach the node of the tunnels"), "{}", run.stderr);
    assert!(!run.stderr.contains("t0ken"), "{}", run.stderr);
}

/// The page of the book with a copy for each provider.
#[test]
fn the_book_shows_the_node_of_each_provider() {
    let mut page = "# The node of each provider\n\nWhat `compile --node` writes for this lab, whole. Digests are shortened; the paths of secrets are those of `--identity`, `--known-hosts`, `--secret`, and `--credentials`. [What each key is for](../spec/node.md#the-node).\n\n".to_owned();
    let _ = write!(page, "```yaml\n{LAB}```\n");
    for provider in ABLE {
        let (run, _, copy) = with_node(LAB, provider, &[]);
        assert_eq!(run.exit, Exit::Clean, "{provider}: {}", run.stderr);
        let copy = copy_without_digest(&copy.unwrap()).replace("sha256:DIGEST", "sha256:…");
        let copy = match copy.split_once("@sha256:") {
            Some((before, after)) => {
                format!("{before}@sha256:…{}", after.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()))
            }
            None => copy,
        };
        let _ = write!(page, "\n## {provider}\n\n```yaml\n{copy}```\n");
    }
    hold("docs/src/recipes/nodes.md", &page);
}

/// Docker may refuse to answer: then nothing is known, and nothing is said to be closed.
#[test]
fn what_docker_does_not_say_is_not_known() {
    let (run, folder, _) = with_node(LAB, "ssh", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let docker = folder.path().join("docker");
    let script = folder.path().join("lab.publish/publish.sh");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let said = |verb: &str| {
        let output = std::process::Command::new("sh")
            .arg(&script)
            .arg(verb)
            .env("PATH", &path)
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let answers = |words: &str| {
        fs::write(&docker, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).unwrap();
        fs::set_permissions(&docker, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    answers("permission denied while trying to connect to the Docker daemon socket");
    for verb in ["down", "status", "up", "rows"] {
        let (code, said) = said(verb);
        assert_eq!(code, Some(1), "{verb}: {said}");
        assert!(
            said.contains(
                "it is not known whether the node publish-tunnel runs, because Docker does not say: permission denied"
            ),
            "{verb}: {said}"
        );
        assert!(!said.contains("nothing is open"), "{verb}: {said}");
    }
    // The same by the names of labs.
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_publish-plan"))
        .arg("ps")
        .env("PATH", &path)
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .output()
        .unwrap();
    let (listed, noted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let here = fs::canonicalize(script.parent().unwrap()).unwrap();
    let note = format!("note: whether the tunnels of {} are open is not known", here.display());
    assert!(noted.contains(&note) && !listed.contains("nothing is open"), "{listed}{noted}");
    for closed in [
        "Error: No such object: clab-lab-publish-tunnel",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ] {
        answers(closed);
        let (code, said) = said("down");
        assert!(code == Some(0) && said.contains("nothing is open"), "{said}");
    }
}

/// What `deploy` would find elsewhere, or not at all.
#[test]
fn a_path_that_docker_or_a_variable_would_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (theirs, mine) = (folder.path().join("theirs"), folder.path().join("mine"));
    let odd = folder.path().join("co:lon");
    for folder in [&theirs, &mine, &odd] {
        fs::create_dir(folder).unwrap();
    }
    let bound = LAB.replace("      image: nginx:1.29\n", "      image: nginx:1.29\n      binds: [\"${PWD}/x:/x\"]\n");
    fs::write(theirs.join("lab.clab.yml"), bound.replace("      publish:\n        - https/443\n", "")).unwrap();
    fs::write(mine.join("lab.publish.yml"), "topology: ../theirs/lab.clab.yml\nnodes: {web: [https/443]}\n").unwrap();
    fs::write(odd.join("lab.clab.yml"), LAB).unwrap();
    for (path, exit, why) in [
        (mine.join("lab.publish.yml"), Exit::Findings, "where this path leads from there is not known"),
        (odd.join("lab.clab.yml"), Exit::Failed, "must not contain `:`, at which Docker splits"),
    ] {
        let arguments = [
            "compile",
            path.to_str().unwrap(),
            "--no-config",
            "--node",
            "--provider",
            "ngrok",
            "--secret",
            "k",
            "--tier",
            "paid",
            "--domain",
            "a.example.net",
        ];
        let run = run_with(&arguments, "", &[("HOME", "/nonexistent"), ("PWD", "/somewhere")]);
        assert_eq!(run.exit, exit, "{}", run.stderr);
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
}
