use std::collections::HashMap;

/// The variables that `$NAME` and `${NAME}` are replaced by. Their values are never shown.
#[derive(Clone, Default)]
pub struct Environment {
    values: HashMap<String, String>,
}

impl std::fmt::Debug for Environment {
    /// Names only: a value may be a secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

/// What is wrong with a line of an environment file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected `NAME=value`")]
pub struct EnvironmentFileError {
    /// 1-based.
    pub line: usize,
}

impl Environment {
    /// These variables; a later one of the same name wins.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: variables.into_iter().collect() }
    }

    /// The value of `name`, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Adds the lines of an environment file, which override earlier values: `NAME=value`, optionally after `export `,
    /// the value optionally in one pair of quotes; empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// The first line that has none of these forms. The message never quotes it.
    pub fn add_file(&mut self, text: &str) -> Result<(), EnvironmentFileError> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let assignment = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = assignment.split_once('=').ok_or(EnvironmentFileError { line: index + 1 })?;
            let name = name.trim();
            if name.is_empty() || !name.chars().all(|character| character == '_' || character.is_alphanumeric()) {
                return Err(EnvironmentFileError { line: index + 1 });
            }
            self.values.insert(name.to_owned(), unquoted(value.trim()).to_owned());
        }
        Ok(())
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_adds_to_the_environment_and_names_its_bad_line() {
        let mut environment = Environment::new([("A".to_owned(), "old".to_owned())]);
        environment.add_file("# comment\n\nexport A=new\nB='x y'\nC=\n").unwrap();
        assert_eq!(environment.get("A"), Some("new"));
        assert_eq!(environment.get("B"), Some("x y"));
        assert_eq!(environment.get("C"), Some(""));
        assert_eq!(environment.add_file("A=1\nsecret"), Err(EnvironmentFileError { line: 2 }));
    }
}
