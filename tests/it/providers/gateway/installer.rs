//! install.sh: it installs what publish-plan writes and nothing else, on a server that has room for it, as a whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::stage::{CERTIFICATE, Gateway, ISSUER, Identity, do_it, install_killed, soon, told, with_stand_in};
use crate::support::{files_below, run_with};

/// Pages for people, for one person, and for everybody, and ports likewise.
fn lab(gateway: &mut Gateway) {
    gateway.node("web", "http/3000/nokia.com,bob@somedomain.com");
    gateway.node("secure", "https/8443/alice@nokia.com");
    gateway.node("open", "http/8080");
    gateway.node("r1", "tcp/2022/alice@nokia.com");
    gateway.node("r2", "tcp/57400/nokia.com");
    gateway.node("free", "tcp/9000");
    gateway.compile(&[]);
}

/// What `install.sh` of a directory did.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    said: String,
}

fn install(directory: &Path, arguments: &[&str]) -> Ran {
    let output: Output = Command::new("sh").arg(directory.join("install.sh")).args(arguments).output().unwrap();
    Ran { code: output.status.code(), said: told(&output) }
}

/// `install.sh` ends with a code, and says this.
fn says(directory: &Path, arguments: &[&str], code: i32, text: &str) -> String {
    let ran = install(directory, arguments);
    assert!(ran.code == Some(code) && ran.said.contains(text), "{arguments:?}: not {code} and {text:?}: {ran:?}");
    ran.said
}

/// Nothing is installed, and the script says why.
fn refuses(directory: &Path, arguments: &[&str], why: &str) {
    let said = says(directory, arguments, 2, why);
    assert!(said.ends_with("nothing was changed\n"), "{said}");
}

/// All that could change on the server: names, modes, owners, and bytes.
fn server() -> String {
    let command = r#"cd /
        set -- etc/apache2 etc/ssh etc/publish-plan etc/sudoers.d etc/passwd etc/shadow etc/group etc/gshadow var/lib/apache2 run/sshd
        for more in var/lib/publish-plan var/cache/apache2/publish-plan usr/local/lib/publish-plan run/publish-plan.????????; do
          [ ! -e $more ] || set -- "$@" $more
        done
        { find "$@" ! -name disabled_by ! -path "var/cache/*/*/*" -printf '%p %m %u %g %y %l\n'; find "$@" -type f ! -path "var/cache/*" -exec sha256sum {} +; } | LC_ALL=C sort"#;
    let output = Command::new("bash").args(["-euc", command]).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What is on one server and not on the other.
#[track_caller]
fn assert_same(before: &str, why: &str) {
    let after = server();
    if before != after {
        let diff = similar::TextDiff::from_lines(before, after.as_str()).unified_diff().context_radius(0).to_string();
        panic!("{why}: the server changed\n{diff}");
    }
}

/// A copy of the directory `gateway`.
fn copy(gateway: &Gateway, name: &str) -> PathBuf {
    let to = gateway.folder().join(name);
    let _ = fs::remove_dir_all(&to);
    fs::create_dir(&to).unwrap();
    for file in files_below(&gateway.compiled("gateway")) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
    to
}

/// Files, what is replaced in them, by what, and what install.sh says; an empty text is what comes after the last line.
const LINES: &[(&str, &str, &str, &str)] = &[
    ("lab.values", "version=1", "version=2", "version"),
    ("lab.values", "hours=8\n", "", "expected hours"),
    ("lab.values", "", "more=1\n", "more than"),
    ("lab.values", "lab=stage", "lab=../x", "not a name"),
    ("lab.values", "lab=stage", "lab=abcdefghijklmnopqrs", "not a name"),
    ("lab.values", "lab=stage", "lab=x-visitors", "cannot have"),
    ("lab.values", "lab=stage", "lab=revoked", "cannot have"),
    ("lab.values", "clab-stage", "root", "expected the account"),
    ("lab.values", "domain=lab.test", "domain=$(id)", "not allowed"),
    ("lab.values", "domain=lab.test", "domain=a..b", "not a domain"),
    ("lab.values", "web_port=443", "web_port=0443", "not a port"),
    ("lab.values", "https://login", "http://login", "no https"),
    ("lab.values", "https://login", "https://%{HTTP:X}", "not allowed"),
    ("lab.values", "https://login", "https://${PATH}", "not allowed"),
    ("lab.values", "hours=8", "hours=99999", "hours"),
    ("lab.values", "hours=8", "hours=8\r", "control character"),
    ("lab.values", "hours=8", "hours=8\\", "backslash"),
    ("lab.values", "certificate=files", "certificate=no", "neither files"),
    ("lab.values", "ports=", "ports=22 ", "not a port from"),
    ("lab.values", "ports=", "ports={r1} ", "used twice"),
    ("lab.values", "{r1}", "{other}", "principals: port {r1}"),
    ("lab.values", "{free}", "{other}", "authorized_keys: port {free}"),
    ("lab.values", "names=", "names=ssh.lab.test ", "used twice"),
    ("lab.values", "names=", "names=evil.test ", "not a name in"),
    ("lab.values", "names=", "names=*.lab.test ", "not allowed"),
    ("lab.values", "names=", "names=more.lab.test ", "has no page"),
    // What opens a page wider than the lab's owner wrote it.
    ("lab.conf", "            Require claim email_verified:true\n", "", ""),
    ("lab.conf", "            Require claim \"iss:https://login.id.test:9443\"\n", "", ""),
    ("lab.conf", "            Include publish-plan/revoked.inc\n", "", ""),
    ("lab.conf", "            Require expr \"-z reqenv('unusual')\"\n", "", ""),
    ("lab.conf", "RequireAll>", "RequireAny>", ""),
    ("lab.conf", "AuthzSendForbiddenOnFailure On", "AuthzSendForbiddenOnFailure Off", ""),
    ("lab.conf", "(?!.)", "", ""),
    ("lab.conf", "(?is)^", "(?is)", ""),
    ("lab.conf", "nokia[.]com", "nokia.com", ""),
    ("lab.conf", "@nokia", "@(no|ev)kia", ""),
    ("lab.conf", "bob@some", "b|ob@some", ""),
    ("lab.conf", "bob@some", ".*", ""),
    ("lab.conf", "bob@some", "%{HTTP:X}", ""),
    ("lab.conf", "bob@some", "${PATH}", ""),
    ("lab.conf", "bob@some", "Bob@some", ""),
    ("lab.conf", "\"email~(?is)^bob", "\"email:eve@evil.org\" \"email~(?is)^bob", ""),
    ("lab.conf", "127.0.0.1:{web}", "127.0.0.1:22", ""),
    ("lab.conf", "127.0.0.1:{web}", "10.0.0.1:{web}", ""),
    ("lab.conf", "\"http://127.0.0.1:{web}/\"", "\"unix:/run/x|http://a/\"", ""),
    ("lab.conf", "ServerName web-3000", "ServerName evil", ""),
    ("lab.conf", "ServerName open-8080", "ServerName web-3000", ""),
    ("lab.conf", "ServerName web-3000.lab.test\n", "ServerName web-3000.lab.test\n    ServerAlias *\n", ""),
    ("lab.conf", "upgrade=websocket", "upgrade=ANY", ""),
    ("lab.conf", "    Include publish-plan/login.inc\n", "", ""),
    ("headers.inc", "unset X-Forwarded-User", "set X-Forwarded-User root", ""),
    ("lab.conf", "*:443", "*:80", ""),
    ("lab.conf", "", "Include /etc/shadow\n", ""),
    ("lab.conf", "", "LoadModule x /tmp/x.so\n", ""),
    ("lab.conf", "", "CustomLog \"|/bin/id\" x\n", ""),
    ("lab.conf", "", "<Location \"/\">\n    Require all granted\n</Location>\n", ""),
    ("lab.conf", "", "# a comment that hides the next line \\\n", "backslash"),
    ("lab.conf", "", "# \u{1b}[2J\n", "control character"),
    ("lab.people", "(?!.)", "", ""),
    ("lab.people", "", "Require all granted\n", ""),
    ("gateway.conf", "sign.cgi", "sign.sh", ""),
    ("gateway.conf", "publish-plan/*.lab", "/tmp/*", ""),
    ("gateway.conf", "Require valid-user", "Require all granted", ""),
    ("gateway.conf", "            Require all denied\n", "", ""),
    ("gateway.conf", "SetHandler none", "SetHandler server-status", ""),
    ("gateway.conf", "unplanned.invalid", "*", ""),
    ("login.inc", "secret.inc", "../../shadow", ""),
    ("login.inc", "exec:/bin/cat /etc/publish-plan/passphrase", "exec:/bin/id", ""),
    ("login.inc", "OIDCClientID gateway", "OIDCClientID ${PATH}", ""),
    ("login.inc", "PassClaimsAs none", "PassClaimsAs both", ""),
    ("login.inc", "https://auth.lab.test/", "https://evil.test/", ""),
    ("login.inc", "\nOIDCStripCookies mod_auth_openidc_session mod_auth_openidc_session_chunks", "", ""),
    ("tls.inc", "SSLEngine on", "SSLEngine off", ""),
    ("headers.inc", "RequestHeader unset X_Forwarded-Email\n", "", ""),
    ("headers.inc", "", "RequestHeader set X-Forwarded-Email boss@nokia.com\n", ""),
    ("lab.conf", "    Include publish-plan/headers.inc\n", "", ""),
    ("lab.people", "", "Require claim \"email~(?is)^evil@x[.]org(?!.)\"\n", "do not name the same people"),
    ("tls.inc", "/etc/ssl/lab.test.pem", "/etc/ssl/../shadow", ""),
    // What opens a port wider.
    ("principals", "127.0.0.1:{r1}", "127.0.0.1:22", ""),
    ("principals", "127.0.0.1:{r1}", "localhost:{r1}", ""),
    ("principals", "127.0.0.1:{r1}", "*:{r1}", ""),
    ("principals", "127.0.0.1:{r1}", "127.0.0.1:*", ""),
    ("principals", "127.0.0.1:{r1}", "127.0.0.1:0{r1}", ""),
    ("principals", " alice@", " bob@nokia.com alice@", ""),
    ("principals", " alice@nokia", " alice@x.org,bob@nokia", ""),
    ("principals", " alice@nokia.com", " *", ""),
    ("principals", " alice@nokia.com", " Alice@nokia.com", ""),
    ("principals", " alice@nokia.com", " @nokia.com", ""),
    ("principals", "restrict,port-forwarding,", "restrict,port-forwarding,nonsense,", ""),
    ("principals", "restrict,port-forwarding,", "restrict,port-forwarding,pty,", ""),
    ("principals", "restrict,", "", ""),
    ("principals", ",permitopen=\"127.0.0.1:{r2}\" alice", " alice", "lacks port {r2}"),
    (
        "principals",
        "",
        "restrict,port-forwarding,permitopen=\"127.0.0.1:{r1}\" bob@x.org\n",
        "bob@x.org comes after a domain",
    ),
    ("principals", "", "alice@nokia.com\n", ""),
    ("authorized_keys", "permitlisten=\"127.0.0.1:{r1}\"", "permitlisten=\"127.0.0.1:22\"", ""),
    ("authorized_keys", "127.0.0.1:{r1}", "*:{r1}", ""),
    ("authorized_keys", "\"127.0.0.1:{r1}\"", "\"{r1}\"", ""),
    ("authorized_keys", "/bin/false", "/bin/sh", ""),
    ("authorized_keys", "restrict,", "", ""),
    ("authorized_keys", "nowhere.invalid:1", "127.0.0.1:22", ""),
    ("authorized_keys", "restrict,", "restrict,agent-forwarding,", ""),
    ("authorized_keys", "ssh-ed25519 ", "ssh-dss ", ""),
    ("authorized_keys", ",permitlisten=\"127.0.0.1:{r1}\"", "", ""),
    ("authorized_keys", "", "ssh-ed25519 AAAA\n", ""),
    ("sshd.conf", "AllowTcpForwarding remote", "AllowTcpForwarding yes", ""),
    ("sshd.conf", "Match User clab-stage\n", "Match User *\n", ""),
    ("sshd.conf", "GatewayPorts clientspecified", "GatewayPorts yes", ""),
    ("sshd.conf", "    RevokedKeys /etc/ssh/publish-plan/revoked\n", "", ""),
    ("sshd.conf", "    ForceCommand /bin/false\n", "", ""),
    ("sshd.conf", "PermitTTY no", "PermitTTY yes", ""),
    ("sshd.conf", "AuthorizedKeysFile none", "AuthorizedKeysFile /tmp/x", ""),
    ("sshd.conf", "stage/principals", "other/principals", ""),
    ("sshd.conf", "MaxSessions 0", "MaxSessions 1", ""),
    ("sshd.conf", "", "Match all\n    PermitRootLogin yes\n", ""),
    ("sign", "umask 077", "umask 000", "belongs to this install.sh"),
    ("sign.cgi", "no-store", "x", "belongs to this install.sh"),
];

/// The files that install.sh reads.
const FILES: [&str; 12] = [
    "lab.values",
    "gateway.conf",
    "headers.inc",
    "login.inc",
    "tls.inc",
    "lab.conf",
    "lab.people",
    "sshd.conf",
    "authorized_keys",
    "principals",
    "sign",
    "sign.cgi",
];

#[test]
fn a_directory_with_anything_else_is_refused_and_a_server_that_others_use_is_left_alone() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    a_server_that_others_use_is_left_alone(&gateway);
    let before = server();
    other_lines(&gateway);
    other_files(&gateway);
    // Comments are free, and name what they like.
    let directory = copy(&gateway, "commented");
    let text = fs::read_to_string(directory.join("lab.conf")).unwrap();
    fs::write(directory.join("lab.conf"), text + "# café ${PATH} %{HTTP:X} `id` $(id) \" a|b\n").unwrap();
    says(&directory, &["--check"], 1, "would write");
    assert_same(&before, "refusals");
    // Nobody is left out of what the administrator reads.
    let many: Vec<String> = (0..100).map(|index| format!("person{index}@nokia.com")).collect();
    gateway.change("web", &format!("http/3000/{},last@elsewhere.org", many.join(",")));
    gateway.compile(&[]);
    says(&gateway.compiled("gateway"), &["--check"], 1, ", last@elsewhere.org");
}

fn other_lines(gateway: &Gateway) {
    let ports = ["web", "r1", "r2", "free"].map(|node| (format!("{{{node}}}"), gateway.port(node).to_string()));
    let filled = |text: &str| {
        let text = text.replace("{other}", "20001");
        ports.iter().fold(text, |text, (name, port)| text.replace(name, port))
    };
    let tries = |index: usize, (file, from, to, why): &(&str, &str, &str, &str)| {
        let directory = copy(gateway, &format!("hostile.{index}"));
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let hostile =
            if from.is_empty() { text.clone() + &filled(to) } else { text.replace(&filled(from), &filled(to)) };
        assert_ne!(text, hostile, "{file}: there is no {from:?}");
        fs::write(directory.join(file), hostile).unwrap();
        refuses(&directory, &["--check"], &if why.is_empty() { (*file).to_owned() } else { filled(why) });
        fs::remove_dir_all(directory).unwrap();
    };
    std::thread::scope(|scope| {
        for half in 0..2 {
            let tries = &tries;
            let lines = LINES.iter().enumerate().filter(move |(index, _)| index % 2 == half);
            scope.spawn(move || lines.for_each(|(index, line)| tries(index, line)));
        }
    });
}

fn other_files(gateway: &Gateway) {
    for file in FILES {
        let missing = format!("{file} is missing");
        let tries = [
            ("rm $FILE", missing.as_str()),
            ("mv $FILE y; ln -s y $FILE", &missing),
            ("ln -sf /etc/shadow $FILE", &missing),
            ("rm $FILE; mkfifo $FILE", &missing),
            ("cp /etc/shadow $FILE", "lab.values"),
            ("printf 'x\\0y\\n' >>$FILE", "control character"),
            ("printf '# c' >>$FILE", "does not end with a line break"),
            ("head -c 2000001 /dev/zero | tr '\\0' '#' >>$FILE", "is too large"),
        ];
        for (index, (command, why)) in tries.into_iter().enumerate() {
            // Each way once for the first file, and then those that show something else.
            if file != FILES[0] && ![2, 4, 5].contains(&index) {
                continue;
            }
            let directory = copy(gateway, "hostile");
            do_it(&format!("cd {}; FILE={file}; {command}", directory.display()), "");
            let ran = install(&directory, &[]);
            let why = if why == "lab.values" { "" } else { why };
            assert!(ran.code == Some(2) && ran.said.contains(why), "{file}: {command}: {ran:?}");
            assert!(!ran.said.contains("root:"), "{file}: {command}: {}", ran.said);
        }
    }
}

/// What is wrong with a server, what install.sh says, and what puts it right.
const SERVERS: &[(&str, &str, &str)] = &[
    (
        "mv /etc/publish-plan/client-secret /etc/x",
        "client-secret is missing",
        "mv /etc/x /etc/publish-plan/client-secret",
    ),
    (
        "cd /etc/publish-plan; mv client-secret x; ln -s x client-secret",
        "is missing",
        "cd /etc/publish-plan; mv -T x client-secret",
    ),
    ("chmod 640 /etc/publish-plan/client-secret", "others can read", "chmod 600 /etc/publish-plan/client-secret"),
    ("chown nobody /etc/publish-plan/client-secret", "others can read", "chown root /etc/publish-plan/client-secret"),
    (
        "cd /etc/publish-plan; cp -p client-secret /etc/x; : >client-secret",
        "is empty",
        "mv /etc/x /etc/publish-plan/client-secret",
    ),
    (
        "cd /etc/publish-plan; cp -p client-secret /etc/x; echo 'a\"b' >client-secret",
        "does not support",
        "mv /etc/x /etc/publish-plan/client-secret",
    ),
    (
        "cd /etc/publish-plan; cp -p client-secret /etc/x; printf 'secret\\r\\n' >client-secret",
        "a carriage return",
        "mv /etc/x /etc/publish-plan/client-secret",
    ),
    ("mv /etc/ssl/lab.test.pem /etc/x", "lab.test.pem is missing", "mv /etc/x /etc/ssl/lab.test.pem"),
    (
        "cd /etc/ssl/private; mv lab.test.key /etc/x; openssl genpkey -algorithm ed25519 -out lab.test.key 2>/dev/null",
        "lab.test.key is not the private key of /etc/ssl/lab.test.pem",
        "mv /etc/x /etc/ssl/private/lab.test.key",
    ),
    (
        "cd /etc/ssl; mv lab.test.pem /etc/x; echo no >lab.test.pem",
        "lab.test.pem is not a certificate in PEM format",
        "mv /etc/x /etc/ssl/lab.test.pem",
    ),
    ("useradd -m -d /run/x -s /bin/sh clab-stage", "has not made", "userdel -f clab-stage; rm -rf /run/x"),
    (
        "useradd --system --no-create-home --home-dir /nonexistent --shell /bin/sh clab-stage",
        "has not made",
        "userdel clab-stage",
    ),
    (
        "useradd --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin -p '*' clab-stage-visitors",
        "has not made",
        "userdel clab-stage-visitors",
    ),
    (
        "useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin publish-plan-ca",
        "has not made",
        "userdel publish-plan-ca",
    ),
    (
        "useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin -p '*' -G sudo clab-stage",
        "has not made",
        "userdel clab-stage",
    ),
    (
        "printf '<VirtualHost *:443>\\nServerName x.lab.test\\n</VirtualHost>\\n' >/etc/apache2/sites-enabled/z.conf",
        "must be this gateway's alone",
        "rm /etc/apache2/sites-enabled/z.conf",
    ),
    (
        "printf '<VirtualHost *:80>\\nServerName a\\nServerAlias Lab.Test\\n</VirtualHost>\\n' >/etc/apache2/sites-enabled/z.conf",
        "must be this gateway's alone",
        "rm /etc/apache2/sites-enabled/z.conf",
    ),
    (
        "printf '<VirtualHost *:80>\\nServerName a\\nServerAlias *.test\\n</VirtualHost>\\n' >/etc/apache2/sites-enabled/z.conf",
        "must be this gateway's alone",
        "rm /etc/apache2/sites-enabled/z.conf",
    ),
    (
        "echo Nonsense >/etc/apache2/sites-enabled/z.conf",
        "Apache has an error already",
        "rm /etc/apache2/sites-enabled/z.conf",
    ),
    ("echo Nonsense >/etc/ssh/sshd_config.d/z.conf", "sshd has an error already", "rm /etc/ssh/sshd_config.d/z.conf"),
    (
        "mv /etc/apache2/mods-available/auth_openidc.load /etc/x",
        "no module auth_openidc",
        "mv /etc/x /etc/apache2/mods-available/auth_openidc.load",
    ),
    ("mount --bind /dev/null /usr/sbin/nologin", "apt-get install login", "umount /usr/sbin/nologin"),
    ("sed -i.x s/debian/fedora/ /etc/os-release", "neither Debian nor Ubuntu", "mv /etc/os-release.x /etc/os-release"),
    ("chmod 777 /etc/ssh", "does not belong to root alone", "chmod 755 /etc/ssh"),
];

fn a_server_that_others_use_is_left_alone(gateway: &Gateway) {
    let directory = gateway.compiled("gateway");
    let before = server();
    for (wrong, why, right) in SERVERS {
        do_it(wrong, "");
        refuses(&directory, &[], why);
        do_it(right, "");
    }
    assert_same(&before, "refusals");
    // Another program at a port of the lab would be published in place of the node.
    for (address, node) in [("127.0.0.1", "r1"), ("::1", "free")] {
        let taken = std::net::TcpListener::bind((address, gateway.port(node))).unwrap();
        refuses(&directory, &[], &format!("listens on port {}", gateway.port(node)));
        drop(taken);
    }
    let mut lock = Command::new("flock").args(["-F", "/run/publish-plan.lock", "sleep", "60"]).spawn().unwrap();
    assert!(soon(|| !do_says("flock -n /run/publish-plan.lock true").status.success()), "flock does not start");
    refuses(&directory, &[], "another install.sh is at work");
    lock.kill().unwrap();
    lock.wait().unwrap();
    let script = fs::read_to_string(directory.join("install.sh")).unwrap();
    let nobody = Command::new("setpriv").args(["--reuid", "nobody", "--clear-groups", "sh", "-c", &script]).output();
    assert!(told(&nobody.unwrap()).contains("run it as root"));
    for arguments in [
        &["--nonsense"][..],
        &["--revoke"],
        &["--revoke", "--check"],
        &["--check", "--remove"],
        &["--revoke", "a@b.org", "--remove"],
    ] {
        refuses(&directory, arguments, "usage");
    }
    let help = says(&directory, &["--help"], 0, "usage: sh install.sh");
    assert!(!help.contains("nothing was changed"), "{help}");
    // Other websites are none of its business.
    let other = "printf '<VirtualHost *:80>\nServerName notlab.test\nServerAlias *.other.test\n</VirtualHost>\n' >/etc/apache2/sites-enabled/z.conf";
    do_it(other, "");
    says(&directory, &["--check"], 1, "would create the account clab-stage");
}

/// What a command of the shell says.
fn do_says(command: &str) -> Output {
    Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output().unwrap()
}

/// Compiles another lab with one node for the same gateway, and returns its directory `gateway`.
fn other_lab(gateway: &Gateway, name: &str, node: &str, arguments: &[&str]) -> PathBuf {
    let topology = gateway.folder().join(format!("{name}.clab.yml"));
    fs::write(&topology, format!("name: {name}\ntopology:\n  nodes:\n    {node}\n")).unwrap();
    let (key, known) = (gateway.stage.home().join("tunnel"), gateway.stage.home().join("tunnel.host"));
    let mut all =
        vec!["compile", topology.to_str().unwrap(), "--no-config", "--allow-port-changes", "--provider", "gateway"];
    all.extend(["--relay", "lab.test", "--domain", "lab.test"]);
    for usual in [["--issuer", ISSUER], ["--client-id", "gateway"]] {
        if !arguments.contains(&usual[0]) {
            all.extend(usual);
        }
    }
    all.extend(["--identity", key.to_str().unwrap(), "--known-hosts", known.to_str().unwrap()]);
    all.extend(["--certificate", CERTIFICATE[0], "--certificate-key", CERTIFICATE[1]]);
    all.extend(arguments);
    let run = run_with(&all, "", &[("HOME", gateway.stage.home().to_str().unwrap())]);
    assert_eq!(run.exit, publish_plan::Exit::Clean, "{}", run.stderr);
    gateway.folder().join(format!("{name}.publish/gateway"))
}

const TWO: &str = r#"two: {kind: linux, publish: ["http/80/x.org", "tcp/22/x.org"]}"#;

/// Whether Apache has a page, and what it answers to somebody without a login.
fn answers(gateway: &Gateway, name: &str) -> u16 {
    gateway.get(None, &format!("https://{name}.lab.test/"), &[]).status
}

#[test]
fn what_is_installed_is_what_was_told_and_stays() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    let directory = gateway.compiled("gateway");
    let before = server();
    let told = says(&directory, &["--check"], 1, "would reload Apache");
    assert_same(&before, "--check");
    let (r1, r2, free) = (gateway.port("r1"), gateway.port("r2"), gateway.port("free"));
    for line in [
        "https://web-3000.lab.test: bob@somedomain.com, anyone @nokia.com".to_owned(),
        "https://secure-8443.lab.test: alice@nokia.com".to_owned(),
        "https://open-8080.lab.test: anyone on the Internet".to_owned(),
        format!("port {r1}, with a certificate for ssh: alice@nokia.com"),
        format!("port {r2}, with a certificate for ssh: anyone @nokia.com"),
        format!("port {free} of this server: anyone on the Internet"),
    ] {
        assert!(told.contains(&format!("  {line}\n")), "{line}: {told}");
    }
    let said = says(&directory, &[], 0, "done");
    // Everything that happened had been told.
    let of = |said: &str| -> Vec<String> {
        let lines = said.lines().filter_map(|line| line.strip_prefix("install.sh: ")).filter(|line| *line != "done");
        lines.map(|line| line.trim_start_matches("would ").to_owned()).collect()
    };
    assert_eq!(of(&told), of(&said));
    let installed = server();
    says(&directory, &[], 0, "nothing changed");
    says(&directory, &["--check"], 0, "nothing would change");
    assert_same(&installed, "a second run");
    for (path, mode) in [
        ("/etc/ssh/publish-plan/stage/principals", "644 root"),
        ("/var/lib/publish-plan/ca", "600 publish-plan-ca"),
        ("/etc/publish-plan/passphrase", "600 root"),
        ("/etc/apache2/publish-plan/secret.inc", "600 root"),
        ("/var/cache/apache2/publish-plan", "700 www-data"),
        ("/etc/sudoers.d/publish-plan", "440 root"),
    ] {
        let output = Command::new("stat").args(["-c", "%a %U", path]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), mode, "{path}");
    }
    // What somebody breaks comes back, all of it at once.
    let files = [
        "/etc/ssh/publish-plan/stage/principals",
        "/etc/ssh/publish-plan/ca.pub",
        "/etc/apache2/publish-plan/stage.lab",
        "/etc/apache2/publish-plan/revoked.inc",
        "/etc/apache2/publish-plan/failed.html",
        "/etc/sudoers.d/publish-plan",
        "/usr/local/lib/publish-plan/sign",
        "/etc/ssh/sshd_config.d/50-publish-plan-stage.conf",
    ];
    do_it(&format!("for file in {}; do echo '# broken' >>$file; chmod 666 $file; done", files.join(" ")), "");
    do_it(
        ": >/etc/ssh/publish-plan/revoked; chmod 777 /etc/ssh/publish-plan; rm /etc/apache2/mods-enabled/headers.load",
        "",
    );
    let said = says(&directory, &[], 0, "set the mode of /etc/ssh/publish-plan to 755");
    for file in files.into_iter().chain(["/etc/ssh/publish-plan/revoked"]) {
        assert!(said.contains(&format!("write {file}\n")), "{file}: {said}");
    }
    let output = do_says("ssh-keygen -Q -l -f /etc/ssh/publish-plan/revoked");
    assert!(output.status.success(), "{}", super::stage::told(&output));
    do_it("rm /etc/ssh/publish-plan/revoked", "");
    says(&directory, &[], 0, "write /etc/ssh/publish-plan/revoked");
    let without = |server: &str| -> Vec<String> {
        // A KRL has the time when it was made.
        server.lines().filter(|line| !line.ends_with("publish-plan/revoked")).map(str::to_owned).collect()
    };
    assert_eq!(without(&server()), without(&installed));
}

#[test]
fn a_step_that_fails_puts_everything_back() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    says(&gateway.compiled("gateway"), &[], 0, "done");
    let two = other_lab(&gateway, "two", TWO, &[]);
    let fails = |directory: &Path, arguments: &[&str], why: &str| {
        let before = server();
        let said = says(directory, arguments, 1, why);
        assert!(said.contains("everything is as it was before") && !said.contains("cannot put back"), "{said}");
        assert_same(&before, why);
        assert_eq!(answers(&gateway, "web-3000"), 302, "{why}");
        assert!(!do_says("getent passwd clab-two clab-two-visitors").status.success(), "{why}: an account is left");
    };
    do_it("printf 'Match User clab-two\\n  AllowTcpForwarding yes\\n' >/etc/ssh/sshd_config.d/10-x.conf", "");
    fails(&two, &[], "sshd does not use our setting for clab-two");
    do_it("rm /etc/ssh/sshd_config.d/10-x.conf; groupadd --system clab-two", "");
    fails(&two, &[], "cannot create the account clab-two");
    do_it("groupdel clab-two", "");
    // Stand-ins that say no after everything was written.
    for (program, verb, why) in [("sshd", "-t", "sshd does not accept"), ("apache2ctl", "-t", "Apache does not accept")]
    {
        let script =
            format!("if [ \"$1\" = {verb} ] && [ -e /etc/ssh/publish-plan/two ]; then echo no >&2; exit 1; fi");
        with_stand_in(program, &script, || fails(&two, &[], why));
    }
    // Apache ends where it cannot listen, although its configtest says OK.
    let taken = std::net::TcpListener::bind("[::]:8443").unwrap();
    let elsewhere = other_lab(&gateway, "two", TWO, &["--gateway-port", "8443"]);
    fails(&elsewhere, &["--replace-gateway"], "Apache ended");
    drop(taken);
    let two = other_lab(&gateway, "two", TWO, &[]);
    let before = server();
    let mut ended = 0;
    for milliseconds in [500, 1000, 1800] {
        let mut child =
            Command::new("sh").arg(two.join("install.sh")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        do_it(&format!("kill -TERM {} 2>/dev/null || :", child.id()), "");
        if child.wait().unwrap().success() {
            says(&two, &["--remove"], 0, "done");
            break;
        }
        ended += 1;
        assert_same(&before, &format!("TERM after {milliseconds} ms"));
    }
    assert!(ended > 0, "install.sh was done in no time");
    assert_eq!(answers(&gateway, "web-3000"), 302);
    says(&gateway.compiled("gateway"), &[], 0, "nothing changed");
}

#[test]
fn two_labs_share_a_gateway() {
    let Some(mut gateway) = Gateway::start(Identity::Mock) else { return };
    lab(&mut gateway);
    let one = gateway.compiled("gateway");
    says(&one, &[], 0, "done");
    let alone = server();
    // A page or a port that the other lab has.
    let ours = gateway.port("r1").to_string();
    let page = other_lab(&gateway, "two", "web: {kind: linux, publish: [http/3000/x.org]}", &[]);
    refuses(&page, &[], "web-3000.lab.test is a page of the lab stage");
    let port = other_lab(
        &gateway,
        "two",
        "two: {kind: linux, publish: [tcp/22/x.org]}",
        &["--relay-ports", &format!("{ours}-{ours}")],
    );
    refuses(&port, &[], &format!("port {ours} is a port of the lab stage"));
    // Settings that both labs use.
    for (setting, value) in [("--certificate-hours", "9"), ("--client-id", "other"), ("--issuer", "https://evil.test")]
    {
        let arguments = [setting, value];
        let directory = other_lab(&gateway, "two", TWO, &arguments);
        refuses(&directory, &[], "other settings");
    }
    assert_same(&alone, "refusals");
    let two = other_lab(&gateway, "two", TWO, &[]);
    says(&two, &[], 0, "done");
    says(&one, &[], 0, "nothing changed");
    says(&two, &[], 0, "nothing changed");
    assert_eq!([answers(&gateway, "web-3000"), answers(&gateway, "two-80")], [302, 302]);
    // A lab of the same name with the key of somebody else.
    let theirs = copy(&gateway, "theirs");
    do_it(
        &format!(
            "cd {}; ssh-keygen -q -t ed25519 -N '' -f key; sed -i \"s|ssh-ed25519 [^ ]*|$(cut -d ' ' -f 1,2 key.pub)|\" authorized_keys",
            theirs.display()
        ),
        "",
    );
    for arguments in [&["--check"][..], &[]] {
        refuses(&theirs, arguments, "run this with --replace-lab");
    }
    says(&theirs, &["--replace-lab"], 0, "end the connection of clab-stage,");
    says(&one, &["--replace-lab"], 0, "done");
    // An installation of one lab was killed: the next one, of whichever lab, tells everybody.
    do_it("userdel clab-two-visitors; rm /etc/ssh/sshd_config.d/50-publish-plan-two.conf", "");
    install_killed(&two);
    // What it left in /run is an old file by now.
    do_it("touch -d '2 hours ago' /run/publish-plan.????????", "");
    let said = says(&one, &[], 0, "an earlier run of install.sh was killed");
    for account in ["clab-stage", "clab-stage-visitors", "clab-two", "clab-two-visitors"] {
        assert!(said.contains(&format!("end the connections of {account};")), "{account}: {said}");
    }
    says(&one, &[], 0, "nothing changed");
    says(&two, &[], 0, "nothing changed");
    // A newer release, and settings that the administrator wants.
    do_it("sed -i.x s/^release=.*/release=99/ /etc/publish-plan/gateway.values", "");
    refuses(&one, &[], "newer publish-plan");
    do_it("mv /etc/publish-plan/gateway.values.x /etc/publish-plan/gateway.values", "");
    let hours = other_lab(&gateway, "two", TWO, &["--certificate-hours", "9"]);
    says(&hours, &["--replace-gateway"], 0, "write /etc/publish-plan/hours");
    refuses(&one, &[], "other settings");
    says(&one, &["--replace-gateway"], 0, "done");
    says(&two, &["--remove"], 0, "its pages are gone");
    refuses(&two, &["--remove"], "not installed");
    says(&one, &[], 0, "nothing changed");
    assert_same(&alone, "the other lab came and went");
    assert_eq!([answers(&gateway, "web-3000"), answers(&gateway, "two-80")], [302, 403]);
    says(&one, &["--remove"], 0, "this was the last lab");
    assert_eq!(answers(&gateway, "web-3000"), 403);
    assert!(!do_says("getent passwd clab-stage clab-stage-visitors").status.success());
}
