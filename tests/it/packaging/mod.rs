//! The action, the hooks, editors, the wheel, the README's command.

pub(crate) mod action;
pub(crate) mod editors;
mod extension;
mod install;
pub(crate) mod pre_commit;
pub(crate) mod wheel;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// Where everything that people install is built, so that dependencies are built once.
pub(crate) fn build_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("packaging")
}

/// Builds are made one at a time, because maturin gives its files the same names each time.
static ONE: Mutex<()> = Mutex::new(());

/// Runs a command that builds releases there, and quickly: tests of how the program is installed do not ask how fast it is.
pub(crate) fn build_quickly(command: &mut Command) -> Output {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    command
        .env("CARGO_TARGET_DIR", build_folder())
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .output()
        .unwrap()
}
