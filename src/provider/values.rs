//! The values of settings, by their keys.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{Key, Setting};

/// The values of the settings that are set. Every value was accepted by its setting's [`Kind`](super::Kind).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values {
    general: BTreeMap<&'static str, Value>,
    /// Those for one provider, by its name, which apply in place of the general ones.
    own: BTreeMap<String, BTreeMap<&'static str, Value>>,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// The path of a file.
    Path(String),
    /// A number or `true`, as in TOML.
    Plain(String),
    /// A list of texts.
    List(Vec<String>),
    /// The entries of a table, by their names. If a name is there twice, the first one applies.
    Entries(Vec<(String, Value)>),
}

impl Value {
    /// The value as TOML, if it is not a table.
    #[must_use]
    pub(crate) fn toml(&self) -> String {
        match self {
            Self::Text(text) | Self::Path(text) => format!("{text:?}"),
            Self::Plain(plain) => plain.clone(),
            Self::List(list) => format!("{list:?}"),
            Self::Entries(_) => String::new(),
        }
    }

    /// Its texts: one, or those of a list.
    #[must_use]
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) | Self::Path(text) | Self::Plain(text) => std::slice::from_ref(text),
            Self::List(list) => list,
            Self::Entries(_) => &[],
        }
    }

    /// The value of several texts: a text, if there is one.
    #[must_use]
    pub(crate) fn of_texts(mut texts: Vec<String>) -> Self {
        match (texts.pop(), texts.is_empty()) {
            (Some(only), true) => Self::Text(only),
            (last, _) => {
                texts.extend(last);
                Self::List(texts)
            }
        }
    }

    /// The value as text: without quotes, if it is a text.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Text(text) | Self::Path(text) => text.clone(),
            other => other.toml(),
        }
    }
}

impl Values {
    /// The value of a setting. None if it is not set.
    #[must_use]
    pub(crate) fn get<T: FromStr>(&self, key: &Key<T>) -> Option<T> {
        self.value(&key.setting).map(|value| parsed(&value.words()))
    }

    /// Whether a setting is set; one that is `true` or `false`, to `true`.
    #[must_use]
    pub(crate) fn has<T>(&self, key: &Key<T>) -> bool {
        self.general.contains_key(key.setting.key)
    }

    /// The value of a setting, of whatever type.
    #[must_use]
    pub(crate) fn value(&self, setting: &Setting) -> Option<&Value> {
        self.general.get(setting.key)
    }

    /// The texts of a list, or of a value that is one.
    #[must_use]
    pub(crate) fn list<T>(&self, key: &Key<T>) -> &[String] {
        self.value(&key.setting).map_or(&[], Value::texts)
    }

    /// The entries of a table with free names.
    #[must_use]
    pub(crate) fn entries(&self, setting: &Setting) -> &[(String, Value)] {
        match self.value(setting) {
            Some(Value::Entries(entries)) => entries,
            _ => &[],
        }
    }

    /// The entries of a table with free names, each parsed from `name=value`.
    #[must_use]
    pub(crate) fn all<T: FromStr>(&self, key: &Key<T>) -> Vec<T> {
        let entries = self.entries(&key.setting).iter();
        entries.map(|(name, value)| parsed(&format!("{name}={}", value.words()))).collect()
    }

    /// Sets a value that the setting accepts.
    pub(crate) fn set(&mut self, setting: &Setting, value: Value) {
        self.general.insert(setting.key, value);
    }

    /// Adds an entry that the setting accepts.
    pub(crate) fn add(&mut self, setting: &Setting, name: String, value: Value) {
        match self.general.entry(setting.key).or_insert_with(|| Value::Entries(Vec::new())) {
            Value::Entries(entries) => entries.push((name, value)),
            other => *other = Value::Entries(vec![(name, value)]),
        }
    }

    /// These values over others, whatever provider they are for: of tables with free names, the entries of both.
    #[must_use]
    pub(crate) fn over(&self, mut others: Self) -> Self {
        for (key, value) in &self.general {
            for own in others.own.values_mut() {
                match (value, own.get_mut(key)) {
                    (Value::Entries(entries), Some(Value::Entries(more))) => {
                        more.retain(|(name, _)| entries.iter().all(|(other, _)| other != name));
                    }
                    (_, Some(_)) => drop(own.remove(key)),
                    (_, None) => {}
                }
            }
        }
        others.general = over(self.general.clone(), others.general);
        for (provider, own) in &self.own {
            let more = others.own.remove(provider).unwrap_or_default();
            others.own.insert(provider.clone(), over(own.clone(), more));
        }
        others
    }

    /// The values that apply to a provider: its own over the general ones.
    #[must_use]
    pub(crate) fn of(&self, provider: &str) -> Self {
        let own = self.own.get(provider).cloned().unwrap_or_default();
        Self { general: over(own, self.general.clone()), own: BTreeMap::new() }
    }

    /// Sets the values that only one provider has.
    pub(crate) fn set_own(&mut self, provider: &str, values: Self) {
        self.own.insert(provider.to_owned(), values.general);
    }

    /// The providers that have values of their own, and these.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&str, Self)> {
        let values = |general: &BTreeMap<_, _>| Self { general: general.clone(), own: BTreeMap::new() };
        self.own.iter().map(move |(provider, own)| (provider.as_str(), values(own)))
    }
}

/// Some values over others: of tables with free names, the entries of both.
fn over(
    values: BTreeMap<&'static str, Value>,
    mut others: BTreeMap<&'static str, Value>,
) -> BTreeMap<&'static str, Value> {
    for (key, value) in values {
        let value = match (value, others.remove(key)) {
            (Value::Entries(entries), Some(Value::Entries(more))) => {
                Value::Entries(entries.into_iter().chain(more).collect())
            }
            (value, _) => value,
        };
        others.insert(key, value);
    }
    others
}

/// A text that its setting accepted, as the type of the setting's [`Key`].
#[expect(clippy::expect_used, reason = "a setting accepts what can be parsed as the type of its key, and nothing else")]
fn parsed<T: FromStr>(text: &str) -> T {
    text.parse().ok().expect("the setting accepted the text")
}
