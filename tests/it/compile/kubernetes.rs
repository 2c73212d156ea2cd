//! `compile --kubernetes`: manifests for a lab that clabernetes runs. No cluster can be had here: they are validated by the schemas of
//! Kubernetes and of clabernetes, and by what the standard for restricted pods says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use publish_plan::Exit;
use serde_json::{Value, json};
use yaml_rust2::YamlLoader;

use crate::compile::files::compile;
use crate::migrate::strip::as_json;
use crate::support::{Run, cases, files_below, program, root, run_with, shared, snapshot};

/// The providers whose client runs in a pod.
const ABLE: [&str; 8] = ["bore", "cloudflared", "frp", "gateway", "ngrok", "ssh", "tailscale", "tailscale-funnel"];
/// The three newest versions that the validator has.
const VERSIONS: [&str; 3] = ["1.37.0", "1.36.0", "1.35.0"];

const LAB: &str = "\
name: lab
topology:
  nodes:
    web:
      kind: linux
      image: nginx:1.29
      publish: [https/443]
    srl-1:
      kind: nokia_srlinux
      image: ghcr.io/nokia/srlinux:24.10.1
      publish: [https/8443]
";

fn manifests(text: &str, provider: &str, arguments: &[&str]) -> (Run, tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    fs::write(&path, text).unwrap();
    let secret: &[&str] = if provider == "tailscale-funnel" { &["--secret", "~/tailscale.key"] } else { &[] };
    let run = compile(&path, provider, &[&["--kubernetes", "--no-config"], secret, arguments].concat());
    let manifests = folder.path().join("lab.publish/kubernetes");
    (run, folder, manifests)
}

fn read(path: &Path) -> Value {
    as_json(&YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap()[0])
}

/// What keeps a pod from being restricted (Kubernetes, "Pod Security Standards", Restricted, which includes Baseline).
fn is_restricted(pod: &Value) -> Result<(), String> {
    let spec = pod.as_object().unwrap();
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec.get(key).is_some_and(|value| value != false) {
            return Err(format!("{key} is set"));
        }
    }
    let kinds =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
    for volume in pod["volumes"].as_array().into_iter().flatten() {
        let kind = volume.as_object().unwrap().keys().find(|key| *key != "name").unwrap();
        if !kinds.contains(&kind.as_str()) {
            return Err(format!("a volume of the kind {kind}"));
        }
    }
    let all = &pod["securityContext"];
    for group in ["initContainers", "containers", "ephemeralContainers"] {
        for container in pod[group].as_array().into_iter().flatten() {
            let own = &container["securityContext"];
            let of = |key: &str| own.get(key).or_else(|| all.get(key)).cloned().unwrap_or(Value::Null);
            let has = |wanted: bool, why: &str| if wanted { Ok(()) } else { Err(why.to_owned()) };
            has(own["privileged"] != true, "privileged")?;
            has(own["allowPrivilegeEscalation"] == false, "privileges can be raised")?;
            has(of("runAsNonRoot") == true, "may run as root")?;
            has(of("runAsUser") != 0, "runs as root")?;
            let profile = &of("seccompProfile")["type"];
            has(*profile == "RuntimeDefault" || *profile == "Localhost", "no seccomp profile")?;
            has(own["capabilities"]["drop"] == json!(["ALL"]), "does not drop all capabilities")?;
            let added = own["capabilities"]["add"].as_array().cloned().unwrap_or_default();
            has(added.iter().all(|name| name == "NET_BIND_SERVICE"), "adds capabilities")?;
            let has_host_port =
                container["ports"].as_array().into_iter().flatten().any(|port| port.get("hostPort").is_some());
            has(!has_host_port, "has a port of the host")?;
            has(own.get("procMount").is_none_or(|mount| mount == "Default"), "another /proc")?;
        }
    }
    Ok(())
}

#[test]
fn the_check_of_pods_finds_what_is_not_restricted() {
    let good = json!({"securityContext": {"runAsNonRoot": true, "runAsUser": 1, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
        "volumes": [{"name": "a", "emptyDir": {}}]});
    assert_eq!(is_restricted(&good), Ok(()));
    for (pointer, value) in [
        ("/hostNetwork", json!(true)),
        ("/volumes/0", json!({"name": "a", "hostPath": {"path": "/"}})),
        ("/securityContext/runAsNonRoot", json!(false)),
        ("/securityContext/runAsUser", json!(0)),
        ("/securityContext/seccompProfile/type", json!("Unconfined")),
        ("/containers/0/securityContext/allowPrivilegeEscalation", json!(true)),
        ("/containers/0/securityContext/capabilities/drop", json!(["NET_RAW"])),
        ("/containers/0/ports", json!([{"hostPort": 80}])),
    ] {
        let mut bad = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = bad.pointer_mut(parent).unwrap();
        match parent {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
            _ => parent[key] = value,
        }
        assert!(is_restricted(&bad).is_err(), "{pointer}");
    }
}

#[test]
fn each_client_runs_in_a_pod() {
    let validate = program("kubernetes-validate", "KUBERNETES_VALIDATE", &["--help"]);
    let crd = shared("clabernetes/clabernetes.containerlab.dev_topologies.yaml");
    for provider in ABLE {
        let (run, folder, folder_of) = manifests(LAB, provider, &[]);
        assert_eq!(run.exit, Exit::Clean, "{provider}: {}", run.stderr);
        assert!(run.stderr.contains("note: to run the tunnels in Kubernetes, follow `"), "{}", run.stderr);
        let files = files_below(&folder_of);
        let texts = files
            .iter()
            .map(|file| format!("──── {}\n{}", file.file_name().unwrap().display(), fs::read_to_string(file).unwrap()));
        let all = texts.collect::<Vec<_>>().concat();
        snapshot("compile", format!("kubernetes__{provider}"), &all);
        let yaml: Vec<&PathBuf> =
            files.iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")).collect();
        for file in &yaml {
            // A second reader, which is the one of many programs, reads the same.
            let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
            let python = std::env::var("GATEWAY_PYTHON").unwrap_or_else(|_| "python3".to_owned());
            let output = Command::new(python).args(["-c", script]).arg(file).output().unwrap();
            if output.status.success() {
                assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), read(file), "{}", file.display());
            }
        }
        if let Some(validate) = &validate {
            for version in VERSIONS {
                for name in ["deployment.yaml", "networkpolicy.yaml", "configmap.yaml"] {
                    let file = folder_of.join(name);
                    if provider == "bore" && name == "configmap.yaml" {
                        assert!(!file.exists());
                        continue;
                    }
                    let output = Command::new(validate)
                        .args(["--strict", "--kubernetes-version", version])
                        .arg(&file)
                        .output()
                        .unwrap();
                    let said =
                        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success() && said.contains("passed"), "{provider} {version} {name}: {said}");
                }
            }
        }
        let deployment = read(&folder_of.join("deployment.yaml"));
        let pod = &deployment["spec"]["template"]["spec"];
        assert_eq!(is_restricted(pod), Ok(()), "{provider}");
        assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
        assert_eq!((&pod["automountServiceAccountToken"], &pod["enableServiceLinks"]), (&json!(false), &json!(false)));
        for container in pod["containers"].as_array().unwrap() {
            assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true, "{provider}");
        }
        // The selectors find the pod, and each volume is there and used.
        let labels = &deployment["spec"]["template"]["metadata"]["labels"];
        let policy = read(&folder_of.join("networkpolicy.yaml"));
        assert_eq!(
            (labels, labels),
            (&deployment["spec"]["selector"]["matchLabels"], &policy["spec"]["podSelector"]["matchLabels"])
        );
        assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
        assert!(policy["spec"].get("ingress").is_none());
        let nodes = &policy["spec"]["egress"][0]["to"][0]["podSelector"];
        assert_eq!(nodes["matchExpressions"][0]["values"], json!(["srl-1", "web"]));
        assert_eq!(nodes["matchLabels"]["clabernetes/topologyOwner"], "lab");
        let names = |list: &Value| -> BTreeSet<String> {
            list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&pod["volumes"]), names(&pod["containers"][0]["volumeMounts"]), "{provider}");
        let kustomization = read(&folder_of.join("kustomization.yaml"));
        for resource in kustomization["resources"].as_array().unwrap() {
            assert!(folder_of.join(resource.as_str().unwrap()).exists(), "{resource}");
        }
        if provider != "bore" {
            let map = read(&folder_of.join("configmap.yaml"));
            let named =
                pod["volumes"].as_array().unwrap().iter().find_map(|volume| volume["configMap"]["name"].as_str());
            assert_eq!(named, map["metadata"]["name"].as_str());
            assert_eq!(map["immutable"], true);
        }
        // The client is led to the services, and never to names of containers.
        assert!(
            all.contains("lab-web.c9s-lab.svc.cluster.local") && all.contains("lab-srl-1.c9s-lab.svc.cluster.local"),
            "{all}"
        );
        assert!(!all.contains("clab-lab-web:"), "{all}");
        // Everything else is what it is without the flag.
        let plain = tempfile::tempdir().unwrap();
        fs::write(plain.path().join("lab.clab.yml"), LAB).unwrap();
        let secret: &[&str] = if provider == "tailscale-funnel" { &["--secret", "~/tailscale.key"] } else { &[] };
        compile(&plain.path().join("lab.clab.yml"), provider, &[&["--no-config"], secret].concat());
        for file in files_below(&plain.path().join("lab.publish")) {
            let name = file.file_name().unwrap().to_str().unwrap();
            // They have the name of the directory.
            if !["manifest.json", "publish.sh", "compose.yaml"].contains(&name) {
                let with = folder
                    .path()
                    .join("lab.publish")
                    .join(file.strip_prefix(plain.path().join("lab.publish")).unwrap());
                assert_eq!(fs::read(&file).unwrap(), fs::read(with).unwrap(), "{provider} {name}");
            }
        }
        // The patch makes a Topology that is one, without LoadBalancers.
        if let Some(crd) = &crd {
            let crd = as_json(&YamlLoader::load_from_str(&fs::read_to_string(crd).unwrap()).unwrap()[0]);
            let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            let twin = fs::read_to_string(folder.path().join("lab.deploy.yml")).unwrap();
            let mut topology = json!({"apiVersion": "clabernetes.containerlab.dev/v1alpha1", "kind": "Topology",
                "metadata": {"name": "lab", "namespace": "c9s-lab"},
                "spec": {"naming": "prefixed", "definition": {"containerlab": twin}}});
            let patch = read(&folder_of.join("topology-patch.yaml"));
            for key in ["apiVersion", "kind", "metadata"] {
                assert_eq!(patch[key], topology[key]);
            }
            for (key, value) in patch["spec"].as_object().unwrap() {
                topology["spec"][key] = value.clone();
            }
            let validator = jsonschema::validator_for(schema).unwrap();
            let errors: Vec<String> = validator.iter_errors(&topology).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
            topology["spec"]["expose"]["exposeType"] = json!("Clusterip");
            assert!(!validator.is_valid(&topology), "the schema knows the words");
        }
    }
}

/// Where only an account keeps the acls, the pod does not start before somebody confirmed what the account has.
#[test]
fn what_an_account_keeps_is_confirmed() {
    let lab = LAB.replace("/443]", "/443/domain.com]").replace("/8443]", "/8443/domain.com]");
    for (provider, variable) in [("cloudflared", "ACCESS_TAKEN"), ("tailscale", "GRANTS_TAKEN")] {
        let (run, _folder, folder_of) = manifests(&lab, provider, &[]);
        assert_eq!(run.exit, Exit::Clean, "{provider}: {}", run.stderr);
        let container = &read(&folder_of.join("deployment.yaml"))["spec"]["template"]["spec"]["containers"][0];
        let of = container["env"].as_array().unwrap().iter().find(|one| one["name"] == variable).unwrap();
        assert_eq!(of["valueFrom"]["secretKeyRef"], json!({"name": "publish-tunnel-lab", "key": "confirmed"}));
        let document = fs::read_to_string(folder_of.join("kubernetes.md")).unwrap();
        let value: String = document
            .split("--from-literal=confirmed=")
            .nth(1)
            .unwrap()
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .collect();
        let map = fs::read_to_string(folder_of.join("configmap.yaml")).unwrap();
        assert!(value.len() == 12 && map.contains(&value), "{document}");
        if provider == "cloudflared" {
            assert!(
                container["command"].as_array().unwrap().contains(&json!("/publish/$(ACCESS_TAKEN).yml")),
                "{container}"
            );
        }
    }
}

#[test]
fn names_are_those_of_the_cluster() {
    for (arguments, host) in [
        (&[][..], "lab-web.c9s-lab.svc.cluster.local:443"),
        (&["--namespace", "labs"], "lab-web.labs.svc.cluster.local:443"),
        (&["--topology", "demo"], "demo-web.c9s-lab.svc.cluster.local:443"),
        (&["--naming", "non-prefixed"], "\"web.c9s-lab.svc.cluster.local:443"),
    ] {
        let (run, _folder, folder_of) = manifests(LAB, "ssh", arguments);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        let map = fs::read_to_string(folder_of.join("configmap.yaml")).unwrap();
        assert!(map.contains(host), "{arguments:?}: {map}");
    }
    for (text, arguments, why) in [
        (LAB.replace("web:", "Web_1:"), &[][..], "`Web_1` cannot be a node in Kubernetes"),
        (LAB.replace("name: lab", "name: My_Lab"), &[], "is not a name of Kubernetes: use `--namespace NAME`"),
        (LAB.to_owned(), &["--topology", &"t".repeat(62)], "cannot be a node in Kubernetes"),
        (LAB.to_owned(), &["--topology", "a.b"], "expected a name of Kubernetes"),
        // A label cannot begin with a dash, nor a service with a digit.
        (LAB.replace("web:", "-web:"), &[], "`-web` cannot be a node in Kubernetes"),
        (LAB.replace("name: lab", "name: 1lab"), &[], "the name of its service would be `1lab-"),
        (LAB.replace("web:", "\"1\":"), &["--naming", "non-prefixed"], "with a letter first"),
        (LAB.replace("https/443", "tcp/22"), &["--fold", "--jump-host", "web"], "leave out `--kubernetes` or `--fold`"),
    ] {
        let (run, folder, _) = manifests(&text, "ssh", arguments);
        assert_eq!(run.exit, Exit::Failed, "{why}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{why}: {}", run.stderr);
        assert_eq!(files_below(folder.path()).len(), 1, "nothing is written");
    }
    let (run, ..) =
        manifests(&LAB.replace("https/443", "tls/22/a@b.com").replace("https/8443", "tls/23/a@b.com"), "border0", &[]);
    assert!(
        run.exit == Exit::Failed && run.stderr.contains("border0 cannot run in Kubernetes; leave out `--kubernetes`"),
        "{}",
        run.stderr
    );
}

/// Names and values as bad as they can be: what is written is read as it was meant, or nothing is written.
#[test]
fn hostile_names_are_kept_or_refused() {
    let words = [
        "a", "-", "_", ".", " ", "\"", "'", "{{", "}}", "$(X)", "${X}", "\n", ":", "#", "&a", "*a", "%", "\u{202e}",
        "\u{1b}", "\\", "|", ">", "null", "0x1f", "ü",
    ];
    let home = root().join("tests/cases/keys");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    let (mut kept, mut refused) = (0, 0);
    let mut state = 1_u32;
    for _ in 0..cases(800) {
        let mut next = |most: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % most
        };
        let name: String = (0..=next(3)).map(|_| words[next(words.len())]).collect();
        let (lab, node) = if next(2) == 0 { (name.as_str(), "web") } else { ("lab", name.as_str()) };
        let [lab, node] = [lab, node].map(|text| serde_json::to_string(text).unwrap());
        fs::write(
            &path,
            format!("name: {lab}\ntopology:\n  nodes:\n    {node}: {{kind: linux, publish: [tcp/2222]}}\n"),
        )
        .unwrap();
        let ssh = "--no-config --no-env --provider ssh --relay a@relay.example.net --identity ~/relay --known-hosts ~/h --namespace ns --topology t --kubernetes --stdout kubernetes/configmap.yaml";
        let arguments: Vec<&str> = ["compile", path.to_str().unwrap()].into_iter().chain(ssh.split(' ')).collect();
        let run = run_with(&arguments, "", &[("HOME", home.to_str().unwrap())]);
        if run.exit != Exit::Clean {
            refused += 1;
            continue;
        }
        let map = as_json(&YamlLoader::load_from_str(&run.stdout).unwrap()[0]);
        let config = map["data"]["relay.ssh_config"].as_str().unwrap();
        let forwards: Vec<&str> =
            config.lines().filter(|line| line.trim_start().starts_with("RemoteForward ")).collect();
        let [forward] = forwards[..] else { panic!("{config}") };
        assert!(forward.contains(".ns.svc.cluster.local:2222\""), "{forward}");
        assert!(!run.stdout.contains(['\u{202e}', '\u{1b}']), "{}", run.stdout);
        kept += 1;
    }
    assert!(kept > 4 && refused > 50, "{kept} kept, {refused} refused");
}

/// With a proxy, the client needs nothing else outside.
#[test]
fn a_proxy_is_all_that_is_reached_outside() {
    let (run, _folder, folder_of) = manifests(LAB, "ssh", &["--proxy", "http://10.9.9.9:3128"]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let egress = read(&folder_of.join("networkpolicy.yaml"))["spec"]["egress"].clone();
    let egress = egress.as_array().unwrap();
    assert_eq!(egress.len(), 3, "nodes, DNS, and the proxy");
    let proxy = json!({"to": [{"ipBlock": {"cidr": "10.9.9.9/32"}}], "ports": [{"protocol": "TCP", "port": 3128}]});
    assert_eq!(egress[2], proxy);
}

/// What kubernetes.md says of this lab: ports that no service has, how a secret gets there without its line break, and what is left.
#[test]
fn the_commands_fit_the_lab() {
    let (run, _folder, folder_of) = manifests(LAB, "bore", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let document = fs::read_to_string(folder_of.join("kubernetes.md")).unwrap();
    for part in [
        "srl-1 needs `ports: [\"8443:8443\"]`.",
        "tr -d '\\r\\n' < \"$HOME\"/relay.secret | kubectl --namespace c9s-lab create secret generic publish-tunnel-lab --from-file=secret=/dev/stdin --dry-run=client -o yaml | kubectl apply -f -",
        "delete secret publish-tunnel-lab",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(!document.contains("web needs"), "{document}");
}

/// A cluster does not notice that its files are gone.
#[test]
fn what_the_cluster_still_runs_is_said() {
    let (run, folder, _) = manifests(LAB, "ssh", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    let path = folder.path().join("lab.clab.yml");
    let told = "note: if you applied the files of `kubernetes`, the tunnels of the cluster are still open: `kubectl get deployments -A -l app.kubernetes.io/name=publish-tunnel` lists them";
    let run = compile(&path, "ssh", &["--no-config", "--namespace", "labs"]);
    assert!(
        run.exit == Exit::Failed && run.stderr.contains("`--namespace` has no effect without `--kubernetes`"),
        "{}",
        run.stderr
    );
    let run = compile(&path, "ssh", &["--no-config"]);
    assert!(run.exit == Exit::Clean && run.stderr.contains(told), "{}", run.stderr);
    assert_eq!(compile(&path, "ssh", &["--no-config", "--kubernetes"]).exit, Exit::Clean);
    fs::write(&path, LAB.replace("      publish: [https/443]\n", "").replace("      publish: [https/8443]\n", ""))
        .unwrap();
    let run = compile(&path, "ssh", &["--no-config"]);
    assert!(run.exit == Exit::Clean && run.stderr.contains(told), "{}", run.stderr);
}
