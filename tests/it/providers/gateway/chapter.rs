//! The chapters "Keep an acl on your own server" and "One lab, two audiences": their commands, copied one by one, and then everybody tries
//! everything.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::stage::{CERTIFICATE, Gateway, ISSUER, Identity, do_it, node, soon, told};
use crate::providers::bore::{self, Relay};
use crate::support::pages::{self, Block, blocks, written};

/// A chapter.
struct Chapter {
    page: &'static str,
    /// The directory of what was compiled for the gateway.
    compiled: &'static str,
    /// What of the page is otherwise on the stage.
    replaced: Vec<(&'static str, String)>,
}

/// Whom the topology of the chapter names, and somebody whom it does not, and what they reach: leaf1, leaf2, port 57400 of it, and the
/// page of grafana.
const PEOPLE: [(&str, [bool; 4]); 5] = [
    ("user1@domain.com", [true, true, true, true]),
    ("user2@other.org", [true, false, false, false]),
    ("colleague@other.org", [false, false, false, true]),
    ("somebody@domain.com", [false, false, true, true]),
    ("stranger@domain.com.org", [false, false, false, false]),
];

/// The name of somebody here, for an account and a session.
fn name(address: &str) -> &str {
    address.split('@').next().unwrap()
}

/// What is otherwise on the stage, on every page.
fn replaced() -> Vec<(&'static str, String)> {
    let certificate = format!("certificate = \"{}\"\ncertificate-key = \"{}\"", CERTIFICATE[0], CERTIFICATE[1]);
    vec![
        ("acme-email = \"admin@example.net\"", certificate),
        ("https://login.example.net", ISSUER.to_owned()),
        ("gateway.example.net", "lab.test".to_owned()),
        ("lab.example.net", "lab.test".to_owned()),
        ("client-id = \"publish-plan\"", "client-id = \"gateway\"".to_owned()),
    ]
}

impl Chapter {
    /// The commands of all blocks of the page in this language, or of all without one, in their order.
    fn commands(&self, language: Option<&str>) -> Vec<String> {
        let of = |block: &Block| -> String {
            let lines = written(block).into_iter().map(|line| line.strip_prefix("$ ").unwrap_or(line));
            lines.flat_map(|line| [line, "\n"]).collect()
        };
        let blocks = blocks(self.page);
        let all = || blocks.iter().map(of).collect::<Vec<_>>().concat();
        for (from, _) in &self.replaced {
            assert!(all().contains(from), "the page has no {from}");
        }
        let wanted = blocks.iter().filter(|block| language.is_none_or(|language| block.language == language));
        let replaced = |commands| self.replaced.iter().fold(commands, |all: String, (from, to)| all.replace(from, to));
        wanted.map(of).map(replaced).collect()
    }

    /// The file for visitors' ssh.
    fn ssh_config(&self, folder: &Path) -> String {
        fs::read_to_string(folder.join(self.compiled).join("visitors/ssh_config")).unwrap()
    }
}

/// Runs commands as the lab's owner, who is the gateway's administrator too.
fn types(gateway: &Gateway, folder: &Path, commands: &str) -> String {
    let script = format!("exec 2>&1; set -eux; {commands}");
    let mut shell = Command::new("timeout");
    shell.args(["180", "bash", "-c", &script]).current_dir(folder).env("HOME", gateway.stage.home());
    shell.env("PATH", format!("{}:{}:/usr/sbin", gateway.stage.bin().display(), pages::path())).env("COLUMNS", "80");
    shell.env_remove("XDG_STATE_HOME").stdin(Stdio::piped());
    let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"the-secret-of-the-gateway\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{commands}\n{}", told(&output));
    told(&output)
}

/// The gateway at 192.0.2.1, and a machine for visitors. The nodes of the chapter at addresses of their own: two sshd with the user of SR Linux, which let in every visitor's key, a port
/// with TLS, and a page.
fn nodes(gateway: &mut Gateway) {
    do_it(
        r#"ip netns add visitors
        ip link add gateway type veth peer name visitor netns visitors
        ip address add 192.0.2.1/24 dev gateway
        ip -n visitors address add 192.0.2.2/24 dev visitor
        ip link set gateway up
        ip -n visitors link set visitor up
        ip -n visitors link set lo up
        echo '127.0.0.1 localhost server login.id.test' >/etc/hosts
        echo '192.0.2.1 lab.test' >>/etc/hosts
        echo 'ListenAddress 192.0.2.1' >/etc/ssh/sshd_config.d/00-one-address.conf
        kill -HUP "$(cat /run/sshd.pid)"
        useradd --no-create-home --home-dir /run --shell /bin/sh --password '*' admin
        : >/run/visitors.pub
        for leaf in 1 2; do
          echo "127.0.0.$((leaf + 1)) clab-identity-leaf$leaf" >>/etc/hosts
          ssh-keygen -q -t ed25519 -N '' -f /run/leaf$leaf.key
          /usr/sbin/sshd -f /dev/null -E /var/log/leaf$leaf.log -o Port=22 -o ListenAddress=127.0.0.$((leaf + 1)) -o HostKey=/run/leaf$leaf.key \
            -o PidFile=/run/leaf$leaf.pid -o AuthorizedKeysFile=/run/visitors.pub -o StrictModes=no -o ForceCommand="echo leaf$leaf"
        done
        printf '%s\n' '127.0.0.4 clab-identity-grafana' '127.0.0.5 clab-identity-speed' >>/etc/hosts"#,
        "",
    );
    let nodes = r#"[{"name": "leaf2", "address": "127.0.0.3", "port": 57400, "type": "tls"},
        {"name": "grafana", "address": "127.0.0.4", "port": 3000, "type": "http"},
        {"name": "speed", "address": "127.0.0.5", "port": 5201, "type": "tcp"}]"#;
    gateway.servers.push(Some(node("nodes.mjs").args(CERTIFICATE).arg(nodes).spawn().unwrap()));
    let listens = |address: (&str, u16)| soon(|| std::net::TcpStream::connect(address).is_ok());
    for address in [("192.0.2.1", 22), ("127.0.0.2", 22), ("127.0.0.3", 22), ("127.0.0.3", 57400), ("127.0.0.4", 3000)]
    {
        assert!(listens(address), "{address:?} does not start");
    }
}

/// Somebody at a machine of their own: an account with a home, a key, and, if the signing page gives one, a certificate.
fn visitor(gateway: &Gateway, config: &str, address: &str) -> bool {
    let name = name(address);
    let command = format!(
        r#"useradd --no-create-home --home-dir /run/{name} --shell /bin/sh {name}
        install -d -o {name} -m 700 /run/{name} /run/{name}/.ssh
        cd /run/{name}
        cat >ssh_config
        echo 'BatchMode yes' >.ssh/config
        echo "lab.test $(cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)" >.ssh/known_hosts
        for leaf in 1 2; do echo "clab-identity-leaf$leaf $(cut -d ' ' -f 1,2 /run/leaf$leaf.key.pub)"; done >>.ssh/known_hosts
        ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519
        cat .ssh/id_ed25519.pub >>/run/visitors.pub
        chown -R {name} /run/{name}"#
    );
    do_it(&command, config);
    let key = fs::read_to_string(format!("/run/{name}/.ssh/id_ed25519.pub")).unwrap();
    let page = gateway.sign(name, key.trim());
    assert!(page.status == 200 || page.is_refusal(), "{address}: {page:?}");
    if page.status == 200 {
        fs::write(format!("/run/{name}/.ssh/id_ed25519-cert.pub"), page.body).unwrap();
    }
    page.status == 200
}

/// What somebody's command prints.
fn by(address: &str, command: &str) -> Output {
    let name = name(address);
    let mut shell = Command::new("timeout");
    shell.args([
        "20",
        "ip",
        "netns",
        "exec",
        "visitors",
        "setpriv",
        "--reuid",
        name,
        "--regid",
        name,
        "--clear-groups",
    ]);
    shell.args(["bash", "-c", command]);
    shell.current_dir(format!("/run/{name}")).env("HOME", format!("/run/{name}")).stdin(Stdio::null()).output().unwrap()
}

fn reaches(address: &str, command: &str, what: &str) -> bool {
    let output = by(address, command);
    let is_there = String::from_utf8_lossy(&output.stdout).trim() == what;
    let is_kept_out = ["administratively prohibited", "Permission denied", "no TLS"];
    let said = told(&output);
    assert!(is_there || is_kept_out.iter().any(|words| said.contains(words)), "{address}: {command}: {said}");
    is_there
}

/// Opens a port of the visitor's machine with a command, and asks the node behind it for its name.
fn forwarded(command: &str, port: &str) -> String {
    format!(
        r#"{command} & tunnel=$!
        for try in $(seq 100); do
          if (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null || ! kill -0 $tunnel 2>/dev/null; then break; fi
          sleep 0.05
        done
        read -r line < <(exec timeout 5 openssl s_client -quiet -connect 127.0.0.1:{port} </dev/null 2>/dev/null) || line=
        kill $tunnel 2>/dev/null
        wait $tunnel 2>/dev/null
        echo "${{line:-no TLS}}""#
    )
}

/// What the mail for somebody opens, all of it.
fn invited(gateway: &Gateway, folder: &Path, address: &str, reached: [bool; 4]) {
    let asked = format!("publish-plan invite identity.clab.yml --for {address} || echo refused");
    let mail = types(gateway, folder, &asked);
    let mut is_open = [false; 4];
    for line in mail.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(page) = line.strip_prefix("https://") {
            is_open[3] = gateway.login(name(address), &format!("https://{page}")).is_of("grafana");
        } else if let Some((_, rest)) = line.split_once(" -L ") {
            is_open[2] = reaches(address, &forwarded(line, rest.split(':').next().unwrap()), "leaf2");
        } else {
            let leaf = usize::from(!line.contains("leaf1"));
            is_open[leaf] = reaches(address, line, ["leaf1", "leaf2"][leaf]);
        }
    }
    assert_eq!(is_open, reached, "{address}: {mail}");
    let is_refused = mail.contains(&format!("no entry of this lab names `{address}`"));
    assert_eq!(is_refused, reached == [false; 4], "{mail}");
}

/// A gateway whose identity provider knows the people, with the nodes of the chapters.
fn start() -> Option<Gateway> {
    let people: Vec<(String, String)> =
        PEOPLE.iter().map(|(address, _)| (name(address).to_owned(), (*address).to_owned())).collect();
    let mut gateway = Gateway::start_with(Identity::Mock, &people)?;
    nodes(&mut gateway);
    for program in ["apt-get", "containerlab"] {
        gateway.stage.stand_in(program, "echo \"$0 $*\"\n");
    }
    Some(gateway)
}

/// Everybody tries everything, and gets what the entries say.
fn everybody_tries(gateway: &Gateway, chapter: &Chapter, folder: &Path) {
    let config = chapter.ssh_config(folder);
    let forward = config.lines().find_map(|line| line.trim().strip_prefix("LocalForward 127.0.0.1:")).unwrap();
    let port = forward.split(' ').next().unwrap();
    for (address, reached) in PEOPLE {
        let can_sign = visitor(gateway, &config, address);
        assert_eq!(can_sign, reached[..3].contains(&true), "{address}");
        let page = gateway.login(name(address), "https://grafana-3000.lab.test/");
        assert!(page.is_of("grafana") || page.is_refusal(), "{address}: {page:?}");
        let opens = [
            reaches(address, "ssh -F ssh_config leaf1", "leaf1"),
            reaches(address, "ssh -F ssh_config leaf2", "leaf2"),
            reaches(address, &forwarded("ssh -F ssh_config leaf2+ports", port), "leaf2"),
            page.is_of("grafana"),
        ];
        assert_eq!(opens, reached, "{address}");
        invited(gateway, folder, address, reached);
        // The other end of the tunnel is the gateway's alone.
        let around = by(address, &format!("exec 3<>/dev/tcp/192.0.2.1/{port}"));
        assert!(told(&around).contains("Connection refused"), "{address}: {}", told(&around));
    }
}

#[test]
fn its_commands_let_in_everybody_whom_the_entries_name_and_nobody_else() {
    let Some(gateway) = start() else { return };
    fs::remove_dir_all("/etc/publish-plan").unwrap();
    let mut chapter =
        Chapter { page: "docs/src/recipes/gateway.md", compiled: "identity.publish", replaced: replaced() };
    chapter.replaced.extend([
        // It says with its exit code that it would change something.
        ("install.sh --check\n", "install.sh --check || [ $? = 1 ]\n".to_owned()),
        // Nothing has been copied to another server.
        ("sh gateway/install.sh", "sh identity.publish/gateway/install.sh".to_owned()),
    ]);
    let folder = pages::scratch();
    let folder = folder.path();
    let mut said = String::new();
    for commands in chapter.commands(None) {
        said += &types(&gateway, folder, &commands);
    }
    let up = gateway.stage.home().join(".local/state/publish-plan");
    assert!(up.is_dir(), "{said}");
    for line in [
        "https://grafana-3000.lab.test: colleague@other.org, anyone @domain.com",
        "containerlab deploy -t identity.deploy.yml",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    everybody_tries(&gateway, &chapter, folder);
    types(&gateway, folder, "sh identity.publish/publish.sh down; kill $(cat /run/leaf1.pid /run/leaf2.pid)");
}

/// The same lab, and one port of it that is open to anybody, at a plain relay.
#[test]
fn of_two_audiences_one_is_kept_out_of_what_is_open_to_the_other() {
    let Some(gateway) = start() else { return };
    let Some(mut relay) = Relay::at("192.0.2.1".to_owned(), None, None) else { return };
    relay = relay.with_ports_from(20_000..=29_999);
    bore::prepare(&gateway.stage, &relay);
    let mut chapter = Chapter {
        page: "docs/src/recipes/two-audiences.md",
        compiled: "identity.publish/gateway",
        replaced: replaced(),
    };
    chapter.replaced.push(("relay.example.net", "192.0.2.1".to_owned()));
    let folder = pages::scratch();
    let folder = folder.path();
    for commands in chapter.commands(Some("console")) {
        types(&gateway, folder, &commands);
    }
    types(&gateway, folder, "sh identity.publish/gateway/gateway/install.sh");
    let said =
        chapter.commands(Some("bash")).iter().map(|commands| types(&gateway, folder, commands)).collect::<String>();
    let visit = said.lines().find_map(|line| line.strip_prefix("nc 192.0.2.1 ")).unwrap_or_else(|| panic!("{said}"));
    let port: u16 = visit.parse().unwrap();
    everybody_tries(&gateway, &chapter, folder);
    // Whom no entry names, too.
    let measures = format!("read -t 5 -r line <>/dev/tcp/192.0.2.1/{port}; echo $line");
    for (address, _) in PEOPLE {
        assert!(reaches(address, &measures, "speed"), "{address}");
    }
    // The open port is at the relay alone, and its end is nothing for the gateway.
    relay.kill();
    assert!(soon(|| by(PEOPLE[0].0, &measures).stdout.trim_ascii().is_empty()), "the relay does not end");
    for (address, reached) in PEOPLE {
        let page = gateway.get(Some(name(address)), "https://grafana-3000.lab.test/", &[]);
        assert_eq!(page.is_of("grafana"), reached[3], "{address}: {page:?}");
        assert_eq!(reaches(address, "ssh -F ssh_config leaf1", "leaf1"), reached[0], "{address}");
    }
    types(&gateway, folder, "sh identity.publish/publish.sh down; kill $(cat /run/leaf1.pid /run/leaf2.pid)");
    let page = gateway.get(Some("user1"), "https://grafana-3000.lab.test/", &[]);
    assert!(!page.is_of("grafana"), "{page:?}");
}
