//! A tunnel client as a node of the topology (spec/node.md#the-node). Takes the client's container, as its provider describes it, and
//! the files that were generated. Gives the definition of the node for containerlab.

mod definition;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub(crate) use definition::definition;

use super::kubernetes::{self, Destination, EachSocket};
use super::template::{Values, render};
use super::{Artifact, Refusal, Request};
use crate::base::hexadecimal;

/// What a node starts first, in an image with a shell.
const SCRIPT: &str = "node.sh";
/// The directory of the client's files in the container.
const FOLDER: &str = "/publish";

/// The container of a client, wherever it runs.
#[derive(Clone, Debug)]
pub(crate) struct ClientContainer {
    /// The reference of its image.
    pub(crate) image: String,
    /// The image is built from the generated Dockerfile, and no registry has it.
    pub(crate) is_built: bool,
    /// How it starts.
    pub(crate) start: Start,
    /// The names of the generated files that the client reads, in the output directory.
    pub(crate) files: &'static [&'static str],
    /// The secrets that it reads. They are mounted, and never part of a definition.
    pub(crate) secrets: Vec<SecretFile>,
    /// A volume of its own: its name, and its path in the container.
    pub(crate) volume: Option<(String, &'static str)>,
    /// What the user must confirm before it connects; none if there is nothing.
    pub(crate) confirmation: Option<Confirmation>,
    /// What it connects to outside the lab.
    pub(crate) destinations: Vec<Destination>,
    /// In a pod, it is a container for each socket; none if it runs there as it does anywhere.
    pub(crate) each_socket: Option<EachSocket>,
}

/// How a client's container starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// By `node.sh`, which the provider wrote with [`script`].
    Script,
    /// By its program: the image has no shell. The files are at these paths of the container, in their order.
    Program {
        /// The program.
        entrypoint: &'static str,
        /// Its arguments.
        command: String,
        /// Where it looks for its files.
        paths: Vec<String>,
    },
}

/// What an account must have before a client connects, because only the account keeps the acls. The user sets a variable of
/// containerlab's environment to the digest of a file.
#[derive(Clone, Debug)]
pub(crate) struct Confirmation {
    /// The variable.
    pub(crate) variable: &'static str,
    /// The digest.
    pub(crate) digest: String,
    /// What must be true first, as text: "the Access applications of your account match access.json".
    pub(crate) what: &'static str,
}

/// A secret of a client.
#[derive(Clone, Debug)]
pub(crate) struct SecretFile {
    /// Relative to the directory of the artifacts; `~/` is the home directory.
    pub(crate) path: String,
    /// Its path in the container.
    pub(crate) target: &'static str,
}

/// The node that runs the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TunnelNode<'r> {
    /// Its name in the topology.
    pub(crate) name: &'r str,
    /// The name of its container.
    pub(crate) container: &'r str,
    /// The path of the topology that has it, seen from the directory of the artifacts.
    pub(crate) topology: &'r str,
    /// What it runs.
    pub(crate) client: &'r ClientContainer,
}

impl SecretFile {
    /// A secret at a path, seen from the directory of the artifacts, that is mounted at `target`.
    pub(super) fn new(path: &str, target: &'static str) -> Self {
        Self { path: path.to_owned(), target }
    }
}

impl ClientContainer {
    /// A container that is started by `node.sh`, without files and secrets.
    pub(super) fn new(image: String) -> Self {
        Self {
            image,
            is_built: false,
            start: Start::Script,
            files: &[],
            secrets: Vec::new(),
            volume: None,
            confirmation: None,
            destinations: Vec::new(),
            each_socket: None,
        }
    }

    /// The names of all generated files that are mounted into it.
    pub(crate) fn mounted(&self) -> impl Iterator<Item = &'static str> {
        let script = (self.start == Start::Script).then_some(SCRIPT);
        script.into_iter().chain(self.files.iter().copied())
    }

    /// The least version of containerlab that can run it (its schemas: `privileged` since 0.78, `volumes` since 0.79).
    pub(crate) fn least(&self) -> &'static str {
        if self.volume.is_some() { "0.79" } else { "0.78" }
    }
}

/// What a node or a pod starts first, if the client runs as one. `start` is a template of lines that become the client, in the directory
/// of its files.
///
/// # Errors
/// A value cannot be written as a word of the shell.
pub(super) fn script(request: &Request<'_>, start: &str, values: &Values<'_>) -> Result<Option<Artifact>, Refusal> {
    if request.node.is_none() {
        return kubernetes::script(request, start, values);
    }
    let text = render(SCRIPT, include_str!("node.sh.hbs"), &[("start", start)], values)?;
    Ok(Some(Artifact::new(SCRIPT, text)))
}

/// The SHA-256 of the files of a client, one after the other. It is part of the node's definition, because containerlab compares
/// definitions and not what mounted files contain (0.79, `ComputeDiff` in `nodes/default_node.go`).
///
/// # Panics
/// If one of the files was not generated.
pub(crate) fn digest(client: &ClientContainer, artifacts: &[Artifact]) -> String {
    let mut digest = Sha256::new();
    for name in client.mounted() {
        let file = artifacts.iter().find(|artifact| artifact.path() == name);
        digest.update(&file.expect("a provider generates the files that its client reads").text);
    }
    format!("sha256:{}", hexadecimal(&digest.finalize()))
}

/// The names of files with spaces between them, for a script.
pub(super) fn words<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut words = String::new();
    for name in names {
        let _ = write!(words, "{}{name}", if words.is_empty() { "" } else { " " });
    }
    words
}
