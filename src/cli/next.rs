//! `publish-plan` without a command: what to run first.

use super::failure::Failure;
use super::{Exit, Streams, topology_here};
use crate::base::whole;

/// Suggests three commands, for the topology in the current directory if there is one. Nothing was asked for, so nothing was
/// checked, and a script that ends here has failed.
pub(super) fn run(streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let commands = match first_topology() {
        Some(topology) => {
            let name = shlex::try_quote(&topology).map_or_else(|_| "FILE".to_owned(), |name| whole(&name));
            [
                (format!("publish-plan check {name}"), "check its entries"),
                (format!("publish-plan plan {name}"), "show which ports would be open, and to whom"),
                (
                    format!("publish-plan providers --for {name}"),
                    "show which providers could carry them; then run `publish-plan compile`",
                ),
            ]
        }
        None => [
            ("publish-plan init --example".to_owned(), "write a small example lab here"),
            ("publish-plan check DIR".to_owned(), "check all topologies under a directory"),
            ("publish-plan providers".to_owned(), "show what each tunnel provider supports"),
        ],
    };
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    writeln!(streams.stderr, "publish-plan: missing command. You could start with:\n")?;
    for (command, what) in commands {
        writeln!(streams.stderr, "  {command:width$}  {what}")?;
    }
    writeln!(streams.stderr, "\nSee `publish-plan --help` for all commands.")?;
    Ok(Exit::Failed)
}

/// The first topology of the current directory, by name.
fn first_topology() -> Option<String> {
    let first = topology_here::names(std::path::Path::new(""))
        .ok()?
        .into_iter()
        .find_map(|name| name.into_os_string().into_string().ok())?;
    // It must not look like a flag.
    Some(if first.starts_with('-') { format!("./{first}") } else { first })
}
