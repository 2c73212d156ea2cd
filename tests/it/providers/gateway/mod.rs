//! gateway, end to end: the real Apache, mod_auth_openidc, and sshd, with what was compiled for them.

mod browser;
mod chapter;
mod faults;
mod installer;
mod login;
mod random;
pub(crate) mod stage;
mod visitors;
