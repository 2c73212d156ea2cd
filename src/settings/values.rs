//! Values of keys, by kind: what the value says, or a finding about it.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use super::read::{Placed, Reader};
use crate::provider::{Kind, Setting, Value, Word};

impl Reader<'_> {
    /// The value of a setting that is no table. None if it is wrong, or the same as not set.
    pub(super) fn value(&mut self, setting: &Setting, value: &Placed<'_>) -> Option<Value> {
        match setting.kind {
            Kind::Text(read) => self.parsed(value, read).map(Value::Text),
            Kind::Words(words) => self.word(value, words).map(Value::Text),
            Kind::Provider => self.providers(value),
            Kind::Path(what) => self.text(value, what).map(Value::Path),
            Kind::Number { least, most, expected } => {
                self.number(value, least..=most, expected).map(|number| Value::Plain(number.to_string()))
            }
            Kind::Truth => self.truth(value).then(|| Value::Plain("true".to_owned())),
            Kind::List { item, expected } => {
                Some(self.list(value, item, expected)).filter(|list| !list.is_empty()).map(Value::List)
            }
            Kind::Rules | Kind::Pins | Kind::Routes | Kind::HostNames { .. } => None,
        }
    }

    /// One provider, or a list of several.
    pub(super) fn providers(&mut self, value: &Placed<'_>) -> Option<Value> {
        let DeValue::Array(items) = value.0 else { return self.provider(value).map(Value::Text) };
        let mut names: Vec<String> = Vec::new();
        let mut is_right = true;
        for item in items {
            match self.provider(&(item.get_ref(), item.span())) {
                Some(name) if names.contains(&name) => {
                    self.wrong(&item.span(), "this provider is in the list already");
                    is_right = false;
                }
                Some(name) => names.push(name),
                None => is_right = false,
            }
        }
        if items.is_empty() {
            self.wrong(&value.1, "expected at least one provider");
        }
        (is_right && !names.is_empty()).then(|| Value::of_texts(names))
    }

    fn provider(&mut self, value: &Placed<'_>) -> Option<String> {
        let text = self.text(value, &format!("one of {}", self.known.providers.join(", ")))?;
        if self.known.providers.contains(&text.as_str()) {
            return Some(text);
        }
        if text.contains(',') {
            self.wrong(&value.1, "expected one provider, or a list: `[\"bore\", \"gateway\"]`");
        } else {
            self.unknown_provider(&text, &value.1);
        }
        None
    }

    fn list(&mut self, value: &Placed<'_>, what: &str, expected: &str) -> Vec<String> {
        let DeValue::Array(items) = value.0 else {
            self.wrong(&value.1, &format!("expected {expected}"));
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(&(item.get_ref(), item.span()), what)).collect()
    }

    fn truth(&mut self, value: &Placed<'_>) -> bool {
        let truth = value.0.as_bool();
        if truth.is_none() {
            self.wrong(&value.1, "expected `true` or `false`");
        }
        truth.unwrap_or_default()
    }

    fn word(&mut self, value: &Placed<'_>, words: &[Word]) -> Option<String> {
        let all: Vec<String> = words.iter().map(|word| format!("`\"{}\"`", word.word)).collect();
        let expected = all.join(" or ");
        let text = self.text(value, &expected)?;
        if words.iter().any(|word| word.word == text) {
            return Some(text);
        }
        self.wrong(&value.1, &format!("expected {expected}"));
        None
    }

    fn parsed(&mut self, value: &Placed<'_>, read: fn(&str) -> Result<String, String>) -> Option<String> {
        let Some(text) = value.0.as_str() else {
            self.wrong(&value.1, "expected a quoted string");
            return None;
        };
        read(text).map_err(|error| self.wrong(&value.1, &error)).ok()
    }

    pub(super) fn text(&mut self, value: &Placed<'_>, expected: &str) -> Option<String> {
        let text = value.0.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if text.is_none() {
            self.wrong(&value.1, &format!("expected {expected}, in quotes"));
        }
        text
    }

    pub(super) fn number(&mut self, value: &Placed<'_>, range: RangeInclusive<usize>, expected: &str) -> Option<usize> {
        let number = value.0.as_integer().filter(|number| number.radix() == 10);
        let number = number.and_then(|number| number.as_str().parse().ok()).filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong(&value.1, &format!("expected {expected}"));
        }
        number
    }
}
