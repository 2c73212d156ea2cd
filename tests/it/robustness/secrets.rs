//! A marked secret in every place that a secret can come from, and a look at all that is written: by every verb, by every
//! provider's script, in every argument of every program that a script starts.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::check::planted::{self, Planted};
use crate::providers::ssh::{self, Sshd};
use crate::providers::{bore, frp, services, stand_ins};
use crate::support::program::providers;
use crate::support::stage::Stage;
use crate::support::{Run, files_below, formats, root, run_with};

/// Part of every secret here.
const MARK: &str = "t0ken";

/// What a topology may take from the environment, and what nobody asked publish-plan to repeat.
const TOPOLOGY: &str = r#"name: lab
topology:
  defaults:
    env: {LICENSE: "${TOKEN}"}
  nodes:
    r1:
      kind: linux
      image: registry.example.net/${TOKEN}/x
      cmd: login ${TOKEN}
      startup-config: https://user:${TOKEN}@example.net/r1.cfg
      labels: {who: "${TOKEN}"}
      publish: [ENTRY]
    "${TOKEN}": {kind: linux, image: x}
"#;

/// The same where the secret breaks what it stands in.
const BROKEN: [&str; 6] = [
    "name: lab\nmgmt: {network: \"${TOKEN} \"}\ntopology:\n  nodes:\n    r1: {publish: [tls/22/${TOKEN}@]}\n",
    "name: lab\ntopology:\n  nodes:\n    r1: {publish: [\"${TOKEN}\", tcp/${TOKEN}, \"tcp/22/${TOKEN}/x\"], kind: ${TOKEN}}\n",
    "name: lab\ntopology:\n  nodes:\n    r1: ${TOKEN}\n    r2: {publish: ${TOKEN}}\n    r3: {labels: {publish: \"tls/22/${TOKEN}@\"}}\n",
    "name: lab\ntopology: {nodes: {r1: {publish: [tls/22/user@domain.com], image: ${BRACKET}}}}\n",
    "name: lab\ntopology:\n  nodes:\n    r1: {<<: *${TOKEN}, publish: [tls/22]}\n",
    "name: lab\ntopology:\n  kinds: {${TOKEN}: {publish: [tcp/22]}, ${TOKEN}: {}}\n  nodes: {r1: {kind: ${TOKEN}, group: ${TOKEN}}}\n",
];

/// Every variable that a provider's client or a topology reads.
const VARIABLES: [(&str, &str); 11] = [
    ("TOKEN", "t0ken"),
    ("BRACKET", "]}t0ken"),
    ("BORDER0_TOKEN", "t0ken"),
    ("BORDER0_ADMIN_TOKEN", "t0ken"),
    ("BORE_SECRET", "t0ken"),
    ("FRP_TOKEN", "t0ken"),
    ("NGROK_AUTHTOKEN", "t0ken"),
    ("TS_AUTHKEY", "t0ken"),
    ("TUNNEL_TOKEN", "t0ken"),
    ("HTTPS_PROXY", "http://user:t0ken@127.0.0.1:1"),
    ("https_proxy", "http://user:t0ken@127.0.0.1:1"),
];

/// Files of secrets, where the flags of program.rs and the providers' clients say that they are.
const SECRETS: [&str; 7] =
    ["relay", "relay.host", "relay.secret", "ngrok.token", "tailscale.key", ".mysocketio_token", ".border0/token"];

#[test]
fn no_verb_repeats_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.clab.yml");
    for name in SECRETS {
        plant(folder.path(), name);
    }
    fs::copy(root().join("tests/cases/keys/relay.pub"), folder.path().join("relay.pub")).unwrap();
    let home = folder.path().to_str().unwrap().to_owned();
    let mut variables = VARIABLES.to_vec();
    variables.push(("HOME", &home));
    let is_kept = |run: &Run, what: &dyn std::fmt::Debug| {
        assert!(!run.stdout.contains(MARK) && !run.stderr.contains(MARK), "{what:?}:\n{}{}", run.stdout, run.stderr);
    };
    let file = path.to_str().unwrap();
    let before = path.with_file_name("before.clab.yml");
    let output = folder.path().join("out");
    let output = output.to_str().unwrap();
    let baseline = format!("{home}/baseline.json");
    let verbs: [&[&str]; 14] = [
        &["check", file, "--verbose", "--show-settings"],
        &["check", file, "--fix", "--diff", "--unsafe-fixes"],
        &["check", file, "--write-baseline", &baseline],
        &["plan", file],
        &["plan", file, "--format", "json"],
        &["plan", file, "--format", "yaml"],
        &["plan", file, "--format", "markdown"],
        &["plan", file, "--against", before.to_str().unwrap()],
        &["strip", file],
        &["migrate", file, "--diff"],
        &["migrate", file],
        &["providers", "--for", file],
        &["init", output],
        &["check", "--fix", file],
    ];
    let formats = formats();
    let mut compiled = BTreeSet::new();
    let sound =
        ["tls/22/user@domain.com", "http/80", "tcp/22", "https/443"].map(|entry| TOPOLOGY.replace("ENTRY", entry));
    let topologies = sound.iter().map(String::as_str).chain(BROKEN);
    for (index, topology) in topologies.enumerate() {
        fs::write(&before, topology).unwrap();
        for verb in verbs {
            fs::write(&path, topology).unwrap();
            is_kept(&run_with(verb, "", &variables), &(index, verb));
        }
        fs::write(&path, topology).unwrap();
        for format in formats {
            is_kept(&run_with(&["check", file, "--verbose", "--format", format], "", &variables), &(index, format));
        }
        for (provider, flags) in providers() {
            let mut compile = vec!["compile", file, "--provider", provider, "-o", output, "--force"];
            compile.extend(flags.iter().map(String::as_str));
            for more in [&[][..], &["--proxy", "http://user:t0ken@proxy.example.net:3128"], &["--no-such-flag"]] {
                is_kept(&run_with(&[&compile, more].concat(), "", &variables), &(index, provider, more));
            }
            if Path::new(output).exists() {
                compiled.insert(provider);
                nothing_below(Path::new(output), &[]);
                fs::remove_dir_all(output).unwrap();
            }
        }
        nothing_below(folder.path(), &SECRETS);
    }
    let snapshots = |file: &PathBuf| file.parent().is_some_and(|folder| folder.ends_with("snapshots"));
    let folders: BTreeSet<PathBuf> = files_below(&root().join("tests/it"))
        .iter()
        .filter(|file| snapshots(file))
        .map(|file| file.parent().unwrap().to_owned())
        .collect();
    assert!(folders.len() > 5);
    for folder in folders {
        nothing_below(&folder, &[]);
    }
    assert_eq!(compiled.len(), providers().len(), "{compiled:?}");
}

/// Rules whose findings say no word that a variable could be in, and point at none. Why.
const WITHOUT_VALUES: [(&str, &str); 25] = [
    ("ambiguous-route", "no variable is put into a route, and its case needs settings"),
    ("cannot-add-node", "`check` never says it; compile::node::a_key_from_a_variable_is_not_shown has a value in it"),
    ("group-without-definition", "it says nothing where a variable is in one of the two names"),
    ("ignore-without-reason", "a variable in the comment is no rule, and makes it malformed"),
    ("invalid-config", "no variable is put into settings"),
    ("invalid-utf8", "no variable is put into what is no text"),
    ("key-refused-by-containerlab", "it is about a key, which is `publish`"),
    ("lab-without-name", "it is about a key, which is `topology`"),
    ("malformed-entries-file", "its cases are entries files, which check::findings runs with values"),
    ("merge-key-wins", "it is about two keys, which containerlab knows"),
    ("misplaced-publish", "it is about a key, which is `publish`"),
    ("not-a-topology", "it is about the whole file"),
    ("not-in-topology", "its cases are entries files, which check::findings runs with values"),
    ("template-not-rendered", "no variable is put into a template"),
    ("text-added-by-variable", "it is about text of the file, and says the name of its variable"),
    ("too-deeply-nested", "it is about a bracket"),
    ("too-many-entries", "it says a number, and is about an entry of a file too large to be a case"),
    ("too-many-findings", "it says a number, and is about the whole file"),
    ("too-many-nodes", "it says a number, and is about a key that containerlab knows"),
    ("too-many-values", "it says a number, and is about a file too large to be a case"),
    ("too-much-merged", "it says a number, and is about the key `<<`"),
    ("two-carriers", "it is about two keys, which are `publish`"),
    ("unclosed-substitution", "it is about what is no variable"),
    ("unknown-rule-in-ignore", "a variable between the brackets makes the comment malformed"),
    ("unused-ignore", "it says the name of a rule"),
];

/// Every word of every rule's case comes from a variable, alone and with others: the rule is raised all the same, about a word
/// that would be known again, and no output has the value.
#[test]
fn no_finding_of_any_rule_repeats_a_value() {
    let sources = files_below(&root().join("src"));
    let sources: Vec<Vec<u8>> = sources.iter().map(|file| fs::read(file).unwrap()).collect();
    let own_words = String::from_utf8_lossy(&sources.concat()).to_lowercase();
    let cases = planted::cases();
    let (mut told, mut leaks) = (BTreeSet::new(), Vec::new());
    std::thread::scope(|scope| {
        let own_words = &own_words;
        let half = cases.len().div_ceil(2);
        let looks = cases.chunks(half).map(|cases| {
            let look = |case| Planted::new(case, own_words).look();
            scope.spawn(move || cases.iter().map(|case| (case.rule.as_str(), look(case))).collect::<Vec<_>>())
        });
        for (rule, (is_told, own)) in looks.collect::<Vec<_>>().into_iter().flat_map(|look| look.join().unwrap()) {
            told.extend(is_told.then_some(rule));
            leaks.extend(own);
        }
    });
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    let table: serde_json::Value =
        serde_json::from_str(&run_with(&["rules", "--format", "json"], "", &[]).stdout).unwrap();
    let all: BTreeSet<&str> =
        table["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    let without: Vec<&str> = all.difference(&told).copied().collect();
    assert_eq!(without, WITHOUT_VALUES.map(|(rule, _)| rule));
}

/// What `migrate` says of a tunnel node that it removes is what the file says.
#[test]
fn migrate_repeats_no_value_of_a_tunnel_node() {
    let topology = "name: lab\ntopology:\n  nodes:\n    r1: {kind: linux, image: x, publish: [tls/22/ops]}\n    t: {kind: mysocketio, image: \"registry/${TOKEN}\", binds: [\"BIND\"]}\n";
    let said = |bind: &str| {
        let variables = [("TOKEN", "t0ken"), ("BIND", "t0ken:/root/.mysocketio_token"), ("COLON", "t0ken:")];
        let run = run_with(&["migrate", "-"], &topology.replace("BIND", bind), &variables);
        assert!(!run.stdout.contains(MARK) && !run.stderr.contains(MARK), "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("note: its image was `registry/${TOKEN}`; "), "{}", run.stderr);
        run.stderr
    };
    for (bind, shown) in [
        ("keys/${TOKEN}:/root/.mysocketio_token:ro", "keys/${TOKEN}"),
        ("${BIND}", "${BIND}"),
        ("${COLON}/root/.mysocketio_token", "${COLON}/root/.mysocketio_token"),
        ("keys/plain:/root/.mysocketio_token", "keys/plain"),
    ] {
        let said = said(bind);
        assert!(said.contains(&format!("note: its token was in `{shown}`; ")), "{bind}: {said}");
    }
}

/// Puts a secret into a file.
fn plant(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "t0ken/9\n").unwrap();
}

/// No file of a folder holds the mark but these, or those in folders of these names.
fn nothing_below(folder: &Path, but: &[&str]) {
    for file in files_below(folder) {
        let name = file.strip_prefix(folder).unwrap();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let holds = text.contains(MARK) || name.to_str().unwrap().contains(MARK);
        assert!(!holds || but.iter().any(|but| name.starts_with(but)), "{}:\n{text}", name.display());
    }
}

/// Puts a program before every other on PATH that writes down its arguments and becomes the real one.
fn watch(stage: &Stage) {
    stage.stand_in("watched", "printf '%s %s\\n' \"$0\" \"$*\" >> \"$LOG.arguments\"\nprogram=${0##*/}\nPATH=${PATH#*:}\nexec \"$program\" \"$@\"\n");
    for folder in ["/bin", "/sbin", "/usr/bin", "/usr/sbin"] {
        for program in fs::read_dir(folder).unwrap().flatten() {
            let name = program.file_name();
            // What `#!` names, and what has to be the test's own.
            if !["sh", "env", "dash", "timeout"].iter().any(|own| name == *own) {
                let _ = symlink("watched", stage.bin().join(name));
            }
        }
    }
}

/// Runs every verb of a compiled script that stands up, and looks at all that is left.
fn try_script(mut stage: Stage, provider: &str, secret: &str) {
    watch(&stage);
    let secret = format!("home/{secret}");
    let may_hold = [&secret, "bin"];
    let said = |stage: &Stage, arguments: &[&str]| {
        let output = stage.script(arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!text.contains(MARK), "{provider} {arguments:?}: {text}");
        (output.status.code(), text)
    };
    let (code, text) = said(&stage, &["up"]);
    assert_eq!(code, Some(0), "{provider}: {text}");
    let socket = stage.status()["sockets"][0]["name"].as_str().unwrap().to_owned();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["visit", &socket],
        &["logs"],
        &["logs", &socket],
        &["verify"],
        &["up"],
    ] {
        said(&stage, arguments);
    }
    let processes = stage.processes();
    assert!(processes.iter().all(|process| !process.contains(MARK)), "{provider}: {processes:?}");
    nothing_below(stage.folder(), &may_hold);
    said(&stage, &["down"]);
    stage.assert_struck();
    // Through a proxy that wants a password.
    stage.variables.push(("HTTPS_PROXY".to_owned(), "http://user:t0ken@127.0.0.1:1".to_owned()));
    said(&stage, &["up"]);
    said(&stage, &["down"]);
    stage.assert_struck();
    nothing_below(stage.folder(), &may_hold);
    let arguments = fs::read_to_string(stage.folder().join("log.arguments")).unwrap();
    assert!(arguments.lines().count() > 20, "{provider}: {arguments}");
}

/// A stage with two nodes, one of them with a type that the provider carries, and the provider's client.
fn stage(client: &str, text: &str, socket_type: &'static str) -> Stage {
    let mut stage = Stage::new();
    stage.node("web", "127.0.0.2", "http");
    stage.node("echo", "127.0.0.3", socket_type);
    stage.stand_in(client, text);
    stage
}

#[test]
fn no_script_shows_a_secret() {
    let border0 = stage("border0", stand_ins::BORDER0, "tls");
    border0.secret(".border0/token", "t0ken");
    border0.compile("border0", "/a@b.com", &[]);
    try_script(border0, "border0", ".border0/token");

    let mysocketio = stage("mysocketctl", stand_ins::MYSOCKETCTL, "tls");
    mysocketio.secret(".mysocketio_token", &format!("{}t0ken", stand_ins::token(10_000)));
    mysocketio.compile("mysocketio", "/a@b.com", &[]);
    try_script(mysocketio, "mysocketio", ".mysocketio_token");

    let cloudflared = stage("cloudflared", services::CLOUDFLARED, "tcp");
    let credentials = format!(".cloudflared/{}.json", services::TUNNEL);
    cloudflared.secret(&credentials, r#"{"TunnelSecret":"t0ken"}"#);
    cloudflared.compile("cloudflared", "", &["--tunnel", services::TUNNEL, "--domain", "example.net"]);
    try_script(cloudflared, "cloudflared", &credentials);

    // The program that plays ngrok writes down what it gets in its environment.
    let ngrok = stage("ngrok", &services::NGROK.replace("$NGROK_AUTHTOKEN", ""), "tcp");
    ngrok.secret("secret", "t0ken");
    ngrok.compile("ngrok", "", &["--secret", "~/secret"]);
    try_script(ngrok, "ngrok", "secret");

    let tailscale = stage("docker", services::DOCKER, "tcp");
    tailscale.secret("secret", "t0ken");
    tailscale.compile("tailscale", "", &["--secret", "~/secret"]);
    try_script(tailscale, "tailscale", "secret");
}

#[test]
fn bore_frp_and_ssh_show_no_secret() {
    if let Some(relay) = bore::Relay::new() {
        try_script(bore::stage(&relay), "bore", "secret");
    }
    let relay = std::net::TcpListener::bind("127.0.0.10:0").unwrap();
    if frp::socat() {
        let frp = frp::stage(&relay.local_addr().unwrap().to_string(), crate::support::stage::free_ports(10), &[]);
        frp.stand_in("frpc", frp::FRPC);
        try_script(frp, "frp", "token");
    }
    if ssh::sshd().is_some() {
        let relay = Sshd::new();
        let stage = ssh::stage(&relay);
        // A key has its secret in its first lines, and cannot be chosen.
        let key = fs::read_to_string(stage.home().join("key")).unwrap();
        let secret = key.lines().nth(4).unwrap().to_owned();
        watch(&stage);
        let up = stage.script(&["up"]);
        assert_eq!(up.status.code(), Some(0), "{}", String::from_utf8_lossy(&up.stderr));
        let shown = [stage.script(&["status"]), stage.script(&["logs"]), stage.script(&["down"]), up];
        stage.assert_struck();
        let said = shown.map(|output| [output.stdout, output.stderr].concat()).concat();
        let files = files_below(stage.folder()).into_iter().filter(|file| !file.ends_with("home/key"));
        let read = files.map(|file| fs::read(file).unwrap_or_default());
        assert!(!String::from_utf8_lossy(&said).contains(&secret));
        assert!(read.into_iter().all(|bytes| !String::from_utf8_lossy(&bytes).contains(&secret)));
    }
}
