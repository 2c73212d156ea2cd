//! The files of a commit or of the index, by path.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::Blobs;
use crate::cli::failure::Failure;

/// The most links that a path may lead through; Linux has the same limit (`path_resolution(7)`).
const MOST_LINKS: usize = 40;

/// The longest target of a link, in bytes (`PATH_MAX`).
const LONGEST_TARGET: u64 = 4096;

/// Files by their paths, relative to the root of the work tree and with `/` as the separator.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Tree {
    pub(in crate::cli) entries: BTreeMap<PathBuf, Entry>,
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Entry {
    pub(in crate::cli) kind: Kind,
    /// The object name: of the file's bytes, of the link's target, or of a submodule's commit.
    pub(in crate::cli) object: String,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    File,
    Link,
    Submodule,
    /// A merge left several versions, and the conflict is not resolved.
    Unmerged,
}

impl Kind {
    fn of_mode(mode: &str) -> Option<Self> {
        Some(match mode.get(..3)? {
            "100" => Self::File,
            "120" => Self::Link,
            "160" => Self::Submodule,
            _ => return None,
        })
    }
}

impl Tree {
    /// Reads the output of `git ls-tree -r -z`: `<mode> <type> <object>`, a tab, the path.
    pub(super) fn of_commit(bytes: &[u8]) -> Result<Self, String> {
        Self::of(bytes, |head| match head {
            [mode, _, object] => Some((Kind::of_mode(mode)?, object)),
            _ => None,
        })
    }

    /// Reads the output of `git ls-files -z --stage`: `<mode> <object> <stage>`, a tab, the path.
    pub(super) fn of_index(bytes: &[u8]) -> Result<Self, String> {
        Self::of(bytes, |head| match head {
            [mode, object, "0"] => Some((Kind::of_mode(mode)?, object)),
            [_, object, _] => Some((Kind::Unmerged, object)),
            _ => None,
        })
    }

    fn of(bytes: &[u8], read: impl for<'h> Fn(&[&'h str]) -> Option<(Kind, &'h str)>) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for record in bytes.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
            let unknown = || format!("unexpected line: {:?}", String::from_utf8_lossy(record));
            let tab = record.iter().position(|byte| *byte == b'\t').ok_or_else(unknown)?;
            let head = std::str::from_utf8(&record[..tab]).map_err(|_| unknown())?;
            let head: Vec<&str> = head.split(' ').filter(|word| !word.is_empty()).collect();
            let (kind, object) = read(&head).filter(|(_, object)| is_object(object)).ok_or_else(unknown)?;
            entries.insert(path(&record[tab + 1..])?, Entry { kind, object: object.to_owned() });
        }
        Ok(Self { entries })
    }

    /// The entry of the file at a path, with links followed. None if they lead out of this tree, or if there is no file.
    pub(in crate::cli) fn file(&self, path: &Path, blobs: &mut Blobs) -> Result<Option<&Entry>, Failure> {
        Ok(self.real(path, blobs)?.map(|(_, entry)| entry))
    }

    /// The same, with the resolved path of the file.
    pub(super) fn real(&self, path: &Path, blobs: &mut Blobs) -> Result<Option<(PathBuf, &Entry)>, Failure> {
        let there = self.there(path, blobs, &mut Vec::new())?;
        Ok(there.and_then(|(real, entry)| Some((real, entry?))))
    }

    /// The resolved path of a directory of this tree. None if it is outside of the tree.
    pub(super) fn real_folder(&self, folder: &Path, blobs: &mut Blobs) -> Result<Option<PathBuf>, Failure> {
        Ok(self.there(folder, blobs, &mut Vec::new())?.map(|(real, _)| real))
    }

    /// Whether there is a directory at a path, without following links.
    pub(in crate::cli) fn is_folder(&self, path: &Path) -> bool {
        self.has(path) && !self.entries.contains_key(path)
    }

    /// Whether there is anything at a path, without following links: a file, a link to anything, or a directory.
    pub(super) fn has(&self, path: &Path) -> bool {
        let next = self.entries.range(path.to_owned()..).next();
        next.is_some_and(|(next, _)| next.starts_with(path))
    }

    /// The resolved path, and the file there if there is one. None if it is outside of this tree. Adds the object names of the
    /// links on the way to `links`.
    pub(super) fn there<'t>(
        &'t self,
        path: &Path,
        blobs: &mut Blobs,
        links: &mut Vec<&'t str>,
    ) -> Result<Option<(PathBuf, Option<&'t Entry>)>, Failure> {
        let mut waiting: Vec<PathBuf> = parts(path);
        let mut here = PathBuf::new();
        while let Some(part) = waiting.pop() {
            if part.as_os_str() == ".." {
                if !here.pop() {
                    return Ok(None);
                }
                continue;
            }
            here.push(part);
            match self.entries.get(&here) {
                Some(Entry { kind: Kind::Link, object }) => {
                    links.push(object);
                    let target = blobs.read(object, LONGEST_TARGET)?;
                    let target = target.and_then(|target| super::tree::path(&target).ok());
                    let Some(target) = target.filter(|target| !target.has_root() && links.len() <= MOST_LINKS) else {
                        return Ok(None);
                    };
                    here.pop();
                    waiting.extend(parts(&target));
                }
                Some(entry) => {
                    let file = Some(entry).filter(|entry| entry.kind == Kind::File && waiting.is_empty());
                    return Ok(Some((here, file)));
                }
                None => {}
            }
        }
        Ok(Some((here, None)))
    }
}

/// The parts of a path, in reverse order.
fn parts(path: &Path) -> Vec<PathBuf> {
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    parts.map(|part| PathBuf::from(part.as_os_str())).rev().collect()
}

/// Whether this is a full object name: 40 or 64 hexadecimal digits (gitglossary(7)).
pub(in crate::cli) fn is_object(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path from git. On Unix its bytes are those of the file system, on other systems they are UTF-8.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "on other systems it may fail")]
pub(super) fn path(bytes: &[u8]) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
pub(super) fn path(bytes: &[u8]) -> Result<PathBuf, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a path is not UTF-8".to_owned())?;
    Ok(PathBuf::from(text))
}

/// Reads the output of `git diff-index --raw -z`: the new and the old path of each file that was renamed. A renamed file is
/// `:<modes and objects> R<score>`, a NUL, the old path, a NUL, the new path, and a NUL; other files have one path.
pub(super) fn renames(bytes: &[u8]) -> Result<Vec<(PathBuf, PathBuf)>, String> {
    let mut fields = bytes.split(|byte| *byte == 0).filter(|field| !field.is_empty());
    let mut renames = Vec::new();
    while let Some(head) = fields.next() {
        let unknown = || format!("unexpected line: {:?}", String::from_utf8_lossy(head));
        let status = head.rsplit(|byte| *byte == b' ').next().and_then(|status| status.first()).copied();
        let first = fields.next().ok_or_else(unknown)?;
        match status.filter(|_| head.starts_with(b":")).ok_or_else(unknown)? {
            b'R' | b'C' => renames.push((path(fields.next().ok_or_else(unknown)?)?, path(first)?)),
            _ => {}
        }
    }
    Ok(renames)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn what_git_lists_is_read_byte_by_byte() {
        let listed =
            format!("100644 blob {OBJECT}\ta\tb\n.yml\0120000 blob {OBJECT}\t:(literal)l\0160000 commit {OBJECT}\ts\0");
        let tree = Tree::of_commit(listed.as_bytes()).unwrap();
        let kinds: Vec<_> = tree.entries.iter().map(|(path, entry)| (path.to_str().unwrap(), entry.kind)).collect();
        assert_eq!(kinds, [(":(literal)l", Kind::Link), ("a\tb\n.yml", Kind::File), ("s", Kind::Submodule)]);
        let listed = format!("100755 {OBJECT} 0\ta\0100644 {OBJECT} 1\tb\0100644 {OBJECT} 3\tb\0");
        let tree = Tree::of_index(listed.as_bytes()).unwrap();
        let kinds: Vec<_> = tree.entries.iter().map(|(path, entry)| (path.to_str().unwrap(), entry.kind)).collect();
        assert_eq!(kinds, [("a", Kind::File), ("b", Kind::Unmerged)]);
        for wrong in ["x", "100644 blob x\ty", "100644\ty", "999999 blob 0123456789012345678901234567890123456789\ty"] {
            assert!(Tree::of_commit(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_new_name_comes_with_the_old_one() {
        let listed = ":1 2 3 4 M\0same\0:1 2 3 4 R087\0old\0new\0:1 2 3 4 D\0gone\0";
        assert_eq!(renames(listed.as_bytes()), Ok(vec![(PathBuf::from("new"), PathBuf::from("old"))]));
        assert_eq!(renames(b""), Ok(vec![]));
        assert!(renames(b"R\0a\0b\0").is_err() && renames(b":1 R1\0a\0").is_err());
    }
}
