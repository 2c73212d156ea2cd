//! publish-plan checks the `publish:` entries of containerlab topologies and plans the tunnels for them.
//!
//! # The line
//!
//! ```text
//! bytes ─text─▶ Source ─syntax─▶ Tree ─model─▶ Topology ─resolve─▶ Lab ─rules─▶ findings ─render─▶ human
//!                                                          provider ─┴─plan──▶ Plan ─providers─▶ artifacts ─emit─▶ files
//! ```
//!
//! Each arrow is one function: what is on its left goes in, what is on its right comes out, plus findings. None of them prints,
//! exits, or reads the clock or the environment; what they need is passed to them. [`examine`] runs all of them on a file;
//! [`run`] is the program. The first lines of each module say what goes in and what comes out.

pub mod base;
mod cli;
mod emit;
mod expose;
mod model;
mod pipeline;
pub mod plan;
pub mod provider;
pub mod providers;
mod render;
mod resolve;
mod rules;
mod settings;
pub mod syntax;
pub mod text;
mod triage;

pub use cli::{Exit, Streams, Terminal, run, settings_schema};
pub use pipeline::{Examined, Settings, examine, strip};
