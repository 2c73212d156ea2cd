//! `publish-plan` without a verb: what can be done next.

use std::path::Path;

use super::failure::Failure;
use super::input::is_topology;
use super::{Exit, Streams};
use crate::base::whole;

/// The three most likely commands, for the topology that lies here or for none. Nothing was asked for, so nothing was checked:
/// a script that comes here has failed.
pub(super) fn run(streams: &mut Streams<'_>) -> Result<Exit, Failure> {
    let commands = match topology_here() {
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

/// The first topology of the folder that the program runs in, by name.
fn topology_here() -> Option<String> {
    let entries = std::fs::read_dir(Path::new(".")).ok()?;
    let names = entries
        .flatten()
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok());
    let first = names.filter(|name| is_topology(name.as_ref())).min()?;
    // Not a flag.
    Some(if first.starts_with('-') { format!("./{first}") } else { first })
}
