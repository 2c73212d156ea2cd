//! An address leads to one socket: it comes from names alone, and a change of where it leads is not written unsaid.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::compile::files::compiled;
use crate::support::{Run, root, run};

/// A lab with these nodes and lists.
fn lab<'n>(nodes: impl IntoIterator<Item = &'n (String, Vec<String>)>) -> String {
    let nodes =
        nodes.into_iter().map(|(name, list)| format!("    {name}: {{kind: linux, publish: [{}]}}\n", list.join(", ")));
    format!("name: l\ntopology:\n  nodes:\n{}", nodes.collect::<String>())
}

/// Nodes that each publish SSH.
fn ssh(names: &[&str]) -> String {
    let nodes: Vec<_> = names.iter().map(|name| ((*name).to_owned(), vec!["tcp/22".to_owned()])).collect();
    lab(&nodes)
}

/// Of each socket of a plan, where it is reached.
fn addresses(path: &Path, arguments: &[&str]) -> BTreeMap<String, Value> {
    let fixed = ["plan", path.to_str().unwrap(), "--no-env", "--format", "json"];
    let run = run(&[&fixed[..], arguments].concat());
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    let sockets = plan["sockets"].as_array().unwrap().iter();
    sockets
        .map(|socket| {
            let place = [&socket["relay_port"], &socket["host_name"], &socket["through"]].map(Clone::clone);
            (socket["name"].as_str().unwrap().to_owned(), Value::from(place.to_vec()))
        })
        .collect()
}

/// Wide and narrow ranges, ports of the provider's own, and ports on visitors' machines.
const WAYS: [&[&str]; 5] = [
    &["--provider", "bore", "--relay-ports", "3000-3011"],
    &["--provider", "tailscale", "--relay-ports", "3000-3040"],
    &["--provider", "ssh"],
    &["--provider", "tailscale-funnel"],
    &["--provider", "ssh", "--fold", "--jump-host", "jump"],
];

#[test]
fn no_order_of_nodes_and_entries_changes_an_address() {
    let entry =
        prop::sample::subsequence(vec!["tcp/22", "tls/443", "http/80", "https/8443", "tcp/2222", "tls/22"], 1..5);
    let list = entry.prop_map(|entries| entries.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let nodes = prop::collection::btree_map("[a-d]{1,3}", list, 2..6);
    let strategy = (nodes, any::<prop::sample::Index>(), any::<u64>());
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    runner
        .run(&(strategy, 0..WAYS.len()), |((nodes, gone, seed), way)| {
            let way = WAYS[way];
            let mut nodes: Vec<(String, Vec<String>)> = nodes.into_iter().collect();
            let reads = |nodes: &[(String, Vec<String>)]| {
                let jump = ("jump".to_owned(), vec!["tcp/22".to_owned()]);
                fs::write(&path, lab(nodes.iter().chain(way.contains(&"--fold").then_some(&jump)))).unwrap();
                addresses(&path, &[way, &["--no-config"]].concat())
            };
            let before = reads(&nodes);
            // Another order, of nodes and in each list.
            let mut shuffle = seed;
            let mut next = |end: usize| {
                shuffle = shuffle.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(shuffle >> 33).unwrap() % end
            };
            for index in (1..nodes.len()).rev() {
                nodes.swap(index, next(index + 1));
            }
            for (_, list) in &mut nodes {
                let turn = next(list.len());
                list.rotate_left(turn);
            }
            prop_assert_eq!(&before, &reads(&nodes), "{}", fs::read_to_string(&path).unwrap());
            // Without a node: who moves goes where somebody was who has gone, or has gone there.
            let gone = nodes.remove(gone.index(nodes.len())).0;
            for (name, place) in reads(&nodes) {
                let was_there = before.iter().any(|(other, there)| *other != name && *there == place);
                prop_assert!(before[&name] == place || was_there, "{name} without {gone}: {} {place}", before[&name]);
            }
            Ok(())
        })
        .unwrap();
}

/// Two nodes whose sockets want one of two ports, and the port.
fn contending(folder: &Path) -> (String, String, u16) {
    let path = folder.join("probe.clab.yml");
    let port = |name: &str| {
        fs::write(&path, ssh(&[name])).unwrap();
        let places = addresses(&path, &["--no-config", "--provider", "bore", "--relay-ports", "3000-3001"]);
        places.values().next().unwrap()[0].as_u64().unwrap()
    };
    let first = port("r1");
    let other = (2..1000).map(|number| format!("r{number}")).find(|name| port(name) == first).unwrap();
    fs::remove_file(&path).unwrap();
    ("r1".to_owned(), other, u16::try_from(first).unwrap())
}

const FRP: [&str; 4] = ["--provider", "frp", "--secret", "~/t"];

struct Desk {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Desk {
    /// With a lab of these nodes, which share two ports of a relay.
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.clab.yml");
        let desk = Self { folder, path };
        desk.set(settings);
        desk
    }

    fn set(&self, settings: &str) {
        let text =
            format!("provider = 'bore'\n[relay]\naddress = 'relay.example.net'\nports = '3000-3001'\n{settings}");
        fs::write(self.folder.path().join("publish-plan.toml"), text).unwrap();
    }

    fn compile(&self, topology: &str, arguments: &[&str]) -> Run {
        fs::write(&self.path, topology).unwrap();
        run(&[&["compile", self.path.to_str().unwrap(), "--no-env"], arguments].concat())
    }

    fn output(&self, name: &str) -> PathBuf {
        self.folder.path().join("l.publish").join(name)
    }

    /// The bytes of everything that was generated.
    fn generated(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = crate::support::files_below(self.folder.path()).into_iter();
        let files = files.filter(|file| *file != self.path && file.extension().is_none_or(|end| end != "toml"));
        files.map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    }

    fn port(&self, node: &str) -> u64 {
        let plan: Value = serde_json::from_str(&fs::read_to_string(self.output("plan.json")).unwrap()).unwrap();
        let socket = plan["sockets"].as_array().unwrap().iter().find(|socket| socket["node"] == node).unwrap().clone();
        socket["relay_port"].as_u64().unwrap()
    }
}

#[test]
fn a_port_that_would_lead_elsewhere_stops_compile() {
    let desk = Desk::new("");
    let (one, other, port) = contending(desk.folder.path());
    let rest = 6001 - port;
    assert_eq!(desk.compile(&ssh(&[&one, &other]), &[]).exit, Exit::Clean);
    assert_eq!((desk.port(&one), desk.port(&other)), (port.into(), rest.into()));
    let before = desk.generated();

    // Without the one that has it the other moves up: whoever has the address of the one would reach the other.
    let refused = desk.compile(&ssh(&[&other]), &[]);
    assert_eq!((refused.exit, refused.stdout.as_str()), (Exit::Findings, ""));
    let told = format!(
        "error: port {port} led to port 22 of `{one}` (`clab-l-{one}-tcp-22`) and would now lead to port 22 of `{other}` (`clab-l-{other}-tcp-22`)\n"
    );
    let pin = format!("    [relay.pins]\n    \"clab-l-{one}-tcp-22\" = {port}\n");
    assert!(refused.stderr.contains(&told) && refused.stderr.contains(&pin), "{}", refused.stderr);
    assert!(refused.stderr.contains("`--allow-port-changes`"), "{}", refused.stderr);
    assert!(refused.stderr.ends_with("nothing was written\n"), "{}", refused.stderr);
    assert_eq!(desk.generated(), before);
    // Overwriting what is there is no word about where its ports lead.
    assert_eq!(desk.compile(&ssh(&[&other]), &["--force"]).exit, Exit::Findings);
    assert_eq!(desk.generated(), before);
    // What writes nothing is not stopped.
    assert!(desk.compile(&ssh(&[&other]), &["--check"]).stdout.contains("plan.json differs"));
    assert_eq!(desk.compile(&ssh(&[&other]), &["--stdout", "plan.json"]).exit, Exit::Clean);

    // With the pin, the port of what is gone is kept from everybody.
    desk.set(&pin);
    let pinned = desk.compile(&ssh(&[&other]), &[]);
    assert_eq!(pinned.exit, Exit::Clean, "{}", pinned.stderr);
    assert_eq!(desk.port(&other), u64::from(rest));
    // Without, where it is said that it may move.
    desk.set("");
    let allowed = desk.compile(&ssh(&[&other]), &["--allow-port-changes"]);
    assert_eq!(allowed.exit, Exit::Clean, "{}", allowed.stderr);
    assert!(allowed.stderr.contains(&format!("note: `clab-l-{other}-tcp-22` moves from port {rest} to port {port}\n")));
    assert_eq!(desk.port(&other), u64::from(port));
    // And back again.
    let back = desk.compile(&ssh(&[&one, &other]), &[]);
    assert_eq!(back.exit, Exit::Findings, "{}", back.stderr);
    let allowed = desk.compile(&ssh(&[&one, &other]), &["--allow-port-changes"]);
    let told = format!(
        "note: port {port} led to port 22 of `{other}` (`clab-l-{other}-tcp-22`) and now leads to port 22 of `{one}` (`clab-l-{one}-tcp-22`)\n"
    );
    assert!(allowed.exit == Exit::Clean && allowed.stderr.contains(&told), "{}", allowed.stderr);
    // The order of nodes is not a change.
    let turned = desk.compile(&ssh(&[&other, &one]), &[]);
    assert_eq!(turned.exit, Exit::Clean, "{}", turned.stderr);
}

#[test]
fn a_host_name_and_a_local_port_are_addresses_too() {
    let desk = Desk::new("");
    let frp = [&FRP[..], &["--domain", "example.net"]].concat();
    let web = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/80]}\n";
    assert_eq!(desk.compile(web, &frp).exit, Exit::Clean);
    let refused = desk.compile(&web.replace("name: l", "name: other"), &frp);
    assert_eq!(refused.exit, Exit::Findings);
    let told = "error: hostname r1-80.example.net led to port 80 of `r1` of lab `l` (`clab-l-r1-http-80`) and would now lead to port 80 of `r1` of lab `other` (`clab-other-r1-http-80`)\n";
    assert!(refused.stderr.contains(told) && !refused.stderr.contains("[relay.pins]"), "{}", refused.stderr);

    let desk = Desk::new("[relay.pins]\n'clab-l-a-http-80' = 20005\n");
    let folded = "name: l\ntopology:\n  nodes:\n    jump: {kind: linux, publish: [tcp/22]}\n    a: {kind: linux, publish: [http/80]}\n    b: {kind: linux, publish: [http/80]}\n";
    let fold = ["--fold", "--jump-host", "jump"];
    let first = desk.compile(folded, &fold);
    assert_eq!(first.exit, Exit::Clean, "{}", first.stderr);
    assert!(fs::read_to_string(desk.output("ssh_config")).unwrap().contains("127.0.0.1:20005"));
    desk.set("[relay.pins]\n'clab-l-b-http-80' = 20005\n");
    let refused = desk.compile(folded, &fold);
    assert_eq!(refused.exit, Exit::Findings);
    let told = "error: local port 20005 led to port 80 of `a` (`clab-l-a-http-80`) and would now lead to port 80 of `b` (`clab-l-b-http-80`)\n";
    // The pin is the change that was meant.
    assert!(refused.stderr.contains(told) && !refused.stderr.contains("[relay.pins]"), "{}", refused.stderr);
}

/// Without the plan of the earlier run nobody knows where its addresses led.
#[test]
fn what_cannot_be_compared_is_not_written() {
    let desk = Desk::new("");
    assert_eq!(desk.compile(&ssh(&["r1"]), &[]).exit, Exit::Clean);
    let plan = desk.output("plan.json");
    let good = fs::read(&plan).unwrap();
    let refused = |why: &str| {
        for arguments in [&[][..], &["--force"]] {
            let refused = desk.compile(&ssh(&["r2"]), arguments);
            assert_eq!(refused.exit, Exit::Failed, "{why}: {}", refused.stderr);
            assert!(refused.stderr.contains("nothing was written: cannot compare"), "{}", refused.stderr);
            assert!(refused.stderr.contains(why), "{why}: {}", refused.stderr);
        }
    };
    fs::write(&plan, "{").unwrap();
    refused("EOF while parsing");
    fs::write(&plan, String::from_utf8(good.clone()).unwrap().replacen("\"version\": 1", "\"version\": 9", 1)).unwrap();
    refused("expected version 1 or 2, found version 9");
    fs::write(&plan, [0xff]).unwrap();
    refused("utf-8");
    fs::OpenOptions::new().write(true).open(&plan).unwrap().set_len((128 << 20) + 1).unwrap();
    refused("it is larger than 134217728 bytes");
    fs::remove_file(&plan).unwrap();
    refused("the file is missing");
    let elsewhere = desk.folder.path().join("elsewhere");
    fs::write(&elsewhere, &good).unwrap();
    symlink(&elsewhere, &plan).unwrap();
    let link = desk.compile(&ssh(&["r2"]), &["--allow-port-changes", "--force"]);
    assert!(link.exit == Exit::Failed && link.stderr.contains("/plan.json` is a symbolic link"), "{}", link.stderr);
    fs::remove_file(&plan).unwrap();
    let allowed = desk.compile(&ssh(&["r2"]), &["--allow-port-changes"]);
    assert_eq!(allowed.exit, Exit::Clean, "{}", allowed.stderr);

    // One that no run of ours wrote is not overwritten, and with `--force` not missed.
    let desk = Desk::new("");
    fs::create_dir(desk.folder.path().join("l.publish")).unwrap();
    fs::write(desk.output("plan.json"), "mine").unwrap();
    let refused = desk.compile(&ssh(&["r1"]), &[]);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(refused.stderr.contains("is not what an earlier run wrote"), "{}", refused.stderr);
    assert_eq!(desk.compile(&ssh(&["r1"]), &["--force"]).exit, Exit::Clean);
    // But one that can be read is compared, whoever wrote it.
    let desk = Desk::new("");
    fs::create_dir(desk.folder.path().join("l.publish")).unwrap();
    let theirs = String::from_utf8(good).unwrap().replace("\"r1\"", "\"theirs\"");
    fs::write(desk.output("plan.json"), theirs).unwrap();
    let refused = desk.compile(&ssh(&["r1"]), &["--force"]);
    assert!(
        refused.exit == Exit::Findings && refused.stderr.contains("led to port 22 of `theirs`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_leads_elsewhere_is_rewired_for_reviewers() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other, port) = contending(folder.path());
    let (before, after) = (folder.path().join("before.yml"), folder.path().join("after.yml"));
    let compared = |old: &str, new: &str, arguments: &[&str]| {
        fs::write(&before, old).unwrap();
        fs::write(&after, new).unwrap();
        let (before, after) = (before.to_str().unwrap(), after.to_str().unwrap());
        let fixed =
            ["plan", after, "--against", before, "--no-config", "--provider", "bore", "--relay-ports", "3000-3001"];
        run(&[&fixed[..], arguments].concat())
    };
    let (both, rest) = (ssh(&[&one, &other]), ssh(&[&other]));
    let json = compared(&both, &rest, &["--format", "json"]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let schema = fs::read_to_string(root().join("schemas/comparison.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json}");
    assert_eq!((&json["changes"][0]["kind"], &json["changes"][0]["node"]), (&"rewired".into(), &other.as_str().into()));
    let rewired = &json["rewired"][0];
    assert_eq!((&rewired["relay_port"], &rewired["before"]["node"]), (&port.into(), &one.as_str().into()));
    assert_eq!((&rewired["after"]["node"], &rewired["after"]["port"]), (&other.as_str().into(), &22.into()));
    let table = compared(&both, &rest, &[]).stdout;
    let told = format!("port {port} led to port 22 of {one} and now leads to port 22 of {other}\n");
    assert!(table.starts_with(" CHANGE ") && table.contains("\n rewired ") && table.contains(&told), "{table}");
    assert!(table.contains(": 1 rewired, 1 no longer reachable, 0 unchanged\n"), "{table}");
    let document = compared(&both, &rest, &["--format", "markdown"]).stdout;
    assert!(document.contains("| **rewired** |"), "{document}");
    let exits = |old: &str, new: &str| {
        ["widened", "new", "any"].map(|what| compared(old, new, &["--fail-on", what]).exit == Exit::Findings)
    };
    assert_eq!(exits(&both, &rest), [true, false, true]);
    // A newcomer in the place of another is new, and told to be there.
    let moved = compared(&ssh(&[&one]), &ssh(&[&other]), &[]).stdout;
    assert!(moved.contains("newly reachable") && moved.contains(&told), "{moved}");
    // Another order is no change.
    assert_eq!(exits(&both, &ssh(&[&other, &one])), [false, false, false]);
}

/// A bind mount of a file is one of what the file was: `compile` puts a new one in its place (moby/moby#22627), so what runs keeps what it
/// began with. Of a folder the container sees every change.
#[test]
fn no_container_sees_what_is_compiled_later() {
    let mut seen = 0;
    for (example, provider, folder) in compiled() {
        let files = crate::support::files_below(folder.path());
        let compose = files.iter().find(|file| file.file_name().unwrap() == "compose.yaml").unwrap();
        let text = fs::read_to_string(compose).unwrap();
        let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
        for service in yaml["services"].as_hash().unwrap().values() {
            let mut targets: Vec<String> = Vec::new();
            for volume in service["volumes"].as_vec().into_iter().flatten() {
                let volume = volume.as_str().unwrap();
                // The script puts the files there that it took at `up`.
                let Some(source) = volume.strip_prefix("${PUBLISH_TAKEN:-.}/") else {
                    // A named volume is nobody's folder.
                    assert!(
                        volume.starts_with(|first: char| first.is_ascii_alphabetic()),
                        "{example} {provider}: {volume}"
                    );
                    continue;
                };
                let [name, target, "ro"] = source.split(':').collect::<Vec<_>>()[..] else { panic!("{volume}") };
                assert!(compose.with_file_name(name).is_file(), "{example} {provider}: {volume} is not a file");
                targets.push(target.to_owned());
                seen += 1;
            }
            // What watches a folder watches one of the container's own.
            if let Some(config) = service["environment"]["TS_SERVE_CONFIG"].as_str() {
                let watched = config.rsplit_once('/').unwrap().0;
                assert!(targets.iter().all(|target| !target.starts_with(watched)), "{targets:?}");
            }
        }
    }
    assert!(seen > 20, "{seen}");

    let desk = Desk::new("");
    assert_eq!(desk.compile(&ssh(&["r1"]), &FRP).exit, Exit::Clean);
    let config = desk.output("frpc.toml");
    let (before, open) = (fs::read_to_string(&config).unwrap(), fs::File::open(&config).unwrap());
    let again = desk.compile(&ssh(&["r2"]), &[&FRP[..], &["--allow-port-changes"]].concat());
    assert_eq!(again.exit, Exit::Clean, "{}", again.stderr);
    assert_ne!(fs::read_to_string(&config).unwrap(), before);
    assert_eq!(std::io::read_to_string(open).unwrap(), before, "it was replaced, not written into");
}

/// The container's first command, with its folders moved to a place of ours.
#[test]
fn a_restarted_container_of_tailscale_serves_what_it_served() {
    let desk = Desk::new("");
    let compile = |nodes: &[&str]| {
        let run = desk.compile(&ssh(nodes), &["--provider", "tailscale", "--allow-port-changes"]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        let yaml =
            YamlLoader::load_from_str(&fs::read_to_string(desk.output("compose.yaml")).unwrap()).unwrap().remove(0);
        let serve = fs::read_to_string(desk.output("serve.json")).unwrap();
        (yaml["services"]["tunnels-l"].clone(), serve)
    };
    let container = desk.folder.path().join("container");
    let serves = |service: &Yaml| {
        let [shell, flag, script] = &service["entrypoint"].as_vec().unwrap()[..] else { panic!("{service:?}") };
        assert_eq!((shell.as_str(), flag.as_str()), (Some("/bin/sh"), Some("-ec")));
        let config = service["environment"]["TS_SERVE_CONFIG"].as_str().unwrap();
        let (folder, containerboot) = (container.display(), "/usr/local/bin/containerboot");
        let script = script.as_str().unwrap();
        assert!(script.trim_end().ends_with(&format!("exec {containerboot}")), "{script}");
        fs::create_dir_all(container.join("serve")).unwrap();
        let script = script
            .replace("$$", "$")
            .replace("/publish/", &format!("{}/", desk.output("").display()))
            .replace("/serve/", &format!("{folder}/serve/"))
            .replace(containerboot, &format!("cat {folder}{config}"));
        let output = Command::new("sh").args(["-ec", &script]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (service, first) = compile(&["r1"]);
    assert_eq!(serves(&service), first);
    let (changed, second) = compile(&["r1", "r2"]);
    assert_ne!(first, second);
    // Started again by the engine.
    assert_eq!(serves(&service), first);
    // `docker compose up` makes a new container, because its label is another.
    let label = |service: &Yaml| service["labels"]["publish-plan.serve"].as_str().unwrap().to_owned();
    assert_ne!(label(&service), label(&changed));
    fs::remove_dir_all(&container).unwrap();
    assert_eq!(serves(&changed), second);
}
