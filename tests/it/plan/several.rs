//! Several providers in one lab: who gets which socket, and that each of them does what it does alone.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;

use super::audience::{MATRIX, entry, is_carried, own_domain};
use crate::support::{Run, cases, root, run, run_with};

/// A lab in a directory with these settings.
struct Lab(tempfile::TempDir);

impl Lab {
    fn new(settings: &str, nodes: &str) -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        lab.settings(settings);
        fs::write(lab.topology(), format!("name: l\ntopology:\n  nodes:\n{nodes}")).unwrap();
        lab
    }

    fn topology(&self) -> std::path::PathBuf {
        self.0.path().join("l.clab.yml")
    }

    fn settings(&self, settings: &str) {
        fs::write(self.0.path().join("publish-plan.toml"), settings).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(&[arguments, &[self.topology().to_str().unwrap()]].concat())
    }

    /// `node:port provider audience` of each socket.
    fn rows(&self) -> Vec<String> {
        let run = self.run(&["plan", "--format=json"]);
        let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        is_valid(&plan, "plan.schema.json");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let row = |socket: &Value| {
            let provider = socket["provider"].as_str().or(plan["provider"].as_str()).unwrap();
            format!("{}:{} {provider} {}", text(&socket["node"]), socket["port"], text(&socket["audience"]))
        };
        plan["sockets"].as_array().unwrap().iter().map(row).collect()
    }

    /// The rules of what `check` finds, without information.
    fn rules(&self) -> Vec<String> {
        let run = self.run(&["check", "--format=json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .filter(|finding| finding["severity"] != "info")
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn is_valid(document: &Value, schema: &str) {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root().join("schemas").join(schema)).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

const NODES: &str = "    r1: {kind: linux, publish: [ssh/22/alice@example.com, tcp/830]}
    grafana: {kind: linux, publish: [http/3000/example.com]}
";

#[test]
fn a_socket_goes_to_the_first_provider_that_can_open_it() {
    let lab = Lab::new("provider = ['bore', 'gateway']\n[names]\ndomain = 'lab.example.net'\n", NODES);
    let rows = [
        "r1:22 gateway alice@example.com",
        "r1:830 bore anyone on the Internet",
        "grafana:3000 gateway anyone @example.com",
    ];
    assert_eq!(lab.rows(), rows);
    // The order decides, in a flag too.
    lab.settings("[names]\ndomain = 'lab.example.net'\n");
    let table = lab.run(&["plan", "--provider", "gateway,bore"]).stdout;
    assert!(!table.contains("PROVIDER") && table.contains("provider gateway:"), "{table}");
    let table = lab.run(&["plan", "--provider", "bore,gateway"]).stdout;
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().take(4).collect()).collect();
    assert_eq!(lines[0], ["NODE", "PORT", "TYPE", "PROVIDER"]);
    assert_eq!(lines[2], ["r1", "830", "tcp", "bore"]);
    assert!(table.contains("provider bore: 1 tcp-based and 0 http-based sockets; provider gateway: 1 tcp-based"));
}

#[test]
fn what_none_of_them_can_open_is_refused_with_what_each_lacks() {
    let lab = Lab::new(
        "provider = ['tailscale', 'ssh']\n",
        "    r1: {kind: linux, publish: [udp/161, http/80/example.com, tcp/22/a@example.com]}\n",
    );
    assert_eq!(lab.rows(), ["r1:22 tailscale a@example.com"]);
    assert_eq!(lab.rules(), ["no-provider-supports"; 2]);
    let said = lab.run(&["check"]).stdout;
    for words in [
        "`udp/161` cannot be opened by tailscale or ssh",
        "tailscale does not carry udp; ssh does not carry udp",
        "tailscale enforces only the tailnet's own domain; ssh cannot enforce this acl on http",
        "add a provider that can open it (frp), or change the entry",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // An entry that no node uses is looked at too.
    let unused = "    r1: {kind: linux, publish: [tcp/22]}\n  kinds:\n    vyos: {publish: [udp/161]}\n";
    assert_eq!(Lab::new("provider = ['tailscale', 'ssh']\n", unused).rules(), ["no-provider-supports"]);
    let compiled = lab.run(&["compile"]);
    assert_eq!(compiled.exit, Exit::Findings, "{}", compiled.stderr);
}

#[test]
fn the_narrowest_route_wins_over_the_order() {
    let lab = Lab::new(
        "provider = ['bore', 'gateway']\n[names]\ndomain = 'lab.example.net'\n[routes]\n'type:tcp' = 'ssh'\n'node:r*' = 'tailscale'\n'socket:clab-l-r2-tcp-23' = ['frp', 'bore']\n",
        "    r1: {kind: linux, publish: [tcp/22, tcp/23]}\n    r2: {kind: linux, publish: [tcp/23]}\n    x: {kind: linux, publish: [tcp/22, http/80/a@example.com]}\n",
    );
    let rows = [
        "r1:22 tailscale every member of the tailnet",
        "r1:23 tailscale every member of the tailnet",
        "r2:23 bore anyone on the Internet",
        "r2:23 frp anyone on the Internet",
        "x:22 ssh anyone on the Internet",
        "x:80 gateway a@example.com",
    ];
    assert_eq!(lab.rows(), rows);
    // Two sockets of one name have two ports of the one relay; a pin is for both.
    assert!(
        lab.rules().iter().all(|rule| rule == "plain-text-protocol" || rule == "open-to-anyone"),
        "{:?}",
        lab.rules()
    );
    lab.settings(
        "provider = ['bore', 'frp']\n[routes]\n'node:r2' = ['frp', 'bore']\n[relay.pins]\n'clab-l-r2-tcp-23' = 20023\n",
    );
    let said = lab.run(&["check"]).stdout;
    assert!(said.contains("two providers would request relay port 20023"), "{said}");
    assert!(said.contains("it has one name, and so one port, at both"), "{said}");
    // A route leads to a provider, not past what it cannot do.
    lab.settings("provider = ['gateway', 'bore']\n[routes]\n'node:x' = 'bore'\n");
    assert!(lab.rules().contains(&"acl-not-enforced".to_owned()), "{:?}", lab.rules());
    assert!(!lab.rows().iter().any(|row| row.starts_with("x:80")), "{:?}", lab.rows());
}

#[test]
fn two_routes_of_one_kind_are_an_error_that_names_both() {
    let lab = Lab::new(
        "provider = 'ssh'\n[routes]\n'node:r*' = 'bore'\n'node:*1' = 'tailscale'\n",
        "    r1: {kind: linux, publish: [tcp/22]}\n    r2: {kind: linux, publish: [tcp/22]}\n",
    );
    assert_eq!(lab.rules().iter().filter(|rule| *rule == "ambiguous-route").count(), 1);
    assert_eq!(lab.rows(), ["r2:22 bore anyone on the Internet"]);
    let said = lab.run(&["check"]).stdout;
    assert!(said.contains("two routes fit `tcp/22` on `r1`: `node:*1` and `node:r*`"), "{said}");
    // A narrower one decides.
    lab.settings(
        "provider = 'ssh'\n[routes]\n'node:r*' = 'bore'\n'node:*1' = 'tailscale'\n'socket:clab-l-r1-tcp-22' = 'ssh'\n",
    );
    assert_eq!(lab.rows(), ["r1:22 ssh anyone on the Internet", "r2:22 bore anyone on the Internet"]);
}

#[test]
fn unknown_names_are_errors_with_a_guess() {
    let lab = Lab::new("", NODES);
    for (settings, words) in [
        ("provider = ['ssh', 'borre']", "did you mean `bore`?"),
        ("provider = ['ssh', 'ssh']", "this provider is in the list already"),
        ("provider = []", "expected at least one provider"),
        ("[routes]\n'type:htp' = 'ssh'", "did you mean `type:http`?"),
        ("[routes]\n'nod:r1' = 'ssh'", "did you mean `node:r1`?"),
        ("[routes]\n'r1' = 'ssh'", "expected `type:`, `node:`, or `socket:`, and a name"),
        ("[routes]\n'node: r1' = 'ssh'", "and a name right after it"),
        ("provider = 'ssh,bore'", "expected one provider, or a list"),
        ("[routes]\n'node:r1' = 'gatway'", "did you mean `gateway`?"),
        ("routes = 'ssh'", "expected a table, `[routes]`"),
    ] {
        lab.settings(settings);
        let run = lab.run(&["check"]);
        assert!(run.exit == Exit::Failed && run.stderr.contains(words), "{settings}: {}", run.stderr);
    }
    let many: Vec<String> = (0..1_001).map(|index| format!("'node:r{index}' = 'ssh'")).collect();
    lab.settings(&format!("[routes]\n{}", many.join("\n")));
    let run = lab.run(&["check"]);
    assert!(run.exit == Exit::Failed && run.stderr.contains("expected at most 1000 routes"), "{}", run.stderr);
    lab.settings(&format!("[routes]\n{}", many[..1_000].join("\n")));
    assert_ne!(lab.run(&["check"]).exit, Exit::Failed);
    let run = lab.run(&["plan", "--no-config", "--provider", "ssh,gatway"]);
    assert!(run.stderr.contains("gateway"), "{}", run.stderr);
}

/// The acl of one socket does not keep out whom another provider lets in at the same port.
#[test]
fn an_open_socket_beside_a_closed_one_is_refused_at_any_provider() {
    let lab = Lab::new(
        "provider = ['bore', 'gateway']\n[names]\ndomain = 'lab.example.net'\n",
        "    r1: {kind: linux, publish: [http/80/a@example.com, tcp/80, tcp/81]}\n",
    );
    assert!(lab.rules().contains(&"wider-than-sibling".to_owned()), "{:?}", lab.rules());
    assert_eq!(lab.rows(), ["r1:80 gateway a@example.com", "r1:81 bore anyone on the Internet"]);
}

#[test]
fn each_provider_has_an_account_and_all_have_one_domain() {
    let nodes = "    r1: {kind: linux, publish: [tcp/1, tcp/2, tcp/3, http/1/a@example.org, http/2/a@example.org, http/3/a@example.org]}\n";
    let limits = "[limits]\ntcp = 3\nhttp = 3\n[names]\ndomain = 'lab.example.net'\n";
    let lab = Lab::new(&format!("provider = ['bore', 'border0']\n{limits}"), nodes);
    assert!(!lab.rules().contains(&"too-many-sockets".to_owned()), "{:?}", lab.rules());
    lab.settings(&format!("provider = ['bore', 'border0']\n{}", limits.replace("http = 3", "http = 2")));
    assert_eq!(lab.rules().iter().filter(|rule| *rule == "too-many-sockets").count(), 1);
    // One entry at two providers would have one hostname.
    let settings = |others: &str| {
        format!("[routes]\n'node:r1' = ['cloudflared', {others}]\n[names]\ndomain = 'lab.example.net'\n")
    };
    let lab = Lab::new(&settings("'ngrok'"), "    r1: {kind: linux, publish: [http/80/a@example.org]}\n");
    let said = lab.run(&["check"]).stdout;
    assert!(said.contains("two providers would share the hostname `r1-80.lab.example.net`"), "{said}");
    assert!(said.contains("on r1, at ngrok") && said.contains("on r1, at cloudflared"), "{said}");
    // A gateway's domain is its alone, whatever the names are.
    lab.settings("provider = ['gateway', 'frp']\n[routes]\n'node:auth' = 'frp'\n[names]\ndomain = 'lab.example.net'\n");
    fs::write(lab.topology(), "name: l\ntopology:\n  nodes:\n    auth: {kind: linux, publish: [https/443]}\n    r1: {kind: linux, publish: [http/80/a@example.org]}\n").unwrap();
    let said = lab.run(&["check"]).stdout;
    assert!(said.contains("the hostname `auth-443.lab.example.net` is below the domain of gateway"), "{said}");
}

#[test]
fn a_socket_that_moves_to_another_provider_is_told_with_whom_that_lets_in() {
    let nodes = "    r1: {kind: linux, publish: [tcp/22]}\n    r2: {kind: linux, publish: [tcp/22/a@example.com]}\n";
    let old = Lab::new("provider = ['tailscale', 'gateway']\n[routes]\n'node:r2' = 'gateway'\n", nodes);
    let new = Lab::new("provider = ['bore', 'gateway']\n", nodes);
    let old_path = old.topology();
    let run = new.run(&["plan", "--format=json", "--against", old_path.to_str().unwrap()]);
    let comparison: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    is_valid(&comparison, "comparison.schema.json");
    assert_eq!(comparison["version"], 2);
    let changes = comparison["changes"].as_array().unwrap();
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((change["kind"].as_str(), change["node"].as_str()), (Some("widened"), Some("r1")));
    assert_eq!((&change["before"]["provider"], &change["after"]["provider"]), (&"tailscale".into(), &"bore".into()));
    assert_eq!(change["gained"], "anyone on the Internet");
    let table = new.run(&["plan", "--against", old_path.to_str().unwrap()]).stdout;
    assert!(table.contains("provider tailscale") && table.contains("provider bore"), "{table}");
    // The same people at another provider: it moved.
    let moved = Lab::new("provider = ['ssh', 'gateway']\n", nodes);
    let new_path = new.topology();
    let run = moved.run(&["plan", "--format=json", "--against", new_path.to_str().unwrap()]);
    let comparison: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(comparison["changes"][0]["kind"], "moved", "{comparison}");
}

/// All share the ports of the relay: each gets those that the ones before it left.
#[test]
fn providers_share_the_ports_of_the_relay() {
    let node = |index| format!("    r{index}: {{kind: linux, publish: [tcp/22, tcp/23/a@b.com]}}\n");
    let nodes = (0..8).map(node).collect::<Vec<_>>().concat();
    let settings = |ports: &str| format!("provider = ['ssh', 'gateway']\n[relay]\nports = '{ports}'\n");
    let lab = Lab::new(&settings("20000-20015"), &nodes);
    assert!(!lab.rules().iter().any(|rule| rule.starts_with("relay-port")), "{:?}", lab.rules());
    let plan: Value = serde_json::from_str(&lab.run(&["plan", "--format=json"]).stdout).unwrap();
    let mut ports: Vec<u64> =
        plan["sockets"].as_array().unwrap().iter().map(|socket| socket["relay_port"].as_u64().unwrap()).collect();
    ports.sort_unstable();
    assert_eq!(ports, (20_000..20_016).collect::<Vec<_>>());
    lab.settings(&settings("20000-20014"));
    assert!(lab.rules().contains(&"relay-ports-used-up".to_owned()), "{:?}", lab.rules());
}

/// Through a jump host, people whom one provider keeps out of a node could come in.
#[test]
fn nothing_of_several_providers_is_folded() {
    let nodes = "    jump: {kind: linux, publish: [tcp/22]}\n    r1: {kind: linux, publish: [tcp/80, tcp/81, tls/57400/b@example.com]}\n";
    let lab = Lab::new("provider = ['bore', 'gateway']\njump-host = 'jump'\nfold = true\n", nodes);
    let said = lab.run(&["check"]).stdout;
    assert!(said.contains("`jump` cannot be the jump host of a lab whose sockets go to several providers"), "{said}");
    lab.settings("provider = ['bore', 'gateway']\njump-host = 'jump'\n[limits]\ntcp = 2\n");
    assert!(lab.rules().contains(&"too-many-sockets".to_owned()), "{:?}", lab.rules());
    assert!(!lab.run(&["plan"]).stdout.contains("folded"));
    // All at one provider: as ever.
    lab.settings("provider = ['gateway', 'bore']\njump-host = 'jump'\nfold = true\n");
    assert!(lab.run(&["check"]).stdout.contains("[folded-wider]"));
}

/// `--provider` with one name overrides the list and the routes.
#[test]
fn a_flag_with_one_name_is_that_provider_alone() {
    let nodes = "    r1: {kind: linux, publish: [http/80]}\n";
    let lab = Lab::new("provider = ['ssh', 'gateway']\n[routes]\n'type:http' = 'bore'\n", nodes);
    assert_eq!(lab.rows(), ["r1:80 bore anyone on the Internet"]);
    let alone = lab.run(&["plan", "--provider", "tailscale"]).stdout;
    assert!(alone.contains("every member of the tailnet") && alone.contains("provider tailscale"), "{alone}");
    let both = lab.run(&["plan", "--provider", "tailscale,ssh"]).stdout;
    assert!(both.contains("provider bore"), "{both}");
}

/// What is wrong with the topology is found once, whichever provider looks at it.
#[test]
fn what_two_providers_find_is_said_once() {
    let nodes = "    r1: {kind: linux, publish: [tcp/22, ssh/23/a@b.com]}\n    R1: {kind: linux, publish: [tcp/22, ssh/23/a@b.com]}\n";
    let lab = Lab::new("provider = ['bore', 'gateway']\n[routes]\n'node:R1' = 'gateway'\n", nodes);
    let count = |lab: &Lab| lab.rules().iter().filter(|rule| *rule == "name-not-resolvable").count();
    assert_eq!(count(&lab), 1);
    lab.settings("provider = 'gateway'\n");
    assert_eq!(count(&lab), 1);
}

/// A mail has what the gateway opens for a person, and says what else there is.
#[test]
fn an_invitation_leaves_out_what_is_not_the_gateways() {
    let gateway = "[relay]\naddress = 'gateway.example.net'\n[names]\ndomain = 'lab.example.net'\n[gateway]\nissuer = 'https://login.example.net'\nclient-id = 'lab'\ncertificate = '/etc/lab.pem'\ncertificate-key = '/etc/lab.key'\n";
    let nodes = "    r1: {kind: linux, publish: [tcp/22/alice@example.com, tcp/830]}\n    web: {kind: linux, publish: [http/80/example.com]}\n";
    let lab = Lab::new(&format!("provider = ['bore', 'tailscale', 'gateway']\n{gateway}"), nodes);
    let mail = lab.run(&["invite", "--for", "alice@example.com"]);
    assert_eq!(mail.exit, Exit::Clean, "{}", mail.stderr);
    assert!(mail.stdout.contains("https://web-80.lab.example.net"), "{}", mail.stdout);
    assert!(!mail.stdout.contains("830") && !mail.stdout.contains("r1"), "{}", mail.stdout);
    assert!(
        mail.stderr.contains("the mail leaves out 1 socket through tailscale, which `alice@example.com` may use too")
    );
    let mail = lab.run(&["invite", "--for", "bob@example.com"]);
    assert!(mail.exit == Exit::Clean && !mail.stderr.contains("leaves out"), "{}", mail.stderr);
    let nobody = lab.run(&["invite", "--for", "bob@example.org"]);
    assert!(nobody.stderr.contains("no entry of this lab names `bob@example.org`"), "{}", nobody.stderr);
    // What keeps a mail from being made is said of the provider.
    lab.settings(&format!(
        "provider = ['bore', 'tailscale', 'gateway']\n{}",
        gateway.replace("'gateway.", "'t@gateway.")
    ));
    let refused = lab.run(&["invite", "--for", "alice@example.com"]);
    assert!(
        refused.stderr.contains("gateway: the account on a gateway is made from the lab's name"),
        "{}",
        refused.stderr
    );
}

/// Until `compile` can do it, it says so, and writes nothing.
fn plan_of(list: &str, own: Option<&str>, folder: &Path) -> Value {
    let path = folder.join("l.clab.yml");
    let mut arguments = vec!["plan", "--format=json", "--no-config", "--acl=identities", "--tier=paid"];
    arguments.extend(["--limit=tcp=99,http=99", "--domain=example.net", "--provider", list, path.to_str().unwrap()]);
    let own = own.map(|own| format!("--tailnet-domain={own}"));
    arguments.extend(own.as_deref());
    let run = run_with(&arguments, "", &[]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{list}: {}", run.stderr))
}

/// With random lists of providers and random entries, each socket is at the first provider that the table has for it, and it lets in
/// the same people, at the same address, as that provider alone.
#[test]
fn each_provider_opens_what_it_opens_alone() {
    let names: Vec<&str> = MATRIX.iter().map(|(name, _)| *name).collect();
    let lists = prop::collection::vec(prop::sample::select(names), 1..5);
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::new(Config { cases: cases(120), failure_persistence: None, ..Config::default() });
    runner
        .run(&(lists, prop::collection::vec(entry(), 1..4)), |(mut list, entries)| {
            let mut seen = Vec::new();
            list.retain(|name| {
                !seen.contains(name) && {
                    seen.push(*name);
                    true
                }
            });
            let own = own_domain(&entries);
            let mut nodes = String::new();
            for (index, (kind, port, acl)) in entries.iter().enumerate() {
                let words: Vec<&str> = acl.iter().map(|(_, word)| word.as_str()).collect();
                let acl = if words.is_empty() { String::new() } else { format!("/{}", words.join(",")) };
                let _ = writeln!(nodes, "    n{index}: {{kind: linux, publish: [\"{kind}/{port}{acl}\"]}}");
            }
            fs::write(folder.path().join("l.clab.yml"), format!("name: l\ntopology:\n  nodes:\n{nodes}")).unwrap();
            let plan = plan_of(&list.join(","), own, folder.path());
            let mut sockets = plan["sockets"].as_array().unwrap().iter();
            for (index, entry) in entries.iter().enumerate() {
                let Some(first) = list.iter().find(|provider| is_carried(provider, own, entry)) else { continue };
                let socket = sockets.next().unwrap_or_else(|| panic!("n{index} is missing in {plan}"));
                prop_assert_eq!(&socket["node"], &Value::from(format!("n{index}")));
                let provider = socket["provider"].as_str().or(plan["provider"].as_str());
                prop_assert_eq!(provider, Some(*first), "{:?}", &list);
                let alone = plan_of(first, own, folder.path());
                let mut alone = alone["sockets"].as_array().unwrap().iter();
                let mut alone = alone.find(|one| one["node"] == socket["node"]).unwrap().clone();
                if let (Some(provider), Some(alone)) = (socket.get("provider"), alone.as_object_mut()) {
                    alone.insert("provider".to_owned(), provider.clone());
                }
                prop_assert_eq!(socket, &alone, "{:?}", &list);
            }
            prop_assert!(sockets.next().is_none(), "{}", plan);
            Ok(())
        })
        .unwrap();
}
