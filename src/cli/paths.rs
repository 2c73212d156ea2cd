//! Paths as words: nothing here looks at the disk.

use std::path::{Component, Path, PathBuf};

/// Without `.` and `..`, as far as the words alone can say.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// `file` as it is seen from `folder`; both seen from the same place before.
pub(super) fn seen_from(folder: &Path, file: &Path) -> PathBuf {
    let (folder, file) = (plain(folder), plain(file));
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let mut seen = PathBuf::new();
    for _ in folder.components().skip(shared) {
        seen.push("..");
    }
    seen.extend(file.components().skip(shared));
    seen
}

/// Whether a file is among the files of a folder, both without links: below it, and not in a `.git`, which has secrets of the
/// user's and nothing that can be committed.
pub(super) fn is_among(file: &Path, folder: &Path) -> bool {
    let is_git = |component: Component<'_>| component.as_os_str().eq_ignore_ascii_case(".git");
    file.strip_prefix(folder).is_ok_and(|inside| !inside.components().any(is_git))
}

/// Whether a path means the same from everywhere: absolute, or in the home folder.
pub(super) fn is_fixed(path: &str) -> bool {
    path.starts_with("~/") || Path::new(path).is_absolute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_seen_from_a_folder() {
        for (folder, file, seen) in [
            ("/a/b", "/a/b/c", "c"),
            ("/a/b", "/a/c", "../c"),
            ("/a/b/./x/..", "/c", "../../c"),
            ("/a", "/a/../a/k", "k"),
        ] {
            assert_eq!(seen_from(Path::new(folder), Path::new(file)), Path::new(seen), "{folder} {file}");
        }
    }
}
