//! `check --watch`: the same check again after each change of a file that it may depend on.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::failure::Failure;
use super::options::CheckOptions;
use super::{Exit, Streams, walk};
use crate::settings;

/// How long no file may change before the next check: an editor writes in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Runs a check, and again after each change, until the program is ended.
pub(super) fn run(
    options: &CheckOptions,
    streams: &mut Streams<'_>,
    mut check: impl FnMut(&mut Streams<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    if options.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::WatchesStdin);
    }
    let failed = |error| Failure::NotWatched { error };
    let (sender, events) = channel();
    // If nobody receives, the program ends.
    let mut watcher = notify::recommended_watcher(move |event| _ = sender.send(event)).map_err(failed)?;
    let mut watched = Watched::default();
    loop {
        // Before the check, so that no change is missed while it runs.
        watched.renew(&mut watcher, options);
        if let Err(failure) = check(streams) {
            // The next change may fix it.
            failure.tell(streams.stderr);
        }
        writeln!(streams.stderr, "watching for changes; press Ctrl+C to stop")?;
        streams.stdout.flush()?;
        streams.stderr.flush()?;
        if !wait(&events, &watched, options)? {
            return Ok(Exit::Failed);
        }
        // On a terminal, only the last report is shown.
        let next = if streams.terminal.stdout { "\u{1b}[2J\u{1b}[3J\u{1b}[H" } else { "\n" };
        streams.stdout.write_all(next.as_bytes())?;
    }
}

/// What is watched: each directory by itself, so that what a search leaves out is not.
#[derive(Default)]
struct Watched {
    /// The directories in which labs, and what else was given, are.
    searched: BTreeSet<PathBuf>,
    /// Those above them, where only settings and ignore files matter.
    above: BTreeSet<PathBuf>,
}

impl Watched {
    /// Begins to watch what the check depends on now.
    fn renew(&mut self, watcher: &mut RecommendedWatcher, options: &CheckOptions) {
        let wanted = Self::wanted(options);
        for gone in self.searched.union(&self.above).filter(|folder| !wanted.has(folder)) {
            // A directory that is gone is not watched anymore.
            let _ = watcher.unwatch(gone);
        }
        // Again for those that were there before: a directory may be another one under the same name.
        for folder in wanted.searched.union(&wanted.above) {
            // One that cannot be watched cannot be read either, and the check says so.
            let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
        }
        *self = wanted;
    }

    fn has(&self, folder: &Path) -> bool {
        self.searched.contains(folder) || self.above.contains(folder)
    }

    fn wanted(options: &CheckOptions) -> Self {
        let (given, named): (Vec<&PathBuf>, Vec<&PathBuf>) = options.paths.iter().partition(|path| path.is_dir());
        let mut searched: BTreeSet<PathBuf> = given.iter().flat_map(|folder| walk::folders_in(folder)).collect();
        searched.extend(named.into_iter().chain(files(options)).map(|file| parent(file)));
        let real = |folder: &PathBuf| std::fs::canonicalize(folder).ok();
        let searched: BTreeSet<PathBuf> = searched.iter().filter_map(real).collect();
        let above = searched.iter().flat_map(|folder| folder.ancestors().skip(1)).map(Path::to_owned);
        let above = above.filter(|folder| !searched.contains(folder)).collect();
        Self { searched, above }
    }

    /// Whether a check may depend on a file or directory. Topologies that entries files name may be called anything with the end of YAML.
    fn matters(&self, path: &Path, options: &CheckOptions) -> bool {
        let name = path.file_name().unwrap_or_default();
        if [settings::FILE_NAME, ".gitignore", ".git"].iter().any(|own| name == *own) {
            return true;
        }
        if !path.parent().is_some_and(|parent| self.searched.contains(parent)) {
            return false;
        }
        let given = options.paths.iter().chain(files(options));
        given.filter_map(|given| given.file_name()).any(|given| given == name)
            || path.extension().and_then(OsStr::to_str).is_some_and(|end| ["yml", "yaml"].contains(&end))
            || path.is_dir()
    }
}

/// The other files that were given.
fn files(options: &CheckOptions) -> impl Iterator<Item = &PathBuf> {
    let common = options.common.env_file.iter().chain(&options.common.config);
    common.chain(&options.rules.baseline).chain(&options.entries.file)
}

fn parent(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// Waits for a change, and until nothing changes for a while. False if there can be none anymore.
fn wait(events: &Receiver<notify::Result<Event>>, watched: &Watched, options: &CheckOptions) -> Result<bool, Failure> {
    let mut is_changed = false;
    loop {
        let event = if is_changed {
            match events.recv_timeout(QUIET) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => return Ok(true),
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
            }
        } else {
            let Ok(event) = events.recv() else { return Ok(false) };
            event
        };
        let event = event.map_err(|error| Failure::NotWatched { error })?;
        let is_read = matches!(event.kind, EventKind::Access(_));
        is_changed |= !is_read && event.paths.iter().any(|path| watched.matters(path, options));
    }
}
