//! `check --show-settings`: the settings that apply to a topology, and where each comes from.

use std::fmt::Write as _;

use super::failure::Failure;
use super::input::{self, Input};
use super::options::CheckOptions;
use super::settings::Wanted;
use super::values::LimitClass;
use super::{Exit, Streams};
use crate::base::whole;
use crate::provider::{HostTemplate, RelayPorts};
use crate::render::wrap;
use crate::settings::{Config, Setting};

/// The most columns that a setting is padded to: one long path must not make every line as long.
const WIDEST: usize = 200;

/// The fewest columns that a comment needs next to a setting.
const NARROWEST: usize = 24;

/// One setting: its key, its value as publish-plan.toml would have it (empty if it is not set), and where the value comes from.
struct Line {
    key: String,
    value: String,
    source: String,
}

/// Prints the settings of every input, in at most `columns` if there is a limit.
pub(super) fn run(
    inputs: &[(Input, Wanted)],
    options: &CheckOptions,
    mut failures: Vec<Failure>,
    columns: Option<usize>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    for (input, wanted) in inputs {
        if let Input::File(path) = input
            && let Err(error) = std::fs::metadata(path)
        {
            failures.push(Failure::Unreadable { name: path.to_string_lossy().into_owned(), error });
            continue;
        }
        let text = text(&input::name(input, &options.stdin), options, wanted, columns);
        streams.stdout.write_all(text.as_bytes())?;
    }
    for failure in &failures {
        failure.tell(streams.stderr);
    }
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The settings of the file called `name`, as a publish-plan.toml whose comments say where each value comes from.
fn text(name: &str, options: &CheckOptions, wanted: &Wanted, columns: Option<usize>) -> String {
    let lines: Vec<(String, String)> = lines(options, wanted)
        .into_iter()
        .map(|Line { key, value, source }| {
            let setting = if value.is_empty() { format!("# {key}") } else { format!("{key} = {value}") };
            (setting, source)
        })
        .collect();
    let width = lines.iter().map(|(setting, _)| wrap::width(setting)).max().unwrap_or_default().min(WIDEST);
    let columns = columns.unwrap_or(usize::MAX);
    // If the longest setting leaves no room for comments next to it, they are above the settings.
    let room = columns.saturating_sub(width + "  # ".len());
    let is_next_to_it = room >= NARROWEST;
    let room = if is_next_to_it { room } else { columns.saturating_sub("# ".len()) };
    let mut out = format!("# for {}\n", whole(name));
    for (setting, source) in lines {
        let source = wrap::lines(&source, room, room);
        if is_next_to_it {
            let fill = width.saturating_sub(wrap::width(&setting));
            let source = source.join(&format!("\n{:width$}  # ", ""));
            let _ = writeln!(out, "{setting}{:fill$}  # {source}", "");
        } else {
            let _ = writeln!(out, "\n# {}\n{setting}", source.join("\n# "));
        }
    }
    out
}

fn lines(options: &CheckOptions, wanted: &Wanted) -> Vec<Line> {
    let file = wanted.file.as_deref();
    let in_file =
        file.map_or_else(String::new, |file| whole(&file.strip_prefix(".").unwrap_or(file).to_string_lossy()));
    let holding =
        Config { one_account: options.one_account || wanted.holding.one_account, ..Config::clone(&wanted.holding) };
    let (rules, settings): (Vec<Setting>, Vec<Setting>) =
        holding.settings().into_iter().partition(|setting| setting.key == "rules");
    let line = |setting: Setting| {
        let (value, source) = match &setting.value {
            None => unset(setting.key),
            Some(value) => (value.toml(), flag(options, setting.key).map_or_else(|| in_file.clone(), str::to_owned)),
        };
        Line { key: setting.name(), value, source }
    };
    let mut lines = of_rule_flags(options);
    for line in rules.into_iter().map(line) {
        if lines.iter().all(|flag| flag.key != line.key) {
            lines.push(line);
        }
    }
    settings.into_iter().map(line).chain(lines).collect()
}

/// The flag that sets a key, if it is given.
fn flag(options: &CheckOptions, key: &str) -> Option<&'static str> {
    let account = &options.account;
    let has_limit = |wanted| account.limit.iter().any(|(class, _)| *class == wanted);
    let flags = [
        ("provider", account.provider.is_some(), "--provider"),
        ("acl", account.acl.is_some(), "--acl"),
        ("one-account", options.one_account, "--one-account"),
        ("limits.tcp", has_limit(LimitClass::Tcp), "--limit"),
        ("limits.http", has_limit(LimitClass::Http), "--limit"),
        ("tier", account.tier.is_some(), "--tier"),
        ("jump-host", account.jump_host.is_some(), "--jump-host"),
        ("fold", account.fold, "--fold"),
        ("names.domain", account.domain.is_some(), "--domain"),
        ("relay.ports", account.relay_ports.is_some(), "--relay-ports"),
        ("tailscale.domain", account.tailnet_domain.is_some(), "--tailnet-domain"),
    ];
    flags.into_iter().find(|(known, is_given, _)| *known == key && *is_given).map(|(.., flag)| flag)
}

/// What applies if a key is not set: its default, if it has one, and where that comes from.
fn unset(key: &str) -> (String, String) {
    let usual = |value: &str| (value.to_owned(), "default".to_owned());
    let text = |value: String| usual(&format!("{value:?}"));
    let nothing = |source: &str| (String::new(), format!("not set{source}"));
    match key {
        "provider" => nothing("; from the topology's tunnel node, if it has one"),
        "acl" => nothing("; policies if the topology has a border0 node, otherwise identities"),
        "exclude" => usual("[]"),
        "fold" | "one-account" | "require-ignore-reason" => usual("false"),
        "limits.http" | "limits.tcp" => nothing("; the provider's limit"),
        "names.template" => text(HostTemplate::default().to_string()),
        "tier" => usual("\"free\""),
        "relay.ports" => text(RelayPorts::default().to_string()),
        "jump-host" | "names.domain" | "tailscale.domain" => nothing(""),
        image if image.starts_with("images.") => nothing("; see `publish-plan providers NAME` for the default"),
        _ => nothing("; `compile` also accepts it as a flag"),
    }
}

/// The severities that flags set for rules.
fn of_rule_flags(options: &CheckOptions) -> Vec<Line> {
    let flags = [
        (&options.rules.ignore, "ignore", "--ignore"),
        (&options.rules.error, "error", "--error"),
        (&options.rules.warn, "warning", "--warn"),
    ];
    let mut lines: Vec<Line> = Vec::new();
    for (rules, level, flag) in flags {
        for rule in rules {
            let key = format!("rules.{}", rule.name);
            if lines.iter().all(|line| line.key != key) {
                lines.push(Line { key, value: format!("{level:?}"), source: flag.to_owned() });
            }
        }
    }
    lines
}
