//! The artifacts, read by the programs that they are for.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::compile::files::compiled;
use crate::support::stage::is_shell;
use crate::support::{files_below, program, root, skip};

/// Every file called `name` among the compiled examples, with a folder that must live as long.
fn artifacts(name: &str) -> (Vec<tempfile::TempDir>, Vec<PathBuf>) {
    let folders: Vec<tempfile::TempDir> = compiled().into_iter().map(|(_, _, folder)| folder).collect();
    let files = folders.iter().flat_map(|folder| files_below(folder.path()));
    let files: Vec<PathBuf> = files.filter(|file| file.file_name().unwrap() == name).collect();
    assert!(!files.is_empty());
    (folders, files)
}

/// What compose files may ask for.
const VARIABLES: [(&str, &str); 4] =
    [("HOME", "/home/user"), ("BORDER0_TOKEN", "t"), ("NGROK_AUTHTOKEN", "t"), ("TS_AUTHKEY", "t")];

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Docker Compose 2.
fn compose() -> Option<String> {
    let compose = program("docker-compose", "COMPOSE", &["version"])?;
    let version = Command::new(&compose).arg("version").output().unwrap();
    if String::from_utf8_lossy(&version.stdout).contains("Docker Compose version") {
        return Some(compose);
    }
    skip("there is no Docker Compose 2");
    None
}

/// What Compose makes of a file, told as documentation and script tell it.
fn read_by_compose(compose: &str, file: &Path) -> String {
    let mut command = Command::new(compose);
    command.args(["--env-file", "/dev/null", "-f", "compose.yaml", "config"]).current_dir(file.parent().unwrap());
    let output = command.envs(VARIABLES).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no warning either");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn compose_files_are_taken_by_compose() {
    let Some(compose) = compose() else { return };
    let (_folders, files) = artifacts("compose.yaml");
    for file in files {
        // What somebody else put there is not read.
        fs::write(file.with_file_name(".env"), "COMPOSE_PROJECT_NAME=planted\nTS_AUTHKEY=planted\n").unwrap();
        fs::write(file.with_file_name("compose.override.yaml"), "services: {planted: {image: planted}}\n").unwrap();
        let read = read_by_compose(&compose, &file);
        assert!(!read.contains("planted"), "{read}");
        let text = fs::read_to_string(&file).unwrap();
        let project = text.lines().find_map(|line| line.strip_prefix("name: ")).unwrap().trim_matches('"');
        assert!(read.contains(&format!("name: {project}\n")), "{read}");
        let volumes = read.split("\nvolumes:\n").nth(1).unwrap_or_default();
        for name in volumes
            .lines()
            .take_while(|line| line.starts_with(' '))
            .filter_map(|line| line.trim().strip_prefix("name: "))
        {
            assert!(name.starts_with(&format!("{project}_")), "{name}");
        }
    }
}

#[test]
fn scripts_are_clean_for_shellcheck() {
    let Some(shellcheck) = program("shellcheck", "SHELLCHECK", &["--version"]) else { return };
    let (_folders, files) = artifacts("publish.sh");
    // Every check there is, but those that src/providers/.shellcheckrc leaves out for a reason that applies here too.
    let checks = ["--enable=all", "--exclude=SC2250,SC2310,SC2312"];
    // Each runtime.sh once, with a publish.sh that reads it; other publish.sh alone, without knowing what that one uses.
    let both = ["--external-sources", "--check-sourced", "--source-path=SCRIPTDIR"];
    let alone = ["--exclude=SC1091,SC2034"];
    let mut read = HashSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let runtime = fs::read_to_string(file.with_file_name("runtime.sh")).unwrap();
        let is_first = read.insert(runtime.clone());
        let more = if is_first { &both[..] } else { &alone };
        succeeds(Command::new(&shellcheck).args(checks).args(more).arg(&file));
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(lines.next(), Some("set -eu"), "{}", file.display());
        let text = text + &runtime;
        assert!(!text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "eval"), "{}", file.display());
        // What has a default has a value of the script's own first: the environment of whoever runs it is full of names.
        for (name, _) in text.match_indices("${").filter_map(|(start, _)| text[start + 2..].split_once(":-")) {
            let is_own = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let of_everybody = ["https_proxy", "no_proxy"].contains(&name);
            let is_set = ["\n", " ", "\t"].iter().any(|before| {
                let assignment = format!("{before}{name}=");
                let of_itself = format!("${{{name}:-");
                text.split(&assignment).skip(1).any(|value| !value.lines().next().unwrap_or("").contains(&of_itself))
            });
            assert!(!is_own || of_everybody || is_set, "{}: {name}", file.display());
        }
        let exceptions = text.lines().filter_map(|line| line.trim().strip_prefix("# shellcheck "));
        for exception in exceptions {
            assert!(exception.contains(" # "), "an exception has a reason: {exception}");
        }
        assert!(fs::metadata(&file).unwrap().permissions().mode() & 0o100 != 0, "a script can be run");
    }
}

/// As an editor reads them: each part alone, with the settings that are next to them.
#[test]
fn the_parts_of_runtime_sh_are_clean_for_shellcheck() {
    let Some(shellcheck) = program("shellcheck", "SHELLCHECK", &["--version"]) else { return };
    let parts = files_below(&root().join("src/providers"));
    let parts: Vec<&PathBuf> = parts.iter().filter(|part| part.extension().is_some_and(|end| end == "sh")).collect();
    assert!(parts.len() > 15);
    for part in parts {
        succeeds(Command::new(&shellcheck).arg(part));
    }
}

/// What an administrator of a gateway runs as root, as it is compiled: install.sh, which has no parts any more, and the two programs.
#[test]
fn the_programs_of_a_gateway_are_clean_for_shellcheck() {
    let Some(shellcheck) = program("shellcheck", "SHELLCHECK", &["--version"]) else { return };
    for name in ["install.sh", "sign", "sign.cgi"] {
        let (_folders, files) = artifacts(name);
        let text = fs::read_to_string(&files[0]).unwrap();
        assert!(files.iter().all(|file| fs::read_to_string(file).unwrap() == text), "{name} is the same for every lab");
        // As a whole it knows its variables and calls, so nothing is left out but what is left out for publish.sh.
        let checks = ["--shell=sh", "--enable=all", "--exclude=SC2250,SC2310,SC2312"];
        succeeds(Command::new(&shellcheck).args(checks).arg(&files[0]));
        for shell in [&["dash"][..], &["busybox", "sh"], &["bash", "--posix"]] {
            if is_shell(shell) {
                succeeds(Command::new(shell[0]).args(&shell[1..]).arg("-n").arg(&files[0]));
            }
        }
    }
}

#[test]
fn ssh_reads_its_configuration_and_the_line_for_the_relay() {
    let Some(ssh) = program("ssh", "SSH", &["-V"]) else { return };
    let (_folders, files) = artifacts("relay.ssh_config");
    for file in files {
        let output = Command::new(&ssh).args(["-G", "-F", file.to_str().unwrap(), "relay"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = String::from_utf8(output.stdout).unwrap();
        let is_gateway = file.with_file_name("gateway").exists();
        let own = if is_gateway {
            let account = read.lines().find(|line| line.starts_with("user clab-")).unwrap();
            [account, "hostname gateway.example.net"]
        } else {
            ["user tunnel", "hostname relay.example.net"]
        };
        for line in own.into_iter().chain([
            "port 22",
            "sessiontype none",
            "exitonforwardfailure yes",
            "batchmode yes",
            "stricthostkeychecking true",
            "serveraliveinterval 5",
            "serveralivecountmax 3",
            "identitiesonly yes",
            "identityfile ~/relay",
        ]) {
            assert!(read.lines().any(|read| read == line), "{line} is not in\n{read}");
        }
        // What a gateway forwards, and where to, is read in plan::audience.
        if is_gateway {
            continue;
        }
        let plan: Value = serde_json::from_str(&fs::read_to_string(file.with_file_name("plan.json")).unwrap()).unwrap();
        let sockets = plan["sockets"].as_array().unwrap();
        let forwards: Vec<&str> = read.lines().filter_map(|line| line.strip_prefix("remoteforward ")).collect();
        let planned = sockets.iter().map(|socket| {
            format!("[0.0.0.0]:{} [{}]:{}", socket["relay_port"], socket["container"].as_str().unwrap(), socket["port"])
        });
        assert_eq!(forwards, planned.collect::<Vec<_>>());
        assert!(
            read.lines().any(|line| line.starts_with("userknownhostsfile ") && line.ends_with("/relay.host")),
            "{read}"
        );
        let keys = file.with_file_name("authorized_keys");
        let output = Command::new("ssh-keygen").args(["-l", "-f", keys.to_str().unwrap()]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("256 SHA256:"), "{output:?}");
        let text = fs::read_to_string(keys).unwrap();
        let ports: Vec<String> =
            sockets.iter().map(|socket| format!(",permitlisten=\"0.0.0.0:{}\"", socket["relay_port"])).collect();
        assert!(
            text.contains(&format!(
                "\nrestrict,port-forwarding,command=\"/bin/false\",permitopen=\"nowhere.invalid:1\"{} ssh-ed25519 ",
                ports.concat()
            )),
            "{text}"
        );
    }
}
