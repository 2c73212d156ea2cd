//! gateway, end to end: the real Apache, `mod_auth_openidc`, and sshd, with what was compiled for them.

mod acme;
mod beside_others;
mod browser;
mod changes;
mod chapter;
mod clocks;
mod faults;
mod installer;
mod load;
mod not_yours;
mod pages;
mod random;
mod ssh_attempts;
pub(crate) mod stage;
mod systems;
mod table;
mod verify;
mod visitors;
mod wires;
