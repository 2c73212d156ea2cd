//! Paths as text: nothing here reads the file system.

use std::path::{Component, Path, PathBuf};

/// A path without `.` and `..`, as far as the text alone can tell.
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

/// `file` relative to `folder`. Both are relative to the same directory, or absolute.
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

/// Whether a link in the directory `from` may lead to `target`: the target must be below `root` and must not be hidden. None of
/// the paths contains links. A `.git`, a `.env`, and a home directory's `.netrc` have secrets of the user's.
pub(super) fn may_lead(from: &Path, target: &Path, root: &Path) -> bool {
    let is_hidden = |component: Component<'_>| matches!(component, Component::Normal(name) if name.as_encoded_bytes().starts_with(b"."));
    target.starts_with(root) && !seen_from(from, target).components().any(is_hidden)
}

/// Whether a path means the same in every directory: it is absolute or starts with `~/`.
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

    #[test]
    fn a_link_leads_to_what_is_below_and_not_hidden() {
        for (from, target, may) in [
            ("/r/labs", "/r/labs/a", true),
            ("/r/labs", "/r/other/a", true),
            ("/r", "/r/labs/a", true),
            ("/r/.shown", "/r/.shown/a", true),
            ("/r/.shown", "/r/a", true),
            ("/r", "/ra", false),
            ("/r", "/a", false),
            ("/r", "/r/.env", false),
            ("/r/labs", "/r/.git/config", false),
            ("/r/.shown", "/r/.git/config", false),
        ] {
            assert_eq!(may_lead(Path::new(from), Path::new(target), Path::new("/r")), may, "{from} {target}");
        }
    }
}
