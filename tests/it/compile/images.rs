//! The images that compose files run: pinned, without rights that they do not need, and replaceable by settings.

use std::fs;

use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::compile::files::compiled;
use crate::support::program::run;
use crate::support::root;

/// The only provider whose image comes with the topology, for a service that no longer exists.
const RETIRED: &str = "mysocketio";

fn service(compose: &str) -> Yaml {
    let yaml = YamlLoader::load_from_str(compose).unwrap().remove(0);
    let services = yaml["services"].as_hash().unwrap();
    assert_eq!(services.len(), 1);
    services.values().next().unwrap().clone()
}

fn words(list: &Yaml) -> Vec<&str> {
    list.as_vec().into_iter().flatten().map(|word| word.as_str().unwrap()).collect()
}

/// A tag that is not `latest`, or a digest.
fn is_pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap();
    image.contains("@sha256:") || name.split_once(':').is_some_and(|(_, tag)| tag.contains('.') && tag != "latest")
}

#[test]
fn every_container_has_one_right_and_a_pinned_image() {
    for (name, provider, folder) in compiled() {
        let output = folder.path().join(format!("{name}.publish"));
        let service = service(&fs::read_to_string(output.join("compose.yaml")).unwrap());
        let what = format!("{name} {provider}");
        assert_eq!(words(&service["cap_drop"]), ["ALL"], "{what}");
        assert_eq!(words(&service["cap_add"]), ["DAC_READ_SEARCH"], "{what}");
        assert_eq!(words(&service["security_opt"]), ["no-new-privileges:true"], "{what}");
        assert_eq!(service["restart"].as_str(), Some("unless-stopped"), "{what}");
        assert_eq!(service["read_only"].as_bool(), (provider != RETIRED).then_some(true), "{what}");
        for key in ["privileged", "devices", "network_mode", "pid", "ports"] {
            assert!(service[key].is_badvalue(), "{what}: {key}");
        }
        assert!(words(&service["tmpfs"]).iter().all(|place| *place == "/tmp"), "{what}");
        if service["build"].is_badvalue() {
            assert!(is_pinned(service["image"].as_str().unwrap()), "{what}: {service:?}");
            continue;
        }
        let dockerfile = fs::read_to_string(output.join("Dockerfile")).unwrap();
        let bases: Vec<&str> = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
        assert!(!bases.is_empty() && bases.iter().all(|base| is_pinned(base.split(' ').next().unwrap())), "{bases:?}");
    }
}

const LAB: &str = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [https/443]}\n";

/// Which file has the image, and how.
const PLACES: [(&str, &str, &str, &[&str]); 8] = [
    ("ssh", "ssh", "Dockerfile", &["--relay", "t@relay.example.net", "--identity", "key"]),
    ("bore", "bore", "Dockerfile", &["--relay", "relay.example.net"]),
    ("bore-base", "bore", "Dockerfile", &["--relay", "relay.example.net"]),
    ("frp", "frp", "compose.yaml", &["--relay", "relay.example.net", "--secret", "s", "--domain", "a.example.net"]),
    ("tailscale", "tailscale", "compose.yaml", &[]),
    ("tailscale", "tailscale-funnel", "compose.yaml", &[]),
    ("ngrok", "ngrok", "compose.yaml", &[]),
    ("border0", "border0", "compose.yaml", &[]),
];

#[test]
fn settings_replace_an_image_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::copy(root().join("tests/cases/keys/relay.pub"), folder.path().join("key.pub")).unwrap();
    let key = folder.path().join("key").display().to_string();
    let image = format!("mirror.example.net:5000/a/client@sha256:{}", "0f".repeat(32));
    for (setting, provider, file, flags) in PLACES {
        let acl = if provider == "border0" { "/a@b.com" } else { "" };
        fs::write(&path, LAB.replace("https/443", &format!("https/443{acl}"))).unwrap();
        let flags: Vec<&str> = flags.iter().map(|flag| if *flag == "key" { key.as_str() } else { flag }).collect();
        let compile = |settings: &str, more: &[&str]| {
            fs::write(folder.path().join("publish-plan.toml"), settings).unwrap();
            run(&[&["compile", path.to_str().unwrap(), "--provider", provider], &flags[..], more].concat())
        };
        let default = compile("", &["--stdout", file]);
        assert_eq!(default.exit, Exit::Clean, "{provider}: {}", default.stderr);
        assert!(!default.stderr.contains("image"), "{}", default.stderr);
        let set = format!("[images]\n{setting} = \"{image}\"\n");
        let changed = compile(&set, &["--stdout", file]);
        assert_eq!(changed.exit, Exit::Clean, "{provider}: {}", changed.stderr);
        assert_eq!(changed.stdout.matches(&image).count(), 1, "{setting}: {}", changed.stdout);
        assert!(changed.stderr.contains(&format!("image `{image}`")), "{setting}: {}", changed.stderr);
        // An image that is built has another name, or Compose would go on with the one that there is.
        let compose = |run: &crate::support::program::Run| service(&run.stdout)["image"].as_str().unwrap().to_owned();
        let (one, other) = (compile("", &["--stdout", "compose.yaml"]), compile(&set, &["--stdout", "compose.yaml"]));
        assert_ne!(compose(&one), compose(&other), "{setting}");
        let shown = run(&["check", "--show-settings", path.to_str().unwrap()]);
        assert!(shown.stdout.contains(&format!("images.{setting} = \"{image}\"")), "{}", shown.stdout);
        let about = run(&["providers", provider]).stdout;
        assert!(about.contains(&format!("; images.{setting} replaces it)")), "{about}");
        let about: Value = serde_json::from_str(&run(&["providers", provider, "--format", "json"]).stdout).unwrap();
        assert!(about.to_string().contains("\"images\":[\""), "{about}");
    }
    // That of the settings comes before that of the topology.
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tls/22/a@b.com]}\n    t: {kind: border0, image: 'x.example/b:1.0'}\n").unwrap();
    let compile = |settings: &str| {
        fs::write(folder.path().join("publish-plan.toml"), settings).unwrap();
        run(&["compile", path.to_str().unwrap(), "--acl", "identities", "--stdout", "compose.yaml"])
    };
    assert!(compile("").stdout.contains("image: \"x.example/b:1.0\""));
    let changed = compile(&format!("[images]\nborder0 = '{image}'\n"));
    assert!(changed.stdout.contains(&image) && !changed.stderr.contains("x.example"), "{}", changed.stderr);
    for wrong in ["alpine", "alpine:latest", "a b:1", "a:1\\nRUN id", "${X}:1"] {
        let refused = compile(&format!("[images]\nborder0 = \"{wrong}\"\n"));
        assert_eq!(refused.exit, Exit::Failed, "{wrong}");
        assert!(refused.stderr.contains("expected an image with a version tag or a digest"), "{}", refused.stderr);
    }
}
