//! Generated YAML: typed values, and their text in lines or between brackets.

/// A value of a YAML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// Keys and values, in this order.
    Map(Vec<(String, Yaml)>),
    /// Items.
    List(Vec<Yaml>),
    /// A string.
    Text(String),
    /// A number.
    Number(u32),
    /// `true` or `false`.
    Truth(bool),
}

impl Yaml {
    /// A string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A map of these keys.
    pub(super) fn map<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// A list of strings.
    pub(super) fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The text of a whole file.
    pub(super) fn file(&self) -> String {
        let Self::Map(pairs) = self else { return flow(self) + "\n" };
        let lines: Vec<String> = pairs.iter().flat_map(|(key, value)| block(key, value, 0, 2)).collect();
        lines.join("\n") + "\n"
    }
}

/// The lines of a pair, without their ends: its key `indent` spaces from the left, each level `step` more.
pub(crate) fn block(key: &str, value: &Yaml, indent: usize, step: usize) -> Vec<String> {
    let mut lines = Vec::new();
    pair((key, value), indent, step, &mut lines);
    lines
}

fn pair((key, value): (&str, &Yaml), indent: usize, step: usize, lines: &mut Vec<String>) {
    let blanks = " ".repeat(indent);
    let key = word(key);
    match value {
        Yaml::Map(pairs) if !pairs.is_empty() => {
            lines.push(format!("{blanks}{key}:"));
            for (key, value) in pairs {
                pair((key, value), indent + step, step, lines);
            }
        }
        Yaml::List(items) if !items.is_empty() => {
            lines.push(format!("{blanks}{key}:"));
            for value in items {
                item(value, indent + step, step, lines);
            }
        }
        Yaml::Text(text) if is_literal(text) => {
            lines.push(format!("{blanks}{key}: |"));
            let blanks = " ".repeat(indent + step);
            lines.extend(
                text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{blanks}{line}") }),
            );
        }
        _ => lines.push(format!("{blanks}{key}: {}", flow(value))),
    }
}

/// An item of a list: a large map in lines of its own, anything else on one.
fn item(value: &Yaml, indent: usize, step: usize, lines: &mut Vec<String>) {
    let blanks = " ".repeat(indent);
    let is_small = |value: &Yaml| flow(value).len() <= 60;
    match value {
        Yaml::Map(pairs) if !is_small(value) => {
            let start = lines.len();
            for (key, value) in pairs {
                pair((key, value), indent + 2, step, lines);
            }
            // The dash takes the place of the blanks before the first key.
            let first = lines[start].split_off(indent + 2);
            lines[start] = format!("{blanks}- {first}");
        }
        _ => lines.push(format!("{blanks}- {}", flow(value))),
    }
}

/// Whether a text can be written line by line: it is that of a file.
fn is_literal(text: &str) -> bool {
    let is_plain = |letter: char| letter == '\n' || (!letter.is_control() && !crate::base::steers_a_terminal(letter));
    text.ends_with('\n') && !text.ends_with("\n\n") && !text.starts_with([' ', '\n']) && text.chars().all(is_plain)
}

/// The same on one line.
pub(crate) fn flow(value: &Yaml) -> String {
    match value {
        Yaml::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", word(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Yaml::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Yaml::Text(text) => word(text),
        Yaml::Number(number) => number.to_string(),
        Yaml::Truth(truth) => truth.to_string(),
    }
}

/// A text as a scalar: bare if nobody could read it as anything else.
pub(crate) fn word(text: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/');
    let is_other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = begins && text.chars().all(is_bare) && !is_other.iter().any(|other| text.eq_ignore_ascii_case(other));
    if is_word { text.to_owned() } else { super::template::yaml(text) }
}
