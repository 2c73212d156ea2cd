//! publish-plan checks the `publish:` entries of containerlab topologies and plans the tunnels for them.
//!
//! # The line
//!
//! ```text
//! bytes ─text─▶ Source ─syntax─▶ Tree ─model─▶ Topology ─resolve─▶ Lab ─rules─▶ findings ─report─▶ human
//!                                                      capabilities ─┴─plan──▶ Plan ─providers─▶ artifacts ─emit─▶ files
//! ```
//!
//! Each arrow is one function: what is on its left goes in, what is on its right comes out, plus findings. None of them prints,
//! exits, or reads the clock or the environment; what they need is passed to them. [`examine`] runs all of them on a file;
//! [`run`] is the program. The first lines of each module say what goes in and what comes out.

pub mod base;
pub mod capability;
mod cli;
mod config;
mod emit;
mod line;
mod model;
pub mod plan;
pub mod providers;
mod report;
mod resolve;
mod rules;
mod suppress;
pub mod syntax;
pub mod text;

pub use cli::{Exit, Streams, Terminal, run};
pub use line::{Examined, Settings, examine, strip};
