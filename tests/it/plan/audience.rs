//! Nothing is opened wider than it was written: artifacts of every provider, read back by readers that share no code with what
//! wrote them, let in nobody whom the entry does not name.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use publish_plan::Exit;
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::gateway_reader::{self, without_covered};
use crate::support::{root, run, run_with};

/// What each provider carries, and the kinds of words that it enforces there (spec/providers.md#how-to-read-this-page): email, domain, policy.
pub(super) const MATRIX: &[(&str, &[(&str, &str)])] = &[
    ("border0", &[("http", "edp"), ("https", "edp"), ("ssh", "edp"), ("tls", "edp")]),
    ("bore", &[("http", ""), ("https", ""), ("tcp", ""), ("tls", "")]),
    ("cloudflared", &[("http", "ed"), ("https", "ed"), ("ssh", "ed"), ("tcp", "ed")]),
    ("frp", &[("http", ""), ("https", ""), ("tcp", ""), ("tls", ""), ("udp", "")]),
    ("gateway", &[("http", "ed"), ("https", "ed"), ("ssh", "ed"), ("tcp", "ed"), ("tls", "ed")]),
    ("mysocketio", &[("http", "ed"), ("https", "ed"), ("tcp", "ed"), ("tls", "ed")]),
    ("ngrok", &[("http", "ed"), ("https", "ed"), ("tcp", ""), ("tls", "")]),
    ("ssh", &[("http", ""), ("https", ""), ("tcp", ""), ("tls", "")]),
    ("tailscale", &[("http", "ed"), ("https", "ed"), ("tcp", "ed"), ("tls", "ed")]),
    ("tailscale-funnel", &[("https", ""), ("tls", "")]),
];

const TYPES: [&str; 6] = ["http", "https", "ssh", "tcp", "tls", "udp"];

/// Who gets in, as an artifact says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reach {
    Anyone,
    Members,
    /// E-mail addresses as they are, domains as `@domain`, policies as `policy:name`; empty is nobody.
    Only(BTreeSet<String>),
}

impl Reach {
    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            // Whoever a closed network lets in is a member of it.
            (_, Self::Anyone) | (Self::Members | Self::Only(_), Self::Members) => true,
            (Self::Only(own), Self::Only(named)) => own.is_subset(named),
            (Self::Anyone | Self::Members, _) => false,
        }
    }

    fn of(emails: &[String], domains: &[String], policies: &[String]) -> Self {
        let domains = domains.iter().map(|domain| format!("@{domain}"));
        let policies = policies.iter().map(|policy| format!("policy:{policy}"));
        Self::Only(emails.iter().cloned().chain(domains).chain(policies).collect())
    }
}

/// Targets, `host:port`, and who reaches each.
type Reached = BTreeMap<String, Reach>;

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(folder: &Path, name: &str) -> Yaml {
    YamlLoader::load_from_str(&text(folder, name)).unwrap().remove(0)
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&text(folder, name)).unwrap()
}

fn words(yaml: &Yaml) -> Vec<String> {
    yaml.as_vec().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The lines of a script that begin with a command, as a shell parts their words.
fn commands(folder: &Path, command: &str) -> Vec<Vec<String>> {
    let script = text(folder, "publish.sh");
    let lines = script.lines().filter_map(|line| line.strip_prefix("  ")?.strip_prefix(command)?.strip_prefix(' '));
    lines.map(shell_words).collect()
}

/// Words in single or double quotes, or bare.
fn shell_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), inside) => word.get_or_insert_default().push(inside),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, bare) => word.get_or_insert_default().push(bare),
        }
    }
    words.extend(word);
    words
}

fn border0(folder: &Path) -> Reached {
    let config = yaml(folder, "border0.yaml");
    let sockets = config["sockets"].as_vec().unwrap().iter().flat_map(|socket| socket.as_hash().unwrap().values());
    sockets
        .map(|socket| {
            let target = format!("{}:{}", socket["host"].as_str().unwrap(), socket["port"].as_i64().unwrap());
            let emails = words(&socket["allowed_email_addresses"]);
            (target, Reach::of(&emails, &words(&socket["allowed_email_domains"]), &words(&socket["policies"])))
        })
        .collect()
}

fn mysocketio(folder: &Path) -> Reached {
    let option = |words: &[String], flag: &str| {
        let at = words.iter().position(|word| word == flag);
        at.map_or_else(Vec::new, |at| words[at + 1].split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let reach = |words: &[String]| {
        if words.iter().any(|word| word == "-c") {
            Reach::of(&option(words, "-e"), &option(words, "-d"), &[])
        } else {
            Reach::Anyone
        }
    };
    let opened = commands(folder, "open_socket");
    opened.iter().map(|words| (format!("{}:{}", words[2], words[3]), reach(&words[4..]))).collect()
}

fn bore(folder: &Path) -> Reached {
    let rows = commands(folder, "row");
    rows.iter().map(|words| (format!("{}:{}", words[2], words[3]), Reach::Anyone)).collect()
}

fn ssh(folder: &Path) -> Reached {
    let config = text(folder, "relay.ssh_config");
    let forwards = config.lines().filter_map(|line| line.strip_prefix("  RemoteForward "));
    forwards.map(|line| (shell_words(line)[1].clone(), Reach::Anyone)).collect()
}

fn frp(folder: &Path) -> Reached {
    let config: toml::Value = toml::from_str(&text(folder, "frpc.toml")).unwrap();
    let proxies = config["proxies"].as_array().unwrap().iter();
    // Ports and names are theirs alone.
    let places: Vec<String> = proxies
        .clone()
        .map(|proxy| proxy.get("remotePort").map_or_else(|| proxy["customDomains"].to_string(), ToString::to_string))
        .collect();
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "{places:?}");
    proxies
        .map(|proxy| (format!("{}:{}", proxy["localIP"].as_str().unwrap(), proxy["localPort"]), Reach::Anyone))
        .collect()
}

fn cloudflared(folder: &Path) -> Reached {
    let config = yaml(folder, "config.yml");
    let applications =
        if folder.join("access.json").exists() { json(folder, "access.json") } else { Value::Array(Vec::new()) };
    let include = |host: &str| {
        let mut names = BTreeSet::new();
        for application in applications.as_array().unwrap().iter().filter(|application| application["domain"] == host) {
            for policy in application["policies"].as_array().unwrap() {
                assert_eq!(policy["decision"], "allow");
                for who in policy["include"].as_array().unwrap() {
                    let email = who["email"]["email"].as_str().map(str::to_owned);
                    let domain = who["email_domain"]["domain"].as_str().map(|domain| format!("@{domain}"));
                    names.insert(email.or(domain).unwrap());
                }
            }
        }
        names
    };
    let rules = config["ingress"].as_vec().unwrap();
    let (last, rules) = rules.split_last().unwrap();
    // What no rule is for leads nowhere.
    assert!(last["hostname"].is_badvalue() && last["service"].as_str() == Some("http_status:404"));
    // Above the rules it would be ignored.
    assert!(config["originRequest"].is_badvalue());
    let mut hosts = BTreeSet::new();
    let reach = |rule: &Yaml| {
        let host = rule["hostname"].as_str().unwrap();
        let access = &rule["originRequest"]["access"];
        let is_kept = access["required"].as_bool() == Some(true)
            && access["teamName"].as_str().is_some_and(|team| !team.is_empty())
            && access["audTag"].as_vec().is_some_and(|tags| tags.len() == 1);
        if is_kept { Reach::Only(include(host)) } else { Reach::Anyone }
    };
    rules
        .iter()
        .map(|rule| {
            assert!(hosts.insert(rule["hostname"].as_str().unwrap().to_owned()), "a host name belongs to one rule");
            let service = rule["service"].as_str().unwrap();
            let (scheme, target) = service.split_once("://").unwrap();
            assert!(["http", "https", "ssh", "tcp"].contains(&scheme) && target.contains(':'), "{service}");
            (target.to_owned(), reach(rule))
        })
        .collect()
}

fn ngrok(folder: &Path) -> Reached {
    let config = yaml(folder, "ngrok.yml");
    let reach = |endpoint: &Yaml| {
        let Some(rules) = endpoint["traffic_policy"]["on_http_request"].as_vec() else { return Reach::Anyone };
        let [login, deny] = rules.as_slice() else { return Reach::Anyone };
        let is_page = endpoint["url"].as_str().unwrap().starts_with("https://");
        let logs_in = login["expressions"].is_badvalue() && login["actions"][0]["type"].as_str() == Some("oauth");
        let denies = deny["actions"][0]["type"].as_str() == Some("deny");
        let (Some([expression]), true) =
            (deny["expressions"].as_vec().map(Vec::as_slice), is_page && logs_in && denies)
        else {
            return Reach::Anyone;
        };
        let inner = expression.as_str().unwrap().strip_prefix("!(").unwrap().strip_suffix(')').unwrap();
        Reach::Only(inner.split(" || ").flat_map(allowed).collect())
    };
    let endpoints = config["endpoints"].as_vec().unwrap().iter();
    endpoints
        .map(|endpoint| {
            let target = endpoint["upstream"]["url"].as_str().unwrap().split_once("://").unwrap().1.to_owned();
            (target, reach(endpoint))
        })
        .collect()
}

/// Whom a part of ngrok's expression lets in.
fn allowed(part: &str) -> Vec<String> {
    const EMAIL: &str = "actions.ngrok.oauth.identity.email";
    let rest = part.strip_prefix(EMAIL).unwrap();
    let unquoted = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap();
        inner.replace("\\'", "'")
    };
    if let Some(list) = rest.strip_prefix(" in [").and_then(|rest| rest.strip_suffix(']')) {
        return list.split(", ").map(unquoted).collect();
    }
    let domain = unquoted(rest.strip_prefix(".endsWith(").unwrap().strip_suffix(')').unwrap());
    // Without its sign, whoever has a longer domain would get in.
    assert!(domain.starts_with('@'), "{part}");
    vec![domain]
}

fn tailscale(folder: &Path) -> Reached {
    let (serve, policy) = (json(folder, "serve.json"), json(folder, "grants.json"));
    let tag = policy["tagOwners"].as_object().unwrap().keys().next().unwrap().clone();
    let compose = text(folder, "compose.yaml");
    assert!(compose.contains(&format!("--advertise-tags={tag}\"")), "{tag}");
    let granted = |port: &str| {
        let mut names = BTreeSet::new();
        for grant in policy["grants"].as_array().into_iter().flatten() {
            let is_for = |key: &str, wanted: &str| {
                grant[key].as_array().unwrap().iter().any(|one| one == wanted || one.as_str().unwrap().contains('*'))
            };
            if is_for("dst", &tag) && is_for("ip", &format!("tcp:{port}")) {
                names.extend(grant["src"].as_array().unwrap().iter().map(|who| who.as_str().unwrap().to_owned()));
            }
        }
        if names.iter().any(|name| name == "*" || name == "autogroup:danger-all") {
            return Reach::Anyone;
        }
        if names.contains("autogroup:member") {
            return Reach::Members;
        }
        Reach::Only(names.iter().map(|name| name.strip_prefix("user:*").unwrap_or(name).to_owned()).collect())
    };
    let ports = serve["TCP"].as_object().unwrap().iter();
    ports
        .map(|(port, handler)| {
            let place = format!("${{TS_CERT_DOMAIN}}:{port}");
            let proxy = serve["Web"][&place]["Handlers"]["/"]["Proxy"].as_str();
            let target = handler["TCPForward"].as_str().or(proxy.map(|proxy| proxy.split_once("://").unwrap().1));
            let is_public = serve["AllowFunnel"][&place] == true;
            (target.unwrap().to_owned(), if is_public { Reach::Anyone } else { granted(port) })
        })
        .collect()
}

fn gateway(folder: &Path) -> Reached {
    let reach = |people| match people {
        None => Reach::Anyone,
        Some(people) => Reach::Only(without_covered(&people)),
    };
    gateway_reader::reached(folder).into_iter().map(|(target, people)| (target, reach(people))).collect()
}

fn read(provider: &str, folder: &Path) -> Reached {
    match provider {
        "border0" => border0(folder),
        "bore" => bore(folder),
        "cloudflared" => cloudflared(folder),
        "frp" => frp(folder),
        "gateway" => gateway(folder),
        "mysocketio" => mysocketio(folder),
        "ngrok" => ngrok(folder),
        "ssh" => ssh(folder),
        "tailscale" | "tailscale-funnel" => tailscale(folder),
        _ => panic!("{provider} has no reader"),
    }
}

/// An entry: type, port, and the words of its acl, each with its kind.
pub(super) type Entry = (&'static str, u16, Vec<(char, String)>);

fn acl_word() -> impl Strategy<Value = (char, String)> {
    prop_oneof![
        "[A-Za-z0-9!#%&'+=^_~-]{1,8}(\\.[A-Za-z0-9!#%&'+=^_~-]{1,4})?@[a-z]{1,8}\\.(com|org|net)"
            .prop_map(|word| ('e', word)),
        "[a-z][a-z0-9-]{3,6}[a-z0-9]\\.(com|org|co\\.uk)".prop_map(|word| ('d', word)),
        "[A-Z][A-Za-z0-9_-]{0,8}".prop_map(|word| ('p', word)),
    ]
    .prop_filter("what the grammar takes", |(_, word)| !word.contains("..") && !word.contains(".@"))
}

pub(super) fn entry() -> impl Strategy<Value = Entry> {
    (prop::sample::select(&TYPES[..]), 1_u16..65_535, prop::collection::vec(acl_word(), 0..4))
}

/// Whether the matrix has it, with the type that mysocketio makes of tcp with an acl.
pub(super) fn is_carried(provider: &str, own: Option<&str>, (kind, _, acl): &Entry) -> bool {
    // Characters that Apache and sshd read as themselves.
    let is_exact = |word: &str| {
        !word.starts_with('-') && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "._+-'@".contains(letter))
    };
    if provider == "gateway" && !acl.iter().all(|(_, word)| is_exact(word)) {
        return false;
    }
    // A tailnet lets in its own domain and no other.
    let is_foreign = |(kind, word): &(char, String)| *kind == 'd' && own != Some(word);
    if provider == "tailscale" && acl.iter().any(is_foreign) {
        return false;
    }
    let (_, carried) = MATRIX.iter().find(|(name, _)| *name == provider).unwrap();
    let enforces = carried.iter().find(|(word, _)| word == kind).map(|(_, enforces)| *enforces);
    enforces.is_some_and(|enforces| acl.iter().all(|(kind, _)| enforces.contains(*kind)))
}

/// Whom an entry names, and who comes in where it names nobody.
fn written(provider: &str, acl: &[(char, String)]) -> Reach {
    if acl.is_empty() {
        return match provider {
            "border0" => Reach::Only(BTreeSet::new()),
            "tailscale" => Reach::Members,
            _ => Reach::Anyone,
        };
    }
    if provider == "gateway" {
        let name = |(kind, word): &(char, String)| if *kind == 'd' { format!("@{word}") } else { word.to_lowercase() };
        return Reach::Only(without_covered(&acl.iter().map(name).collect()));
    }
    let of = |wanted| acl.iter().filter(|(kind, _)| *kind == wanted).map(|(_, word)| word.clone()).collect::<Vec<_>>();
    Reach::of(&of('e'), &of('d'), &of('p'))
}

/// A domain that an entry names: with tailscale, that of the tailnet.
pub(super) fn own_domain(entries: &[Entry]) -> Option<&str> {
    entries.iter().flat_map(|(_, _, acl)| acl).find(|(kind, _)| *kind == 'd').map(|(_, word)| word.as_str())
}

fn compile(folder: &Path, provider: &str, own: Option<&str>, entries: &[Entry]) -> crate::support::Run {
    let mut nodes = String::new();
    let mut tags = Vec::new();
    for (index, (kind, port, acl)) in entries.iter().enumerate() {
        let words: Vec<&str> = acl.iter().map(|(_, word)| word.as_str()).collect();
        let acl = if words.is_empty() { String::new() } else { format!("/{}", words.join(",")) };
        let _ = writeln!(nodes, "    n{index}: {{kind: linux, publish: [\"{kind}/{port}{acl}\"]}}");
        if !words.is_empty() {
            tags.push(format!("--access-tag=n{index}-{port}.example.net={index:064x}"));
        }
    }
    let path = folder.join("l.clab.yml");
    fs::write(&path, format!("name: l\ntopology:\n  nodes:\n{nodes}")).unwrap();
    let mut arguments = vec!["compile", path.to_str().unwrap(), "--no-config", "--force", "--provider", provider];
    arguments.extend(["--acl", "identities", "--tier", "paid", "--limit", "tcp=99,http=99", "--domain", "example.net"]);
    let relay = if provider == "ssh" { "t@relay" } else { "relay" };
    arguments.extend(match provider {
        "bore" => vec!["--relay", relay],
        "cloudflared" => vec!["--tunnel", "6ff42ae2-765d-4adf-8112-31c55c1551ef", "--team", "t"],
        "frp" => vec!["--relay", relay, "--secret", "~/secret"],
        "gateway" => {
            [
                &[
                    "--relay",
                    relay,
                    "--identity",
                    "~/relay",
                    "--issuer",
                    "https://login.example.net",
                    "--client-id",
                    "c",
                ][..],
                &["--certificate", "/etc/ssl/lab.pem", "--certificate-key", "/etc/ssl/lab.key"],
            ]
            .concat()
        }
        "ssh" => vec!["--relay", relay, "--identity", "~/relay"],
        "tailscale" => own.iter().flat_map(|own| ["--tailnet-domain", own]).collect(),
        _ => Vec::new(),
    });
    if provider == "cloudflared" {
        arguments.extend(tags.iter().map(String::as_str));
    }
    run_with(&arguments, "", &[("HOME", root().join("tests/cases/keys").to_str().unwrap())])
}

#[test]
fn no_artifact_lets_in_more_than_the_entry_names() {
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("l.publish");
    let (compiled, refused) = (RefCell::new(BTreeMap::new()), Cell::new(0_usize));
    runner
        .run(&prop::collection::vec(entry(), 1..4), |entries| {
            let own = own_domain(&entries);
            for (provider, _) in MATRIX {
                let _ = fs::remove_dir_all(&output);
                let _ = fs::remove_file(folder.path().join("l.deploy.yml"));
                let carried: Vec<Entry> =
                    entries.iter().filter(|entry| is_carried(provider, own, entry)).cloned().collect();
                // What the matrix does not have is refused, whatever stands beside it.
                if carried.len() < entries.len() {
                    let run = compile(folder.path(), provider, own, &entries);
                    prop_assert_eq!(run.exit, Exit::Findings, "{}: {:?}", provider, &entries);
                    prop_assert!(!output.exists());
                    refused.set(refused.get() + 1);
                }
                if carried.is_empty() {
                    continue;
                }
                let run = compile(folder.path(), provider, own, &carried);
                // At most three: funnel has no more ports.
                prop_assert_eq!(run.exit, Exit::Clean, "{}: {:?}\n{}", provider, &carried, run.stderr);
                *compiled.borrow_mut().entry(*provider).or_insert(0_usize) += 1;
                let reached = read(provider, &output);
                prop_assert_eq!(reached.len(), carried.len(), "{}: {:?}", provider, &reached);
                for (index, (_, port, acl)) in carried.iter().enumerate() {
                    let reach = reached.get(&format!("clab-l-n{index}:{port}"));
                    let reach = reach.unwrap_or_else(|| panic!("{provider}: n{index}:{port} is not in {reached:?}"));
                    let written = written(provider, acl);
                    prop_assert!(reach.is_within(&written), "{}: {:?} is wider than {:?}", provider, reach, written);
                    prop_assert_eq!(reach, &written, "{}: somebody who is named does not get in", provider);
                }
            }
            Ok(())
        })
        .unwrap();
    let (refused, compiled) = (refused.get(), compiled.into_inner());
    assert!(refused > 100 && compiled.len() == MATRIX.len(), "{refused} refused, {compiled:?}");
}

#[test]
fn the_table_of_providers_is_the_matrix() {
    let providers: Value = serde_json::from_str(&run(&["providers", "--format", "json"]).stdout).unwrap();
    let providers = providers["providers"].as_array().unwrap();
    assert_eq!(providers.len(), MATRIX.len());
    for (provider, (name, types)) in providers.iter().zip(MATRIX) {
        assert_eq!(provider["name"], *name);
        let carries: Vec<(String, String)> = provider["carries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|carried| carried["applies"] != "without-acl")
            .map(|carried| {
                let enforces = carried["enforces"].as_array().unwrap().iter();
                let letters = enforces.map(|kind| &kind.as_str().unwrap()[..1]).collect::<String>();
                (carried["type"].as_str().unwrap().to_owned(), letters)
            })
            .collect();
        let expected: Vec<(String, String)> =
            types.iter().map(|(kind, enforces)| ((*kind).to_owned(), (*enforces).to_owned())).collect();
        assert_eq!(carries, expected, "{name}");
    }
}

/// Every pair that a provider cannot carry is refused at the entry, with the reason and with those that could.
#[test]
fn what_is_refused_says_who_could() {
    let acls = [("", ""), ("/a@b.com", "e"), ("/b.com", "d"), ("/MyPolicy", "p")];
    for (provider, carried) in MATRIX {
        for kind in TYPES {
            for (acl, letter) in acls {
                let enforces = carried.iter().find(|(word, _)| *word == kind).map(|(_, enforces)| *enforces);
                let text = format!(
                    "name: l\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      publish:\n        - {kind}/5000{acl}\n"
                );
                let run = crate::support::check(
                    &text,
                    &[
                        "--provider",
                        provider,
                        "--tier",
                        "paid",
                        "--no-config",
                        "--acl",
                        "identities",
                        "--tailnet-domain",
                        "b.com",
                    ],
                );
                if enforces.is_some_and(|enforces| enforces.contains(letter)) {
                    assert_eq!(run.exit, Exit::Clean, "{provider} {kind}{acl}: {}", run.stdout);
                    continue;
                }
                assert_eq!(run.exit, Exit::Findings, "{provider} {kind}{acl}");
                assert!(run.stdout.contains(":7:"), "at the entry: {}", run.stdout);
                let could: Vec<&str> = MATRIX
                    .iter()
                    .filter(|(name, _)| *name != "mysocketio")
                    .filter(|(_, carried)| {
                        carried.iter().any(|(word, enforces)| *word == kind && enforces.contains(letter))
                    })
                    .map(|(name, _)| *name)
                    .collect();
                let help: String = run.stdout.split("help: ").skip(1).collect::<String>().replace("\n        ", " ");
                for name in &could {
                    assert!(help.contains(name), "{provider} {kind}{acl}: {name} could: {help}");
                }
            }
        }
    }
}

/// A tailnet's policy with any other domain than its own is refused as a whole: nothing is planned that would be in it.
#[test]
fn a_tailnet_lets_in_its_own_domain_only() {
    let check = |acl: &str, arguments: &[&str]| {
        let text = format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [\"tcp/22/{acl}\"]}}\n");
        let all = [&["plan", "-", "--format=json", "--no-config", "--provider=tailscale"], arguments].concat();
        let run = run_with(&all, &text, &[]);
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        // As one line, however it is wrapped.
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        (plan["sockets"].as_array().unwrap().len(), said)
    };
    let own = "--tailnet-domain=example.com";
    for (acl, arguments, said) in [
        (
            "example.com",
            &[][..],
            "`example.com` in the acl of `tcp/22/example.com` is not known to be the tailnet's own domain",
        ),
        (
            "a@b.com,example.org",
            &[own],
            "`example.org` in the acl of `tcp/22/a@b.com,example.org` is not the tailnet's own domain",
        ),
        ("sub.example.com", &[own], "is not the tailnet's own domain"),
        ("gmail.com", &[own], "is a shared domain, which is never the tailnet's own"),
        ("gmail.com", &["--tailnet-domain=gmail.com"], "is a shared domain, which is never the tailnet's own"),
    ] {
        let (sockets, stderr) = check(acl, arguments);
        assert_eq!(sockets, 0, "{acl}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("refuses the whole policy otherwise"), "{acl}: {stderr}");
        assert_eq!(stderr.matches("[acl-domain-not-own]").count(), 1, "{stderr}");
        assert!(!stderr.contains("[public-mail-domain]"), "one cause, one finding: {stderr}");
    }
    for (acl, arguments) in [("Example.com", &[own][..]), ("a@b.com,c@gmail.com", &[]), ("a@b.com,example.com", &[own])]
    {
        let (sockets, stderr) = check(acl, arguments);
        assert_eq!(sockets, 1, "{acl}: {stderr}");
    }
}

/// One page makes containerboot want certificates for everything: the plan says so, and only then.
#[test]
fn a_plan_says_that_pages_need_certificates() {
    for (entry, provider, is_said) in [
        ("http/80", "tailscale", true),
        ("https/443", "tailscale", true),
        ("tcp/22", "tailscale", false),
        ("https/443", "tailscale-funnel", true),
        ("http/80", "frp", false),
    ] {
        let text = format!("name: l\ntopology:\n  nodes:\n    r1: {{kind: linux, publish: [{entry}, tls/830]}}\n");
        let run = run_with(&["plan", "-", "--no-config", "--provider", provider], &text, &[]);
        let words = "http and https need HTTPS certificates turned on in the tailnet";
        assert_eq!(run.stdout.contains(words), is_said, "{entry} {provider}: {}", run.stdout);
    }
}
