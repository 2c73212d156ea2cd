//! `publish-plan lsp`

use crate::cli::failure::Failure;
use crate::cli::options::LspOptions;
use crate::cli::{Exit, language_server};

/// Serves one editor until it ends the server.
#[allow(clippy::unnecessary_wraps)] // as every command
pub(super) fn run(options: &LspOptions, variables: Vec<(String, String)>) -> Result<Exit, Failure> {
    Ok(language_server::run(options, variables))
}
