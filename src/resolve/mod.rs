//! Takes a [`crate::model::Topology`]. Gives a [`Lab`]: every node with the list of entries that applies to it, where that list
//! came from, its container's name, and whether anything can be published from it (spec/inheritance.md#which-list-applies).

mod bounds;
mod cluster;
mod components;
mod inherit;
mod lab;
mod names;
mod part;
mod sections;
mod shown;
mod standing;

pub(crate) use lab::{AclReading, Conventions, Inherited, Lab, LabNode, LabSocket, LevelKind, resolve};
pub(crate) use names::{has_dns_trap, is_container_name, other_meaning};
pub(crate) use sections::SectionIndex;
pub(crate) use standing::Standing;
