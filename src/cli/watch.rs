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

/// Runs a check, and again after each change, until the program is ended or its output is no longer read.
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
    let mut watched = BTreeSet::new();
    loop {
        // Before the check, so that no change is missed while it runs.
        watch(&mut watcher, &mut watched, options);
        if let Err(failure) = check(streams) {
            // The next change may mend it.
            failure.tell(streams.stderr);
        }
        writeln!(streams.stderr, "watching for changes; press Ctrl+C to stop")?;
        streams.stdout.flush()?;
        streams.stderr.flush()?;
        if !wait(&events, options)? {
            return Ok(Exit::Failed);
        }
        // On a terminal, only the last report is shown.
        let next = if streams.terminal.stdout { "\u{1b}[2J\u{1b}[3J\u{1b}[H" } else { "\n" };
        streams.stdout.write_all(next.as_bytes())?;
    }
}

/// Watches every directory in which a file may be that the check depends on, each by itself: what a search leaves out is not watched.
fn watch(watcher: &mut RecommendedWatcher, watched: &mut BTreeSet<PathBuf>, options: &CheckOptions) {
    let wanted = folders(options);
    for gone in watched.difference(&wanted) {
        // A directory that is gone is not watched anymore.
        let _ = watcher.unwatch(gone);
    }
    // Again for those that were there before: a directory may be another one under the same name.
    watched.clear();
    for folder in wanted {
        if watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
            watched.insert(folder);
        }
    }
}

/// Those of the files and directories that were given, of all directories that are searched, and those above them for settings.
fn folders(options: &CheckOptions) -> BTreeSet<PathBuf> {
    let rules = &options.rules;
    let files = options
        .common
        .env_file
        .iter()
        .chain(&options.common.config)
        .chain(&rules.baseline)
        .chain(&options.entries.file);
    let (given, named): (Vec<&PathBuf>, Vec<&PathBuf>) = options.paths.iter().partition(|path| path.is_dir());
    let mut folders: BTreeSet<PathBuf> = given.iter().flat_map(|folder| walk::folders_in(folder)).collect();
    folders.extend(named.into_iter().chain(files).map(|file| parent(file)));
    let starts: Vec<PathBuf> = folders.iter().filter_map(|folder| std::fs::canonicalize(folder).ok()).collect();
    let above = starts.iter().flat_map(|folder| folder.ancestors().skip(1)).map(Path::to_owned);
    folders.extend(above.filter(|folder| folder.join(settings::FILE_NAME).exists() || folder.parent().is_some()));
    folders
}

fn parent(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// Waits for a change, and until nothing changes for a while. False if there can be none anymore.
fn wait(events: &Receiver<notify::Result<Event>>, options: &CheckOptions) -> Result<bool, Failure> {
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
        is_changed |=
            !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| matters(path, options));
    }
}

/// Whether a check may depend on a file or directory: topologies that entries files name may be called anything with the end of YAML.
fn matters(path: &Path, options: &CheckOptions) -> bool {
    let given = options
        .paths
        .iter()
        .chain(&options.common.env_file)
        .chain(&options.common.config)
        .chain(&options.rules.baseline);
    let is_given = given
        .chain(&options.entries.file)
        .any(|given| given.file_name().is_some() && given.file_name() == path.file_name());
    let ends = ["yml", "yaml", "toml"];
    let name = path.file_name().unwrap_or_default();
    is_given
        || path.extension().and_then(OsStr::to_str).is_some_and(|end| ends.contains(&end))
        || [".gitignore", ".git"].iter().any(|own| name == *own)
        // A directory that is new or gone has no end that says what it is.
        || path.extension().is_none() && path.is_dir()
}
