//! Words in generated YAML.

/// A path as a value: bare if it is plain, otherwise in double quotes.
pub(super) fn yaml_word(path: &str) -> String {
    let is_of_path = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    let begins = path.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '.' || letter == '/');
    if begins && path.chars().all(is_of_path) {
        return path.to_owned();
    }
    // A `$` would be a variable's.
    serde_json::Value::from(path.replace('$', "$$")).to_string()
}
