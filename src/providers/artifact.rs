use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Refusal;
use crate::base::hexadecimal;

/// The directories that files are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Folder {
    /// The output directory.
    Output,
    /// The directory in it for the administrator of the server at the other end of the tunnels.
    Gateway,
    /// The directory in it with manifests for a cluster.
    Kubernetes,
    /// The directory in it for visitors.
    Visitors,
    /// The topology's.
    Topology,
}

impl Folder {
    /// Those inside the output directory.
    pub(crate) const INSIDE: [Self; 3] = [Self::Gateway, Self::Kubernetes, Self::Visitors];

    /// Its name in the output directory; none for that one itself and for the topology's.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Gateway => Some("gateway"),
            Self::Kubernetes => Some("kubernetes"),
            Self::Visitors => Some("visitors"),
            Self::Output | Self::Topology => None,
        }
    }
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// The directory that it belongs to.
    pub(crate) folder: Folder,
    /// Its name, without a directory.
    pub(crate) name: String,
    /// Its contents.
    pub(crate) text: String,
    /// Whether it is a program.
    pub(crate) is_executable: bool,
}

impl Artifact {
    /// A file of the output directory that is not a program.
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self { folder: Folder::Output, name: name.to_owned(), text, is_executable: false }
    }

    /// The same file in another directory.
    pub(crate) fn in_folder(self, folder: Folder) -> Self {
        Self { folder, ..self }
    }

    /// Its path from the output directory, or from the topology's.
    pub(crate) fn path(&self) -> String {
        self.folder.name().map_or_else(|| self.name.clone(), |folder| format!("{folder}/{}", self.name))
    }

    /// Whether it says, to people, what must be set up at the other end of the tunnels.
    pub(crate) fn is_document(&self) -> bool {
        std::path::Path::new(&self.name).extension().is_some_and(|end| end == "md")
    }

    /// A file that its program renders as a Go template before it reads it, comments included. `actions` are the template actions that
    /// the file has on purpose, each once.
    ///
    /// # Errors
    /// Any other `{{` in `text`: it comes from the user and would run as an action.
    pub(crate) fn go_template(name: &str, text: String, actions: &[&str]) -> Result<Self, Refusal> {
        let from_values = actions.iter().fold(text.clone(), |rest, action| rest.replacen(action, "", 1));
        if from_values.contains("{{") {
            return Err(Refusal(format!(
                "cannot write {name}: its program runs what is between `{{{{` and `}}}}`, and a value contains `{{{{`; remove it from the names, addresses, and paths of this lab"
            )));
        }
        Ok(Self::new(name, text))
    }

    /// A JSON file. JSON has no comments, so only the manifest says where it comes from.
    pub(crate) fn json(name: &str, value: &impl Serialize) -> Result<Self, Refusal> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Refusal(format!("cannot write {name}: {error}")))?;
        Ok(Self::new(name, text + "\n"))
    }

    /// A program.
    pub(crate) fn program(name: &str, text: String) -> Self {
        Self { is_executable: true, ..Self::new(name, text) }
    }

    /// Twelve digits of the SHA-256, which the user types to confirm that an account has the settings of this file.
    pub(super) fn digest(&self) -> String {
        digest(&self.text, 12)
    }
}

/// The first hexadecimal digits of the SHA-256 of a text.
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
