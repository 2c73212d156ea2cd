//! Words that every module uses. Takes nothing, gives places, findings, and the vocabulary of entries.

mod acl;
mod choice;
mod digits;
mod edit;
mod finding;
mod findings;
mod fix;
mod open_count;
mod quote;
pub(crate) mod rule;
mod socket_type;
mod source_file;
mod span;
mod spelled;
mod suggest;
mod twins;

pub use acl::{Acl, AclKind};
pub(crate) use choice::any_of;
pub(crate) use digits::hexadecimal;
pub use edit::{Edit, Overlap, apply};
pub(crate) use finding::Suppression;
pub(crate) use finding::sort;
pub use finding::{Elsewhere, Finding, Label, Severity};
pub(crate) use findings::Findings;
pub use fix::{Applicability, Fix};
pub(crate) use open_count::OpenCount;
pub(crate) use quote::{
    LONGEST_NAME, beginning, counted, markdown, on_a_terminal, plain, quoted, steers_a_terminal, whole,
};
pub use rule::Rule;
pub(crate) use socket_type::AccountClass;
pub use socket_type::SocketType;
pub use source_file::{Position, SourceFile};
pub use span::Span;
pub use spelled::Spelled;
pub(crate) use suggest::closest;
pub(crate) use twins::twins;
