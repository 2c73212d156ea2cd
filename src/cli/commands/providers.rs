//! `publish-plan providers`

use crate::cli::failure::Failure;
use crate::cli::options::ProvidersOptions;
use crate::cli::values::ProvidersFormat;
use crate::cli::{Exit, Streams, input, offers};
use crate::provider::Capabilities;
use crate::providers;
use crate::render::{self, provider, providers as shown};

/// Prints what each provider supports, or everything about one of them.
pub(super) fn run(
    options: &ProvidersOptions,
    variables: Vec<(String, String)>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Failure> {
    if let Some(path) = &options.topology {
        return offers::run(path, options, variables, streams);
    }
    let columns = input::columns(&variables, streams.terminal.stdout, streams.terminal);
    let is_wanted =
        |provider: &&&'static Capabilities| options.name.is_none() || provider.name == options.name.as_deref();
    let wanted: Vec<&Capabilities> = providers::capabilities().iter().filter(is_wanted).copied().collect();
    let text = match options.format {
        ProvidersFormat::Json => {
            render::json(&shown::document(&wanted)).map_err(Failure::format("the table of providers"))?
        }
        ProvidersFormat::Markdown => shown::markdown(&wanted),
        ProvidersFormat::Table if options.name.is_some() => {
            wanted.iter().map(|one| provider::description(one, columns)).collect()
        }
        ProvidersFormat::Table => shown::table(&wanted, columns),
    };
    streams.stdout.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}
