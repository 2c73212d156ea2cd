//! Scripts of which no state says that they were run: those of a lab whose tunnels are a node of its topology
//! (spec/node.md#what-it-does-to-the-lab), because Docker knows whether the node runs, and those above several providers, each of which has
//! a state of its own (spec/providers.md#several-providers-in-one-lab). What is recorded is which script this program wrote, or somebody
//! ran, beside the state of the labs that scripts opened: a file for each output directory, with the digest of the script, the name of the
//! node's container, and the directory.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::script;
use super::state::{SCRIPT, digest};
use crate::base::hexadecimal;

/// Beside the state directory, in which everything is a lab that a script opened: the directory of scripts whose tunnels are a node.
const OF_NODES: &str = "publish-plan-nodes";

/// The directory of those above several providers, which such a script writes too (`record_script` in providers/several/verbs.sh).
const OF_SEVERAL: &str = "publish-plan-several";

/// The script of an output directory.
#[derive(Debug)]
pub(super) struct ScriptRecord {
    /// The SHA-256 of the script, in hexadecimal digits.
    digest: String,
    /// The name of the node's container; empty for a script above several providers.
    pub(super) container: String,
    /// The directory of the script.
    pub(super) here: PathBuf,
}

impl ScriptRecord {
    /// The script, if it is the one that this program wrote.
    pub(super) fn script(&self) -> Option<PathBuf> {
        let script = self.here.join(SCRIPT);
        (digest(&script)? == self.digest).then_some(script)
    }

    /// What the script says of the node if it runs; None if it does not. An error if the script is another one or cannot tell.
    pub(super) fn status(&self) -> Result<Option<serde_json::Value>, ()> {
        let status = script::status(&self.script().ok_or(())?).ok_or(())?;
        Ok((status["how"] == "node").then_some(status))
    }

    fn read(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        // The directory is last, because its name may have anything in it.
        let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
        let mut line = || lines.next().map(<[u8]>::to_vec);
        let (digest, container, here) = (line()?, line()?, line()?);
        let word = |bytes| String::from_utf8(bytes).ok();
        Some(Self { digest: word(digest)?, container: word(container)?, here: OsString::from_vec(here).into() })
    }
}

/// The script of an output directory whose tunnels are a node.
pub(super) fn of_node(states: &Path, output: &Path) -> Option<ScriptRecord> {
    ScriptRecord::read(&file(states, OF_NODES, &real(output)?))
}

/// The script of an output directory above those of several providers.
pub(super) fn of_several(states: &Path, output: &Path) -> Option<ScriptRecord> {
    ScriptRecord::read(&file(states, OF_SEVERAL, &real(output)?))
}

/// A directory without links, even if somebody has removed it.
fn real(output: &Path) -> Option<PathBuf> {
    fs::canonicalize(output).ok().or_else(|| {
        let output = std::path::absolute(output).ok()?;
        Some(fs::canonicalize(output.parent()?).ok()?.join(output.file_name()?))
    })
}

/// Every script whose tunnels are a node and whose directory still exists, in the order of their directories.
pub(super) fn all_nodes(states: &Path) -> Vec<ScriptRecord> {
    let files = fs::read_dir(states.with_file_name(OF_NODES)).into_iter().flatten().flatten();
    let records = files.filter_map(|file| ScriptRecord::read(&file.path())).filter(|record| record.here.is_dir());
    let mut all: Vec<ScriptRecord> = records.collect();
    all.sort_by(|a, b| a.here.cmp(&b.here));
    all
}

/// Records the script in `output`, which this program has just written, for a node with this container; without one, removes the record.
pub(super) fn keep_node(states: Option<&Path>, output: &Path, container: Option<&str>) -> Result<(), Failure> {
    keep(states, OF_NODES, output, container)
}

/// The same for a script above several providers, if there are several.
pub(super) fn keep_several(states: Option<&Path>, output: &Path, are_several: bool) -> Result<(), Failure> {
    keep(states, OF_SEVERAL, output, are_several.then_some(""))
}

fn keep(states: Option<&Path>, folder: &str, output: &Path, container: Option<&str>) -> Result<(), Failure> {
    let (Some(states), Some(here)) = (states, real(output)) else { return Ok(()) };
    let path = file(states, folder, &here);
    let unwritable = |error| Failure::Unwritable { name: path.to_string_lossy().into_owned(), error };
    let Some(container) = container else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(error)),
            _ => Ok(()),
        };
    };
    let digest = digest(&here.join(SCRIPT)).ok_or_else(|| unwritable(io::Error::other("its script cannot be read")))?;
    let folder = states.with_file_name(folder);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    let lines = [digest.as_bytes(), container.as_bytes(), here.as_os_str().as_bytes()].join(&b'\n');
    fs::write(&path, lines).map_err(unwritable)
}

fn file(states: &Path, folder: &str, here: &Path) -> PathBuf {
    let name = &hexadecimal(&Sha256::digest(here.as_os_str().as_bytes()))[..32];
    states.with_file_name(folder).join(name)
}
