use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Refusal;
use crate::base::hexadecimal;

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its name, without a folder.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// It is a program.
    pub is_executable: bool,
}

impl Artifact {
    /// A file to read.
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text, is_executable: false }
    }

    /// A file that its program renders as a Go template before it reads it, comments included. `actions` are those that its
    /// template writes itself, one of each.
    ///
    /// # Errors
    /// Any other `{{` in `text`: it came from the user, and would run as an action.
    pub(crate) fn go_template(name: &str, text: String, actions: &[&str]) -> Result<Self, Refusal> {
        let from_values = actions.iter().fold(text.clone(), |rest, action| rest.replacen(action, "", 1));
        if from_values.contains("{{") {
            return Err(Refusal(format!(
                "cannot write {name}: its program runs what is between `{{{{` and `}}}}`, and a value contains `{{{{`; remove it from the names, addresses and paths of this lab"
            )));
        }
        Ok(Self::new(name, text))
    }

    /// A file for programs. JSON has no comments: where it comes from, the manifest says.
    pub(crate) fn json(name: &str, value: &impl Serialize) -> Result<Self, Refusal> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Refusal(format!("cannot write {name}: {error}")))?;
        Ok(Self::new(name, text + "\n"))
    }

    /// A file to run.
    pub(crate) fn program(name: &str, text: String) -> Self {
        Self { is_executable: true, ..Self::new(name, text) }
    }

    /// What somebody types to say that another program has taken over this very text: twelve digits of its SHA-256.
    pub(super) fn digest(&self) -> String {
        digest(&self.text, 12)
    }
}

/// The first digits of a text's SHA-256, in hexadecimal.
pub(super) fn digest(text: &str, digits: usize) -> String {
    let mut hexadecimal = hexadecimal(&Sha256::digest(text.as_bytes()));
    hexadecimal.truncate(digits);
    hexadecimal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_go_template_has_its_own_actions_only() {
        let of = |text: &str| Artifact::go_template("t", text.to_owned(), &["{{ .Envs.A }}"]).is_ok();
        assert!(of("a = \"{{ .Envs.A }}\"") && of("a = {b = 1}") && of(""));
        for text in ["# {{ .Envs.B }}\na = \"{{ .Envs.A }}\"", "# {{ .Envs.A }}\na = \"{{ .Envs.A }}\"", "# {{"] {
            assert!(!of(text), "{text}");
        }
    }
}
