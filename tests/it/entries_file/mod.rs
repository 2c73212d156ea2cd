//! An entries file: a lab is published whose topology stays as it is.

mod on_disk;
mod reading;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Somebody's topology, which publishes nothing.
const TOPOLOGY: &str = "name: l
topology:
  kinds: {nokia_srlinux: {image: srl}}
  nodes:
    r1: {kind: nokia_srlinux}
    r2: {kind: nokia_srlinux}
    web: {kind: linux}
";

const ENTRIES: &str = "topology: ../theirs/l.clab.yml
kinds:
  nokia_srlinux: ['tls/22/netops@example.org']
nodes:
  web: [http/80/example.org]
";

/// A folder of somebody's topology, `theirs`, and another of the entries for it, `mine`.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(entries: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["theirs", "mine"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        fs::write(place.topology(), TOPOLOGY).unwrap();
        fs::write(place.entries(), entries).unwrap();
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn topology(&self) -> PathBuf {
        self.path("theirs/l.clab.yml")
    }

    fn entries(&self) -> PathBuf {
        self.path("mine/l.publish.yml")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
