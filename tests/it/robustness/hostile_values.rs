//! Values that mean something to a shell, to YAML or to ssh, on their way into artifacts: each comes out as it went in, read
//! back by a program or a parser that this project did not write, or the compilation refuses it. No command in them ever runs.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Run, cases, root, run_with};

/// `count` texts, each made of what breaks quoting. `canary` is a file that must never come to be.
fn hostile(count: usize, canary: &Path) -> Vec<String> {
    let canary = canary.display().to_string();
    let parts = prop::sample::select(vec![
        "'",
        "\"",
        "\\",
        "$",
        "`",
        "\n",
        "\r\n",
        "\t",
        " ",
        "-",
        "--",
        "-o",
        ": ",
        " #",
        "#",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "%h",
        "@",
        "~",
        "~/",
        "../",
        "/",
        ";",
        "&&",
        "(",
        ")",
        "<",
        "?",
        "=",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{a0}",
        "\u{feff}",
        "é",
        "日",
        "🦀",
        "\u{202e}",
        "a",
        "b.com",
        "yes",
        "null",
        "22:22",
        "0x1f",
        "...",
        "---",
        "EOF",
        "${HOME}",
        "$HOME",
        "$$",
        "${X:-y}",
        "\\n",
        "'\"'\"'",
        "{{lab}}",
        "}}",
        "\u{7f}",
        "permitlisten",
    ])
    .prop_map(str::to_owned);
    let command = prop::sample::select(vec![
        format!("$(touch {canary})"),
        format!("`touch {canary}`"),
        format!("'; touch {canary}; '"),
        format!("\"; touch {canary}; \""),
        format!("\ntouch {canary}\n"),
        format!("| touch {canary}"),
        format!("%(touch {canary})"),
        format!("\n  ProxyCommand touch {canary}\n"),
    ]);
    let long = any::<char>().prop_map(|character| character.to_string().repeat(300));
    let one = prop_oneof![
        8 => prop::collection::vec(parts, 1..7).prop_map(|parts| parts.concat()),
        3 => (command, "[a-z]{0,3}").prop_map(|(command, end)| format!("{end}{command}{end}")),
        1 => long,
        1 => any::<String>(),
    ];
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    (0..count).map(|_| one.new_tree(&mut runner).unwrap().current()).filter(|text| !text.contains("{{")).collect()
}

/// The text as a YAML scalar that survives the substitution of variables.
fn scalar(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '$' => out.push_str("\\x24"),
            ' '..='~' if !matches!(character, '"' | '\\') => out.push(character),
            _ => {
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
        }
    }
    out.push('"');
    out
}

struct Workshop {
    folder: tempfile::TempDir,
}

impl Workshop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn canary(&self) -> std::path::PathBuf {
        self.folder.path().join("canary")
    }

    /// One artifact of a topology; none where it is refused.
    fn artifact(&self, topology: &str, provider: &str, name: &str, arguments: &[&str]) -> Option<String> {
        let path = self.folder.path().join("lab.clab.yml");
        fs::write(&path, topology).unwrap();
        let mut all = vec![
            "compile",
            path.to_str().unwrap(),
            "--no-env",
            "--no-config",
            "--provider",
            provider,
            "--stdout",
            name,
        ];
        all.extend(arguments);
        let Run { exit, stdout, stderr } =
            run_with(&all, "", &[("HOME", root().join("tests/cases/keys").to_str().unwrap())]);
        assert!(exit == Exit::Clean || !stderr.is_empty(), "a refusal says why");
        (exit == Exit::Clean).then_some(stdout)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        assert!(!self.canary().exists() || std::thread::panicking(), "a command in a value was run");
    }
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")).remove(0)
}

/// What compose makes of a text: `$$` is a dollar, and nothing else may begin with one.
fn interpolated(text: &str) -> String {
    let plain = text.replace("$$", "");
    assert!(!plain.replacen("${HOME}/", "", 1).contains('$'), "compose would replace a variable in {text}");
    text.replace("$$", "$")
}

#[test]
fn free_text_comes_out_of_compose_files_as_it_went_in() {
    let workshop = Workshop::new();
    let (mut kept, mut refused) = (0, 0);
    for value in hostile(cases(10_000), &workshop.canary()) {
        let text = scalar(&value);
        let topology = format!(
            "name: lab\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [tcp/22]}}\n    t:\n      kind: mysocketio\n      image: {text}\n      binds: [{}]\n",
            scalar(&format!("{}/.mysocketio_token:/root/.mysocketio_token", value.replace(':', "")))
        );
        let Some(compose) = workshop.artifact(&topology, "mysocketio", "compose.yaml", &[]) else {
            refused += 1;
            continue;
        };
        let read = yaml(&compose);
        let service = &read["services"]["tunnels-lab"];
        assert_eq!(interpolated(service["image"].as_str().unwrap()), value, "{compose}");
        assert_eq!(read["networks"]["lab"]["name"].as_str(), Some("clab"), "{compose}");
        let keys: Vec<&str> = service.as_hash().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
        assert_eq!(
            keys,
            [
                "image",
                "init",
                "restart",
                "user",
                "cap_drop",
                "cap_add",
                "security_opt",
                "entrypoint",
                "volumes",
                "secrets",
                "networks"
            ]
        );
        let token = interpolated(read["secrets"]["token"]["file"].as_str().unwrap());
        let last = value.replace(':', "");
        let last = last.rsplit('/').next().unwrap();
        let end = format!("{}/.mysocketio_token", if last == "." || last == ".." { "" } else { last });
        assert!(value.starts_with('~') || token.ends_with(&end), "{token:?} of {value:?}");
        kept += 1;
    }
    // What steers a terminal has no place in a script.
    assert!(kept > cases(2_000), "only {kept} of {} were kept", kept + refused);
}

#[test]
fn names_are_kept_or_refused() {
    let workshop = Workshop::new();
    let (mut kept, mut refused) = (0, 0);
    for (index, value) in hostile(10_000, &workshop.canary()).into_iter().enumerate() {
        let text = scalar(&value);
        let (name, prefix, node) = match index % 3 {
            0 => (text.as_str(), "clab", "r1"),
            1 => ("lab", text.as_str(), "r1"),
            _ => ("lab", "clab", text.as_str()),
        };
        let topology = format!(
            "name: {name}\nprefix: {prefix}\ntopology:\n  nodes:\n    {node}: {{kind: linux, publish: [tls/22/P]}}\n"
        );
        let Some(border0) = workshop.artifact(&topology, "border0", "border0.yaml", &[]) else {
            refused += 1;
            continue;
        };
        let read = yaml(&border0);
        let plan: Value =
            serde_json::from_str(&workshop.artifact(&topology, "border0", "plan.json", &[]).unwrap()).unwrap();
        let socket = &plan["sockets"][0];
        assert_eq!(read["connector"]["name"].as_str(), plan["lab"].as_str());
        let entry = read["sockets"][0].as_hash().unwrap();
        let (key, settings) = entry.front().unwrap();
        assert_eq!(key.as_str(), socket["name"].as_str());
        assert_eq!(settings["host"].as_str(), socket["container"].as_str());
        assert_eq!((settings["port"].as_i64(), settings["policies"][0].as_str()), (Some(22), Some("P")));
        kept += 1;
    }
    assert!(kept > 100 && refused > 5_000, "{kept} kept, {refused} refused");
}

/// Words of an acl that the grammar takes, as bad as it lets them be.
fn hostile_words() -> (impl Strategy<Value = String>, impl Strategy<Value = String>) {
    let mailbox = "[A-Za-z0-9!#%&'+=^_~-]{1,12}(\\.[A-Za-z0-9!#%&'+=^_~-]{1,6})?";
    let email = (mailbox, "[a-z0-9]{1,8}(-[a-z0-9]{1,4})?\\.(com|net|org)")
        .prop_map(|(mailbox, domain)| format!("{mailbox}@{domain}"));
    let policy = prop_oneof![
        "[A-Za-z0-9_-]{1,12}( [A-Za-z0-9_-]{1,6}){0,3}",
        Just("yes".to_owned()),
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("0x1f".to_owned()),
        Just("1e3".to_owned())
    ];
    (email, policy)
}

fn samples(strategy: &impl Strategy<Value = String>, count: usize) -> Vec<String> {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let mut values: Vec<String> = (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn entries(kind: &str, values: &[String]) -> String {
    let lines: Vec<String> = values
        .chunks(5)
        .enumerate()
        .map(|(index, words)| format!("        - {}", scalar(&format!("{kind}/{}/{}", index + 1, words.join(",")))))
        .collect();
    format!("name: lab\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n{}\n", lines.join("\n"))
}

#[test]
fn acls_come_out_of_the_script_as_they_went_in() {
    if crate::support::program("dash", "DASH", &["-c", "exit 0"]).is_none() {
        return;
    }
    let workshop = Workshop::new();
    let values = samples(&hostile_words().0, cases(4_000));
    let mut told = 0;
    for values in values.chunks(400) {
        let topology = entries("tls", values);
        let folder = workshop.folder.path();
        for name in ["publish.sh", "runtime.sh"] {
            let script = workshop.artifact(&topology, "mysocketio", name, &["--limit", "tcp=1000"]);
            fs::write(folder.join(name), script.expect("well-formed")).unwrap();
        }
        let bin = folder.join("bin");
        fs::create_dir_all(&bin).unwrap();
        // Each argument behind a NUL: nothing in it can be taken for the end of it.
        let client = r#"#!/bin/sh
[ "$1 $2" = "socket create" ] && { printf '\0%s' "$@"; printf '\n'; } >> "$LOG"
case "$1 $2" in "socket create") echo 11111111-2222-3333-4444-555555555555 ;; "tunnel create") echo 11111111-2222-3333-4444-666666666666 ;; esac
"#;
        for (name, text) in [("mysocketctl", client), ("sleep", "#!/bin/sh\n")] {
            fs::write(bin.join(name), text).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let token = folder.join(".mysocketio_token");
        fs::write(&token, "").unwrap();
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        let _ = fs::remove_dir_all(folder.join(".local"));
        let log = folder.join("log");
        let _ = fs::remove_file(&log);
        let output = Command::new("dash")
            .arg(folder.join("publish.sh"))
            .arg("run")
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .env("HOME", folder)
            .env("LOG", &log)
            .output()
            .unwrap();
        let log = fs::read_to_string(&log).unwrap_or_else(|_| panic!("{output:?}"));
        let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split('\0').skip(1).collect()).collect();
        assert_eq!(lines.len(), values.chunks(5).count());
        for (index, words) in values.chunks(5).enumerate() {
            let name = format!("clab-r1-tls-{}", index + 1);
            // Domains are lower-cased, duplicates are gone: the plan says so, and the plan is what must come out.
            assert_eq!(lines[index][..7], ["socket", "create", "-t", "tls", "-n", &name, "-c"]);
            assert_eq!((lines[index][7], lines[index][8]), ("-e", words.join(",").as_str()));
            told += words.len();
        }
    }
    assert!(told > cases(3_000), "only {told} words were told");
}

#[test]
fn policies_come_out_of_border0_yaml_as_they_went_in() {
    let workshop = Workshop::new();
    let values = samples(&hostile_words().1, 4_000);
    let topology = entries("tls", &values);
    let border0 =
        workshop.artifact(&topology, "border0", "border0.yaml", &["--limit", "tcp=1000"]).expect("well-formed");
    let read = yaml(&border0);
    let sockets = read["sockets"].as_vec().unwrap();
    for (socket, words) in sockets.iter().zip(values.chunks(5)) {
        let policies: Vec<&str> = socket.as_hash().unwrap().front().unwrap().1["policies"]
            .as_vec()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        assert_eq!(policies, words);
    }
    assert_eq!(sockets.len(), values.chunks(5).count());
}

#[test]
fn paths_come_out_of_ssh_config_as_they_went_in() {
    if crate::support::program("ssh", "SSH", &["-V"]).is_none() {
        return;
    }
    let workshop = Workshop::new();
    let topology = "name: lab\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n";
    let (mut kept, mut refused) = (0, 0);
    for value in hostile(cases(1_500), &workshop.canary()) {
        if value.contains('\0') || value.is_empty() {
            continue;
        }
        let path = format!("/keys/{value}");
        let arguments = ["--relay", "t@relay", "--identity", "~/relay", "--known-hosts", path.as_str()];
        let Some(config) = workshop.artifact(topology, "ssh", "relay.ssh_config", &arguments) else {
            refused += 1;
            continue;
        };
        let file = workshop.folder.path().join("relay.ssh_config");
        fs::write(&file, &config).unwrap();
        let output = Command::new("ssh").args(["-G", "-F", file.to_str().unwrap(), "relay"]).output().unwrap();
        let read = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = read
            .lines()
            .find_map(|line| line.strip_prefix("userknownhostsfile "))
            .unwrap_or_else(|| panic!("{config}\n{output:?}"));
        // ssh -G prints the file as it is opened, or with its percent signs still doubled.
        assert!(line == path || line == path.replace('%', "%%"), "{path:?} was read as {line:?}");
        assert!(!read.contains("\nproxycommand"), "{config}");
        assert_eq!(read.matches("remoteforward").count(), 1);
        kept += 1;
    }
    assert!(kept > cases(300) && refused > cases(300), "{kept} kept, {refused} refused");
}

#[test]
fn the_name_of_the_file_is_only_a_name() {
    let workshop = Workshop::new();
    let topology = "name: lab\ntopology:\n  nodes:\n    r1: {kind: linux, publish: [tcp/22]}\n";
    let runtime = workshop.artifact(topology, "mysocketio", "runtime.sh", &[]).expect("well-formed");
    fs::write(workshop.folder.path().join("runtime.sh"), runtime).unwrap();
    let mut tried = 0;
    for value in hostile(600, &workshop.canary()) {
        let name = format!("{}.yml", value.replace(['/', '\0'], "_").chars().take(40).collect::<String>());
        let path = workshop.folder.path().join(&name);
        if fs::write(&path, topology).is_err() || name == ".yml" {
            continue;
        }
        let arguments = |artifact| {
            ["compile", path.to_str().unwrap(), "--no-config", "--provider", "mysocketio", "--stdout", artifact]
                .map(str::to_owned)
        };
        let artifact = |name| {
            let all = arguments(name);
            run_with(&all.iter().map(String::as_str).collect::<Vec<_>>(), "", &[])
        };
        let script = artifact("publish.sh");
        if script.exit != Exit::Clean {
            continue;
        }
        let mut list = Command::new("sh");
        list.args(["-c", &script.stdout, "publish.sh", "list"]).current_dir(workshop.folder.path());
        let output = list.output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "clab-r1-tcp-22\ttcp\tclab-lab-r1\t22\t-\tanyone on the Internet\n",
            "{}",
            script.stdout
        );
        assert_eq!(yaml(&artifact("compose.yaml").stdout)["networks"]["lab"]["name"].as_str(), Some("clab"));
        fs::remove_file(&path).unwrap();
        tried += 1;
    }
    assert!(tried > 300, "only {tried} names were tried");
}
