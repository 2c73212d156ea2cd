use serde::Serialize;

/// A value as indented JSON with a line break at its end. The error says why it cannot be written.
pub(crate) fn json(value: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// A value as YAML. The error says why it cannot be written.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}
