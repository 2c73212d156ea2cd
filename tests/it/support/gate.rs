//! How many tests run at a time. Of those that compute as many as the machine has processors; those that wait for clients,
//! relays, engines, and clocks go on beside them, so that the time of a run is that of its work. `.cargo/config.toml` starts
//! enough of both. How many seconds each of them ran is added to times.txt, of which `.ci/run` shows the longest.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::append;

/// How the names of tests that mostly wait begin.
const WAIT: [&str; 6] = [
    "compile::lock::",
    "compile::output_folder::",
    "compile::sockets::",
    "compile::words::",
    "docs::book::a_lab_is_published",
    "providers::",
];

/// How many tests that wait run at a time: each of them starts shells, and has to be answered in time.
const WAIT_AT_ONCE: usize = 10;

struct Kind {
    running: Mutex<usize>,
    one_has_ended: Condvar,
}

impl Kind {
    const fn new() -> Self {
        Self { running: Mutex::new(0), one_has_ended: Condvar::new() }
    }
}

static COMPUTING: Kind = Kind::new();
static WAITING: Kind = Kind::new();

/// A test that runs; it has ended when this is dropped.
struct Place {
    kind: &'static Kind,
    test: String,
    since: Instant,
}

impl Place {
    /// For the test of this thread, as soon as there is one. A thread that a test has started has no name, and needs none.
    fn take() -> Option<Self> {
        let test = thread::current().name()?.to_owned();
        let (kind, most) = if WAIT.iter().any(|start| test.starts_with(start)) {
            (&WAITING, WAIT_AT_ONCE)
        } else {
            (&COMPUTING, thread::available_parallelism().map_or(1, usize::from))
        };
        let running = kind.running.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= most;
        *kind.one_has_ended.wait_while(running, full).unwrap_or_else(PoisonError::into_inner) += 1;
        Some(Self { kind, test, since: Instant::now() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.kind.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.kind.one_has_ended.notify_one();
        // Of a test that begins itself anew elsewhere, the first one counts.
        if std::env::var_os("INSIDE").is_none() {
            append("times.txt", &format!("{:6.1} {}\n", self.since.elapsed().as_secs_f32(), self.test));
        }
    }
}

thread_local! {
    static PLACE: Option<Place> = Place::take();
}

/// Waits until the test of this thread may run; from then on it runs until its thread ends.
pub(crate) fn enter() {
    PLACE.with(|_| ());
}

/// The time, once the test of this thread may run: its turn is nothing that a test measures.
pub(crate) fn start() -> Instant {
    enter();
    Instant::now()
}
