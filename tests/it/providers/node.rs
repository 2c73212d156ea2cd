//! The tunnel client as a node of the topology, on a real engine: its container is started with exactly what the node says, and the
//! chapter of the book is followed. In containerlab's place is a program that does with a node what containerlab's source does.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::compose::{Engine, IMAGE, RELAY, done, import_bore, is_echoed, make_client, start_nodes, start_relay};
use crate::support::pages::blocks_of;
use crate::support::stage::{Stage, get, within};
use crate::support::{program, root, skip};

/// What containerlab 0.79 does with linux nodes, as its source says: it resolves paths against the directory of the topology
/// (utils/file.go), replaces variables that are set (core/file.go), splits `cmd` and `entrypoint` like a shell (runtime/docker/docker.go,
/// `CreateContainer`: a terminal always), creates a node anew if its definition differs from the one in its state (`nodes/default_node.go`,
/// `ComputeDiff`), and ends linux nodes with SIGKILL (nodes/linux/linux.go). Nodes other than that of the tunnels run already.
const CONTAINERLAB: &str = r"
import json, os, re, shlex, subprocess, sys
import yaml
command, path = sys.argv[1], os.path.abspath(sys.argv[sys.argv.index('-t') + 1])
folder = os.path.dirname(path)
text = re.sub(r'\$\{(\w+)\}|\$(\w+)', lambda m: os.environ.get(m[1] or m[2], '$' + (m[1] or m[2])), open(path).read())
topology = yaml.safe_load(text)
lab = topology['name']
state = os.path.join(folder, 'clab-' + lab + '.state')
before = json.load(open(state)) if os.path.exists(state) else {}
def resolved(path):
    if path.startswith('~'): return path.replace('~', os.environ['HOME'], 1)
    return path if path.startswith('/') else os.path.normpath(os.path.join(folder, path))
def docker(*words): return subprocess.run(['docker', *words], check=True, stdout=subprocess.PIPE, text=True).stdout
def remove(name): subprocess.run(['docker', 'rm', '--force', 'clab-%s-%s' % (lab, name)], check=True, stdout=subprocess.DEVNULL)
nodes = {name: node for name, node in topology['topology']['nodes'].items() if name.startswith('publish-tunnel')}
if command == 'destroy':
    for name in before: remove(name)
    os.remove(state)
    sys.exit()
for name, node in nodes.items():
    for bind in node['binds']:
        if not os.path.exists(resolved(bind.split(':')[0])): sys.exit('failed to verify bind path: ' + bind)
    is_there = subprocess.run(['docker', 'inspect', 'clab-%s-%s' % (lab, name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    if is_there and before.get(name) == node:
        docker('start', 'clab-%s-%s' % (lab, name))
        continue
    if is_there: remove(name)
    if node['image-pull-policy'] not in ('Never', 'IfNotPresent'): sys.exit('it would be pulled')
    assert node['privileged'] is False
    words = ['run', '--detach', '--tty', '--interactive', '--pull', 'never', '--name', 'clab-%s-%s' % (lab, name), '--network', 'clab']
    words += ['--restart', node['restart-policy'], '--user', node['user'], '--entrypoint', shlex.split(node['entrypoint'])[0]]
    for label in ('containerlab=' + lab, 'clab-node-name=' + name, 'clab-topo-file=' + path): words += ['--label', label]
    for option in node['security-opts']: words += ['--security-opt', option]
    for key, value in node['env'].items(): words += ['--env', '%s=%s' % (key, value)]
    for bind in node['binds']:
        source, rest = bind.split(':', 1)
        words += ['--volume', resolved(source) + ':' + rest]
    for volume in node.get('volumes', []): words += ['--volume', volume]
    docker(*words, node['image'], *shlex.split(node['entrypoint'])[1:], *shlex.split(node.get('cmd', '')))
    print('Created ' + name)
json.dump(nodes, open(state, 'w'))
";

/// Puts that program on the path of scripts. None if this machine has no YAML for it.
fn containerlab(stage: &Stage) -> Option<()> {
    if !Command::new("python3").args(["-c", "import yaml"]).output().is_ok_and(|output| output.status.success()) {
        skip("python3 has no yaml");
        return None;
    }
    let path = stage.folder().join("containerlab.py");
    fs::write(&path, CONTAINERLAB).unwrap();
    stage.stand_in("containerlab", &format!("exec python3 {} \"$@\"\n", path.display()));
    Some(())
}

/// Gives an image another name.
fn name_image(from: &str, to: &str) {
    // A digest is no name that an image can be given.
    done(&["tag", from, to]);
}

fn node(stage: &Stage) -> Value {
    let text = fs::read_to_string(stage.folder().join("open.deploy.yml")).unwrap();
    let copy = crate::migrate::strip::as_json(&yaml_rust2::YamlLoader::load_from_str(&text).unwrap()[0]);
    copy["topology"]["nodes"]["publish-tunnel"].clone()
}

const CLIENT: &str = "clab-open-publish-tunnel";

/// Runs a shell in the folder of the lab, with the program that these tests are of.
fn shell(stage: &Stage, commands: &str) -> (Option<i32>, String) {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_publish-plan")).parent().unwrap();
    let output = Command::new("bash")
        .args(["-euc", commands])
        .current_dir(stage.folder())
        .env("PATH", format!("{}:{}:{}", stage.bin().display(), own.display(), std::env::var("PATH").unwrap()))
        .env("HOME", stage.home())
        .env("XDG_STATE_HOME", stage.home().join(".local/state"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said)
}

/// The chapter, with ssh: opened, looked at, changed, closed, and what happens in between.
#[test]
fn a_lab_and_its_tunnels_open_and_close_together() {
    let Some(_engine) = Engine::new("providers::node::a_lab_and_its_tunnels_open_and_close_together") else { return };
    let stage = Stage::new();
    if containerlab(&stage).is_none() {
        return;
    }
    start_nodes(&stage);
    start_relay(&stage);
    fs::remove_dir_all(stage.folder().join("stage.publish")).unwrap();
    fs::remove_file(stage.folder().join("open.deploy.yml")).unwrap();
    fs::write(
        stage.folder().join("publish-plan.toml"),
        format!("provider = \"ssh\"\nnode = true\n[relay]\naddress = \"root@{RELAY}\"\nidentity = \"~/key\"\nknown-hosts = \"~/relay.host\"\n"),
    )
    .unwrap();
    let blocks = blocks_of("docs/src/recipes/with-the-lab.md", "bash");
    let [open, change, stop, close] = &blocks[..] else { panic!("four blocks: {blocks:?}") };
    let compile = || shell(&stage, "publish-plan compile open.clab.yml");
    let (code, said) = compile();
    assert_eq!(code, Some(0), "{said}");
    name_image(IMAGE, node(&stage)["image"].as_str().unwrap());

    let deploy = open.lines().next().unwrap();
    let (code, said) = shell(&stage, deploy);
    assert_eq!((code, said.trim()), (Some(0), "Created publish-tunnel"));
    let rows = || -> Vec<(String, u16)> {
        let (_, said) = shell(&stage, "sh open.publish/publish.sh status --json 2>/dev/null");
        let json: Value =
            serde_json::from_str(said.split_once('{').map(|(_, rest)| format!("{{{rest}")).unwrap().trim())
                .unwrap_or_else(|error| panic!("{error}: {said}"));
        assert_eq!(json["how"], "node", "{said}");
        let sockets = json["sockets"].as_array().unwrap().iter();
        let row = |socket: &Value| {
            (socket["standing"].as_str().unwrap().to_owned(), socket["ports"].as_str().unwrap().parse().unwrap())
        };
        sockets.map(row).collect()
    };
    let are_up = || rows().iter().all(|(standing, _)| standing == "up");
    assert!(within(Duration::from_secs(20), are_up), "{}", done(&["logs", CLIENT]));
    let ports: Vec<u16> = rows().into_iter().map(|(_, port)| port).collect();
    let carries = || get(RELAY, ports[1]).is_some_and(|page| page.trim() == "web") && is_echoed(ports[0]);
    assert!(carries(), "both tunnels carry bytes");
    // The rest of the block.
    let (code, said) = shell(&stage, &open.lines().skip(1).collect::<Vec<_>>().join("\n"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("web  | up    | ") && said.contains(&format!("http://{RELAY}:{}/", ports[1])), "{said}");
    // The container is as the node says, and nothing of a secret is in what the engine knows of it.
    let inspected = done(&[
        "inspect",
        "-f",
        "{{.HostConfig.Privileged}} {{.Config.User}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.SecurityOpt}}",
        CLIENT,
    ]);
    assert_eq!(inspected, "false 0:0 unless-stopped [no-new-privileges:true]");
    let key = fs::read_to_string(stage.home().join("key")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    assert!(
        !done(&["inspect", CLIENT]).contains(secret)
            && !fs::read_to_string(stage.folder().join("open.deploy.yml")).unwrap().contains(secret)
    );
    // `up` waits for them and shows them; `verify` tries them.
    let (code, said) = shell(&stage, "sh open.publish/publish.sh up");
    assert!(
        code == Some(0)
            && said.contains("the tunnels of this lab are its node publish-tunnel, which runs")
            && said.contains("web  | up    | "),
        "{code:?} {said}"
    );
    let (code, said) = shell(&stage, "sh open.publish/publish.sh up --for 1h");
    assert!(code == Some(1) && said.contains("has no time limit"), "{code:?} {said}");
    let (code, said) = shell(&stage, "sh open.publish/publish.sh verify");
    assert!(code == Some(0) && said.contains("nobody  clab-open-web-http-80  answers"), "{code:?} {said}");

    // The same by the name of the lab.
    let (code, said) = shell(&stage, "publish-plan status open.clab.yml");
    assert!(code == Some(0) && said.contains("web  | up    | "), "{code:?} {said}");
    let (code, said) = shell(&stage, "publish-plan ps --json");
    let labs: Value = serde_json::from_str(&said).unwrap();
    assert!(
        code == Some(0)
            && labs["labs"].as_array().unwrap().len() == 1
            && labs["labs"][0]["lab"] == "open"
            && labs["labs"][0]["how"] == "node"
            && labs["labs"][0]["provider"] == "ssh"
            && labs["labs"][0]["up"] == 2
            && labs["labs"][0]["open_to_anyone"] == 2,
        "{said}"
    );
    let (code, said) = shell(&stage, "publish-plan up --yes --verify --deploy open.clab.yml");
    assert!(
        code == Some(0) && said.contains("containerlab deploy -t open.deploy.yml") && said.contains("answers"),
        "{code:?} {said}"
    );
    let (code, said) = shell(&stage, "publish-plan up --yes --for 1h --deploy open.clab.yml");
    assert!(code == Some(2) && said.contains("leave out `--for` and `--compose`"), "{code:?} {said}");
    // What would leave the node open unnoticed is refused.
    let toml = fs::read_to_string(stage.folder().join("publish-plan.toml")).unwrap();
    fs::write(stage.folder().join("publish-plan.toml"), toml.replace("node = true", "node = false")).unwrap();
    let (code, said) = compile();
    let is_refused = |said: &str| {
        said.contains("the tunnels of this lab are open, as a node of its topology; run `sh ")
            && said.contains("nothing was written")
    };
    assert!(code == Some(1) && is_refused(&said), "{code:?} {said}");
    fs::write(stage.folder().join("publish-plan.toml"), toml).unwrap();
    let published = fs::read_to_string(stage.folder().join("open.clab.yml")).unwrap();
    fs::write(
        stage.folder().join("open.clab.yml"),
        published.replace("publish:", "# publish:").replace("- http", "# - http").replace("- tcp", "# - tcp"),
    )
    .unwrap();
    let (code, said) = compile();
    assert!(code == Some(1) && is_refused(&said), "{code:?} {said}");
    fs::write(stage.folder().join("open.clab.yml"), published).unwrap();
    // A script that somebody changed is not run, and another container of this name is not touched.
    let script = stage.folder().join("open.publish/publish.sh");
    let own = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("{own}# another\n")).unwrap();
    let (code, said) = shell(&stage, "publish-plan down open.clab.yml");
    assert!(code == Some(1) && said.contains("is not the script that this program wrote last"), "{code:?} {said}");
    fs::write(&script, own).unwrap();

    // The relay goes and comes back.
    done(&["kill", "relay"]);
    assert!(within(Duration::from_secs(30), || !are_up()), "up without a relay");
    done(&["start", "relay"]);
    assert!(within(Duration::from_secs(60), carries), "{}", done(&["logs", CLIENT]));

    // A later compilation is not open before it is deployed, not even after a restart, and `status` says so.
    let container = || done(&["inspect", "-f", "{{.Id}}", CLIENT]);
    let before = container();
    let topology = stage.folder().join("open.clab.yml");
    let text = fs::read_to_string(&topology).unwrap();
    fs::write(
        &topology,
        text.replace("      publish:\n        - http/80\n", "").replace("      publish:\n        - http/80", ""),
    )
    .unwrap();
    assert_eq!(compile().0, Some(0));
    done(&["restart", "-t", "0", CLIENT]);
    assert!(within(Duration::from_secs(30), carries), "what was deployed is open: {}", done(&["logs", CLIENT]));
    let (_, said) = shell(&stage, "sh open.publish/publish.sh status");
    assert!(said.contains("compiled again after its node was deployed"), "{said}");
    // The block: the contents of a mounted file have changed, so the node is created anew, and the tunnel that is gone is closed.
    let change = change.replace("publish-plan compile --node open.clab.yml", "publish-plan compile open.clab.yml");
    let (code, said) = shell(&stage, &change);
    assert!(code == Some(0) && said.contains("Created publish-tunnel"), "{said}");
    assert_ne!(container(), before);
    assert!(within(Duration::from_secs(30), || is_echoed(ports[0])), "{}", done(&["logs", CLIENT]));
    assert!(get(RELAY, ports[1]).is_none(), "what is gone is closed");
    let (code, said) = shell(&stage, "sh open.publish/publish.sh status");
    assert!(code == Some(0) && !said.contains("compiled again"), "{said}");
    // The same again changes nothing.
    let before = container();
    assert_eq!(shell(&stage, deploy), (Some(0), String::new()));
    assert_eq!(container(), before);

    // Closed without the lab, and it stays closed.
    let (code, said) = shell(&stage, stop);
    assert!(code == Some(0) && said.contains("stopped the node publish-tunnel"), "{said}");
    assert!(within(Duration::from_secs(20), || !is_echoed(ports[0])));
    let (_, said) = shell(&stage, "sh open.publish/publish.sh down; publish-plan ps");
    assert_eq!(said.matches("nothing is open").count(), 2, "{said}");
    // A container of this name that is of another topology.
    let other = "docker rename clab-open-publish-tunnel mine; docker run -d --name clab-open-publish-tunnel --label clab-topo-file=/x.clab.yml --entrypoint sleep IMAGE 600";
    let (code, said) = shell(&stage, &other.replace("IMAGE", IMAGE));
    assert_eq!(code, Some(0), "{said}");
    let (_, said) = shell(&stage, "sh open.publish/publish.sh down");
    assert!(said.contains("is not of this topology but of /x.clab.yml, so it is left alone"), "{said}");
    assert_eq!(done(&["inspect", "-f", "{{.State.Running}}", CLIENT]), "true");
    let (code, said) =
        shell(&stage, "docker rm -f clab-open-publish-tunnel; docker rename mine clab-open-publish-tunnel");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(shell(&stage, deploy).0, Some(0));
    assert!(within(Duration::from_secs(30), || is_echoed(ports[0])), "{}", done(&["logs", CLIENT]));
    // Closed with the lab.
    let (code, said) = shell(&stage, close);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(done(&["ps", "-aq", "--filter", &format!("name={CLIENT}")]), "");
    assert!(within(Duration::from_secs(20), || !is_echoed(ports[0])));
    // Files that are not those of the copy start nothing.
    let script = stage.folder().join("open.publish/relay.ssh_config");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text + "# another\n").unwrap();
    assert_eq!(shell(&stage, deploy).0, Some(0));
    let says = || done(&["logs", CLIENT]).contains("compiled again after its topology was deployed");
    assert!(within(Duration::from_secs(10), says), "{}", done(&["logs", CLIENT]));
    assert!(!is_echoed(ports[0]));
    assert_eq!(shell(&stage, close).0, Some(0));
}

/// Bytes through bore, whose image is built first.
#[test]
fn bore_runs_as_a_node_too() {
    let Some(bore) = program("bore", "BORE", &["--version"]) else { return };
    let Some(_engine) = Engine::new("providers::node::bore_runs_as_a_node_too") else { return };
    let stage = Stage::new();
    if containerlab(&stage).is_none() {
        return;
    }
    start_nodes(&stage);
    import_bore(&stage, &bore);
    stage.secret("secret", "t0ken");
    fs::copy(root().join("examples/open.clab.yml"), stage.folder().join("open.clab.yml")).unwrap();
    let compile = format!(
        "publish-plan compile --no-config --node --provider bore --relay {RELAY} --secret home/secret open.clab.yml"
    );
    let (code, said) = shell(&stage, &compile);
    assert_eq!(code, Some(0), "{said}");
    let built = node(&stage)["image"].as_str().unwrap().to_owned();
    assert!(said.contains(&format!("  docker build -t {built} open.publish\n")), "{said}");
    name_image("publish-plan/bore-client", &built);
    let relay = ["run", "-d", "--name", "relay", "--network", "clab", "--ip", RELAY, "-e", "BORE_SECRET=t0ken"];
    done(&[&relay[..], &[&built, "bore", "server", "--min-port", "20000", "--max-port", "29999"]].concat());
    assert!(within(Duration::from_secs(10), || std::net::TcpStream::connect((RELAY, 7835)).is_ok()));
    let (code, said) = shell(&stage, "containerlab deploy -t open.deploy.yml");
    assert_eq!(code, Some(0), "{said}");
    let is_up = || shell(&stage, "sh open.publish/publish.sh status").0 == Some(0);
    assert!(within(Duration::from_secs(40), is_up), "{}", done(&["logs", CLIENT]));
    let (_, visit) = shell(&stage, "sh open.publish/publish.sh visit web");
    let port = visit.trim_start_matches(&format!("http://{RELAY}:")).split('/').next().unwrap().parse().unwrap();
    assert!(within(Duration::from_secs(5), || get(RELAY, port).is_some_and(|page| page.trim() == "web")), "{visit}");
    assert!(!done(&["inspect", CLIENT]).contains("t0ken"));
    let (_, said) = shell(&stage, "sh open.publish/publish.sh logs");
    assert!(said.contains("listening at") && !said.contains("t0ken") && !said.contains("\\u{d}"), "{said}");
    assert_eq!(shell(&stage, "containerlab destroy -t open.deploy.yml").0, Some(0));
}

/// The clients of services and of frp, stood in for: how the node starts them, what they are told, and what `status` reads.
#[test]
fn the_other_clients_run_as_nodes_too() {
    let Some(_engine) = Engine::new("providers::node::the_other_clients_run_as_nodes_too") else { return };
    let stage = Stage::new();
    if containerlab(&stage).is_none() {
        return;
    }
    start_nodes(&stage);
    stage.secret("secret", "t0ken");
    stage.secret(".cloudflared/6ff42ae2-765d-4adf-8112-31c55c1551ef.json", "{}");
    let text = fs::read_to_string(root().join("examples/open.clab.yml")).unwrap();
    let topology = stage.folder().join("open.clab.yml");
    let asked = "echo \"asked $*\"\n";
    let frp = "echo '[I] [clab-open-r1-tcp-22] start proxy success'; echo '[I] [clab-open-web-http-80] start proxy success'; grep -q t0ken \"$FRP_TOKEN_FILE\" && exec sleep 600";
    let ngrok = "[ \"$NGROK_AUTHTOKEN\" = t0ken ] || exit 1; for one in clab-open-r1-tcp-22:tcp://1.tcp.ngrok.io:2222 clab-open-web-http-80:https://a.ngrok.app; do echo \"t=1 lvl=info msg=\\\"started tunnel\\\" name=${one%%:*} url=${one#*:}\"; done; exec sleep 600";
    let cloudflared = "[ -r /etc/cloudflared/credentials.json ] && [ -r \"$6\" ] || { echo \"cannot read $6\"; exit 1; }; echo 'INF Registered tunnel connection connIndex=0'; exec sleep 600";
    for (provider, entries, path, client, flags, is_up) in [
        ("frp", "", "bin/frpc", frp, "--relay 172.20.20.100 --secret home/secret --domain lab.example.net", true),
        ("ngrok", "", "bin/ngrok", ngrok, "--secret home/secret --tier paid", true),
        (
            "cloudflared",
            "",
            "bin/cloudflared",
            cloudflared,
            "--tunnel 6ff42ae2-765d-4adf-8112-31c55c1551ef --domain example.net",
            true,
        ),
        // Without the confirmation, the client does not find its file.
        (
            "cloudflared",
            "/a@example.org",
            "bin/cloudflared",
            cloudflared,
            "--tunnel 6ff42ae2-765d-4adf-8112-31c55c1551ef --domain example.net --team t",
            false,
        ),
        (
            "tailscale",
            "/a@domain.com",
            "usr/local/bin/containerboot",
            "exec sleep 600",
            "--secret home/secret --tailnet-domain domain.com",
            false,
        ),
    ] {
        fs::write(
            &topology,
            text.replace("tcp/22 ", &format!("tcp/22{entries} ")).replace("http/80", &format!("http/80{entries}")),
        )
        .unwrap();
        let compile = format!(
            "publish-plan compile --no-config --force --allow-port-changes --node --provider {provider} {flags} open.clab.yml"
        );
        let (code, said) = shell(&stage, &compile);
        assert_eq!(code, Some(0), "{provider}: {said}");
        // An image has either a name or a digest here.
        let reference = node(&stage)["image"].as_str().unwrap().to_owned();
        let image = reference.split('@').next().unwrap();
        fs::create_dir_all(stage.folder().join("image").join(path).parent().unwrap()).unwrap();
        make_client(stage.folder(), image, path, &format!("{asked}{client}\n"), "\"/bin/sh\"");
        let copy = stage.folder().join("open.deploy.yml");
        fs::write(&copy, fs::read_to_string(&copy).unwrap().replace(&reference, image)).unwrap();
        let (code, said) = shell(&stage, "containerlab deploy -t open.deploy.yml");
        assert_eq!(code, Some(0), "{provider}: {said}");
        let logs = || done(&["logs", CLIENT]);
        let status = || shell(&stage, "sh open.publish/publish.sh status");
        if is_up {
            let is_there = || status().1.matches(" | up").count() == if provider == "frp" { 1 } else { 2 };
            assert!(within(Duration::from_secs(15), is_there), "{provider}: {}{}", status().1, logs());
        } else {
            std::thread::sleep(Duration::from_secs(2));
            let why = if provider == "tailscale" {
                "add grants.json to the tailnet policy"
            } else {
                "cannot read /publish/$ACCESS_TAKEN.yml"
            };
            assert!(logs().contains(why), "{provider}: {}", logs());
            assert_eq!(status().1.matches(" | up").count(), 0, "{provider}: {}", status().1);
            // With it, it starts.
            let variable = if provider == "tailscale" { "GRANTS_TAKEN=" } else { "ACCESS_TAKEN=" };
            let (_, said) = shell(&stage, &compile);
            let value: String =
                said.split(variable).nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
            fs::write(&copy, fs::read_to_string(&copy).unwrap().replace(&reference, image)).unwrap();
            let (code, said) = shell(&stage, &format!("{variable}{value} containerlab deploy -t open.deploy.yml"));
            assert_eq!(code, Some(0), "{provider}: {said}");
            let has_started =
                || logs().contains("asked") && done(&["inspect", "-f", "{{.State.Restarting}}", CLIENT]) == "false";
            assert!(within(Duration::from_secs(10), has_started), "{provider}: {}", logs());
        }
        assert!(!done(&["inspect", CLIENT]).contains("t0ken"), "{provider}");
        assert_eq!(shell(&stage, "containerlab destroy -t open.deploy.yml").0, Some(0), "{provider}");
    }
}
