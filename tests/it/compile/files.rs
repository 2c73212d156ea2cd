//! `compile`: what it writes, what it refuses, and what it leaves alone.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use publish_plan::Exit;
use serde_json::Value;

pub(crate) use crate::support::program::providers;
use crate::support::{Run, files_below, make_repository, root, run, run_with, snapshot};

/// A copy of an example in a folder of its own.
pub(crate) fn copy_of(example: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(example.file_name().unwrap());
    fs::copy(example, &path).unwrap();
    (folder, path)
}

pub(crate) fn compile(path: &Path, provider: &str, arguments: &[&str]) -> Run {
    let flags = providers().into_iter().find(|(name, _)| *name == provider).unwrap().1;
    // A tailnet has one domain: that of the lab, where it names one.
    let text = fs::read_to_string(path).unwrap();
    let own = ["nokia.com", "domain.org"]
        .into_iter()
        .find(|own| text.contains(&format!("/{own}")) || text.contains(&format!(",{own}")));
    let mut all = vec!["compile", path.to_str().unwrap(), "--provider", provider];
    all.extend(flags.iter().map(|flag| own.filter(|_| flag == "domain.com").unwrap_or(flag)));
    all.extend(arguments);
    run_with(&all, "", &[("HOME", root().join("tests/cases/keys").to_str().unwrap())])
}

/// Every example and every case that a provider can carry, compiled: (example, provider, folder of the topology).
pub(crate) fn compiled() -> Vec<(String, &'static str, tempfile::TempDir)> {
    let mut compiled = Vec::new();
    let cases = files_below(&root().join("tests/cases/topologies"));
    for example in files_below(&root().join("examples")).into_iter().chain(cases) {
        for (provider, _) in providers() {
            let (folder, path) = copy_of(&example);
            let run = compile(&path, provider, &[]);
            if run.exit == Exit::Findings {
                assert_eq!(files_below(folder.path()).len(), 1, "nothing is written where something is refused");
                continue;
            }
            assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
            let name = example.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
            compiled.push((name, provider, folder));
        }
    }
    compiled
}

/// The Compose project that a manifest names.
pub(crate) fn project(manifest: &Path) -> String {
    let manifest: Value = serde_json::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    manifest["project"].as_str().unwrap().to_owned()
}

/// Files of a gateway that are the same for every lab.
const FIXED: [&str; 3] = ["gateway/install.sh", "gateway/sign", "gateway/sign.cgi"];

/// All files below a folder but the topology, each under its name; publish.sh and runtime.sh apart.
fn all_texts(folder: &Path) -> (String, String, String) {
    let (mut texts, mut script, mut runtime) = (String::new(), String::new(), String::new());
    for file in files_below(folder).iter().filter(|file| !file.to_str().unwrap().ends_with(".clab.yml")) {
        let name = file.strip_prefix(folder).unwrap().display().to_string();
        let text = fs::read_to_string(file).unwrap();
        if name.ends_with("runtime.sh") {
            runtime = text;
            continue;
        }
        // As they are in src/providers/gateway/server.
        if FIXED.iter().any(|fixed| name.ends_with(fixed)) {
            continue;
        }
        let place = if name.ends_with("publish.sh") { &mut script } else { &mut texts };
        let _ = write!(place, "──── {name}\n{text}");
    }
    // The name of the project is that of the place, and so are the digests of the files that name it.
    let manifest = files_below(folder).into_iter().find(|file| file.ends_with("manifest.json")).unwrap();
    let project = project(&manifest);
    let lab = project.rsplit_once('-').unwrap().0.to_owned();
    let read: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    for file in read["files"].as_array().unwrap().iter().filter(|file| file["folder"] != "topology") {
        let folder = file["folder"].as_str().filter(|folder| *folder != "output").unwrap_or_default();
        let path = Path::new(folder).join(file["name"].as_str().unwrap());
        let text = fs::read_to_string(manifest.parent().unwrap().join(&path)).unwrap();
        let digest = file["sha256"].as_str().unwrap();
        if FIXED.iter().any(|fixed| path == Path::new(fixed)) {
            texts = texts.replace(digest, "FIXED");
        } else if file["name"] == "runtime.sh" {
            texts = texts.replace(digest, "RUNTIME");
            script = script.replace(digest, "RUNTIME");
        } else if text.contains(&project) || text.contains("\nruntime=") {
            texts = texts.replace(digest, "DIGEST");
        }
    }
    let (texts, script) =
        (texts.replace(&project, &format!("{lab}-PLACE")), script.replace(&project, &format!("{lab}-PLACE")));
    let texts = texts.replace(&format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"VERSION\"");
    (texts, script, runtime)
}

/// What the tests do with every provider they do with the program's.
#[test]
fn no_provider_is_left_out_of_the_tests() {
    let ours: Value = serde_json::from_str(&run(&["providers", "--format", "json"]).stdout).unwrap();
    let ours: Vec<&str> = ours["providers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let tried: Vec<&str> = providers().into_iter().map(|(name, _)| name).collect();
    assert_eq!(tried, ours, "tests/it/program.rs, `providers`: a provider and the flags that it needs");
}

#[test]
fn the_examples_compile_as_they_did() {
    let compiled = compiled();
    let combinations: Vec<String> = compiled.iter().map(|(name, provider, _)| format!("{name} {provider}")).collect();
    assert_eq!(
        combinations.join(", "),
        "demo gateway, demo mysocketio, demo tailscale, folded gateway, folded mysocketio, folded tailscale, identity border0, identity gateway, identity mysocketio, identity tailscale, open bore, open cloudflared, open frp, open gateway, open mysocketio, open ngrok, open ssh, open tailscale, telemetry border0, telemetry gateway, telemetry mysocketio, telemetry tailscale, fabric border0, pages border0, pages cloudflared, pages gateway, pages mysocketio, pages ngrok, pages tailscale, public border0, public bore, public frp, public gateway, public mysocketio, public ngrok, public ssh, public tailscale, public tailscale-funnel, services frp, team cloudflared, team gateway, team mysocketio, team tailscale, workshop bore, workshop frp, workshop gateway, workshop ngrok, workshop ssh, workshop tailscale"
    );
    let mut scripts: BTreeMap<&str, String> = BTreeMap::new();
    let mut runtimes: BTreeMap<&str, String> = BTreeMap::new();
    for (name, provider, folder) in &compiled {
        let (mut texts, script, runtime) = all_texts(folder.path());
        assert_eq!(*runtimes.entry(provider).or_insert_with(|| runtime.clone()), runtime, "{name} {provider}");
        let is_row = |line: &&str| line.starts_with("  row ") || line.starts_with("  open_socket ");
        assert!(script.lines().filter(|line| !is_row(line)).count() < 100, "{script}");
        // Of a provider's later scripts only what is not in the first.
        let first = scripts.entry(provider).or_insert_with(|| script.clone());
        if script == *first {
            texts.push_str(&script);
        } else {
            let known: HashSet<&str> = first.lines().collect();
            let other = script.lines().filter(|line| !known.contains(line));
            texts.extend(other.map(|line| format!("{line}\n")));
        }
        snapshot("compile", format!("compile__{name}__{provider}"), texts);
    }
    // Of the providers' scripts after the first one only what is not in that one.
    let (first, runtime) = runtimes.pop_first().unwrap();
    for (provider, other) in runtimes {
        let known: HashSet<&str> = runtime.lines().collect();
        let other: Vec<&str> = other.lines().filter(|line| !known.contains(line)).collect();
        snapshot("compile", format!("compile__runtime__{provider}"), other.join("\n"));
    }
    snapshot("compile", format!("compile__runtime__{first}"), runtime);
}

#[test]
fn the_same_input_gives_the_same_bytes_from_wherever_it_is_compiled() {
    let (folder, path) = copy_of(&root().join("examples/open.clab.yml"));
    fs::copy(root().join("tests/cases/keys/relay.pub"), folder.path().join("key.pub")).unwrap();
    fs::write(
        folder.path().join("publish-plan.toml"),
        "provider = 'ssh'\n[relay]\naddress = 't@relay'\nidentity = 'key'\n",
    )
    .unwrap();
    make_repository(folder.path());
    assert_eq!(run(&["compile", path.to_str().unwrap()]).exit, Exit::Clean);
    let first: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let program = env!("CARGO_BIN_EXE_publish-plan");
    let inside = std::process::Command::new(program)
        .args(["compile", "--check", "open.clab.yml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(inside.status.code(), Some(0), "{inside:?}");
    for _ in 0..3 {
        run(&["compile", path.to_str().unwrap(), "--force"]);
        let again: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
        assert_eq!(again, first);
    }
    let moved = tempfile::tempdir().unwrap();
    fs::rename(folder.path(), moved.path().join("lab")).unwrap();
    let elsewhere = moved.path().join("lab/open.clab.yml");
    let check = run(&["compile", "--check", elsewhere.to_str().unwrap()]);
    assert_eq!((check.exit, check.stdout.as_str()), (Exit::Clean, ""), "{}", check.stderr);
}

#[test]
fn check_and_diff_write_nothing_and_say_what_differs() {
    let (folder, path) = copy_of(&root().join("examples/demo.clab.yml"));
    let check = compile(&path, "mysocketio", &["--check"]);
    assert_eq!(check.exit, Exit::Findings);
    assert_eq!(check.stdout.lines().count(), 6, "{}", check.stdout);
    assert!(check.stdout.contains("demo.publish/compose.yaml is missing\n"), "{}", check.stdout);
    assert_eq!(files_below(folder.path()).len(), 1);
    assert_eq!(compile(&path, "mysocketio", &[]).exit, Exit::Clean);
    let check = compile(&path, "mysocketio", &["--check"]);
    assert_eq!((check.exit, check.stdout.as_str()), (Exit::Clean, ""));
    let compose = folder.path().join("demo.publish/compose.yaml");
    let edited = fs::read_to_string(&compose).unwrap().replace("unless-stopped", "always");
    fs::write(&compose, &edited).unwrap();
    let diff = compile(&path, "mysocketio", &["--diff"]);
    assert_eq!(diff.exit, Exit::Findings);
    assert!(diff.stdout.contains("-    restart: always\n+    restart: unless-stopped\n"), "{}", diff.stdout);
    assert_eq!(fs::read_to_string(&compose).unwrap(), edited);
}

#[test]
fn one_artifact_is_printed() {
    let (folder, path) = copy_of(&root().join("examples/demo.clab.yml"));
    let plan = compile(&path, "mysocketio", &["--stdout", "plan.json"]);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["sockets"][0]["origin"]["file"], "demo.clab.yml");
    let deploy = compile(&path, "mysocketio", &["--stdout", "demo.deploy.yml"]).stdout;
    assert_eq!(deploy, run(&["strip", path.to_str().unwrap()]).stdout);
    let none = compile(&path, "mysocketio", &["--stdout", "compose.yml"]);
    assert_eq!(none.exit, Exit::Failed);
    assert!(
        none.stderr
            .contains("no generated file is named `compose.yml`; expected one of compose.yaml, publish.sh, runtime.sh"),
        "{}",
        none.stderr
    );
    assert_eq!(files_below(folder.path()).len(), 1);
}

#[test]
fn what_somebody_wrote_is_never_overwritten() {
    let (folder, path) = copy_of(&root().join("examples/demo.clab.yml"));
    let deploy = folder.path().join("demo.deploy.yml");
    fs::write(&deploy, "mine").unwrap();
    let refused = compile(&path, "mysocketio", &[]);
    assert_eq!(refused.exit, Exit::Failed);
    assert!(
        refused.stderr.contains("nothing was written") && refused.stderr.contains("demo.deploy.yml"),
        "{}",
        refused.stderr
    );
    assert_eq!(files_below(folder.path()).len(), 2, "not one of the files was written");
    assert_eq!(fs::read_to_string(&deploy).unwrap(), "mine");
    assert_eq!(compile(&path, "mysocketio", &["--force"]).exit, Exit::Clean);
    assert_ne!(fs::read_to_string(&deploy).unwrap(), "mine");

    // Edited since: refused. Written by an earlier run: written again.
    let script = folder.path().join("demo.publish/publish.sh");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("tcp/22", "tcp/23")).unwrap();
    assert_eq!(compile(&path, "mysocketio", &[]).exit, Exit::Clean);
    fs::write(&script, fs::read_to_string(&script).unwrap() + "# mine\n").unwrap();
    assert_eq!(compile(&path, "mysocketio", &[]).exit, Exit::Failed);
    assert!(fs::read_to_string(&script).unwrap().ends_with("# mine\n"));

    // Another topology's folder is not taken over.
    let other = folder.path().join("other.clab.yml");
    fs::copy(&path, &other).unwrap();
    let shared = folder.path().join("demo.publish");
    assert_eq!(compile(&other, "mysocketio", &["-o", shared.to_str().unwrap()]).exit, Exit::Failed);

    // Nor is one whose file only has the same name.
    fs::create_dir(folder.path().join("two")).unwrap();
    let namesake = folder.path().join("two/demo.clab.yml");
    fs::copy(&path, &namesake).unwrap();
    assert_eq!(compile(&namesake, "mysocketio", &["-o", shared.to_str().unwrap()]).exit, Exit::Failed);

    // A pipe is not waited for.
    let pipes = folder.path().join("pipes");
    fs::create_dir(&pipes).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(pipes.join("plan.json")).status().unwrap().success());
    let output = pipes.to_str().unwrap();
    assert_eq!(compile(&other, "mysocketio", &["-o", output, "--check"]).exit, Exit::Findings);
    assert_eq!(compile(&other, "mysocketio", &["-o", output]).exit, Exit::Failed);

    // A link is not followed.
    let target = folder.path().join("target");
    fs::write(&target, "kept").unwrap();
    let output = folder.path().join("links");
    fs::create_dir(&output).unwrap();
    std::os::unix::fs::symlink(&target, output.join("compose.yaml")).unwrap();
    assert_eq!(compile(&other, "mysocketio", &["-o", output.to_str().unwrap()]).exit, Exit::Failed);
    assert_eq!(compile(&other, "mysocketio", &["-o", output.to_str().unwrap(), "--force"]).exit, Exit::Failed);
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
}

#[test]
fn what_is_no_longer_made_goes_unless_somebody_edited_it() {
    let topology = "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/80]}\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.yml");
    fs::write(&path, topology).unwrap();
    assert_eq!(compile(&path, "ssh", &[]).exit, Exit::Clean);
    let output = folder.path().join("l.publish");
    fs::write(output.join("relay.md"), "mine").unwrap();
    fs::write(output.join("notes.txt"), "mine").unwrap();
    let run = compile(&path, "mysocketio", &[]);
    assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
    assert!(run.stderr.contains("relay.ssh_config, which is no longer generated"), "{}", run.stderr);
    let names: Vec<String> =
        files_below(&output).iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(
        names,
        ["compose.yaml", "manifest.json", "notes.txt", "plan.json", "publish.sh", "relay.md", "runtime.sh"]
    );
}

#[test]
fn a_manifest_leads_nowhere_else() {
    let (folder, path) = copy_of(&root().join("examples/demo.clab.yml"));
    assert_eq!(compile(&path, "mysocketio", &[]).exit, Exit::Clean);
    let manifest = folder.path().join("demo.publish/manifest.json");
    let mut forged: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    fs::write(folder.path().join("precious"), "").unwrap();
    forged["files"].as_array_mut().unwrap().push(serde_json::json!({
        "name": "../precious", "folder": "output",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }));
    fs::write(&manifest, forged.to_string()).unwrap();
    assert_eq!(compile(&path, "mysocketio", &["--force"]).exit, Exit::Clean);
    assert!(folder.path().join("precious").exists());
}

#[test]
fn a_finding_that_blocks_stops_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    for (entry, rule) in [
        ("tcp/22/a@b.com", "acl-not-enforced"),
        ("tcp/ab", "malformed-entry"),
        ("udp/53", "type-not-carried"),
        ("tcp/22/", "empty-acl"),
        ("{{ .x }}", "template-not-rendered"),
    ] {
        fs::write(
            &path,
            format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tcp/1, '{entry}']}}\n"),
        )
        .unwrap();
        let run = compile(&path, "ssh", &[]);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Findings, ""), "{entry}");
        assert!(run.stderr.contains(rule) && run.stderr.ends_with("nothing was written\n"), "{entry}: {}", run.stderr);
        assert_eq!(files_below(folder.path()).len(), 1, "{entry}");
    }
    let too_many: Vec<String> = (1..=6).map(|port| format!("tcp/{port}")).collect();
    fs::write(
        &path,
        format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{}]}}\n", too_many.join(", ")),
    )
    .unwrap();
    assert_eq!(compile(&path, "mysocketio", &[]).exit, Exit::Findings);
    assert_eq!(compile(&path, "mysocketio", &["--limit", "tcp=6"]).exit, Exit::Clean);
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    let path = path.to_str().unwrap();
    let says = |topology: &str, arguments: &[&str], words: &str| {
        fs::write(path, topology).unwrap();
        let all: Vec<&str> = ["compile", path].iter().chain(arguments).copied().collect();
        let run = run(&all);
        assert_eq!((run.exit, run.stdout.as_str()), (Exit::Failed, ""), "{topology}");
        assert!(run.stderr.contains(words), "{}", run.stderr);
    };
    let node = |entry: &str| format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: ['{entry}']}}\n");
    says(
        &node("http/80"),
        &[],
        "no provider is selected; these can carry every entry: border0, bore, cloudflared, frp, gateway, ngrok, ssh, tailscale; select one with `--provider NAME`",
    );
    // One of them is not carried by border0, one not by cloudflared, and tailscale has one port for both.
    says(
        &node("tls/1/a@b.com', 'tcp/2/a@b.com"),
        &["--relay-ports", "3000-3000"],
        "none in service can carry every entry",
    );
    says(&node("tcp/22"), &["--provider", "ssh"], "ssh needs a relay: use `--relay user@host[:port]`");
    says(
        &node("tcp/22"),
        &["--provider", "ssh", "--relay", "t@relay"],
        "ssh needs a private key for the relay: use `--identity FILE`",
    );
    says(
        &node("tcp/22"),
        &["--provider", "ssh", "--relay", "t@relay", "--identity", "/no/key"],
        "cannot read the public key `/no/key.pub`: no such file or directory; create it with `ssh-keygen -y -f KEY > KEY.pub`",
    );
    says("name: l\ntopology:\n  nodes:\n    r1: {kind: linux}\n", &["--provider", "ssh"], "nothing to compile: ");
    says("a: 1\n", &["--provider", "ssh"], "is not a containerlab topology");
    let stdin = run_with(&["compile", "-"], &node("tcp/22"), &[]);
    assert_eq!(stdin.exit, Exit::Failed);
    std::fs::write(path, node("tcp/2222")).unwrap();
    let bad = run(&["compile", path, "--provider", "ssh", "--relay", "t@-oProxyCommand=id"]);
    assert!(bad.stderr.contains("expected `host`, `user@host`"), "{}", bad.stderr);
    let password = run(&["compile", path, "--provider", "ssh", "--relay", "u:t0ken@h.example.net"]);
    assert!(password.stderr.contains("`--relay`") && !password.stderr.contains("t0ken"), "{}", password.stderr);
}

/// What belongs together at a gateway.
#[test]
fn a_gateway_gets_what_belongs_together() {
    let (folder, path) = copy_of(&root().join("examples/identity.clab.yml"));
    let key = folder.path().join("key");
    fs::copy(root().join("tests/cases/keys/relay.pub"), folder.path().join("key.pub")).unwrap();
    let flags = [
        &["compile", path.to_str().unwrap(), "--provider", "gateway", "--domain", "lab.example.net"][..],
        &["--identity", key.to_str().unwrap(), "--issuer", "https://login.example.net", "--client-id", "publish-plan"],
    ]
    .concat();
    let (files, acme): (&[&str], &[&str]) =
        (&["--certificate", "/etc/ssl/lab.pem"], &["--acme-email", "admin@example.net"]);
    let relay: &[&str] = &["--relay", "gateway.example.net"];
    for (more, words) in [
        (relay, "gateway needs a certificate or, with `--acme-email`, a contact to get certificates"),
        (&[relay, files].concat(), "gateway needs the private key of `certificate`: use `--certificate-key FILE`"),
        (
            &[relay, &["--certificate-key", "/etc/ssl/lab.key"]].concat(),
            "the certificate that `certificate-key` belongs to",
        ),
        (&[relay, files, acme].concat(), "leave out `certificate` and `certificate-key`"),
        (&[relay, acme, &["--gateway-port", "22"]].concat(), "port 22 cannot be that of the pages"),
        (&[&["--relay", "gateway.example.net:443"], acme].concat(), "port 443 cannot be that of the pages"),
    ] {
        let run = run(&[&flags[..], more].concat());
        assert_eq!(run.exit, Exit::Failed, "{more:?}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{more:?}: {}", run.stderr);
    }
}

/// What the tunnel node says of its client: the token's own bind and no other, a proxy of a usable form and no other.
#[test]
fn the_tunnel_node_is_asked_for_token_and_proxy() {
    let lab = |binds: &str, proxy: &str| {
        format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tls/22/a@b.com]}}\n    tunnel:\n      kind: mysocketio\n      image: mine:1\n      binds: [{binds}]\n      extras: {{mysocket-proxy: \"{proxy}\"}}\n"
        )
    };
    let (_folder, path) = copy_of(&root().join("tests/cases/topologies/public.clab.yml"));
    let text = |binds: &str, proxy: &str, name: &str| {
        std::fs::write(&path, lab(binds, proxy)).unwrap();
        let run = run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio", "--stdout", name]);
        run.stdout + &run.stderr
    };
    for binds in [
        "'own/.mysocketio_token:/root/.mysocketio_token'",
        "'other:/etc/other', 'own/.mysocketio_token:/root/.mysocketio_token'",
        "'own/.mysocketio_token:/root/.mysocketio_token:ro'",
    ] {
        let compose = text(binds, "http://proxy:8000", "compose.yaml");
        assert!(compose.contains("own/.mysocketio_token\"\n") && !compose.contains("${HOME}"), "{binds}\n{compose}");
        let script = text(binds, "http://proxy:8000", "publish.sh");
        assert!(script.contains("\nproxy=http://proxy:8000\n"), "{script}");
    }
    let not_bound = text("'own/.mysocketio_token:/etc/other'", "http://proxy:8000", "compose.yaml");
    assert!(not_bound.starts_with("error[token-not-bound]"), "{not_bound}");
    let bound = "'own/.mysocketio_token:/root/.mysocketio_token'";
    assert!(
        text(bound, "proxy:8000", "publish.sh").contains("\nproxy=''\n"),
        "{}",
        text(bound, "proxy:8000", "publish.sh")
    );
}

/// A cloned topology must not have any file of the user's read by an image of its own choice.
#[test]
fn a_topology_hands_no_file_to_its_container() {
    let (_folder, path) = copy_of(&root().join("tests/cases/topologies/public.clab.yml"));
    for bind in ["~/.ssh/id_ed25519", "/etc/shadow", "../.mysocketio_token/key", "~/.mysocketio_token.pem"] {
        let lab = format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tls/22/a@b.com]}}\n    t: {{kind: mysocketio, image: evil/img:1, binds: ['{bind}:/root/.mysocketio_token']}}\n"
        );
        fs::write(&path, lab).unwrap();
        let run = run(&["compile", path.to_str().unwrap(), "--provider", "mysocketio"]);
        assert_eq!(run.exit, Exit::Failed, "{bind}: {}", run.stderr);
        assert!(run.stderr.contains("expected a file named .mysocketio_token"), "{}", run.stderr);
    }
    for (kind, image, is_named) in [
        ("border0", "evil/img:1", true),
        ("border0", "ghcr.io/borderzero/border0.evil:1", true),
        ("border0", "ghcr.io/borderzero/border0", false),
        ("border0", "ghcr.io/borderzero/border0:latest", false),
        ("border0", "ghcr.io/borderzero/border0@sha256:0123", false),
    ] {
        let lab = format!(
            "name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tls/22/P]}}\n    t: {{kind: {kind}, image: '{image}'}}\n"
        );
        fs::write(&path, lab).unwrap();
        let run = run(&["compile", path.to_str().unwrap(), "--provider", kind, "--force"]);
        assert_eq!(run.exit, Exit::Clean, "{}", run.stderr);
        let note = format!("gets your {kind} token runs `{image}`, which the topology names");
        assert_eq!(run.stderr.contains(&note), is_named, "{}", run.stderr);
    }
}

/// A path that a file of the client's has no words for is refused, by its name: the value may be somebody's secret.
#[test]
fn what_ssh_cannot_read_is_refused() {
    let (folder, path) = copy_of(&root().join("examples/open.clab.yml"));
    let key = folder.path().join("k$(x)");
    std::fs::copy(root().join("tests/cases/keys/relay.pub"), folder.path().join("k$(x).pub")).unwrap();
    let flags = ["compile", path.to_str().unwrap(), "--provider", "ssh", "--relay", "u@relay.example.net"];
    let run = run(&[&flags[..], &["--identity", key.to_str().unwrap()]].concat());
    assert_eq!(run.exit, Exit::Failed);
    assert!(
        run.stderr
            .contains("cannot write relay.ssh_config: `relay.identity` cannot be quoted for ssh; use only letters"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("k$(x)"), "{}", run.stderr);
}

/// Where the last `--address` of it says; the others under the names of their containers.
#[test]
fn a_node_answers_where_it_is_said() {
    let (_folder, path) = copy_of(&root().join("examples/open.clab.yml"));
    let flags = ["--address", "web=192.0.2.1", "--address", "web=192.0.2.2", "--stdout", "relay.ssh_config"];
    let config = compile(&path, "ssh", &flags).stdout;
    let forwards: Vec<&str> = config.lines().filter(|line| line.contains("RemoteForward")).collect();
    assert!(forwards[0].contains("\"clab-open-r1:22\"") && forwards[1].contains("\"192.0.2.2:80\""), "{config}");
}

/// A flag that does nothing is a wish that is not fulfilled; one that is refused may be a secret.
#[test]
fn flags_that_nobody_reads_are_refused() {
    let (_folder, path) = copy_of(&root().join("tests/cases/topologies/public.clab.yml"));
    for (provider, arguments, words) in [
        ("border0", &["--secret", "s"][..], "border0 does not use `--secret`; remove it"),
        ("ngrok", &["--relay", "r"], "ngrok does not use `--relay`; it uses `--secret`"),
        ("frp", &["--identity", "/nowhere"], "frp does not use `--identity`"),
        ("ngrok", &["--proxy", "http://u:t0ken@p:1"], "invalid value for `--proxy`: expected `http://host:port`"),
    ] {
        let run = compile(&path, provider, arguments);
        assert_eq!(run.exit, Exit::Failed, "{provider}");
        assert!(run.stderr.contains(words) && !run.stderr.contains("t0ken"), "{}", run.stderr);
    }
    for flag in ["--secret", "--identity", "--known-hosts", "--credentials"] {
        assert!(run(&["compile", path.to_str().unwrap(), flag, ""]).stderr.contains("a value is required"), "{flag}");
    }
    let relay = ["--relay-ports", "7000-7000"];
    let (_folder, path) = copy_of(&root().join("examples/open.clab.yml"));
    let run = compile(&path, "frp", &relay);
    assert!(run.stderr.contains("port 7000 of clab-open-r1-tcp-22 is used by the relay itself"), "{}", run.stderr);
}

/// The proxy on the way out stands where the client reads it, or is refused in words.
#[test]
fn a_proxy_is_written_or_refused() {
    let proxy = ["--proxy", "http://proxy:8000"];
    let (_folder, path) = copy_of(&root().join("tests/cases/topologies/public.clab.yml"));
    for (provider, file, line) in [
        ("frp", "frpc.toml", "transport.proxyURL = \"http://proxy:8000\"\n"),
        ("ngrok", "ngrok.yml", "  proxy_url: \"http://proxy:8000\"\n"),
        ("ssh", "relay.ssh_config", "  ProxyCommand socat - PROXY:proxy:%h:%p,proxyport=8000\n"),
        ("tailscale", "compose.yaml", "      HTTPS_PROXY: \"http://proxy:8000\"\n"),
        ("tailscale-funnel", "compose.yaml", "      HTTPS_PROXY: \"http://proxy:8000\"\n"),
        ("mysocketio", "publish.sh", "proxy=http://proxy:8000\n"),
    ] {
        let run = compile(&path, provider, &[&proxy[..], &["--stdout", file]].concat());
        assert!(run.exit == Exit::Clean && run.stdout.contains(line), "{provider}: {}{}", run.stderr, run.stdout);
        assert!(!compile(&path, provider, &["--stdout", file]).stdout.contains("proxy:8000"), "{provider}");
    }
    let (_folder, path) = copy_of(&root().join("tests/cases/topologies/pages.clab.yml"));
    for (provider, arguments, words) in [
        ("border0", &[][..], "the border0 client does not support a proxy"),
        ("cloudflared", &[], "the cloudflared client does not support a proxy"),
    ] {
        let run = compile(&path, provider, &[&proxy[..], arguments].concat());
        assert!(run.exit == Exit::Failed && run.stderr.contains(words), "{provider}: {}", run.stderr);
    }
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [http/80]}\n").unwrap();
    let free = run(&["compile", path.to_str().unwrap(), "--no-config", "--provider", "ngrok", proxy[0], proxy[1]]);
    assert!(free.stderr.contains("the ngrok client supports a proxy only on a paid tier"), "{}", free.stderr);
    assert!(compile(&path, "bore", &proxy).stderr.contains("the bore client does not support a proxy"));
}

#[test]
fn only_a_whole_key_gets_a_line_for_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("l.clab.yml");
    fs::write(&path, "name: l\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n").unwrap();
    let good = fs::read_to_string(root().join("tests/cases/keys/relay.pub")).unwrap();
    let key = good.split(' ').nth(1).unwrap().to_owned();
    let (identity, public) = (folder.path().join("key"), folder.path().join("key.pub"));
    let compiles = |text: &str| {
        fs::write(&public, text).unwrap();
        let run = run(&[
            "compile",
            path.to_str().unwrap(),
            "--provider",
            "ssh",
            "--relay",
            "t@relay",
            "--identity",
            identity.to_str().unwrap(),
            "--stdout",
            "authorized_keys",
        ]);
        assert!(
            run.exit == Exit::Clean || run.stderr.contains("expected one complete OpenSSH public key"),
            "{}",
            run.stderr
        );
        run.exit == Exit::Clean
    };
    assert!(compiles(&good));
    assert!(compiles(&format!("# a comment\n\n{good}")));
    assert!(!compiles(&format!("{good}{good}")));
    assert!(!compiles(&good.replace(&key, &key[..40])));
    assert!(!compiles(&good.replace("ssh-ed25519 ", "ssh-rsa ")));
    assert!(!compiles(&good.replace("ssh-ed25519 ", "ssh-ed25519-cert-v01@openssh.com ")));
    assert!(!compiles("command=\"id\" ssh-ed25519 AAAA"));
    assert!(!compiles(""));
}

#[test]
fn a_port_stays_when_other_sockets_come_and_go() {
    let port = |entries: &str| {
        let topology = format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{entries}]}}\n");
        let run = run_with(&["plan", "-", "--format", "json", "--provider", "ssh"], &topology, &[]);
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        plan["sockets"].as_array().unwrap().last().unwrap()["relay_port"].as_u64().unwrap()
    };
    assert_eq!(port("tcp/22"), port("http/80, tls/1, tcp/22"));
    assert_ne!(port("tcp/22"), port("tcp/23"));
}

/// Bare values in templates: found while a template is filled in, and here by reading them.
#[test]
fn every_value_in_a_template_is_quoted() {
    let templates: Vec<PathBuf> = files_below(&root().join("src/providers"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "hbs"))
        .collect();
    assert!(templates.len() > 10);
    let quotes = [
        "apache", "claim", "comment", "compose", "file", "json", "line", "markdown", "number", "path", "sh", "slug",
        "ssh", "toml", "yaml",
    ];
    for template in templates {
        let text = fs::read_to_string(&template).unwrap();
        for (index, _) in text.match_indices("{{") {
            if text[..index].ends_with('\\') {
                continue; // another program's
            }
            let inside = text[index + 2..].split("}}").next().unwrap();
            let first = inside.split(' ').next().unwrap();
            let is_block = inside.starts_with(['#', '/', '>', '!']) || inside == "else";
            assert!(is_block || quotes.contains(&first), "{}: {{{{{inside}}}}}", template.display());
        }
    }
}
