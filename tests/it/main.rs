//! One integration binary; its cases are files.

#![allow(clippy::unwrap_used, clippy::too_many_lines)] // a test says what it expects by unwrapping, and tells a story

mod check;
mod cli;
mod compile;
mod config;
mod docs;
mod editor;
mod entries_file;
mod house;
mod migrate;
mod packaging;
mod plan;
mod providers;
mod reports;
mod robustness;
mod support;
