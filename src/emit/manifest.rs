use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::hexadecimal;
use crate::providers::Folder;

/// The file's name.
pub(crate) const NAME: &str = "manifest.json";

/// The version of the manifest's form.
const VERSION: u32 = 1;

/// What was generated, from what, and by which version. It tells files that someone edited from files that may be overwritten.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    version: u32,
    tool: Tool,
    pub(crate) source: Digested,
    /// The entries file that was used, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entries: Option<Digested>,
    /// The publish-plan.toml that was used, if there was one. Like the topology's, its name is its path from the manifest's
    /// directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<Digested>,
    provider: String,
    /// The name of the Compose project; there is none above several providers, which have their own, and in manifests of version 0.1.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<String>,
    pub(crate) files: Vec<Generated>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

/// A file and the SHA-256 of its bytes, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digested {
    pub(crate) name: String,
    pub(crate) sha256: String,
}

/// What a compilation is made from.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) topology: Digested,
    pub(crate) entries: Option<Digested>,
    pub(crate) settings: Option<Digested>,
}

/// A generated file and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generated {
    #[serde(flatten)]
    pub(crate) file: Digested,
    pub(crate) folder: Folder,
}

impl Manifest {
    /// The manifest of `files`, made for a provider.
    pub(crate) fn new(
        Sources { topology: source, entries, settings }: Sources,
        provider: &str,
        project: Option<&str>,
        files: Vec<Generated>,
    ) -> Self {
        let tool = Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        Self {
            version: VERSION,
            tool,
            source,
            entries,
            settings,
            provider: provider.to_owned(),
            project: project.map(str::to_owned),
            files,
        }
    }

    /// A manifest of this program; none for any other text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let manifest: Self = serde_json::from_str(text).ok()?;
        let is_ours = manifest.version == VERSION && manifest.tool.name == env!("CARGO_PKG_NAME");
        // A name that contains a directory would lead somewhere else.
        let is_plain = |file: &Generated| {
            !file.file.name.contains(['/', '\\']) && !matches!(file.file.name.as_str(), "" | "." | "..")
        };
        (is_ours && manifest.files.iter().all(is_plain)).then_some(manifest)
    }

    /// Its text.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Whether it names a file in a directory.
    pub(super) fn has(&self, folder: Folder) -> bool {
        self.files.iter().any(|generated| generated.folder == folder)
    }

    /// The digest that a file was written with.
    pub(crate) fn digest_of(&self, name: &str, folder: Folder) -> Option<&str> {
        let generated = self.files.iter().find(|file| file.file.name == name && file.folder == folder)?;
        Some(&generated.file.sha256)
    }
}

impl Digested {
    /// The file called `name` with these bytes.
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), sha256: hexadecimal(&Sha256::digest(bytes)) }
    }
}
