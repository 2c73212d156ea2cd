//! kubernetes.md: what to do with the manifests.

use std::fmt::Write as _;

use serde::Serialize;

use super::manifests::CONFIRMED;
use super::pod::Pod;
use super::{ClientContainer, Cluster};
use crate::base::SERVICE_PORTS;
use crate::providers::template::{Values, render};
use crate::providers::{Artifact, Refusal, Request};

#[derive(Serialize)]
struct DocumentValues<'r> {
    source: &'r str,
    provider: &'r str,
    namespace: String,
    topology: String,
    name: String,
    /// The command that creates the Secret; empty if there is none.
    create: String,
    is_confirmed: bool,
    what: &'static str,
    is_tailnet: bool,
    nodes: String,
    /// What to write into the topology for the ports that no service has otherwise, in words.
    ports: String,
}

/// The document.
///
/// # Errors
/// A path cannot be written as a word of the shell.
pub(super) fn kubernetes_md(
    request: &Request<'_>,
    cluster: &Cluster,
    client: &ClientContainer,
    pod: &Pod,
) -> Result<Artifact, Refusal> {
    let mut nodes: Vec<String> = request.plan.sockets.iter().map(|socket| socket.host().to_owned()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let values = DocumentValues {
        source: request.source,
        provider: request.plan.provider.unwrap_or_default(),
        namespace: cluster.namespace.to_string(),
        topology: cluster.topology.to_string(),
        name: cluster.name(),
        create: create(cluster, client, pod)?,
        is_confirmed: client.confirmation.is_some(),
        what: client.confirmation.as_ref().map_or("", |confirmation| confirmation.what),
        is_tailnet: client.volume.is_some(),
        nodes: nodes.join(", "),
        ports: ports(request),
    };
    let values = Values::of_lab(&values)?;
    Ok(Artifact::new("kubernetes.md", render("kubernetes.md", include_str!("kubernetes.md.hbs"), &[], &values)?))
}

/// The entries whose ports are not among those of every service, with what makes them so.
fn ports(request: &Request<'_>) -> String {
    let sockets = request.plan.sockets.iter().filter(|socket| !SERVICE_PORTS.contains(&socket.port));
    let mut words: Vec<String> =
        sockets.map(|socket| format!("{} needs `ports: [\"{1}:{1}\"]`", socket.node, socket.port)).collect();
    words.sort_unstable();
    words.dedup();
    words.join(", ")
}

/// The command that creates the Secret, from the directory of the artifacts.
fn create(cluster: &Cluster, client: &ClientContainer, pod: &Pod) -> Result<String, Refusal> {
    if pod.secrets.is_empty() && client.confirmation.is_none() {
        return Ok(String::new());
    }
    let (namespace, mut before) = (&cluster.namespace, String::new());
    let mut command = format!("kubectl --namespace {namespace} create secret generic {}", cluster.name());
    for (key, path) in &pod.secrets {
        let (home, rest) = path.strip_prefix("~/").map_or(("", path.as_str()), |rest| ("\"$HOME\"/", rest));
        let is_odd = rest.chars().any(crate::base::steers_a_terminal);
        let word = shlex::try_quote(rest).ok().filter(|_| !is_odd);
        let word =
            word.ok_or_else(|| Refusal("a path of a secret cannot be written as a word of the shell".to_owned()))?;
        if pod.secret_variable.is_some() {
            // A variable has every byte of the file, and a secret ends before its line break.
            let path = if word.starts_with('-') { format!("./{word}") } else { word.into_owned() };
            before = format!("tr -d '\\r\\n' < {home}{path} | ");
            let _ = write!(command, " --from-file={key}=/dev/stdin");
        } else {
            let _ = write!(command, " --from-file={key}={home}{word}");
        }
    }
    if let Some(confirmation) = &client.confirmation {
        let _ = write!(command, " --from-literal={CONFIRMED}={}", confirmation.digest);
    }
    Ok(format!("{before}{command} --dry-run=client -o yaml | kubectl apply -f -"))
}
