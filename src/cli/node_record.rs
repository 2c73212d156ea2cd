//! Labs whose tunnels are a node of their topology (spec/node.md#what-it-does-to-the-lab): Docker knows whether the node runs, and the
//! script keeps no state of it. What is recorded is which script this program wrote, beside the state of the labs that scripts opened: a
//! file for each output directory, with the digest of the script, the name of the node's container, and the directory.

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

/// A lab that this program compiled with a node.
#[derive(Debug)]
pub(super) struct NodeRecord {
    /// The SHA-256 of the script, in hexadecimal digits.
    digest: String,
    /// The name of the node's container.
    pub(super) container: String,
    /// The directory of the script.
    pub(super) here: PathBuf,
}

impl NodeRecord {
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

/// The record of an output directory.
pub(super) fn of(states: &Path, output: &Path) -> Option<NodeRecord> {
    NodeRecord::read(&file(states, &real(output)?))
}

/// A directory without links, even if somebody has removed it.
fn real(output: &Path) -> Option<PathBuf> {
    fs::canonicalize(output).ok().or_else(|| {
        let output = std::path::absolute(output).ok()?;
        Some(fs::canonicalize(output.parent()?).ok()?.join(output.file_name()?))
    })
}

/// Every record whose directory still exists, in the order of their directories.
pub(super) fn all(states: &Path) -> Vec<NodeRecord> {
    let files = fs::read_dir(folder(states)).into_iter().flatten().flatten();
    let records = files.filter_map(|file| NodeRecord::read(&file.path())).filter(|record| record.here.is_dir());
    let mut all: Vec<NodeRecord> = records.collect();
    all.sort_by(|a, b| a.here.cmp(&b.here));
    all
}

/// Records the script in `output`, which this program has just written; without a node, removes the record.
pub(super) fn keep(states: Option<&Path>, output: &Path, container: Option<&str>) -> Result<(), Failure> {
    let (Some(states), Some(here)) = (states, real(output)) else { return Ok(()) };
    let path = file(states, &here);
    let unwritable = |error| Failure::Unwritable { name: path.to_string_lossy().into_owned(), error };
    let Some(container) = container else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(error)),
            _ => Ok(()),
        };
    };
    let digest = digest(&here.join(SCRIPT)).ok_or_else(|| unwritable(io::Error::other("its script cannot be read")))?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder(states)).map_err(unwritable)?;
    let lines = [digest.as_bytes(), container.as_bytes(), here.as_os_str().as_bytes()].join(&b'\n');
    fs::write(&path, lines).map_err(unwritable)
}

/// Beside the state directory: everything in that one is a lab that a script opened.
fn folder(states: &Path) -> PathBuf {
    states.with_file_name("publish-plan-nodes")
}

fn file(states: &Path, here: &Path) -> PathBuf {
    folder(states).join(&hexadecimal(&Sha256::digest(here.as_os_str().as_bytes()))[..32])
}
