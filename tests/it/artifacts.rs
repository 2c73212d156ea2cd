//! The artifacts, read by the programs that they are for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::compile::{compile, compiled, copy_of};
use crate::support::{files_below, program, root, skip};

/// Every file called `name` among the compiled examples, with a folder that must live as long.
fn artifacts(name: &str) -> (Vec<tempfile::TempDir>, Vec<PathBuf>) {
    let folders: Vec<tempfile::TempDir> = compiled().into_iter().map(|(_, _, folder)| folder).collect();
    let files = folders.iter().flat_map(|folder| files_below(folder.path()));
    let files: Vec<PathBuf> = files.filter(|file| file.file_name().unwrap() == name).collect();
    assert!(!files.is_empty());
    (folders, files)
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn compose_files_are_taken_by_compose_1() {
    let Some(compose) = program("docker-compose", "COMPOSE_1", &["version"]) else { return };
    let version = Command::new(&compose).arg("version").output().unwrap();
    if !String::from_utf8_lossy(&version.stdout).contains("version 1.") {
        return skip("docker-compose is not the old one, 1.29");
    }
    let (_folders, files) = artifacts("compose.yaml");
    for file in files {
        succeeds(Command::new(&compose).args(["-f", file.to_str().unwrap(), "config", "-q"]).env("HOME", "/home/user"));
    }
}

#[test]
fn compose_files_are_taken_by_compose_2() {
    let Some(compose) = program("docker-compose", "COMPOSE_2", &["version"]) else { return };
    let version = Command::new(&compose).arg("version").output().unwrap();
    if !String::from_utf8_lossy(&version.stdout).contains("Docker Compose version") {
        return skip("there is no Docker Compose v2");
    }
    let (_folders, files) = artifacts("compose.yaml");
    for file in files {
        let mut command = Command::new(&compose);
        command.args(["-f", file.to_str().unwrap(), "config"]).env("HOME", "/home/user");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "no warning either");
    }
}

#[test]
fn scripts_are_clean_for_shellcheck() {
    let Some(shellcheck) = program("shellcheck", "SHELLCHECK", &["--version"]) else { return };
    let (_folders, files) = artifacts("publish.sh");
    for file in files {
        succeeds(Command::new(&shellcheck).args([
            "--shell=sh",
            "--enable=all",
            "--exclude=SC2250,SC2312",
            file.to_str().unwrap(),
        ]));
        assert!(fs::metadata(&file).unwrap().permissions().mode() & 0o100 != 0, "a script can be run");
    }
}

#[test]
fn ssh_reads_its_configuration_and_the_line_for_the_relay() {
    let Some(ssh) = program("ssh", "SSH", &["-V"]) else { return };
    let (_folders, files) = artifacts("ssh_config");
    for file in files {
        let output = Command::new(&ssh).args(["-G", "-F", file.to_str().unwrap(), "relay"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = String::from_utf8(output.stdout).unwrap();
        for line in [
            "user tunnel",
            "hostname relay.example.net",
            "port 22",
            "sessiontype none",
            "exitonforwardfailure yes",
            "batchmode yes",
            "stricthostkeychecking true",
            "serveraliveinterval 15",
            "serveralivecountmax 3",
            "identitiesonly yes",
            "identityfile ~/relay",
        ] {
            assert!(read.lines().any(|read| read == line), "{line} is not in\n{read}");
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
        assert!(text.contains(&format!("\nrestrict,port-forwarding{} ssh-ed25519 ", ports.concat())), "{text}");
    }
}

/// Puts programs of these names and texts into a folder.
fn stand_ins(folder: &Path, programs: &[(&str, &str)]) {
    for (name, text) in programs {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// `publish.sh up` of an example, with these programs first on PATH.
fn up(example: &str, provider: &str, programs: &[(&str, &str)], token: Option<&str>) -> (Output, String) {
    let (folder, path) = copy_of(&root().join("examples").join(example));
    let run = compile(&path, provider, &[]);
    assert_eq!(run.exit, publish_plan::Exit::Clean, "{}", run.stderr);
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    stand_ins(&bin, programs);
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    if let Some(token) = token {
        fs::create_dir_all(home.join(token).parent().unwrap()).unwrap();
        fs::write(home.join(token), "t0ken").unwrap();
    }
    let script = folder.path().join(example.split('.').next().unwrap().to_owned() + ".publish/publish.sh");
    let output = Command::new("dash")
        .args([script.to_str().unwrap(), "up"])
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("HOME", &home)
        .env("LOG", folder.path().join("log"))
        .env_remove("BORDER0_TOKEN")
        .env_remove("BORDER0_ADMIN_TOKEN")
        .current_dir(folder.path())
        .output()
        .unwrap();
    (output, fs::read_to_string(folder.path().join("log")).unwrap_or_default())
}

/// Plays what mysocketctl printed: tables of its documentation.
const MYSOCKETCTL: &str = r#"
printf '%s\n' "$*" >> "$LOG"
case "$1 $2" in
  "socket ls") printf '│ SOCKET ID │ DNS NAME │\n│ 11111111-2222-3333-4444-000000000000 │ x.edge.mysocket.io │ 443 │ http │ true │ clab-other-tcp-22 │\n' ;;
  "socket create") n=$(grep -c 'socket create' "$LOG"); printf '│ SOCKET ID │\n│ 11111111-2222-3333-4444-00000000000%s │ name │\n' "$n" ;;
  "tunnel create") printf '│ SOCKET ID │ TUNNEL ID │\n│ %s │ aaaaaaaa-2222-3333-4444-%s │\n' "$4" "${4##*-}" ;;
  "tunnel connect") exit 0 ;;
esac
"#;
/// The loop of the script turns at once.
const NO_WAIT: (&str, &str) = ("sleep", "exit 0\n");

#[test]
fn mysocketio_is_told_what_containerlab_told_it() {
    let (output, log) =
        up("demo.clab.yml", "mysocketio", &[("mysocketctl", MYSOCKETCTL), NO_WAIT], Some(".mysocketio_token"));
    let socket = |n: u8| format!("11111111-2222-3333-4444-00000000000{n}");
    let tunnel = |n: u8| format!("aaaaaaaa-2222-3333-4444-00000000000{n}");
    let connect = |n, port| format!("tunnel connect --host clab-demo-r1 -p {port} -s {} -t {}", socket(n), tunnel(n));
    let mut expected = vec![
        "socket ls".to_owned(),
        "socket create -t tcp -n clab-r1-tcp-22".to_owned(),
        format!("tunnel create -s {}", socket(1)),
        connect(1, 22),
        "socket create -t tls -n clab-r1-tls-57400 -c -e user@domain.com".to_owned(),
        format!("tunnel create -s {}", socket(2)),
        connect(2, 57400),
        "socket create -t http -n clab-r1-http-10200 -c -d gmail.com".to_owned(),
        format!("tunnel create -s {}", socket(3)),
        connect(3, 10200),
    ];
    expected.extend((1..=3).map(|n| format!("socket delete -s {}", socket(n))));
    // The clients run beside the rest: they are found anywhere behind their tunnels.
    let mut told: Vec<&str> = log.lines().collect();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*error), (Some(1), "publish.sh: a client has ended\n"));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains("clab-r1-tls-57400\ttls\tclab-demo-r1:57400\tuser@domain.com\n")
    );
}

#[test]
fn mysocketio_touches_nobody_elses_socket_and_says_what_is_missing() {
    let taken = MYSOCKETCTL.replace("clab-other-tcp-22", "clab-r1-tls-57400");
    let (output, log) =
        up("demo.clab.yml", "mysocketio", &[("mysocketctl", &taken), NO_WAIT], Some(".mysocketio_token"));
    assert_eq!(log, "socket ls\n");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), &*error),
        (Some(1), "publish.sh: there is a socket called clab-r1-tls-57400 already: delete it, or rename the node\n")
    );

    let full = MYSOCKETCTL
        .replace("n=$(grep", "grep -q 'tunnel create' \"$LOG\" && { echo 'Error: limit' >&2; exit 1; }; n=$(grep");
    let (output, log) =
        up("demo.clab.yml", "mysocketio", &[("mysocketctl", &full), NO_WAIT], Some(".mysocketio_token"));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("the socket clab-r1-tls-57400 could not be made"),
        "{output:?}"
    );
    assert_eq!(
        log.lines().filter(|line| line.starts_with("socket delete")).count(),
        1,
        "what was made is taken back: {log}"
    );

    let (output, log) = up("demo.clab.yml", "mysocketio", &[("mysocketctl", MYSOCKETCTL)], None);
    assert_eq!(
        (&*String::from_utf8_lossy(&output.stderr), log.as_str()),
        ("publish.sh: no token: run mysocketctl login\n", "")
    );
}

#[test]
fn border0_gets_its_configuration_and_no_token_in_an_argument() {
    let client = "printf '%s\\n' \"$*\" >> \"$LOG\"; [ -r \"$4\" ] && grep -c '^  - ' \"$4\" >> \"$LOG\"; echo \"${BORDER0_TOKEN:-none}\" >> \"$LOG\"\n";
    let (output, log) = up("identity.clab.yml", "border0", &[("border0", client)], Some(".border0/token"));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<&str> = log.lines().collect();
    assert!(
        lines[0].starts_with("connector start --config /") && lines[0].ends_with("/identity.publish/border0.yaml"),
        "{log}"
    );
    assert_eq!(lines[1..], ["4", "none"], "the client finds its token in the home folder by itself");
    let (output, log) = up("identity.clab.yml", "border0", &[("border0", client)], None);
    assert_eq!((output.status.code(), log.as_str()), (Some(1), ""));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no token: run border0 login"));
}

#[test]
fn a_script_finds_its_own_folder() {
    let (folder, path) = copy_of(&root().join("examples/open.clab.yml"));
    assert_eq!(compile(&path, "ssh", &[]).exit, publish_plan::Exit::Clean);
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    stand_ins(&bin, &[("ssh", "pwd\n")]);
    // Another lab that a search path of cd would find first, and a link to the script.
    fs::create_dir_all(folder.path().join("other/open.publish")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("open.publish/publish.sh"), folder.path().join("link.sh")).unwrap();
    for script in ["open.publish/publish.sh", "link.sh"] {
        let output = Command::new("dash")
            .args([script, "up"])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
            .env("CDPATH", folder.path().join("other"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.ends_with(&format!("{}\n", folder.path().join("open.publish").canonicalize().unwrap().display())),
            "{script}: {text}"
        );
        assert!(!text.contains("/other/"), "{text}");
    }
}

#[test]
fn ssh_is_run_from_the_folder_of_its_configuration() {
    let client = "pwd >> \"$LOG\"; printf '%s\\n' \"$*\" >> \"$LOG\"\n";
    let (output, log) = up("open.clab.yml", "ssh", &[("ssh", client)], None);
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].ends_with("/open.publish"), "{log}");
    assert_eq!(lines[1], "-F ssh_config relay");
    let list = String::from_utf8_lossy(&output.stdout);
    assert!(
        list.contains(
            "clab-open-web-http-80\thttp\tclab-open-web:80\tanyone on the Internet\trelay.example.net:20067\n"
        ),
        "{list}"
    );
}
