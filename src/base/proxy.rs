//! An HTTP proxy as it is written: `http://host:port`. Each reader accepts less of it, and says what.

/// The parts of a proxy's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrittenProxy<'t> {
    /// `https://` instead of `http://`.
    pub(crate) is_https: bool,
    /// What is before the port, not empty: a host, perhaps after a username, a password, and an `@`.
    pub(crate) host: &'t str,
    /// 1 to 65535.
    pub(crate) port: u16,
    /// What is behind the port, from the first `/`.
    pub(crate) path: &'t str,
}

impl<'t> WrittenProxy<'t> {
    /// Reads `http://` or `https://`, a host, and a port: what the mysocketio client accepts, and more than others do
    /// (spec/old-providers.md#mysocketio). None if one of them is missing.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        let plain = text.strip_prefix("http://");
        let rest = plain.or_else(|| text.strip_prefix("https://"))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = authority.rsplit_once(':').filter(|(host, _)| !host.is_empty())?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        Some(Self { is_https: plain.is_none(), host, port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_scheme_a_host_and_a_port() {
        for (proxy, used) in [
            ("http://proxy:8000", true),
            ("https://user:secret@proxy:8000/", true),
            ("http://proxy", false),
            ("proxy:8000", false),
            ("socks5://proxy:1080", false),
            ("http://:80", false),
            ("http://proxy:0", false),
        ] {
            assert_eq!(WrittenProxy::read(proxy).is_some(), used, "{proxy}");
        }
    }
}
