//! The table of tunnel providers. Each has a folder: its capabilities, and what it needs to turn a plan into files.

mod border0;
mod mysocketio;

use crate::capability::Capabilities;

/// Every provider, in alphabetical order.
pub static ALL: &[&Capabilities] = &[&border0::CAPABILITIES, &mysocketio::CAPABILITIES];

/// The provider called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Capabilities> {
    ALL.iter().copied().find(|capabilities| capabilities.name == Some(name))
}
