//! The command line: arguments, help, folders, git, terminals.

pub(crate) mod arguments;
pub(crate) mod first_steps;
pub(crate) mod git;
pub(crate) mod help;
pub(crate) mod here;
pub(crate) mod names;
pub(crate) mod narrow;
pub(crate) mod shells;
pub(crate) mod walk;
mod watch;
