//! `compile`: artifacts, folders and what the scripts do.

pub(crate) mod artifacts;
pub(crate) mod disk;
pub(crate) mod files;
pub(crate) mod images;
mod kubernetes;
pub(crate) mod lock;
mod node;
pub(crate) mod output_folder;
pub(crate) mod runtime;
mod several;
pub(crate) mod sockets;
pub(crate) mod words;
