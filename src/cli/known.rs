//! The settings that there are: the general ones, and those of every provider.

use std::sync::LazyLock;

use crate::provider::Setting;
use crate::providers;
use crate::rules::RULES;
use crate::settings::{self as table, Known};

static SETTINGS: LazyLock<Vec<&'static Setting>> = LazyLock::new(|| table::settings(providers::capabilities()));

/// Every setting that there is.
pub(super) fn settings() -> &'static [&'static Setting] {
    &SETTINGS
}

/// Calls a function with everything that a publish-plan.toml may name.
pub(super) fn with_known<T>(call: impl FnOnce(Known<'_>) -> T) -> T {
    let providers: Vec<&str> = providers::capabilities().iter().filter_map(|provider| provider.name).collect();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    call(Known { settings: settings(), providers: &providers, rules: &rules })
}

/// The JSON schema of publish-plan.toml, for editors.
#[must_use]
pub fn settings_schema() -> serde_json::Value {
    with_known(table::schema)
}
