//! The JSON schema of publish-plan.toml, for editors.

use serde_json::{Map, Value, json};

use super::{Known, OWN};
use crate::provider::{Fit, ImageReference, Kind, Setting};

/// The schema of a file with these settings and names.
pub(crate) fn schema(known: Known<'_>) -> Value {
    let mut root = properties(known, |_| true);
    let own: Map<String, Value> =
        known.providers.iter().map(|name| ((*name).to_owned(), json!({ "$ref": "#/$defs/own" }))).collect();
    let description = "Settings of one provider each, by its name, in place of those for all.";
    root.insert(
        OWN.to_owned(),
        json!({ "description": description, "type": "object", "additionalProperties": false, "properties": own }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": super::FILE_NAME,
        "description": "Settings of publish-plan for the topologies in a directory and below. Command-line flags override them.",
        "type": "object",
        "additionalProperties": false,
        "properties": root,
        "$defs": { "own": {
            "type": "object",
            "additionalProperties": false,
            "properties": properties(known, |setting| setting.is_own),
        } },
    })
}

/// The keys of those of the settings that are wanted.
fn properties(known: Known<'_>, is_wanted: impl Fn(&Setting) -> bool) -> Map<String, Value> {
    let mut root = Map::new();
    for setting in known.settings.iter().filter(|setting| is_wanted(setting)) {
        let (table, key) = setting.place();
        let keys = if table.is_empty() { &mut root } else { keys_of(&mut root, table, setting) };
        let of_setting = of_setting(setting, known);
        if let Some(old) = setting.old_name {
            let words = of_setting["enum"].clone();
            let description = format!("The old name of `{key}`; use that.");
            keys.insert(key.to_owned(), of_setting);
            keys.insert(old.to_owned(), json!({ "description": description, "deprecated": true, "enum": words }));
        } else {
            keys.insert(key.to_owned(), of_setting);
        }
    }
    root
}

/// The keys of a table, which is added if it is not there yet.
fn keys_of<'r>(root: &'r mut Map<String, Value>, table: &str, first: &Setting) -> &'r mut Map<String, Value> {
    let new = || {
        let rest = json!({ "type": "object", "additionalProperties": false, "properties": {} });
        described(first.table.map_or("", |table| table.description), rest)
    };
    let table = root.entry(table).or_insert_with(new);
    #[expect(clippy::expect_used, reason = "the closure above makes them")]
    let keys = table["properties"].as_object_mut().expect("a table has properties");
    keys
}

/// What a value of a setting may be.
fn of_setting(setting: &Setting, known: Known<'_>) -> Value {
    let text = || match setting.pattern {
        "" => json!({ "type": "string", "minLength": 1 }),
        ImageReference::PATTERN => {
            json!({ "type": "string", "pattern": setting.pattern, "not": { "pattern": ":latest$" } })
        }
        pattern => json!({ "type": "string", "pattern": pattern }),
    };
    let schema = match setting.kind {
        Kind::Text(_) | Kind::Path(_) => text(),
        Kind::Words(words) => json!({ "enum": words.iter().map(|word| word.word).collect::<Vec<_>>() }),
        Kind::Provider => providers(known),
        Kind::Number { least, most: usize::MAX, .. } => json!({ "type": "integer", "minimum": least }),
        Kind::Number { least, most, .. } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Truth => json!({ "type": "boolean" }),
        Kind::List { .. } => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Kind::Rules => json!({
            "type": "object",
            "propertyNames": { "enum": known.rules },
            "additionalProperties": { "enum": ["error", "warning", "info", "ignore"] },
        }),
        Kind::Pins => json!({
            "type": "object",
            "propertyNames": { "minLength": 1 },
            "additionalProperties": { "type": "integer", "minimum": 1, "maximum": 65535 },
        }),
        Kind::Routes => json!({
            "type": "object",
            "propertyNames": { "pattern": Fit::PATTERN },
            "additionalProperties": providers(known),
        }),
        Kind::HostNames { .. } => json!({ "type": "object", "additionalProperties": text() }),
    };
    described(setting.description, schema)
}

/// One provider, or several.
fn providers(known: Known<'_>) -> Value {
    let one = json!({ "enum": known.providers });
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1, "uniqueItems": true }] })
}

/// A schema with a description before the rest, unless it is empty.
fn described(description: &str, schema: Value) -> Value {
    let mut out = Map::new();
    if !description.is_empty() {
        out.insert("description".to_owned(), json!(description));
    }
    if let Value::Object(rest) = schema {
        out.extend(rest);
    }
    Value::Object(out)
}
