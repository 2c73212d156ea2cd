use std::borrow::Cow;

/// How a provider names the socket of an entry (spec/names.md#names-of-sockets).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `clab-<node>-<type>-<port>`
    Node,
    /// `<container>-<type>-<port>`
    Container,
    /// `<container>-<type>-<port>` in lower case, with `-` for `.`, space, and `_`.
    FoldedContainer,
}

impl Naming {
    /// The form of the names, for people.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Node => "clab-NODE-TYPE-PORT",
            Self::Container => "CONTAINER-TYPE-PORT",
            Self::FoldedContainer => "CONTAINER-TYPE-PORT, in lower case, with `-` for `.`, space, and `_`",
        }
    }

    /// A container's name, or a part of it, as it is in the names of sockets.
    #[must_use]
    pub(crate) fn folded(self, word: &str) -> Cow<'_, str> {
        match self {
            Self::Node | Self::Container => word.into(),
            Self::FoldedContainer => word.to_lowercase().replace(['.', ' ', '_'], "-").into(),
        }
    }

    /// The beginning of the names of a node's sockets. The container's name is already folded.
    pub(crate) fn owner<'c>(self, node: &str, container: Cow<'c, str>) -> Cow<'c, str> {
        match self {
            Self::Node => format!("clab-{node}").into(),
            Self::Container | Self::FoldedContainer => container,
        }
    }
}
