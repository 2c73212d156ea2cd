use serde::Serialize;

use super::Refusal;

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
}
