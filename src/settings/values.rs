//! Values of keys: each function returns what the value says, or adds a finding about it.

use std::str::FromStr;

use toml::de::DeValue;

use super::read::{Reader, Value};
use crate::provider::Subscription;

impl Reader<'_> {
    pub(super) fn patterns(&mut self, value: &Value<'_>) -> Vec<String> {
        let expected = "a list of quoted patterns, as in a .gitignore";
        let DeValue::Array(items) = value.0 else {
            self.wrong(&value.1, &format!("expected {expected}"));
            return Vec::new();
        };
        let items = items.iter().map(|item| (item.get_ref(), item.span()));
        items.collect::<Vec<_>>().iter().filter_map(|item| self.text(item, "a pattern")).collect()
    }

    pub(super) fn truth(&mut self, value: &Value<'_>) -> bool {
        let truth = value.0.as_bool();
        if truth.is_none() {
            self.wrong(&value.1, "expected `true` or `false`");
        }
        truth.unwrap_or_default()
    }

    pub(super) fn acl(&mut self, value: &Value<'_>) -> Option<bool> {
        let expected = "`\"identities\"` or `\"policies\"`";
        match self.text(value, expected)?.as_str() {
            "identities" => Some(true),
            "policies" => Some(false),
            _ => {
                self.wrong(&value.1, &format!("expected {expected}"));
                None
            }
        }
    }

    pub(super) fn subscription(&mut self, value: &Value<'_>) -> Option<Subscription> {
        let expected = "`\"free\"` or `\"paid\"`";
        match self.text(value, expected)?.as_str() {
            "free" => Some(Subscription::Free),
            "paid" => Some(Subscription::Paid),
            _ => {
                self.wrong(&value.1, &format!("expected {expected}"));
                None
            }
        }
    }

    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, value: &Value<'_>) -> Option<T> {
        let Some(text) = value.0.as_str() else {
            self.wrong(&value.1, "expected a quoted string");
            return None;
        };
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.wrong(&value.1, &error.to_string());
                None
            }
        }
    }

    pub(super) fn text(&mut self, value: &Value<'_>, expected: &str) -> Option<String> {
        let text = value.0.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if text.is_none() {
            self.wrong(&value.1, &format!("expected {expected}, in quotes"));
        }
        text
    }

    pub(super) fn number(&mut self, value: &Value<'_>) -> Option<usize> {
        let number =
            value.0.as_integer().filter(|number| number.radix() == 10).and_then(|number| number.as_str().parse().ok());
        if number.is_none() {
            self.wrong(&value.1, "expected a whole number, 0 or greater");
        }
        number
    }
}
