//! `check --show-settings`: what holds for a topology, and who says so.

use std::fmt::Write as _;
use std::path::Path;

use super::failure::Failure;
use super::input::{self, Input};
use super::options::CheckOptions;
use super::settings::Wanted;
use super::values::{AccountPlan, AclWords, LimitClass};
use super::{Exit, Streams};
use crate::base::whole;
use crate::capability::{HostTemplate, Subscription};
use crate::config::Config;
use crate::suppress::Level;

/// A setting in a line: its key, its value as the configuration would have it, where the value comes from.
struct Line {
    key: String,
    value: String,
    source: String,
}

/// Prints the settings of every input.
pub(super) fn run(
    inputs: &[(Input, Wanted)],
    options: &CheckOptions,
    mut failures: Vec<Failure>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    for (input, wanted) in inputs {
        if let Input::File(path) = input
            && let Err(error) = std::fs::metadata(path)
        {
            failures.push(Failure::Unreadable { name: path.to_string_lossy().into_owned(), error });
            continue;
        }
        streams.stdout.write_all(text(&input::name(input, &options.common), options, wanted).as_bytes())?;
    }
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The settings of the file called `name`, as a publish-plan.toml whose comments say where each value comes from.
fn text(name: &str, options: &CheckOptions, wanted: &Wanted) -> String {
    let file = wanted.file.as_deref();
    let lines = lines(options, &wanted.config, file);
    let width = lines.iter().map(|line| line.key.len() + line.value.len() + 3).max().unwrap_or_default();
    let mut out = format!("# for {}\n", whole(name));
    for line in lines {
        let Line { key, value, source } = line;
        let setting = if value.is_empty() { format!("# {key}") } else { format!("{key} = {value}") };
        let _ = writeln!(out, "{setting:<width$}  # {source}");
    }
    out
}

fn lines(options: &CheckOptions, config: &Config, file: Option<&Path>) -> Vec<Line> {
    let in_file =
        file.map_or_else(String::new, |file| whole(&file.strip_prefix(".").unwrap_or(file).to_string_lossy()));
    let pick = |key: &str, flag: Option<(String, &str)>, configured: Option<String>, otherwise: (&str, &str)| {
        let (value, source) = match (flag, configured) {
            (Some((value, flag)), _) => (value, flag.to_owned()),
            (None, Some(value)) => (value, in_file.clone()),
            (None, None) => (otherwise.0.to_owned(), otherwise.1.to_owned()),
        };
        Line { key: key.to_owned(), value, source }
    };
    let common = &options.common;
    let text = |text: &str| format!("{text:?}");
    let words = |identities: bool| text(if identities { "identities" } else { "policies" });
    let limit = |wanted| common.limit.iter().rev().find(|(class, _)| *class == wanted).map(|(_, most)| *most);
    let number = |most: Option<usize>| most.map(|most| most.to_string());
    let truth = |is_true: bool| is_true.then(|| "true".to_owned());
    let default = "unless set";
    let mut lines = vec![
        pick(
            "provider",
            common.provider.as_deref().map(|name| (text(name), "--provider")),
            config.provider.as_deref().map(text),
            ("", "not set: the kind of the topology's tunnel node, if it has one"),
        ),
        pick(
            "acl",
            common.acl.map(|acl| (words(acl == AclWords::Identities), "--acl")),
            config.acl_as_identities.map(words),
            ("", "not set: policies in a topology with a border0 node, identities in any other"),
        ),
        pick("exclude", None, (!config.exclude.is_empty()).then(|| format!("{:?}", config.exclude)), ("[]", default)),
        pick(
            "one-account",
            truth(options.one_account).map(|value| (value, "--one-account")),
            truth(config.one_account),
            ("false", default),
        ),
        pick("require-ignore-reason", None, truth(config.requires_ignore_reason), ("false", default)),
    ];
    for (key, class, configured) in
        [("tcp", LimitClass::Tcp, config.tcp_limit), ("http", LimitClass::Http, config.http_limit)]
    {
        let flag = number(limit(class)).map(|value| (value, "--limit"));
        lines.push(pick(&format!("limits.{key}"), flag, number(configured), ("", "not set: the provider's")));
    }
    let ports = common.relay_ports.as_ref().map(|ports| (text(&ports.to_string()), "--relay-ports"));
    let usual = text(&crate::capability::RelayPorts::default().to_string());
    let configured = config.relay_ports.as_ref().map(|ports| text(&ports.to_string()));
    lines.push(pick("relay.ports", ports, configured, (&usual, default)));
    let address = config.relay_address.as_ref().map(|address| text(&address.to_string()));
    let subscription = |is_free: bool| text(if is_free { "free" } else { "paid" });
    lines.push(pick(
        "plan",
        common.plan.map(|plan| (subscription(plan == AccountPlan::Free), "--plan")),
        config.subscription.map(|plan| subscription(plan == Subscription::Free)),
        ("\"free\"", default),
    ));
    let shown = |value: Option<String>| value.as_deref().map(text);
    lines.push(pick(
        "jump-host",
        common.jump_host.as_ref().map(|jump| (text(&jump.to_string()), "--jump-host")),
        shown(config.jump_host.as_ref().map(ToString::to_string)),
        ("", "not set"),
    ));
    let fold = truth(common.fold).map(|value| (value, "--fold"));
    lines.push(pick("fold", fold, truth(config.folds_always), ("false", default)));
    for (key, flag, given, configured) in [
        ("names.domain", "--domain", &common.domain, &config.domain),
        ("tailscale.domain", "--tailnet-domain", &common.tailnet_domain, &config.tailnet_domain),
    ] {
        let given = given.as_ref().map(|domain| (text(domain.as_str()), flag));
        lines.push(pick(key, given, shown(configured.as_ref().map(ToString::to_string)), ("", "not set")));
    }
    let usual = text(&HostTemplate::default().to_string());
    lines.push(pick(
        "names.template",
        None,
        shown(config.template.as_ref().map(ToString::to_string)),
        (&usual, default),
    ));
    let cloudflare = &config.cloudflare;
    for (key, configured) in [
        ("secret", config.secret.as_deref().map(text)),
        ("relay.web-ports", shown(config.web_ports.map(|ports| ports.to_string()))),
        ("cloudflare.tunnel", shown(cloudflare.tunnel.as_ref().map(ToString::to_string))),
        ("cloudflare.credentials", cloudflare.credentials.as_deref().map(text)),
        ("cloudflare.team", shown(cloudflare.team.as_ref().map(ToString::to_string))),
        ("relay.address", address),
        ("relay.identity", config.identity.as_deref().map(text)),
        ("relay.known-hosts", config.known_hosts.as_deref().map(text)),
    ] {
        lines.push(pick(key, None, configured, ("", "not set: a flag of `compile`")));
    }
    lines.extend(named(config, &in_file));
    lines.extend(rules(options, config, &in_file));
    lines
}

/// What the file says of sockets and host names by their names.
fn named(config: &Config, in_file: &str) -> Vec<Line> {
    let pins = config.pins.iter().map(|(name, port)| (format!("relay.pins.{name:?}"), port.to_string()));
    let tags =
        config.cloudflare.tags.iter().map(|tag| (format!("access-tags.{:?}", tag.host), format!("{:?}", tag.tag)));
    pins.chain(tags).map(|(key, value)| Line { key, value, source: in_file.to_owned() }).collect()
}

/// The rules that somebody has a word on.
fn rules(options: &CheckOptions, config: &Config, in_file: &str) -> Vec<Line> {
    let flags = [
        (&options.rules.ignore, "ignore", "--ignore"),
        (&options.rules.error, "error", "--error"),
        (&options.rules.warn, "warning", "--warn"),
    ];
    let mut lines: Vec<Line> = Vec::new();
    let mut add = |rule: &str, level: &str, source: &str| {
        let key = format!("rules.{rule}");
        if lines.iter().all(|line| line.key != key) {
            lines.push(Line { key, value: format!("{level:?}"), source: source.to_owned() });
        }
    };
    for (rules, level, flag) in flags {
        for rule in rules {
            add(rule.name, level, flag);
        }
    }
    for (rule, level) in &config.rules {
        let level = match level {
            Level::Ignore => "ignore",
            Level::As(severity) => severity.word(),
        };
        add(rule, level, in_file);
    }
    lines
}
