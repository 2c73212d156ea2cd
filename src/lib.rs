//! publish-plan checks the `publish:` entries of containerlab topologies and plans the tunnels that they ask for.
//!
//! # The line
//!
//! ```text
//! bytes ─text─▶ Source ─syntax─▶ Tree ─model─▶ Topology ─resolve─▶ Lab ─rules─▶ findings ─report─▶ human
//!                                                      capabilities ─┴─plan──▶ Plan ─providers─▶ artifacts ─emit─▶ files
//! ```
//!
//! Each arrow is one function that takes what is on its left and gives what is on its right, plus findings. None of them
//! prints, exits, or reads the clock or the environment: what they need is passed to them. [`examine`] takes a file down the
//! line; [`run`] is the program. Each module says in its first lines what it takes and what it gives.

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
