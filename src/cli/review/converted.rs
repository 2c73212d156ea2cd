//! Files that git changes on checkout (gitattributes(5)). The blob of such a file is not what programs read from disk, so the two
//! cannot be compared.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::super::failure::Failure;
use super::super::git::{Change, Kind, Revision, Tree};
use super::super::lab::Lab;
use super::super::walk;
use super::attributes::{Macros, Rules};
use super::{Pair, Text, Texts};

/// The files of a change that git changes on checkout, before and after.
pub(super) struct Converted<'c> {
    change: &'c Change,
    /// The environment files of the run.
    environment: &'c [PathBuf],
    then: Attributes<'c>,
    now: Attributes<'c>,
}

impl<'c> Converted<'c> {
    /// For a change, in a run with these environment files.
    pub(super) fn new(change: &'c Change, environment: &'c [PathBuf]) -> Self {
        let Change { revision, index } = change;
        Self {
            change,
            environment,
            then: Attributes::new(revision, &revision.tree),
            now: Attributes::new(revision, index),
        }
    }

    /// The texts of a topology as a checkout has them. The error is the reason why they are not known: git changes the topology on
    /// checkout, or another file that it is read with. If the blob and its conversion are the same as before, both texts are the one
    /// on disk.
    pub(super) fn read(&self, pair: &Pair, (mut before, after): Texts) -> Result<Texts, String> {
        let inside = |path: &Path| self.change.revision.repository.inside(path);
        let settings = |text: &Text| text.wanted.file.as_deref().and_then(inside);
        let of_lab = |part: fn(&Lab) -> Option<&Path>| {
            let of = |text: &Text| part(&text.lab).and_then(inside);
            (before.as_ref().map_or_else(|| Some(pair.was().to_owned()), of), of(&after))
        };
        let configs = (before.as_ref().and_then(settings), settings(&after));
        let mut files = vec![("it", of_lab(Lab::path)), ("its other file", of_lab(Lab::other_path))];
        files.push(("its publish-plan.toml", configs));
        files.extend(self.environment.iter().map(|file| ("an environment file", (inside(file), inside(file)))));
        for (index, (what, (then, now))) in files.into_iter().enumerate() {
            match self.conversion(then.as_deref(), now.as_deref()).map_err(|failure| failure.reason())? {
                Conversion::None => {}
                Conversion::Same => {
                    if let Some(before) = before.as_mut().filter(|_| index < 2) {
                        before.lab.files.take_bytes(&after.lab.files, index == 0);
                    }
                }
                Conversion::Unknown => {
                    return Err(format!(
                        "git changes {what} on checkout, because .gitattributes sets working-tree-encoding, ident, or filter"
                    ));
                }
            }
        }
        Ok((before, after))
    }

    /// How git changes a file of the change.
    fn conversion(&self, then: Option<&Path>, now: Option<&Path>) -> Result<Conversion, Failure> {
        let revision = &self.change.revision;
        let (then, now) = (self.then.of(then)?, self.now.of(now)?);
        if !then.is_converted && !now.is_converted {
            return Ok(Conversion::None);
        }
        let Some((path, object)) = now.file.as_ref().filter(|_| then == now) else { return Ok(Conversion::Unknown) };
        let blob = revision.blob(&self.change.index, path)?;
        let disk = fs::read(revision.repository.top.join(path)).ok();
        let is_same = blob.zip(disk).is_some_and(|(blob, disk)| blob == disk || expanded(&blob, object) == Some(disk));
        Ok(if is_same { Conversion::Same } else { Conversion::Unknown })
    }
}

/// How git changes a file on checkout.
#[derive(Clone, Copy, Debug)]
enum Conversion {
    /// It does not.
    None,
    /// In the same way as before, and the blob is the same: the file on disk did not change.
    Same,
    /// In a way that is not known.
    Unknown,
}

/// What `ident` makes of the bytes of an object.
fn expanded(bytes: &[u8], object: &str) -> Option<Vec<u8>> {
    Some(std::str::from_utf8(bytes).ok()?.replace("$Id$", &format!("$Id: {object} $")).into_bytes())
}

/// What decides how a checkout changes a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Checkout {
    /// The path without links, and the name of the object; none if git has no such file.
    file: Option<(PathBuf, String)>,
    is_converted: bool,
    /// The directories above it, each with the lines about conversions in its .gitattributes.
    lines: Vec<(PathBuf, Vec<String>)>,
}

/// The .gitattributes files of a tree.
struct Attributes<'t> {
    revision: &'t Revision,
    tree: &'t Tree,
    /// By their directory.
    rules: Mutex<HashMap<PathBuf, Arc<Rules>>>,
}

impl<'t> Attributes<'t> {
    /// Those of a tree of the revision's repository; they are read when they are needed.
    fn new(revision: &'t Revision, tree: &'t Tree) -> Self {
        Self { revision, tree, rules: Mutex::default() }
    }

    /// What decides how a checkout changes the file at a path of the repository.
    fn of(&self, path: Option<&Path>) -> Result<Checkout, Failure> {
        let real = path.map_or(Ok(None), |path| self.revision.real(self.tree, path))?;
        let Some((path, object)) = real else { return Ok(Checkout::default()) };
        let root = self.rules(Path::new(""), None);
        let mut checkout = Checkout::default();
        for folder in path.ancestors().skip(1) {
            let rules = self.rules(folder, Some(&root.macros));
            checkout.is_converted |= path.strip_prefix(folder).is_ok_and(|path| rules.apply_to(path));
            if !rules.lines.is_empty() {
                checkout.lines.push((folder.to_owned(), rules.lines.clone()));
            }
        }
        Ok(Checkout { file: Some((path, object)), ..checkout })
    }

    /// The rules of a directory, with the macros of the root directory. A .gitattributes that is a link has no rules, as in git; one
    /// that cannot be read or is too large might have any.
    fn rules(&self, folder: &Path, macros: Option<&Macros>) -> Arc<Rules> {
        let locked = || self.rules.lock().expect("no code panics while the lock is held");
        if let Some(rules) = locked().get(folder) {
            return Arc::clone(rules);
        }
        let file = folder.join(".gitattributes");
        let rules = match self.tree.entries.get(&file).filter(|entry| entry.kind == Kind::File) {
            None => Rules::default(),
            Some(entry) => match self.revision.blob(self.tree, &file) {
                Ok(Some(bytes)) if bytes.len() as u64 <= walk::LARGEST => Rules::read(&bytes, macros),
                _ => Rules::any(entry.object.clone()),
            },
        };
        Arc::clone(locked().entry(folder.to_owned()).or_insert(Arc::new(rules)))
    }
}
