//! One change at a time: each setting, each key of a topology that publishing reads, each carrier, each provider. What a reviewer
//! is told of it, in which words, and whether `--fail-on widened` fails.

use std::fs;
use std::path::Path;

use publish_plan::Exit;
use serde_json::Value;

use crate::support::program::providers;
use crate::support::{Run, root, run};

/// What a change of a setting can do, as JSON says it.
const ELSEWHERE: &str = "leads-elsewhere";
const GATE: &str = "gate";
const OTHER: &str = "other";

/// Who reads a setting.
const ALL: &[&str] = &[
    "border0",
    "bore",
    "cloudflared",
    "frp",
    "gateway",
    "mysocketio",
    "ngrok",
    "ssh",
    "tailscale",
    "tailscale-funnel",
];
const NAMED: &[&str] = &["cloudflared", "frp", "gateway", "ngrok"];
const PORTS: &[&str] = &["bore", "frp", "gateway", "ssh", "tailscale"];
const RELAY: &[&str] = &["bore", "frp", "gateway", "ssh"];
const GATEWAY: &[&str] = &["gateway"];
/// Those with the tunnel of an OpenSSH client.
const TUNNEL_OF_SSH: &[&str] = &["gateway", "ssh"];
const SECRET: &[&str] = &["bore", "frp", "ngrok", "tailscale", "tailscale-funnel"];
/// Those that name sockets after containers.
const CONTAINERS: &[&str] =
    &["border0", "bore", "cloudflared", "frp", "gateway", "ngrok", "ssh", "tailscale", "tailscale-funnel"];
const CLOUDFLARE: &[&str] = &["cloudflared"];

const TUNNELS: [&str; 2] = ["'6ff42ae2-765d-4adf-8112-31c55c1551ef'", "'6ff42ae2-765d-4adf-8112-31c55c1551e0'"];
const TAGS: [&str; 2] = [
    "'4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'",
    "'4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f0'",
];

/// Each key of publish-plan.toml: values of it, who reads it, and what a change can do.
#[rustfmt::skip]
const SETTINGS: &[(&str, &[&str], &[&str], &str)] = &[
    ("acl",                        &["'identities'", "'policies'"],          ALL,          OTHER),
    ("exclude",                    &["[\"a/\"]", "[\"b/\"]"],                ALL,          GATE),
    ("entries",                    &["[\"a.publish.yml\"]", "[\"b.publish.yml\"]"], ALL,   OTHER),
    ("one-account",                &["true"],                                ALL,          GATE),
    ("require-ignore-reason",      &["true"],                                ALL,          GATE),
    ("limits.tcp",                 &["7", "8"],                              ALL,          GATE),
    ("limits.http",                &["7", "8"],                              ALL,          GATE),
    ("routes.\"node:x\"",           &["'ssh'", "'bore'"],                    ALL,          ELSEWHERE),
    ("tier",                       &["'free'", "'paid'"],                    ALL,          GATE),
    ("providers.ssh.relay.address", &["'a.example'", "'b.example'"],         &["ssh"],     ELSEWHERE),
    ("providers.frp.secret",       &["'a'", "'b'"],                          &["frp"],     ELSEWHERE),
    ("providers.ngrok.limits.tcp", &["7", "8"],                              ALL,          GATE),
    ("secret",                     &["'~/s'", "'/s'"],                       SECRET,       ELSEWHERE),
    ("jump-host",                  &["'r1'", "'r2:2222'"],                   ALL,          ELSEWHERE),
    ("fold",                       &["true"],                                ALL,          OTHER),
    ("node",                       &["true"],                                ALL,          OTHER),
    ("names.domain",               &["'a.example'", "'b.example'"],          NAMED,        ELSEWHERE),
    ("names.template",             &["'{node}.{domain}'", "'x.{domain}'"],   NAMED,        OTHER),
    ("relay.address",              &["'t@inner'", "'t@outer:2222'"],         RELAY,        ELSEWHERE),
    ("relay.ports",                &["'3000-3999'", "'4000-4999'"],          PORTS,        OTHER),
    ("relay.web-ports",            &["'80,443'", "'8080,8443'"],             &["frp"],     OTHER),
    ("relay.identity",             &["'key'", "'../key'"], TUNNEL_OF_SSH,          ELSEWHERE),
    ("relay.known-hosts",          &["'hosts'", "'a/hosts'"], TUNNEL_OF_SSH,          ELSEWHERE),
    ("relay.pins.\"clab-l-r1-https-443\"", &["20022", "20023"],              CONTAINERS,   OTHER),
    ("kubernetes.files",           &["true"],                                ALL,          OTHER),
    ("kubernetes.namespace",       &["'a'", "'b'"],                          ALL,          OTHER),
    ("kubernetes.topology",        &["'a'", "'b'"],                          ALL,          OTHER),
    ("kubernetes.naming",          &["'prefixed'", "'non-prefixed'"],        ALL,          OTHER),
    ("cloudflare.tunnel",          &TUNNELS,                                 CLOUDFLARE,   ELSEWHERE),
    ("cloudflare.credentials",     &["'c'", "'d'"],                          CLOUDFLARE,   ELSEWHERE),
    ("cloudflare.team",            &["'inner'", "'outer'"],                  CLOUDFLARE,   ELSEWHERE),
    ("access-tags.\"r1.a.example\"", &TAGS,                                  CLOUDFLARE,   ELSEWHERE),
    ("gateway.issuer",             &["'https://a.example'", "'https://b.example'"], GATEWAY, ELSEWHERE),
    ("gateway.client-id",          &["'a'", "'b'"],                          GATEWAY,      ELSEWHERE),
    ("gateway.certificate",        &["'/a.pem'", "'/b.pem'"],                GATEWAY,      ELSEWHERE),
    ("gateway.certificate-key",    &["'/a.key'", "'/b.key'"],                GATEWAY,      ELSEWHERE),
    ("gateway.acme-email",         &["'a@a.example'", "'b@a.example'"],      GATEWAY,      ELSEWHERE),
    ("gateway.web-port",           &["443", "8443"],                         GATEWAY,      ELSEWHERE),
    ("gateway.certificate-hours",  &["8", "9"],                              GATEWAY,      ELSEWHERE),
    ("tailscale.domain",           &["'a.example'", "'b.example'"],          &["tailscale"], ELSEWHERE),
    ("images.border0",             &["'a.example/b:1'", "'a.example/b:2'"],  &["border0"], ELSEWHERE),
    ("images.bore",                &["'a.example/b:1'", "'a.example/b:2'"],  &["bore"],    ELSEWHERE),
    ("images.bore-base",           &["'a.example/b:1'", "'a.example/b:2'"],  &["bore"],    ELSEWHERE),
    ("images.cloudflared",         &["'a.example/b:1'", "'a.example/b:2'"],  CLOUDFLARE,   ELSEWHERE),
    ("images.frp",                 &["'a.example/b:1'", "'a.example/b:2'"],  &["frp"],     ELSEWHERE),
    ("images.gateway",             &["'a.example/b:1'", "'a.example/b:2'"],  GATEWAY,      ELSEWHERE),
    ("images.gateway-node",        &["'a.example/b:1'", "'a.example/b:2'"],  GATEWAY,      ELSEWHERE),
    ("images.ngrok",               &["'a.example/b:1'", "'a.example/b:2'"],  &["ngrok"],   ELSEWHERE),
    ("images.ssh",                 &["'a.example/b:1'", "'a.example/b:2'"],  &["ssh"],     ELSEWHERE),
    ("images.ssh-node",            &["'a.example/b:1'", "'a.example/b:2'"],  &["ssh"],     ELSEWHERE),
    ("images.tailscale",           &["'a.example/b:1'", "'a.example/b:2'"],  &["tailscale", "tailscale-funnel"], ELSEWHERE),
    ("rules.open-to-anyone",       &["'error'", "'ignore'"],                 ALL,          GATE),
];

/// Every provider carries this.
const PAGE: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [https/443]}\n";

/// Compares two topologies in folders of their own, each with its publish-plan.toml.
fn compare(folder: &Path, [old, new]: [(&str, &str); 2], arguments: &[&str]) -> Run {
    let [old, new] = [("old", old), ("new", new)].map(|(name, (topology, settings))| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("publish-plan.toml"), settings).unwrap();
        fs::write(folder.join("l.clab.yml"), topology).unwrap();
        // Entries files that settings can list; they are for another lab.
        for name in ["a.publish.yml", "b.publish.yml"] {
            fs::write(folder.join(name), "topology: other.clab.yml\n").unwrap();
        }
        folder.join("l.clab.yml").to_str().unwrap().to_owned()
    });
    run(&[&["plan", &new, "--against", &old, "--no-env"], arguments].concat())
}

/// The lines of a table but the last one, which counts; blanks as one.
fn lines(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().filter(|line| !line.starts_with("compared with ") && !line.starts_with(" CHANGE "));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_setting_is_told_where_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for (key, values, readers, weight) in SETTINGS {
        // It is an error without.
        let beside = match *key {
            "fold" => "jump-host = 'r1'\n",
            // It is the tag of a socket's host name.
            "access-tags.\"r1.a.example\"" => "names.domain = 'a.example'\nnames.template = '{node}.{domain}'\n",
            _ => "",
        };
        let set = |value: &str| format!("{beside}{key} = {value}\n");
        let shown = |value: &str| value.trim_matches('\'').to_owned();
        let mut changes = vec![(beside.to_owned(), set(values[0]), format!("{key} set to {}", shown(values[0])))];
        if let [first, second] = values {
            changes.push((set(first), set(second), format!("{key} changed: {} → {}", shown(first), shown(second))));
        }
        let last = values.last().unwrap();
        changes.push((set(last), beside.to_owned(), format!("{key} no longer set (was {})", shown(last))));
        for provider in ALL.iter().map(|name| Some(*name)).chain([None]) {
            let flags = provider.map_or_else(Vec::new, |name| vec!["--provider", name]);
            for (old, new, told) in &changes {
                let sides = [(PAGE, old.as_str()), (PAGE, new.as_str())];
                let what = format!("{provider:?}: {old} → {new}");
                let table = compare(folder.path(), sides, &flags);
                let is_read = provider.is_none_or(|name| readers.contains(&name));
                let of_key: Vec<String> = lines(&table).into_iter().filter(|line| line.starts_with(key)).collect();
                let expected = if is_read { vec![told.clone()] } else { Vec::new() };
                assert_eq!(of_key, expected, "{what}: {}{}", table.stdout, table.stderr);
                let json = compare(folder.path(), sides, &[&flags[..], &["--format", "json"]].concat());
                let json: Value = serde_json::from_str(&json.stdout).unwrap();
                let differing: Vec<&Value> =
                    json["differing"].as_array().unwrap().iter().map(|one| &one["weight"]).collect();
                assert_eq!(differing, if is_read { vec![weight] } else { Vec::new() }, "{what}: {json}");
                let failing = compare(folder.path(), sides, &[&flags[..], &["--fail-on", "widened"]].concat());
                let is_wider = is_read && *weight == ELSEWHERE;
                let has_rows = !json["changes"].as_array().unwrap().is_empty();
                // Rows have their own test below, and an error fails by itself.
                let is_alone = !has_rows && !failing.stderr.contains("error[") && json["before"]["stopped"] == 0;
                assert!(!is_alone || is_wider == (failing.exit == Exit::Findings), "{what}: {}", failing.stderr);
                assert!(!is_wider || failing.exit == Exit::Findings, "{what}: {}", failing.stdout);
                assert!(*weight != GATE || !has_rows, "{what}: {json}");
            }
        }
    }
}

/// A key that is not in the table above would not be looked at.
#[test]
fn every_setting_is_in_the_table() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(root().join("schemas/config.schema.json")).unwrap()).unwrap();
    let mut keys = Vec::new();
    let mut tables = vec![(String::new(), &schema)];
    while let Some((prefix, table)) = tables.pop() {
        // The old name of a key is the same setting.
        let properties = table["properties"].as_object().unwrap();
        for (key, value) in properties.iter().filter(|(_, value)| value["deprecated"] != true) {
            let key = format!("{prefix}{key}");
            match (value.get("properties"), value["type"] == "object") {
                (Some(_), _) => tables.push((format!("{key}."), value)),
                (None, true) => keys.push(format!("{key}.")),
                (None, false) => keys.push(key),
            }
        }
    }
    assert!(keys.len() > 20, "{keys:?}");
    // That one has a test of its own; and what one provider can have for itself, others can.
    keys.retain(|key| key != "provider" && !key.starts_with("providers."));
    let is_there = |key: &String| {
        SETTINGS.iter().any(|(known, ..)| known == key || key.ends_with('.') && known.starts_with(key.as_str()))
    };
    keys.retain(|key| !is_there(key));
    assert_eq!(keys, [""; 0]);
    let names: Vec<&str> = providers().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ALL);
}

#[test]
fn every_change_of_the_provider_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |provider: Option<&&str>| provider.map_or_else(String::new, |name| format!("provider = '{name}'\n"));
    for old in ALL.iter().map(Some).chain([None]) {
        for new in ALL.iter().map(Some).chain([None]) {
            let (before, after) = (settings(old), settings(new));
            let failing = compare(folder.path(), [(PAGE, &before), (PAGE, &after)], &["--fail-on", "widened"]);
            assert_eq!(failing.exit == Exit::Findings, old != new, "{}{}", failing.stdout, failing.stderr);
            let told = match (old, new) {
                (Some(old), Some(new)) => format!("provider changed: {old} → {new}"),
                (None, Some(new)) => format!("provider set to {new}"),
                (Some(old), None) => format!("provider no longer set (was {old})"),
                (None, None) => continue,
            };
            assert_eq!(lines(&failing).contains(&told), old != new, "{}", failing.stdout);
        }
    }
}

/// A topology that uses all that publishing reads; the changes below are replacements in it.
const LAB: &str = r#"name: l
prefix: p
mgmt: {network: m}
topology:
  defaults: {image: any}
  kinds: {linux: {image: x}, other: {image: y}, mysocketio: {image: "i:1"}}
  groups: {g: {image: z}, h: {kind: other, publish: [tls/7/d@b.com]}}
  nodes:
    r1: {kind: linux, publish: [tls/22/a@b.com]}
    r2: {kind: linux, group: g, labels: {publish: http/80/a@b.com}}
    r3: {group: g, kind: nokia_srsim, type: sr-7, components: [{slot: A}, {slot: 1}], publish: [tls/22/a@b.com]}
    r4: {kind: linux, group: g}
    t: {kind: mysocketio, binds: ["a:/root/.mysocketio_token"], extras: {mysocket-proxy: "http://a:1"}}
"#;

/// What is replaced by what, everything that is told, and whether somebody may get in who did not.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, &[&str], bool)] = &[
    ("", "", &[], false),
    ("name: l", "name: m", &[
        "leads elsewhere r1 22 tls container p-l-r1 container p-m-r1",
        "leads elsewhere r2 80 http container p-l-r2 container p-m-r2",
        "leads elsewhere r3 22 tls container p-l-r3-1 container p-m-r3-1",
        "name changed: l → m",
    ], true),
    ("prefix: p", "prefix: q", &[
        "leads elsewhere r1 22 tls container p-l-r1 container q-l-r1",
        "leads elsewhere r2 80 http container p-l-r2 container q-l-r2",
        "leads elsewhere r3 22 tls container p-l-r3-1 container q-l-r3-1",
        "prefix changed: p → q",
    ], true),
    ("prefix: p\n", "", &[
        "leads elsewhere r1 22 tls container p-l-r1 container clab-l-r1",
        "leads elsewhere r2 80 http container p-l-r2 container clab-l-r2",
        "leads elsewhere r3 22 tls container p-l-r3-1 container clab-l-r3-1",
        "prefix changed: p → clab",
    ], true),
    ("prefix: p", "prefix: ''", &[
        "leads elsewhere r1 22 tls container p-l-r1 container r1",
        "leads elsewhere r2 80 http container p-l-r2 container r2",
        "leads elsewhere r3 22 tls container p-l-r3-1 container r3-1",
        "prefix changed: p → ``",
    ], true),
    ("prefix: p", "prefix: __lab-name", &[
        "leads elsewhere r1 22 tls container p-l-r1 container l-r1",
        "leads elsewhere r2 80 http container p-l-r2 container l-r2",
        "leads elsewhere r3 22 tls container p-l-r3-1 container l-r3-1",
        "prefix changed: p → __lab-name",
    ], true),
    ("network: m", "network: n", &["mgmt.network changed: m → n"], true),
    ("mgmt: {network: m}\n", "", &["mgmt.network changed: m → clab"], true),
    // What a node is.
    ("r1: {kind: linux", "r1: {kind: other", &["leads elsewhere r1 22 tls kind linux kind other"], true),
    ("r1: {kind: linux, ", "r1: {", &["leads elsewhere r1 22 tls kind linux no kind"], true),
    ("r1: {kind: linux, ", "r1: {group: h, ", &["leads elsewhere r1 22 tls kind linux kind other"], true),
    ("r1: {kind: linux", "r1: {kind: linux, network-mode: host", &[
        "no longer reachable r1 22 tls a@b.com –",
        "new door: everything that r1 listens on is open on the lab host itself (`network-mode: host`)",
        "`compile` stops at 1 finding in the new topology; the comparison may be incomplete",
    ], true),
    ("defaults: {", "defaults: {network-mode: none, ", &[
        "no longer reachable r1 22 tls a@b.com –",
        "no longer reachable r2 80 http a@b.com –",
        "no longer reachable r3 22 tls a@b.com –",
        "`compile` stops at 3 findings in the new topology; the comparison may be incomplete",
    ], true),
    // Doors that no entry opens.
    ("r1: {kind: linux", "r1: {ports: ['8080:80'], kind: linux", &[
        "new door: port 8080 on every address of the lab host leads to port 80 of r1",
    ], true),
    ("groups: {g: {", "groups: {g: {ports: ['127.0.0.1:8080:80'], ", &[
        "new door: port 8080 on the loopback address of the lab host leads to port 80 of r2",
        "new door: port 8080 on the loopback address of the lab host leads to port 80 of r3",
        "new door: port 8080 on the loopback address of the lab host leads to port 80 of r4",
    ], true),
    ("mgmt: {network: m}", "mgmt: {network: m, external-access: false}", &[], false),
    ("{slot: 1}", "{slot: 2}", &["leads elsewhere r3 22 tls container p-l-r3-1 container p-l-r3-2"], true),
    ("type: sr-7", "type: sr-1", &["leads elsewhere r3 22 tls container p-l-r3-1 container p-l-r3"], true),
    ("r1: ", "r9: ", &[
        "newly reachable r9 22 tls – a@b.com",
        "no longer reachable r1 22 tls a@b.com –",
    ], true),
    ("r1: {", "r1: {image: other, ", &[], false),
    // Who is let in, level by level.
    ("tls/22/a@b.com]}\n    r2", "tls/22/b.com]}\n    r2", &["widened r1 22 tls a@b.com anyone @b.com"], true),
    ("[tls/22/a@b.com]}\n    r2", "[]}\n    r2", &["no longer reachable r1 22 tls a@b.com –"], false),
    ("r1: {kind: linux, publish: [tls/22/a@b.com]", "r1: {kind: linux, labels: {publish: tls/22/a@b.com}", &[], false),
    ("publish: http/80/a@b.com", "publish: http/80/b.com", &["widened r2 80 http a@b.com anyone @b.com"], true),
    ("r2: {kind: linux, group: g, labels: {publish: http/80/a@b.com}", "r2: {kind: linux, group: h", &[
        "newly reachable r2 7 tls – d@b.com",
        "no longer reachable r2 80 http a@b.com –",
    ], true),
    ("groups: {g: {", "groups: {g: {publish: [tls/9/c@b.com], ", &["newly reachable r4 9 tls – c@b.com"], true),
    ("kinds: {linux: {", "kinds: {linux: {publish: [tls/9/c@b.com], ", &["newly reachable r4 9 tls – c@b.com"], true),
    ("defaults: {", "defaults: {publish: [tls/9/c@b.com], ", &["newly reachable r4 9 tls – c@b.com"], true),
    ("defaults: {", "defaults: {labels: {publish: tls/9/c@b.com}, ", &["newly reachable r4 9 tls – c@b.com"], true),
    // The node that runs the client.
    ("i:1", "i:2", &["image of the tunnel node changed: i:1 → i:2"], true),
    ("mysocketio: {image: \"i:1\"}", "mysocketio: {}", &["image of the tunnel node changed: i:1 → any"], true),
    ("    t: {", "    t: {image: \"i:3\", ", &["image of the tunnel node changed: i:1 → i:3"], true),
    ("a:/root", "b:/root", &["token of the tunnel node changed: a → b"], true),
    ("a:/root", "a:/elsewhere", &[
        "token of the tunnel node no longer set (was a)",
        "`compile` stops at 1 finding in the new topology; the comparison may be incomplete",
    ], true),
    ("http://a:1", "http://b:1", &["proxy of the tunnel node changed: http://a:1 → http://b:1"], true),
    ("http://a:1", "http://me:secret@b:1", &["proxy of the tunnel node changed: http://a:1 → …@b:1"], true),
    ("http://a:1", "b:1", &["proxy of the tunnel node no longer set (was http://a:1)"], true),
    ("t: {kind: mysocketio", "t: {kind: border0", &[
        "widened r1 22 tls a@b.com, socket clab-r1-tls-22 holders of policy a@b.com, socket p-l-r1-tls-22",
        "widened r2 80 http a@b.com, socket clab-r2-http-80 holders of policy a@b.com, socket p-l-r2-http-80",
        "widened r3 22 tls a@b.com, socket clab-r3-tls-22 holders of policy a@b.com, socket p-l-r3-1-tls-22",
        "provider changed: mysocketio → border0",
        "image of the tunnel node changed: i:1 → any",
        "token of the tunnel node no longer set (was a)",
        "proxy of the tunnel node no longer set (was http://a:1)",
    ], true),
    ("t: {kind: mysocketio", "t: {kind: linux", &[
        "provider no longer set (was mysocketio)",
        "image of the tunnel node no longer set (was i:1)",
        "token of the tunnel node no longer set (was a)",
        "proxy of the tunnel node no longer set (was http://a:1)",
    ], true),
];

/// A topology, its settings, what in them is replaced by what, everything that is told, and whether it fails.
type Effect = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], bool);

/// What a setting makes of sockets.
#[rustfmt::skip]
const EFFECTS: &[Effect] = &[
    (PEOPLE, "acl = 'identities'\n", "identities", "policies", &[
        "widened r1 22 tls anyone @b.com holders of policy b.com",
        "acl changed: identities → policies",
        "`compile` stops at 1 finding in the new topology; the comparison may be incomplete",
    ], true),
    (PAGE, "provider = 'ssh'\nrelay.ports = '3000-3000'\n", "3000-3000", "4000-4000", &[
        "moved r1 443 https public port 3000 public port 4000",
        "relay.ports changed: 3000-3000 → 4000-4000",
    ], false),
    (SSH, "provider = 'ssh'\nrelay.pins.'clab-l-r1-tcp-22' = 20001\n", "20001", "20002", &[
        "moved r1 22 tcp public port 20001 public port 20002",
        "relay.pins.\"clab-l-r1-tcp-22\" changed: 20001 → 20002",
    ], false),
    (SSH, "provider = 'cloudflared'\nnames.domain = 'a.example'\n", "a.example", "b.example", &[
        "moved r1 22 tcp hostname r1-22.a.example hostname r1-22.b.example",
        "moved r2 22 tcp hostname r2-22.a.example hostname r2-22.b.example",
        "moved r2 80 http hostname r2-80.a.example hostname r2-80.b.example",
        "moved r3 22 tcp hostname r3-22.a.example hostname r3-22.b.example",
        "names.domain changed: a.example → b.example",
    ], true),
    (SSH, "provider = 'cloudflared'\nnames.domain = 'a.example'\n", "names.domain = 'a.example'\n", "", &[
        "moved r1 22 tcp hostname r1-22.a.example no hostname",
        "moved r2 22 tcp hostname r2-22.a.example no hostname",
        "moved r2 80 http hostname r2-80.a.example no hostname",
        "moved r3 22 tcp hostname r3-22.a.example no hostname",
        "names.domain no longer set (was a.example)",
    ], true),
    (SSH, "provider = 'cloudflared'\nnames.domain = 'a.example'\nnames.template = '{node}-{port}.{domain}'\n", "{node}-{port}", "{lab}-{node}-{port}", &[
        "moved r1 22 tcp hostname r1-22.a.example hostname l-r1-22.a.example",
        "moved r2 22 tcp hostname r2-22.a.example hostname l-r2-22.a.example",
        "moved r2 80 http hostname r2-80.a.example hostname l-r2-80.a.example",
        "moved r3 22 tcp hostname r3-22.a.example hostname l-r3-22.a.example",
        "names.template changed: {node}-{port}.{domain} → {lab}-{node}-{port}.{domain}",
    ], false),
    (SSH, "provider = 'ssh'\njump-host = 'r1'\nfold = true\n", "'r1'", "'r2'", &[
        "moved r1 22 tcp not through a jump host, public port 20004 through r2, no public port",
        "moved r2 22 tcp through r1, no public port not through a jump host, public port 21686",
        "leads elsewhere r2 80 http through r1 through r2",
        "leads elsewhere r3 22 tcp through r1 through r2",
        "jump-host changed: r1 → r2",
    ], true),
    (SSH, "provider = 'ssh'\njump-host = 'r1'\nfold = true\n", "true", "false", &[
        "moved r2 22 tcp through r1, no public port not through a jump host, public port 21686",
        "moved r2 80 http through r1, local port 29435, no public port not through a jump host, no local port, public port 29435",
        "moved r3 22 tcp through r1, no public port not through a jump host, public port 24792",
        "fold no longer set (was true)",
    ], false),
    (SSH, "provider = 'ssh'\n", "ssh", "bore", &["provider changed: ssh → bore"], true),
];

const PEOPLE: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/b.com]}\n";

/// Two nodes whose SSH may be a jump host's.
const SSH: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n    r2: {kind: linux, publish: [tcp/22, http/80]}\n    r3: {kind: linux, publish: [tcp/22]}\n";

/// One comparison that must say exactly this, in a table; both cells of a row are never one text.
fn assert_told(folder: &Path, sides: [(&str, &str); 2], told: &[&str], fails: bool) {
    let compared = compare(folder, sides, &["--fail-on", "widened"]);
    let [(old, old_settings), (new, new_settings)] = sides;
    let what = format!("{old_settings}{old} → {new_settings}{new}: {}", compared.stderr);
    assert_eq!(lines(&compared), told, "{what}");
    assert_eq!(compared.exit == Exit::Findings, fails, "{what}");
    let document = compare(folder, sides, &["--format", "markdown"]).stdout;
    for row in document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 6 && cells[4] != cells[5], "{row}");
    }
}

#[test]
fn every_key_that_publishing_reads_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (old, new, told, fails) in CHANGES {
        assert!(old.is_empty() || LAB.matches(old).count() == 1, "{old}");
        assert_told(folder.path(), [(LAB, ""), (&LAB.replacen(old, new, 1), "")], told, *fails);
    }
}

#[test]
fn what_a_setting_makes_of_sockets_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (topology, settings, old, new, told, fails) in EFFECTS {
        assert_eq!(settings.matches(old).count(), 1, "{old}");
        let changed = settings.replacen(old, new, 1);
        assert_told(folder.path(), [(topology, settings), (topology, &changed)], told, *fails);
    }
}

/// The container of another lab may have the same name: then only the lab tells the sides of a row apart.
#[test]
fn a_port_of_another_lab_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "provider = 'ssh'\nrelay.ports = '3000-3000'\n";
    let lab = PAGE.replace("name: l", "name: l\nprefix: ''");
    let told = [
        "rewired r1 443 https lab l lab m",
        "name changed: l → m",
        "port 3000 led to port 443 of r1 of lab l and now leads to port 443 of r1 of lab m",
    ];
    let other = lab.replace("name: l", "name: m");
    assert_told(folder.path(), [(&lab, settings), (&other, settings)], &told, true);
    let document = compare(folder.path(), [(&lab, settings), (&other, settings)], &["--format", "markdown"]).stdout;
    assert!(document.contains("\n- **name changed: l → m**\n- **port 3000 led to "), "{document}");
    let gates = compare(folder.path(), [(&lab, ""), (&lab, "tier = 'paid'\n")], &["--format", "markdown"]).stdout;
    assert!(gates.contains("\n- tier set to paid\n"), "{gates}");
}

/// Of a long value the beginning is shown, and all of it is compared.
#[test]
fn a_long_value_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let long = |end: &str| format!("provider = 'ssh'\nrelay.identity = '/{}{end}'\n", "k".repeat(10_000));
    let told = format!("relay.identity changed: /{}… has different content", "k".repeat(254));
    assert_told(folder.path(), [(PAGE, &long("a")), (PAGE, &long("b"))], &[&told], true);
    assert_told(folder.path(), [(PAGE, &long("a")), (PAGE, &long("a"))], &[], false);
}

/// What nobody reaches leads nowhere, and is let in by nobody; a gate stays one.
#[test]
fn where_nothing_is_published_only_gates_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = PAGE.replace("https/443", "none");
    let settings = "provider = 'ssh'\nrelay.address = 't@outer'\nrules.open-to-anyone = 'ignore'\n";
    assert_told(folder.path(), [(&nothing, ""), (&nothing, settings)], &["rules.open-to-anyone set to ignore"], false);
    // One in error would be there as soon as it is mended.
    let broken = PAGE.replace("https/443", "https/");
    let stops = "`compile` stops at 1 finding in the new topology; the comparison may be incomplete";
    let told = [
        "no longer reachable r1 443 https anyone on the Internet –",
        "provider set to ssh",
        "relay.address set to t@outer",
        "rules.open-to-anyone set to ignore",
        stops,
    ];
    assert_told(folder.path(), [(PAGE, ""), (&broken, settings)], &told, true);
}

/// A path is seen from the folder of the publish-plan.toml: the same words in another one name another file.
#[test]
fn a_path_is_compared_as_it_is_seen_from_the_topology() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |path: &str| format!("provider = 'ssh'\nrelay.known-hosts = '{path}'\n");
    let place = |side: &str, above: Option<&str>, beside: Option<&str>| {
        let folder = folder.path().join(side);
        fs::create_dir_all(folder.join("labs")).unwrap();
        crate::support::make_repository(&folder);
        for (place, path) in [("publish-plan.toml", above), ("labs/publish-plan.toml", beside)] {
            let place = folder.join(place);
            path.map_or_else(|| _ = fs::remove_file(&place), |path| fs::write(&place, settings(path)).unwrap());
        }
        fs::write(folder.join("labs/l.clab.yml"), PAGE).unwrap();
        folder.join("labs/l.clab.yml").to_str().unwrap().to_owned()
    };
    let old = place("old", Some("hosts"), None);
    let compared = |new: &str, arguments: &[&str]| run(&[&["plan", new, "--against", &old], arguments].concat());
    let fail = ["--fail-on", "widened"];
    assert_eq!(lines(&compared(&place("new", Some("hosts"), None), &fail)), [""; 0]);
    assert_eq!(lines(&compared(&place("new", None, Some("../hosts")), &fail)), [""; 0]);
    let elsewhere = compared(&place("new", None, Some("hosts")), &fail);
    assert_eq!(lines(&elsewhere), ["relay.known-hosts changed: ../hosts → hosts"]);
    assert_eq!(elsewhere.exit, Exit::Findings);
    // One file that is named is one, whatever folders the topologies are in.
    let beside = folder.path().join("new/labs/publish-plan.toml");
    let deeper = folder.path().join("new/labs/deeper/l.clab.yml");
    fs::create_dir_all(deeper.parent().unwrap()).unwrap();
    fs::write(&deeper, PAGE).unwrap();
    let named = ["--config", beside.to_str().unwrap()];
    assert_eq!(lines(&compared(deeper.to_str().unwrap(), &named)), [""; 0]);
}

/// What is compared is the value of a variable; what is printed is what the file has.
#[test]
fn a_value_of_the_environment_is_compared_and_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| crate::support::git(folder.path(), arguments);
    let (path, env) = (folder.path().join("l.clab.yml"), folder.path().join("lab.env"));
    let tunnel = r#"    t: {kind: mysocketio, image: "i:${IMAGE}", binds: ["${KEYS}/t:/root/.mysocketio_token"], extras: {mysocket-proxy: "${PROXY}"}}"#;
    let lab = PAGE.replace("name: l", "name: l\nmgmt: {network: '${NETWORK}'}");
    fs::write(&path, format!("{lab}{tunnel}\n")).unwrap();
    let values =
        |mark: &str| format!("NETWORK={mark}\nIMAGE={mark}\nKEYS={mark}\nPROXY=http://{mark}:{mark}@proxy:1\n");
    fs::write(&env, values("t0ken1")).unwrap();
    git(&["init", "--quiet", "."]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "one"]);
    let compared = || {
        let flags = ["--no-env", "--fail-on", "widened", "--env-file", env.to_str().unwrap()];
        let base = ["plan", path.to_str().unwrap(), "--against", "HEAD"];
        for format in ["json", "yaml", "markdown"] {
            let printed = run(&[&base[..], &flags, &["--format", format]].concat());
            assert!(!printed.stdout.contains("t0ken") && printed.stdout.contains("NETWORK"), "{}", printed.stdout);
        }
        run(&[&base[..], &flags].concat())
    };
    fs::write(&env, values("t0ken2")).unwrap();
    let told = compared();
    assert_eq!(
        lines(&told),
        [
            "mgmt.network changed: ${NETWORK} has different content",
            "image of the tunnel node changed: i:${IMAGE} has different content",
            "token of the tunnel node changed: ${KEYS}/t has different content",
            "proxy of the tunnel node changed: ${PROXY} has different content",
        ],
        "{}",
        told.stderr
    );
    assert_eq!(told.exit, Exit::Findings);
    // Another variable with the same value is the same.
    let other = format!("{lab}{tunnel}\n").replace("${NETWORK}", "${OTHER}");
    fs::write(&path, other).unwrap();
    fs::write(&env, format!("{}OTHER=t0ken1\n", values("t0ken1"))).unwrap();
    let same =
        run(&["plan", path.to_str().unwrap(), "--against", "HEAD", "--no-env", "--env-file", env.to_str().unwrap()]);
    assert_eq!(lines(&same), [""; 0]);
}
