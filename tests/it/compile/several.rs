//! A lab with several providers: a directory for each, with what the provider has alone, below a script for all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use publish_plan::Exit;
use serde_json::Value;

use super::files::{copy_of, project};
use crate::support::{Run, files_below, root, run_with, snapshot};

/// The examples and the cases, each with two providers that can carry all of it.
const LABS: [(&str, [&str; 2]); 9] = [
    ("examples/demo", ["gateway", "tailscale"]),
    ("examples/folded", ["gateway", "tailscale"]),
    ("examples/identity", ["border0", "tailscale"]),
    ("examples/open", ["cloudflared", "bore"]),
    ("examples/telemetry", ["tailscale", "gateway"]),
    ("tests/cases/topologies/pages", ["border0", "ngrok"]),
    ("tests/cases/topologies/public", ["ssh", "ngrok"]),
    ("tests/cases/topologies/team", ["cloudflared", "gateway"]),
    ("tests/cases/topologies/workshop", ["frp", "ngrok"]),
];

/// Settings for each of the providers, so that two of them have nothing in common.
const OWN: &str = r#"
[providers.bore]
secret = "~/relay.secret"
relay.address = "relay.example.net"
[providers.cloudflared]
names.domain = "example.org"
[providers.frp]
secret = "~/relay.secret"
relay.address = "relay.example.net"
names.domain = "frp.example.net"
[providers.gateway]
relay.address = "gateway.example.net"
relay.identity = "~/relay"
relay.known-hosts = "~/relay.host"
names.domain = "lab.example.net"
[providers.ngrok]
secret = "~/ngrok.token"
tier = "paid"
names.domain = "ngrok.example.net"
[providers.ssh.relay]
address = "tunnel@relay.example.net"
identity = "~/relay"
known-hosts = "~/relay.host"
[providers.tailscale]
secret = "~/tailscale.key"
[cloudflare]
tunnel = "6ff42ae2-765d-4adf-8112-31c55c1551ef"
team = "example"
[gateway]
issuer = "https://login.example.net"
client-id = "publish-plan"
acme-email = "admin@example.net"
"#;

/// A copy of a lab whose sockets all go to each of the providers.
struct Lab {
    folder: tempfile::TempDir,
    topology: PathBuf,
}

impl Lab {
    fn new(lab: &str, providers: [&str; 2]) -> Self {
        let (folder, topology) = copy_of(&root().join(format!("{lab}.clab.yml")));
        let text = fs::read_to_string(&topology).unwrap();
        // A tailnet has one domain: that of the lab, where it names one.
        let own = ["nokia.com", "domain.org"]
            .into_iter()
            .find(|own| text.contains(&format!("/{own}")) || text.contains(&format!(",{own}")));
        let [one, other] = providers;
        let settings = format!(
            "provider = [\"{one}\", \"{other}\"]\ntailscale.domain = \"{}\"\n[routes]\n\"node:*\" = [\"{one}\", \"{other}\"]\n{OWN}",
            own.unwrap_or("domain.com")
        );
        fs::write(folder.path().join("publish-plan.toml"), settings).unwrap();
        Self { folder, topology }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let topology = self.topology.to_str().unwrap();
        let home = root().join("tests/cases/keys");
        run_with(&[arguments, &[topology]].concat(), "", &[("HOME", home.to_str().unwrap())])
    }

    /// The output directory.
    fn output(&self) -> PathBuf {
        self.topology
            .with_file_name(self.topology.file_name().unwrap().to_str().unwrap().replace(".clab.yml", ".publish"))
    }
}

/// The files of a provider but the manifest, in whatever directory it is.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let project = project(&folder.join("manifest.json"));
    let files = files_below(folder).into_iter().filter(|file| !file.ends_with("manifest.json"));
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap().replace(&project, "PROJECT").replace("../../", "../");
    files.map(|file| (file.strip_prefix(folder).unwrap().display().to_string(), text(&file))).collect()
}

#[test]
fn each_provider_has_what_it_has_alone() {
    for (name, providers) in LABS {
        let lab = Lab::new(name, providers);
        let both = lab.run(&["compile"]);
        assert_eq!(both.exit, Exit::Clean, "{name}: {}", both.stderr);
        let check = lab.run(&["compile", "--check"]);
        assert_eq!((check.exit, check.stdout.as_str()), (Exit::Clean, ""), "{name}");
        let [one, other] = providers.map(|provider| (provider, texts(&lab.output().join(provider))));
        let above = fs::read_dir(lab.output()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut above: Vec<String> = above.collect();
        above.sort();
        let mut expected = vec!["manifest.json", "plan.json", "publish.sh", "runtime.sh", providers[0], providers[1]];
        expected.sort_unstable();
        assert_eq!(above, expected, "{name}");
        let stem = name.rsplit('/').next().unwrap();
        let script = fs::read_to_string(lab.output().join("publish.sh")).unwrap();
        let is_own =
            |line: &&str| line.starts_with("  row ") || line.starts_with("lab_json=") || line.starts_with("# Gen");
        let masked = script.lines().filter(is_own).map(|line| match line.split_once(' ') {
            Some((_, rest)) if rest.trim().split(' ').count() == 3 && line.len() > 64 => {
                format!("{} DIGEST", line.rsplit_once(' ').unwrap().0)
            }
            _ => line.to_owned(),
        });
        snapshot(
            "compile",
            format!("several__{stem}__{}__{}", providers[0], providers[1]),
            masked.collect::<Vec<_>>().join("\n"),
        );
        for (provider, texts_of_both) in [one, other] {
            // In another place: what is there is not changed.
            let alone = Lab::new(name, providers);
            let run = alone.run(&["compile", "--provider", provider]);
            assert_eq!(run.exit, Exit::Clean, "{name}: {}", run.stderr);
            let lab_name = script
                .lines()
                .find_map(|line| line.strip_prefix("lab_json="))
                .unwrap()
                .trim_matches('\'')
                .trim_matches('"');
            let expected: BTreeMap<String, String> = texts(&alone.output())
                .into_iter()
                .map(|(file, text)| {
                    (
                        file,
                        text.replace(
                            &format!("state_name={lab_name}\n"),
                            &format!("state_name={lab_name}@{provider}\n"),
                        ),
                    )
                })
                .collect();
            let names = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&texts_of_both), names(&expected), "{name} {provider}");
            for (file, text) in &texts_of_both {
                assert_eq!(text, &expected[file], "{name} {provider} {file}");
            }
        }
    }
}

/// A lab for ssh and tailscale.
fn two() -> Lab {
    let lab = Lab::new("tests/cases/topologies/public", ["ssh", "tailscale"]);
    let run = lab.run(&["compile"]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    lab
}

#[test]
fn a_provider_that_gets_nothing_anymore_has_no_directory() {
    let lab = two();
    let dry = lab.run(&["compile", "--provider", "ssh", "--check"]);
    assert!(dry.stdout.contains("public.publish/tailscale/publish.sh is no longer generated"), "{}", dry.stdout);
    let one = lab.run(&["compile", "--provider", "ssh"]);
    assert_eq!(one.exit, Exit::Clean, "{}", one.stderr);
    assert!(!lab.output().join("tailscale").exists() && !lab.output().join("ssh").exists(), "{}", one.stderr);
    assert!(!one.stderr.contains("did not write"), "{}", one.stderr);
    // And back.
    let both = lab.run(&["compile"]);
    assert_eq!(both.exit, Exit::Clean, "{}", both.stderr);
    assert!(lab.output().join("ssh/publish.sh").exists() && !lab.output().join("compose.yaml").exists());
    assert!(!both.stderr.contains("did not write"), "{}", both.stderr);
    // Nothing of the lab is published.
    fs::write(&lab.topology, "name: public\ntopology:\n  nodes:\n    web: {kind: linux}\n").unwrap();
    let none = lab.run(&["compile"]);
    assert_eq!(none.exit, Exit::Clean, "{}", none.stderr);
    assert!(!lab.output().exists(), "{:?}", files_below(&lab.output()));
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let lab = two();
    let edited = lab.output().join("tailscale/publish.sh");
    let mut text = fs::read_to_string(&edited).unwrap();
    text.push_str("# edited\n");
    fs::write(&edited, &text).unwrap();
    let before: Vec<Vec<u8>> = files_below(lab.folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let topology = fs::read_to_string(&lab.topology).unwrap();
    fs::write(&lab.topology, topology + "# changed\n").unwrap();
    let run = lab.run(&["compile"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.stderr);
    assert!(run.stderr.contains("public.publish/tailscale/publish.sh"), "{}", run.stderr);
    let after: Vec<Vec<u8>> = files_below(lab.folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!(changed, 1, "only the topology");
    assert_eq!(lab.run(&["compile", "--force"]).exit, Exit::Clean);
}

#[test]
fn a_secret_is_for_one_provider() {
    let lab = Lab::new("tests/cases/topologies/workshop", ["frp", "ngrok"]);
    let settings = lab.folder.path().join("publish-plan.toml");
    let own = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, own.replace("~/ngrok.token", "~/relay.secret")).unwrap();
    let run = lab.run(&["compile"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.stderr);
    let message = "frp and ngrok would both get the secret `~/relay.secret`; give each its own: `secret` under `[providers.NAME]` in publish-plan.toml";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    fs::write(&settings, own).unwrap();
    // A flag is for all.
    assert!(lab.run(&["compile", "--secret", "~/relay.secret"]).stderr.contains(message));
    assert_eq!(lab.run(&["compile"]).exit, Exit::Clean);
}

#[test]
fn the_servers_of_two_providers_cannot_have_one_port_of_a_host() {
    let lab = Lab::new("tests/cases/topologies/public", ["ssh", "frp"]);
    let settings = lab.folder.path().join("publish-plan.toml");
    let all = fs::read_to_string(&settings).unwrap();
    // An open page to frp, everything else to the gateway, on one host.
    let lists = |from: &str| all.replace("[\"ssh\", \"frp\"]", from);
    let gateway = lists("[\"frp\"]").replace("\"node:*\" = [\"frp\"]", "\"type:tls\" = \"gateway\"");
    let on_one_host = gateway.replace("gateway.example.net", "RELAY.example.net");
    fs::write(&settings, &on_one_host).unwrap();
    let run = lab.run(&["compile"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.stderr);
    let message = "would both listen on port 443 of relay.example.net; give one of them another relay or other ports, under `[providers.NAME]` in publish-plan.toml";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    for other in ["[providers.frp]\nrelay.web-ports = \"8080,8443\"", "[providers.gateway]\ngateway.web-port = 8443"] {
        let table = other.split('\n').next().unwrap();
        fs::write(&settings, on_one_host.replace(table, other)).unwrap();
        let run = lab.run(&["compile", "--force"]);
        assert_eq!(run.exit, Exit::Clean, "{other}: {}", run.stderr);
    }
    // A socket's port is not that of the other's server either.
    let bore = lists("[\"ssh\", \"bore\"]")
        .replace("[providers.ssh.relay]\n", "[providers.ssh.relay]\nports = \"7835-7836\"\n");
    fs::write(&settings, bore).unwrap();
    let run = lab.run(&["compile"]);
    assert_eq!(run.exit, Exit::Failed, "{}", run.stderr);
    assert!(run.stderr.contains("is used by the server of bore itself, on relay.example.net"), "{}", run.stderr);
}

#[test]
fn a_flag_that_none_of_them_uses_is_an_error() {
    let lab = two();
    let run = lab.run(&["compile", "--tunnel", "6ff42ae2-765d-4adf-8112-31c55c1551ef"]);
    assert_eq!(run.exit, Exit::Failed);
    assert!(run.stderr.contains("none of ssh, tailscale uses `--tunnel`; they use "), "{}", run.stderr);
    assert_eq!(lab.run(&["compile", "--known-hosts", "~/relay.host"]).exit, Exit::Clean);
}

#[test]
fn the_copy_has_a_node_and_the_cluster_has_objects_for_each() {
    let lab = two();
    let run = lab.run(&["compile", "--node"]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let copy = fs::read_to_string(lab.topology.with_file_name("public.deploy.yml")).unwrap();
    let read = yaml_rust2::YamlLoader::load_from_str(&copy).unwrap().swap_remove(0);
    let nodes = &read["topology"]["nodes"];
    for (node, folder) in
        [("publish-ssh-tunnel", "public.publish/ssh"), ("publish-tailscale-tunnel", "public.publish/tailscale")]
    {
        let binds = nodes[node]["binds"].as_vec().unwrap_or_else(|| panic!("{copy}"));
        let binds: Vec<&str> = binds.iter().map(|bind| bind.as_str().unwrap()).collect();
        assert!(binds.iter().any(|bind| bind.starts_with(folder)), "{binds:?}");
    }
    assert_eq!(lab.run(&["compile", "--node", "--check"]).exit, Exit::Clean);
    let run = lab.run(&["compile", "--kubernetes"]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let names: Vec<Value> = ["ssh", "tailscale"]
        .map(|provider| {
            let path = lab.output().join(provider).join("kubernetes/deployment.yaml");
            let read =
                yaml_rust2::YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap().swap_remove(0);
            let component = read["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"].as_str().unwrap();
            serde_json::json!([read["metadata"]["name"].as_str().unwrap(), component])
        })
        .to_vec();
    let expected =
        serde_json::json!([["publish-ssh-tunnel-public", "ssh"], ["publish-tailscale-tunnel-public", "tailscale"]]);
    assert_eq!(Value::from(names), expected);
}
