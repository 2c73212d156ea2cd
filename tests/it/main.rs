//! One integration binary; its cases are files.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test says what it expects by unwrapping

mod check;
mod cli;
mod compile;
mod config;
mod docs;
mod house;
mod migrate;
mod packaging;
mod plan;
mod providers;
mod reports;
mod robustness;
mod support;
