use std::fmt;

/// A type that an entry can name. Which of them a provider carries is a matter of its capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketType {
    /// `http`
    Http,
    /// `https`
    Https,
    /// `ssh`
    Ssh,
    /// `tcp`
    Tcp,
    /// `tls`
    Tls,
    /// `udp`
    Udp,
}

/// The two limits of an account (spec/limits.md#two-classes-of-sockets): every socket counts against one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AccountClass {
    /// tcp, tls, ssh and udp.
    Tcp,
    /// http and https.
    Http,
}

impl SocketType {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 6] = [Self::Http, Self::Https, Self::Ssh, Self::Tcp, Self::Tls, Self::Udp];

    /// The word as it is written in an entry.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ssh => "ssh",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Udp => "udp",
        }
    }

    /// The type that `word` names, compared as written.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|socket_type| socket_type.word() == word)
    }

    /// The type that most likely fits a port of a node that nothing else is known of.
    pub(crate) fn likely(port: u16) -> Self {
        match port {
            80 | 3000 | 8000 | 8008 | 8080 | 8888 | 9090 => Self::Http,
            443 | 8443 => Self::Https,
            _ => Self::Tls,
        }
    }

    /// Which of the account's limits it counts against.
    #[must_use]
    pub(crate) fn account_class(self) -> AccountClass {
        match self {
            Self::Http | Self::Https => AccountClass::Http,
            Self::Ssh | Self::Tcp | Self::Tls | Self::Udp => AccountClass::Tcp,
        }
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl AccountClass {
    /// `tcp` or `http`.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Http => "http",
        }
    }
}
