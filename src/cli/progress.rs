//! The progress of a long run, for people who wait at a terminal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A shorter run shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error. It appears if a run takes long and disappears at the end.
pub(super) struct Progress {
    bar: ProgressBar,
    start: Instant,
    is_wanted: bool,
    is_shown: AtomicBool,
}

impl Progress {
    /// A bar for this number of files. `is_wanted` if standard error is a terminal and `--quiet` is not set.
    pub(super) fn new(files: usize, is_wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} files") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, start: Instant::now(), is_wanted, is_shown: AtomicBool::new(false) }
    }

    /// Counts one more file.
    pub(super) fn step(&self) {
        self.bar.inc(1);
        let is_due = self.is_wanted && self.start.elapsed() > PATIENCE;
        if is_due && !self.is_shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
