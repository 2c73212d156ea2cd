//! Settings as lists of keys and values, for `--show-settings` and for comparisons.

use super::OWN;
use crate::provider::{Fact, Kind, Setting, Value, Values};

/// A setting and its value.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) setting: &'static Setting,
    /// The provider that it is for; None if it is for all.
    pub(crate) provider: Option<String>,
    /// The name of the entry in a table with free names, as in the file.
    pub(crate) entry: Option<String>,
    /// None if it is not set.
    pub(crate) value: Option<Value>,
}

impl Listed {
    /// The full key: `relay.address`, `rules.empty-acl`.
    pub(crate) fn name(&self) -> String {
        let of = self.provider.as_ref().map_or_else(String::new, |provider| format!("{OWN}.{provider}."));
        let entry = self.entry.as_ref().map_or_else(String::new, |entry| format!(".{entry}"));
        format!("{of}{}{entry}", self.setting.key)
    }

    /// The fact that it is set. `seen` returns how to show a path, and what identifies its file.
    pub(crate) fn into_fact(self, seen: impl Fn(&str) -> (String, String)) -> Option<Fact> {
        let name = self.name();
        let (value, meaning) = match self.value? {
            Value::Path(path) => seen(&path),
            value => (value.words(), value.words()),
        };
        Some(Fact::of_setting(self.setting, self.provider, name, value).meaning(meaning))
    }
}

/// Every setting of `settings`, set or not, and the entries of tables with free names; rules come last.
pub(crate) fn all(values: &Values, settings: &[&'static Setting]) -> Vec<Listed> {
    listed(values, settings, |_, _| true)
}

/// The same for sockets: entries for others are left out, by the names and the hostnames that `has_name` and `has_host` know.
pub(crate) fn of_sockets(
    values: &Values,
    settings: &[&'static Setting],
    has_name: impl Fn(&str) -> bool,
    has_host: impl Fn(&str) -> bool,
) -> Vec<Listed> {
    listed(values, settings, |kind, entry| match kind {
        Kind::Pins => has_name(entry),
        Kind::HostNames { .. } => has_host(entry),
        _ => true,
    })
}

fn listed(values: &Values, settings: &[&'static Setting], is_wanted: impl Fn(Kind, &str) -> bool) -> Vec<Listed> {
    let keys = settings.iter().filter(|setting| !setting.has_entries());
    let mut listed: Vec<Listed> = keys
        .map(|setting| Listed { setting, provider: None, entry: None, value: values.value(setting).cloned() })
        .collect();
    let (rules, tables): (Vec<&'static Setting>, Vec<&'static Setting>) = settings
        .iter()
        .filter(|setting| setting.has_entries())
        .partition(|setting| matches!(setting.kind, Kind::Rules));
    let entries = |setting: &'static Setting, values: &Values, provider: Option<&str>| -> Vec<Listed> {
        let quoted =
            |name: &String| if matches!(setting.kind, Kind::Rules) { name.clone() } else { format!("{name:?}") };
        let entries = values.entries(setting).iter().filter(|(name, _)| is_wanted(setting.kind, name));
        let listed = |(name, value): &(String, Value)| Listed {
            setting,
            provider: provider.map(str::to_owned),
            entry: Some(quoted(name)),
            value: Some(value.clone()),
        };
        entries.map(listed).collect()
    };
    listed.extend(tables.iter().flat_map(|setting| entries(setting, values, None)));
    // Of one provider, those that are set.
    for (provider, own) in values.own() {
        let set = settings.iter().filter(|setting| !setting.has_entries());
        listed.extend(set.filter_map(|setting| {
            let value = Some(own.value(setting)?.clone());
            Some(Listed { setting, provider: Some(provider.to_owned()), entry: None, value })
        }));
        listed.extend(tables.iter().flat_map(|setting| entries(setting, &own, Some(provider))));
    }
    listed.extend(rules.iter().flat_map(|setting| entries(setting, values, None)));
    listed
}
