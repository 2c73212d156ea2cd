/// How a provider names the socket of an entry (semantics.md, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `clab-<node>-<type>-<port>`
    Node,
    /// `<container>-<type>-<port>`
    Container,
    /// `<container>-<type>-<port>` in lower case, with `.`, space and `_` as `-`.
    FoldedContainer,
}

impl Naming {
    /// What becomes of a container's name, or of a word of it, in the names of sockets.
    #[must_use]
    pub fn folded(self, word: &str) -> String {
        match self {
            Self::Node | Self::Container => word.to_owned(),
            Self::FoldedContainer => word.to_lowercase().replace(['.', ' ', '_'], "-"),
        }
    }

    /// What the names of a node's sockets begin with; the container's name is folded already.
    pub(super) fn owner(self, node: &str, container: &str) -> String {
        match self {
            Self::Node => format!("clab-{node}"),
            Self::Container | Self::FoldedContainer => container.to_owned(),
        }
    }
}
