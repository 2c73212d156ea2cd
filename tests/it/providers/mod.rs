//! The providers, end to end.

pub(crate) mod bore;
mod changes;
pub(crate) mod compose;
pub(crate) mod faults;
pub(crate) mod frp;
pub(crate) mod gateway;
mod hundred;
mod node;
mod one_command;
pub(crate) mod services;
mod several;
pub(crate) mod ssh;
pub(crate) mod stand_ins;
mod verify;
