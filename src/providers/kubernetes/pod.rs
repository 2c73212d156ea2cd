//! What runs in the pod.

use sha2::{Digest, Sha256};

use super::{Cluster, EachSocket, SCRIPT};
use crate::base::hexadecimal;
use crate::providers::Artifact;
use crate::providers::node::{ClientContainer, Start};

/// The directory of the client's files in the pod.
pub(super) const FOLDER: &str = "/publish";

/// The containers of a pod, and what is mounted into them.
pub(super) struct Pod {
    pub(super) containers: Vec<PodContainer>,
    /// Its files: name in the directory, and contents.
    pub(super) files: Vec<(String, String)>,
    /// The name of the `ConfigMap` with them: another one if any of them differs, so that a pod never sees later ones.
    pub(super) config_map: String,
    /// Its secrets: key in the Secret, and path on the user's machine as the generated files see it.
    pub(super) secrets: Vec<(String, String)>,
    /// The directory that the secrets are mounted at; none if they are in a variable.
    pub(super) secret_folder: Option<String>,
    /// The variable and the key of a secret that the client does not read from a file.
    pub(super) secret_variable: Option<(&'static str, String)>,
    /// The variable by which the user confirms what an account has.
    pub(super) confirmation: Option<&'static str>,
}

/// A container of the pod.
pub(super) struct PodContainer {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) command: Vec<String>,
}

impl Pod {
    pub(super) fn new(cluster: &Cluster, client: &ClientContainer, generated: &[Artifact]) -> Self {
        let text = |name: &str| {
            let file = generated.iter().find(|artifact| artifact.path() == name);
            file.expect("a provider generates the files that its client reads").text.clone()
        };
        let key = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let secrets: Vec<(String, String)> =
            client.secrets.iter().map(|secret| (key(secret.target), secret.path.clone())).collect();
        let folder = client.secrets.first().and_then(|secret| secret.target.rsplit_once('/')).map(|(folder, _)| folder);
        let of = |name: &str, command: Vec<String>| PodContainer {
            name: name.to_owned(),
            image: client.image.clone(),
            command,
        };
        let (containers, files) = match (&client.each_socket, &client.start) {
            (Some(EachSocket { image, commands, .. }), _) => {
                let commands = commands.iter().enumerate();
                let container = |(index, command): (usize, &Vec<String>)| PodContainer {
                    name: format!("tunnel-{}", index + 1),
                    image: image.clone(),
                    command: command.clone(),
                };
                (commands.map(container).collect(), Vec::new())
            }
            (None, Start::Script) => {
                let names = std::iter::once(SCRIPT).chain(client.files.iter().copied());
                let command = ["/bin/sh".to_owned(), format!("{FOLDER}/{SCRIPT}")];
                (vec![of("tunnel", command.to_vec())], names.map(|name| (name.to_owned(), text(name))).collect())
            }
            (None, Start::Program { entrypoint, command, paths }) => {
                // Kubernetes replaces $(NAME) in a command.
                let words = command.split(' ').map(|word| word.replace("${", "$(").replace('}', ")"));
                let command = std::iter::once((*entrypoint).to_owned()).chain(words).collect();
                let files = client.files.iter().zip(paths).map(|(name, path)| (key(path), text(name)));
                (vec![of("tunnel", command)], files.collect())
            }
        };
        let mut digest = Sha256::new();
        for (name, text) in &files {
            digest.update(name);
            digest.update(text);
        }
        let digest = &hexadecimal(&digest.finalize())[..12];
        let variable = client.each_socket.as_ref().map(|each| each.variable);
        Self {
            containers,
            files,
            config_map: format!("{}-{digest}", cluster.name()),
            secret_variable: variable.and_then(|variable| Some((variable, secrets.first()?.0.clone()))),
            secret_folder: folder.filter(|_| variable.is_none()).map(str::to_owned),
            secrets,
            confirmation: client.confirmation.as_ref().map(|confirmation| confirmation.variable),
        }
    }
}
