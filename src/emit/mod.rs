//! Takes artifacts and topologies. Gives files: written atomically and never over someone's work, compared, shown; and topologies
//! with parts cut out, or moved.

mod directory;
mod earlier;
pub(crate) mod fix;
pub(crate) mod folder;
pub(crate) mod manifest;
mod migrate;
mod mode;
mod replace;
mod strip;
mod write_error;

use crate::base::Finding;
use crate::model;
use crate::resolve::{Conventions, Lab, resolve};
use crate::syntax::{self, Tree};
use crate::text::Source;

pub(crate) use directory::DirectoryPath;
pub(crate) use migrate::{Migration, migrate, not_the_same};
pub(crate) use replace::{ReplaceError, replace, write_new};
pub(crate) use strip::strip;
pub(crate) use write_error::WriteError;

/// Passes the tree and the lab of a topology that can be read to `edit`.
fn with_lab<T>(
    source: &Source,
    conventions: &Conventions,
    edit: impl FnOnce(&Tree<'_>, &Lab<'_>) -> Result<T, Vec<Finding>>,
) -> Result<T, Vec<Finding>> {
    let (tree, findings) = syntax::parse(source);
    let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(findings.into_vec()) };
    let (topology, findings) = model::build(&tree, source);
    if !findings.is_empty() {
        return Err(findings.into_vec());
    }
    let (lab, _) = resolve(&topology, source, conventions);
    edit(&tree, &lab)
}
