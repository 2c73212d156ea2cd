//! The file that `init` writes: every key commented out, with an example.

use std::fmt::Write as _;

use super::OWN;
use crate::provider::Setting;

/// What the file begins with.
const HEAD: &str =
    "# Settings of publish-plan for the topologies in this directory and below. Command-line flags override them.
# All settings are optional. The commented values are examples.
";

/// Keys and tables that are at the beginning of the file, or of their table, because they are used most. The others follow in the
/// order of the table.
const FIRST: &[&str] = &[
    "provider",
    "tier",
    "secret",
    "acl",
    "exclude",
    "entries",
    "one-account",
    "jump-host",
    "fold",
    "routes",
    "rules",
    "limits",
    "names",
    "relay",
    "relay.pins",
    "cloudflare",
    "access-tags",
    "images",
    "images.ssh",
    "images.bore",
    "images.bore-base",
    "images.frp",
    "images.cloudflared",
    "images.tailscale",
    "images.ngrok",
    "images.border0",
];

/// A publish-plan.toml with every setting commented out.
pub(crate) fn template(settings: &[&'static Setting]) -> String {
    let mut out = HEAD.to_owned();
    let mut tables: Vec<&str> = Vec::new();
    for setting in settings {
        let table = table(setting);
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables.sort_by_key(|table| if table.is_empty() { 0 } else { 1 + rank(table) });
    for table_name in tables {
        let mut keys: Vec<_> = settings.iter().filter(|setting| table(setting) == table_name).collect();
        keys.sort_by_key(|setting| rank(setting.key));
        if let Some(table) = keys.iter().find_map(|setting| setting.table) {
            comment(&mut out, table.comment);
        }
        for (index, setting) in keys.into_iter().enumerate() {
            if !setting.comment.is_empty() {
                comment(&mut out, setting.comment);
            }
            if index == 0 && !table_name.is_empty() {
                let _ = writeln!(out, "# [{table_name}]");
            }
            let key = if setting.has_entries() { String::new() } else { format!("{} = ", setting.place().1) };
            let _ = writeln!(out, "# {key}{}", setting.example);
        }
    }
    comment(
        &mut out,
        "Settings of one provider, in place of those above: with several providers, each can have its own relay, secret, or\ndomain.",
    );
    let _ = writeln!(out, "# [{OWN}.ssh.relay]\n# address = \"tunnel@other.example.net\"");
    out
}

/// The table that a setting is written in: its own, if it is one with free names.
fn table(setting: &Setting) -> &'static str {
    if setting.has_entries() { setting.key } else { setting.place().0 }
}

fn rank(key: &str) -> usize {
    FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len())
}

/// Begins a paragraph with these lines.
fn comment(out: &mut String, lines: &str) {
    out.push('\n');
    for line in lines.lines() {
        let _ = writeln!(out, "# {line}");
    }
}
