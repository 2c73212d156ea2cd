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
