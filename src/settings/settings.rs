use std::collections::{BTreeSet, HashSet};

use super::{Cloudflare, Config};
use crate::provider::{AccessTag, Fact, Subscription};
use crate::triage::Level;

/// A key of a publish-plan.toml and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// As in [`KEYS`](super::KEYS): `relay.address`. For a table with free names, the table: `access-tags`.
    pub(crate) key: &'static str,
    /// The name of the entry in such a table, as in the file.
    pub(crate) entry: Option<String>,
    /// None if it is not set.
    pub(crate) value: Option<Value>,
}

/// A value of a publish-plan.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// The path of a file, relative to the directory of publish-plan.toml.
    Path(String),
    /// A number, `true`, or a list, as in TOML.
    Plain(String),
}

impl Value {
    /// The value as TOML.
    pub(crate) fn toml(&self) -> String {
        match self {
            Self::Text(text) | Self::Path(text) => format!("{text:?}"),
            Self::Plain(plain) => plain.clone(),
        }
    }
}

impl Setting {
    /// The full key: `relay.address`, `rules.empty-acl`.
    pub(crate) fn name(&self) -> String {
        self.entry.as_ref().map_or_else(|| self.key.to_owned(), |entry| format!("{}.{entry}", self.key))
    }

    /// The fact that it is set. `seen` returns how to show a path, and what identifies its file.
    pub(crate) fn into_fact(self, seen: impl Fn(&str) -> (String, String)) -> Option<Fact> {
        let (value, meaning) = match self.value? {
            Value::Path(path) => seen(&path),
            Value::Text(words) | Value::Plain(words) => (words.clone(), words),
        };
        let fact = match &self.entry {
            None => Fact::new(self.key, value),
            Some(entry) => Fact::of_entry(self.key, entry, value),
        };
        Some(fact.meaning(meaning))
    }
}

impl Config {
    /// Every key, set or not, and the entries of tables with free names.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        self.listed(self.pins.iter(), self.cloudflare.tags.iter())
    }

    /// The same for sockets with these names and hostnames: pins and access tags of other sockets are left out.
    pub(crate) fn settings_for(&self, names: &BTreeSet<String>, hosts: &HashSet<String>) -> Vec<Setting> {
        let pins = names.iter().filter_map(|name| self.pins.get_key_value(name));
        self.listed(pins, self.cloudflare.tags.iter().filter(|tag| hosts.contains(&tag.host)))
    }

    /// Destructured without `..`, so that a new key cannot be forgotten.
    fn listed<'c>(
        &'c self,
        pins: impl Iterator<Item = (&'c String, &'c u16)>,
        tags: impl Iterator<Item = &'c AccessTag>,
    ) -> Vec<Setting> {
        let Self {
            provider,
            acl_as_identities,
            relay_address,
            relay_ports,
            pins: _,
            identity,
            known_hosts,
            web_ports,
            subscription,
            secret,
            jump_host,
            folds_always,
            domain,
            template,
            cloudflare: Cloudflare { tunnel, credentials, team, tags: _ },
            images,
            tailnet_domain,
            tcp_limit,
            http_limit,
            rules,
            exclude,
            requires_ignore_reason,
            one_account,
        } = self;
        let acl = acl_as_identities.map(|identities| if identities { "identities" } else { "policies" });
        let tier = subscription.map(|subscription| match subscription {
            Subscription::Free => "free",
            Subscription::Paid => "paid",
        });
        let exclude = (!exclude.is_empty()).then(|| Value::Plain(format!("{exclude:?}")));
        let keys = [
            ("provider", text(provider.as_ref())),
            ("acl", text(acl)),
            ("exclude", exclude),
            ("one-account", truth(*one_account)),
            ("require-ignore-reason", truth(*requires_ignore_reason)),
            ("limits.tcp", number(*tcp_limit)),
            ("limits.http", number(*http_limit)),
            ("tier", text(tier)),
            ("secret", path(secret.as_ref())),
            ("jump-host", text(jump_host.as_ref())),
            ("fold", truth(*folds_always)),
            ("names.domain", text(domain.as_ref())),
            ("names.template", text(template.as_ref())),
            ("relay.address", text(relay_address.as_ref())),
            ("relay.ports", text(relay_ports.as_ref())),
            ("relay.web-ports", text(web_ports.as_ref())),
            ("relay.identity", path(identity.as_ref())),
            ("relay.known-hosts", path(known_hosts.as_ref())),
            ("cloudflare.tunnel", text(tunnel.as_ref())),
            ("cloudflare.credentials", path(credentials.as_ref())),
            ("cloudflare.team", text(team.as_ref())),
            ("tailscale.domain", text(tailnet_domain.as_ref())),
            ("images.border0", text(images.get("border0"))),
            ("images.bore", text(images.get("bore"))),
            ("images.bore-base", text(images.get("bore-base"))),
            ("images.cloudflared", text(images.get("cloudflared"))),
            ("images.frp", text(images.get("frp"))),
            ("images.ngrok", text(images.get("ngrok"))),
            ("images.ssh", text(images.get("ssh"))),
            ("images.tailscale", text(images.get("tailscale"))),
        ];
        let keys = keys.into_iter().map(|(key, value)| Setting { key, entry: None, value });
        let entry = |key, name: String, value| Setting { key, entry: Some(name), value: Some(value) };
        let pins = pins.map(|(name, port)| entry("relay.pins", format!("{name:?}"), Value::Plain(port.to_string())));
        let tags = tags.map(|tag| entry("access-tags", format!("{:?}", tag.host), Value::Text(tag.tag.clone())));
        let rules =
            rules.iter().map(|(rule, level)| entry("rules", rule.clone(), Value::Text(word(*level).to_owned())));
        keys.chain(pins).chain(tags).chain(rules).collect()
    }
}

fn text(value: Option<impl ToString>) -> Option<Value> {
    value.map(|value| Value::Text(value.to_string()))
}

fn path(value: Option<&String>) -> Option<Value> {
    value.cloned().map(Value::Path)
}

fn number(value: Option<usize>) -> Option<Value> {
    value.map(|value| Value::Plain(value.to_string()))
}

fn truth(is_true: bool) -> Option<Value> {
    is_true.then(|| Value::Plain("true".to_owned()))
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Ignore => "ignore",
        Level::As(severity) => severity.word(),
    }
}
