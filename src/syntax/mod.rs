//! Takes a [`crate::text::Source`]. Gives a [`Tree`]: YAML as yaml.v2 reads it, every node with its place. Also parses single
//! entries with the grammar in grammar/publish.pest.

mod comments;
mod edit;
pub(crate) mod entry;
mod grammar;
mod keys;
mod merge;
mod parse;
mod port_mapping;
mod tabs;
mod tag;
mod tree;
mod yaml_error;

pub(crate) use comments::{Comment, MARK, comment_places, comments};
pub(crate) use edit::Editor;
pub(crate) use merge::is_merge_key;
pub use parse::parse;
pub(crate) use port_mapping::{Bound, PortMapping};
pub(crate) use tree::Pair;
pub use tree::{Node, NodeId, Tree};
