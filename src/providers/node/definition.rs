//! The definition of the node, within the keys that containerlab 0.78 accepts (0.79 with a volume).

use super::{ClientContainer, FOLDER, SCRIPT, Start, TunnelNode};
use crate::plan::Plan;
use crate::providers::{Refusal, Yaml};

/// The definition of the node. `folder` is the path of the directory of the artifacts, seen from that of the topology, `seen` gives that of a
/// secret, and `digest` is that of the mounted files ([`super::digest`]).
///
/// # Errors
/// A path that containerlab cannot mount.
pub(crate) fn definition(
    node: &TunnelNode<'_>,
    plan: &Plan,
    digest: &str,
    folder: &str,
    seen: impl Fn(&str) -> String,
) -> Result<Yaml, Refusal> {
    let client = node.client;
    let (entrypoint, command) = match &client.start {
        Start::Script => ("/bin/sh", format!("{FOLDER}/{SCRIPT}")),
        Start::Program { entrypoint, command, .. } => (*entrypoint, command.clone()),
    };
    let pull = if client.is_built { "Never" } else { "IfNotPresent" };
    let mut env = vec![("PUBLISH_PLAN_DIGEST".to_owned(), Yaml::text(digest))];
    // containerlab replaces the variable, and leaves it if it is not set.
    let passed = |variable: &str| (variable.to_owned(), Yaml::text(format!("${{{variable}}}")));
    env.extend(client.confirmation.iter().map(|confirmation| passed(confirmation.variable)));
    let mut pairs = vec![
        ("kind".to_owned(), Yaml::text("linux")),
        ("image".to_owned(), Yaml::text(&client.image)),
        ("image-pull-policy".to_owned(), Yaml::text(pull)),
        ("user".to_owned(), Yaml::text("0:0")),
        ("entrypoint".to_owned(), Yaml::text(entrypoint)),
        ("cmd".to_owned(), Yaml::text(command)),
        // Without it, a linux node is privileged (containerlab 0.79, nodes/default_node.go).
        ("privileged".to_owned(), Yaml::Truth(false)),
        ("security-opts".to_owned(), Yaml::List(vec![Yaml::text("no-new-privileges:true")])),
        // After `docker stop`, it stays closed.
        ("restart-policy".to_owned(), Yaml::text("unless-stopped")),
        ("env".to_owned(), Yaml::Map(env)),
        ("binds".to_owned(), Yaml::List(binds(client, folder, seen)?)),
    ];
    if let Some((name, path)) = &client.volume {
        pairs.push(("volumes".to_owned(), Yaml::List(vec![Yaml::text(format!("{name}:{path}"))])));
    }
    pairs.push(("stages".to_owned(), Yaml::map([("create", Yaml::map([("wait-for", waits(plan))]))])));
    Ok(Yaml::Map(pairs))
}

/// Every published node that the client leads to: the tunnels open once these have their configuration.
fn waits(plan: &Plan) -> Yaml {
    let mut names: Vec<&str> = plan.sockets.iter().map(|socket| socket.node.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let wait = |name| Yaml::map([("node", Yaml::text(name)), ("stage", Yaml::text("configure"))]);
    Yaml::List(names.into_iter().map(wait).collect())
}

/// The files and the secrets, all of them to be read only.
fn binds(client: &ClientContainer, folder: &str, seen: impl Fn(&str) -> String) -> Result<Vec<Yaml>, Refusal> {
    let own = |path: &String| path.clone();
    let target = |index: usize, name: &str| match &client.start {
        Start::Program { paths, .. } => paths.get(index).map_or_else(|| format!("{FOLDER}/{name}"), own),
        Start::Script => format!("{FOLDER}/{name}"),
    };
    let files = client.mounted().enumerate().map(|(index, name)| (format!("{folder}/{name}"), target(index, name)));
    let secrets = client.secrets.iter().map(|secret| (seen(&secret.path), secret.target.to_owned()));
    files
        .chain(secrets)
        .map(|(source, target)| Ok(Yaml::text(format!("{}:{target}:ro", mountable(&source)?))))
        .collect()
}

/// A path that containerlab reads as it is: it splits binds at `:`, replaces variables, and runs its files as templates first.
fn mountable(path: &str) -> Result<&str, Refusal> {
    let is_bad = |letter: char| matches!(letter, ':' | '$' | '"' | '\\') || letter.is_control();
    if path.chars().any(is_bad) || path.contains("{{") || path.contains("__clab") {
        return Err(Refusal(format!(
            "containerlab cannot mount {}: a path in a topology must not contain `:`, `$`, `{{{{`, `__clab`, double quotes, or backslashes; move the file",
            crate::base::quoted(path)
        )));
    }
    Ok(path)
}
