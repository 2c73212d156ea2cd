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
                (format!("publish-plan check {name}"), "what is wrong with its entries"),
                (format!("publish-plan plan {name}"), "which ports would be open, and for whom"),
                (format!("publish-plan providers --for {name}"), "who could carry them; then `publish-plan compile`"),
            ]
        }
        None => [
            ("publish-plan init --example".to_owned(), "write a small lab here, to try it on"),
            ("publish-plan check DIR".to_owned(), "what is wrong with the topologies below a folder"),
            ("publish-plan providers".to_owned(), "what each tunnel provider can do"),
        ],
    };
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    writeln!(streams.stderr, "publish-plan wants a verb. What you may want next:\n")?;
    for (command, what) in commands {
        writeln!(streams.stderr, "  {command:width$}  {what}")?;
    }
    writeln!(streams.stderr, "\n`publish-plan --help` shows everything.")?;
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
